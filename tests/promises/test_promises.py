"""Random schedules, zones, changes of the clocks, bookings: no promise is broken, and a broken one is found.

`python -m tests.promises` plays thousands.
"""

from collections.abc import Callable
from datetime import UTC, datetime, time
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.domain.localtime import instant
from bridge.domain.rota import Hours, Rota
from bridge.domain.transitions import keeping, times
from bridge.domain.transitions.change import Change
from tests.promises.case import ZONES, random_case
from tests.promises.oracle import open_at, promised_instant
from tests.promises.town import BrokenPromise, Town


@settings(deadline=None, max_examples=60)
@given(st.randoms(use_true_random=False))
def test_no_promise_is_broken(random: Random) -> None:
    Town(random_case(random), random).play()


Patch = Callable[[pytest.MonkeyPatch], None]


def _patched(where: object, name: str, value: Any) -> Patch:
    return lambda monkeypatch: monkeypatch.setattr(where, name, value)


def _says_nothing_of(notice: str) -> Patch:
    tell = Change.tell

    def quiet(change: Change, name: Any, **facts: Any) -> Any:
        return None if name == notice else tell(change, name, **facts)

    return _patched(Change, "tell", quiet)


@pytest.mark.parametrize(
    ("mistake", "found"),
    [
        (_patched(times, "free_place", lambda taken, at, rules: 0), "and the desk takes"),
        (_patched(times, "set_alarms", lambda change, callback: None), "alarm"),
        (_patched(Rota, "_counts", lambda rota, hours, day: True), "the desk is closed in it"),
        (_patched(keeping, "call_for_promise", lambda change: None), "nobody is called"),
        (_says_nothing_of("callback_missed"), "was missed: told"),
    ],
    ids=["too many at once", "no alarm", "days off forgotten", "nobody called", "missed in silence"],
)
def test_a_bridge_that_broke_a_promise_would_be_found(
    monkeypatch: pytest.MonkeyPatch, mistake: Patch, found: str
) -> None:
    mistake(monkeypatch)
    broken = []
    for seed in range(1, 80):
        random = Random(seed)
        try:
            Town(random_case(random), random).play()
        except BrokenPromise as error:
            broken.append(str(error).rpartition("BROKEN: ")[2])
    assert any(found in why for why in broken), broken[:5]


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(second=0)),
)
def test_a_promised_instant_is_the_same_by_both_ways(name: str, local: datetime) -> None:
    zone, local = ZoneInfo(name), local.replace(microsecond=0)
    assert promised_instant(local.isoformat(timespec="minutes"), zone) == instant(local, zone)


def test_the_wall_clock_judges_an_overnight_shift_and_not_an_hour_that_comes_twice() -> None:
    night = Rota((Hours(frozenset({5}), time(22), time(3)),), ZoneInfo("Europe/Madrid"))
    assert open_at(night, datetime(2026, 10, 24, 21, tzinfo=UTC))
    assert open_at(night, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)) is None
    assert open_at(night, datetime(2026, 10, 25, 2, 30, tzinfo=UTC)) is False
