"""`check` about being on call: who is now, the gaps of a week, and what is wrong with a calendar."""

import re
from pathlib import Path

import yaml

from tests.cli.program import run

SHIFT = "DTSTART:20260105T000000Z\nDTEND:20260106T000000Z\nRRULE:FREQ=DAILY\nSUMMARY:On call - Ana"


def calendar(*events: str) -> str:
    body = "\n".join(f"BEGIN:VEVENT\nUID:{n}\n{event}\nEND:VEVENT" for n, event in enumerate(events))
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//\n{body}\nEND:VCALENDAR\n"
    return text.replace("\n", "\r\n")


BROKEN = {
    "sign-in.ics": (
        "<!doctype html><title>Please sign in</title>",
        "it is a web page, not a calendar; it puts nobody on call",
    ),
    "cut.ics": (calendar(SHIFT)[:-30], "it breaks off before its end; it puts nobody on call"),
    "mars.ics": (
        calendar("DTSTART;TZID=Mars/Olympus:20260105T090000\nDTEND:20260105T170000Z\nSUMMARY:On call - Ana"),
        "the event 'On call - Ana' names the time zone Mars/Olympus, which is not known: it is left out",
    ),
    "every-second.ics": (
        calendar("DTSTART:20260105T090000Z\nDTEND:20260105T090001Z\nRRULE:FREQ=SECONDLY\nSUMMARY:Ana"),
        "the event 'Ana' recurs too often for a shift: it is left out",
    ),
    "gone.ics": (None, "no such file or directory; it puts nobody on call"),
}


def installation(folder: Path, *entries: object, **tenant: object) -> None:
    assert run("init", cwd=folder).returncode == 0
    path = folder / "tenants/acme.yaml"
    settings = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump(settings | {"on_call": {"support": list(entries)}} | tenant))


def test_five_broken_calendars_are_named_and_none_is_taken_for_somebody(tmp_path: Path) -> None:
    installation(tmp_path, *({"ical": name} for name in BROKEN))
    for name, (text, _) in BROKEN.items():
        if text is not None:
            (tmp_path / "tenants" / name).write_bytes(text.encode())
    done = run("check", cwd=tmp_path)
    said = done.stdout.splitlines()
    assert done.returncode == 0, "a calendar is the world's, and its trouble a note"
    for number, (_, why) in enumerate(BROKEN.values()):
        [line] = [line for line in said if f"on_call.support[{number}].ical" in line]
        assert line.startswith("note: tenants/acme.yaml")
        assert line.endswith(f": {why}; mend the calendar, or take it out")
    assert "on call: acme/support: nobody now, and nobody in the next 35 days" in said


def test_asked_online_a_broken_calendar_is_a_finding(tmp_path: Path) -> None:
    installation(tmp_path, {"ical": "gone.ics"})
    assert run("migrate", cwd=tmp_path).returncode == 0
    done = run("check", "--online", cwd=tmp_path)
    assert done.returncode == 1
    assert "on_call.support[0].ical: no such file or directory; it puts nobody on call" in done.stdout


def test_who_is_on_call_now_and_the_gaps_of_a_week(tmp_path: Path) -> None:
    names = ["console:Ana Ana", "console:Ben Ben"]
    installation(tmp_path, {"ical": "support.ics", "agents": names})
    (tmp_path / "tenants/support.ics").write_bytes(calendar(SHIFT).encode())
    said = run("check", cwd=tmp_path).stdout.splitlines()
    assert "on call: acme/support: Ana now" in said
    assert "on call: acme/support: gaps in the next 7 days: none" in said

    hours = {"days": "mon-sun", "from": "00:00", "to": "23:30"}
    path = tmp_path / "tenants/acme.yaml"
    settings = yaml.safe_load(path.read_text()) | {"timezone": "Asia/Kathmandu"}
    path.write_text(yaml.safe_dump(settings | {"on_call": {"support": [hours]}}))
    [gaps] = [line for line in run("check", cwd=tmp_path).stdout.splitlines() if "gaps in" in line]
    assert gaps.endswith("(Asia/Kathmandu)")
    assert len(re.findall(r"\w{3} \d\d \w{3} 23:30 to \w{3} \d\d \w{3} 00:00", gaps)) >= 6


def test_a_desk_without_a_schedule_is_said_to_be_always_there(tmp_path: Path) -> None:
    hours = {"days": "mon-sun", "from": "09:00", "to": "18:00"}
    desks = {
        name: {"kind": "console", "agents": [{"name": "Ana", "key": "a-key-of-ana"}]}
        for name in ("support", "sales")
    }
    installation(tmp_path, hours, desks=desks)
    said = run("check", cwd=tmp_path).stdout
    assert "on call: acme/sales: always, as it has no schedule" in said
