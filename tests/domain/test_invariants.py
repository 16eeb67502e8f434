"""Random histories against the pure core: what never happens does not happen in any order of events."""

from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bridge.domain.answer import Answer, ToolFailure
from bridge.domain.callback import CallbackState
from bridge.domain.effects import AskAnswerer, SendToCustomer, SyncCard
from bridge.domain.events import (
    CallbackCancelled,
    CartChanged,
    CustomerClosed,
    CustomerEvent,
    OfferAnswered,
    PersonAsked,
    TimerKind,
    TimesAsked,
    ZoneRulesChanged,
)
from bridge.domain.model import Agent, Author, EntryKind, Mode
from bridge.domain.tenant import Tenant
from bridge.domain.transitions.change import owner_name
from tests.domain.play import ANA, BEN, Play, tenant
from tests.domain.test_callbacks import rules

WORDS = st.sampled_from(
    [
        "what are your opening hours?",
        "let me talk to a human",
        "I want a refund",
        "yes please",
        "no thanks",
        "ok",
        "🙈",
        "",
    ]
)
AGENTS = st.sampled_from([ANA, BEN])


class Histories(RuleBasedStateMachine):
    """Customer, AI, two agents and the clock, in any order, with stale presses and late answers."""

    @initialize(channel=st.sampled_from(["web", "api"]), made=st.sampled_from([tenant(), rules()]))
    def begin(self, channel: str, made: Tenant) -> None:
        self.play = Play(made, channel=channel)
        self.questions: list[AskAnswerer] = []
        self.epochs = [0]
        self.drafts_sent = set[int]()
        self.play.says("hello")
        self._look()

    def _look(self) -> None:
        for decision in self.play.decisions[len(self.epochs) - 1 :]:
            self.questions += [e for e in decision.effects if isinstance(e, AskAnswerer)]
        self.epochs.append(self.play.conv.epoch)

    @rule(text=WORDS)
    def customer_writes(self, text: str) -> None:
        self.play.says(text)
        self._look()

    @rule(data=st.data(), confidence=st.sampled_from([0.95, 0.3, None, float("nan")]))
    def an_answer_arrives_perhaps_late(self, data: st.DataObject, confidence: float | None) -> None:
        if self.questions:
            asked = data.draw(st.sampled_from(self.questions))
            self.play.ai(Answer("AI says so.", confidence), asked=asked)
            self._look()

    @rule(data=st.data())
    def the_ai_fails(self, data: st.DataObject) -> None:
        if self.questions:
            asked = data.draw(st.sampled_from(self.questions))
            self.play.ai(ToolFailure("HTTP 500"), asked=asked)
            self._look()

    @rule(agent=AGENTS, data=st.data())
    @precondition(lambda self: self.play.conv.handoff is not None)
    def claim(self, agent: Agent, data: st.DataObject) -> None:
        before, owner = self.play.conv.epoch, self.play.conv.owner
        epoch = data.draw(st.sampled_from(sorted(set(self.epochs))))
        outcome = self.play.claims(agent, epoch=epoch)
        if outcome.done:
            assert owner is None, "a claim never takes what somebody has"
            assert epoch == before, "a stale press changes nothing"
        self._look()

    @rule(agent=AGENTS, text=st.sampled_from([None, "edited", " "]))
    @precondition(lambda self: self.play.conv.handoff is not None)
    def send(self, agent: Agent, text: str | None) -> None:
        self.play.sends_suggested(agent, text)
        self._look()

    @rule(agent=AGENTS, line=st.sampled_from(["hello from a person", "// internal", "aside"]))
    @precondition(lambda self: self.play.conv.handoff is not None)
    def write(self, agent: Agent, line: str) -> None:
        owner, told = self.play.conv.owner, len(self.play.told)
        self.play.writes(line, agent)
        if owner != agent or line.startswith("//"):
            assert len(self.play.told) == told, "only the owner's plain lines reach the customer"
        self._look()

    @rule(agent=AGENTS)
    @precondition(lambda self: self.play.conv.handoff is not None)
    def release(self, agent: Agent) -> None:
        self.play.releases(agent, "a note")
        self._look()

    @rule(agent=AGENTS, to=st.sampled_from([ANA, BEN, "sales", "support", "kitchen"]), data=st.data())
    @precondition(lambda self: self.play.conv.handoff is not None)
    def transfer(self, agent: Agent, to: Agent | str, data: st.DataObject) -> None:
        before, owner = self.play.conv.epoch, self.play.conv.owner
        epoch = data.draw(st.sampled_from(sorted({before, *self.epochs})))
        outcome = self.play.transfers(to, agent, reason="a reason", epoch=epoch)
        if outcome.done:
            assert owner == agent or (owner is None and isinstance(to, str))
            assert epoch == before, "a stale press changes nothing"
        self._look()

    @rule(agent=AGENTS, seen=AGENTS, data=st.data())
    @precondition(lambda self: self.play.conv.handoff is not None)
    def take_over(self, agent: Agent, seen: Agent, data: st.DataObject) -> None:
        before, owner = self.play.conv.epoch, self.play.conv.owner
        epoch = data.draw(st.sampled_from(sorted({before, *self.epochs})))
        if self.play.takes_over(agent, owner=seen, epoch=epoch).done:
            assert owner == seen != agent, "taken from whom the asker saw, and from nobody else"
            assert epoch == before, "a stale press changes nothing"
        self._look()

    @rule(agent=AGENTS, data=st.data(), text=st.sampled_from([None, "edited", " "]))
    @precondition(lambda self: self.play.conv.handoff is not None)
    def send_a_draft(self, agent: Agent, data: st.DataObject, text: str | None) -> None:
        owner, told = self.play.conv.owner, len(self.play.told)
        seq = data.draw(st.integers(0, self.play.conv.seq + 1))
        outcome = self.play.sends_draft(seq, agent, text)
        if outcome.done:
            assert owner in (None, agent)
            assert seq not in self.drafts_sent, "each draft once"
            self.drafts_sent.add(seq)
        else:
            assert len(self.play.told) == told
        self._look()

    @rule(agent=AGENTS, line=st.sampled_from("123"), text=st.sampled_from(["40 euros", "// aside"]))
    @precondition(lambda self: self.play.conv.handoff is not None)
    def write_a_line(self, agent: Agent, line: str, text: str) -> None:
        self.play.writes(text, agent, line=line)
        self._look()

    @rule(agent=AGENTS, line=st.sampled_from("1234"), text=st.sampled_from(["14 euros", "// oops", ""]))
    @precondition(lambda self: self.play.conv.handoff is not None)
    def edit_a_line(self, agent: Agent, line: str, text: str) -> None:
        owner, told = self.play.conv.owner, len(self.play.told)
        self.play.edits(line, text, agent) if text else self.play.deletes(line, agent)
        if owner != agent:
            assert len(self.play.told) == told, "only the owner corrects what the customer was told"
        self._look()

    @rule(data=st.data())
    def a_delivery_fails(self, data: st.DataObject) -> None:
        self.play.fails(data.draw(st.integers(1, self.play.conv.seq)))
        self._look()

    @rule(agent=AGENTS, data=st.data())
    @precondition(lambda self: self.play.conv.handoff is not None)
    def retry(self, agent: Agent, data: st.DataObject) -> None:
        owner, handoff = self.play.conv.owner, self.play.conv.handoff
        assert handoff is not None
        seq = data.draw(st.sampled_from([*handoff.undelivered, self.play.conv.seq]))
        if self.play.retries(seq, agent).done:
            assert owner == agent
            assert seq in handoff.undelivered
            assert seq not in self.play.conv.withdrawn, "what was taken back is never sent"
        self._look()

    @rule()
    def somebody_answers_elsewhere(self) -> None:
        self.play.elsewhere("by e-mail", Agent("api:m", "Maria"))
        assert self.play.mode is Mode.HUMAN
        self._look()

    @rule(accepted=st.booleans())
    def offer(self, accepted: bool) -> None:
        self.play.event(OfferAnswered, accepted=accepted)
        self._look()

    @rule(value=st.sampled_from([10.0, 900.0]))
    def cart(self, value: float) -> None:
        self.play.event(CartChanged, value=value)
        self._look()

    @rule()
    def person(self) -> None:
        self.play.event(PersonAsked)
        self._look()

    @rule()
    def close(self) -> None:
        self.play.event(CustomerClosed)
        self._look()

    @rule(data=st.data())
    def choose_a_time(self, data: st.DataObject) -> None:
        if self.play.slots:
            self.play.chooses(data.draw(st.sampled_from(self.play.slots)))
            self._look()

    @rule(event=st.sampled_from([TimesAsked, CallbackCancelled]))
    def about_the_callback(self, event: type[CustomerEvent]) -> None:
        self.play.event(event)
        self._look()

    @rule()
    def zone_rules_change(self) -> None:
        self.play.put(ZoneRulesChanged(tenant=self.play.conv.tenant, conversation=self.play.conv.id))
        self._look()

    @rule(minutes=st.sampled_from([0.5, 2, 6, 20, 600]))
    def time_passes(self, minutes: float) -> None:
        self.play.later(timedelta(minutes=minutes))
        self._look()

    @invariant()
    def numbers_rise_without_gaps(self) -> None:
        assert [e.seq for e in self.play.entries] == list(range(1, len(self.play.entries) + 1))
        assert self.epochs == sorted(self.epochs)

    @invariant()
    def the_ai_never_speaks_between_a_claim_and_its_end(self) -> None:
        mode = Mode.ASSISTANT
        for entry in self.play.entries:
            if entry.state is not None:
                mode = entry.state.mode
            if entry.kind is EntryKind.MESSAGE and entry.author is Author.ASSISTANT:
                assert mode is Mode.ASSISTANT

    @invariant()
    def one_answer_at_most_for_each_customer_message(self) -> None:
        answered = 0
        for entry in self.play.entries:
            if entry.kind is not EntryKind.MESSAGE:
                continue
            if entry.author is Author.CUSTOMER:
                answered = 0
            elif entry.author is Author.ASSISTANT and entry.text == "AI says so.":
                answered += 1
                assert answered <= 1

    @invariant()
    def every_handoff_is_told_and_paged(self) -> None:
        for decision in self.play.decisions:
            begun = [row for row in decision.audit if row.action == "handoff"]
            taken = [row for row in decision.audit if row.action == "claim"]
            if begun and not taken:
                assert any(e.text.startswith(("[waiting", "[callback_due")) for e in decision.entries)
                assert any(isinstance(e, SyncCard) and e.page for e in decision.effects)

    @invariant()
    def only_who_has_it_speaks_as_a_person(self) -> None:
        owner = ""
        for entry in self.play.entries:
            if entry.state is not None:
                owner = entry.state.agent
            if entry.kind is EntryKind.MESSAGE and entry.author is Author.AGENT:
                assert entry.name == owner

    @invariant()
    def every_desk_that_was_left_is_shown_where_it_went(self) -> None:
        for decision in self.play.decisions:
            moved = [
                row for row in decision.audit if row.after.startswith("desk:") and row.before != row.after
            ]
            left = [e.desk for e in decision.effects if isinstance(e, SyncCard) and e.desk]
            gone = [row for row in moved if row.action in ("moved", "transferred")]
            assert len(left) == len(gone)

    @invariant()
    def every_change_of_owner_is_audited(self) -> None:
        owner = "assistant"
        for row in self.play.audit:
            assert row.before == owner
            owner = row.after
            assert row.actor
            assert row.reason
        assert owner == owner_name(self.play.conv)

    @invariant()
    def a_human_or_waiting_conversation_has_an_open_handoff_and_a_timer(self) -> None:
        conv = self.play.conv
        if conv.mode in (Mode.WAITING, Mode.HUMAN):
            handoff = conv.open_handoff
            assert handoff is not None
            assert (handoff.owner is not None) == (conv.mode is Mode.HUMAN)
            running = [t for t in self.play.timers.values() if t.due is not None]
            assert running or handoff.gave_up_at, "somebody is called until the customer was told"
        else:
            assert conv.open_handoff is None

    @invariant()
    def a_promise_has_its_alarm_until_its_time_and_a_called_desk_then(self) -> None:
        promise, play = self.play.conv.promise, self.play
        alarm = play.timers.get(TimerKind.CALLBACK)
        set_for = alarm.due if alarm else None
        if promise is None:
            assert set_for is None, "no alarm without a promise"
        elif promise.state is CallbackState.BOOKED:
            assert alarm is not None
            assert (set_for, alarm.epoch) == (promise.at, promise.number)
            assert promise.at > play.now
        else:
            assert play.mode is Mode.WAITING, "called, and nobody has taken it yet"
            assert play.timers[TimerKind.GIVE_UP].due is not None

    @invariant()
    def what_the_customer_is_promised_is_what_is_stored(self) -> None:
        promise, shown = self.play.conv.promise, self.play.shown.callback
        booked = shown.booked if shown else ""
        assert bool(booked) == (promise is not None)
        if promise is not None:
            assert datetime.fromisoformat(booked) == promise.at

    @invariant()
    def the_ais_words_are_fenced_and_nobody_elses(self) -> None:
        for decision in self.play.decisions:
            authors = {entry.seq: entry.author for entry in self.play.entries}
            for effect in decision.effects:
                if isinstance(effect, SendToCustomer):
                    assert effect.fenced == (authors[effect.seq] is Author.ASSISTANT)


Histories.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
test_histories = Histories.TestCase
