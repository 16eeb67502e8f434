"""What people write in a card's thread. Whether it goes to the customer is the core's decision."""

from collections import OrderedDict
from datetime import UTC, datetime

from adapters.desks.slack.errands import Errands
from adapters.desks.slack.incoming import Line
from adapters.desks.slack.people import People
from adapters.desks.slack.places import Places
from adapters.desks.slack.whisper import Whisper
from adapters.desks.slack.wording import emoji_in, mentioned_users, plain
from bridge.domain.events import AgentWrote, Outcome, OutcomeKind
from bridge.domain.ids import EventKey
from bridge.domain.text import cut, one_line
from bridge.ports import DeskAddress, Host

_MOST = 10_000


class Lines:
    def __init__(self, host: Host, people: People, whisper: Whisper, errands: Errands) -> None:
        self._host = host
        self._people = people
        self._whisper = whisper
        self._errands = errands
        self._places = Places(host)
        self._told: OrderedDict[tuple[str, str, str, str, int], None] = OrderedDict()

    async def wrote(self, line: Line) -> None:
        """Records a line of a known thread; any other thread is none of our business.

        Raises Unavailable when it could not be recorded: Slack then sends it again.
        """
        place = await self._places.at(line.team, line.channel, line.thread)
        if place is None:
            return
        desk, found = place
        files = file_names(line)
        text = "\n".join(filter(None, [await self._words(desk, line), *map(_in_place_of, files)]))
        if not text.strip():
            return
        event = AgentWrote(
            tenant=found.tenant,
            conversation=found.conversation,
            key=EventKey(f"slack:{line.event_id}"),
            handoff=found.handoff,
            agent=await self._people.agent(desk.settings, line.user),
            text=text,
            at=datetime.fromtimestamp(float(line.ts), UTC),
        )
        outcome = await self._host.inbound.receive(event)
        if words := self._private_words(line, outcome, files):
            tell = self._whisper.tell(desk.settings, line.user, words, thread=line.thread)
            self._errands.start(tell)

    def _private_words(self, line: Line, outcome: Outcome, files: list[str]) -> str:
        """Told once: Slack sends the same event again when an answer was lost.

        That what others write stays inside is told once in a thread, until it has another owner.
        """
        if outcome.kind is OutcomeKind.REPEATED:
            return ""
        words = [outcome.why]
        if outcome.note and outcome.why:
            told = (line.team, line.channel, line.thread, line.user, outcome.epoch)
            words = [] if told in self._told else words
            self._told[told] = None
            if len(self._told) > _MOST:
                self._told.popitem(last=False)
        if files and outcome.done:
            words.append(f"Files can not be delivered from here, only their names: {', '.join(files)}.")
        return " ".join(filter(None, words))

    async def _words(self, desk: DeskAddress, line: Line) -> str:
        names = await self._people.names(desk.settings, mentioned_users(line.text))
        return plain(line.text, names, emoji_in(line.blocks)).strip()


def file_names(line: Line) -> list[str]:
    return [cut(one_line(file.name or file.title or ""), 80) or "unnamed" for file in line.files]


def _in_place_of(file: str) -> str:
    return f"[file: {file}, not delivered]"
