"""What never happens: CONTRACT 9.1 to 9.6 and the seven invariants of a bridge, checked on what was seen.

Each looks at one finished history and gives back what is wrong with it, in words. They share no code with the
product.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

from tests.faults.seen import History, Said, Talk, marks

Invariant = Callable[[History], Iterator[str]]
INVARIANTS: dict[str, Invariant] = {}
OWNS = ("claim",)
LEAVES = ("released", "lapse", "closed", "moved", "handoff", "reopened")


def invariant(name: str) -> Callable[[Invariant], Invariant]:
    def keep(check: Invariant) -> Invariant:
        INVARIANTS[name] = check
        return check

    return keep


def violations(history: History) -> list[str]:
    found = [f"{name}: {why}" for name, check in INVARIANTS.items() for why in check(history)]
    return [f"seed {history.seed}: {each}" for each in found]


# ---- CONTRACT 9.1, I4: one voice at a time


@invariant("9.1 one answer")
def one_answer(history: History) -> Iterator[str]:
    """Between two answers of the AI the customer has written; and no answer comes twice."""
    for talk in history.talks:
        for seen in (talk.stored, talk.arrived):
            answers = [
                m for said in seen if said.author == "assistant" for m in marks(said.text) if m[0] == "a"
            ]
            yield from (f"{mark} came {n} times" for mark, n in Counter(answers).items() if n > 1)
        since = True
        for said in talk.stored:
            if said.author == "customer":
                since = True
            elif said.author == "assistant" and _answers(said):
                if not since:
                    yield f"{talk.id} has two answers to one message, at {said.seq}"
                since = False


@invariant("9.1/I4 silence after a claim")
def silence(history: History) -> Iterator[str]:
    """From the claim until the hand-back the AI says nothing: in the books, and on the wire."""
    for talk in history.talks:
        for seen, where in ((talk.stored, "stored"), (talk.arrived, "on the wire")):
            mode = "assistant"
            for said in seen:
                mode = said.mode or mode
                if mode == "human" and said.author == "assistant":
                    yield f"{talk.id}: the AI spoke over a person at {said.seq}, {where}"


# ---- CONTRACT 9.2, I2: nobody waits unheard


@invariant("9.2 told")
def told(history: History) -> Iterator[str]:
    """Each handoff shows to the customer: a state, and words."""
    for talk in history.talks:
        for row in talk.audit:
            if row["action"] not in ("handoff", "lapse"):
                continue
            after = [said for said in talk.stored if said.seq >= row["seq"] - 4]
            if not any(said.mode in ("waiting", "human") for said in after):
                yield f"{talk.id}: no state says that {row['action']} {row['n']} was made"
            if not any(said.author == "system" for said in after):
                yield f"{talk.id}: nobody told the customer of {row['action']} {row['n']}"


@invariant("9.2/I2 paged")
def paged(history: History) -> Iterator[str]:
    """Each handoff has its card at the tenant's desk, once."""
    for talk in history.talks:
        opened = sum(row["action"] == "handoff" for row in talk.audit)
        known = Counter(card.handoff for card in talk.cards)
        yield from (
            f"{talk.id}: no card for handoff {n}" for n in range(1, opened + 1) if not known[f"{talk.id}.{n}"]
        )
        yield from (f"{handoff} has {n} cards" for handoff, n in known.items() if n > 1)


# ---- CONTRACT 9.3: no empty promise


@invariant("9.3 promises")
def promises(history: History) -> Iterator[str]:
    """A person who is announced was paged, a callback that is shown as booked is in the books."""
    for talk in history.talks:
        actions = {row["action"] for row in talk.audit}
        if any(said.mode == "waiting" for said in talk.stored) and not actions & {
            "handoff",
            "lapse",
            "moved",
        }:
            yield f"{talk.id}: a person is promised, nobody was paged"
        if any(said.booked for said in talk.stored) and not any("callback" in action for action in actions):
            yield f"{talk.id}: a callback is promised, none is recorded"


# ---- CONTRACT 9.4: who, why, from, to


@invariant("9.4 audited")
def audited(history: History) -> Iterator[str]:
    """Each change of owner has its row, and each row begins where the last one ended."""
    for talk in history.talks:
        for before, after in pairwise(talk.audit):
            if before["after"] != after["before"]:
                yield f"{talk.id}: row {after['n']} begins with {after['before']}, not {before['after']}"
        yield from (
            f"{talk.id}: row {r['n']} lacks who or why"
            for r in talk.audit
            if not (r["actor"] and r["reason"])
        )
        changes = [row for row in talk.audit if row["before"] != row["after"]]
        shown = [b for a, b in pairwise(["assistant", *(s.mode for s in talk.stored if s.mode)]) if a != b]
        if len(shown) > len(changes):
            yield f"{talk.id}: {len(shown)} changes of mode were shown, {len(changes)} of owner are audited"


# ---- CONTRACT 9.5, I1: what is acknowledged is there


