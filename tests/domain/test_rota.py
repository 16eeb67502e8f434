"""Who is on call: hours, days off, special hours, calendars, and the agents' own switches."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.model import Agent, Fired, Handoff, Trigger
from bridge.domain.rota import Calendar, Hours, Rota, Shift, SpecialHours, Switch, called_by

MADRID = ZoneInfo("Europe/Madrid")
ANA, BEN, CEM = Agent("slack:U1", "Ana"), Agent("slack:U2", "Ben"), Agent("slack:U3", "Cem")
WEEKDAYS = frozenset(range(5))
MONDAY_NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)
OFFICE = Rota((Hours(WEEKDAYS, time(9), time(18), (ANA, BEN)),), MADRID)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A time of November 2026 on Madrid's clocks."""
    return datetime(2026, 11, day, hour, minute, tzinfo=MADRID).astimezone(UTC)


def test_a_desk_without_a_schedule_is_always_on_call() -> None:
    assert Rota().on_call(MONDAY_NOON)
    assert Rota().gaps(MONDAY_NOON, MONDAY_NOON + timedelta(days=7)) == []


def test_hours_are_those_of_the_zone() -> None:
    assert OFFICE.on_call(at(23, 9))
    assert not OFFICE.on_call(at(23, 8, 59))
    assert not OFFICE.on_call(at(23, 18))
    assert OFFICE.next_start(at(27, 18)) == at(30, 9), "after the weekend"


def test_hours_past_midnight_belong_to_the_day_they_begin_on() -> None:
    friday_night = Rota((Hours(frozenset({4}), time(22), time(2)),), MADRID)
    assert friday_night.on_call(at(28, 1))
    assert not friday_night.on_call(at(27, 1))


def test_a_day_off_has_no_weekly_hours_and_special_hours_take_their_place() -> None:
    off = replace(OFFICE, off=frozenset({date(2026, 11, 23), date(2026, 11, 24)}))
    assert not off.on_call(at(23, 10))
    short = replace(off, special=(SpecialHours(frozenset({date(2026, 11, 24)}), time(10), time(12), (CEM,)),))
    assert short.line(at(24, 11)) == (CEM,)
    assert not short.on_call(at(24, 13))
    assert short.next_start(at(23, 10)) == at(24, 10)


def test_a_calendar_that_could_not_be_read_puts_nobody_on_call() -> None:
    unread = Rota(calendars=(Calendar("https://example.com/x.ics", MADRID),))
    assert not unread.on_call(MONDAY_NOON)
    assert unread.next_start(MONDAY_NOON) is None
    read = unread.live((Shift(at(23, 10), at(23, 14), (ANA,)),), ())
    assert read.line(MONDAY_NOON) == (ANA,)


def test_an_agent_who_switched_off_is_not_called() -> None:
    off = OFFICE.live((), (Switch(ANA, False, at(23, 8)),))
    assert off.line(MONDAY_NOON) == (BEN,)
    nobody = OFFICE.live((), (Switch(ANA, False, at(23, 8)), Switch(BEN, False, at(23, 8), at(23, 15))))
    assert not nobody.on_call(MONDAY_NOON)
    assert nobody.next_start(MONDAY_NOON) == at(23, 15), "when Ben is back"
    assert nobody.on_call(at(23, 15))


def test_nobody_is_promised_while_all_named_are_off_until_further_notice() -> None:
    alone = Rota((Hours(WEEKDAYS, time(9), time(18), (ANA,)),), MADRID)
    gone = alone.live((), (Switch(ANA, False, at(23, 8)),))
    assert gone.next_start(MONDAY_NOON) is None


def test_an_agent_who_switched_on_is_there_outside_the_hours_until_the_switch_ends() -> None:
    keen = OFFICE.live((), (Switch(CEM, True, at(23, 18), at(23, 20)),))
    assert keen.on_call(at(23, 19))
    assert keen.line(at(23, 19)) == (CEM,)
    assert not keen.on_call(at(23, 20))
    assert keen.line(at(23, 18)) == (CEM,)


def test_who_switched_on_comes_after_the_schedule() -> None:
    keen = OFFICE.live((), (Switch(CEM, True, at(23, 10)), Switch(BEN, True, at(23, 9))))
    assert keen.line(MONDAY_NOON) == (ANA, BEN, CEM)


def handoff(pages: int, **fields: object) -> Handoff:
    made = Handoff(1, "support", MONDAY_NOON, (Fired(Trigger.PERSON_REQUEST, "x"),), "", "", pages=pages)
    return replace(made, **fields)  # type: ignore[arg-type]


def test_a_page_calls_the_first_in_line_then_the_next_then_everybody() -> None:
    line = (ANA, BEN)
    assert [called_by(line, handoff(n)) for n in (1, 2, 3)] == [(ANA,), (BEN,), (ANA, BEN)]
    assert called_by((), handoff(1)) == ()


def test_who_let_a_claim_run_out_is_called_last() -> None:
    assert called_by((ANA, BEN), handoff(2, lapsed_from="Ana", line_from=1)) == (BEN,)


def test_a_silent_owner_is_called_themselves() -> None:
    assert called_by((BEN,), handoff(1, owner=ANA)) == (ANA,)


CLOCK_TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]))
HOURS = st.builds(Hours, st.frozensets(st.integers(0, 6), min_size=1), CLOCK_TIMES, CLOCK_TIMES)
ROTAS = st.builds(
    Rota,
    st.lists(HOURS, min_size=1, max_size=4).map(tuple),
    st.sampled_from(["Europe/Madrid", "America/New_York", "Asia/Kathmandu", "UTC"]).map(ZoneInfo),
    off=st.frozensets(st.dates(date(2026, 10, 1), date(2026, 12, 1)), max_size=5),
)
INSTANTS = st.datetimes(datetime(2026, 10, 1), datetime(2026, 12, 1)).map(
    lambda at: at.replace(tzinfo=UTC, second=0, microsecond=0)
)


@given(ROTAS, INSTANTS)
def test_stretches_and_gaps_part_the_time_between_them(rota: Rota, now: datetime) -> None:
    end = now + timedelta(days=7)
    parts = sorted([(max(s, now), min(e, end), True) for s, e in rota.staffed(now, end) if s < end])
    parts = sorted([*parts, *((s, e, False) for s, e in rota.gaps(now, end))])
    assert [p[0] for p in parts] == [now, *(p[1] for p in parts[:-1])]
    assert parts[-1][1] == end
    for start, until, staffed in parts:
        assert rota.on_call(start) is staffed
        assert rota.on_call(start + (until - start) / 2) is staffed


@given(ROTAS, INSTANTS)
def test_the_next_start_is_when_somebody_is_on_call_again(rota: Rota, now: datetime) -> None:
    start = rota.next_start(now)
    if start is None:
        return
    assert not rota.on_call(now)
    assert rota.on_call(start)
    assert not rota.on_call(start - timedelta(minutes=1)) or start - timedelta(minutes=1) < now
