from tests.adapters.desks.teams.driver import TeamsDriver
from tests.contracts.desk_verbs import DeskVerbsContract, DeskVerbsDriver


class TestTeams(DeskVerbsContract):
    def driver(self) -> DeskVerbsDriver:
        return TeamsDriver()
