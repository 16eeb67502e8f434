"""Honest words: a notice is refused where the row that it states is missing, and passes where it stands."""

from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest

from bridge.domain.backing import BACKING, Unbacked
from bridge.domain.callback import Callback, CallbackState, Times
from bridge.domain.ids import ConversationId, CustomerId, TenantId
from bridge.domain.model import (
    Conversation,
    Customer,
    Ending,
    Fired,
    Handoff,
    HumanStretch,
    Line,
    LineState,
    Mode,
    Offer,
    Transfer,
    Trigger,
)
from bridge.domain.notices import Moment, NoticeFact, NoticeName
from bridge.domain.transitions.change import Change
from tests.domain.play import ANA, START, tenant

NAMES: tuple[NoticeName, ...] = get_args(NoticeName)
SLOT = START + timedelta(hours=2)
WHEN = Moment(SLOT, "Europe/Madrid")
FIRED = (Fired(Trigger.PERSON_REQUEST, "a person"),)
BARE = Conversation(
    TenantId("acme"), ConversationId("a" * 32), "web", "ext-1", CustomerId("c" * 32), START, mode=Mode.CLOSED
)
WAITING = Handoff(1, "support", START, FIRED, "", "")
CALLBACK = Callback(1, "support", SLOT, SLOT, "Europe/Madrid", "2026-11-23T12:00", 0, START)
FACTS: dict[NoticeName, dict[str, NoticeFact]] = {
    "waiting_off_duty": {"start": WHEN},
    "joined": {"agent": "Ana"},
    "released": {"agent": "Ana"},
    "lapsed": {"agent": "Ana"},
    "passed_on": {"agent": "Ana"},
    "times": {"zone": WHEN, "times": (WHEN,)},
    "times_gone": {"zone": WHEN, "times": (WHEN,)},
    "ask_reach": {"when": WHEN},
    "booked": {"when": WHEN},
    "cancelled": {"when": WHEN},
    "callback_due": {"when": WHEN},
    "callback_missed": {"when": WHEN},
    "callback_settled": {"when": WHEN, "agent": "Ana"},
}


def callback(state: CallbackState, **fields: object) -> Conversation:
    return replace(BARE, callback=replace(CALLBACK, state=state, **fields))  # type: ignore[arg-type]


PASSED_ON = Transfer("Ana", "sales", "", "support", "", START)
TIMES = Times("support", (SLOT,), "Europe/Madrid")
OPEN = replace(BARE, mode=Mode.WAITING, handoff=WAITING)
BACKED: dict[NoticeName, Conversation] = {
    "waiting": OPEN,
    "waiting_off_duty": replace(OPEN, handoff=replace(WAITING, told_away=SLOT.isoformat())),
    "joined": replace(BARE, mode=Mode.HUMAN, handoff=replace(WAITING, owner=ANA)),
    "released": replace(
        BARE,
        mode=Mode.ASSISTANT,
        handoff=replace(WAITING, ending=Ending.RELEASED),
        stretch=HumanStretch("Ana", START, START, ""),
    ),
    "offer": replace(BARE, offer=Offer(FIRED)),
    "clarify": replace(BARE, mode=Mode.ASSISTANT),
    "gave_up": replace(OPEN, handoff=replace(WAITING, gave_up_at=START)),
    "lapsed": replace(OPEN, handoff=replace(WAITING, lapsed_from="Ana")),
    "closed": BARE,
    "passed_on": replace(OPEN, handoff=replace(WAITING, transferred=PASSED_ON)),
    "correction": replace(OPEN, lines=(Line("1", 1, 1, LineState.CORRECTED),)),
    "withdrawn": replace(OPEN, lines=(Line("1", 1, 1, LineState.WITHDRAWN),)),
    "times": replace(BARE, times=TIMES),
    "times_gone": replace(BARE, times=TIMES),
    "no_times": BARE,
    "ask_reach": replace(BARE, times=replace(TIMES, chosen=SLOT)),
    "booked": callback(CallbackState.BOOKED),
    "cancelled": callback(CallbackState.CANCELLED),
    "callback_due": replace(OPEN, callback=replace(CALLBACK, state=CallbackState.DUE)),
    "callback_missed": callback(CallbackState.MISSED),
    "callback_settled": callback(CallbackState.KEPT, by="Ana"),
}
"""The rows that each notice states."""
WITHOUT: dict[NoticeName, Conversation] = {
    "closed": replace(BARE, mode=Mode.ASSISTANT),
    "no_times": replace(BARE, times=TIMES),
}
"""Where a bare conversation would back it."""


def tell(
    name: NoticeName,
    conversation: Conversation,
    facts: dict[str, NoticeFact] | None = None,
    *,
    page: bool = True,
) -> None:
    change = Change(conversation, Customer(conversation.customer), tenant(), START)
    change.tell(name, **{**FACTS.get(name, {}), **(facts or {})})  # type: ignore[arg-type]
    if page and conversation.handoff is not None:
        change.sync_card(page=True)
    change.done()


def test_no_notice_goes_without_its_check() -> None:
    assert set(BACKING) == set(NAMES) == set(BACKED)


@pytest.mark.parametrize("name", NAMES)
def test_a_notice_without_its_row_is_refused(name: NoticeName) -> None:
    with pytest.raises(Unbacked, match=f"^{name}: "):
        tell(name, WITHOUT.get(name, BARE))


@pytest.mark.parametrize("name", NAMES)
def test_a_notice_with_its_row_is_said(name: NoticeName) -> None:
    tell(name, BACKED[name])


@pytest.mark.parametrize("name", ["waiting", "lapsed", "passed_on", "callback_due"])
def test_nobody_is_told_that_somebody_was_called_unless_the_same_commit_calls(name: NoticeName) -> None:
    with pytest.raises(Unbacked, match="nobody is called"):
        tell(name, BACKED[name], page=False)


ANOTHER = Moment(SLOT + timedelta(minutes=30), "Europe/Madrid")
WRONG: dict[NoticeName, dict[str, NoticeFact]] = {
    "waiting_off_duty": {"start": ANOTHER},
    "joined": {"agent": "Ben"},
    "released": {"agent": "Ben"},
    "lapsed": {"agent": "Ben"},
    "passed_on": {"agent": "Ben"},
    "times": {"times": (WHEN, ANOTHER)},
    "times_gone": {"times": (ANOTHER,)},
    "ask_reach": {"when": ANOTHER},
    "booked": {"when": ANOTHER},
    "cancelled": {"when": ANOTHER},
    "callback_due": {"when": ANOTHER},
    "callback_missed": {"when": ANOTHER},
    "callback_settled": {"agent": "Ben"},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_notice_that_names_another_time_or_person_than_its_row_is_refused(name: NoticeName) -> None:
    with pytest.raises(Unbacked):
        tell(name, BACKED[name], WRONG[name])


@pytest.mark.parametrize("state", [s for s in CallbackState if s is not CallbackState.BOOKED])
def test_a_callback_that_is_not_booked_is_not_called_booked(state: CallbackState) -> None:
    with pytest.raises(Unbacked):
        tell("booked", callback(state))
