"""Two replicas on one PostgreSQL, no sticky sessions, no leader: what one records, the other shows."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bridge.domain.ids import TenantId
from bridge.store import tables as t
from bridge.store.notify import NotifyFanout
from bridge.store.postgresql_line import PostgresqlLine
from bridge.store.workers import database_time
from tests.faults.scenarios.clocks import a_timer_rings_once
from tests.faults.scenarios.presses import claimed_on_both_at_once
from tests.walk.house import House, Visitor

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
ACME = TenantId("acme")
AT_ONCE = 10
"""Seconds: well below a keep-alive, with which a stream reads again without a hint."""


@pytest.fixture
async def other(house: House) -> AsyncIterator[House]:
    """The second replica; `house` is the first."""
    made = await house.second()
    yield made
    await made.stop()


def at(replica: House, visitor: Visitor) -> Visitor:
    """The same customer, whose next requests reach this replica."""
    token = visitor.headers["Authorization"].removeprefix("Bearer ")
    return Visitor(replica, token, visitor.conversation)


async def idle(*replicas: House) -> None:
    for replica in (*replicas, *replicas):  # what the first one sends out may come in at the second
        await replica.idle()


Told = tuple[str, dict[str, Any]]


@asynccontextmanager
async def stream(visitor: Visitor) -> AsyncIterator[AsyncIterator[Told]]:
    """The customer's open event stream, once all that was there before has been read."""
    headers = {**visitor.headers, "Accept": "text/event-stream"}
    last = (await visitor.events())[-1]["id"]
    url = f"{visitor.house.url}/webchat/acme/web/events?after={last}"
    async with visitor.house.http.get(url, headers=headers) as response:
        assert response.status == 200

        async def events() -> AsyncIterator[Told]:
            name = ""
            async for line in response.content:
                field, _, value = line.decode().rstrip().partition(": ")
                if field == "event":
                    name = value
                elif field == "data":
                    yield name, json.loads(value)

        yield events()


async def until_told(told: AsyncIterator[Told], name: str) -> dict[str, Any]:
    async with asyncio.timeout(AT_ONCE):
        async for kind, data in told:
            if kind == name:
                return data
    raise AssertionError("the stream ended")


async def dies(replica: House) -> None:
    """At once, as far as a part of a process can: nothing is settled, told or given back."""
    service = replica.service
    assert isinstance(service.fanout, NotifyFanout)
    loops = [task for task in (service.recorder._loop, service.fanout._line) if task]
    lanes = service.dispatcher._under_way()
    await service.alarms.stop()
    for task in (*loops, *lanes):
        task.cancel()
    await asyncio.gather(*loops, *lanes, return_exceptions=True)
    await service.database.close()
    await replica._runner.cleanup()
    await service.tenants.close()
    await service.outbound.close()


async def lease_runs_out(living: House, dead: House) -> None:
    """As if, for a minute on the database's clock, one had been silent and the other had beaten."""
    database = living.service.database
    minute_ago = database_time(database, timedelta(minutes=1))
    silent, steady = (t.worker.c.id == each.service.database.worker_id for each in (dead, living))
    async with database.writing() as connection:
        await connection.execute(update(t.worker).where(silent).values(beat_at=minute_ago))
        await connection.execute(update(t.worker).where(steady).values(since=minute_ago))


async def rows(house: House, visitor: Visitor, action: str) -> list[dict[str, Any]]:
    return [row for row in await house.audit(visitor.conversation) if row["action"] == action]


# ---- hints


async def test_a_stream_on_one_replica_shows_at_once_what_the_other_recorded(
    house: House, other: House
) -> None:
    visitor = await house.visitor()
    async with stream(visitor) as told:
        house.ai.say("We open at nine.")
        assert (await at(other, visitor).posts("When do you open?"))[0] == 202
        assert (await until_told(told, "message"))["text"] == "When do you open?"
        assert (await until_told(told, "typing"))["author"] == "assistant"
        assert (await until_told(told, "message"))["text"] == "We open at nine."
        await at(other, visitor).signals_only(person=True)
        assert (await until_told(told, "state"))["mode"] == "waiting"


async def test_a_desk_on_one_replica_is_told_of_a_handoff_on_the_other(house: House, other: House) -> None:
    visitor = await other.visitor()
    async with house.service.host.board.follow_desk(ACME, "sales") as hints:
        await visitor.signals_only(cart_value=900)
        await visitor.posts("is this tent waterproof?")
        async with asyncio.timeout(AT_ONCE):
            await anext(hints)
        await idle(house, other)
    [card] = await house.service.host.board.open_cards(ACME, "sales")
    assert card.state == "waiting"


