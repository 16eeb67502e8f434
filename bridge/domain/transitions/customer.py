"""What follows when the customer writes, presses, leaves, or is answered by another route."""

from dataclasses import replace
from datetime import datetime

from bridge.domain import policy
from bridge.domain.events import (
    AgentWroteElsewhere,
    CartChanged,
    CustomerClosed,
    CustomerEvent,
    CustomerWrote,
    HandedOver,
    OfferAnswered,
    Outcome,
    OutcomeKind,
    PersonAsked,
    SessionOpened,
)
from bridge.domain.model import (
    Agent,
    Author,
    Conversation,
    Customer,
    Ending,
    Entry,
    Fired,
    Mode,
    Profile,
    Trigger,
)
from bridge.domain.tenant import Tenant
from bridge.domain.transitions.change import UNKNOWN, Change, Decision, Snapshot, joined, refused
from bridge.domain.transitions.choosing import act, read_message
from bridge.domain.transitions.handoff import (
    assistant_helps,
    claim,
    close_turn,
    end_handoff,
    end_stretch,
    open_handoff,
    page_again,
    renew_lease,
)
from bridge.domain.transitions.keeping import after_close
from bridge.domain.work import with_names

CUSTOMER = "customer"


def session_opened(snapshot: Snapshot, event: SessionOpened, tenant: Tenant, now: datetime) -> Decision:
    change = _begin(snapshot, event, tenant, now)
    if change is None:
        return UNKNOWN
    if snapshot.conversation is None:
        change.show_state()
    return change.done()


def wrote(snapshot: Snapshot, event: CustomerWrote, tenant: Tenant, now: datetime) -> Decision:
    change = _begin(snapshot, event, tenant, now)
    if change is None:
        return UNKNOWN
    _reopen(change)
    entry = change.hear(
        event.text, name=change.customer.profile.name, at=event.at, id=event.id, files=event.files
    )
    recorded = Outcome(OutcomeKind.RECORDED, seq=entry.seq, epoch=change.conv.epoch)
    if event.cart_value is not None:
        _value_cart(change, event.cart_value)
    meaning = read_message(change, event.text, event.reply)
    if meaning is not None:
        if change.conv.open_handoff:
            change.post_note(entry)
        act(change, meaning, snapshot.taken)
        return change.done(recorded)
    if change.conv.mode is not Mode.ASSISTANT:
        change.post_note(entry)
        if assistant_helps(change):
            _ask_meanwhile(change, entry, event)
        else:
            _call_again(change)
        return change.done(recorded)

    _ask_next(change, entry, event)
    conv = change.conv
    fired = _rules(change, event.text)
    if fired:
        _hand_off(change, fired)
    elif conv.offer is not None and event.reply is not None:
        change.set(question="")  # "yes please" is not what the customer wants to know
        _accept(change) if event.reply == "yes" else _decline(change)
    else:
        if conv.offer is not None:
            change.set(offer=None)
            change.show_state()
        change.ask()
    return change.done(recorded)


def _ask_next(change: Change, entry: Entry, event: CustomerWrote) -> None:
    """The message belongs to the open turn."""
    conv = change.conv
    known = {signal.name for signal in conv.signals}
    change.set(
        asked=entry.seq,
        question=joined([conv.question, with_names(event.text, event.files)]),
        signals=conv.signals + tuple(s for s in event.signals if s.name not in known),
        language=event.language or conv.language,
    )


def _ask_meanwhile(change: Change, entry: Entry, event: CustomerWrote) -> None:
    """While nobody is there the AI goes on answering; what needs a person waits for one."""
    _ask_next(change, entry, event)
    if _rules(change, event.text):
        close_turn(change, "handoff", _rules(change, event.text))
    else:
        change.ask()


def cart_changed(snapshot: Snapshot, event: CartChanged, tenant: Tenant, now: datetime) -> Decision:
    """Acts with the next message, or at once where the assistant has already answered."""
    change = _begin(snapshot, event, tenant, now)
    if change is None:
        return UNKNOWN
    _value_cart(change, event.value)
    if change.conv.mode is Mode.ASSISTANT and change.conv.answers > 0:
        fired = tuple(f for f in _rules(change, "") if f.trigger is Trigger.BUYING_INTENT)
        if fired:
            _hand_off(change, fired)
    return change.done()


