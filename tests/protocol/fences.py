"""The dispatcher's own rules, asked of the real code: its fence, its second look, its one question.

Each is run once for each case that matters, on a conversation in canonical form, and remembered. Nothing
is decided here; what stands around the real code only answers and takes note.
"""

import asyncio
from functools import cache
from typing import Any, cast

from bridge.dispatcher.asking import Asking
from bridge.dispatcher.carriers import Carrier
from bridge.dispatcher.dispatcher import Dispatcher
from bridge.dispatcher.results import Results
from bridge.domain.effects import AskAnswerer, Effect, SendToCustomer, SyncCard
from bridge.domain.events import AnswerArrived
from bridge.domain.ids import ConversationId
from bridge.domain.model import Conversation
from bridge.ports import (
    Inbound,
    Outbox,
    Recorded,
)
from tests.core.surroundings import FixedClock, OneTenant
from tests.domain.play import START
from tests.protocol.canonical import RULES
from tests.protocol.core import CUSTOMER
from tests.protocol.happenings import (
    EPOCH,
    HANDOFF,
    IN_TIME,
    NEWER_MESSAGE,
    OLDER_EPOCH,
    OLDER_QUESTION,
    OLDER_TURN,
    OWNER_CHANGED,
    QUESTION,
    TURN,
    TURN_CLOSED,
)
from tests.protocol.surroundings import AsItStands, Behind, QuickAI, Received, Slow, SlowDesk, Wire

CONVERSATION = ConversationId("a" * 32)


@cache
def passes_fence(conversation: Conversation, *, fenced: bool, current: bool) -> bool:
    """Whether the carrier puts a message to the customer on the wire, as the conversation stands."""
    wire = Wire()
    carrier = Carrier(_outbox(conversation), OneTenant(RULES), {"webhook": cast(Any, wire)}, {}, str)
    epoch = EPOCH if current else OLDER_EPOCH
    effect = SendToCustomer(number=1, epoch=epoch, seq=1, fenced=fenced)
    settled = asyncio.run(carrier.send(_recorded(conversation, effect), effect))
    assert (settled.status == "done") == bool(wire.numbers)
    return bool(wire.numbers)


@cache
def waits_its_turn() -> bool:
    """Whether the carrier holds a message back while another process has something earlier."""
    return "2" not in _sent_before_take_over()[0]


@cache
def taken_over_goes_first() -> bool:
    """Whether what is taken over leaves before what was recorded later and waits in this process."""
    return _sent_before_take_over()[1] == ["1", "2"]


@cache
def _sent_before_take_over() -> tuple[list[str], list[str]]:
    """What was sent before an earlier message was taken over from a dead process, and what in the end."""
    return asyncio.run(_take_over())


async def _take_over() -> tuple[list[str], list[str]]:
    received, wire = Received(), Wire()
    outbox = Behind(Conversation(RULES.id, CONVERSATION, "api", "ext-1", CUSTOMER.id, START))
    carrier = Carrier(cast(Outbox, outbox), OneTenant(RULES), {"webhook": cast(Any, wire)}, {}, str)
    dispatcher = Dispatcher(carrier, cast(Any, None), _results(received), FixedClock())
    earlier, later = (SendToCustomer(number=n, epoch=0, seq=1, fenced=False) for n in (1, 2))
    dispatcher.dispatch([Recorded(RULES.id, CONVERSATION, later)])
    await outbox.looked.wait()
    before = list(wire.numbers)
    outbox.behind = False
    dispatcher.dispatch([Recorded(RULES.id, CONVERSATION, earlier)])
    await dispatcher.settled()
    return before, wire.numbers


@cache
def still_asked(conversation: Conversation, lateness: int) -> bool:
    """Whether the answerer is asked; if so, its answer comes back under the numbers it was asked with."""
    received, effect = Received(), _question(1, lateness)
    inbound, results = cast(Inbound, received), _results(received)
    asking = Asking(_outbox(conversation), inbound, lambda tenant: QuickAI(), FixedClock(), results)
    asyncio.run(asking.ask(_recorded(conversation, effect), effect))
    for event in received.events:
        assert isinstance(event, AnswerArrived)
        assert (event.epoch, event.turn, event.upto) == (effect.epoch, effect.turn, effect.upto)
    assert [s.status for s in received.settled] == ["done" if received.events else "withheld"]
    return bool(received.events)


@cache
def given_up(present: int, coming: int) -> frozenset[int]:
    """Which of two questions of one conversation are given up when the second comes to their process.

    The numbers are those of the effects: the second may be the older one, taken over from a dead process.
    """
    return asyncio.run(_meet(present, coming))


async def _meet(present: int, coming: int) -> frozenset[int]:
    received, clock = Received(), FixedClock()
    inbound, results = cast(Inbound, received), _results(received)
    asking = Asking(cast(Outbox, Slow()), inbound, lambda tenant: QuickAI(), clock, results)
    dispatcher = Dispatcher(cast(Any, None), asking, results, clock)
    for number in (present, coming):
        dispatcher.dispatch([Recorded(RULES.id, CONVERSATION, _question(number, IN_TIME))])
        await asyncio.sleep(0)
    return frozenset(s.recorded.effect.number for s in received.settled if s.status == "withheld")


@cache
def merging_settles_at_once() -> bool:
    """Whether an update that is merged into the next one is settled before that one has arrived."""
    return asyncio.run(_merge())


async def _merge() -> bool:
    received, desk = Received(), SlowDesk()
    dispatcher = Dispatcher(cast(Any, desk), cast(Any, None), _results(received), FixedClock())
    updates = [SyncCard(number=number, epoch=EPOCH, handoff=HANDOFF, page=number == 1) for number in (1, 2)]
    dispatcher.dispatch(Recorded(RULES.id, CONVERSATION, update) for update in updates)
    await desk.asked.wait()
    return bool(received.settled)


def _question(number: int, lateness: int) -> AskAnswerer:
    return AskAnswerer(
        number=number,
        epoch=OLDER_EPOCH if lateness == OWNER_CHANGED else EPOCH,
        turn=OLDER_TURN if lateness >= TURN_CLOSED else TURN,
        upto=OLDER_QUESTION if lateness >= NEWER_MESSAGE else QUESTION,
        due=START,
    )


def _recorded(conversation: Conversation, effect: Effect) -> Recorded:
    return Recorded(conversation.tenant, conversation.id, effect)


def _results(received: Received) -> Results:
    return Results(received, cast(Any, None))


def _outbox(conversation: Conversation) -> Outbox:
    return cast(Outbox, AsItStands(conversation))
