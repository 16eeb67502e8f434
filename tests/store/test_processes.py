"""A process that has ended is known to have, where it can be known; in doubt it lives."""

import subprocess
import sys

from bridge.store.processes import has_ended, worker_id

NAMED = "from bridge.store.processes import worker_id; print(worker_id(), flush=True); input()"


def test_a_neighbour_lives_until_it_is_killed() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", NAMED], stdin=pipe, stdout=pipe, text=True) as neighbour:
        assert neighbour.stdout is not None
        name = neighbour.stdout.readline().strip()
        assert not has_ended(name)
        neighbour.kill()
        neighbour.wait()
        assert has_ended(name)


def test_another_process_with_the_same_number_is_not_the_one_that_began_earlier() -> None:
    id, place, pid, began = worker_id().split(".")
    assert not has_ended(f"{id}.{place}.{pid}.{began}")
    assert has_ended(f"{id}.{place}.{pid}.{int(began) - 1}")


def test_nothing_is_known_of_other_machines_and_other_names() -> None:
    id, _, pid, _ = worker_id().split(".")
    assert not any(has_ended(name) for name in ("", "w1", f"{id}.0123456789ab.{pid}.1", f"{id}..{pid}.1"))
