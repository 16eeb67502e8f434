"""Wherever it dies: what was acknowledged is there after a restart, once; what was not can be sent again."""

from pathlib import Path

import pytest

from bridge import crash
from tests.databases import BACKENDS
from tests.faults.crashes import CASES, Case, watch

ON_BOTH = {"written:2", "carried/SyncCard"}
"""Where the two databases differ in what a crash leaves behind, and in who may take it over."""
RUNS = [(case, db) for case in CASES for db in BACKENDS if db == "postgresql" or case.wish in ON_BOTH]


@pytest.mark.parametrize(
    ("case", "database_url"),
    RUNS,
    ids=[f"{case.name}-{db}" for case, db in RUNS],
    indirect=["database_url"],
)
async def test_kill_9_at(case: Case, tmp_path: Path, database_url: str) -> None:
    await watch(case, tmp_path, database_url)


def test_every_point_has_its_case() -> None:
    assert {case.point for case in CASES} == set(crash.POINTS)


def test_a_point_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="with a point of: locked"):
        crash.arm("nowhere")


def test_the_nth_time_with_the_right_detail_counts() -> None:
    died: list[str] = []
    crash.arm("carried/int:2", died.append)
    try:
        crash.at("committed", [1])
        crash.at("carried", ["no number"])
        crash.at("carried", [1])
        assert died == []
        crash.at("carried", ["", 1])
        assert died == ["carried"]
    finally:
        crash.arm("")
    assert crash.armed is None
