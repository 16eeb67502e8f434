"""The steps around a handoff that several transitions share: open, claim, page again, end."""

from dataclasses import replace
from datetime import datetime, timedelta

from bridge.domain import summary
from bridge.domain.events import TimerKind
from bridge.domain.model import (
    Agent,
    Answer,
    Ending,
    Fired,
    Handoff,
    HumanStretch,
    Mode,
    Suggestion,
    ToolFailure,
    TurnRecord,
)
from bridge.domain.text import cut, one_line
from bridge.domain.transitions.change import Change


def open_handoff(
    change: Change,
    fired: tuple[Fired, ...],
    *,
    actor: str,
    result: Answer | ToolFailure | None = None,
    suggestion: Suggestion | None = None,
    stated_want: str = "",
    announce: bool = True,
) -> None:
    """The notice to the customer and the page are one transaction: neither is ever alone.

    `announce` False only where a person is there already, so that nobody need be waited for.
    """
    first = fired[0]
    desk = change.tenant.routing.desk_for(first)
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
        bypass_done=True,
        cart_acted=True,
    )
    reason = ", ".join(dict.fromkeys(f"{f.trigger}:{f.group}".rstrip(":") for f in fired))
    change.change_owner(Mode.WAITING, owner=f"desk:{desk}", actor=actor, action="handoff", reason=reason)
    if not announce:
        return
    rota = change.tenant.rota(desk)
    start = rota.next_start(change.now)
    if rota.on_call(change.now):
        change.tell("waiting")
    else:
        zoned = start.astimezone(rota.zone) if start else None
        change.tell("waiting_off_duty", start=f"{zoned:%A %H:%M (%Z)}" if zoned else "")
    change.sync_card(page=True)
    _wait(change, start)


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
    handoff, lease = change.conv.handoff, change.tenant.pages.claim_lease
    assert handoff is not None
    claimed = replace(
        handoff,
        owner=agent,
        claimed_at=change.now,
        lease_until=change.now + lease,
        lapsed_from="",
    )
    change.change_owner(
        Mode.HUMAN, owner=agent.id, actor=agent.id, action="claim", reason=reason, handoff=claimed
    )
    change.tell("joined", agent=agent.name)
    change.sync_card()
    change.timer(TimerKind.LEASE, lease)


def renew_lease(change: Change) -> None:
    lease = change.tenant.pages.claim_lease
    change.set_handoff(lease_until=change.now + lease)
    change.timer(TimerKind.LEASE, lease)


def lapse(change: Change) -> None:
    """A claim ran out: the desk is paged again, and the customer is told."""
    handoff = change.conv.handoff
    assert handoff is not None
    assert handoff.owner is not None
    agent = handoff.owner
    end_stretch(change, note="")
    waiting = replace(
        handoff,
        owner=None,
        lease_until=None,
        lapsed_from=agent.name,
        pages=handoff.pages + 1,
        gave_up_at=None,
    )
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
    _wait(change, change.tenant.rota(handoff.desk).next_start(change.now))


def page_again(change: Change, *, actor: str) -> None:
    """Calls the desk once more, and again after a while until somebody claims or the limit is reached."""
    handoff = change.conv.open_handoff
    assert handoff is not None
    called_anew = handoff.gave_up_at is not None
    change.set_handoff(pages=handoff.pages + 1, gave_up_at=None)
    change.audit("page", actor=actor, reason=f"page {handoff.pages + 1}")
    change.sync_card(page=True)
    start = change.tenant.rota(handoff.desk).next_start(change.now)
    if called_anew:
        _wait(change, start)
    else:
        change.timer(TimerKind.REPEAT_PAGE, change.tenant.pages.repeat_after)


def give_up(change: Change, *, actor: str, reason: str) -> None:
    """The customer is told that nobody has come. The request stays open."""
    change.set_handoff(gave_up_at=change.now)
    change.timer(TimerKind.REPEAT_PAGE, None)
    change.timer(TimerKind.GIVE_UP, None)
    change.tell("gave_up")
    change.audit("gave_up", actor=actor, reason=reason)
    change.sync_card()


def move_to_desk(change: Change, desk: str, *, reason: str) -> None:
    """A waiting handoff is called out at another desk."""
    handoff = change.conv.open_handoff
    assert handoff is not None
    moved = replace(handoff, desk=desk, pages=handoff.pages + 1)
    change.change_owner(
        Mode.WAITING,
        owner=f"desk:{desk}",
        actor="dispatcher",
        action="moved",
        reason=reason,
        handoff=moved,
    )
    change.sync_card(page=True)
    _wait(change, change.tenant.rota(desk).next_start(change.now))


def end_handoff(change: Change, ending: Ending, *, by: str, ended_by: str, reason: str) -> None:
    """Ends the open handoff: back to the AI, or closed by the customer."""
    handoff = change.conv.open_handoff
    assert handoff is not None
    mode, owner = {
        Ending.RELEASED: (Mode.ASSISTANT, "assistant"),
        Ending.CLOSED: (Mode.CLOSED, "nobody"),
    }[ending]
    ended = replace(handoff, ending=ending, ended_at=change.now, ended_by=ended_by)
    change.change_owner(mode, owner=owner, actor=by, action=str(ending), reason=reason, handoff=ended)
    change.customer = replace(change.customer, last_ending=f"{ending} by {ended_by}")
    change.sync_card()


def end_stretch(change: Change, *, note: str) -> None:
    """Remembers the human stretch that is ending, for the AI. Call while the owner still stands."""
    handoff = change.conv.handoff
    if change.conv.mode is Mode.HUMAN and handoff and handoff.owner and handoff.claimed_at:
        change.set(stretch=HumanStretch(handoff.owner.name, handoff.claimed_at, change.now, note))


def _wait(change: Change, start: datetime | None) -> None:
    """Pages go on from the next shift's `start` where nobody is on call now."""
    pages = change.tenant.pages
    until_then = start - change.now if start else timedelta(0)
    change.timer(TimerKind.REPEAT_PAGE, until_then or pages.repeat_after)
    change.timer(TimerKind.GIVE_UP, until_then + pages.give_up_after)


def _template(change: Change, first: Fired) -> Suggestion:
    profile, conv = change.customer.profile, change.conv
    name = one_line(profile.name)
    words = change.tenant.voice.suggestion(
        first.trigger,
        first.group,
        conv.language,
        customer=name,
        first_name=name.split(" ")[0],
        question=cut(one_line(conv.question or conv.topic), 200),
        company=change.tenant.name,
    )
    return Suggestion(words)
