"""Kill -9 at each named crash point of `serve`, a restart, and what is true then.

    python -m tests.faults.crashes [--database sqlite|postgresql]

prints the table. Each case drives the program from outside, over HTTP, until it dies at its point; then it
starts the program again and looks. A case gives back what it saw, and fails by an assertion.
"""

import argparse
import asyncio
import signal
import sys
import tempfile
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from aiohttp import ClientError

from bridge.crash import POINTS, VARIABLE
from tests.databases import BACKENDS, postgresql, wait_for
from tests.walk.program_house import Program, Visitor

Story = Callable[[Program], Awaitable[str]]
KILLED = -signal.SIGKILL


@dataclass(frozen=True, slots=True)
class Case:
    wish: str
    """What BRIDGE_CRASH holds."""
    story: Story

    @property
    def point(self) -> str:
        return self.wish.partition(":")[0].partition("/")[0]

    @property
    def name(self) -> str:
        return self.wish.replace("/", "-").replace(":", "-")


CASES: list[Case] = []


def dies_at(wish: str) -> Callable[[Story], Story]:
    def keep(story: Story) -> Story:
        CASES.append(Case(wish, story))
        return story

    return keep


# ---- in the batch


async def _a_message_that_was_not_acknowledged(program: Program, wish: str, *, stored: bool) -> str:
    await program.serve(**{VARIABLE: wish})
    visitor, id = await program.visitor(), str(uuid.uuid4())
    await unanswered(visitor.posts("hello", id))
    await restarted(program)
    before = await visitor.reads("customer")
    assert before == (["hello"] if stored else [])
    code, _ = await visitor.posts("hello", id)
    assert code == (200 if stored else 202)
    await visitor.until_reads("You asked: hello")
    assert await visitor.reads() == ["hello", "You asked: hello"]
    was = (
        "it was stored; sent again it is known (200)"
        if stored
        else "nothing of it; sent again it is new (202)"
    )
    return f"no acknowledgement; {was}; stored once, answered once"


@dies_at("locked/CustomerWrote")
async def locked(program: Program) -> str:
    return await _a_message_that_was_not_acknowledged(program, "locked/CustomerWrote", stored=False)


@dies_at("written:2")
async def written(program: Program) -> str:
    return await _a_message_that_was_not_acknowledged(program, "written:2", stored=False)


@dies_at("committed/CustomerWrote")
async def committed(program: Program) -> str:
    return await _a_message_that_was_not_acknowledged(program, "committed/CustomerWrote", stored=True)


@dies_at("committed/ClaimPressed")
async def a_claim(program: Program) -> str:
    await program.serve(**{VARIABLE: "committed/ClaimPressed"})
    visitor = await paged(program)
    card = await program.card(NAME)
    stale = card.value("claim")
    await unanswered(program.slack.press("claim", card))
    await restarted(program)
    await visitor.until_mode("human")
    assert (await visitor.state())["agent"] == "Ana Ruiz"
    reply = await program.slack.press("claim", card, user="U2", value=stale)
    assert reply.status == 200
    await program.until(lambda: program.slack.whispered)
    assert "Ana Ruiz" in program.slack.whispered[-1].text
    await program.until(lambda: "claim" not in program.cards(NAME)[0].buttons)
    assert [t for t in await visitor.reads("system") if "Ana" in t] != []
    return "Slack got no answer; the claim stands, the card shows it, the next presser is told who has it"


# ---- between the commit and the wire


@dies_at("to-carry/SyncCard")
async def before_the_card(program: Program) -> str:
    """Scenario 1."""
    await program.serve(**{VARIABLE: "to-carry/SyncCard"})
    await paged(program)
    assert program.cards(NAME) == []
    seconds = await restarted(program)
    await program.card(NAME)
    passed = seconds()
    await settled(program)
    assert len(program.cards(NAME)) == 1
    assert passed < 10
    return f"acknowledged, not posted; posted once, {passed:.1f} s after the restart"


@dies_at("to-carry/SendToCustomer")
async def before_the_webhook(program: Program) -> str:
    await program.serve(**{VARIABLE: "to-carry/SendToCustomer"})
    assert await program.shop.write(f"{program.url}/channels/acme/api", "c1", "hello") == 202
    await restarted(program)
    await program.shop.until(lambda: bool(program.shop.texts("c1")), 30)
    await settled(program)
    assert [r.body["text"] for r in program.shop.received if r.body["type"] == "message"] == [
        "You asked: hello"
    ]
    return "the answer was recorded and not sent; sent once"


# ---- between the wire and the mark


@dies_at("carried/SyncCard")
async def after_the_card(program: Program) -> str:
    """Scenario 2."""
    await program.serve(**{VARIABLE: "carried/SyncCard"})
    visitor = await paged(program)
    await restarted(program)
    await settled(program)
    assert len(program.cards(NAME)) == 1
    await program.slack.press("claim", program.cards(NAME)[0])
    await visitor.until_mode("human")
    return "posted, its place not stored; found by its metadata: one card, and its buttons work"


@dies_at("carried/PostNote")
async def after_the_note(program: Program) -> str:
    await program.serve(**{VARIABLE: "carried/PostNote"})
    visitor = await paged(program)
    card = await program.card(NAME)
    await program.slack.press("claim", card)
    await visitor.says("are you there?")
    await restarted(program)
    await settled(program)
    shown = [m for m in program.slack.thread(card) if "are you there?" in m.words]
    assert len(shown) == 1
    return "the customer's line stood in the thread, not marked; found there: it stands there once"


