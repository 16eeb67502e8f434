"""`handoff-bridge` as a user runs it: a process of its own, with its own folder and environment."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(
    *args: str | Path, cwd: Path, stdin: str | bytes = "", env: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    given = stdin.encode() if isinstance(stdin, str) else stdin
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
    done = subprocess.run(
        [sys.executable, "-m", "bridge", *map(str, args)],
        input=given,
        capture_output=True,
        cwd=cwd,
        env={**inherited, "PYTHONPATH": str(ROOT), **(env or {})},
        timeout=60,
        check=False,
    )
    out, err = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in err, err
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)
