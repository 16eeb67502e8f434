"""The measurement itself, with tiny sizes: it runs, counts what it should, and says what it saw."""

import asyncio
import json
from dataclasses import replace

from bench.measured import Measured
from bench.options import Options
from bench.report import markdown
from bench.run import run

TINY = Options(
    rounds=1, seconds=0.1, at_once=(32,), presses=8, desks=40, known=20, streams=20, growth=(20, 40)
)


def ran(*parts: str, **sizes: tuple[int, ...]) -> tuple[Measured, str]:
    measured = asyncio.run(run(replace(TINY, parts=parts, **sizes)))  # type: ignore[arg-type]
    json.dumps(measured.as_json())
    return measured, markdown(measured)


def test_the_workloads_run_on_the_bridge_and_on_its_floors() -> None:
    measured, told = ran("w1", "chat", "w3", "w4", "statements")
    done = {(work, subject) for work, _, subject in measured.workloads.windows}
    expected = {(work, on) for work in ("W1", "W1 web chat", "W3", "W4") for on in ("bridge", "floor")}
    assert done == expected | {("W3", "relay"), ("W4", "relay")}
    for [window] in measured.workloads.windows.values():
        assert window.messages > 0
        assert 0 < window.p50 <= window.p99
        assert window.service > 0
        assert window.load > 0
    assert {subject for _, _, subject in measured.statements} == {"bridge", "floor"}
    messages, tally = measured.statements["W1", 32, "bridge"]
    assert 0 < tally.commits <= 3 * messages
    assert tally.statements > tally.commits
    assert "| W1: messages a second at 32 at once, to the floor's | ≥ 1 × |" in told
    assert "at 32 at once, to slack-bolt's alone | ≤ 2 × |" in told


def test_sqlite_and_the_recorder_alone_run_too() -> None:
    measured, told = ran("sqlite", "recorder")
    assert {subject for _, _, subject in measured.workloads.windows} == {"bridge-sqlite", "floor-sqlite"}
    kinds = {f"{kind} {side}" for kind in ("inbound", "claims") for side in ("bridge", "statement")}
    assert set(measured.recorder) == kinds
    assert "| W1 on SQLite, FULL: messages a second at 32 at once, to the floor's on SQLite | ≥ 3 × |" in told
    assert "| 100 claimers of one conversation: all answered, to SELECT … FOR UPDATE | ≤ 0.15 × |" in told


def test_streams_and_growth_run_too() -> None:
    measured, told = ran("streams", "rows", at_once=(1,))
    seen = {(work, on) for work, _, on in measured.rows.windows}
    assert seen == {(work, on) for work in ("W1", "W3") for on in ("few", "many")}
    assert measured.streams["bridge"].many == TINY.streams
    assert "| memory of an idle event stream, 20 of them | ≤ 20 kB |" in told
    assert "| W1 beside 40 conversations against 20: median alone | ≤ 1.15 × |" in told


def test_a_long_conversation_runs_too() -> None:
    measured = asyncio.run(run(replace(TINY, parts=("turns",), turns=3)))
    assert {work for work, _, _ in measured.turns.windows} == {"turn 1", "turn many"}
