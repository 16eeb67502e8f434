"""The only entrance to the core: which transition an event takes. Pure; time comes in as an argument."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from bridge.domain import events
from bridge.domain.tenant import Tenant
from bridge.domain.transitions import agent, answerer, choosing, clock, customer, lines, sending, transfer
from bridge.domain.transitions.change import Decision, Snapshot

Transition = Callable[[Snapshot, Any, Tenant, datetime], Decision]

TRANSITIONS: dict[type[events.Event], Transition] = {
    events.SessionOpened: customer.session_opened,
    events.CustomerWrote: customer.wrote,
    events.CartChanged: customer.cart_changed,
    events.OfferAnswered: customer.offer_answered,
    events.PersonAsked: customer.person_asked,
    events.HandedOver: customer.handed_over,
    events.CallbackChosen: choosing.chosen,
    events.TimesAsked: choosing.times_asked,
    events.CallbackCancelled: choosing.cancelled,
    events.CustomerClosed: customer.closed,
    events.AgentWroteElsewhere: customer.answered_elsewhere,
    events.AnswerArrived: answerer.arrived,
    events.ClaimPressed: agent.claim_pressed,
    events.SendSuggestedPressed: agent.send_suggested_pressed,
    events.ReleasePressed: agent.release_pressed,
    events.ReleaseExplained: agent.release_explained,
    events.TransferPressed: transfer.transfer_pressed,
    events.TakeOverPressed: transfer.take_over_pressed,
    events.SendDraftPressed: sending.send_draft_pressed,
    events.RetryPressed: sending.retry_pressed,
    events.AgentWrote: lines.wrote,
    events.AgentEdited: lines.edited,
    events.AgentDeleted: lines.deleted,
    events.CardDeleted: agent.card_deleted,
    events.TranscriptOpened: agent.transcript_opened,
    events.TimerDue: clock.timer_due,
    events.ZoneRulesChanged: clock.zone_rules_changed,
    events.DeliveryFailed: clock.delivery_failed,
}


def decide(snapshot: Snapshot, event: events.Event, tenant: Tenant, now: datetime) -> Decision:
    """What follows from `event` in the state of `snapshot`. Never raises for anything a stranger sends."""
    return TRANSITIONS[type(event)](snapshot, event, tenant, now)


__all__ = ["Decision", "Snapshot", "decide"]
