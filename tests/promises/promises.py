"""The promises, each looked at after every step. A promise that is broken is named in words."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bridge.domain.callback import Callback, CallbackState
from bridge.domain.decide import Decision
from bridge.domain.effects import Effect, PostNote, SyncCard, TimerSet
from bridge.domain.events import Event, TimerDue, TimerKind, ZoneRulesChanged
from bridge.domain.model import CALLS_THE_OWNER, Author, Conversation, EntryKind, Mode
from bridge.domain.tenant import Tenant
from tests.promises.oracle import comes_twice, open_throughout, promised_instant


@dataclass(frozen=True, slots=True)
class Step:
    now: datetime
    event: Event
    before: Conversation | None
    decision: Decision
    tenant: Tenant
    others: Sequence[Callback]
    """What other customers have been promised."""
    timers: Mapping[TimerKind, TimerSet]
    """Those that are set after it."""

    @property
    def told(self) -> list[str]:
        """Names of the notices that were said."""
        said = [e.text for e in self.decision.entries if e.kind is EntryKind.MESSAGE]
        return [text[1:].partition("]")[0] for text in said if text.startswith("[")]

    @property
    def after(self) -> Conversation | None:
        return self.decision.conversation

    @property
    def called(self) -> bool:
        """The desk by a page, or whoever has the conversation by a line that names them."""
        return any(self._calls(effect) for effect in self.decision.effects)

    def _calls(self, effect: Effect) -> bool:
        if isinstance(effect, PostNote) and self.after is not None and self.after.owner is not None:
            [note] = [entry for entry in self.decision.entries if entry.seq == effect.seq]
            return note.reason in CALLS_THE_OWNER
        return isinstance(effect, SyncCard) and effect.page

    @property
    def audited(self) -> list[str]:
        return [row.action for row in self.decision.audit]


def broken_by(step: Step) -> Iterator[str]:
    for promise in PROMISES:
        yield from promise(step)


def offered_times_can_be_kept(step: Step) -> Iterator[str]:
    """Every time on offer is inside the desk's hours, with notice, within the horizon."""
    times, rules = step.after.times if step.after else None, step.tenant.callbacks
    if times is None or rules is None or (step.before and step.before.times == times):
        return
    if step.before and step.before.times and set(times.slots) <= set(step.before.times.slots):
        return
    rota = step.tenant.rota(times.desk)
    for at in times.slots:
        if not step.now + rules.notice <= at <= step.now + rules.horizon:
            yield f"{at} is offered at {step.now}, with notice {rules.notice} and horizon {rules.horizon}"
        if not open_throughout(rota, at, rules.slot):
            yield f"{at} is offered, and the desk is closed in it"


def times_are_shown_on_the_customers_clock(step: Step) -> Iterator[str]:
    states = [e.state for e in step.decision.entries if e.kind is EntryKind.STATE and e.state]
    if not states or states[-1].callback is None or step.after is None:
        return
    shown, times = states[-1].callback, step.after.times
    zone = ZoneInfo(shown.timezone)
    for text, at in zip(shown.slots, times.slots if times else (), strict=True):
        read = datetime.fromisoformat(text)
        if read != at or read.utcoffset() != at.astimezone(zone).utcoffset():
            yield f"{at} is shown as {text} in {shown.timezone}"
    promise = step.after.promise
    booked = datetime.fromisoformat(shown.booked) if shown.booked else None
    if booked != (promise.at if promise else None):
        yield f"{shown.booked or 'nothing'} is shown as booked, and {promise} is"


def what_is_called_booked_is_booked(step: Step) -> Iterator[str]:
    """With its row, its place, its alarm and its wall-clock time, in the same commit."""
    if "booked" not in step.told:
        return
    promise = step.after.promise if step.after else None
    if promise is None:
        yield "a callback is called booked, and none is"
        return
    alarm = step.timers.get(TimerKind.CALLBACK)
    if alarm is None or (alarm.due, alarm.epoch) != (promise.at, promise.number):
        yield f"the alarm of {promise} is {alarm}"
    zone = ZoneInfo(promise.zone)
    if promise.at.astimezone(zone).replace(tzinfo=None).isoformat(timespec="minutes") != promise.local:
        yield f"{promise.at} is not {promise.local} in {promise.zone}"
    if promise.at <= step.now:
        yield f"{promise.at} is booked at {step.now}"
    new = step.before is None or step.before.callback != promise
    if new and not open_throughout(step.tenant.rota(promise.desk), promise.at, promise.until - promise.at):
        yield f"{promise.at} is booked, and the desk is closed in it"


