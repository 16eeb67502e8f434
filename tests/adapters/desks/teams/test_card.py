"""The card in its states: what it shows, what it offers, and that it always fits."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.desks.teams.card import BUDGET, message, view
from bridge.domain.callback import Callback, CallbackState
from bridge.domain.card import Card, Fact, Told
from bridge.domain.model import Agent, Suggestion
from tests.contracts.desk import released_card
from tests.fakes.core import claimed_card, waiting_card
from tests.fakes.desk_core import START
from tests.fakes.teams import action_of, buttons
from tests.fakes.teams.rules import card_errors, card_words, live_markup, nodes, utf16

ANA = Agent("teams:a0", "Ana Ruiz")
BEN = Agent("teams:b0", "Ben")
PROMISE = Callback(
    number=1,
    desk="support",
    at=START,
    until=START + timedelta(minutes=30),
    zone="America/North_Dakota/New_Salem",
    local="2026-11-23T04:00",
    place=0,
    booked_at=START - timedelta(hours=1),
)
STATES = [
    waiting_card(),
    waiting_card(pages=3, lapsed_from="Ben"),
    waiting_card(callback=PROMISE, told=None),
    waiting_card(callback=replace(PROMISE, state=CallbackState.DUE), pages=4),
    waiting_card(told=Told("nobody is free yet", times=True), pages=5),
    waiting_card(suggestion=None, buttons=("claim", "release")),
    claimed_card(ANA),
    released_card(ANA),
    released_card(ANA, state="closed"),
]


def shown(card: Card, **how: Any) -> dict[str, Any]:
    content: dict[str, Any] = message(card, **how)["attachments"][0]["content"]
    return content


@pytest.mark.parametrize("card", STATES, ids=lambda card: f"{card.state}-{card.pages}")
def test_every_state_is_a_card_by_the_published_schema(card: Card) -> None:
    assert card_errors(shown(card, calls=(ANA,))) == []
    assert card_errors(view(card, ANA)) == []


@pytest.mark.parametrize("card", STATES[:4], ids=lambda card: f"{card.state}-{card.pages}")
def test_every_press_carries_handoff_and_epoch_and_has_a_way_for_old_clients(card: Card) -> None:
    content = shown(card)
    presses = [node for node in nodes(content) if node.get("type") == "Action.Execute"]
    assert presses
    for press in presses:
        assert press["data"] == {"handoff": card.handoff, "epoch": card.epoch}
        if press["verb"] != "refresh":
            assert press["fallback"]["type"] == "Action.Submit"
            assert press["fallback"]["data"] == {"verb": press["verb"], **press["data"]}


def test_what_ended_offers_nothing_and_asks_for_nothing() -> None:
    content = shown(released_card(ANA))
    assert buttons(content) == []
    assert "refresh" not in content


def test_the_owner_alone_has_the_edit_box_open() -> None:
    card = claimed_card(ANA)
    inputs = {
        who: [n["id"] for n in nodes(view(card, who)["body"]) if n.get("type") == "Input.Text"]
        for who in (ANA, BEN)
    }
    assert inputs == {ANA: ["reply"], BEN: []}
    assert buttons(view(card, ANA)) == ["send_suggested", "release"]
    assert buttons(view(card, BEN)) == ["send_suggested", "edit_suggested", "release"]


def test_a_release_asks_for_a_note_and_before_anybody_answered_for_a_second_press() -> None:
    assert action_of(shown(waiting_card()), "release")["verb"] == "release"
    [opens] = [a for a in shown(waiting_card())["actions"] if a.get("id") == "release"]
    assert opens["type"] == "Action.ShowCard"
    assert "No person has answered yet" in card_words(opens["card"])


def test_times_are_the_readers_own() -> None:
    assert "{{TIME(2026-11-23T10:00:00Z)}}" in card_words(shown(waiting_card()))


def test_a_promised_time_is_shown_on_both_clocks_and_comes_first() -> None:
    said = card_words(shown(waiting_card(callback=PROMISE)))
    stamp = "2026-11-23T10:00:00Z"
    own = said.index(f"📞 **Callback {{{{DATE({stamp},SHORT)}}}} {{{{TIME({stamp})}}}}**")
    theirs = said.index("theirs: Mon 23 Nov 04:00 (America/North_Dakota/New_Salem)")
    assert own < theirs < said.index("Nobody has this yet")
    due = replace(PROMISE, state=CallbackState.DUE)
    assert "Callback now" in card_words(shown(waiting_card(callback=due)))


def test_a_card_says_what_the_customer_was_told() -> None:
    told = Told("somebody is back", START, times=True)
    assert (
        "The customer was told that somebody is back {{DATE(2026-11-23T10:00:00Z,SHORT)}} "
        "{{TIME(2026-11-23T10:00:00Z)}}, and offered times"
    ) in card_words(shown(waiting_card(told=told)))


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=400)


@settings(max_examples=40, deadline=None)
@given(words, words, words, st.integers(1, 60))
def test_whatever_a_customer_wrote_it_fits_and_stays_inert(
    who: str, want: str, said: str, times: int
) -> None:
    facts = tuple(Fact(f"Fact {n}", want[:80]) for n in range(12))
    card = waiting_card(who=who[:60], want=want, tried=said, facts=facts, suggestion=Suggestion(said * times))
    posted = message(card, (ANA,))
    assert utf16(posted) <= BUDGET + 4_096  # json with spaces, as the fake counts
    assert card_errors(posted["attachments"][0]["content"]) == []
    assert live_markup(posted) == []
    own = view(claimed_card(ANA, who=who[:60], want=want, suggestion=Suggestion(said * times)), ANA)
    assert card_errors(own) == []
