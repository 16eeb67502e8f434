"""What follows when an agent writes in a handoff's thread, and when a line is edited or deleted."""

from dataclasses import replace
from datetime import datetime, timedelta

from bridge.domain.effects import Held
from bridge.domain.events import AgentDeleted, AgentEdited, AgentWrote, Outcome, OutcomeKind
from bridge.domain.model import Agent, Author, Entry, File, Line, LineState
from bridge.domain.tenant import Tenant
from bridge.domain.transitions.change import Change, Decision, Snapshot, refused
from bridge.domain.transitions.desk import begin, handoff_of, reply
from bridge.domain.transitions.handoff import renew_lease
from bridge.domain.work import kept

NOTE_MARK = "//"
SOON = timedelta(seconds=2)
"""What rests no longer than this may be on the wire before an edit of it is recorded."""
MOST_WITHDRAWN = 50
FORGOTTEN = "Nothing done: this line is too old to change. What was sent to the customer stays sent."


def wrote(snapshot: Snapshot, event: AgentWrote, tenant: Tenant, now: datetime) -> Decision:
    """Only the owner's plain lines go to the customer; notes and everybody else's stay inside."""
    change = begin(snapshot, event, tenant, now)
    if isinstance(change, Decision):
        return change
    owner = change.conv.owner
    if is_note(event.text):
        return _kept_inside(change, event, unmarked(event.text), code="note", why="")
    if owner is None or owner.id != event.agent.id:
        return _kept_inside(change, event, event.text, code="not_owner", why=_why_inside(owner))
    said, noted = _parted(event.text)
    carried, left = _deliverable(change, event.files)
    if noted or left:
        change.note(noted, author=Author.AGENT, name=event.agent.name, reason="note", files=left)
    if said or carried:
        before = change.conv.effects
        entry = reply(change, event.agent, said, carried, line=event.line)
        _remember(
            change, event.line, entry, effect=change.conv.effects if change.conv.effects > before else 0
        )
        change.audit("reply", actor=event.agent.id, reason="wrote in the thread")
    return change.done(_told(change, left) if left else None)


def edited(snapshot: Snapshot, event: AgentEdited, tenant: Tenant, now: datetime) -> Decision:
    """Of a line that was not sent yet the new words go out alone; one that was sent is corrected.

    A note stays a note, whatever it says now: nothing is sent to a customer by an edit of what was inside.
    """
    change = begin(snapshot, event, tenant, now)
    if isinstance(change, Decision):
        return change
    line = _line(change, event.line)
    if line is None:
        return refused("too_late", FORGOTTEN, change.conv)
    if line.state is LineState.INSIDE:
        text = unmarked(event.text) if is_note(event.text) else event.text.strip()
        return _noted_again(change, line, event.agent, text, "edited")
    if refused_ := _not_changeable(change, line, event.agent):
        return refused_
    said, noted = ("", unmarked(event.text)) if is_note(event.text) else _parted(event.text)
    if noted:
        change.note(noted, author=Author.AGENT, name=event.agent.name, reason="note")
    unsent = _unsent(change, line, snapshot.held)
    if not said:
        return _take_back(change, line, event.agent, unsent=unsent)
    return _say_anew(change, line, event.agent, said, unsent=unsent)


def deleted(snapshot: Snapshot, event: AgentDeleted, tenant: Tenant, now: datetime) -> Decision:
    """A line that was not sent yet is not sent; one that was is taken back where the channel can."""
    change = begin(snapshot, event, tenant, now)
    if isinstance(change, Decision):
        return change
    line = _line(change, event.line)
    if line is None:
        return refused("too_late", FORGOTTEN, change.conv)
    if line.state is LineState.INSIDE:
        return _noted_again(change, line, event.agent, "Deleted.", "deleted")
    unsent = _unsent(change, line, snapshot.held)
    return _not_changeable(change, line, event.agent) or _take_back(change, line, event.agent, unsent=unsent)


def is_note(text: str) -> bool:
    """A message that begins with the mark is a note as a whole: no other line of it is sent by accident."""
    return text.lstrip().startswith(NOTE_MARK)


def unmarked(note: str) -> str:
    return note.lstrip().removeprefix(NOTE_MARK).strip()


def _parted(text: str) -> tuple[str, str]:
    """What goes to the customer, and the lines marked as notes among it."""
    lines = text.splitlines()
    marked = [line for line in lines if is_note(line)]
    said = "\n".join(line for line in lines if line not in marked) if marked else text
    return said.strip(), "\n".join(unmarked(line) for line in marked)


def _deliverable(change: Change, files: tuple[File, ...]) -> tuple[tuple[File, ...], tuple[File, ...]]:
    """Those that the customer's side can be given, and those that it can't."""
    takes = change.tenant.traits(change.conv.channel).files
    carried = tuple(file for file in files if takes and file.url.startswith(("https://", "http://")))
    return carried, tuple(file for file in files if file not in carried)