def offer_answered(snapshot: Snapshot, event: OfferAnswered, tenant: Tenant, now: datetime) -> Decision:
    change = _begin(snapshot, event, tenant, now)
    if change is None:
        return UNKNOWN
    if change.conv.offer is None:
        return refused("no_offer", "Nothing is on offer.", change.conv)
    if event.accepted:
        _accept(change)
    else:
        _decline(change)
    return change.done()


def person_asked(snapshot: Snapshot, event: PersonAsked, tenant: Tenant, now: datetime) -> Decision:
    """The visible way to a person. Works whatever the routing says: the customer asked."""
    change = _begin(snapshot, event, tenant, now)
    if change is None:
        return UNKNOWN
    _reopen(change)
    if change.conv.mode is Mode.ASSISTANT:
        _hand_off(change, (Fired(Trigger.PERSON_REQUEST, "pressed “talk to a person”", "button"),))
    else:
        _call_again(change)
    return change.done()


def handed_over(snapshot: Snapshot, event: HandedOver, tenant: Tenant, now: datetime) -> Decision:
    """Another bot's conversation comes to a person whatever the routing says; the desk sees what was said."""
    change = _begin(snapshot, event, tenant, now)
    if change is None:
        return UNKNOWN
    _reopen(change)
    if change.conv.mode is Mode.ASSISTANT:
        fired = (Fired(Trigger.ASSISTANT_REQUEST, event.reason, "bot"),)
        open_handoff(change, fired, actor=CUSTOMER, stated_want=event.want)
        close_turn(change, "handoff", fired)
    else:
        _call_again(change)
    if event.transcript and change.conv.open_handoff:
        before = change.note(event.transcript, author=Author.SYSTEM, name="Before the handoff", reason="")
        change.post_note(before)
    return change.done()


def closed(snapshot: Snapshot, event: CustomerClosed, tenant: Tenant, now: datetime) -> Decision:
    change = _begin(snapshot, event, tenant, now)
    if change is None:
        return UNKNOWN
    if change.conv.mode is Mode.CLOSED:
        return change.done()
    if change.conv.asked:
        close_turn(change, "closed")
    after_close(change)
    if change.conv.promise is None:
        change.set(times=None)
    if change.conv.open_handoff:
        end_stretch(change, note="")
        end_handoff(change, Ending.CLOSED, by=CUSTOMER, ended_by="the customer", reason="closed the chat")
    else:
        change.change_owner(
            Mode.CLOSED, owner="nobody", actor=CUSTOMER, action="closed", reason="closed the chat"
        )
    return change.done()


def answered_elsewhere(
    snapshot: Snapshot, event: AgentWroteElsewhere, tenant: Tenant, now: datetime
) -> Decision:
    """Any human message takes ownership, by whatever route it went; it is not sent a second time."""
    change = _begin(snapshot, event, tenant, now)
    if change is None:
        return UNKNOWN
    _reopen(change)
    _own(change, event.agent)
    entry = change.say(Author.AGENT, event.text, name=event.agent.name, deliver=False)
    change.post_note(entry)
    handoff = change.conv.handoff
    change.set_handoff(replied_at=(handoff and handoff.replied_at) or change.now)
    renew_lease(change)
    return change.done(Outcome(OutcomeKind.RECORDED, seq=entry.seq, epoch=change.conv.epoch))


def _own(change: Change, agent: Agent) -> None:
    reason = "answered the customer by another route"
    if change.conv.mode is Mode.ASSISTANT:
        if change.conv.asked:
            close_turn(change, "handoff", (Fired(Trigger.TAKEN_OVER, reason),))
        open_handoff(
            change,
            (Fired(Trigger.TAKEN_OVER, agent.name),),
            actor=agent.id,
            announce=False,
        )
    owner = change.conv.owner
    if owner is None or owner.id != agent.id:
        end_stretch(change, note="")
        claim(change, agent, reason=reason)


