"""From a press or a sent-off modal to an event of the core, and from its outcome to what the agent sees.

The commit comes before the acknowledgement. A press that does nothing is answered privately and its card
is shown anew, so that nobody acts twice on what is no longer true.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace

from adapters.desks.slack.api import WebApi
from adapters.desks.slack.blocks import transcript_on
from adapters.desks.slack.errands import Errands
from adapters.desks.slack.incoming import Press, Submission
from adapters.desks.slack.modal import edit_view
from adapters.desks.slack.patience import SLOW, TooSlow, in_time
from adapters.desks.slack.people import People
from adapters.desks.slack.places import Places, Target, read_target
from adapters.desks.slack.whisper import Whisper
from bridge.domain.card import Card
from bridge.domain.events import (
    ClaimPressed,
    DeskEvent,
    Outcome,
    OutcomeKind,
    ReleasePressed,
    SendSuggestedPressed,
)
from bridge.domain.ids import EventKey
from bridge.domain.model import Agent
from bridge.ports import CardRef, DeliveryError, DeskAddress, Found, Host, Unavailable

NOT_HERE = "Nothing done: this card does not belong to a desk in this channel."
TRY_AGAIN = "Nothing done: the bridge can not record anything at the moment. Please try again."
STALE = "Nothing done: the card had changed. Look at the new one and press again."
SLOW_MODAL = "The bridge is slow. Look at the thread before you send again: it may be on its way."
NO_WINDOW = "The window could not be opened. Please press Edit again."

ShowCard = Callable[[DeskAddress, CardRef, Card], Awaitable[None]]


class Presses:
    def __init__(
        self,
        host: Host,
        api: WebApi,
        people: People,
        whisper: Whisper,
        errands: Errands,
        show: ShowCard,
        patience: Callable[[], float],
    ) -> None:
        self._host = host
        self._api = api
        self._people = people
        self._whisper = whisper
        self._errands = errands
        self._show = show
        self._patience = patience
        self._places = Places(host)

    async def pressed(self, press: Press) -> None:
        """A button on a card. Raises Unavailable when nothing is recorded in Slack's time."""
        try:
            await self._pressed(press)
        except TooSlow:
            self._errands.start(self._tell_anyhow(press, SLOW))
            raise
        except Unavailable:
            self._errands.start(self._tell_anyhow(press, TRY_AGAIN))
            raise

    async def submitted(self, sent: Submission) -> str:
        """The modal was sent off: empty when the reply is on its way, else what is wrong, for the modal."""
        try:
            return await in_time(self._errands, self._submitted(sent), _nothing_more, self._patience())
        except TooSlow:
            return SLOW_MODAL
        except Unavailable:
            return TRY_AGAIN

    async def _pressed(self, press: Press) -> None:
        target = read_target(press.value)
        desk = await self._desk(press, target) if target else None
        if target is None or desk is None:
            self._errands.start(self._tell_anyhow(press, NOT_HERE))
            return
        agent = await self._people.agent(desk.settings, press.user, press.user_name)
        if press.action == "edit_suggested":
            await self._edit(desk, press, target, agent)
            return

        async def tell(outcome: Outcome) -> None:
            if why := why_nothing(outcome):
                await self._refuse(desk, press, target.handoff, why)

        event = _event(press, desk, target, agent)
        recorded = in_time(self._errands, self._host.inbound.receive(event), tell, self._patience())
        if why_nothing(outcome := await recorded):
            self._errands.start(tell(outcome))

    async def _desk(self, press: Press, target: Target) -> DeskAddress | None:
        """Whose press it is. Where one desk stands, nothing is read: the core checks the rest."""
        desks = self._places.desks(press.team, press.channel)
        if len(desks) == 1:
            return desks[0]
        place = await self._places.find(press.team, press.channel, target.handoff)
        return place[0] if place else None

    async def _edit(self, desk: DeskAddress, press: Press, target: Target, agent: Agent) -> None:
        place = await self._places.find(press.team, press.channel, target.handoff)
        if place is None:
            self._errands.start(self._tell_anyhow(press, NOT_HERE))
        elif why := _why_no_edit(place[1], target.epoch, agent):
            self._errands.start(self._refuse(desk, press, target.handoff, why))
        else:
            self._errands.start(self._open_modal(desk, press, place[1]))

    async def _submitted(self, sent: Submission) -> str:
        target = read_target(sent.metadata)
        place = await self._places.find(sent.team, target.channel, target.handoff) if target else None
        if target is None or place is None:
            return NOT_HERE
        desk, found = place
        text = sent.reply or ""
        # A corrected text is a new event; the same one, sent again by Slack, is not.
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        event = SendSuggestedPressed(
            tenant=found.tenant,
            conversation=found.conversation,
            key=EventKey(f"slack:view:{sent.view}:{digest}"),
            handoff=found.handoff,
            agent=await self._people.agent(desk.settings, sent.user, sent.user_name),
            epoch=target.epoch,
            text=text,
        )
        return why_nothing(await self._host.inbound.receive(event))

    async def _tell_anyhow(self, press: Press, words: str) -> None:
        """With whichever desk stands there; where none does, by the press's own address."""
        for desk in self._places.desks(press.team, press.channel):
            return await self._tell(desk, press, words)
        return await self._whisper.answer(press.response_url, words)

    async def _refuse(self, desk: DeskAddress, press: Press, handoff: str, why: str) -> None:
        try:
            await self._tell(desk, press, why)
        finally:
            await self._show_truth(desk, press, handoff)

    async def _tell(self, desk: DeskAddress, press: Press, words: str) -> None:
        await self._whisper.tell(desk.settings, press.user, words, response_url=press.response_url)

    async def _show_truth(self, desk: DeskAddress, press: Press, handoff: str) -> None:
        """Shows the card anew, until what was shown is still true when Slack has it.

        The outbox updates the same card in its own lane: without the second look, an older picture
        could be the last one to arrive.
        """
        shown: Card | None = None
        for _ in range(3):
            place = await self._places.find(press.team, press.channel, handoff)
            if place is None or place[1].card == shown:
                return
            shown = place[1].card
            card = shown if shown.transcript else replace(shown, transcript=transcript_on(press.blocks))
            await self._show(desk, CardRef(press.channel, press.message), card)

    async def _open_modal(self, desk: DeskAddress, press: Press, found: Found) -> None:
        view = edit_view(found.card, found.epoch, press.channel)
        try:
            await self._api.call("views.open", desk.settings, {"trigger_id": press.trigger, "view": view})
        except DeliveryError:
            await self._tell(desk, press, NO_WINDOW)
            raise


