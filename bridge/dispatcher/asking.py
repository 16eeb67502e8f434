"""Puts a turn to the tenant's AI and brings the answer back as an event.

A newer message takes the place of the one being thought about; an answer that comes all the same is
fenced by epoch and turn in the core.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from bridge import crash
from bridge.dispatcher.carriers import Loads
from bridge.dispatcher.results import Results, until_available
from bridge.domain.answer import Answer, Said, ToolFailure, Turn
from bridge.domain.effects import AskAnswerer
from bridge.domain.events import AnswerArrived
from bridge.domain.ids import TenantId, effect_key
from bridge.domain.model import Customer, Entry, Mode
from bridge.domain.work import with_names
from bridge.ports import (
    Answerer,
    Clock,
    Delivery,
    Inbound,
    Recorded,
    Settled,
    Typing,
)

log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=150)
"""Beyond any answerer's own time-out: an adapter that hangs all the same is cut off here."""


ASKED = 5
"""Times that a question may have been put by processes that died of it; then it is a failure of the AI."""


class Asking:
    def __init__(
        self,
        deliveries: Loads,
        inbound: Inbound,
        answerer_of: Callable[[TenantId], Answerer | None],
        clock: Clock,
        results: Results,
    ) -> None:
        self._deliveries = deliveries
        self._inbound = inbound
        self._answerer_of = answerer_of
        self._clock = clock
        self._results = results

    async def ask(self, recorded: Recorded, effect: AskAnswerer) -> None:
        wait = (effect.due - self._clock.now()).total_seconds()
        if wait > 0:
            await asyncio.sleep(wait)
        delivery = await until_available(lambda: self._deliveries.load(recorded))
        if delivery is None or not _still_asked(delivery, effect):
            self._results.settle(Settled(recorded, "withheld", "a newer message came first"))
            return
        assistant = Typing("assistant")
        self._inbound.typing(recorded.tenant, recorded.conversation, assistant)
        result = await self._answer(recorded, effect, delivery)
        if crash.armed:
            crash.at("answered", [effect])
        arrived = AnswerArrived(
            tenant=recorded.tenant,
            conversation=recorded.conversation,
            epoch=effect.epoch,
            turn=effect.turn,
            upto=effect.upto,
            result=result,
        )
        await self._record(recorded, arrived)

    async def _record(self, recorded: Recorded, arrived: AnswerArrived) -> None:
        """An answer that no database takes is a failure like any other; nobody is asked again and again."""
        try:
            await self._results.record(arrived, Settled(recorded, "done"))
        except Exception:
            log.exception("an answer could not be recorded")
            failed = ToolFailure("the assistant's answer could not be recorded")
            await self._results.record(replace(arrived, result=failed), Settled(recorded, "done"))

    async def _answer(
        self, recorded: Recorded, effect: AskAnswerer, delivery: Delivery
    ) -> Answer | ToolFailure:
        answerer = self._answerer_of(recorded.tenant)
        if answerer is None:
            return ToolFailure("no answerer is set up")
        if recorded.attempts >= ASKED:
            return ToolFailure("the assistant was asked again and again, and no answer was recorded")
        key = effect_key(recorded.conversation, effect.number)
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                return await answerer.answer(turn_of(recorded, effect, delivery), key=key)
        except TimeoutError:
            return ToolFailure("the assistant did not answer in time")
        except Exception:
            log.exception("an answerer failed in a way that it must not")
            return ToolFailure("the assistant failed unexpectedly")


def turn_of(recorded: Recorded, effect: AskAnswerer, delivery: Delivery) -> Turn:
    conversation, customer = delivery.snapshot.conversation, delivery.snapshot.customer
    assert conversation is not None
    assert customer is not None
    return Turn(
        tenant=recorded.tenant,
        conversation=conversation.external,
        turn=effect.turn,
        language=conversation.language,
        customer=_customer(customer),
        messages=tuple(_said(entry) for entry in delivery.messages),
        human_stretch=conversation.stretch,
    )


def _still_asked(delivery: Delivery, effect: AskAnswerer) -> bool:
    conversation = delivery.snapshot.conversation
    return (
        conversation is not None
        and conversation.mode in (Mode.ASSISTANT, Mode.WAITING)  # it may help while nobody is there
        and conversation.epoch == effect.epoch
        and conversation.asked == effect.upto
    )


def _said(entry: Entry) -> Said:
    words = with_names(entry.text, entry.files)
    return Said(str(entry.author), entry.name, words, entry.at)


def _customer(customer: Customer) -> dict[str, object]:
    profile = customer.profile
    known = {
        "id": customer.id,
        "name": profile.name,
        "email": profile.email,
        "phone": profile.phone,
        "language": profile.language,
        "timezone": profile.timezone,
        "tags": list(profile.tags),
        "lifetime_value": profile.lifetime_value,
        "account": profile.account,
        "verified": profile.verified,
    }
    return {name: value for name, value in known.items() if value not in ("", None, [])}
