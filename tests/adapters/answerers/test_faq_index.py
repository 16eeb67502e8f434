"""What a question finds: other words, other forms, typing errors, other languages."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.answerers.faq.folder import Entry
from adapters.answerers.faq.index import Index
from adapters.answerers.faq.library import Library
from adapters.answerers.faq.smalltalk import SmallTalk
from adapters.answerers.faq.spelling import Spelling
from adapters.answerers.faq.terms import terms_of, words

FAQ = Path(__file__).parents[3] / "bridge" / "demo" / "tenant" / "faq"


@pytest.fixture(scope="module")
def library() -> Library:
    return Library.read(FAQ, ["en", "es", "de"])


@pytest.mark.parametrize(
    ("text", "language", "question"),
    [
        ("how long does delivery take", "en", "How long does delivery take?"),
        ("do you ship to Norway?", "en", "Which countries do you ship to?"),
        ("forgot my pasword", "en", "How do I reset my password?"),
        ("buy a giftcard", "en", "How do gift cards work?"),
        ("horario de las tiendas", "es", "¿Cuál es vuestro horario?"),
        ("Oeffnungszeiten?", "de", "Wann haben Sie geöffnet?"),
        ("garantia", "es", "¿Qué cubre la garantía?"),
    ],
)
def test_a_plain_question_finds_its_entry(library: Library, text: str, language: str, question: str) -> None:
    found = library.find(text, language)
    assert found
    assert found.entry.question == question


def test_a_language_without_entries_falls_back_to_the_tenants_first(library: Library) -> None:
    found = library.find("do you repair tents", "fr")
    assert found
    assert found.entry.language == "en"


def test_an_unknown_word_lowers_the_confidence(library: Library) -> None:
    plain = library.find("do you sell spare parts", "en")
    odd = library.find("do you sell spare parts for helicopters", "en")
    assert plain
    assert odd
    assert odd.confidence < plain.confidence
    assert odd.match.unknown_words == ("helicopt",)


def test_a_phrasing_word_for_word_is_sure_even_when_it_is_one_word() -> None:
    entries = [
        Entry("1", "en", "How do I send it back?", ("How do I send it back?", "returns"), "So. Boots, too."),
        Entry("2", "en", "How do I care for boots?", ("How do I care for boots?", "care"), "With wax."),
        Entry("3", "en", "Which care do you offer?", ("Which care do you offer?", "care"), "All."),
    ]
    library = Library(entries, ["en"])
    sure, doubtful, shared = (library.find(text, "en") for text in ("Returns?", "boots", "care"))
    assert sure
    assert doubtful
    assert shared
    assert sure.entry.id == "1"
    assert sure.confidence >= 0.8
    assert doubtful.confidence < 0.8
    assert not shared.match.fit.verbatim


def test_a_question_with_no_known_word_finds_nothing(library: Library) -> None:
    assert library.find("zzz qqq", "en") is None
    assert library.find("", "en") is None
    assert library.find("the of and", "en") is None


def test_case_accents_umlauts_and_thousands_fall_together() -> None:
    assert words("¿DÓNDE está?") == ["donde", "esta"]
    assert words("Größe", "de") == words("Groesse", "de") == words("grosse", "de")
    assert words("3.000mm") == words("3,000 mm") == ["3000", "mm"]
    assert words("I can't") == ["i", "cant"]
    assert terms_of("en").of("Deliveries, please!") == terms_of("en").of("delivery")


def test_a_guess_is_one_edit_away_or_two_known_words() -> None:
    spelling = Spelling(["password", "gift", "card", "boot", "versand"], lambda word: word)
    assert spelling.guess("pasword") == ("password",)
    assert spelling.guess("passwrod") == ("password",)
    assert spelling.guess("giftcard") == ("gift", "card")
    assert spelling.guess("boat") == ()
    assert spelling.guess("pazzword") == ()
    assert spelling.guess("a" * 500) == ()


@pytest.mark.parametrize(
    "text", ["hi", "Heyyy!!", "hello, how are you?", "ok thanks, bye", "Thank you so much 🙏"]
)
def test_small_talk_is_recognised(library: Library, text: str) -> None:
    assert library.small_talk(text, "en")


@pytest.mark.parametrize("text", ["hi, where is my order", "thanks for nothing", "", "👍", "hello " * 40])
def test_what_only_begins_like_small_talk_is_not(library: Library, text: str) -> None:
    assert library.small_talk(text, "en") is None


def test_small_talk_in_another_language_is_answered_in_it(library: Library) -> None:
    talk = library.small_talk("hola, buenos días", "en")
    assert talk
    assert talk.language == "es"


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300), st.sampled_from(["en", "es", "de", "fr", "ja", ""]))
def test_any_text_gives_features_from_0_to_1(text: str, language: str) -> None:
    found = _SMALL.find(text, language)
    if found:
        fit = found.match.fit
        shares = (
            fit.coverage,
            fit.phrasing,
            fit.margin,
            fit.unknown,
            fit.brevity,
            found.confidence,
        )
        assert all(0 <= share <= 1 + 1e-9 for share in shares)
    _SMALL.small_talk(text, language)


def _entry(question: str, answer: str) -> Entry:
    return Entry(question, "en", question, (question,), answer)


_SMALL = Library([_entry("How much is it?", "It is 5 €."), _entry("0 a b", "Σίσυφος ﷺ İ")], ["en"])


def test_an_index_of_one_entry_and_of_an_entry_of_stop_words_works() -> None:
    assert Index("en", [_entry("Tents?", "Yes.")]).search("tent")
    assert Index("en", [_entry("What is it?", "It is.")]).search("tent") is None
    assert SmallTalk([]).match("hi") is None
