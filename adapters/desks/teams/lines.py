"""What people write in a card's thread. Whether it goes to the customer is the core's decision."""

from collections import OrderedDict

from adapters.desks.teams.incoming import Line
from adapters.desks.teams.people import People
from adapters.desks.teams.places import Places
from adapters.desks.teams.whisper import Whisper
from adapters.errands import Errands
from bridge.domain.events import AgentWrote, Outcome, OutcomeKind
from bridge.domain.ids import EventKey
from bridge.ports import Host

_MOST = 10_000


class Lines:
    def __init__(
        self, host: Host, places: Places, people: People, whisper: Whisper, errands: Errands
    ) -> None:
        self._host = host
        self._places = places
        self._people = people
        self._whisper = whisper
        self._errands = errands
        self._told: OrderedDict[tuple[str, str, int], None] = OrderedDict()

    async def wrote(self, line: Line) -> None:
        """Records a line of a known thread; any other thread is none of our business.

        Raises Unavailable when it could not be recorded: Teams then sends it again.
        """
        place = await self._places.at(line.spot)
        if place is None:
            return
        _, found = place
        text = "\n".join(
            filter(None, [line.text, *(f"[file: {name}, not delivered]" for name in line.files)])
        )
        if not text.strip():
            return
        await self._people.met(line.spot)
        event = AgentWrote(
            tenant=found.tenant,
            conversation=found.conversation,
            key=EventKey(f"teams:{line.spot.conversation}:{line.spot.id}" if line.spot.id else ""),
            handoff=found.handoff,
            agent=line.spot.agent,
            text=text,
            at=line.at or self._host.clock.now(),
        )
        outcome = await self._host.inbound.receive(event)
        if words := self._private_words(line, outcome):
            self._errands.start(self._whisper.tell(line.spot, words))

    def _private_words(self, line: Line, outcome: Outcome) -> str:
        """Told once: Teams sends the same activity again when an answer was lost.

        That what others write stays inside is told once in a thread, until it has another owner.
        """
        if outcome.kind is OutcomeKind.REPEATED:
            return ""
        words = [outcome.why]
        if outcome.note and outcome.why:
            told = (line.spot.conversation, line.spot.user, outcome.epoch)
            words = [] if told in self._told else words
            self._told[told] = None
            if len(self._told) > _MOST:
                self._told.popitem(last=False)
        if line.files and outcome.done:
            words.append(f"Files can not be delivered from here, only their names: {', '.join(line.files)}.")
        return " ".join(filter(None, words))
