"""A conversation is passed on to a colleague or a desk, or taken over: never by accident, never unseen."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.card import draw
from bridge.domain.effects import SyncCard
from bridge.domain.events import OutcomeKind, TransferPressed
from bridge.domain.model import Agent, Mode
from bridge.domain.rota import Hours, Rota
from tests.domain.play import ANA, BEN, START, Play, tenant

CLEO = Agent("slack:U3", "Cleo")
NEVER_HERE = Rota(hours=(Hours(frozenset({6}), START.time(), START.time()),))


def claimed(play: Play | None = None) -> Play:
    play = play or Play()
    play.says("let me talk to a human")
    play.claims(ANA)
    return play


def last_audit(play: Play) -> tuple[str, str, str, str]:
    row = play.audit[-1]
    return row.action, row.actor, row.before, row.after


def test_a_colleague_has_it_from_then_on_and_the_customer_is_told() -> None:
    play = claimed()
    epoch = play.conv.epoch
    assert play.transfers(BEN, reason="knows Globex").done
    assert (play.conv.owner, play.conv.epoch) == (BEN, epoch + 1)
    assert play.told[-1] == "[joined] Ben"
    assert last_audit(play) == ("transferred", ANA.id, ANA.id, BEN.id)
    assert play.notes[-1] == "Ana has passed this on to Ben: knows Globex"


def test_the_words_of_a_reason_stand_where_they_can_be_erased() -> None:
    play = claimed()
    play.transfers(BEN, reason="María has a lawyer")
    note = next(e for e in play.entries if "lawyer" in e.text)
    assert play.audit[-1].reason == f"the reason is entry {note.seq}"


def test_who_gets_it_is_called_and_has_a_whole_lease() -> None:
    play = claimed()
    play.later(timedelta(minutes=9))
    play.transfers(BEN)
    assert any(isinstance(e, SyncCard) and e.page for e in play.decisions[-1].effects)
    assert play.conv.handoff is not None
    assert play.conv.handoff.lease_until == play.now + play.tenant.pages.claim_lease


def test_who_passed_it_on_speaks_no_longer() -> None:
    play = claimed()
    play.transfers(BEN)
    assert play.writes("one more thing", ANA).code == "not_owner"
    assert play.writes("Ben here.", BEN).done
    assert play.told[-1] == "Ben here."


def test_another_desk_is_called_and_the_customer_is_told_who_passed_them_on() -> None:
    play = claimed()
    assert play.transfers("sales", reason="wants a quote").done
    assert play.mode is Mode.WAITING
    assert play.told[-1] == "[passed_on] Ana"
    assert last_audit(play) == ("transferred", ANA.id, ANA.id, "desk:sales")
    syncs = [e for e in play.decisions[-1].effects if isinstance(e, SyncCard)]
    assert [(e.desk, e.page) for e in syncs] == [("", True), ("support", False)]


def test_the_assistant_knows_of_the_whole_human_stretch() -> None:
    play = claimed()
    since = play.now
    play.later(timedelta(minutes=3))
    play.transfers(BEN)
    play.later(timedelta(minutes=3))
    play.releases(BEN)
    assert play.conv.stretch is not None
    assert (play.conv.stretch.agent, play.conv.stretch.since) == ("Ben", since)


def test_at_a_desk_where_nobody_is_the_truth_is_told() -> None:
    play = claimed(Play(tenant(rotas={"sales": NEVER_HERE})))
    play.transfers("sales")
    assert play.mode is Mode.WAITING
    assert play.told[-1].startswith("[waiting_off_duty]")
    assert "[passed_on] Ana" not in play.told


def test_anybody_passes_on_to_a_desk_what_nobody_has() -> None:
    play = Play()
    play.says("let me talk to a human")
    told = play.told
    assert play.transfers("sales", BEN).done
    assert play.told == told, "the customer waits as before"
    assert play.conv.handoff is not None
    assert play.conv.handoff.desk == "sales"


def test_what_nobody_has_is_given_to_no_colleague() -> None:
    play = Play()
    play.says("let me talk to a human")
    assert play.transfers(BEN, ANA).code == "not_owner"
    assert play.mode is Mode.WAITING


@pytest.mark.parametrize(
    ("to", "code"),
    [("support", "same_desk"), ("kitchen", "unknown_desk"), ("", "unknown_desk"), (ANA, "owned")],
)
def test_a_transfer_to_nowhere_changes_nothing(to: Agent | str, code: str) -> None:
    play = claimed()
    before = play.conv
    outcome = play.transfers(to)
    assert (outcome.kind, outcome.code) == (OutcomeKind.REFUSED, code)
    assert outcome.why
    assert play.conv == before


def test_only_the_owner_passes_it_on() -> None:
    play = claimed()
    assert play.transfers("sales", BEN).code == "not_owner"
    assert play.transfers(CLEO, BEN).code == "not_owner"
    assert play.conv.owner == ANA


def test_a_transfer_from_an_older_card_changes_nothing() -> None:
    play = claimed()
    assert play.transfers(BEN, epoch=play.conv.epoch - 1).code == "stale"


def test_the_card_left_behind_says_where_it_went_and_its_buttons_do_nothing() -> None:
    play = claimed()
    play.transfers("sales")
    assert play.conv.handoff is not None
    assert play.customer is not None
    left = draw(play.conv, play.customer, play.conv.handoff, at="support")
    assert (left.state, left.moved_to, left.buttons, left.can) == ("moved", "sales", (), ())
    new = draw(play.conv, play.customer, play.conv.handoff)
    assert new.transferred is not None
    assert (new.state, new.transferred.by, new.transferred.desk) == ("waiting", "Ana", "support")
    press = TransferPressed(
        tenant=play.conv.tenant,
        conversation=play.conv.id,
        handoff=1,
        agent=ANA,
        desk="support",
        to_desk="sales",
        epoch=play.conv.epoch,
    )
    outcome = play.put(press)
    assert (outcome.kind, outcome.why) == (OutcomeKind.REFUSED, "Nothing done: this went to the sales desk.")
    assert play.put(replace(press, desk="kitchen")).kind is OutcomeKind.UNKNOWN


def test_a_colleagues_conversation_is_taken_over_by_name() -> None:
    play = claimed()
    assert play.takes_over(BEN).done
    assert play.conv.owner == BEN
    assert play.told[-1] == "[joined] Ben"
    assert last_audit(play) == ("taken_over", BEN.id, ANA.id, BEN.id)
    assert play.notes[-1] == "Ben has taken this over from Ana."


def test_who_took_it_over_has_it_by_nobodys_leave() -> None:
    """The card of who took it over does not say that it was passed on to them."""
    play = claimed()
    play.transfers(BEN, reason="knows Globex")
    assert play.conv.handoff is not None
    assert play.customer is not None
    passed = draw(play.conv, play.customer, play.conv.handoff).transferred
    assert passed is not None
    assert (passed.to, passed.reason) == (BEN.name, "knows Globex")
    play.takes_over(CLEO)
    assert draw(play.conv, play.customer, play.conv.handoff).transferred is None


def test_nothing_is_taken_from_anybody_but_whom_the_asker_saw() -> None:
    play = claimed()
    play.transfers(CLEO)
    assert play.takes_over(BEN, owner=ANA).code == "stale"
    assert play.takes_over(BEN, epoch=play.conv.epoch - 1).code == "stale"
    assert play.conv.owner == CLEO


def test_what_nobody_has_is_claimed_and_not_taken_over() -> None:
    play = Play()
    play.says("let me talk to a human")
    assert play.takes_over(BEN, owner=ANA).code == "stale"
    assert play.mode is Mode.WAITING


def test_nobody_takes_over_from_themselves() -> None:
    play = claimed()
    assert play.takes_over(ANA).code == "owned"
