"""One rule for hours that the clocks skip or repeat, in every zone there is."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.localtime import instant, known_zone, wall_clock

MADRID = ZoneInfo("Europe/Madrid")
ZONES = [
    "Europe/Madrid",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Africa/Casablanca",
    "America/Sao_Paulo",
    "UTC",
]


def test_a_skipped_hour_becomes_the_first_instant_after_it() -> None:
    assert instant(datetime(2027, 3, 28, 2, 30), MADRID) == datetime(2027, 3, 28, 1, tzinfo=UTC)
    assert wall_clock(instant(datetime(2027, 3, 28, 2, 30), MADRID), MADRID) == datetime(2027, 3, 28, 3)


def test_a_repeated_hour_is_the_first_of_the_two() -> None:
    assert instant(datetime(2026, 10, 25, 2, 30), MADRID) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_skipped_day_becomes_the_first_instant_of_the_next() -> None:
    apia = ZoneInfo("Pacific/Apia")
    assert wall_clock(instant(datetime(2011, 12, 30, 12), apia), apia) == datetime(2011, 12, 31)


@given(
    st.sampled_from(ZONES).map(ZoneInfo),
    st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2037, 1, 1)),
)
def test_every_wall_clock_time_is_one_instant(zone: ZoneInfo, local: datetime) -> None:
    local = local.replace(microsecond=0)
    at = instant(local, zone)
    shown = wall_clock(at, zone)
    assert shown >= local
    if shown == local:
        earlier = wall_clock(at - timedelta(hours=1), zone)
        assert earlier != local or wall_clock(at - timedelta(hours=2), zone) != local
    else:
        before = wall_clock(at - timedelta(seconds=1), zone)
        assert before < local < shown, "the clocks jump over it at this very instant"


@given(st.text(max_size=80))
def test_whatever_a_stranger_calls_a_zone_is_one_or_none(name: str) -> None:
    zone = known_zone(name)
    assert zone is None or wall_clock(datetime(2026, 1, 1, tzinfo=UTC), zone)


def test_no_path_is_a_zone() -> None:
    assert known_zone("../../etc/passwd") is None
    assert known_zone("") is None
    assert known_zone("Europe/Madrid") == MADRID
