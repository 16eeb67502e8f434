"""Whatever a customer sends: no error, true evidence, the same answer twice, bounded work."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.domain.signals import SIGNAL_NAMES, detect, find_keywords, read_reply
from tests.domain.signals.cases import PACKS

_ANY_TEXT = st.text(st.characters(), max_size=300)  # lone surrogates and NUL included
_PIECES = [
    "I", "want", "to talk to", "a human", "not", "don't", "if", "refund", "\u2018", "\u201d", '"',
    ",", "!", "\n", ">", "¿", "quiero", "una persona", "no", "si", "ich", "brauche", "keinen",
    "Menschen", "e\u0301", "\u0000", "\ud800", "İ", "ß", "ﬁ", "\u200d", "退款", "\u0e33", "1,000",
    "FUCK", "LAWYER", "agent", "ridiculous", "charged twice", "Rückerstattung", "ja", "yes",
]  # fmt: skip
_LIKELY_TEXT = st.lists(st.sampled_from(_PIECES), max_size=25).map(" ".join)
_GLUED_TEXT = st.lists(st.sampled_from(_PIECES), max_size=12).map("".join)
_TEXT = st.one_of(_ANY_TEXT, _LIKELY_TEXT, _GLUED_TEXT)


@given(_TEXT)
@settings(max_examples=400, deadline=None)
def test_evidence_is_cut_from_the_customers_own_words(text: str) -> None:
    signals = detect(text, PACKS)
    assert all(signal.evidence and signal.evidence in text for signal in signals)
    names = [signal.name for signal in signals]
    assert names == [name for name in SIGNAL_NAMES if name in names]
    assert signals == detect(text, PACKS)


@given(_TEXT, st.lists(st.text(max_size=12), max_size=4))
@settings(max_examples=300, deadline=None)
def test_a_keyword_found_is_cut_from_the_customers_own_words(text: str, keywords: list[str]) -> None:
    found = find_keywords(text, keywords)
    assert found is None or found in text


@given(_TEXT)
@settings(max_examples=300, deadline=None)
def test_every_text_can_be_read_as_a_reply(text: str) -> None:
    assert read_reply(text, PACKS) in ("yes", "no", None)


def test_without_packs_only_shouting_is_heard() -> None:
    assert detect("I want a human", ()) == ()
    assert [s.name for s in detect("GIVE IT BACK RIGHT NOW!", ())] == ["frustration"]


def test_words_beyond_the_limit_are_not_read() -> None:
    assert detect("x " * 2_000 + "I want a refund", PACKS) == ()


@pytest.mark.parametrize(
    "unit", ["a ", "I want ", "not ", "talk to the ", '"', "if I ", "x", "a" * 50 + " ", "!,"]
)
def test_a_huge_message_is_bounded_work(unit: str) -> None:
    text = (unit * 100_000)[:100_000]
    started = time.process_time()
    detect(text, PACKS)
    read_reply(text, PACKS)
    assert time.process_time() - started < 1.0
