"""A conversation played against the pure core: no store, no network, a clock that the test owns."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bridge.domain import events
from bridge.domain.answer import Answer, ToolFailure
from bridge.domain.decide import Decision, Snapshot, decide
from bridge.domain.effects import AskAnswerer, AuditRow, Held, SendToCustomer, SyncCard, TimerSet
from bridge.domain.events import NO_KEY, Opening, Outcome
from bridge.domain.ids import ConversationId, CustomerId, TenantId
from bridge.domain.model import (
    Agent,
    Author,
    Conversation,
    Customer,
    Entry,
    EntryKind,
    File,
    Mode,
    Profile,
    ReleaseOutcome,
    State,
    Trigger,
)
from bridge.domain.notices import Moment, NoticeFact, NoticeName
from bridge.domain.policy import Routing
from bridge.domain.signals import detect, load_packs, read_reply
from bridge.domain.tenant import ChannelTraits, Tenant

ANA = Agent("slack:U1", "Ana")
BEN = Agent("slack:U2", "Ben")
PACKS = load_packs(("en", "es", "de"))
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class PlainVoice:
    """Says which notice it is, so that tests read what the customer was told."""

    def notice(self, name: NoticeName, language: str, **facts: NoticeFact) -> str:
        return " ".join([f"[{name}]", *(_plain(fact) for fact in facts.values())])

    def suggestion(self, trigger: Trigger, group: str, language: str, **facts: str) -> str:
        return f"Hello {facts['first_name']}, about {group or trigger}.".replace("  ", " ")

    def zone(self, moment: Moment, language: str) -> str:
        return f"{moment.zone} in {language}"


def _plain(fact: NoticeFact) -> str:
    if isinstance(fact, Moment):
        return f"{fact.at.astimezone(ZoneInfo(fact.zone)):%a %H:%M} ({fact.zone})"
    return fact if isinstance(fact, str) else ", ".join(_plain(each) for each in fact)


def tenant(routing: Routing | None = None, **fields: object) -> Tenant:
    base = Tenant(
        id=TenantId("acme"),
        name="Acme",
        languages=("en", "es", "de"),
        channels={
            "web": ChannelTraits(push=False, states=True, files=True, edits=True),
            "api": ChannelTraits(push=True, states=True),
        },
        routing=routing or Routing(desk="support"),
        voice=PlainVoice(),
        desks=("support", "sales"),
    )
    return replace(base, **fields)  # type: ignore[arg-type]


class Play:
    def __init__(
        self, rules: Tenant | None = None, channel: str = "api", profile: Profile | None = None
    ) -> None:
        self.tenant = rules or tenant()
        self.now = START
        self.conversation: Conversation | None = None
        self.customer: Customer | None = None
        self.entries: list[Entry] = []
        self.audit: list[AuditRow] = []
        self.decisions: list[Decision] = []
        self.held: tuple[Held, ...] = ()
        """What the outbox still has for the customer."""
        self.timers: dict[events.TimerKind, TimerSet] = {}
        self._opening = Opening(channel, "ext-1", CustomerId("c" * 32), profile)
        self._ids = {"tenant": TenantId("acme"), "conversation": ConversationId("a" * 32)}

    # what happens

    def put(self, event: events.Event) -> Outcome:
        seq = events.entry_named(event)
        named = next((entry for entry in self.entries if entry.seq == seq), None)
        snapshot = Snapshot(self.conversation, self.customer, entry=named, held=self.held)
        decision = decide(snapshot, event, self.tenant, self.now)
        if decision.conversation is not None:
            self.conversation = decision.conversation
            self.customer = decision.customer or self.customer
        self.entries += decision.entries
        self.audit += decision.audit
        for timer in decision.timers:
            self.timers[timer.kind] = timer
        self.decisions.append(decision)
        return decision.outcome

    def says(self, text: str, *, cart_value: float | None = None, files: tuple[File, ...] = ()) -> Outcome:
        return self.put(
            events.CustomerWrote(
                **self._ids,  # type: ignore[arg-type]
                key=NO_KEY,
                opening=self._opening,
                text=text,
                at=self.now,
                signals=detect(text, PACKS),
                reply=read_reply(text, PACKS),
                cart_value=cart_value,
                files=files,
            )
        )

    def ai(
        self,
        result: Answer | ToolFailure | str,
        confidence: float | None = 0.95,
        *,
        asked: AskAnswerer | None = None,
    ) -> Outcome:
        """The AI's answer to the newest question, or to `asked`."""
        question = asked or self.asked
        if isinstance(result, str):
            result = Answer(result, confidence)
        return self.put(
            events.AnswerArrived(
                **self._ids,  # type: ignore[arg-type]
                epoch=question.epoch,
                turn=question.turn,
                upto=question.upto,
                result=result,
            )
        )

    def claims(self, agent: Agent = ANA, *, epoch: int | None = None) -> Outcome:
        return self.put(events.ClaimPressed(**self._desk(agent, epoch)))  # type: ignore[arg-type]

    def sends_suggested(
        self, agent: Agent = ANA, text: str | None = None, *, epoch: int | None = None
    ) -> Outcome:
        return self.put(events.SendSuggestedPressed(**self._desk(agent, epoch), text=text))  # type: ignore[arg-type]

    def releases(
        self,
        agent: Agent = ANA,
        note: str = "",
        *,
        epoch: int | None = None,
        outcome: ReleaseOutcome | None = None,
    ) -> Outcome:
        press = self._desk(agent, epoch)
        return self.put(events.ReleasePressed(**press, note=note, outcome=outcome))  # type: ignore[arg-type]

    def explains(
        self, agent: Agent = ANA, *, outcome: ReleaseOutcome | None = None, note: str = ""
    ) -> Outcome:
        """After a release."""
        press = self._line(agent)
        return self.put(events.ReleaseExplained(**press, note=note, outcome=outcome))  # type: ignore[arg-type]

    def transfers(
        self, to: Agent | str, agent: Agent = ANA, *, reason: str = "", epoch: int | None = None
    ) -> Outcome:
        """To a colleague, or to a desk by its name."""
        whither: dict[str, object] = {"to": to} if isinstance(to, Agent) else {"to_desk": to}
        press = self._desk(agent, epoch) | whither
        return self.put(events.TransferPressed(**press, reason=reason))  # type: ignore[arg-type]

    def takes_over(
        self, agent: Agent = BEN, *, owner: Agent | None = None, epoch: int | None = None
    ) -> Outcome:
        """From whom they see: the present owner unless said otherwise."""
        seen = owner or self.conv.owner
        press = self._desk(agent, epoch) | {"owner": seen.id if seen else ""}
        return self.put(events.TakeOverPressed(**press))  # type: ignore[arg-type]

    def sends_draft(
        self, seq: int, agent: Agent = ANA, text: str | None = None, *, epoch: int | None = None
    ) -> Outcome:
        press = self._desk(agent, epoch)
        return self.put(events.SendDraftPressed(**press, seq=seq, text=text))  # type: ignore[arg-type]

    def retries(self, seq: int, agent: Agent = ANA) -> Outcome:
        return self.put(events.RetryPressed(**self._desk(agent, None), seq=seq))  # type: ignore[arg-type]

    def writes(
        self, text: str, agent: Agent = ANA, *, line: str = "", files: tuple[File, ...] = ()
    ) -> Outcome:
        said = self._line(agent) | {"line": line, "text": text}
        return self.put(events.AgentWrote(**said, files=files, at=self.now))  # type: ignore[arg-type]

    def edits(self, line: str, text: str, agent: Agent = ANA) -> Outcome:
        said = self._line(agent) | {"line": line, "text": text}
        return self.put(events.AgentEdited(**said, at=self.now))  # type: ignore[arg-type]

    def deletes(self, line: str, agent: Agent = ANA) -> Outcome:
        said = self._line(agent) | {"line": line}
        return self.put(events.AgentDeleted(**said, at=self.now))  # type: ignore[arg-type]

    def fails(self, seq: int, why: str = "HTTP 410") -> Outcome:
        """A message could not be delivered at all."""
        return self.put(events.DeliveryFailed(**self._ids, seq=seq, why=why))  # type: ignore[arg-type]

    def elsewhere(self, text: str, agent: Agent) -> Outcome:
        return self.put(
            events.AgentWroteElsewhere(
                **self._ids,  # type: ignore[arg-type]
                opening=self._opening,
                agent=agent,
                text=text,
                at=self.now,
            )
        )

    def event(self, kind: type[events.CustomerEvent], **fields: object) -> Outcome:
        return self.put(kind(**self._ids, opening=self._opening, **fields))  # type: ignore[arg-type]

    def chooses(self, slot: datetime) -> Outcome:
        return self.event(events.CallbackChosen, slot=slot)

    def later(self, wait: timedelta) -> None:
        """Time passes; timers that are due ring."""
        end = self.now + wait
        while due := sorted(
            (t.due, t.kind, t) for t in self.timers.values() if t.due is not None and t.due <= end
        ):
            at, kind, timer = due[0]
            self.now = max(self.now, at)
            del self.timers[kind]
            self.put(events.TimerDue(**self._ids, kind=kind, epoch=timer.epoch))  # type: ignore[arg-type]
        self.now = end

    # what is seen

    @property
    def conv(self) -> Conversation:
        assert self.conversation is not None
        return self.conversation

    @property
    def slots(self) -> tuple[datetime, ...]:
        return self.conv.times.slots if self.conv.times else ()

    @property
    def shown(self) -> State:
        """What the customer's side shows."""
        states = [entry.state for entry in self.entries if entry.state is not None]
        return states[-1] if states else State(Mode.ASSISTANT)

    @property
    def callbacks(self) -> list[tuple[int, str]]:
        """Every callback's number and what became of it."""
        last = {c.number: str(c.state) for d in self.decisions for c in d.callbacks}
        return sorted(last.items())

    @property
    def notes(self) -> list[str]:
        return [e.text for e in self.entries if e.kind is EntryKind.NOTE]

    @property
    def mode(self) -> Mode:
        return self.conv.mode

    @property
    def asked(self) -> AskAnswerer:
        return next(
            e for d in reversed(self.decisions) for e in reversed(d.effects) if isinstance(e, AskAnswerer)
        )

    @property
    def told(self) -> list[str]:
        """What the customer was told, by anybody but themselves."""
        return [
            e.text for e in self.entries if e.kind is EntryKind.MESSAGE and e.author is not Author.CUSTOMER
        ]

    @property
    def withheld(self) -> list[str]:
        return [e.text for e in self.entries if e.kind is EntryKind.DRAFT]

    @property
    def pages(self) -> int:
        return sum(1 for d in self.decisions for e in d.effects if isinstance(e, SyncCard) and e.page)

    @property
    def sent(self) -> list[SendToCustomer]:
        return [e for d in self.decisions for e in d.effects if isinstance(e, SendToCustomer)]

    @property
    def asks(self) -> int:
        return sum(1 for d in self.decisions for e in d.effects if isinstance(e, AskAnswerer))

    @property
    def triggers(self) -> list[Trigger]:
        handoff = self.conv.handoff
        return [f.trigger for f in handoff.triggers] if handoff else []

    def _line(self, agent: Agent) -> dict[str, object]:
        return {name: value for name, value in self._desk(agent, None).items() if name != "epoch"}

    def _desk(self, agent: Agent, epoch: int | None) -> dict[str, object]:
        handoff = self.conv.handoff
        return {
            **self._ids,
            "handoff": handoff.number if handoff else 1,
            "agent": agent,
            "epoch": self.conv.epoch if epoch is None else epoch,
        }
