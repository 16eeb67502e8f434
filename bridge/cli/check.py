"""`check`: reads every setting and prints what is wrong or unwise, one line each."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bridge.cli.arguments import Commands, add_command
from bridge.cli.running import installation, schemas, wiring

if TYPE_CHECKING:
    from bridge.settings import Installation, Problem


def add(commands: Commands) -> None:
    summary = "Read every setting and print what is wrong: file, key, why, mend."
    parser = add_command(commands, "check", summary, run)
    parser.add_argument(
        "--online", action="store_true", help="also ask the database, the desks and the answerers"
    )


def run(args: argparse.Namespace) -> int:
    from bridge.settings import SettingsError, notes, warnings

    try:
        read = installation(args)
    except SettingsError as error:
        return _report(error.problems)
    found = [*read.broken, *warnings(read, schemas())]
    if args.online:
        found += wiring().online_checks(read)
    for note in notes(read):
        print(f"note: {note}")
    found += _on_call(read, online=args.online and not found)
    if found:
        return _report(found)
    asked = "; everything asked has answered" if args.online else ""
    print(f"ok: {read.source}, tenants: {', '.join(read.tenants) or 'none yet'}{asked}")
    return 0


def _on_call(read: "Installation", *, online: bool) -> "Sequence[Problem]":
    """Prints who is on call and the coming gaps. What is wrong with a calendar is a finding with --online;
    without it this machine may simply not be where the service runs."""
    report = wiring().on_call_report(read, online=online)
    for line in report.lines:
        print(line)
    if online:
        return report.problems
    for problem in report.problems:
        print(f"note: {problem}")
    return ()


def _report(problems: "Sequence[Problem]") -> int:
    for problem in problems:
        print(problem)
    return 1
