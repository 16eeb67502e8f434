"""What people write in a card's thread, change and delete. What reaches the customer, the core decides."""

from collections import OrderedDict
from datetime import UTC, datetime

from adapters.desks.slack.files import Files
from adapters.desks.slack.incoming import AppsDeleted, Changed, Line
from adapters.desks.slack.people import People
from adapters.desks.slack.places import Places
from adapters.desks.slack.whisper import Whisper
from adapters.desks.slack.wording import emoji_in, mentioned_users, plain
from adapters.errands import Errands
from bridge.domain.events import (
    AgentDeleted,
    AgentEdited,
    AgentWrote,
    CardDeleted,
    DeskEvent,
    Outcome,
    OutcomeKind,
)
from bridge.domain.ids import EventKey
from bridge.ports import DeskAddress, Found, Host

_MOST = 10_000


class Lines:
    def __init__(
        self,
        host: Host,
        people: People,
        whisper: Whisper,
        errands: Errands,
        files: Files,
        places: Places,
    ) -> None:
        self._host = host
        self._people = people
        self._whisper = whisper
        self._errands = errands
        self._files = files
        self._places = places
        self._told: OrderedDict[tuple[str, str, str, str, int], None] = OrderedDict()

    async def wrote(self, line: Line) -> None:
        """Records a line of a known thread; any other thread is none of our business.

        Raises Unavailable when it could not be recorded: Slack then sends it again.
        """
        place = await self._places.at(line.team, line.channel, line.thread)
        if place is None:
            return
        desk, found = place
        agent = await self._people.agent(desk.settings, line.user)
        text = await self._words(desk, line.text, line.blocks)
        files = self._files.of(desk, line)
        if not text and not files:
            return
        event = AgentWrote(
            tenant=found.tenant,
            conversation=found.conversation,
            key=EventKey(f"slack:{line.event_id}"),
            handoff=found.handoff,
            agent=agent,
            text=text,
            at=_moment(line.ts),
            line=line.ts,
            files=files,
        )
        await self._record(desk, line, event)

    async def changed(self, line: Changed) -> None:
        """The same for a line that says something else now, or is gone."""
        place = await self._places.at(line.team, line.channel, line.thread)
        if place is None:
            return
        desk, found = place
        await self._record(desk, line, await self._change(desk, found, line))

    async def card_deleted(self, gone: AppsDeleted) -> None:
        """If it was a card of a desk, it is posted again."""
        place = await self._places.at(gone.team, gone.channel, gone.ts)
        if place is not None:
            found = place[1]
            event = CardDeleted(
                tenant=found.tenant,
                conversation=found.conversation,
                key=EventKey(f"slack:{gone.event_id}"),
                handoff=found.handoff,
                desk=found.desk,
            )
            await self._host.inbound.receive(event)

    async def _change(self, desk: DeskAddress, found: Found, line: Changed) -> DeskEvent:
        agent = await self._people.agent(desk.settings, line.user)
        key = EventKey(f"slack:{line.event_id}")
        tenant, conversation, handoff = found.tenant, found.conversation, found.handoff
        if line.text is None:
            return AgentDeleted(
                tenant=tenant,
                conversation=conversation,
                key=key,
                handoff=handoff,
                agent=agent,
                line=line.ts,
                at=_moment(line.at),
            )
        return AgentEdited(
            tenant=tenant,
            conversation=conversation,
            key=key,
            handoff=handoff,
            agent=agent,
            line=line.ts,
            text=await self._words(desk, line.text, line.blocks),
            at=_moment(line.at),
        )

    async def _record(self, desk: DeskAddress, line: Line | Changed, event: DeskEvent) -> None:
        outcome = await self._host.inbound.receive(event)
        if words := self._private_words(line, outcome):
            tell = self._whisper.tell(desk.settings, line.user, words, thread=line.thread)
            self._errands.start(tell)

    def _private_words(self, line: Line | Changed, outcome: Outcome) -> str:
        """Told once: Slack sends the same event again when an answer was lost.

        That what others write stays inside is told once in a thread, until it has another owner.
        """
        if outcome.kind is OutcomeKind.REPEATED:
            return ""
        if outcome.note and outcome.why:
            told = (line.team, line.channel, line.thread, line.user, outcome.epoch)
            if told in self._told:
                return ""
            self._told[told] = None
            if len(self._told) > _MOST:
                self._told.popitem(last=False)
        return outcome.why

    async def _words(self, desk: DeskAddress, text: str, blocks: list[object]) -> str:
        names = await self._people.names(desk.settings, mentioned_users(text))
        return plain(text, names, emoji_in(blocks)).strip()


def _moment(ts: str) -> datetime:
    return datetime.fromtimestamp(float(ts), UTC)
