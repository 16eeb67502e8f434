"""From a press to an event of the core, and from its outcome to what the agent sees.

The commit comes before the answer. The answer is the card as it is from then on, drawn for who pressed;
a press that does nothing is answered in words that only they see, and the card is shown anew.
"""

from collections.abc import Callable
from typing import Any

from adapters.desks.teams.card import CARD, view
from adapters.desks.teams.delivery import Delivery
from adapters.desks.teams.incoming import Press
from adapters.desks.teams.people import People
from adapters.desks.teams.places import Places, Target, read_target
from adapters.desks.teams.whisper import Whisper
from adapters.errands import Errands, TooSlow
from bridge.domain.events import (
    ClaimPressed,
    DeskEvent,
    Outcome,
    OutcomeKind,
    ReleasePressed,
    SendSuggestedPressed,
)
from bridge.domain.ids import EventKey
from bridge.domain.text import cut
from bridge.ports import CardRef, DeskAddress, Host

NOT_HERE = "Nothing done: this card does not belong to a desk in this channel."
STALE = "Nothing done: the card had changed. Look at the new one and press again."
MESSAGE = "application/vnd.microsoft.activity.message"
SLOW = "The bridge is slow at the moment. Your press is still being recorded: the card shows when it is."
PATIENCE = 3.0
"""Seconds for the commit behind a press; Teams gives up after five to fifteen (msteams-docs#6461)."""
NOTE = 1_000
REPLY = 10_000


class Presses:
    def __init__(
        self,
        host: Host,
        places: Places,
        people: People,
        whisper: Whisper,
        errands: Errands,
        delivery: Delivery,
        patience: Callable[[], float] = lambda: PATIENCE,
    ) -> None:
        self._host = host
        self._places = places
        self._people = people
        self._whisper = whisper
        self._errands = errands
        self._delivery = delivery
        self._patience = patience

    async def pressed(self, press: Press, *, answered: bool) -> dict[str, Any]:
        """The body of an invoke's answer. Raises Unavailable when nothing could be recorded.

        `answered`: the answer is shown to who pressed; if not, words go to their personal chat.
        """
        target = read_target(press)
        desk = await self._desk(press, target) if target else None
        if target is None or desk is None:
            return self._refused(press, NOT_HERE, answered=answered)
        await self._people.met(press.spot)
        if root := press.spot.root or press.card:
            ref = CardRef(press.spot.channel, root)
            self._errands.start(self._delivery.seen(desk, target.handoff, ref))
        if press.verb != "refresh" and (why := await self._recorded(press, _event(press, desk, target))):
            self._errands.start(self._show_truth(press, target.handoff))
            return self._refused(press, why, answered=answered)
        return await self._fresh(press, target) if answered else {}

    async def _recorded(self, press: Press, event: DeskEvent) -> str:
        """Why the press did nothing; empty when it did. Raises Unavailable when that takes too long."""

        async def tell(outcome: Outcome) -> None:
            if why := why_nothing(outcome):
                await self._whisper.tell(press.spot, why)

        try:
            recorded = self._host.inbound.receive(event)
            return why_nothing(await self._errands.in_time(recorded, tell, self._patience()))
        except TooSlow:
            self._errands.start(self._whisper.tell(press.spot, SLOW))
            raise

    async def _desk(self, press: Press, target: Target) -> DeskAddress | None:
        """Whose press it is. Where one desk stands, nothing is read: the core checks the rest."""
        desks = self._places.desks(press.spot.app.app_id, press.spot.channel)
        if len(desks) == 1:
            return desks[0]
        place = await self._places.find(press.spot, target.handoff)
        return place[0] if place else None

    async def _fresh(self, press: Press, target: Target) -> dict[str, Any]:
        place = await self._places.find(press.spot, target.handoff)
        if place is None:
            return _in_words(NOT_HERE)
        return {"statusCode": 200, "type": CARD, "value": view(place[1].card, press.spot.agent)}

    def _refused(self, press: Press, words: str, *, answered: bool) -> dict[str, Any]:
        if not answered:
            self._errands.start(self._whisper.tell(press.spot, words))
        return _in_words(words)

    async def _show_truth(self, press: Press, handoff: str) -> None:
        """Shows the card anew, until what was shown is still true when Teams has it."""
        shown = None
        for _ in range(3):
            place = await self._places.find(press.spot, handoff)
            root = press.spot.root or press.card
            if place is None or place[1].card == shown or not root:
                return
            shown = place[1].card
            await self._delivery.show(place[0], CardRef(press.spot.channel, root), shown)


def why_nothing(outcome: Outcome) -> str:
    """What to tell the person whose press did nothing; empty when it did what it says."""
    if outcome.done:
        return ""
    return outcome.why or (NOT_HERE if outcome.kind is OutcomeKind.UNKNOWN else STALE)


def _in_words(words: str) -> dict[str, Any]:
    return {"statusCode": 200, "type": MESSAGE, "value": words}


def _event(press: Press, desk: DeskAddress, target: Target) -> DeskEvent:
    who = press.spot.agent
    key = f"teams:{target.handoff}:{press.verb}:{who.id}:{press.spot.id}"
    common: dict[str, Any] = {
        "tenant": desk.tenant,
        "conversation": target.conversation,
        "key": EventKey(key if press.spot.id else ""),
        "handoff": target.number,
        "desk": desk.desk,
        "agent": who,
        "epoch": target.epoch,
    }
    if press.verb == "claim":
        return ClaimPressed(**common)
    if press.verb == "release":
        return ReleasePressed(**common, note=_typed(press, "note", NOTE) or "")
    return SendSuggestedPressed(**common, text=_typed(press, "reply", REPLY))


def _typed(press: Press, name: str, limit: int) -> str | None:
    """What was typed into a field; None when the press carries no such field."""
    value = press.data.get(name)
    return cut(value, limit) if isinstance(value, str) else None
