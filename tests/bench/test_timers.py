"""Timers over several processes, one of which is killed: small here, 10,000 with `python -m bench.timers`."""

import asyncio

from bench.timers import Seen, run


def test_every_timer_fires_once_though_a_process_is_killed() -> None:
    seen = asyncio.run(run(timers=80, processes=2, seconds=2, kill=True))
    assert seen.once_each, seen.lines()
    assert min(seen.lateness) >= 0, "none before its time"
    assert "fired: 80, of 80 timers; once each" in seen.lines()


def test_what_did_not_fire_once_is_not_called_so() -> None:
    twice = Seen(2, 4, 1.0, False, fired=3, distinct=2, lateness=(1.0, 2.0), cost=1.0)
    missing = Seen(2, 4, 1.0, False, fired=1, distinct=1, lateness=(1.0,), cost=1.0)
    for seen in (twice, missing):
        assert not seen.once_each
        assert "NOT once each" in seen.lines()[1]
