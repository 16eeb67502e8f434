"""Runs one of the bridge's commands and samples where its processor time goes.

`python -m bench.profiled REPORT serve …`, as `handoff-bridge serve …`. A timer that counts the process's
own processor time interrupts it every 4 ms (SIGPROF) and the stack at that moment is noted: idle waiting
is never seen, time in C counts for the Python function that called it. SIGUSR1 forgets what was noted so
far, SIGUSR2 writes the report. Its own cost is about one hundredth.
"""

import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

from bridge.cli import main

EVERY = 0.004
"""Seconds of processor time between two samples: the kernel's own tick."""
LINES = 45
_SITE = "site-packages/"


class Sampler:
    def __init__(self, report: Path) -> None:
        self._report = report
        self._own: Counter[tuple[str, str]] = Counter()
        self._with_callees: Counter[str] = Counter()
        self._rooms: Counter[str] = Counter()

    def start(self) -> None:
        signal.signal(signal.SIGPROF, self._sample)
        signal.signal(signal.SIGUSR1, self._forget)
        signal.signal(signal.SIGUSR2, self._write)
        signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)

    def _sample(self, _number: int, frame: FrameType | None) -> None:
        if frame is None:
            return
        self._own[module(frame), function(frame)] += 1
        stack: set[str] = set()
        room = ""
        step: FrameType | None = frame
        while step is not None:
            name = module(step)
            if name.startswith(("bridge", "adapters")):
                room = room or name
                stack.add(function(step))
            step = step.f_back
        self._rooms[room or "(no frame of the bridge: event loop, web server, client)"] += 1
        self._with_callees.update(stack)

    def _forget(self, *_: object) -> None:
        for counted in (self._own, self._with_callees, self._rooms):
            counted.clear()

    def _write(self, *_: object) -> None:
        self._report.write_text(self.report(), "utf-8")

    def report(self) -> str:
        total = sum(self._own.values()) or 1
        packages: Counter[str] = Counter()
        modules: Counter[str] = Counter()
        for (name, _), n in self._own.items():
            modules[name] += n
            packages[name.partition(".")[0]] += n
        functions = Counter({where: n for (_, where), n in self._own.items()})
        parts = [
            f"{total} samples, {total * EVERY:.1f} s of processor time",
            _table("own time by package", packages, total),
            _table("own time by module", modules, total),
            _table("own time by function", functions, total),
            _table(
                "time by the innermost module of the bridge (with what it calls outside)", self._rooms, total
            ),
            _table("time in and below each function of the bridge", self._with_callees, total),
        ]
        return "\n\n".join(parts) + "\n"


def module(frame: FrameType) -> str:
    """The dotted name; of what the standard library holds, its module name as it is."""
    return str(frame.f_globals.get("__name__", "?"))


def function(frame: FrameType) -> str:
    code = frame.f_code
    file = code.co_filename
    file = file.partition(_SITE)[2] or "/".join(Path(file).parts[-3:])
    return f"{code.co_qualname} ({file}:{code.co_firstlineno})"


def _table(title: str, counted: Counter[str], total: int) -> str:
    lines = [f"{100 * n / total:6.1f} %  {name}" for name, n in counted.most_common(LINES)]
    return "\n".join([title, *lines])


if __name__ == "__main__":
    sampler = Sampler(Path(sys.argv[1]))
    sampler.start()
    sys.exit(main(sys.argv[2:]))
