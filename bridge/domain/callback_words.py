"""The words that cancel or move a callback, by language. Each notice names the first two of its language.

A word counts when it is all that a message says, or when the message names the callback as well: "cancel
my order" is about something else. A word that ends in * stands for all that begin so: "cámbia*" for cámbiala.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Literal

from bridge.domain.languages import base_language

Intent = Literal["cancel", "move"]


@dataclass(frozen=True, slots=True)
class CallbackWords:
    cancel: tuple[str, ...]
    move: tuple[str, ...]
    callback: tuple[str, ...]
    filler: tuple[str, ...] = ()
    rather: tuple[str, ...] = ()
    """Words that move it only beside a time: "Friday at ten instead"."""


WORDS = {
    "en": CallbackWords(
        ("cancel",),
        ("move", "another time", "different time", "reschedul*", "chang*", "other times", "postpone"),
        ("callback", "call back", "call-back", "appointment", "booking", "slot", "time", "call"),
        (
            *("please", "it", "the", "my", "thanks", "a", "to", "i", "want", "would", "like", "can", "could"),
            *("you", "we", "do", "make", "let's", "actually", "how", "about", "need", "that"),
        ),
        ("instead", "rather"),
    ),
    "es": CallbackWords(
        ("cancelar", "cancela", "anular", "anula"),
        ("cambiar", "cambi*", "cámbi*", "otra hora", "otro momento", "mover", "muév*", "aplaz*"),
        ("cita", "llamada", "hora", "reserva"),
        ("por favor", "la", "lo", "mi", "quiero", "gracias", "puedo", "podemos", "podría", "el"),
        ("mejor", "en vez"),
    ),
    "de": CallbackWords(
        ("absagen", "stornieren", "abbrechen"),
        ("verschieben", "verschieb*", "verleg*", "andere zeit", "anderer termin", "anderen termin", "ändern"),
        ("rückruf", "rueckruf", "termin", "anruf"),
        (
            *("bitte", "den", "meinen", "mein", "ich", "möchte", "danke", "kann", "können", "könnte", "wir"),
            *("das", "es", "auf", "doch", "sie"),
        ),
        ("lieber", "stattdessen"),
    ),
    "fr": CallbackWords(
        ("annuler", "annulez"),
        ("déplacer", "déplac*", "chang*", "autre heure", "autre moment", "report*"),
        ("rappel", "rendez-vous", "rdv", "heure"),
        ("s'il vous plaît", "le", "mon", "merci", "je", "veux", "peut-on", "pouvez-vous"),
        ("plutôt",),
    ),
    "pt": CallbackWords(
        ("cancelar", "cancela", "anular"),
        ("mudar", "alterar", "mud*", "alter*", "outro horário", "outra hora", "remarc*", "adiar"),
        ("chamada", "retorno", "horário", "marcação", "contacto", "contato"),
        ("por favor", "o", "a", "meu", "minha", "obrigado", "obrigada", "quero", "posso", "podemos"),
        ("melhor",),
    ),
    "it": CallbackWords(
        ("annulla", "annullare", "disdire"),
        ("sposta", "spost*", "cambi*", "altro orario", "rimand*"),
        ("richiamata", "appuntamento", "orario", "chiamata"),
        ("per favore", "la", "il", "mio", "grazie", "voglio", "possiamo", "posso"),
        ("meglio", "piuttosto"),
    ),
    "nl": CallbackWords(
        ("annuleren", "annuleer"),
        ("verzetten", "verplaatsen", "andere tijd", "ander tijdstip", "wijzigen"),
        ("terugbelafspraak", "afspraak", "tijdstip"),
        ("graag", "de", "mijn", "alstublieft", "ik", "wil", "kan", "het", "naar", "we"),
        ("liever",),
    ),
    "pl": CallbackWords(
        ("anuluj", "anulować", "odwołaj", "odwołać"),
        ("zmień", "zmienić", "inny termin", "inna godzina", "przełoż*", "przesun*"),
        ("termin", "rozmowę", "kontakt", "spotkanie"),
        ("proszę", "mój", "chcę", "czy", "można", "możemy"),
        ("wolę", "raczej"),
    ),
    "tr": CallbackWords(
        ("iptal", "iptal et"),
        ("değiştir", "değiştir*", "başka saat", "başka zaman", "ertele*"),
        ("randevu", "randevuyu", "arama", "saati"),
        ("lütfen", "et", "etmek", "istiyorum"),
        ("yerine",),
    ),
    "ar": CallbackWords(
        ("إلغاء", "الغاء", "ألغ", "الغي"),
        ("تغيير", "موعد آخر", "وقت آخر", "تأجيل"),
        ("الموعد", "موعد", "الاتصال", "المكالمة"),
        ("من فضلك", "أريد", "شكرا"),
    ),
    "hi": CallbackWords(
        ("रद्द", "रद्द करें", "कैंसल"),
        ("बदलें", "दूसरा समय", "समय बदलें", "और समय"),
        ("समय", "कॉल", "अपॉइंटमेंट"),
        ("कृपया", "करें", "करो", "मेरा", "मेरी"),
    ),
    "id": CallbackWords(
        ("batal", "batalkan"),
        ("ubah", "ganti", "waktu lain", "jadwal ulang"),
        ("janji", "jadwal", "panggilan", "waktu"),
        ("tolong", "saya", "mohon"),
    ),
    "ru": CallbackWords(
        ("отмена", "отменить", "отмените"),
        ("перенести", "другое время", "изменить", "перенес*"),
        ("звонок", "запись", "время", "встречу"),
        ("пожалуйста", "мою", "мой", "хочу", "можно", "давайте"),
        ("лучше",),
    ),
    "ja": CallbackWords(
        ("キャンセル", "取り消し", "取消"),
        ("変更", "別の時間", "他の時間"),
        ("予約", "時間", "連絡"),
        ("お願いします", "してください", "する", "を", "の"),
    ),
    "zh": CallbackWords(
        ("取消",),
        ("更改", "改时间", "其他时间", "换个时间", "改期"),
        ("预约", "回访", "时间", "回电"),
        ("请", "我的", "我要", "我想", "一下"),
    ),
    "ko": CallbackWords(
        ("취소",),
        ("변경", "다른 시간", "시간 변경"),
        ("예약", "연락", "상담"),
        ("해주세요", "해 주세요", "부탁드립니다", "할게요", "을", "를"),
    ),
    "vi": CallbackWords(
        ("hủy", "huỷ"),
        ("đổi", "giờ khác", "thời gian khác", "dời"),
        ("lịch hẹn", "cuộc gọi", "lịch", "giờ"),
        ("vui lòng", "tôi", "muốn", "xin"),
    ),
}


def read_intent(text: str, language: str) -> Intent | None:
    """Whether a message cancels or moves the callback; in the customer's language or in English."""
    said = _folded(text)
    for code in dict.fromkeys((base_language(language), "en")):
        words = WORDS.get(code)
        if words is None:
            continue
        cancels, moves = _says(said, words, words.cancel), _says(said, words, words.move)
        if cancels != moves:
            return "cancel" if cancels else "move"
    return None


