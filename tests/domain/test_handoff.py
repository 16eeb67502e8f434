"""From the page to the end of a handoff: claim, reply, lease, release, close."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.card import draw
from bridge.domain.events import ClaimPressed, CustomerClosed, DeliveryFailed, OutcomeKind
from bridge.domain.model import EntryKind, Mode, Profile, ReleaseOutcome
from bridge.domain.rota import Hours, Rota
from bridge.domain.transitions.change import owner_name
from tests.domain.play import ANA, BEN, START, Play, tenant


def waiting(rotas: Mapping[str, Rota] | None = None) -> Play:
    play = Play(tenant(rotas=rotas or {}))
    play.says("let me talk to a human")
    return play


def test_the_customer_is_told_at_handoff_claim_and_release() -> None:
    play = waiting()
    play.claims(ANA)
    play.releases(ANA)
    assert play.told == ["[waiting]", "[joined] Ana", "[released] Ana"]


@pytest.mark.parametrize(
    ("name", "greeted"),
    [("María Fernández", "Hello María,"), ("👩‍👧 *Zoë*", "Hello ,"), ("أمل الحسيني", "Hello أمل,")],
)
def test_a_suggestion_greets_by_a_name_and_by_nothing_else(name: str, greeted: str) -> None:
    play = Play(profile=Profile(name=name))
    play.says("let me talk to a human")
    assert play.conv.handoff is not None
    assert play.conv.handoff.suggestion is not None
    assert play.conv.handoff.suggestion.text.startswith(greeted)


def test_send_suggested_claims_and_sends_in_one_step() -> None:
    play = waiting()
    assert play.sends_suggested(ANA).done
    assert play.conv.owner == ANA
    assert play.told[-1].startswith("Hello")
    again = play.sends_suggested(ANA)
    assert again.code == "nothing_to_send"
    assert sum(text.startswith("Hello") for text in play.told) == 1


def test_an_edited_reply_is_sent_as_edited() -> None:
    play = waiting()
    play.sends_suggested(ANA, "My own words.")
    assert play.told[-1] == "My own words."


def test_a_colleague_can_not_send_or_release_what_is_not_theirs() -> None:
    play = waiting()
    play.claims(ANA)
    assert play.sends_suggested(BEN).code == "owned"
    assert play.releases(BEN).code == "owned"
    assert play.conv.owner == ANA


def test_another_desk_does_not_know_the_handoff() -> None:
    play = waiting()
    press = ClaimPressed(
        tenant=play.conv.tenant,
        conversation=play.conv.id,
        handoff=1,
        agent=BEN,
        desk="sales",
        epoch=play.conv.epoch,
    )
    assert play.put(press).kind is OutcomeKind.UNKNOWN
    assert play.conv.owner is None
    assert play.put(replace(press, desk="support")).done


def test_an_unclaimed_handoff_can_be_given_back() -> None:
    play = waiting()
    assert play.releases(BEN).done
    assert play.mode is Mode.ASSISTANT
    assert play.conv.stretch is None, "no person spoke"
    assert play.told[-1].strip() == "[released]", "nobody has left who never joined"


def test_what_the_customer_writes_meanwhile_goes_to_the_thread_not_to_the_ai() -> None:
    play = waiting()
    asks = play.asks
    play.says("are you there?")
    play.claims(ANA)
    play.says("hello?")
    assert play.asks == asks


def test_a_lease_that_runs_out_pages_the_desk_again_and_tells_the_customer() -> None:
    play = waiting()
    play.claims(ANA)
    pages = play.pages
    play.later(timedelta(minutes=15))
    assert play.mode is Mode.WAITING
    assert play.pages == pages + 2, "the silent owner was called first"
    assert play.told[-1] == "[lapsed] Ana"
    assert play.conv.stretch is not None


def test_every_reply_renews_the_lease() -> None:
    play = waiting()
    play.claims(ANA)
    for _ in range(5):
        play.later(timedelta(minutes=10))
        play.writes("one moment", ANA)
    assert play.conv.owner == ANA


def test_a_page_is_repeated_until_the_limit_and_then_the_customer_is_told() -> None:
    play = waiting()
    play.later(timedelta(minutes=30))
    assert play.told == ["[waiting]", "[gave_up]"]
    assert 4 <= play.pages <= 6
    assert play.mode is Mode.WAITING, "the request stays open"


def test_nobody_on_call_is_said_at_once() -> None:
    monday_night = Hours(frozenset(range(7)), START.time().replace(hour=20), START.time().replace(hour=22))
    play = waiting(rotas={"support": Rota((monday_night,))})
    assert play.told[0].startswith("[waiting_off_duty]")
    assert "20:00" in play.told[0]


def test_the_customer_closes_the_chat_and_may_come_back() -> None:
    play = waiting()
    play.claims(ANA)
    play.event(CustomerClosed)
    assert play.mode is Mode.CLOSED
    assert play.writes("still there?", ANA).code == "ended"
    play.says("hello again")
    assert play.conv.mode == "assistant"
    assert play.asks == 1
    assert play.customer is not None
    assert play.customer.conversations == 1
    assert play.customer.last_ending == "closed by the customer"


def test_an_old_handoffs_button_does_nothing_to_the_new_one() -> None:
    play = waiting()
    play.claims(ANA)
    play.releases(ANA)
    play.says("let me talk to a human")
    assert play.conv.handoff is not None
    assert play.conv.handoff.number == 2
    before = play.conv
    outcome = play.put(
        ClaimPressed(
            tenant=play.conv.tenant, conversation=play.conv.id, handoff=1, agent=ANA, epoch=before.epoch
        )
    )
    assert outcome.code == "ended"
    assert play.conv == before


def test_every_change_of_owner_has_an_audit_row() -> None:
    play = waiting()
    play.claims(ANA)
    play.later(timedelta(minutes=15))
    play.claims(BEN)
    play.releases(BEN)
    moves = [(row.action, row.before, row.after) for row in play.audit if row.before != row.after]
    assert moves == [
        ("handoff", "assistant", "desk:support"),
        ("claim", "desk:support", ANA.id),
        ("lapse", ANA.id, "desk:support"),
        ("claim", "desk:support", BEN.id),
        ("released", BEN.id, "assistant"),
    ]
    assert owner_name(play.conv) == "assistant"


def test_a_message_that_never_arrived_is_told_to_the_desk() -> None:
    play = waiting()
    play.claims(ANA)
    play.writes("hello", ANA)
    play.put(
        DeliveryFailed(
            tenant=play.conv.tenant, conversation=play.conv.id, seq=play.conv.seq, why="the number is gone"
        )
    )
    note = play.entries[-1]
    assert note.kind is EntryKind.NOTE
    assert "the number is gone" in note.text


def test_a_claim_pressed_twice_says_that_it_is_yours_already() -> None:
    play = waiting()
    play.claims(ANA)
    again = play.claims(ANA)
    assert again.kind is OutcomeKind.REFUSED
    assert "already" in again.why


def test_what_came_of_it_is_kept_shown_and_remembered_with_the_customer() -> None:
    play = waiting()
    play.claims(ANA)
    assert play.releases(ANA, outcome=ReleaseOutcome.FOLLOW_UP).done
    assert play.conv.handoff is not None
    assert play.customer is not None
    assert play.conv.handoff.outcome is ReleaseOutcome.FOLLOW_UP
    assert draw(play.conv, play.customer, play.conv.handoff).outcome is ReleaseOutcome.FOLLOW_UP
    assert play.audit[-1].reason == "pressed Release: follow_up"
    assert play.customer.last_ending == "released by Ana, needs follow-up"
