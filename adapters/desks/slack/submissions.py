"""From a sent-off window to an event of the core; what is wrong with it is said in the window."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.desks.slack.incoming import Submission
from adapters.desks.slack.members import Members
from adapters.desks.slack.people import NOT_A_PERSON, People
from adapters.desks.slack.places import Places, Target, read_target
from adapters.desks.slack.windows import STALE
from bridge.domain.events import (
    DeskEvent,
    Outcome,
    OutcomeKind,
    ReleaseExplained,
    SendDraftPressed,
    SendSuggestedPressed,
    TakeOverPressed,
    TransferPressed,
)
from bridge.domain.ids import EventKey
from bridge.domain.model import Agent, ReleaseOutcome
from bridge.ports import DeliveryError, DeskAddress, Found, Host

NOT_HERE = "Nothing done: this card does not belong to a desk in this channel."
NO_PERSON_THERE = "That is an app or a closed account: nobody would answer the customer."
ONE_OF_BOTH = "Choose a colleague or a desk, one of both."

Errors = Mapping[str, str]
"""What is wrong, by the field that it concerns, "" for the whole; empty when nothing is."""


class Submissions:
    def __init__(self, host: Host, people: People, members: Members, places: Places) -> None:
        self._host = host
        self._people = people
        self._members = members
        self._places = places

    def desks(self, sent: Submission) -> Sequence[DeskAddress]:
        """Those in whose channel the window was opened."""
        target = read_target(sent.metadata)
        return self._places.desks(sent.team, target.channel) if target else ()

    async def sent_off(self, sent: Submission) -> Errors:
        """Raises Unavailable."""
        target = read_target(sent.metadata)
        place = await self._places.find(sent.team, target.channel, target.handoff) if target else None
        if target is None or place is None:
            return {"": NOT_HERE}
        desk, found = place
        if not await self._people.is_person(desk.settings, sent.user):
            return {"": NOT_A_PERSON}
        if sent.callback == "transfer" and (wrong := await self._wrong_recipient(desk, sent)):
            return wrong
        agent = await self._people.agent(desk.settings, sent.user, sent.user_name)
        to = await self._recipient(desk, sent)
        outcome = await self._host.inbound.receive(_event(sent, target, found, agent, to))
        return {} if outcome.done else {"": why_nothing(outcome)}

    async def _wrong_recipient(self, desk: DeskAddress, sent: Submission) -> Errors:
        to, other = sent.values.get("to", ""), sent.values.get("desk", "")
        if bool(to) == bool(other):
            return {"reason": ONE_OF_BOTH}
        if to and not await self._people.is_person(desk.settings, to):
            return {"to": NO_PERSON_THERE}
        try:
            here = not to or await self._members.includes(desk.settings, to)
        except DeliveryError:
            return {}
        return {} if here else {"to": "They are not in this channel and would not see it."}

    async def _recipient(self, desk: DeskAddress, sent: Submission) -> Agent | None:
        user = sent.values.get("to", "")
        return await self._people.agent(desk.settings, user) if user else None


def why_nothing(outcome: Outcome) -> str:
    """What to tell the person whose press did nothing; empty when it did what it says."""
    if outcome.done:
        return ""
    return outcome.why or (NOT_HERE if outcome.kind is OutcomeKind.UNKNOWN else STALE)


def _event(sent: Submission, target: Target, found: Found, agent: Agent, to: Agent | None) -> DeskEvent:
    # A corrected form is a new event; the same one, sent again by Slack, is not.
    digest = hashlib.sha256(repr(sorted(sent.values.items())).encode()).hexdigest()[:16]
    values = sent.values
    pressed: dict[str, Any] = {
        "tenant": found.tenant,
        "conversation": found.conversation,
        "key": EventKey(f"slack:view:{sent.view}:{digest}"),
        "handoff": found.handoff,
        "agent": agent,
    }
    current = {**pressed, "epoch": target.epoch}
    match sent.callback:
        case "transfer":
            desk, reason = values.get("desk", ""), values.get("reason", "")
            return TransferPressed(**current, to=to, to_desk=desk, reason=reason)
        case "take_over":
            return TakeOverPressed(**current, owner=target.owner)
        case "released":
            told = values.get("outcome", "")
            outcome = ReleaseOutcome(told) if told in [*ReleaseOutcome] else None
            return ReleaseExplained(**pressed, outcome=outcome, note=values.get("note", ""))
        case "edit_draft":
            return SendDraftPressed(**current, seq=target.seq, text=values.get("reply", ""))
        case _:
            return SendSuggestedPressed(**current, text=values.get("reply", ""))