@dies_at("carried/SendToCustomer")
async def after_the_webhook(program: Program) -> str:
    await program.serve(**{VARIABLE: "carried/SendToCustomer"})
    assert await program.shop.write(f"{program.url}/channels/acme/api", "c1", "hello") == 202
    await restarted(program)
    await settled(program)
    sent = [r for r in program.shop.received if r.body["type"] == "message"]
    assert len({r.id for r in sent}) == 1
    assert program.shop.texts("c1") == ["You asked: hello"]
    return f"sent {len(sent)} times under one webhook-id: the receiver has it once"


@dies_at("marking/SyncCard")
async def marking(program: Program) -> str:
    await program.serve(**{VARIABLE: "marking/SyncCard"})
    visitor = await paged(program)
    await restarted(program)
    await settled(program)
    assert len(program.cards(NAME)) == 1
    await program.slack.press("claim", program.cards(NAME)[0])
    await visitor.until_mode("human")
    return "the card's place was about to be stored; found by its metadata: one card"


@dies_at("answered/AskAnswerer")
async def answered(program: Program) -> str:
    await program.serve(**{VARIABLE: "answered/AskAnswerer"})
    visitor = await program.visitor()
    await visitor.says("hello")
    await restarted(program)
    await visitor.until_reads("You asked: hello")
    await settled(program)
    assert await visitor.reads() == ["hello", "You asked: hello"]
    asked = {r.id for r in program.ai.received}
    assert len(asked) == 1
    return f"asked {len(program.ai.received)} times under one webhook-id; the customer has one answer"


# ---- the sweeper, the alarm clock, the end


@dies_at("taken-over")
async def taken_over(program: Program) -> str:
    await program.serve(**{VARIABLE: "to-carry/SyncCard"})
    visitor = await paged(program)
    assert await program.died() == KILLED
    await program.launch(**{VARIABLE: "taken-over"})
    await restarted(program)
    await program.card(NAME)
    await settled(program)
    assert len(program.cards(NAME)) == 1
    assert (await visitor.state())["mode"] == "waiting"
    return "a dead process's effects died a second time with their heir; posted once"


@dies_at("timer-taken")
async def timer_taken(program: Program) -> str:
    program.write_tenant(pages={"repeat_after": "2s", "give_up_after": "5m"})
    await program.serve(**{VARIABLE: "timer-taken"})
    await paged(program)
    await restarted(program)

    async def again() -> bool:
        return len(await audited(program, "page")) >= 1

    await program.until(again)
    pages = await audited(program, "page")
    assert len({line.split('"seq"')[0] for line in pages}) == len(pages)
    return "the alarm was taken and had not rung; it rang after the restart, once"


@dies_at("drained")
async def drained(program: Program) -> str:
    await program.serve(**{VARIABLE: "drained"})
    program.slack.hang("chat.postMessage")
    visitor = await paged(program)
    await program.until(lambda: program.cards(NAME))
    code, _ = await program.terminate()
    assert code == KILLED
    await program.serve()
    await settled(program)
    assert len(program.cards(NAME)) == 1
    assert (await visitor.state())["mode"] == "waiting"
    return "stopping, a post without its answer; not given back, found all the same: one card"


# ---- what the stories share

NAME = "Crash Test"


async def paged(program: Program) -> Visitor:
    visitor = await program.visitor(customer={"name": NAME})
    await visitor.says("I want a refund")
    return visitor


async def unanswered(asked: Awaitable[object]) -> None:
    """The connection is lost: nobody was told anything."""
    answer: object = None
    with suppress(ClientError):
        answer = await asked
    assert answer is None, f"the dead do not answer: {answer}"


async def restarted(program: Program) -> Callable[[], float]:
    """It died as it was told; and runs again. How many seconds ago that was."""
    assert await program.died() == KILLED
    await program.serve()
    clock = asyncio.get_running_loop().time
    began = clock()
    return lambda: clock() - began


async def settled(program: Program) -> None:
    """Nothing waits in the outbox any more, and nothing was parked."""

    async def empty() -> bool:
        figures = (await program.get("/metrics", Authorization=f"Bearer {program.admin}"))[1]
        return all(f'bridge_outbox{{status="{status}"}} 0.0' in figures for status in ("pending", "dead"))

    await program.until(empty)


async def audited(program: Program, action: str) -> list[str]:
    exported = await program.run("audit", "export", "acme")
    return [line for line in exported.out.splitlines() if f'"action": "{action}"' in line]


# ---- the table


async def watch(case: Case, folder: Path, database_url: str) -> str:
    async with Program(folder, database_url) as program:
        await program.begin()
        return await case.story(program)


def table(backend: str) -> int:
    print(f"kill -9 at each crash point of `serve`, on {backend}\n")
    failed = 0
    with tempfile.TemporaryDirectory() as root, postgresql() as server:
        from bridge.store.schema import migrate

        for case in CASES:
            folder = Path(root, case.name)
            folder.mkdir()
            url = f"sqlite:///{folder / 'bridge.db'}"
            if backend == "postgresql":
                url = server.address(server.create())
            wait_for(lambda url=url: migrate(url))  # type: ignore[misc]
            try:
                seen = asyncio.run(watch(case, folder, url))
            except (AssertionError, TimeoutError) as error:
                seen, failed = f"WRONG: {type(error).__name__} {error}", failed + 1
            print(f"{case.wish:<26} {POINTS[case.point]}\n{'':<26} → {seen}", flush=True)
    print(f"\n{len(CASES)} crashes at {len({case.point for case in CASES})} points, {failed} wrong")
    return 1 if failed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.faults.crashes", description=__doc__)
    parser.add_argument("--database", choices=BACKENDS, default="postgresql")
    sys.exit(table(parser.parse_args().database))