def mentions_move(text: str, language: str) -> bool:
    """Whether a message has a word for moving at all: enough beside a time."""
    said = _folded(text)
    known = [WORDS[code] for code in (base_language(language), "en") if code in WORDS]
    return any(_holds(said, _folded(word)) for words in known for word in (*words.move, *words.rather))


def beside_move(text: str, language: str) -> str:
    """What a message that moves the callback says beside that: the time, when it names one."""
    rest = unicodedata.normalize("NFC", text).casefold().replace("\u2019", "'")
    for code in dict.fromkeys((base_language(language), "en")):
        if (words := WORDS.get(code)) is None:
            continue
        for word in sorted((*words.move, *words.rather, *words.filler), key=len, reverse=True):
            rest = re.sub(_pattern(word.casefold()), " ", rest)
    return " ".join(rest.split())


def _says(said: str, words: CallbackWords, wanted: tuple[str, ...]) -> bool:
    named = [word for word in wanted if _holds(said, _folded(word))]
    if not named:
        return False
    if any(_holds(said, _folded(noun)) for noun in words.callback if noun not in named):
        return True
    rest = said
    for word in (*sorted(named, key=len, reverse=True), *sorted(words.filler, key=len, reverse=True)):
        rest = _without(rest, _folded(word))
    return not rest.strip()


def _holds(said: str, word: str) -> bool:
    return re.search(_pattern(word), said) is not None


def _without(said: str, word: str) -> str:
    return re.sub(_pattern(word), " ", said).strip()


@cache
def _pattern(word: str) -> re.Pattern[str]:
    if _unspaced(word):
        return re.compile(re.escape(word))
    more = r"\w*" if word.endswith("*") else ""
    return re.compile(rf"(?<![\w'-]){re.escape(word.removesuffix('*'))}{more}(?![\w'-])")


def _unspaced(word: str) -> bool:
    """Japanese, Chinese and Korean write no spaces where we would look for them."""
    return any("\u3040" <= ch <= "\u9fff" or "\uac00" <= ch <= "\ud7af" for ch in word)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFC", text).casefold().replace("\u2019", "'")
    return " ".join(re.sub(r"[^\w\s'\-*]|_", " ", plain).split())
