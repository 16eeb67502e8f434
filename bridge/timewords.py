"""Reads a time in a customer's words: "tomorrow at 10", "el lunes a las 9:30", "明天下午3点".

The hour is found here, the day by the dateparser library, which is loaded when it is first needed: it
knows the words of the languages, and is unsure about hours. Anything that is mostly about something else
is not a time. It must stay quick (milliseconds) whatever a stranger writes.
"""

import re
import unicodedata
import warnings
from collections.abc import Iterator
from datetime import date, datetime, time
from threading import Thread
from typing import Any

from bridge.domain.callback import Wish
from bridge.domain.languages import base_language

MOST_WORDS = 10
LONGEST_DAY = 4
"""Words that name a day: "the day after tomorrow"."""
MOST_OTHER = 4
"""Words beside the time that are forgiven."""

_AT = (
    "at|around|um|gegen|a las|a la|sobre las|à|vers|às|as|alle|alle ore|ore|verso le|om|o|o godzinie|"
    "godz|saat|الساعة|jam|pukul|в|lúc"
)
_HOURS = "uhr|h|heures?|hrs?|horas?|uur|時|时|点|點|시|giờ|बजे|часов|часа|час|ч|o'clock"
_AM = "a\\.?m\\.?|上午|早上|오전|午前|sáng|صباحا|ص|सुबह|pagi|утра|rano|sabah"
_PM = (
    "p\\.?m\\.?|下午|晚上|오후|午後|chiều|tối|مساء|م|शाम|दोपहर|sore|malam|вечера|дня|wieczorem|po południu|"
    "öğleden sonra|akşam|nachmittags|abends|de la tarde|de la noche|du soir|de l'après-midi|da tarde|"
    "da noite|di sera|del pomeriggio|'s middags|'s avonds|in the afternoon|in the evening"
)
_CLOCK = re.compile(
    rf"(?:(?<!\w)(?P<at>{_AT})\s*)?(?P<before>{_AM}|{_PM})?\s*(?<![\w./-])(?P<hour>[01]?\d|2[0-4])"
    rf"(?:\s*(?::|h|時|时|点|點|시)\s*(?P<minute>[0-5]\d)(?:分|분)?|\s*(?:時|时|点|點|시)\s*(?P<half>半|반)"
    rf"|\.(?P<dotted>[0-5]\d)(?![\d.]))?"
    rf"\s*(?P<unit>{_HOURS})?\s*(?P<after>{_AM}|{_PM})?(?![\w./-])"
)
_CJK = re.compile(r"(?<=[\u3040-\u9fff\uac00-\ud7af])(?=\d)")
_PARTICLE = re.compile(r"(\d\s*[時时点點시]\s*[半반]?|\d\s*[分분])(?=[^\s\d分분半반])")
"""What is written right behind a time: 9時30分に, 5시에."""
_HOURS_IN_CHARACTERS = {
    word: str(hour)
    for hour, words in enumerate(
        ["一", "二两", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"], 1
    )
    for word in ([words] if hour > 9 else words)
}
_CHARACTERS = re.compile(rf"({'|'.join(sorted(_HOURS_IN_CHARACTERS, key=len, reverse=True))})(?=[点點時时])")
_HALF = re.compile(rf"(?:{_PM})", re.IGNORECASE)
_SEPARATED = re.compile(r"\d+(?:[./-]\d+)+")


class TimeWords:
    """Implements `bridge.domain.tenant.TimeReader`."""

    def __init__(self) -> None:
        self._parse: Any = None
        self._loading = False

    def load(self) -> None:
        """Loads the library: 0.3 seconds that are better spent in a thread than before a customer."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from dateparser.date import DateDataParser

        self._parse = DateDataParser

    def load_soon(self) -> None:
        """In a thread, once: times are on offer, so words about times will come."""
        if not self._loading and self._parse is None:
            self._loading = True
            Thread(target=self.load, name="timewords", daemon=True).start()

    def read(self, text: str, language: str, now: datetime) -> Wish | None:
        said = _plain(text)
        clock, half_known, rest = _clock(said)
        words = rest.split()
        if len(words) > MOST_WORDS:
            return None
        day, left = self._day(words, language, now) if words else (None, 0)
        if (clock is None and day is None) or left > MOST_OTHER:
            return None
        either = clock is not None and not half_known and clock.hour <= 12
        return Wish(day, clock, either_half=either, alone=left == 0)

    def _day(self, words: list[str], language: str, now: datetime) -> tuple[date | None, int]:
        """The day that some of the words name, and how many words are left."""
        if self._parse is None:
            self.load()
        noon = now.replace(hour=12, minute=0, second=0, microsecond=0)
        settings = {"RELATIVE_BASE": noon, "PREFER_DATES_FROM": "future", "PARSERS": _PARSERS}
        for code in dict.fromkeys((base_language(language), "en")):
            try:
                parser = self._parse(languages=[code], settings=settings)
            except ValueError:  # a language that the library does not know
                continue
            for phrase, size in _phrases(words):
                found = parser.get_date_data(phrase)
                if found.date_obj is not None and found.period == "day":
                    return found.date_obj.date(), len(words) - size
        return None, len(words)


_PARSERS = ["relative-time", "absolute-time"]


def _plain(text: str) -> str:
    """Digits of every script as ASCII, small letters, no punctuation at the ends."""
    digits = "".join(str(unicodedata.digit(ch)) if ch.isdigit() and not ch.isascii() else ch for ch in text)
    folded = unicodedata.normalize("NFC", digits).casefold().replace("\u2019", "'").replace(",", " ")
    folded = _CHARACTERS.sub(lambda found: _HOURS_IN_CHARACTERS[found[0]], folded)
    return _PARTICLE.sub(r"\1 ", _CJK.sub(" ", folded)).strip(" \t\n.!?。！？¡¿")


def _clock(said: str) -> tuple[time | None, bool, str]:
    """The time of day, whether its half of the day is known, and what is left of the message.

    A bare number is an hour only beside other words, and only where nothing better is found.
    """
    best: tuple[int, re.Match[str]] | None = None
    for found in _CLOCK.finditer(said):
        marks = ("minute", "dotted", "half", "unit", "before", "after", "at")
        worth = sum(2 for mark in marks if found[mark]) + 1
        if best is None or worth > best[0]:
            best = (worth, found)
    if best is None or (best[0] == 1 and len(said.split()) == 1):
        return None, False, said
    found = best[1]
    hour, minute = int(found["hour"]), 30 if found["half"] else int(found["minute"] or found["dotted"] or 0)
    half = found["before"] or found["after"] or ""
    rest = f"{said[: found.start()]} {said[found.end() :]}"
    evening = bool(half and _HALF.fullmatch(half)) or (not half and _HALF.search(rest) is not None)
    if evening and hour < 12:
        hour += 12
    elif half and not evening and hour == 12:
        hour = 0
    known = bool(half) or evening or hour > 12 or (len(found["hour"]) == 2 and found["hour"].startswith("0"))
    return time(hour % 24, minute), known, _HALF.sub(" ", rest) if evening and not half else rest


def _phrases(words: list[str]) -> Iterator[tuple[str, int]]:
    """Stretches of words that may name a day, the longest first."""
    for size in range(min(LONGEST_DAY, len(words)), 0, -1):
        for start in range(len(words) - size + 1):
            phrase = " ".join(words[start : start + size])
            if any(ch.isalpha() for ch in phrase) or _SEPARATED.fullmatch(phrase):
                yield phrase, size


TIMES = TimeWords()
"""One for all tenants: what it loads is the same for each."""
