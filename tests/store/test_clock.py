"""The installation's one clock: the database's, whatever a host's own says."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from bridge.store import clock
from bridge.store.clock import DatabaseClock
from tests.store.scene import Scene


class AnHourAgo(datetime):
    @classmethod
    def now(cls, tz=None):  # type: ignore[no-untyped-def]
        return datetime.now(tz) - timedelta(hours=1)


def apart(one: datetime, other: datetime) -> timedelta:
    return abs(one - other)


async def test_replicas_whose_hosts_disagree_have_one_time(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    right, wrong = DatabaseClock(), DatabaseClock()
    await right.set_by(scene.database)
    monkeypatch.setattr(clock, "datetime", AnHourAgo)
    await wrong.set_by(scene.database)
    if scene.database.sqlite:  # one process, one clock: the host's
        assert apart(wrong.now(), right.now()) > timedelta(minutes=59)
        return
    assert apart(wrong.now(), right.now()) < timedelta(seconds=5)
    [told] = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert told == "the host's clock is apart from the database's, which counts"
    await wrong.set_by(scene.database)
    assert len([r for r in caplog.records if r.levelno == logging.WARNING]) == 1, "said once"


async def test_between_two_looks_a_host_that_jumps_changes_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = DatabaseClock()
    await kept.set_by(scene.database)
    before = kept.now()
    monkeypatch.setattr(clock, "datetime", AnHourAgo)
    assert timedelta(0) <= kept.now() - before < timedelta(seconds=5)
    assert kept.now().tzinfo is UTC
