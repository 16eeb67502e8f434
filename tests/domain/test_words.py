"""The two lines, the card and the cutting of text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.answer import Answer, Intent
from bridge.domain.card import draw
from bridge.domain.events import PersonAsked
from bridge.domain.model import File, Profile
from bridge.domain.summary import LINE
from bridge.domain.text import ELLIPSIS, cut, one_line, quote, told_line
from tests.domain.play import ANA, Play


def card(play: Play):  # type: ignore[no-untyped-def]
    assert play.conv.handoff is not None
    assert play.customer is not None
    return draw(play.conv, play.customer, play.conv.handoff)


def test_line_one_is_the_wish_in_the_customers_words() -> None:
    play = Play()
    play.says("I want a refund for the tent that leaks")
    drawn = card(play)
    assert drawn.want == "“I want a refund for the tent that leaks”"
    assert drawn.tried == "Assistant not asked; refund goes to a person: “want a refund”"


def test_a_bare_request_for_a_person_shows_what_it_is_about() -> None:
    play = Play()
    play.says("does the Alpine 2 tent fit two people and a dog?")
    play.ai("It fits two.")
    play.says("let me talk to a human")
    drawn = card(play)
    assert drawn.want == "About “does the Alpine 2 tent fit two people and a dog?”"
    assert drawn.tried.startswith("Assistant answered 1×; asked for a person:")


def test_the_ais_own_words_win_when_it_gives_any() -> None:
    play = Play()
    play.says("hmm so the thing with the poles, you know")
    play.ai(Answer("Bend it back?", 0.3, intent=Intent("Repair a bent tent pole")))
    play.says("yes please")
    drawn = card(play)
    assert drawn.want == "Repair a bent tent pole"
    assert "30% sure" in drawn.tried
    assert drawn.suggestion is not None
    assert drawn.suggestion.drafted_by == "assistant"


def test_the_button_for_a_person_is_no_quotation() -> None:
    play = Play()
    play.says("does the tent fit two?")
    play.ai("It does.")
    play.event(PersonAsked)
    assert card(play).tried == "Assistant answered 1×; asked for a person: pressed “talk to a person”"


@pytest.mark.parametrize("answer", ["yes please", "no thanks"])
def test_the_answer_to_an_offer_is_not_what_the_customer_wants(answer: str) -> None:
    play = Play()
    play.says("do tents float?")
    play.ai("They do.", 0.3)
    play.says(answer)
    if play.conv.handoff is None:
        play.says("let me talk to a human")
    assert card(play).want in ("“do tents float?”", "About “do tents float?”")


def test_a_card_with_nothing_known_says_so_and_shows_no_empty_fields() -> None:
    play = Play()
    play.says("human")
    drawn = card(play)
    assert drawn.who == "Unknown customer"
    assert {fact.label for fact in drawn.facts} == {"Channel", "Language", "History"}
    assert all(fact.value for fact in drawn.facts)


def test_buttons_follow_the_state() -> None:
    play = Play(profile=Profile(verified=True, name="Vera Moreno"))
    play.says("let me talk to a human")
    assert card(play).buttons == ("claim", "send_suggested", "edit_suggested", "release")
    play.claims(ANA)
    assert card(play).buttons == ("send_suggested", "edit_suggested", "release")
    play.releases(ANA)
    assert card(play).buttons == ()
    assert card(play).state == "released"


@given(st.text(max_size=400), st.integers(2, 120))
def test_cut_keeps_its_limit_and_never_parts_a_combined_character(text: str, limit: int) -> None:
    shown = cut(text, limit)
    assert len(shown) <= limit
    if shown != text:
        rest = text[len(shown) - 1 :]
        assert shown.endswith(ELLIPSIS)
        if rest and not rest[0].isspace() and shown[:-1] == text[: len(shown) - 1] and len(shown) > 1:
            assert not unicodedata.category(rest[0]).startswith("M")


def test_families_flags_and_accents_stay_whole() -> None:
    family = "👨‍👩‍👧‍👦"
    assert cut("aaaa" + family, 6) == "aaaa" + ELLIPSIS
    assert cut("ab🇪🇸🇩🇪", 6) in ("ab🇪🇸" + ELLIPSIS, "ab🇪🇸🇩🇪")
    assert cut("cafe\u0301 noir", 5) == "caf" + ELLIPSIS


def test_a_line_can_not_reorder_or_break_its_frame() -> None:
    assert one_line("a\u202eb\n\tc\x00d") == "ab c d"
    assert quote("مرحبا", 20) == "“\u2068مرحبا\u2069”"


def test_what_is_quoted_keeps_to_itself_wherever_the_line_goes() -> None:
    """And nothing else of a line turns it around: stray marks of direction are gone."""
    line = f"\u202eAbout {quote('كسر العمود (٢ من ٣).', 40)}"
    assert told_line(line) == "About “\u2068كسر العمود (٢ من ٣).\u2069”"
    assert told_line("About “the \u202e tent”") == "About “the tent”"


@given(st.text(max_size=3000))
def test_both_lines_fit_one_line_whatever_was_written(text: str) -> None:
    play = Play()
    play.says(text + " let me talk to a human")
    if play.conv.handoff is not None:
        assert len(play.conv.handoff.want) <= LINE + 2
        assert len(play.conv.handoff.tried) <= LINE
        assert "\n" not in play.conv.handoff.want


@pytest.mark.parametrize(
    ("size", "weight"),
    [
        (0, ""),
        (9, "9 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (48_213, "48 kB"),
        (5_400_000, "5.4 MB"),
        (2**31, "2.1 GB"),
    ],
)
def test_how_large_a_file_is(size: int, weight: str) -> None:
    assert File("a", size=size).weight == weight
