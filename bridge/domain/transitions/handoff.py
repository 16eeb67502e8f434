"""The steps around a handoff that several transitions share: open, claim, page again, end."""

from dataclasses import replace
from datetime import datetime, timedelta

from bridge.domain import summary
from bridge.domain.callback import Callback, CallbackState
from bridge.domain.events import TimerKind
from bridge.domain.model import (
    AWAY,
    Agent,
    Answer,
    Ending,
    Fired,
    Handoff,
    HumanStretch,
    Mode,
    ReleaseOutcome,
    Suggestion,
    ToolFailure,
    TurnRecord,
)
from bridge.domain.notices import Moment
from bridge.domain.text import cut, one_line
from bridge.domain.transitions.change import Change
from bridge.domain.transitions.times import customer_zone, offer_and_tell, rest_pages, settle
from bridge.domain.work import OUTCOMES

LOOK_AGAIN = timedelta(days=1)
"""Where nobody is known to be on call in the coming weeks, the rota is looked at again after so long."""


def open_handoff(
    change: Change,
    fired: tuple[Fired, ...],
    *,
    actor: str,
    result: Answer | ToolFailure | None = None,
    suggestion: Suggestion | None = None,
    stated_want: str = "",
    announce: bool = True,
    desk: str = "",
) -> None:
    """The notice to the customer and the page are one transaction: neither is ever alone.

    `announce` False only where a person is there already, or where the caller announces it otherwise.
    """
    first = fired[0]
    desk = desk or _staffed(change, change.tenant.routing.desk_for(first))
    change.set(
        handoff=Handoff(
            number=(change.conv.handoff.number if change.conv.handoff else 0) + 1,
            desk=desk,
            at=change.now,
            triggers=fired,
            want=summary.want(change.conv, first, stated=stated_want),
            tried=summary.tried(change.conv, fired, result),
            suggestion=suggestion or _template(change, first),
        ),
        lines=(),
        bypass_done=True,
        cart_acted=True,
    )
    reason = ", ".join(dict.fromkeys(f"{f.trigger}:{f.group}".rstrip(":") for f in fired))
    change.change_owner(Mode.WAITING, owner=f"desk:{desk}", actor=actor, action="handoff", reason=reason)
    if not announce:
        return
    change.sync_card(page=True)
    if change.tenant.rota(desk).on_call(change.now):
        change.tell("waiting")
        wait(change)
    else:
        say_away(change)


def _staffed(change: Change, desk: str) -> str:
    """The fallback desk at once where somebody is there and nobody at the desk itself."""
    fallback, now = change.tenant.pages.fallback, change.now
    if not change.tenant.pages.fallback_named or not fallback or change.tenant.rota(desk).on_call(now):
        return desk
    return fallback if change.tenant.rota(fallback).on_call(now) else desk


def assistant_helps(change: Change) -> bool:
    """Nobody is there, and the tenant lets the AI go on for what the handoff is about."""
    handoff = change.conv.open_handoff
    if change.conv.mode is not Mode.WAITING or handoff is None:
        return False
    alone = bool(handoff.told_away) or handoff.gave_up_at is not None
    return alone and handoff.triggers[0].trigger in change.tenant.pages.assistant_meanwhile


def close_turn(
    change: Change,
    decision: str,
    fired: tuple[Fired, ...] = (),
    result: Answer | ToolFailure | None = None,
) -> None:
    """Records how the open turn was decided; what comes next is a new turn."""
    conv, answer = change.conv, result if isinstance(result, Answer) else None
    change.record_turn(
        TurnRecord(
            number=conv.turn,
            decision=decision,
            at=change.now,
            seq=conv.asked or conv.seq,
            triggers=fired,
            signals=conv.signals,
            confidence=answer.known_confidence if answer else None,
            threshold=change.tenant.routing.answer_at,
            reasoning=result.reasoning if result else "",
            tool_calls=result.tool_calls if result else (),
            citations=answer.citations if answer else (),
            facts={"cart_value": conv.cart_value, "tags": list(change.customer.profile.tags)},
        )
    )
    talks_of_people = any(s.name == "person_request" for s in conv.signals)
    topic = conv.topic if talks_of_people or not conv.question else cut(conv.question, 300)
    change.set(turn=conv.turn + 1, asked=0, question="", signals=(), topic=topic)