async def test_no_commit_carries_a_notification(house: House, other: House) -> None:
    """In a writing transaction it would hold a lock of the whole database until the commit is on disk."""
    statements: list[str] = []

    def keep(record: Any) -> None:
        statements.append(record.query)

    for line in house.service.database.lines._idle:
        assert isinstance(line, PostgresqlLine)
        line._connection.add_query_logger(keep)
    visitor = await house.visitor()
    await visitor.says("let me talk to a human")
    assert any("INSERT INTO entry" in statement for statement in statements)
    assert not [s for s in statements if "notify" in s.lower()]


# ---- one truth


async def test_5_a_claim_pressed_on_both_replicas_at_once_has_one_winner(house: House, other: House) -> None:
    await claimed_on_both_at_once(house, other)


async def test_7_a_newer_message_on_the_other_replica_supersedes_the_answer_being_thought(
    house: House, other: House
) -> None:
    visitor = await house.visitor()
    gate = house.ai.hold("Too early.")
    await visitor.posts("hello")
    await house.ai.until_asked(1)
    house.ai.say("About your order: it left.")
    await at(other, visitor).posts("where is my order?")
    await other.idle()
    gate.set()
    await idle(house, other)
    assert [m["text"] for m in house.ai.asked[1]["messages"]] == ["hello", "where is my order?"]
    assert await visitor.reads() == ["hello", "where is my order?", "About your order: it left."]


async def test_1_an_answer_asked_by_one_replica_never_follows_a_claim_on_the_other(
    house: House, other: House
) -> None:
    visitor = await house.visitor()
    gate = house.ai.hold("Over the agent.")
    await visitor.posts("is it waterproof?")
    await house.ai.until_asked(1)
    await at(other, visitor).signals_only(person=True)
    await house.until(lambda: house.slack.cards())
    await other.idle()
    await other.slack.press("claim", house.slack.card(), user="U1")
    gate.set()
    await idle(house, other)
    assert "Over the agent." not in await visitor.reads()
    assert (await visitor.state())["mode"] == "human"


async def test_one_message_sent_to_both_replicas_is_one_message(house: House, other: House) -> None:
    visitor = await house.visitor()
    id = "4d1c2f0e-8f6a-4d57-9a39-0d4c7d0a3d11"
    both = [visitor, at(other, visitor)]
    answers = await asyncio.gather(*(each.posts("hello", id) for each in both * 5))
    await idle(house, other)
    assert sorted(status for status, _ in answers) == [200] * 9 + [202]
    assert (await visitor.reads()).count("hello") == 1
    assert len(house.ai.asked) == 1


# ---- timers and death


async def test_a_timer_rings_once_though_both_replicas_tick(house: House, other: House) -> None:
    await a_timer_rings_once(house, other)


async def test_what_a_dead_replica_could_not_deliver_the_other_delivers_once(house: House) -> None:
    victim = await house.second()
    house.slack.break_down("chat.postMessage")
    visitor = await victim.visitor()
    await visitor.posts("let me talk to a human")
    await house.until(lambda: not house.slack._faults["chat.postMessage"])
    await dies(victim)
    house.clock.time += timedelta(seconds=5)
    await house.service.sweep()
    await house.idle()
    assert house.slack.cards() == [], "the lease of the dead one still runs"
    await lease_runs_out(house, victim)
    await asyncio.gather(house.service.sweep(), house.service.sweep())
    await house.idle()
    assert len(house.slack.cards()) == 1
    await house.slack.press("claim", house.slack.card(), user="U1")
    await house.idle()
    assert (await at(house, visitor).state())["mode"] == "human"


async def test_a_question_that_died_with_its_replica_is_asked_again_and_answered_once(house: House) -> None:
    victim = await house.second()
    house.ai.then(house.ai.hang)
    visitor = await victim.visitor()
    await visitor.posts("when do you open?")
    await house.ai.until_asked(1)
    await dies(victim)
    await lease_runs_out(house, victim)
    house.ai.say("At nine.")
    await house.service.sweep()
    await house.idle()
    assert await at(house, visitor).reads() == ["when do you open?", "At nine."]


async def test_10_a_card_that_was_posted_as_its_replica_died_is_found_not_doubled(house: House) -> None:
    victim = await house.second()
    house.slack.hang("chat.postMessage")
    visitor = await victim.visitor()
    await visitor.posts("let me talk to a human")
    await house.until(lambda: house.slack.cards())
    await dies(victim)
    await lease_runs_out(house, victim)
    await house.service.sweep()
    await house.idle()
    assert len(house.slack.cards()) == 1


async def test_10_a_chat_closed_on_one_replica_while_the_other_posts_its_card_has_one_card(
    house: House, other: House
) -> None:
    house.slack.hang("chat.postMessage")
    visitor = await house.visitor()
    await visitor.posts("let me talk to a human")
    await house.until(lambda: house.slack.cards())
    await at(other, visitor).signals_only(close=True)
    with suppress(TimeoutError):  # either it has put its own card by then, or it waits for the other's
        async with asyncio.timeout(1):
            await other.idle()
    house.slack._ending.set()
    await idle(house, other)
    assert len(house.slack.cards()) == 1
    assert house.slack.card().buttons == []
