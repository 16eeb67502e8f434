"""How figures are made: percentiles, ratios of the same round, what is met, what a log has counted."""

from dataclasses import replace

import pytest

from bench.figures import Spread, percentile, ratios
from bench.measure import Window
from bench.measured import Measured
from bench.meters.postgres import serves
from bench.meters.statements import Tally, count
from bench.options import read
from bench.rounds import windows
from bench.targets import targets

WINDOW = Window(messages=10, rate=100, p50=5, p99=9, service=1.0, database=0.5, load=0.2, load_share=0.1)


def test_a_percentile_is_a_value_that_was_seen() -> None:
    assert percentile([3.0, 1.0, 2.0, 4.0], 0.5) == 3.0
    assert percentile([1.0], 0.99) == 1.0
    assert percentile([float(n) for n in range(100)], 0.99) == 99.0


def test_a_ratio_compares_what_was_measured_in_the_same_round() -> None:
    """A slow round slows both sides: the medians alone would tell something else."""
    assert ratios([100, 10, 100], [50, 5, 50]) == [2, 2, 2]
    assert str(Spread.of([2, 1, 4])) == "2.00 (1.00–4.00)"


def test_a_target_is_held_against_the_median_of_the_rounds() -> None:
    measured = Measured(options={"growth": (1, 2), "tenants": 10, "turns": 5})
    seen = measured.workloads.windows
    seen["W1", 32, "floor"] = [WINDOW] * 3
    seen["W1", 32, "bridge"] = [replace(WINDOW, rate=rate) for rate in (90, 120, 110)]
    rate, cost = targets(measured)
    assert (rate.seen, rate.met, rate.wanted) == (Spread(1.1, 0.9, 1.2), True, "≥ 1 ×")
    assert (cost.seen.middle, cost.met, cost.wanted) == (1.0, True, "≤ 2 ×")
    seen["W1", 32, "bridge"] = [replace(WINDOW, rate=90, service=3.0)] * 3
    assert [target.met for target in targets(measured)] == [False, False]


def test_the_log_tells_statements_commits_and_reads_apart() -> None:
    log = "\n".join(
        [
            "7 bench LOG:  duration: 0.1 ms  statement: BEGIN ISOLATION LEVEL READ COMMITTED;",
            "7 bench LOG:  duration: 0.1 ms  parse s1: SELECT 1 FROM conversation FOR UPDATE",
            "7 bench LOG:  duration: 0.1 ms  execute s1: SELECT 1 FROM conversation FOR UPDATE",
            "8 bench LOG:  duration: 0.1 ms  execute <unnamed>: SELECT 2",
            "9 other LOG:  duration: 0.1 ms  statement: DELETE FROM outbox",
            "7 bench LOG:  duration: 0.1 ms  execute s2: ",
            "\tUPDATE conversation",
            "\tSET seq = 2",
            "7 bench LOG:  duration: 0.2 ms  statement: COMMIT;",
            "8 bench LOG:  duration: 0.1 ms  statement: BEGIN;",
            "8 bench LOG:  duration: 0.1 ms  statement: SELECT 3",
            "8 bench LOG:  duration: 0.1 ms  statement: COMMIT;",
            "7 bench LOG:  duration: 0.1 ms  execute s3: WITH d AS (DELETE FROM outbox) SELECT 1",
        ]
    )
    tally = Tally()
    count(log, "bench", tally)
    assert tally == Tally(statements=9, commits=2, reads=1)


@pytest.mark.parametrize(
    ("title", "database"),
    [
        ("postgres: postgres bench_floor [local] idle", "bench_floor"),
        ("postgres: ana bench_floor 127.0.0.1(5000) SELECT", "bench_floor"),
        ("postgres: autovacuum worker bench_floor", "bench_floor"),
        ("postgres: autovacuum launcher ", ""),
        ("postgres: walwriter ", ""),
        ("postgres: io worker 0", ""),
    ],
)
def test_a_process_of_postgresql_says_whose_work_it_does(title: str, database: str) -> None:
    assert serves(title) == database


def test_no_subject_always_follows_the_same_one() -> None:
    orders = [[name for name, _ in windows(["a", "b", "c"], number, 32, 3.0)] for number in (1, 2, 3)]
    assert orders == [["b", "c", "a"], ["c", "a", "b"], ["a", "b", "c"]]


def test_alone_they_take_turns_in_short_windows() -> None:
    taken = windows(["a", "b"], 1, 1, 3.0)
    assert [name for name, _ in taken] == ["a", "b", "b", "a", "a", "b"]
    assert {seconds for _, seconds in taken} == {1.5}


def test_wrong_options_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert read(["--only", "w1,w3", "--rounds", "2"]).parts == ("w1", "w3")
    assert read(["--growth", "10000:1000000"]).growth == (10_000, 1_000_000)
    for wrong in (["--only", "w9"], ["--growth", "5"]):
        with pytest.raises(SystemExit):
            read(wrong)
    assert "there is no w9" in capsys.readouterr().err
