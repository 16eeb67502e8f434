"""Slack passes what every desk must pass."""

from tests.adapters.desks.slack.driver import SlackDriver
from tests.contracts.desk import DeskContract, DeskDriver


class TestSlack(DeskContract):
    def driver(self) -> DeskDriver:
        return SlackDriver()
