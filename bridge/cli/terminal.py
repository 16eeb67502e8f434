"""What is shown while a person looks on: a table, and progress that a pipe never sees."""

import sys
import time
from collections.abc import Sequence

_EVERY = 0.5


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell; one row a line."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


class Progress:
    """A count on standard error, where that is a terminal and standard output is not."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._shown = sys.stderr.isatty() and not sys.stdout.isatty()
        self._next = time.monotonic() + _EVERY

    def count(self, done: int) -> None:
        if self._shown and time.monotonic() >= self._next:
            self._next = time.monotonic() + _EVERY
            print(f"\r{done} {self._what}", end="", file=sys.stderr, flush=True)

    def finish(self, done: int) -> None:
        if self._shown:
            print(f"\r{done} {self._what}", file=sys.stderr, flush=True)