def _rules(change: Change, text: str) -> tuple[Fired, ...]:
    conv = change.conv
    return policy.before_the_answer(
        change.tenant.routing,
        text=text,
        signals=conv.signals,
        profile=change.customer.profile,
        bypass_done=conv.bypass_done,
        cart_value=None if conv.cart_acted else conv.cart_value,
    )


def _hand_off(change: Change, fired: tuple[Fired, ...]) -> None:
    open_handoff(change, fired, actor=CUSTOMER)
    close_turn(change, "handoff", fired)


def _accept(change: Change) -> None:
    offer = change.conv.offer
    assert offer is not None
    open_handoff(
        change,
        offer.triggers,
        actor=CUSTOMER,
        suggestion=offer.suggestion,
        stated_want=offer.want,
    )
    close_turn(change, "handoff", offer.triggers)


def _decline(change: Change) -> None:
    change.set(offer=None)
    change.tell("clarify", author=Author.ASSISTANT)
    change.show_state()
    close_turn(change, "clarify")


def _call_again(change: Change) -> None:
    """Somebody who was told that nobody has come, and is still here, is worth another page."""
    handoff = change.conv.open_handoff
    promised = change.conv.promise is not None
    if change.conv.mode is Mode.WAITING and handoff and handoff.gave_up_at is not None and not promised:
        page_again(change, actor=CUSTOMER)


def _value_cart(change: Change, value: float) -> None:
    if value != change.conv.cart_value:
        change.set(cart_value=value, cart_acted=False)


def _reopen(change: Change) -> None:
    if change.conv.mode is Mode.CLOSED:
        change.set(bypass_done=False)
        change.customer = _come_again(change.customer, change.now)
        change.change_owner(
            Mode.ASSISTANT,
            owner="assistant",
            actor=CUSTOMER,
            action="reopened",
            reason="wrote again after the chat was closed",
        )


def _begin(snapshot: Snapshot, event: CustomerEvent, tenant: Tenant, now: datetime) -> Change | None:
    """The conversation and customer, made new where the event may open one; None where it may not."""
    conversation, customer, opening = snapshot.conversation, snapshot.customer, event.opening
    if conversation is not None and customer is not None:
        change = Change(conversation, customer, tenant, now)
    elif opening is None:
        return None
    else:
        known = customer or Customer(opening.customer)
        change = Change(
            Conversation(
                tenant=event.tenant,
                id=event.conversation,
                channel=opening.channel,
                external=opening.external,
                customer=known.id,
                opened_at=now,
                language=tenant.languages[0],
            ),
            known,
            tenant,
            now,
        )
        change.customer = _come_again(known, now) if customer else replace(known, began_at=now)
    if opening and opening.profile:
        _learn(change, opening.profile)
    return change


def _learn(change: Change, told: Profile) -> None:
    """Takes over what the channel says of the customer: claims stay claims, signed facts replace them."""
    known = change.customer.profile
    if known.verified and not told.verified:
        return
    merged = replace(
        known,
        name=told.name or known.name,
        email=told.email or known.email,
        language=told.language or known.language,
        timezone=told.timezone or known.timezone,
    )
    if told.verified:
        value = told.lifetime_value
        merged = replace(
            merged,
            verified=True,
            phone=told.phone or known.phone,
            tags=told.tags or known.tags,
            lifetime_value=known.lifetime_value if value is None else value,
            account=told.account or known.account,
        )
        if _standing(merged) != _standing(known):
            change.set(bypass_done=False)
    if merged != known:
        change.customer = replace(change.customer, profile=merged)
    language = change.tenant.language(merged.language)
    if language and change.conv.asked == 0:
        change.set(language=language)


def _come_again(customer: Customer, now: datetime) -> Customer:
    return replace(
        customer,
        conversations=customer.conversations + 1,
        last_at=customer.began_at,
        began_at=now,
    )


def _standing(profile: Profile) -> tuple[object, ...]:
    return profile.tags, profile.lifetime_value, profile.account
