"""What a customer says and presses about a callback: a time by its number or in words, how to reach them,
another time, none at all.

Words are read narrowly: a message that might mean anything else goes the ordinary way. In a conversation
that a person has, nothing is read: the person does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from bridge.domain.callback import Taken, matching, read_address, read_choice
from bridge.domain.callback_words import beside_move, mentions_move, read_intent
from bridge.domain.events import CallbackCancelled, CallbackChosen, Outcome, OutcomeKind, TimesAsked
from bridge.domain.localtime import wall_clock
from bridge.domain.model import Mode
from bridge.domain.tenant import Tenant
from bridge.domain.transitions.change import UNKNOWN, Change, Decision, Snapshot, refused
from bridge.domain.transitions.keeping import cancel
from bridge.domain.transitions.times import (
    book,
    customer_zone,
    free_times,
    gone,
    offer_times,
    pick,
    place_at,
    tell_times,
)

LONGEST = 160
"""Characters of a message that is read as a choice."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a message says about the callback."""

    kind: Literal["pick", "reach", "other", "cancel", "decline", "gone"]
    slots: tuple[datetime, ...] = ()
    address: str = ""


def chosen(snapshot: Snapshot, event: CallbackChosen, tenant: Tenant, now: datetime) -> Decision:
    change = _known(snapshot, tenant, now)
    if change is None:
        return UNKNOWN
    times = change.conv.times
    if times is None or event.slot not in times.slots or change.conv.mode is Mode.HUMAN:
        return refused("not_offered", "This time is not on offer.", change.conv)
    return change.done(pick(change, event.slot, snapshot.taken))


def times_asked(snapshot: Snapshot, event: TimesAsked, tenant: Tenant, now: datetime) -> Decision:
    change = _known(snapshot, tenant, now)
    if change is None:
        return UNKNOWN
    if not desk_to_call_back(change) or change.conv.mode is Mode.HUMAN or tenant.callbacks is None:
        return refused("no_callback", "There is nothing to call back about.", change.conv)
    _show_times(change, snapshot.taken)
    return change.done()


def cancelled(snapshot: Snapshot, event: CallbackCancelled, tenant: Tenant, now: datetime) -> Decision:
    change = _known(snapshot, tenant, now)
    if change is None:
        return UNKNOWN
    if change.conv.promise is None:
        return refused("no_callback", "No callback is booked.", change.conv)
    cancel(change)
    return change.done()


def read_message(change: Change, text: str, reply: str | None) -> Meaning | None:
    """What a message says about the callback; None when it is about something else."""
    conv = change.conv
    if change.tenant.callbacks is None or conv.mode is Mode.HUMAN or len(text) > LONGEST:
        return None
    if conv.times is None and conv.promise is None:
        return None
    if conv.times is not None and conv.times.chosen and (address := read_address(text)):
        return Meaning("reach", address=address)
    if conv.times is not None:
        number = read_choice(text, len(conv.times.slots))
        if number is not None:
            return Meaning("pick", (conv.times.slots[number],))
    intent = read_intent(text, conv.language)
    if conv.promise is not None:
        return _about_the_promise(change, text, intent)
    if reply == "no" or intent == "cancel":
        return Meaning("decline")
    return Meaning("other") if intent == "move" else _in_words(change, text)


def act(change: Change, meaning: Meaning, taken: Sequence[Taken] | None) -> None:
    match meaning.kind:
        case "pick":
            _pick(change, meaning.slots[0], taken)
        case "reach":
            _reach(change, meaning.address, taken)
        case "other":
            _show_times(change, taken, meaning.slots)
        case "gone":
            times = change.conv.times
            assert times is not None
            gone(change, times.desk, taken)
        case "cancel":
            cancel(change)
        case "decline":
            change.set(times=None)
            change.show_state()


def desk_to_call_back(change: Change) -> str:
    """The desk that a callback would be promised for; empty where nobody was asked for."""
    conv = change.conv
    if conv.promise is not None:
        return conv.promise.desk
    if conv.times is not None:
        return conv.times.desk
    return conv.open_handoff.desk if conv.open_handoff else ""


def _about_the_promise(change: Change, text: str, intent: str | None) -> Meaning | None:
    """Cancelling needs a word for it, and so does moving, unless a message is a time and nothing else."""
    if intent == "cancel":
        return Meaning("cancel")
    if intent == "move" or mentions_move(text, change.conv.language):
        found = _in_words(change, beside_move(text, change.conv.language))
        return found or (Meaning("other") if intent == "move" else None)
    return _in_words(change, text, alone=True) if change.conv.times else None


def _in_words(change: Change, text: str, *, alone: bool = False) -> Meaning | None:
    desk, zone = desk_to_call_back(change), customer_zone(change)
    if change.tenant.times is None:
        return None
    wish = change.tenant.times.read(text, change.conv.language, wall_clock(change.now, zone))
    if wish is None or (alone and not (wish.alone and wish.clock)):
        return None
    free, shown = free_times(change, desk), change.conv.times.slots if change.conv.times else ()
    meant = matching(wish, sorted({*shown, *free_times(change, desk, ())}), zone)
    slots = tuple(at for at in meant if at in free)
    sure = wish.clock is not None and (wish.day is not None or wish.alone)  # else a day may have been missed
    if sure and meant and (meant[0] in free or meant[0] in shown):
        return Meaning("pick", (meant[0],))
    if slots and not sure:
        return Meaning("other", slots)
    return Meaning("gone") if change.conv.times else Meaning("other")  # never another time than was said


def _pick(change: Change, at: datetime, taken: Sequence[Taken] | None) -> None:
    """A time in words may be free without having been listed."""
    if change.conv.times is None or at not in change.conv.times.slots:
        offer_times(change, desk_to_call_back(change), [at])
    if change.conv.times is not None:
        pick(change, at, taken)


def _reach(change: Change, address: str, taken: Sequence[Taken] | None) -> None:
    times = change.conv.times
    assert times is not None
    assert times.chosen is not None
    profile = change.customer.profile
    if not profile.verified:  # a claim, like all that an unknown customer says of themselves
        mail = "@" in address
        told = replace(
            profile, email=address if mail else profile.email, phone=profile.phone if mail else address
        )
        change.customer = replace(change.customer, profile=told)
    booked = change.tenant.rota(times.desk).taken if taken is None else taken
    place = place_at(change, times.desk, times.chosen, booked)
    if place is None:
        gone(change, times.desk, booked)
    else:
        book(change, times.chosen, place, address)


def _show_times(change: Change, taken: Sequence[Taken] | None, slots: Sequence[datetime] = ()) -> None:
    desk = desk_to_call_back(change)
    if offer_times(change, desk, slots or free_times(change, desk, taken)):
        tell_times(change)
    else:
        change.tell("no_times")
    change.show_state()


def _known(snapshot: Snapshot, tenant: Tenant, now: datetime) -> Change | None:
    if snapshot.conversation is None or snapshot.customer is None:
        return None
    return Change(snapshot.conversation, snapshot.customer, tenant, now)


__all__ = ["Outcome", "OutcomeKind", "act", "cancelled", "chosen", "read_message", "times_asked"]