def claim(change: Change, agent: Agent, *, reason: str) -> None:
    give(change, agent, actor=agent.id, action="claim", reason=reason)


def give(change: Change, agent: Agent, *, actor: str, action: str, reason: str, page: bool = False) -> None:
    """The conversation is this agent's from now on, whoever had it. `page` calls them."""
    handoff, lease = change.conv.handoff, change.tenant.pages.claim_lease
    assert handoff is not None
    if change.conv.asked:  # the AI was helping meanwhile
        close_turn(change, "handoff", handoff.triggers)
    given = replace(
        handoff,
        owner=agent,
        claimed_at=change.now,
        human_since=handoff.human_since or change.now,
        lease_until=change.now + lease,
        lapsed_from="",
        told_away="",
    )
    promise = change.conv.promise
    if promise is not None and promise.state is CallbackState.DUE:
        settle(change, CallbackState.KEPT, by=agent.name)
        change.audit("callback_kept", actor=actor, reason=str(promise.number))
    change.set(times=None)
    change.change_owner(Mode.HUMAN, owner=agent.id, actor=actor, action=action, reason=reason, handoff=given)
    change.tell("joined", agent=agent.name)
    change.sync_card(page=page)
    change.timer(TimerKind.LEASE, change.tenant.pages.nudge_after)


def renew_lease(change: Change) -> None:
    change.set_handoff(lease_until=change.now + change.tenant.pages.claim_lease)
    change.timer(TimerKind.LEASE, change.tenant.pages.nudge_after)


def nudge(change: Change) -> None:
    """A silent owner is called before the claim runs out."""
    handoff = change.conv.open_handoff
    assert handoff is not None
    assert handoff.lease_until is not None
    change.set_handoff(pages=handoff.pages + 1)
    change.audit("page", actor="timer:lease", reason="the owner is silent")
    change.sync_card(page=True)
    change.timer(TimerKind.LEASE, handoff.lease_until - change.now)


def lapse(change: Change) -> None:
    """A claim ran out: the desk is paged again, and the customer is told."""
    handoff = change.conv.handoff
    assert handoff is not None
    assert handoff.owner is not None
    agent = handoff.owner
    end_stretch(change, note="")
    due_again(change, handoff, agent, actor="timer:lease")
    waiting = replace(nobodys(handoff), lapsed_from=agent.name)
    change.change_owner(
        Mode.WAITING,
        owner=f"desk:{handoff.desk}",
        actor="timer:lease",
        action="lapse",
        reason="the claim ran out",
        handoff=waiting,
    )
    change.tell("lapsed", agent=agent.name)
    change.sync_card(page=True)
    wait_or_say(change)


def due_again(change: Change, handoff: Handoff, agent: Agent, *, actor: str) -> None:
    """A callback is not kept by taking it: who did, and left without a word, has not."""
    callback = _kept_without_a_word(change, handoff, agent)
    if callback is not None:
        change.set_callback(replace(callback, state=CallbackState.DUE, settled_at=None, by=""))
        change.audit("callback_due", actor=actor, reason=f"{callback.number}: {agent.name} was silent")


def kept_by_the_next(change: Change, handoff: Handoff, agent: Agent, to: Agent) -> None:
    """What was taken and passed on without a word is the next one's to keep."""
    callback = _kept_without_a_word(change, handoff, agent)
    if callback is not None:
        change.set_callback(replace(callback, settled_at=change.now, by=to.name))


def _kept_without_a_word(change: Change, handoff: Handoff, agent: Agent) -> Callback | None:
    callback, until = change.conv.callback, handoff.lease_until
    if callback is None or callback.state is not CallbackState.KEPT or callback.by != agent.name:
        return None
    taken_at = callback.settled_at or change.now
    last_word = until - change.tenant.pages.claim_lease if until else change.now
    spoke = last_word > taken_at or (handoff.replied_at is not None and handoff.replied_at >= taken_at)
    return None if spoke else callback


