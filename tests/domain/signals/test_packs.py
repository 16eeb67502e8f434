"""Packs as data: what ships, what is refused, and that the rules carry other kinds of language."""

import pytest

from bridge.domain.signals import (
    Signal,
    available_languages,
    detect,
    load_packs,
    parse_pack,
)

CHINESE = """
language = "zh"
spaced = false
[words]
not = ["不", "不要", "别", "没有"]
want = ["要", "想", "需要", "我要"]
talk = ["谈", "聊", "说话", "交谈", "联系", "转"]
human = ["人工", "真人", "人类", "客服", "人工客服"]
[negation]
before = ["<not>"]
[condition]
before = ["如果"]
[signals.person_request]
patterns = ["<want> ~3 <human>", "<talk> ~1 <human>", "^^ <human> $$"]
veto = ["你 是 ~3 <human>"]
[signals.refund]
patterns = ["退款"]
[reply]
yes = ["好", "好的", "是"]
no = ["不用", "不要"]
"""
ARABIC = """
language = "ar"
[words]
not = ["لا", "لست", "ليس"]
want = ["أريد", "اريد"]
talk = ["التحدث", "الحديث"]
human = ["شخص", "موظف", "إنسان"]
[negation]
before = ["<not>"]
[signals.person_request]
patterns = ["<talk> مع|إلى <human>", "<want> <human>"]
"""
NEGATES_AFTERWARDS = """
language = "ja"
spaced = false
[words]
human = ["人間", "担当者"]
want = ["話したい", "必要"]
[negation]
after = ["ない", "ありません", "は|では ありません|ない"]
[signals.person_request]
patterns = ["<human> と|が|は <want>"]
"""


def test_english_spanish_and_german_are_shipped() -> None:
    assert available_languages() == ("de", "en", "es")


def test_a_language_without_a_pack_is_left_out() -> None:
    loaded = load_packs(["xx", "es-MX", "EN", "es", ""])
    assert [pack.language for pack in loaded] == ["es", "en"]


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("我想和真人交谈", "想和真人"),
        ("请转人工客服", "转人工客服"),
        ("人工", "人工"),
        ("我不需要人工", None),
        ("如果需要人工我会说", None),
        ("你是真人吗？", None),
    ],
)
def test_a_language_without_spaces_is_cut_by_its_own_words(text: str, evidence: str | None) -> None:
    signals = detect(text, [parse_pack(CHINESE)])
    assert signals == ((Signal("person_request", evidence),) if evidence else ())


@pytest.mark.parametrize(
    ("text", "evidence"),
    [("أُرِيدُ التَّحدث مع شخص", "التَّحدث مع شخص"), ("لا أريد التحدث مع شخص", None)],
)
def test_a_right_to_left_language_is_read_with_or_without_its_vowels(text: str, evidence: str | None) -> None:
    signals = detect(text, [parse_pack(ARABIC)])
    assert signals == ((Signal("person_request", evidence),) if evidence else ())


@pytest.mark.parametrize(("text", "fires"), [("担当者と話したい", True), ("担当者は必要ありません", False)])
def test_a_language_that_negates_at_the_end_is_data_too(text: str, fires: bool) -> None:
    assert bool(detect(text, [parse_pack(NEGATES_AFTERWARDS)])) is fires


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ('language="xx"\n[signals.refund]\npatterns=["<nothing>"]', "no class"),
        ('language="xx"\n[signals.refunds]\npatterns=["x"]', "unknown signals: refunds"),
        ('language="xx"\n[signals.refund]\npatterns=["x? y.."]', "may be missing"),
        ('language="xx"\n[words]\na=["<b>"]', "no class <b>"),
        ('language="xx"\n[signals.refund]\npatterns=["a| b"]', "alternative is empty"),
    ],
)
def test_a_wrong_pack_names_what_is_wrong(toml: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_pack(toml)


def test_every_language_reads_a_message_that_mixes_them() -> None:
    packs = load_packs(["en", "es", "de"])
    text = "hola, I need a Rechnung und quiero hablar con alguien"
    assert detect(text, packs) == (
        Signal("person_request", "quiero hablar con alguien"),
        Signal("billing", "Rechnung"),
    )
