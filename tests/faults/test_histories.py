"""A few hundred random histories on the real service; `python -m tests.faults.history` plays one again."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.history import histories
from tests.faults.invariants import INVARIANTS, violations

BLOCK = 12
"""Histories on one database."""
BLOCKS = [("postgresql", n) for n in range(18)] + [("sqlite", n) for n in range(4)]


@pytest.mark.parametrize(("database_url", "block"), BLOCKS, indirect=["database_url"])
async def test_what_never_happens_does_not_happen(
    tmp_path: Path, database_url: str, block: int, record_property: Callable[[str, object], None]
) -> None:
    found: list[str] = []
    played = events = crashes = 0
    async for history in histories(tmp_path, database_url, f"test{block}", BLOCK):
        played, events, crashes = played + 1, events + history.events, crashes + history.crashes
        found += violations(history)
    record_property("histories", (played, events, crashes, len(INVARIANTS)))
    assert found == []
    assert played == BLOCK