def no_more_than_the_desk_takes(step: Step) -> Iterator[str]:
    promise = step.after.promise if step.after else None
    rules = step.tenant.callbacks
    if promise is None or rules is None or (step.before and step.before.promise == promise):
        return
    if isinstance(step.event, ZoneRulesChanged):
        return  # a promise is kept even where there are more of them now
    if promise.state is CallbackState.BOOKED and step.before and step.before.callback != promise:
        there = [c for c in step.others if c.at < promise.until and c.until > promise.at]
        if len(there) >= rules.at_once:
            yield f"{promise.at} is promised to {len(there) + 1}, and the desk takes {rules.at_once}"
        if any((c.at, c.place) == (promise.at, promise.place) for c in there):
            yield f"the place {promise.place} of {promise.at} is promised twice"


def a_promise_has_its_alarm(step: Step) -> Iterator[str]:
    promise = step.after.promise if step.after else None
    if promise is None or promise.state is not CallbackState.BOOKED:
        return
    alarm = step.timers.get(TimerKind.CALLBACK)
    if alarm is None or (alarm.due, alarm.epoch) != (promise.at, promise.number):
        yield f"{promise.local} is promised, and its alarm is {alarm}"
    if promise.at < step.now:
        yield f"{promise.local} has passed, and nothing was done"


def the_desk_is_called_at_the_promised_time(step: Step) -> Iterator[str]:
    """On the clock that it was promised on, the customer is told too, or somebody has them already."""
    if not isinstance(step.event, TimerDue) or step.event.kind is not TimerKind.CALLBACK:
        return
    promise = step.before.promise if step.before else None
    if promise is None or promise.number != step.event.epoch or step.after is None:
        return
    zone = ZoneInfo(promise.zone)
    if not comes_twice(step.now, zone) and promised_instant(promise.local, zone) != step.now:
        yield f"{promise.local} in {promise.zone} is rung for at {step.now}"
    if not step.called:
        yield f"nobody is called at {promise.local}"
    mine = step.after.callback
    kept = step.after.mode is Mode.HUMAN and mine is not None and mine.state is CallbackState.KEPT
    if "callback_due" not in step.told and not kept:
        yield f"the customer hears nothing at {promise.local}"


def what_is_missed_is_said_and_on_record(step: Step) -> Iterator[str]:
    for callback in step.decision.callbacks:
        missed = callback.state is CallbackState.MISSED
        if missed and not ("callback_missed" in step.told and "callback_missed" in step.audited):
            yield f"{callback.local} was missed: told {step.told}, on record {step.audited}"
        if callback.state is CallbackState.KEPT and "callback_kept" not in step.audited:
            yield f"{callback.local} was kept, and that is not on record"
        if callback.state is CallbackState.CANCELLED and "callback_cancelled" not in step.audited:
            yield f"{callback.local} was cancelled, and that is not on record"


def whoever_waits_is_waited_for(step: Step) -> Iterator[str]:
    """A page to come, a promise, or the truth that nobody has come."""
    after = step.after
    if after is None or after.mode is not Mode.WAITING or after.open_handoff is None:
        return
    if after.promise or after.open_handoff.gave_up_at:
        return
    if not {TimerKind.REPEAT_PAGE, TimerKind.GIVE_UP} & {*step.timers}:
        yield "a customer waits, and no alarm is set for them"
    customer_told = any(
        e.author is Author.SYSTEM and e.kind is EntryKind.MESSAGE for e in step.decision.entries
    )
    if (step.before is None or step.before.mode is not Mode.WAITING) and not customer_told:
        yield "a conversation waits for a person, and its customer was not told"


PROMISES: tuple[Callable[[Step], Iterator[str]], ...] = (
    offered_times_can_be_kept,
    times_are_shown_on_the_customers_clock,
    what_is_called_booked_is_booked,
    no_more_than_the_desk_takes,
    a_promise_has_its_alarm,
    the_desk_is_called_at_the_promised_time,
    what_is_missed_is_said_and_on_record,
    whoever_waits_is_waited_for,
)
