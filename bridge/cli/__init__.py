"""The command line: one program, one small module a command.

Says everything that goes wrong in one clear line on standard error; a traceback is a defect, and is
shown only with BRIDGE_DEBUG=1. Exit code 2 is wrong use, 1 a finding. Commands import what they need
when they run, so that `--help` costs nothing. The walk goes on in `bridge.wiring`.
"""

import contextlib
import io
import os
import sys
import traceback
from collections.abc import Sequence

from bridge.cli import (
    audit,
    calendar,
    check,
    connect,
    demo,
    detect,
    init,
    manifest,
    migrate,
    outbox,
    serve,
    tenant,
)
from bridge.cli.arguments import PROGRAM, Parser, WrongUse, new_parser

COMMANDS = (demo, init, serve, migrate, check, tenant, detect, audit, calendar, connect, manifest, outbox)

FOUND, WRONG_USE, INTERRUPTED, PIPE_CLOSED = 1, 2, 130, 141

__all__ = ["complain", "main", "parser"]


def parser() -> Parser:
    top = new_parser()
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code; never raises."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        args = parser().parse_args(argv)
        code = int(args.run(args))
        sys.stdout.flush()
    except SystemExit as leaving:  # argparse's --help and --version
        return leaving.code if isinstance(leaving.code, int) else 0
    except BrokenPipeError:
        return _leave_quietly()
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        return complain(error)
    return code


def complain(error: Exception) -> int:
    """One line on standard error, and the exit code."""
    from bridge.settings import SettingsError, UnknownTenant

    if isinstance(error, SettingsError):
        print(error, file=sys.stderr)
        return FOUND
    if isinstance(error, WrongUse | UnknownTenant):
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return WRONG_USE
    if os.environ.get("BRIDGE_DEBUG") == "1":
        traceback.print_exception(error)
        return FOUND
    # The first line only: database drivers put statements and values on the next ones.
    why = next(iter(str(error).splitlines()), "") or "no reason given"
    print(f"{PROGRAM}: {type(error).__name__}: {why}; BRIDGE_DEBUG=1 shows where", file=sys.stderr)
    return FOUND


def _leave_quietly() -> int:
    """Whoever read our output has gone: what is still buffered must not be complained about at exit."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    return PIPE_CLOSED
