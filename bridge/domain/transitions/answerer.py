"""What follows when the AI has answered, failed, or answered too late."""

from datetime import datetime

from bridge.domain import policy
from bridge.domain.events import AnswerArrived, Outcome, OutcomeKind
from bridge.domain.model import (
    Answer,
    Author,
    Fired,
    Mode,
    Offer,
    Suggestion,
    ToolFailure,
    Trigger,
)
from bridge.domain.tenant import Tenant
from bridge.domain.transitions.change import UNKNOWN, Change, Decision, Snapshot
from bridge.domain.transitions.handoff import assistant_helps, close_turn, open_handoff

ASSISTANT = "assistant"
WORTH_SHOWING = 0.3
"""Below it an answer is no help to an agent either, and the template is suggested."""


def arrived(snapshot: Snapshot, event: AnswerArrived, tenant: Tenant, now: datetime) -> Decision:
    if snapshot.conversation is None or snapshot.customer is None:
        return UNKNOWN
    change = Change(snapshot.conversation, snapshot.customer, tenant, now)
    if not _in_time(change, event):
        return _too_late(change, event)
    result = event.result
    fired = policy.after_the_answer(tenant.routing, result)
    if isinstance(result, ToolFailure) and not fired:
        fired = (Fired(Trigger.CONFIDENCE, result.why, "no_answer"),)
    if not fired and isinstance(result, Answer):
        _answer(change, result)
    elif change.conv.mode is Mode.WAITING:
        _leave_it_to_a_person(change, fired, result)
    elif fired[0].trigger is Trigger.CONFIDENCE:
        _offer(change, fired, result)
    else:
        _hand_off(change, fired, result)
    return change.done()


def _in_time(change: Change, event: AnswerArrived) -> bool:
    """Nobody else owns the conversation, and nothing was written since the AI was asked."""
    conv = change.conv
    return (
        (conv.mode is Mode.ASSISTANT or assistant_helps(change))
        and conv.epoch == event.epoch
        and conv.turn == event.turn
        and conv.asked == event.upto
    )


def _too_late(change: Change, event: AnswerArrived) -> Decision:
    """Kept, never sent: as a suggestion for the desk when a person has it, else in the transcript."""
    text = event.result.text if isinstance(event.result, Answer) else event.result.withheld
    superseded = change.conv.mode is Mode.ASSISTANT
    reason = "a newer message came first" if superseded else "a person was called first"
    entry = change.draft(text, reason)
    if entry and change.conv.open_handoff and not superseded:
        change.post_note(entry)
    return change.done(Outcome(OutcomeKind.IGNORED, epoch=change.conv.epoch, code="late"))


def _answer(change: Change, answer: Answer) -> None:
    change.set(answers=change.conv.answers + 1)
    change.say(Author.ASSISTANT, answer.text, name=change.tenant.name, citations=answer.citations)
    close_turn(change, "answer", (), answer)


def _leave_it_to_a_person(change: Change, fired: tuple[Fired, ...], result: Answer | ToolFailure) -> None:
    """While the customer waits an unsure answer is not sent and nothing is offered: a person was asked."""
    text = result.text if isinstance(result, Answer) else result.withheld
    if entry := change.draft(text, f"{fired[0].trigger}: {fired[0].evidence}"):
        change.post_note(entry)
    close_turn(change, "handoff", fired, result)


def _offer(change: Change, fired: tuple[Fired, ...], result: Answer | ToolFailure) -> None:
    """The answer is not sent; the customer chooses."""
    _withhold(change, result, fired[0])
    stated = result.intent.want if isinstance(result, Answer) and result.intent else ""
    change.set(offer=Offer(fired, _suggestion(result), stated))
    change.tell("offer", author=Author.ASSISTANT)
    change.show_state()
    question = change.conv.question
    close_turn(change, "offer", fired, result)
    change.set(topic=change.conv.topic or question)


def _hand_off(change: Change, fired: tuple[Fired, ...], result: Answer | ToolFailure) -> None:
    _withhold(change, result, fired[0])
    stated = ""
    if isinstance(result, Answer):
        wish, intent = result.handoff, result.intent
        stated = (wish.summary if wish else "") or (intent.want if intent else "")
    failed = fired[0].trigger is Trigger.TOOL_FAILURE
    open_handoff(
        change,
        fired,
        actor=ASSISTANT,
        result=result,
        suggestion=None if failed else _suggestion(result),
        stated_want=stated,
    )
    close_turn(change, "handoff", fired, result)


def _withhold(change: Change, result: Answer | ToolFailure, first: Fired) -> None:
    text = result.text if isinstance(result, Answer) else result.withheld
    change.draft(text, f"{first.trigger}: {first.evidence}")


def _suggestion(result: Answer | ToolFailure) -> Suggestion | None:
    """The AI's own draft for the agent, marked with its confidence; after a tool failure there is none."""
    if isinstance(result, ToolFailure):
        return None
    confidence = result.known_confidence
    if not result.suggestion and confidence is not None and confidence < WORTH_SHOWING:
        return None
    text = (result.suggestion or result.text).strip()
    return Suggestion(text, confidence, "assistant") if text else None
