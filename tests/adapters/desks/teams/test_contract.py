from tests.adapters.desks.teams.driver import TeamsDriver
from tests.contracts.desk import DeskContract, DeskDriver


class TestTeams(DeskContract):
    def driver(self) -> DeskDriver:
        return TeamsDriver()
