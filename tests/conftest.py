"""The contract suites and the scenarios are tests too: their assertions say what they compared."""

from typing import Any

import pytest

pytest.register_assert_rewrite("tests.contracts", "tests.faults.scenarios")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The closing line of the histories (tests/faults), whoever of several workers played them."""
    reports = [each for how in ("passed", "failed") for each in terminalreporter.stats.get(how, ())]
    told = [v for each in reports for name, v in getattr(each, "user_properties", ()) if name == "histories"]
    if told:
        played, events, crashes, _ = (sum(column) for column in zip(*told, strict=True))
        wrong = sum(each.failed for each in reports if any(n == "histories" for n, _ in each.user_properties))
        terminalreporter.write_line(
            f"{played} histories, {events} events, {crashes} crashes, {told[0][3]} invariants, "
            f"{wrong or 'no'} block{'s' if wrong != 1 else ''} with violations"
        )
