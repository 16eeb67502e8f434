"""`check`: reads every setting and prints what is wrong or unwise, one line each; and who is on call.

What is wrong with a calendar is a finding with --online; without it this machine may simply not be where
the service runs, and it is a note.
"""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bridge.cli.arguments import Commands, add_command
from bridge.cli.running import installation, schemas, wiring

if TYPE_CHECKING:
    from bridge.settings import Problem


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
    report = wiring().on_call_report(read, online=args.online and not found)
    noted = [*notes(read, schemas()), *(() if args.online else report.problems)]
    found += report.problems if args.online else ()
    for note in noted:
        print(f"note: {note}")
    if not found:
        asked = "; everything asked has answered" if args.online else ""
        print(f"ok: {read.source}, tenants: {', '.join(read.tenants) or 'none yet'}{asked}")
    for line in report.lines:
        print(line)
    return _report(found) if found else 0


def _report(problems: "Sequence[Problem]") -> int:
    for problem in problems:
        print(problem)
    return 1
