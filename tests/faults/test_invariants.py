"""The checker can fail: for every invariant a history that breaks it is told from the clean one."""

from collections.abc import Callable

import pytest

from tests.faults.invariants import INVARIANTS, violations
from tests.faults.seen import Card, History, Said, Sent, Talk

ID = "a" * 32


def row(
    n: int, action: str, before: str, after: str, epoch: int, actor: str = "slack:U1"
) -> dict[str, object]:
    kept = {"n": n, "action": action, "before": before, "after": after, "epoch": epoch, "actor": actor}
    return {**kept, "reason": "pressed", "seq": 4}


def clean() -> History:
    """A question and its answer, a handoff, a claim, a line of the agent, and back."""
    mark = "m-acme-1-0-{}".format
    stored = [
        Said(1, "message", "customer", f"{mark(1)} hello"),
        Said(2, "message", "assistant", "a-acme-1-0-1 hello"),
        Said(3, "message", "customer", f"{mark(2)} a person, please"),
        Said(4, "state", mode="waiting"),
        Said(5, "message", "system", "one moment"),
        Said(6, "message", "customer", f"{mark(3)} thanks"),
        Said(7, "state", mode="human", agent="Ana"),
        Said(8, "message", "system", "Ana has joined"),
        Said(9, "message", "agent", "g-acme-1-0-4 hello"),
    ]
    arrived = [s for s in stored if s.author != "customer"]
    for number, said in enumerate(arrived, 1):
        said.number = number
    talk = Talk("acme", "api", "1-0", ID, stored=stored, arrived=list(arrived), noted=["n-acme-1-0-9"])
    talk.sent = [Sent(mark(n), str(n), "", [None, 202]) for n in (1, 2, 3)]
    talk.audit = [
        row(1, "handoff", "assistant", "desk:support", 1, "customer"),
        row(2, "claim", "desk:support", "slack:U1", 2),
        row(3, "reply", "slack:U1", "slack:U1", 2),
    ]
    talk.cards = [Card(f"{ID}.1", "C1", ["release"], [f"Customer:\n{mark(3)} thanks"])]
    return History("doctored", [talk], statuses=[("claim", 200), ("bad input", 400)])


def answers_twice(h: History) -> None:
    h.talks[0].stored.insert(2, Said(3, "message", "assistant", "a-acme-1-0-7 and again"))


def speaks_over_a_person(h: History) -> None:
    h.talks[0].arrived.append(Said(0, "message", "assistant", "a-acme-1-0-3 me too", number=99))


def tells_nobody(h: History) -> None:
    h.talks[0].stored = [s for s in h.talks[0].stored if s.author != "system"]


def posts_a_second_card(h: History) -> None:
    h.talks[0].cards *= 2


def promises_what_is_not_booked(h: History) -> None:
    h.talks[0].stored[3].booked = "2026-11-27T10:00+01:00"


def forgets_who_had_it(h: History) -> None:
    del h.talks[0].audit[0]
    h.talks[0].audit[0]["before"] = "assistant"  # type: ignore[index]
    h.talks[0].audit[0]["reason"] = ""  # type: ignore[index]


def loses_what_it_acknowledged(h: History) -> None:
    h.talks[0].sent.append(Sent("m-acme-1-0-5", "5", "", [202]))


def answers_500(h: History) -> None:
    h.statuses.append(("claim", 500))


def mixes_tenants(h: History) -> None:
    h.strays = ["m-globex-1-0-1 was seen at acme"]


def overtakes(h: History) -> None:
    h.talks[0].arrived[0], h.talks[0].arrived[1] = h.talks[0].arrived[1], h.talks[0].arrived[0]


def says_it_twice(h: History) -> None:
    h.talks[0].cards[0].thread *= 2


def tells_what_is_inside(h: History) -> None:
    h.talks[0].stored[-1].text += " n-acme-1-0-9"


def breaks_the_chain(h: History) -> None:
    h.broken_chain = ["acme: row 3 is not as it was written"]


def lets_two_claim(h: History) -> None:
    h.talks[0].audit[2] = row(3, "claim", "slack:U1", "slack:U2", 3, "slack:U2")


def never_sends_it(h: History) -> None:
    h.talks[0].arrived.pop()


def shows_a_stale_card(h: History) -> None:
    h.talks[0].cards[0].buttons = ["claim"]


DOCTORED: dict[str, Callable[[History], None]] = {
    "9.1 one answer": answers_twice,
    "9.1/I4 silence after a claim": speaks_over_a_person,
    "9.2 told": tells_nobody,
    "9.2/I2 paged": posts_a_second_card,
    "9.3 promises": promises_what_is_not_booked,
    "9.4 audited": forgets_who_had_it,
    "9.5/I1 acknowledged": loses_what_it_acknowledged,
    "9.5 no 5xx for what was sent": answers_500,
    "9.6/I5 tenants apart": mixes_tenants,
    "I3 order": overtakes,
    "nothing doubled": says_it_twice,
    "inside stays inside": tells_what_is_inside,
    "I6 chain": breaks_the_chain,
    "I7 one claimer": lets_two_claim,
    "nothing lost": never_sends_it,
    "a true card": shows_a_stale_card,
}


def test_a_clean_history_is_clean() -> None:
    assert violations(clean()) == []


def test_every_invariant_can_be_broken() -> None:
    assert set(DOCTORED) == set(INVARIANTS)


@pytest.mark.parametrize("name", DOCTORED)
def test_what_breaks_it_is_found(name: str) -> None:
    history = clean()
    DOCTORED[name](history)
    assert [found for found in violations(history) if f": {name}: " in found]