async def _nothing_more(why: str) -> None:
    """The window is closed, or still shows what was said."""


def why_nothing(outcome: Outcome) -> str:
    """What to tell the person whose press did nothing; empty when it did what it says."""
    if outcome.done:
        return ""
    return outcome.why or (NOT_HERE if outcome.kind is OutcomeKind.UNKNOWN else STALE)


def _why_no_edit(found: Found, epoch: int, agent: Agent) -> str:
    """Whether opening the window could lead to anything; the core decides once it is sent off."""
    card = found.card
    if card.owner is not None and card.owner.id != agent.id:
        return f"Nothing done: {card.owner.name} has this conversation."
    if card.state in ("released", "closed"):
        return "Nothing done: this handoff has ended."
    if found.epoch != epoch:
        return STALE
    return "" if card.suggestion else "The suggested reply was already sent. Write in the thread instead."


def _event(press: Press, desk: DeskAddress, target: Target, agent: Agent) -> DeskEvent:
    kinds: dict[str, type[ClaimPressed | SendSuggestedPressed | ReleasePressed]] = {
        "claim": ClaimPressed,
        "send_suggested": SendSuggestedPressed,
        "release": ReleasePressed,
    }
    key = f"slack:{target.handoff}:{press.action}:{press.user}:{press.pressed_at}"
    return kinds[press.action](
        tenant=desk.tenant,
        conversation=target.conversation,
        key=EventKey(key if press.pressed_at else ""),
        handoff=target.number,
        desk=desk.desk,
        agent=agent,
        epoch=target.epoch,
    )
