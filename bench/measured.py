"""Everything that one run has seen, as it is written to JSON."""

import os
import platform
import sqlite3
import subprocess
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from bench.meters.statements import Tally
from bench.recorder_alone import Recorded
from bench.rounds import Results
from bench.streams import Streams
from bench.subjects.subject import ROOT


@dataclass
class Measured:
    machine: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    workloads: Results = field(default_factory=Results)
    statements: dict[tuple[str, int], tuple[int, Tally]] = field(default_factory=dict)
    """By workload and at once: how many messages, and what they took."""
    recorder: dict[str, list[Recorded]] = field(default_factory=dict)
    """`inbound bridge`, `inbound statement`, `claims bridge`, `claims statement`; one for each round."""
    race: dict[str, list[float]] = field(default_factory=dict)
    """Seconds of each race: `bridge`, and `statement`, which locks the row."""
    streams: dict[str, Streams] = field(default_factory=dict)
    rows: Results = field(default_factory=Results)
    turns: Results = field(default_factory=Results)
    tenants: Results = field(default_factory=Results)

    def as_json(self) -> dict[str, Any]:
        return {
            "machine": self.machine,
            "options": self.options,
            "workloads": _windows(self.workloads),
            "statements": {
                f"{name}, {many} at once": {"messages": messages, **asdict(tally)}
                for (name, many), (messages, tally) in self.statements.items()
            },
            "recorder": {name: [asdict(each) for each in seen] for name, seen in self.recorder.items()},
            "race": self.race,
            "streams": {name: {**asdict(s), "each_kb": s.each} for name, s in self.streams.items()},
            "rows": _windows(self.rows),
            "turns": _windows(self.turns),
            "tenants": _windows(self.tenants),
        }


def _windows(results: Results) -> list[dict[str, Any]]:
    return [
        {"workload": workload, "at_once": many, "subject": subject, "rounds": [w.as_json() for w in windows]}
        for (workload, many, subject), windows in results.windows.items()
    ]


def machine(postgresql: str) -> dict[str, Any]:
    git = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit,
        "processors": len(os.sched_getaffinity(0)),
        "load_before": round(os.getloadavg()[0], 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "postgresql": postgresql,
        "sqlite": sqlite3.sqlite_version,
    }
