"""The console passes what every desk must pass."""

from tests.adapters.desks.console.driver import ConsoleDriver
from tests.contracts.desk_verbs import DeskVerbsContract, DeskVerbsDriver


class TestConsole(DeskVerbsContract):
    def driver(self) -> DeskVerbsDriver:
        return ConsoleDriver()
