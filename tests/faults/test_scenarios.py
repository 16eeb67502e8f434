"""Each scenario of `python -m tests.faults.scenarios` holds."""

from pathlib import Path

import pytest

from tests.databases import Server
from tests.faults.scenarios.ground import Databases, Ground
from tests.faults.scenarios.scenario import Scenario, plays


@pytest.fixture
def databases(sqlite_template: Path, postgresql_server: Server, postgresql_template: str) -> Databases:
    return Databases(sqlite_template, postgresql_server, postgresql_template)


@pytest.mark.parametrize("scenario", plays(), ids=lambda each: each.name)
async def test_scenario(scenario: Scenario, tmp_path: Path, databases: Databases) -> None:
    async with Ground(tmp_path, databases) as ground:
        assert await scenario.play(ground), "what was seen is told"


def test_every_scenario_of_the_list_is_played() -> None:
    assert {each.number for each in plays()} == {*range(1, 9), 10, 11, 13, 15, 16, 17, 22}
