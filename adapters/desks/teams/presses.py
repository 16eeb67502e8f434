"""From a press to an event of the core, and from its outcome to what the agent sees.

The commit comes before the answer. The answer is the card as it is from then on, drawn for who pressed;
a press that does nothing is answered in words that only they see, and the card is shown anew.
"""

from collections.abc import Callable
from typing import Any

from adapters.desks.teams.card import CARD, view
from adapters.desks.teams.deeds import event_of
from adapters.desks.teams.delivery import Delivery
from adapters.desks.teams.incoming import Press
from adapters.desks.teams.passing_on import pass_on
from adapters.desks.teams.people import People
from adapters.desks.teams.places import Places, read_target
from adapters.desks.teams.roster import Roster
from adapters.desks.teams.whisper import Whisper
from adapters.errands import Errands, TooSlow
from adapters.target import HandoffTarget
from bridge.domain.events import DeskEvent, Outcome, OutcomeKind
from bridge.domain.model import Agent
from bridge.ports import CardRef, DeskAddress, Host

NOT_HERE = "Nothing done: this card does not belong to a desk in this channel."
STALE = "Nothing done: the card had changed. Look at the new one and press again."
PASSED_ON = "Passed on to the other desk."
GONE = "This is no longer at this desk."
SENT = "On its way to the customer."
NOBODY = "Nothing done: choose a colleague of this channel, or another desk."
OLD_CLIENT = "This Teams is too old to ask to whom. Pass it on from another device."
MESSAGE = "application/vnd.microsoft.activity.message"
SLOW = "The bridge is slow at the moment. Your press is still being recorded: the card shows when it is."
PATIENCE = 3.0
"""Seconds for the commit behind a press; Teams gives up after five to fifteen (msteams-docs#6461)."""


class Presses:
    def __init__(
        self,
        host: Host,
        places: Places,
        people: People,
        roster: Roster,
        whisper: Whisper,
        errands: Errands,
        delivery: Delivery,
        patience: Callable[[], float] = lambda: PATIENCE,
    ) -> None:
        self._host = host
        self._places = places
        self._people = people
        self._roster = roster
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
        if press.verb == "pass_on":
            return await self._ask_to_whom(press, desk, target, answered=answered)
        if press.verb != "refresh" and (why := await self._done(press, desk, target)):
            self._errands.start(self._show_truth(press, target.handoff))
            return self._refused(press, why, answered=answered)
        if press.verb in ("send_draft", "retry"):
            return _in_words(SENT)  # what was pressed is not the handoff's card, and stays as it is
        return await self._fresh(press, target) if answered else {}

    async def _done(self, press: Press, desk: DeskAddress, target: HandoffTarget) -> str:
        """Why the press did nothing; empty when it did. Raises Unavailable."""
        colleagues = await self._colleagues(press, desk) if press.verb == "transfer" else ()
        event = event_of(press, desk, target, colleagues)
        return await self._recorded(press, event) if event else NOBODY

    async def _colleagues(self, press: Press, desk: DeskAddress) -> tuple[Agent, ...]:
        """Those of the channel's team, and whoever is on call by name."""
        members = await self._roster.of(self._places.line_of(press.spot), desk.settings.channel)
        on_call = await self._host.duty.on_call(desk.tenant, desk.desk)
        named = (agent for agent in on_call.agents if agent.id.startswith("teams:"))
        return tuple({agent.id: agent for agent in (*named, *members)}.values())

    async def _ask_to_whom(
        self, press: Press, desk: DeskAddress, target: HandoffTarget, *, answered: bool
    ) -> dict[str, Any]:
        """The answer is a form in the card's place, which only who pressed sees."""
        place = await self._places.find(press.spot, target.handoff)
        if place is None or not answered:
            return self._refused(press, OLD_CLIENT if place else NOT_HERE, answered=answered)
        others = [agent for agent in await self._colleagues(press, desk) if agent.id != press.spot.agent.id]
        rules = self._host.directory.tenant(desk.tenant)
        desks = [name for name in (rules.desks if rules else ()) if name != desk.desk]
        return {"statusCode": 200, "type": CARD, "value": pass_on(place[1].card, desks, others)}

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

    async def _desk(self, press: Press, target: HandoffTarget) -> DeskAddress | None:
        """Whose press it is. Where one desk stands, nothing is read: the core checks the rest."""
        desks = self._places.desks(press.spot.app.app_id, press.spot.channel)
        if len(desks) == 1:
            return desks[0]
        place = await self._places.find(press.spot, target.handoff)
        return place[0] if place else None

    async def _fresh(self, press: Press, target: HandoffTarget) -> dict[str, Any]:
        place = await self._places.find(press.spot, target.handoff)
        if place is None:
            return _in_words(PASSED_ON if press.verb == "transfer" else GONE)
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
