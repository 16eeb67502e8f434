"""From a press or a sent-off window to an event of the core, and from its outcome to what the agent sees.

The commit comes before the acknowledgement. A press that does nothing is answered privately and its card
is shown anew, so that nobody acts twice on what is no longer true.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from adapters.desks.slack.blocks import transcript_on
from adapters.desks.slack.incoming import Press, Submission
from adapters.desks.slack.modals import View, released_view
from adapters.desks.slack.people import NOT_A_PERSON, People
from adapters.desks.slack.places import Places, Target, read_target
from adapters.desks.slack.submissions import NOT_HERE, Errors, Submissions, why_nothing
from adapters.desks.slack.whisper import Whisper
from adapters.desks.slack.windows import Windows
from adapters.errands import Errands, TooSlow
from bridge.domain.card import Card
from bridge.domain.events import (
    ClaimPressed,
    DeskEvent,
    Outcome,
    OutcomeKind,
    ReleasePressed,
    RetryPressed,
    SendDraftPressed,
    SendSuggestedPressed,
)
from bridge.domain.ids import EventKey
from bridge.domain.model import Agent
from bridge.ports import CardRef, DeliveryError, DeskAddress, Host, Unavailable

TRY_AGAIN = "Nothing done: the bridge can not record anything at the moment. Please try again."
SLOW = "The bridge is slow at the moment. Your press is still being recorded: the card shows when it is."
SLOW_WINDOW = "The bridge is slow. Look at the thread before you send again: it may be on its way."
NO_WINDOW = "The window could not be opened. Please press again."
PATIENCE = 2.4
"""Seconds for the commit behind a press, of the three that Slack waits."""
_SHOWN_AT = {"edit_suggested": "reply", "edit_draft": "reply", "transfer": "reason", "released": "note"}
_WINDOWS = ("edit_suggested", "edit_draft", "transfer", "take_over")

ShowCard = Callable[[DeskAddress, CardRef, Card], Awaitable[None]]


class Presses:
    def __init__(
        self,
        host: Host,
        people: People,
        whisper: Whisper,
        errands: Errands,
        windows: Windows,
        submissions: Submissions,
        places: Places,
        show: ShowCard,
        patience: Callable[[], float],
    ) -> None:
        self._host = host
        self._people = people
        self._whisper = whisper
        self._errands = errands
        self._windows = windows
        self._submissions = submissions
        self._places = places
        self._show = show
        self._patience = patience

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

    async def submitted(self, sent: Submission) -> Errors:
        """A window was sent off: empty when it is recorded, else what is wrong, by field."""
        try:
            work = self._submissions.sent_off(sent)
            errors = await self._errands.in_time(work, self._later(sent), self._patience())
        except TooSlow:
            errors = {"": SLOW_WINDOW}
        except Unavailable:
            errors = {"": TRY_AGAIN}
        return self._shown(sent, errors)

    def _shown(self, sent: Submission, errors: Errors) -> Errors:
        """What concerns the whole is shown at one field; a window without any is closed, and told."""
        if "" not in errors:
            return errors
        if field := _SHOWN_AT.get(sent.callback):
            return {field: errors[""]}
        self._errands.start(self._tell_sender(sent, errors[""]))
        return {}

    async def _pressed(self, press: Press) -> None:
        target = read_target(press.value)
        desk = await self._desk(press, target) if target else None
        if target is None or desk is None:
            self._errands.start(self._tell_anyhow(press, NOT_HERE))
            return
        if not await self._people.is_person(desk.settings, press.user):
            self._errands.start(self._tell(desk, press, NOT_A_PERSON))
            return
        agent = await self._people.agent(desk.settings, press.user, press.user_name)
        if press.action in _WINDOWS:
            await self._open(desk, press, target, agent)
            return

        async def tell(outcome: Outcome) -> None:
            if why := why_nothing(outcome):
                await self._refuse(desk, press, target.handoff, why)

        event = _event(press, desk, target, agent)
        recorded = self._errands.in_time(self._host.inbound.receive(event), tell, self._patience())
        outcome = await recorded
        if why_nothing(outcome):
            self._errands.start(tell(outcome))
        elif press.action == "release" and outcome.kind is OutcomeKind.RECORDED:
            self._errands.start(self._ask_what_came_out(desk, press, target))

    async def _desk(self, press: Press, target: Target) -> DeskAddress | None:
        """Whose press it is. Where one desk stands, nothing is read: the core checks the rest."""
        desks = self._places.desks(press.team, press.channel)
        if len(desks) == 1:
            return desks[0]
        place = await self._places.find(press.team, press.channel, target.handoff)
        return place[0] if place else None

    async def _open(self, desk: DeskAddress, press: Press, target: Target, agent: Agent) -> None:
        place = await self._places.find(press.team, press.channel, target.handoff)
        if place is None:
            self._errands.start(self._tell_anyhow(press, NOT_HERE))
            return
        view = await self._windows.view(press, desk, target, place[1], agent)
        if isinstance(view, str):
            self._errands.start(self._refuse(desk, press, target.handoff, view))
        else:
            self._errands.start(self._open_window(desk, press, view))

    async def _open_window(self, desk: DeskAddress, press: Press, view: View) -> None:
        try:
            await self._windows.open(desk, press.trigger, view)
        except DeliveryError:
            await self._tell(desk, press, NO_WINDOW)
            raise

    async def _ask_what_came_out(self, desk: DeskAddress, press: Press, target: Target) -> None:
        """Asked after the release, which waits for no answer."""
        asked = {"handoff": target.handoff, "epoch": target.epoch, "channel": press.channel}
        await self._windows.open(desk, press.trigger, released_view(asked))

    async def _tell_anyhow(self, press: Press, words: str) -> None:
        """With whichever desk stands there; where none does, by the press's own address."""
        for desk in self._places.desks(press.team, press.channel):
            return await self._tell(desk, press, words)
        return await self._whisper.answer(press.response_url, words)

    async def _tell_sender(self, sent: Submission, words: str) -> None:
        for desk in self._submissions.desks(sent)[:1]:
            await self._whisper.tell(desk.settings, sent.user, words)

    def _later(self, sent: Submission) -> Callable[[Errors], Awaitable[None]]:
        async def tell(errors: Errors) -> None:
            for words in errors.values():
                await self._tell_sender(sent, words)

        return tell

    async def _refuse(self, desk: DeskAddress, press: Press, handoff: str, why: str) -> None:
        try:
            await self._tell(desk, press, why)
        finally:
            await self._show_truth(desk, press, handoff)

    async def _tell(self, desk: DeskAddress, press: Press, words: str) -> None:
        thread = press.thread or ""
        await self._whisper.tell(
            desk.settings, press.user, words, thread=thread, response_url=press.response_url
        )

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
            await self._show(desk, CardRef(press.channel, press.thread or press.message), card)


def _event(press: Press, desk: DeskAddress, target: Target, agent: Agent) -> DeskEvent:
    key = f"slack:{target.handoff}:{press.action}:{target.seq}:{press.user}:{press.pressed_at}"
    about: Mapping[str, int] = {"seq": target.seq} if press.action in _ABOUT_AN_ENTRY else {}
    return _EVENTS[press.action](
        tenant=desk.tenant,
        conversation=target.conversation,
        key=EventKey(key if press.pressed_at else ""),
        handoff=target.number,
        desk=desk.desk,
        agent=agent,
        epoch=target.epoch,
        **about,
    )


_EVENTS: dict[str, Callable[..., DeskEvent]] = {
    "claim": ClaimPressed,
    "send_suggested": SendSuggestedPressed,
    "release": ReleasePressed,
    "send_draft": SendDraftPressed,
    "retry": RetryPressed,
}
_ABOUT_AN_ENTRY = ("send_draft", "retry")
