"""From a press to the event of the core that it stands for."""

from collections.abc import Sequence
from typing import Any

from adapters.desks.teams.incoming import Press
from adapters.target import HandoffTarget
from bridge.domain.events import (
    ClaimPressed,
    DeskEvent,
    ReleasePressed,
    RetryPressed,
    SendDraftPressed,
    SendSuggestedPressed,
    TakeOverPressed,
    TransferPressed,
)
from bridge.domain.ids import EventKey
from bridge.domain.model import Agent, ReleaseOutcome
from bridge.domain.text import cut
from bridge.ports import DeskAddress

NOTE = 1_000
REPLY = 10_000


def event_of(
    press: Press, desk: DeskAddress, target: HandoffTarget, colleagues: Sequence[Agent] = ()
) -> DeskEvent | None:
    """`colleagues`: to whom it may be passed on. None where what was chosen is nothing to choose."""
    who = press.spot.agent
    key = f"teams:{target.handoff}:{press.verb}:{who.id}:{press.spot.id}"
    common: dict[str, Any] = {
        "tenant": desk.tenant,
        "conversation": target.conversation,
        "key": EventKey(key if press.spot.id else ""),
        "handoff": target.number,
        "desk": desk.desk,
        "agent": who,
        "epoch": target.epoch,
    }
    match press.verb:
        case "claim":
            return ClaimPressed(**common)
        case "send_suggested":
            return SendSuggestedPressed(**common, text=_typed(press, "reply", REPLY))
        case "release":
            outcome = _typed(press, "outcome", 40)
            known = ReleaseOutcome(outcome) if outcome in set(ReleaseOutcome) else None
            return ReleasePressed(**common, note=_typed(press, "note", NOTE) or "", outcome=known)
        case "take_over":
            return TakeOverPressed(**common, owner=_typed(press, "owner", 400) or "")
        case "transfer":
            return _transfer(press, common, colleagues)
    seq = press.data.get("seq")
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 < seq < 2**53:
        return None
    if press.verb == "send_draft":
        return SendDraftPressed(**common, seq=seq, text=_typed(press, "reply", REPLY))
    return RetryPressed(**common, seq=seq)


def _transfer(press: Press, common: dict[str, Any], colleagues: Sequence[Agent]) -> TransferPressed | None:
    kind, _, chosen = (_typed(press, "to", 500) or "").partition("=")
    reason = _typed(press, "reason", NOTE) or ""
    if kind == "desk" and chosen:
        return TransferPressed(**common, to_desk=chosen, reason=reason)
    to = next((agent for agent in colleagues if kind == "agent" and agent.id == chosen), None)
    return TransferPressed(**common, to=to, reason=reason) if to else None


def _typed(press: Press, name: str, limit: int) -> str | None:
    """What was typed into a field; None when the press carries no such field."""
    value = press.data.get(name)
    return cut(value, limit) if isinstance(value, str) else None
