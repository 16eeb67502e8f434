"""Canonical form: conversations that ownership can not tell apart become one.

Numbers that only rise are renamed (what is current gets one fixed number), instants and words are made
the same. A mistake here would hide states, so nothing that `decide` looks at may be lost.
"""

from dataclasses import replace
from datetime import timedelta

from bridge.domain.callback import Callback, CallbackRules, Times
from bridge.domain.model import Conversation, Fired, Handoff, Offer, Suggestion, Trigger
from bridge.domain.tenant import ChannelTraits
from tests.domain.play import START, tenant
from tests.protocol.happenings import DESK, EPOCH, HANDOFF, NO_MESSAGE, QUESTION, SEQ, TURN

RULES = tenant(
    channels={"web": ChannelTraits(push=False, states=True), "api": ChannelTraits(push=True, states=False)}
)
PROMISING = replace(RULES, callbacks=CallbackRules())
"""The same with callbacks: the desk is always on call, so times are there at every hour."""
CALLBACK = 7
"""The number of the newest callback."""
SLOT = START + timedelta(hours=2)
_FIRED = (Fired(Trigger.PERSON_REQUEST, "a person", "person_request"),)
_SUGGESTION = Suggestion("Hello.")


def canonical(conversation: Conversation) -> Conversation:
    return replace(
        conversation,
        epoch=EPOCH,
        seq=SEQ,
        effects=0,
        turn=TURN,
        asked=QUESTION if conversation.asked else NO_MESSAGE,
        question="",
        topic="",
        signals=(),
        answers=0,
        offer=Offer(_FIRED, _SUGGESTION) if conversation.offer else None,
        bypass_done=False,
        cart_acted=False,
        handoff=_plain(conversation.handoff) if conversation.open_handoff else _ended(conversation),
        stretch=None,
        times=Times("support", (SLOT,), "UTC") if conversation.times else None,
        callback=_promised(conversation.promise),
    )


def _promised(promise: Callback | None) -> Callback | None:
    """Of a callback that is over only its number mattered, and numbers are renamed."""
    if promise is None:
        return None
    return Callback(
        CALLBACK,
        "support",
        SLOT,
        SLOT + timedelta(minutes=30),
        "UTC",
        f"{SLOT:%Y-%m-%dT%H:%M}",
        0,
        START,
        promise.state,
    )


def _plain(handoff: Handoff | None) -> Handoff | None:
    if handoff is None:
        return None
    return replace(
        handoff,
        number=HANDOFF,
        at=START,
        triggers=_FIRED,
        want="",
        tried="",
        suggestion=_SUGGESTION,
        pages=1,
        line_from=0,
        claimed_at=handoff.claimed_at and START,
        lease_until=handoff.lease_until and START + RULES.pages.claim_lease,
        replied_at=None,
        gave_up_at=handoff.gave_up_at and START,
        told_away="",
        lapsed_from="",
        human_since=handoff.human_since and START,
        transferred=None,
        been_at=(),
    )


def _ended(conversation: Conversation) -> Handoff | None:
    """Of an ended handoff only its number and its end matter."""
    if conversation.handoff is None:
        return None
    return Handoff(HANDOFF, DESK, START, _FIRED, "", "", ending=conversation.handoff.ending)
