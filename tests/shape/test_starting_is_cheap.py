"""What only a few processes need is loaded by those: a start is a second of everybody's."""

import subprocess
import sys

LARGE = ("alembic", "dateparser", "holidays", "numpy", "recurring_ical_events")


def test_what_is_large_and_seldom_needed_is_not_loaded_by_every_start() -> None:
    start = "import bridge.wiring, adapters.registry, sys; adapters.registry.Registry(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", start], capture_output=True, text=True, check=True)
    assert "sqlalchemy" in loaded.stdout.split()
    assert [name for name in LARGE if name in loaded.stdout.split()] == []
