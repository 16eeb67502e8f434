"""What `check` tells the admin about a console desk."""

import pytest
from pydantic import ValidationError

from adapters.desks.console import Settings, check
from tests.adapters.desks.console.room import OPEN, SUPPORT


def test_a_desk_open_to_the_network_is_refused_with_the_mend() -> None:
    settings = Settings.model_validate(OPEN)
    problems = check(settings, "https://bridge.example.com")
    assert len(problems) == 2
    assert "Ana has no key" in problems[0]
    assert "Give the agent a key" in problems[0]


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"])
def test_on_this_machine_nobody_needs_a_key(url: str) -> None:
    assert check(Settings.model_validate(OPEN), url) == []


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1.example.com", "http://10.0.0.4", "https://localhost.example"]
)
def test_what_only_looks_like_this_machine_is_not(url: str) -> None:
    assert len(check(Settings.model_validate(OPEN), url)) == 2


def test_agents_with_keys_may_sit_anywhere() -> None:
    assert check(Settings.model_validate(SUPPORT), "https://bridge.example.com") == []


@pytest.mark.parametrize(
    "agents",
    [
        [],
        [{"name": ""}],
        [{"name": "Ana"}, {"name": "Ana"}],
        [{"name": "Ana", "key": "short"}],
        [{"name": "Ana", "password": "long enough"}],
        [{"name": "Ana\nBen"}],
    ],
)
def test_settings_that_make_no_desk_are_refused(agents: list[dict[str, str]]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"kind": "console", "agents": agents})


def test_a_key_is_never_printed() -> None:
    assert "long-key" not in repr(Settings.model_validate(SUPPORT))