@invariant("9.5/I1 acknowledged")
def acknowledged(history: History) -> Iterator[str]:
    for talk in history.talks:
        stored = Counter(m for said in talk.stored if said.author == "customer" for m in marks(said.text))
        for sent in talk.sent:
            times = stored[sent.mark]
            if times > 1 or (sent.acknowledged and not times):
                yield f"{sent.mark} was answered with {sent.statuses} and is stored {times} times"
            bad = [s for s in sent.statuses if s not in (None, 200, 202, 503)]
            if bad:
                yield f"{sent.mark} was answered with {bad}"


@invariant("9.5 no 5xx for what was sent")
def no_errors(history: History) -> Iterator[str]:
    for what, status in history.statuses:
        if status is None or status == 503:
            continue
        if status >= 500 or (what.startswith("bad") and not 400 <= status < 500):
            yield f"{what} was answered with {status}"


# ---- CONTRACT 9.6, I5: tenants


@invariant("9.6/I5 tenants apart")
def apart(history: History) -> Iterator[str]:
    yield from history.strays


# ---- I3: order


@invariant("I3 order")
def order(history: History) -> Iterator[str]:
    """At each side, the order of the commits."""
    for talk in history.talks:
        stored, arrived = [s.seq for s in talk.stored], [s.number for s in talk.arrived]
        for numbers, where in ((stored, "stored"), (arrived, "on the wire")):
            yield from (f"{talk.id}: {b} after {a}, {where}" for a, b in pairwise(numbers) if a >= b)
        place = {m: said.seq for said in talk.stored for m in marks(said.text)}
        for card in talk.cards:
            lines = [place[m] for line in card.lines for m in marks(line)[-1:] if m in place and m[0] == "m"]
            if lines != sorted(lines):
                yield f"{talk.id}: in the thread {lines}"


@invariant("nothing doubled")
def nothing_doubled(history: History) -> Iterator[str]:
    for talk in history.talks:
        for card in talk.cards:
            lines = Counter(m for line in card.lines for m in marks(line)[-1:] if m[0] == "m")
            yield from (f"{mark} stands {n} times in the thread" for mark, n in lines.items() if n > 1)
        for seen in (talk.stored, talk.arrived):
            given = Counter(m for said in seen if said.author == "agent" for m in marks(said.text))
            yield from (f"{mark} was said {n} times" for mark, n in given.items() if n > 1)


@invariant("inside stays inside")
def inside(history: History) -> Iterator[str]:
    for talk in history.talks:
        heard = {m for said in (*talk.stored, *talk.arrived) for m in marks(said.text)}
        yield from (f"{mark} was for the desk alone" for mark in talk.noted if mark in heard)


# ---- I6, I7: the books, the claim


@invariant("I6 chain")
def chain(history: History) -> Iterator[str]:
    yield from history.broken_chain


@invariant("I7 one claimer")
def one_claimer(history: History) -> Iterator[str]:
    """Nobody claims what somebody has."""
    for talk in history.talks:
        owner = ""
        for row in talk.audit:
            if row["action"] == "claim" and owner:
                yield f"{talk.id}: {row['actor']} claimed at {row['n']} what {owner} had"
            if row["before"] != row["after"]:
                owner = row["after"] if row["action"] == "claim" else ""
        epochs = Counter(row["epoch"] for row in talk.audit if row["before"] != row["after"])
        yield from (f"{talk.id}: epoch {epoch} began {n} times" for epoch, n in epochs.items() if n > 1)


# ---- what is begun is brought to an end


@invariant("nothing lost")
def nothing_lost(history: History) -> Iterator[str]:
    """When all is well again nothing waits, and what was stored has arrived."""
    yield from (f"still waiting: {each}" for each in history.waiting)
    yield from (f"parked without a reason: {each}" for each in history.parked)
    if history.hung:
        yield f"it did not come to an end: {history.hung}"
    for talk in history.talks:
        if talk.kind == "api":
            arrived = {said.seq for said in talk.arrived if said.kind == "message"}
            due = [s.seq for s in talk.stored if s.kind == "message" and s.author != "customer"]
            missing = [seq for seq in due if seq not in arrived]
            withheld = [row for row in talk.audit if row["action"] == "undeliverable"]
            if len(missing) > len(withheld):
                yield f"{talk.id}: {missing} never arrived at the shop"


@invariant("a true card")
def true_card(history: History) -> Iterator[str]:
    """In the end the newest card shows what is the case."""
    for talk in history.talks:
        mode = _mode(talk)
        for card in talk.cards:
            newest = card.handoff == max(
                (c.handoff for c in talk.cards), key=lambda h: int(h.rpartition(".")[2])
            )
            open_to_claim = "claim" in card.buttons
            if open_to_claim != (newest and mode == "waiting"):
                yield f"{card.handoff} shows {card.buttons} while the customer is told {mode}"


def _answers(said: Said) -> bool:
    return any(mark[0] == "a" for mark in marks(said.text))


def _mode(talk: Talk) -> str:
    return next((said.mode for said in reversed(talk.stored) if said.mode), "assistant")
