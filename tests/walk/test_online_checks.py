"""`check --online`: everything the settings name is asked whether it really answers; nothing is written."""

import asyncio
from collections.abc import Sequence

import pytest

from adapters.registry import Registry
from bridge.settings import Problem, load_installation
from bridge.wiring import online_checks
from tests.databases import Server
from tests.fakes.customer_side import status
from tests.walk.house import House


async def found(house: House) -> list[str]:
    installation = load_installation(house.folder / "bridge.yaml", Registry(), {})
    problems: Sequence[Problem] = await asyncio.to_thread(online_checks, installation)
    return [f"{problem.key}: {problem.why}" for problem in problems]


async def test_all_that_answers_is_fine(house: House) -> None:
    assert await found(house) == []


async def test_a_wrong_token_a_silent_ai_and_a_changed_file_are_named(house: House) -> None:
    house.slack.fail("auth.test", "invalid_auth")
    house.ai.then(status(500))
    house.write_settings(timezone="Europe/Madrid")
    said = await found(house)
    assert "timezone: differs from the stored version" in said
    assert any(line.endswith("(auth.test: invalid_auth)") for line in said)
    assert any(line.startswith("answerer: ") for line in said)


async def test_a_bot_that_is_not_in_the_channel_is_named(house: House) -> None:
    house.slack.fail("conversations.history", "not_in_channel")
    words = "I am not in this channel. Type: /invite @Handoff (conversations.history: not_in_channel)"
    assert await found(house) == [f"desks.support: {words}"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_role_that_passes_by_the_walls_between_tenants_is_named(
    house: House, postgresql_server: Server
) -> None:
    house.database_url = postgresql_server.as_superuser(house.database_url)
    house.write_settings()
    said = await found(house)
    expected = "database: its role passes by the walls between tenants (row-level security)"
    assert (expected in said) == (postgresql_server.superuser == "postgres")
