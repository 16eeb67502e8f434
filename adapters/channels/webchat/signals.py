"""What the customer's side says without words: typing, a cart, a button."""

from collections.abc import Mapping
from typing import Any, Literal

from adapters.channels.webchat.gate import Visit
from adapters.http import field_instant, field_number, problem
from bridge.domain.events import (
    CallbackCancelled,
    CallbackChosen,
    CartChanged,
    CustomerClosed,
    CustomerEvent,
    OfferAnswered,
    PersonAsked,
    TimesAsked,
)

Signal = CustomerEvent | Literal["typing"]


def read_signal(visit: Visit, body: Mapping[str, Any]) -> Signal:
    """The one thing that was signalled. 400 for anything unknown or blank, 409 for what isn't offered."""
    if len(body) != 1:
        raise problem(400, "bad_signal", "Send exactly one signal at a time.")
    tenant, conversation = visit.tenant, visit.conversation
    match next(iter(body.items())):
        case ("typing", True):
            return "typing"
        case ("person", True):
            return PersonAsked(tenant=tenant, conversation=conversation)
        case ("close", True):
            return CustomerClosed(tenant=tenant, conversation=conversation)
        case ("offer", "accept" | "decline" as answer):
            return OfferAnswered(tenant=tenant, conversation=conversation, accepted=answer == "accept")
        case ("cart_value", _):
            return CartChanged(tenant=tenant, conversation=conversation, value=_number(body))
        case ("callback", "times"):
            return TimesAsked(tenant=tenant, conversation=conversation)
        case ("callback", "cancel"):
            return CallbackCancelled(tenant=tenant, conversation=conversation)
        case ("callback", _):
            slot = field_instant(body, "callback")
            return CallbackChosen(tenant=tenant, conversation=conversation, slot=slot)
    raise problem(400, "bad_signal", "This signal is not known, or its value is not.")


def _number(body: Mapping[str, Any]) -> float:
    value = field_number(body, "cart_value")
    assert value is not None  # required
    return value