def nobodys(handoff: Handoff) -> Handoff:
    """Waiting again, and the line called from its beginning."""
    return replace(
        handoff,
        owner=None,
        human_since=None,
        lease_until=None,
        pages=handoff.pages + 1,
        line_from=handoff.pages,
        gave_up_at=None,
        told_away="",
    )


def page_again(change: Change, *, actor: str) -> None:
    """Calls the desk once more, and again after a while until somebody claims or the limit is reached.

    Where everybody went home meanwhile nobody is called: the customer is told instead.
    """
    handoff = change.conv.open_handoff
    assert handoff is not None
    called_anew = handoff.gave_up_at is not None or bool(handoff.told_away)
    if not change.tenant.rota(handoff.desk).on_call(change.now) and not _due(change):
        change.set_handoff(gave_up_at=None)
        say_away(change)
        return
    change.set_handoff(pages=handoff.pages + 1, gave_up_at=None, told_away="")
    if called_anew:
        change.show_state()
    change.audit("page", actor=actor, reason=f"page {handoff.pages + 1}")
    change.sync_card(page=True)
    if called_anew:
        wait(change)
    else:
        change.timer(TimerKind.REPEAT_PAGE, change.tenant.pages.repeat_after)


def call_for_promise(change: Change) -> None:
    """At the time of a callback: the desk's line is called from its beginning, whatever was before."""
    handoff = change.conv.open_handoff
    assert handoff is not None
    change.set_handoff(
        pages=handoff.pages + 1, line_from=handoff.pages, gave_up_at=None, told_away="", lapsed_from=""
    )
    change.audit("page", actor="timer:callback", reason=f"page {handoff.pages + 1}")
    change.show_state()
    change.sync_card(page=True)
    _call(change)


def give_up(change: Change, *, actor: str, reason: str) -> None:
    """The customer is told that nobody has come, and offered times. The request stays open."""
    handoff = change.set_handoff(gave_up_at=change.now)
    rest_pages(change)
    change.tell("gave_up")
    change.audit("gave_up", actor=actor, reason=reason)
    offer_and_tell(change, handoff.desk)
    change.sync_card()


def say_away(change: Change) -> None:
    """Nobody is on call: the truth at once, when somebody is back, and times. Said anew only when changed."""
    handoff = change.conv.open_handoff
    assert handoff is not None
    start = change.tenant.rota(handoff.desk).next_start(change.now)
    told = start.isoformat() if start else AWAY
    if handoff.told_away != told:
        change.set_handoff(told_away=told)
        change.tell("waiting_off_duty", start=Moment(start, customer_zone(change).key) if start else "")
        offer_and_tell(change, handoff.desk)
    wait(change)


def fall_back(change: Change) -> None:
    """Nobody of the desk has come: another desk is called, where somebody is there."""
    handoff, pages = change.conv.open_handoff, change.tenant.pages
    assert handoff is not None
    if change.tenant.rota(pages.fallback).on_call(change.now):
        move_to_desk(
            change,
            pages.fallback,
            actor="timer:fallback",
            reason=f"nobody at {handoff.desk} came",
            give_up_after=pages.give_up_after - pages.fallback_after,
        )


def move_to_desk(
    change: Change,
    desk: str,
    *,
    reason: str,
    actor: str = "dispatcher",
    give_up_after: timedelta | None = None,
) -> None:
    """A waiting handoff is called out at another desk, whose line is called from its beginning."""
    handoff = change.conv.open_handoff
    told = handoff.gave_up_at if handoff else None
    call_out_at(change, desk, actor=actor, action="moved", reason=reason, gave_up_at=told)
    wait_or_say(change)
    if give_up_after is not None:
        change.timer(TimerKind.GIVE_UP, give_up_after)


