"""Times for a callback: offering them, picking one, and the booking, which is a promise from then on.

Nothing is promised that is not recorded with the promise: the place in the slot, the alarm that keeps it,
and a way to reach the customer when they may have left by then.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bridge.domain.callback import (
    Callback,
    CallbackState,
    Taken,
    Times,
    free_place,
    free_slots,
    worth_offering,
)
from bridge.domain.events import Outcome, OutcomeKind, TimerKind
from bridge.domain.localtime import known_zone, wall_clock
from bridge.domain.model import Mode
from bridge.domain.notices import Moment, NoticeName
from bridge.domain.text import one_line
from bridge.domain.transitions.change import Change

CUSTOMER = "customer"


def customer_zone(change: Change) -> ZoneInfo:
    """The customer's own, when it is known, else the tenant's."""
    own = known_zone(change.customer.profile.timezone)
    return own or known_zone(change.tenant.timezone) or ZoneInfo("UTC")


def free_times(change: Change, desk: str, taken: Iterable[Taken] | None = None) -> list[datetime]:
    """Every time that could be promised at this desk now."""
    rules, now = change.tenant.callbacks, change.now
    if rules is None:
        return []
    rota = change.tenant.rota(desk)
    booked = rota.taken if taken is None else tuple(taken)
    return free_slots(rota.staffed(now, now + rules.horizon), booked, rules, now, rota.zone)


def offer_times(change: Change, desk: str, slots: Sequence[datetime] | None = None) -> bool:
    """Puts times on offer; False where there are none. They are shown with the next state."""
    zone = customer_zone(change)
    chosen = worth_offering(free_times(change, desk) if slots is None else slots, zone)
    change.set(times=Times(desk, chosen, zone.key) if chosen else None)
    return bool(chosen)


def tell_times(change: Change, notice: NoticeName = "times") -> None:
    """Says which times are on offer; as a numbered list where the channel has no buttons for them."""
    times = change.conv.times
    assert times is not None
    listed = tuple(Moment(at, times.zone) for at in times.slots)
    if change.tenant.traits(change.conv.channel).choices:
        change.tell(notice, zone=listed[0])
    else:
        change.tell(notice, zone=listed[0], times=listed)


def offer_and_tell(change: Change, desk: str) -> None:
    """After the customer was told that nobody is there: times, where there are any and none is booked."""
    if change.conv.promise is None and offer_times(change, desk):
        tell_times(change)
    change.show_state()


def pick(change: Change, at: datetime, taken: Sequence[Taken] | None) -> Outcome | None:
    """The customer's choice among the times on offer. A refusal where the time is gone: others are shown."""
    times, rules = change.conv.times, change.tenant.callbacks
    if times is None or rules is None:
        return Outcome(OutcomeKind.REFUSED, code="not_offered", why="No times are on offer.")
    promise = change.conv.promise
    if promise and promise.at == at and promise.state is CallbackState.BOOKED:
        change.tell("booked", when=Moment(at, promise.zone), reach=promise.reach)
        return None
    booked = change.tenant.rota(times.desk).taken if taken is None else taken
    place = place_at(change, times.desk, at, booked)
    if place is None:
        return gone(change, times.desk, booked)
    reach = known_reach(change)
    if reach is None:
        change.set(times=replace(times, chosen=at))
        change.tell("ask_reach", when=Moment(at, times.zone))
        change.show_state()
        return None
    book(change, at, place, reach)
    return None


def place_at(change: Change, desk: str, at: datetime, booked: Sequence[Taken]) -> int | None:
    """The place that a booking gets now; None where the time has passed, is taken, or the desk's hours are
    others by now than when it was shown. The notice counts for what is shown, not for who takes a while."""
    rules = change.tenant.callbacks
    if rules is None or at <= change.now:
        return None
    end = at + rules.slot
    if not any(start <= at and end <= until for start, until in change.tenant.rota(desk).staffed(at, end)):
        return None
    return free_place(booked, at, rules)


def known_reach(change: Change) -> str | None:
    """How to reach a customer who may have left by then. Empty: here; None: not known, so ask."""
    if change.tenant.traits(change.conv.channel).push:
        return ""
    profile, promise = change.customer.profile, change.conv.promise
    known = one_line(profile.email) or one_line(profile.phone) or (promise.reach if promise else "")
    return known or None


def book(change: Change, at: datetime, place: int, reach: str) -> None:
    """The promise: its row, its place, its alarms, the notice and the card, all in one commit."""
    times, rules, before = change.conv.times, change.tenant.callbacks, change.conv.promise
    assert times is not None
    assert rules is not None
    if before is not None:
        change.set_callback(replace(before, state=CallbackState.MOVED, settled_at=change.now))
    zone = known_zone(times.zone) or ZoneInfo("UTC")
    callback = Callback(
        number=(change.conv.callback.number if change.conv.callback else 0) + 1,
        desk=times.desk,
        at=at,
        until=at + rules.slot,
        zone=zone.key,
        local=wall_clock(at, zone).isoformat(timespec="minutes"),
        place=place,
        booked_at=change.now,
        reach=reach,
    )
    change.set_callback(callback)
    change.set(times=replace(times, chosen=None))
    action = "callback_moved" if before else "callback_booked"
    change.audit(action, actor=CUSTOMER, reason=f"{callback.number}: {callback.local} {callback.zone}")
    set_alarms(change, callback)
    if change.conv.mode is Mode.WAITING:
        rest_pages(change)
    change.tell("booked", when=Moment(at, callback.zone), reach=reach)
    change.show_state()
    show_on_card(change)


def set_alarms(change: Change, callback: Callback) -> None:
    rules = change.tenant.callbacks
    remind = callback.at - rules.remind if rules else callback.at
    change.callback_timer(TimerKind.CALLBACK, callback.at)
    change.callback_timer(TimerKind.REMINDER, remind if change.now < remind < callback.at else None)


def settle(change: Change, state: CallbackState, *, by: str = "") -> None:
    """What became of the promise. Its alarms are over and its place is free."""
    promise = change.conv.promise
    assert promise is not None
    change.set_callback(replace(promise, state=state, settled_at=change.now, by=by))
    change.callback_timer(TimerKind.CALLBACK, None)
    change.callback_timer(TimerKind.REMINDER, None)


def rest_pages(change: Change) -> None:
    """The desk is called at the promised time instead."""
    for kind in (TimerKind.REPEAT_PAGE, TimerKind.GIVE_UP, TimerKind.FALLBACK):
        change.timer(kind, None)


def show_on_card(change: Change) -> None:
    if change.conv.handoff is not None:
        change.sync_card()


def gone(change: Change, desk: str, taken: Sequence[Taken] | None) -> Outcome:
    """The time that was meant is not free: the customer is told, and shown others."""
    why = "That time is no longer free."
    if offer_times(change, desk, free_times(change, desk, taken)):
        tell_times(change, "times_gone")
    else:
        change.tell("no_times")
    change.show_state()
    return Outcome(OutcomeKind.REFUSED, epoch=change.conv.epoch, code="taken", why=why)


__all__ = [
    "CUSTOMER",
    "book",
    "customer_zone",
    "free_times",
    "gone",
    "known_reach",
    "offer_and_tell",
    "offer_times",
    "pick",
    "place_at",
    "rest_pages",
    "set_alarms",
    "settle",
    "show_on_card",
    "tell_times",
]
