"""Keeping a callback: the reminder, the page at its time, who kept it, and what is said when nobody did.

Each step looks at the stored promise first: an alarm that rings twice, or for a time that was moved, does
nothing.
"""

from dataclasses import replace
from datetime import timedelta

from bridge.domain.callback import Callback, CallbackState, Taken, next_place
from bridge.domain.events import TimerKind
from bridge.domain.localtime import known_zone, wall_clock
from bridge.domain.model import CALLBACK_NOTE, Author, Entry, Fired, Mode, Trigger
from bridge.domain.notices import Moment
from bridge.domain.transitions.change import Change
from bridge.domain.transitions.handoff import call_for_promise, close_turn, open_handoff, wait
from bridge.domain.transitions.times import (
    CUSTOMER,
    offer_and_tell,
    set_alarms,
    settle,
    show_on_card,
)

CLOCK = "timer:callback"


def remind(change: Change) -> None:
    """The desk is told in time: by a page, or where somebody has it, by a line that names them."""
    promise = _promise(change)
    if change.conv.handoff is None:
        return
    minutes = max(round((promise.at - change.now) / timedelta(minutes=1)), 1)
    _tell_the_desk(
        change, f"Callback in {minutes} min: promised for {promise.on_their_clock}{_reach(promise)}."
    )
    change.audit("callback_reminder", actor="timer:reminder", reason=str(promise.number))


def due(change: Change) -> None:
    """The promised time: the desk is called with all that is known, whatever the hours say now."""
    promise = _promise(change)
    change.set(times=None)
    owner = change.conv.owner
    if owner is not None:
        settle(change, CallbackState.KEPT, by=owner.name)
        _tell_the_desk(
            change, f"The callback that was promised for {promise.on_their_clock} is now{_reach(promise)}."
        )
        change.audit("callback_kept", actor=owner.id, reason=f"{promise.number}: has the conversation")
        change.show_state()
        return
    change.set_callback(replace(promise, state=CallbackState.DUE))
    change.callback_timer(TimerKind.REMINDER, None)
    change.audit("callback_due", actor=CLOCK, reason=str(promise.number))
    if change.conv.open_handoff is None:
        _open(change, promise)
    call_for_promise(change)
    change.tell("callback_due", when=Moment(promise.at, promise.zone))
    _note(change, f"Callback now: promised for {promise.on_their_clock}{_reach(promise)}.")


def missed(change: Change, *, reason: str) -> None:
    """Nobody kept it: the customer is told, apologised to and offered new times, and it is on record."""
    promise = _promise(change)
    settle(change, CallbackState.MISSED)
    change.audit("callback_missed", actor=CLOCK, reason=f"{promise.number}: {reason}")
    change.tell("callback_missed", when=Moment(promise.at, promise.zone))
    offer_and_tell(change, promise.desk)
    show_on_card(change)


def cancel(change: Change) -> None:
    """By the customer. What they asked for stays open with the desk, and is called out again."""
    promise = _promise(change)
    settle(change, CallbackState.CANCELLED)
    change.set(times=None)
    change.audit("callback_cancelled", actor=CUSTOMER, reason=str(promise.number))
    change.tell("cancelled", when=Moment(promise.at, promise.zone))
    change.show_state()
    handoff = change.conv.open_handoff
    if change.conv.mode is Mode.WAITING and handoff and handoff.gave_up_at is None:
        wait(change)
    show_on_card(change)


def after_release(change: Change) -> None:
    """A release at the promised time without a word breaks the promise; one after a talk has kept it."""
    promise, handoff = change.conv.promise, change.conv.handoff
    if promise is None or handoff is None:
        return
    talked = handoff.replied_at is not None and handoff.replied_at >= promise.booked_at
    if promise.state is CallbackState.DUE:
        missed(change, reason="released without a word")
    elif talked:
        agent = handoff.owner.name if handoff.owner else handoff.ended_by
        settle(change, CallbackState.KEPT, by=agent)
        change.set(times=None)
        change.audit("callback_kept", actor=agent, reason=f"{promise.number}: before its time")
        change.tell("callback_settled", when=Moment(promise.at, promise.zone), agent=agent)
        change.show_state()


def after_close(change: Change) -> None:
    """Who closes the chat at the promised time no longer waits for it; an earlier close changes nothing."""
    promise = change.conv.promise
    if promise is not None and promise.state is CallbackState.DUE:
        settle(change, CallbackState.CANCELLED)
        change.audit("callback_cancelled", actor=CUSTOMER, reason=f"{promise.number}: closed the chat")


def follow_the_zone(change: Change, taken: tuple[Taken, ...]) -> bool:
    """The promised wall-clock time stays; its instant follows the zone's new rules. False: nothing to do.

    A promise is kept even where the desk has more of them at that time than it would promise anew.
    """
    promise = _promise(change)
    at = promise.promised()
    if promise.state is not CallbackState.BOOKED or at == promise.at:
        return False
    moved = replace(promise, at=at, until=at + (promise.until - promise.at), place=next_place(taken, at))
    zone = known_zone(promise.zone)
    if zone is not None and wall_clock(at, zone).isoformat(timespec="minutes") != promise.local:
        change.audit("zone_gap", actor="zones", reason=f"{promise.number}: {promise.local} does not exist")
    change.set_callback(moved)
    change.audit("zone_changed", actor="zones", reason=f"{promise.number}: {promise.local} {promise.zone}")
    set_alarms(change, moved)
    change.show_state()
    show_on_card(change)
    return True


def _open(change: Change, promise: Callback) -> None:
    """Where the conversation went on since: a handoff of its own, with what the customer wanted then."""
    before = change.conv.handoff
    fired = (Fired(Trigger.CALLBACK, promise.on_their_clock),)
    if change.conv.asked:
        close_turn(change, "handoff", fired)
    open_handoff(
        change,
        fired,
        actor=CLOCK,
        stated_want=before.want if before else "",
        desk=promise.desk,
        announce=False,
    )


def _tell_the_desk(change: Change, text: str) -> None:
    """One message: a page says all by itself, and an owner is named by the line. Either is a call."""
    note = _note(change, text)
    if (handoff := change.conv.open_handoff) is not None:  # whoever is first in line is told first
        change.set_handoff(pages=handoff.pages + 1, line_from=handoff.pages)
    owned = change.conv.owner is not None
    if owned:
        change.post_note(note)
    change.sync_card(page=not owned)


def _note(change: Change, text: str) -> Entry:
    """On record, for the transcript and the console."""
    return change.note(text, author=Author.SYSTEM, name="", reason=CALLBACK_NOTE)


def _reach(promise: Callback) -> str:
    return f", or reach them at {promise.reach}" if promise.reach else ""


def _promise(change: Change) -> Callback:
    assert change.conv.promise is not None
    return change.conv.promise
