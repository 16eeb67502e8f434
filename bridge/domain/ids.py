"""Opaque names. Each is a string outside this module; only here is it known how one is built."""

from typing import NewType

TenantId = NewType("TenantId", str)
CustomerId = NewType("CustomerId", str)
ConversationId = NewType("ConversationId", str)
"""32 lower-case hexadecimal characters (a UUID)."""
HandoffId = NewType("HandoffId", str)
"""A conversation's handoffs are numbered from 1: `<conversation>.<number>`."""
EventKey = NewType("EventKey", str)
"""What makes two deliveries of one event the same event; empty = the event needs no such key."""
EffectKey = NewType("EffectKey", str)
"""Stable over every attempt at one effect: `<conversation>.<n>`."""


def handoff_id(conversation: ConversationId, number: int) -> HandoffId:
    return HandoffId(f"{conversation}.{number}")


def split_handoff_id(handoff: str) -> tuple[ConversationId, int] | None:
    """The conversation and the handoff's number, or None for what is not a handoff's id."""
    conversation, _, number = handoff.partition(".")
    well_formed = len(conversation) == 32 and set(conversation) <= set("0123456789abcdef")
    if not well_formed or not (number.isascii() and number.isdigit() and len(number) <= 9):
        return None
    return ConversationId(conversation), int(number)


def effect_key(conversation: ConversationId, number: int) -> EffectKey:
    return EffectKey(f"{conversation}.{number}")