def _told(change: Change, left: tuple[File, ...]) -> Outcome:
    names = ", ".join(file.name for file in left)
    why = f"Not delivered: {names}. Files can not be sent to this customer from here."
    return _outcome(change, "not_delivered", why)


def _kept_inside(change: Change, event: AgentWrote, text: str, *, code: str, why: str) -> Decision:
    if text or event.files:
        note = change.note(
            text, author=Author.AGENT, name=event.agent.name, reason=code, files=event.files, id=event.line
        )
        _remember(change, event.line, note, state=LineState.INSIDE)
    return change.done(_outcome(change, code, why, note=True))


def _why_inside(owner: Agent | None) -> str:
    if owner is None:
        return "Not sent: claim the conversation first. Your line stays in this thread."
    return f"Not sent: {owner.name} has this conversation. Your line stays in this thread."


def _noted_again(change: Change, line: Line, agent: Agent, text: str, what: str) -> Decision:
    change.note(text, author=Author.AGENT, name=agent.name, reason=what, about=line.seq)
    return change.done(_outcome(change, "note", "", note=True))


def _not_changeable(change: Change, line: Line, agent: Agent) -> Decision | None:
    owner = change.conv.owner
    if owner is None or owner.id != agent.id:
        has = f"{owner.name} has this conversation now" if owner else "nobody has this conversation now"
        return refused("too_late", f"Nothing done: the customer has this line, and {has}.", change.conv)
    if line.state is LineState.WITHDRAWN:
        return refused("too_late", "Nothing done: this line was taken back already.", change.conv)
    return None


def _say_anew(change: Change, line: Line, agent: Agent, said: str, *, unsent: bool) -> Decision:
    if unsent:
        _withdraw(change, line, agent)
        before = change.conv.effects
        entry = reply(change, agent, said, line=line.id)
        effect = change.conv.effects if change.conv.effects > before else 0
        _remember(change, line.id, entry, effect=effect)
        code, why = "replaced", "It had not been sent: the customer gets the new words alone."
    else:
        change.amend("correction", line.seq, said, name=agent.name, id=line.id)
        _remember_as(change, line, LineState.CORRECTED)
        renew_lease(change)
        code, why = "corrected", "The customer had it already: a correction was sent."
    change.audit("reply", actor=agent.id, reason=f"edited a line: {code}")
    return change.done(_outcome(change, code, why))


def _take_back(change: Change, line: Line, agent: Agent, *, unsent: bool) -> Decision:
    if unsent:
        _withdraw(change, line, agent)
        why = "It had not been sent, and will not be."
    elif change.tenant.traits(change.conv.channel).edits:
        change.amend("withdrawn", line.seq, "", name=agent.name, id=line.id)
        why = "It was taken back. The customer may have read it."
    else:
        why = "Nothing done: the customer has it already, and here nothing can be taken back."
        return refused("too_late", f"{why} Write what is right.", change.conv)
    _remember_as(change, line, LineState.WITHDRAWN)
    change.audit("reply", actor=agent.id, reason="deleted a line")
    return change.done(_outcome(change, "withdrawn", why))


def _unsent(change: Change, line: Line, held: tuple[Held, ...]) -> bool:
    """Known not to have been sent. In doubt it was: then a correction follows it.

    Messages leave one after another. While the first of those that wait rests, none behind it is on the wire;
    nor is itself, and unless an attempt at it was uncertain it has not arrived either.
    """
    if line.seq in handoff_of(change).undelivered:
        return True
    if line.effect not in {each.number for each in held}:
        return False
    first = held[0]
    return first.due - change.now > SOON and (first.number != line.effect or not first.uncertain)


def _withdraw(change: Change, line: Line, agent: Agent) -> None:
    words = "Taken back before it was sent."
    change.note(words, author=Author.AGENT, name=agent.name, reason="withdrawn", about=line.seq)
    undelivered = tuple(seq for seq in handoff_of(change).undelivered if seq != line.seq)
    if undelivered != handoff_of(change).undelivered:
        change.set_handoff(undelivered=undelivered)
    change.set(withdrawn=(*change.conv.withdrawn, line.seq)[-MOST_WITHDRAWN:])


def _line(change: Change, id: str) -> Line | None:
    return next((line for line in change.conv.lines if id and line.id == id), None)


def _remember(
    change: Change, id: str, entry: Entry, *, effect: int = 0, state: LineState = LineState.SENT
) -> None:
    if id:
        line = Line(id, entry.seq, effect, state)
        change.set(lines=kept(change.conv.lines, line))


def _remember_as(change: Change, line: Line, state: LineState) -> None:
    change.set(lines=kept(change.conv.lines, replace(line, state=state)))


def _outcome(change: Change, code: str, why: str, *, note: bool = False) -> Outcome:
    conv = change.conv
    return Outcome(OutcomeKind.RECORDED, seq=conv.seq, epoch=conv.epoch, code=code, why=why, note=note)
