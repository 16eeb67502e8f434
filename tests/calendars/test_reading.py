"""Calendars as they are exported, and as they should never be: what is read, left out, and said."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bridge.calendars import BrokenCalendar, Reading, read_calendar
from bridge.domain.model import Agent
from bridge.domain.rota import Calendar

MADRID = ZoneInfo("Europe/Madrid")
ANA, BEN = Agent("slack:U1", "Ana Ruiz"), Agent("slack:U2", "Ben")
PEOPLE = Calendar("x.ics", MADRID, ((ANA, "ana@acme.example"), (BEN, "")))
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
WEEKS = NOW + timedelta(days=35)


def calendar(*events: str, head: str = "") -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//", *head.splitlines()]
    for number, event in enumerate(events):
        uid = [] if "UID:" in event else [f"UID:{number}"]
        lines += ["BEGIN:VEVENT", *uid, "DTSTAMP:20260101T000000Z", *event.strip().splitlines(), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def read(body: bytes) -> Reading:
    return read_calendar(body, PEOPLE, NOW, WEEKS)


DAILY = """
UID:shift
DTSTART;TZID=Europe/Madrid:20261001T090000
DTEND;TZID=Europe/Madrid:20261001T170000
RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR
EXDATE;TZID=Europe/Madrid:20261125T090000
SUMMARY:On Call - Ana Ruiz - Support"""
OVERRIDE = """
UID:shift
RECURRENCE-ID;TZID=Europe/Madrid:20261126T090000
DTSTART;TZID=Europe/Madrid:20261126T110000
DTEND;TZID=Europe/Madrid:20261126T170000
SUMMARY:Ben on call"""


def test_a_recurring_event_with_an_exception_and_an_override() -> None:
    shifts = read(calendar(DAILY, OVERRIDE)).shifts
    days = {shift.start.astimezone(MADRID).day: shift for shift in shifts[:8]}
    assert 25 not in days, "taken out by EXDATE"
    assert days[24].start == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert days[24].agents == (ANA,)
    assert days[26].start == datetime(2026, 11, 26, 10, tzinfo=UTC), "moved by an override"
    assert days[26].agents == (BEN,)


def test_the_hours_stay_the_same_on_the_clock_when_the_clocks_change() -> None:
    spring = datetime(2027, 3, 22, tzinfo=UTC)
    shifts = read_calendar(calendar(DAILY), PEOPLE, spring, spring + timedelta(days=14)).shifts
    assert {shift.start.astimezone(MADRID).hour for shift in shifts} == {9}
    assert {shift.start.hour for shift in shifts} == {7, 8}


def test_an_attendee_is_found_by_e_mail_and_a_declined_one_is_not() -> None:
    event = "DTSTART:20261124T090000Z\nDURATION:PT8H\nATTENDEE{}:mailto:ANA@acme.example"
    assert read(calendar(event.format(""))).shifts[0].agents == (ANA,)
    assert read(calendar(event.format(";PARTSTAT=DECLINED"))).shifts[0].agents == ()


def test_a_name_is_not_found_inside_another() -> None:
    event = "DTSTART:20261124T090000Z\nDTEND:20261124T170000Z\nSUMMARY:Benjamin"
    assert read(calendar(event)).shifts[0].agents == ()


def test_whole_days_and_times_without_a_zone_are_of_the_calendars_zone() -> None:
    day = "DTSTART;VALUE=DATE:20261124\nDTEND;VALUE=DATE:20261126"
    floating = "DTSTART:20261127T200000\nDURATION:PT2H"
    whole, evening = read(calendar(day, floating)).shifts
    assert (whole.start, whole.end) == (
        datetime(2026, 11, 23, 23, tzinfo=UTC),
        datetime(2026, 11, 25, 23, tzinfo=UTC),
    )
    assert evening.start == datetime(2026, 11, 27, 19, tzinfo=UTC)
    (tokyo,) = read(calendar(floating, head="X-WR-TIMEZONE:Asia/Tokyo")).shifts
    assert tokyo.start == datetime(2026, 11, 27, 11, tzinfo=UTC)


def test_a_cancelled_event_puts_nobody_on_call() -> None:
    event = "DTSTART:20261124T090000Z\nDTEND:20261124T170000Z\nSTATUS:CANCELLED"
    assert read(calendar(event)).shifts == ()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "it is empty"),
        (b"<!DOCTYPE html><title>Sign in</title>", "it is a web page, not a calendar"),
        (b"hello", "it is not an iCal"),
        (calendar(DAILY)[:-40], "it breaks off before its end"),
        (b"BEGIN:VCALENDAR\r\nnonsense\r\nEND:VCALENDAR", "it can't be parsed"),
    ],
)
def test_what_is_no_calendar_is_said_to_be_none(body: bytes, why: str) -> None:
    with pytest.raises(BrokenCalendar, match=why):
        read(body)


@pytest.mark.parametrize(
    ("event", "why"),
    [
        ("DTSTART:yesterday\nSUMMARY:x", "has no DTSTART that can be read"),
        (
            "DTSTART;TZID=Mars/Olympus:20261124T090000\nDTEND;TZID=Mars/Olympus:20261124T170000",
            "names the time zone Mars/Olympus, which is not known",
        ),
        ("DTSTART:20261124T090000Z\nDTEND:20261124T090001Z\nRRULE:FREQ=SECONDLY", "recurs too often"),
        (
            "DTSTART:20261124T090000Z\nDTEND:20261124T090001Z\n"
            f"RRULE:FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE={','.join(map(str, range(60)))}",
            "recurs too often",
        ),
    ],
)
def test_one_broken_event_is_left_out_and_said(event: str, why: str) -> None:
    good = "DTSTART:20261124T180000Z\nDTEND:20261124T190000Z"
    reading = read(calendar(event, good))
    assert len(reading.shifts) == 1
    assert why in reading.remarks[0]


def test_an_empty_calendar_is_said_to_be_empty() -> None:
    assert "never says that somebody is on call" in read(calendar()).remarks[0]
