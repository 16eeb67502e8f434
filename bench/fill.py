"""Fills a bridge's database with other conversations, as many as asked for, by SQL alone.

A few conversations are played through the bridge itself first; every further one is a copy of one of
them under ids of its own. So rows have the real shapes and sizes, indices the real spread, and what is
sealed stays sealed: it is bound to its row, so nobody can open the copies, and nobody reads them. What
is measured afterwards are new, genuine conversations among them.

Not copied: `unanchored` (a stream is anchored within a minute), anchors, the outbox (it is empty), and
what is no conversation's.
"""

import time

import asyncpg  # type: ignore[import-untyped]

from bench import scene
from bench.load.agents import claimed_card, press
from bench.load.customers import CustomerMessage
from bench.load.wire import Line
from bench.load.workload import accepted, make
from bench.load.world import World
from bench.meters.postgres import Server
from bench.stage import say
from bench.subjects.subject import Subject
from bridge.store import tables

TURNS = 5
"""Of a copied conversation: ten messages."""
ANSWERED, HANDED_OFF = 18, 2
"""Conversations that are played: so many without a person, so many with one who came and went."""
AT_ONCE = 500
"""Copies of each that one statement makes."""
COPIED = ("customer", "conversation", "entry", "turn", "handoff", "card", "inbox", "audit")
_OWN = ("conversation_id", "customer_id", "stream", "key_hash")
"""Columns whose text names something of this conversation alone, or is unique: 32 hexadecimal digits."""


async def fill(subject: Subject, world: World, conversations: int) -> None:
    """Up to so many conversations in the subject's database. The subject must be running."""
    assert subject.server is not None
    await _play(subject, world)
    await world.quiet(0.5)
    await _copy(subject.server, subject.database, conversations)


async def _play(subject: Subject, world: World) -> None:
    talk = CustomerMessage(world, turns=TURNS)
    await talk.prepare(subject, 1)
    line = await Line.open(subject.port)
    for _ in range(ANSWERED * TURNS):
        await talk.act(line, 0)
    for customer, card in await make(HANDED_OFF, lambda: claimed_card(world, subject, subject.tenants)):
        await world.quiet()
        told = world.expect(f"system:c{customer}")
        accepted(await line.ask(press("release", card, scene.AGENTS[0])), 200)
        await told
    line.close()


async def _copy(server: Server, database: str, conversations: int) -> None:
    connection = await asyncpg.connect(server.address(database))
    try:
        await connection.execute("SET synchronous_commit = off")
        for name in COPIED:
            await connection.execute(f"CREATE TEMP TABLE played_{name} AS SELECT * FROM {name}")
        played = await connection.fetchval("SELECT count(*) FROM played_conversation")
        copies, began, told = conversations // played, time.monotonic(), time.monotonic()
        for first in range(0, copies, AT_ONCE):
            last = min(first + AT_ONCE, copies) - 1
            for name in COPIED:
                await connection.execute(_copies(name), first, last)
            if time.monotonic() - told > 10:
                told = time.monotonic()
                say(f"filled {(last + 1) * played:,} conversations in {told - began:.0f} s")
        await connection.execute("VACUUM (ANALYZE, PARALLEL 0)")
        entries = await connection.fetchval("SELECT count(*) FROM entry")
        say(
            f"filled {copies * played:,} conversations, {entries:,} entries: {time.monotonic() - began:.0f} s"
        )
    finally:
        await connection.close()


def _copies(name: str) -> str:
    """Copies numbers $1 to $2 of all that was played into one table."""
    columns = tables.metadata.tables[name].c
    chosen = ", ".join(_of_the_copy(name, column.name) for column in columns)
    names = ", ".join(column.name for column in columns)
    return (
        f"INSERT INTO {name} ({names}) SELECT {chosen} "
        f"FROM played_{name}, generate_series($1::int, $2::int) AS copy"
    )


def _of_the_copy(table: str, column: str) -> str:
    if column in _OWN or (column == "id" and table in ("customer", "conversation")):
        return f"md5({column} || copy)"
    if column == "link_hash":
        return "sha256(link_hash || convert_to(copy::text, 'UTF8'))"
    if column == "thread":
        return "thread || copy"
    return column
