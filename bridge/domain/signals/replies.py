"""Replies: a customer's plain-words answer to "shall I get you a person?".

The message is read from left to right as yes, no and filler; a word or two besides is forgiven, a
question or a mixed answer is not an answer. It must never guess: None sends the message the
ordinary way. The walk goes on in `bridge.domain.transitions`.
"""

from collections.abc import Sequence
from typing import Literal

from bridge.domain.signals.detection import detect_in, read_with
from bridge.domain.signals.folding import fold
from bridge.domain.signals.names import Signal
from bridge.domain.signals.pack import Pack
from bridge.domain.signals.reading import Reading

Reply = Literal["yes", "no"]

_LONGEST = 14  # words; more than that is a message of its own
_FORGIVEN = 2


def hear(text: str, packs: Sequence[Pack]) -> tuple[tuple[Signal, ...], Reply | None]:
    """The signals of a message, and whether it is a yes or a no: both from one reading of it.

    "No, get me a person": there the request decides, not the "no".
    """
    readings = read_with(fold(text), packs)
    signals, reply = detect_in(text, readings), _reply_in(text, readings)
    asks_for_a_person = any(signal.name == "person_request" for signal in signals)
    return signals, None if reply == "no" and asks_for_a_person else reply


def read_reply(text: str, packs: Sequence[Pack]) -> Reply | None:
    """`yes` or `no` when the message is just that, in any of the packs; else None."""
    return hear(text, packs)[1]


def _reply_in(text: str, readings: Sequence[tuple[Reading, Pack]]) -> Reply | None:
    asks = "?" in text or "\uff1f" in text or "\u061f" in text
    answers = {_answer(reading, pack, asks=asks) for reading, pack in readings} - {None}
    if answers == {"yes"}:
        return "yes"
    return "no" if answers == {"no"} else None


def _answer(reading: Reading, pack: Pack, *, asks: bool) -> Reply | Literal["unsure"] | None:
    length = len(reading.masks)
    kinds = (pack.reply.unsure, pack.reply.no, pack.reply.yes)
    if not 0 < length <= _LONGEST or not any(kind.may_match(reading) for kind in kinds):
        return None
    said: list[Reply] = []
    unread = at = 0
    while at < length:
        if pack.reply.unsure.longest_at(reading, at):
            return "unsure"
        no = pack.reply.no.longest_at(reading, at)
        yes = pack.reply.yes.longest_at(reading, at)
        if no or yes:
            said.append("no" if no >= yes else "yes")
            at += max(no, yes)
        else:
            unread += not reading.masks[at] & pack.lexicon.bit("filler")
            at += 1
        if unread and not said:
            return None  # an answer comes first
    if len(set(said)) > 1:
        return "unsure"
    return said[0] if said and unread <= (0 if asks else _FORGIVEN) else None
