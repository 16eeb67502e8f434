"""Slack passes what every desk must pass."""

from tests.adapters.desks.slack.driver import SlackDriver
from tests.contracts.desk_verbs import DeskVerbsContract, DeskVerbsDriver


class TestSlack(DeskVerbsContract):
    def driver(self) -> DeskVerbsDriver:
        return SlackDriver()