def call_out_at(
    change: Change,
    desk: str,
    *,
    actor: str,
    action: str,
    reason: str,
    gave_up_at: datetime | None = None,
) -> None:
    """The card where it stood says where it went. What the customer is told is the caller's."""
    handoff = change.conv.open_handoff
    assert handoff is not None
    left = handoff.desk
    before = tuple(each for each in handoff.been_at if each not in (desk, left))
    passed = handoff.transferred
    moved = replace(
        nobodys(handoff),
        desk=desk,
        been_at=(*before, left),
        gave_up_at=gave_up_at,
        transferred=passed if passed and passed.to_desk == desk else None,
    )
    change.change_owner(
        Mode.WAITING, owner=f"desk:{desk}", actor=actor, action=action, reason=reason, handoff=moved
    )
    change.sync_card(page=True)
    change.sync_card(desk=left)


def end_handoff(
    change: Change,
    ending: Ending,
    *,
    by: str,
    ended_by: str,
    reason: str,
    outcome: ReleaseOutcome | None = None,
) -> None:
    """Ends the open handoff: back to the AI, or closed by the customer."""
    handoff = change.conv.open_handoff
    assert handoff is not None
    mode, owner = {
        Ending.RELEASED: (Mode.ASSISTANT, "assistant"),
        Ending.CLOSED: (Mode.CLOSED, "nobody"),
    }[ending]
    ended = replace(handoff, ending=ending, ended_at=change.now, ended_by=ended_by, outcome=outcome)
    change.change_owner(mode, owner=owner, actor=by, action=str(ending), reason=reason, handoff=ended)
    words = f", {OUTCOMES[outcome].lower()}" if outcome else ""
    change.customer = replace(change.customer, last_ending=f"{ending} by {ended_by}{words}")
    change.sync_card()


def end_stretch(change: Change, *, note: str) -> None:
    """Remembers the human stretch that is ending, for the AI. Call while the owner still stands."""
    handoff = change.conv.handoff
    since = handoff and (handoff.human_since or handoff.claimed_at)
    if change.conv.mode is Mode.HUMAN and handoff and handoff.owner and since:
        change.set(stretch=HumanStretch(handoff.owner.name, since, change.now, note))


def wait(change: Change) -> None:
    """The next pages: now where somebody is on call, else from the next shift on."""
    handoff, pages = change.conv.open_handoff, change.tenant.pages
    assert handoff is not None
    rota = change.tenant.rota(handoff.desk)
    if rota.on_call(change.now):
        _call(change)
        return
    rest_pages(change)
    start = rota.next_start(change.now)
    until_then = start - change.now if start else LOOK_AGAIN
    change.timer(TimerKind.REPEAT_PAGE, until_then)
    if start:
        change.timer(TimerKind.GIVE_UP, until_then + pages.give_up_after)


def wait_or_say(change: Change) -> None:
    handoff = change.conv.open_handoff
    assert handoff is not None
    if change.tenant.rota(handoff.desk).on_call(change.now):
        wait(change)
    else:
        say_away(change)


def _call(change: Change) -> None:
    handoff, pages = change.conv.open_handoff, change.tenant.pages
    assert handoff is not None
    change.timer(TimerKind.REPEAT_PAGE, pages.repeat_after)
    change.timer(TimerKind.GIVE_UP, pages.give_up_after)
    elsewhere = pages.fallback not in ("", handoff.desk) and pages.fallback_after < pages.give_up_after
    change.timer(TimerKind.FALLBACK, pages.fallback_after if elsewhere else None)


def _due(change: Change) -> bool:
    promise = change.conv.promise
    return promise is not None and promise.state is CallbackState.DUE


def _template(change: Change, first: Fired) -> Suggestion:
    profile, conv = change.customer.profile, change.conv
    name = one_line(profile.name)
    word = name.split(" ")[0]
    words = change.tenant.voice.suggestion(
        first.trigger,
        first.group,
        conv.language,
        customer=name,
        first_name=word if word[:1].isalpha() else "",  # "Hi 👩‍👧," greets nobody
        question=cut(one_line(conv.question or conv.topic), 200),
        company=change.tenant.name,
    )
    return Suggestion(words)
