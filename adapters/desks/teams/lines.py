"""What people write in a card's thread. Whether it goes to the customer is the core's decision."""

from collections import OrderedDict
from typing import Any

from adapters.desks.teams.incoming import Changed, Line
from adapters.desks.teams.people import People
from adapters.desks.teams.places import Places
from adapters.desks.teams.whisper import Whisper
from adapters.errands import Errands
from bridge.domain.events import AgentDeleted, AgentEdited, AgentWrote, Outcome, OutcomeKind
from bridge.domain.ids import EventKey
from bridge.domain.work import File
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
        if not line.text.strip() and not line.files:
            return
        await self._people.met(line.spot)
        event = AgentWrote(
            tenant=found.tenant,
            conversation=found.conversation,
            key=EventKey(f"teams:{line.spot.conversation}:{line.spot.id}" if line.spot.id else ""),
            handoff=found.handoff,
            agent=line.spot.agent,
            text=line.text,
            at=line.at or self._host.clock.now(),
            line=line.spot.id,
            files=tuple(File(name) for name in line.files),
        )
        outcome = await self._host.inbound.receive(event)
        if words := self._private_words(line, outcome):
            self._errands.start(self._whisper.tell(line.spot, words))

    async def changed(self, changed: Changed) -> None:
        """Records that a line says something else now. Raises Unavailable."""
        place = await self._places.at(changed.spot)
        if place is None or not changed.spot.id:
            return
        _, found = place
        at = changed.at or self._host.clock.now()
        what = "deleted" if changed.text is None else "edited"
        common: dict[str, Any] = {
            "tenant": found.tenant,
            "conversation": found.conversation,
            "key": EventKey(f"teams:{changed.spot.conversation}:{changed.spot.id}:{what}:{at.isoformat()}"),
            "handoff": found.handoff,
            "agent": changed.spot.agent,
            "line": changed.spot.id,
            "at": at,
        }
        event = AgentDeleted(**common) if changed.text is None else AgentEdited(**common, text=changed.text)
        outcome = await self._host.inbound.receive(event)
        if outcome.why and outcome.kind is not OutcomeKind.REPEATED:
            self._errands.start(self._whisper.tell(changed.spot, outcome.why))

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
        return " ".join(filter(None, words))
