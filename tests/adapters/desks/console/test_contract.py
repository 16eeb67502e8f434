"""The console passes what every desk must pass."""

from tests.adapters.desks.console.driver import ConsoleDriver
from tests.contracts.desk import DeskContract, DeskDriver


class TestConsole(DeskContract):
    def driver(self) -> DeskDriver:
        return ConsoleDriver()
