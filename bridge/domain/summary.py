"""The two lines an agent reads first, made without any AI: the wish, and what was tried and why it fired."""

from collections.abc import Sequence

from bridge.domain.model import Answer, Conversation, Fired, ToolFailure, Trigger
from bridge.domain.text import cut, one_line, quote

SMALL_TALK = 4
"""Words around a request for a person that say nothing else: can I …, … please."""
LINE = 96
"""Characters that fit one line of a card on a laptop's screen."""

_WHY = {
    (Trigger.PERSON_REQUEST, "frustration"): "sounds frustrated",
    (Trigger.PERSON_REQUEST, ""): "asked for a person",
    (Trigger.CUSTOMER, ""): "goes straight to a person",
    (Trigger.TOOL_FAILURE, ""): "could not answer",
    (Trigger.ASSISTANT_REQUEST, ""): "asked for a person itself",
    (Trigger.BUYING_INTENT, ""): "wants to buy",
    (Trigger.CONFIDENCE, ""): "unsure",
    (Trigger.CALLBACK, ""): "the promised callback is due",
    (Trigger.TAKEN_OVER, ""): "a colleague answered by another route",
}
_QUOTED = {Trigger.PERSON_REQUEST, Trigger.POLICY}
"""Triggers whose evidence is the customer's own words."""


def want(conversation: Conversation, fired: Fired, *, stated: str = "") -> str:
    """Line 1: what the customer wants; the AI's words when it gave any, else the customer's own."""
    if stated := one_line(stated):
        return cut(stated, LINE)
    asked, topic = one_line(conversation.question), one_line(conversation.topic)
    if fired.trigger is Trigger.PERSON_REQUEST and topic and _only_asks(asked, fired):
        return f"About {quote(topic, LINE - 6)}"
    if asked or topic:
        return quote(asked or topic, LINE)
    if fired.trigger is Trigger.BUYING_INTENT:
        return cut(f"Has not written yet; {fired.evidence}", LINE)
    return "Has not written yet"


def tried(
    conversation: Conversation, fired: Sequence[Fired], result: Answer | ToolFailure | None = None
) -> str:
    """Line 2: what the AI did in this conversation, and why it was escalated."""
    return cut(f"{_done(conversation, fired[0], result)}; {_why(fired[0])}", LINE)


def _only_asks(asked: str, fired: Fired) -> bool:
    """Whether the message is the request for a person and hardly a word more."""
    words = len(asked.split()) - len(fired.evidence.split())
    return fired.group == "button" or words <= SMALL_TALK


def _done(conversation: Conversation, fired: Fired, result: Answer | ToolFailure | None) -> str:
    count = conversation.answers
    answered = "" if count == 0 else f"Assistant answered {count}×"
    if fired.trigger is Trigger.TOOL_FAILURE or isinstance(result, ToolFailure):
        return answered or "Assistant tried"
    if result is not None or fired.trigger is Trigger.CONFIDENCE:
        return f"{answered}, then drafted" if answered else "Assistant drafted an answer"
    return answered or "Assistant not asked"


def _why(fired: Fired) -> str:
    if fired.trigger is Trigger.POLICY:
        label = f"{fired.group} goes to a person"
    else:
        label = _WHY.get((fired.trigger, fired.group)) or _WHY[fired.trigger, ""]
    evidence = one_line(fired.evidence)
    if not evidence:
        return label
    theirs = fired.trigger in _QUOTED and fired.group != "button"
    return f"{label}: {quote(evidence, 44) if theirs else evidence}"
