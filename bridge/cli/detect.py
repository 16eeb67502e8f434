"""`detect`: signals in JSON lines, one line in, one line out, without keeping any of them."""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from bridge.cli.arguments import Commands, add_command
from bridge.cli.terminal import Progress

if TYPE_CHECKING:
    from bridge.domain.signals import Pack

LONGEST = 1_000_000
"""Bytes of one line; a longer one is refused and passed over."""


class BadLine(ValueError):
    """Why a line can't be read, and the mend."""


def add(commands: Commands) -> None:
    summary = 'Find signals: JSON lines {"text", "lang"?, "id"?} in, {"id", "lang", "signals"} out.'
    add_command(commands, "detect", summary, run)


def run(args: argparse.Namespace) -> int:
    from bridge.domain.signals import available_languages, load_packs

    packs = load_packs(available_languages())
    if sys.stdin.isatty():
        print("reading JSON lines from the keyboard; Ctrl-D ends them", file=sys.stderr)
    progress, number, bad = Progress("lines read"), 0, 0
    while line := _next_line(sys.stdin.buffer):
        number += 1
        try:
            if line.strip():
                sys.stdout.buffer.write(answer(line, packs))
                sys.stdout.buffer.flush()
        except BadLine as error:
            bad += 1
            print(f"line {number}: {error}", file=sys.stderr)
        progress.count(number)
    progress.finish(number)
    return 1 if bad else 0


def answer(line: bytes, packs: "Sequence[Pack]") -> bytes:
    """One line of output for one of input. Raises BadLine."""
    from bridge.domain.signals import detect

    asked = _read(line)
    found = detect(asked["text"], packs)
    reply = {
        "id": asked.get("id"),
        "lang": asked.get("lang"),
        "signals": [{"name": signal.name, "evidence": signal.evidence} for signal in found],
    }
    # A lone surrogate in the customer's text comes out as the escape that it came in as.
    return json.dumps(reply, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def _next_line(source: BinaryIO) -> bytes:
    line = source.readline(LONGEST + 1)
    if len(line) <= LONGEST:
        return line
    kept = line
    while line and not line.endswith(b"\n"):
        line = source.readline(LONGEST)
    return kept


def _read(line: bytes) -> dict[str, Any]:
    if len(line) > LONGEST:
        raise BadLine(f"longer than {LONGEST} bytes; shorten it")
    try:
        asked = json.loads(line)
    except UnicodeDecodeError:
        raise BadLine("not UTF-8; save the file as UTF-8") from None
    except (ValueError, RecursionError):
        raise BadLine('not JSON; write {"text": "…"}') from None
    if not isinstance(asked, dict) or not isinstance(asked.get("text"), str):
        raise BadLine('no text in it; write {"text": "…"}')
    if not isinstance(asked.get("lang"), str | None):
        raise BadLine('"lang" is not a text; write a code such as "en"')
    return asked
