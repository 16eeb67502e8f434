"""Statements and commits of one database, counted in PostgreSQL's own log.

Only for a server of our own: for as long as it counts, every statement of every database is logged, so
nothing is timed meanwhile. A commit is a transaction that wrote; what only reads commits nothing.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bench.meters.postgres import Server

_BEGINS = re.compile(
    r"^(?P<pid>\d+) (?P<database>\S*) LOG:  duration: \S+ ms  (?:statement|execute [^:]*): ?(?P<text>.*)$"
)
_LINE = re.compile(r"^\d+ \S* [A-Z]+:  ")
_WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
_LOCKS = re.compile(r"\bFOR (NO KEY )?UPDATE\b", re.IGNORECASE)


@dataclass
class Tally:
    statements: int = 0
    """Everything that was executed, BEGIN and COMMIT included."""
    commits: int = 0
    reads: int = 0
    """Statements outside any transaction that wrote nothing."""


@asynccontextmanager
async def counting(server: Server, database: str) -> AsyncIterator[Tally]:
    """The tally is filled when the block ends."""
    assert server.log is not None, "statements are counted on an own server only"
    await _log(server, "0")
    began = server.log.stat().st_size
    tally = Tally()
    yield tally
    await _log(server, "-1")
    with server.log.open("rb") as log:
        log.seek(began)
        count(log.read().decode("utf-8", "replace"), database, tally)


async def _log(server: Server, least: str) -> None:
    await server.run("ALTER SYSTEM SET log_line_prefix = '%p %d '")
    await server.run(f"ALTER SYSTEM SET log_min_duration_statement = {least}")
    await server.run("SELECT pg_reload_conf()")


def count(log: str, database: str, tally: Tally) -> None:
    writing: dict[str, bool] = {}
    """Connections inside a transaction, and whether it has written."""
    for pid, text in executed(log, database):
        tally.statements += 1
        first = text.split(None, 1)[0].upper().rstrip(";") if text.strip() else ""
        writes = bool(_WRITES.search(_LOCKS.sub("", text)))
        if first in ("BEGIN", "START"):
            writing[pid] = False
        elif first in ("COMMIT", "END", "ROLLBACK"):
            tally.commits += int(writing.pop(pid, False) and first != "ROLLBACK")
        elif pid in writing:
            writing[pid] |= writes
        elif writes:
            tally.commits += 1
        else:
            tally.reads += 1


def executed(log: str, database: str) -> list[tuple[str, str]]:
    """Connection and whole text of what one database executed, in order."""
    found: list[tuple[str, str]] = []
    open_entry = False
    for line in log.splitlines():
        begins = _BEGINS.match(line)
        if begins:
            open_entry = begins["database"] == database
            if open_entry:
                found.append((begins["pid"], begins["text"]))
        elif _LINE.match(line):
            open_entry = False
        elif open_entry:
            pid, text = found[-1]
            found[-1] = (pid, f"{text}\n{line}")
    return found
