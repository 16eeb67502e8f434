"""The manifest an admin pastes: Slack's own schema takes it, and so do the checks that it lacks."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from adapters.desks.slack.manifest import manifest, problems

SCHEMAS = Path(__file__).parents[3] / "data" / "slack-manifest"
URL = "https://bridge.example.com"


@pytest.mark.parametrize("version", [1, 2])
def test_slacks_schema_takes_it(version: int) -> None:
    schema = json.loads((SCHEMAS / f"manifest.schema.{version}.json").read_text())
    made = manifest(URL)
    made["_metadata"] = {"major_version": version, "minor_version": 1}
    jsonschema.validate(made, schema)
    assert problems(made) == []


def test_it_asks_for_the_least() -> None:
    made = manifest(f"{URL}/")
    assert made["oauth_config"]["scopes"] == {
        "bot": ["chat:write", "channels:history", "groups:history", "users:read"]
    }
    subscribed = made["settings"]["event_subscriptions"]
    assert subscribed["request_url"] == f"{URL}/slack/events"
    assert made["settings"]["interactivity"] == {
        "is_enabled": True,
        "request_url": f"{URL}/slack/events",
    }
    assert "slash_commands" not in made["features"]


@pytest.mark.parametrize(
    "url",
    ["", "bridge.example.com", "http://bridge.example.com", "https://", "https://[::1", "https://a?b=c"],
)
def test_an_address_that_slack_can_not_call_is_refused_with_the_mend(url: str) -> None:
    with pytest.raises(ValueError, match="https://bridge"):
        manifest(url)


def broken(**paths: Any) -> dict[str, Any]:
    made = manifest(URL)
    for path, value in paths.items():
        *way, last = path.split("__")
        node = made
        for step in way:
            node = node[step]
        node[last] = value
    return made


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        (broken(oauth_config__scopes__bot=["chat:write", "admin"]), "unknown scope admin"),
        (broken(oauth_config__scopes__bot=["chat:write"]), "event message.groups needs scope groups:history"),
        (
            broken(settings__event_subscriptions__bot_events=["mesage.channels"]),
            "unknown event mesage.channels",
        ),
        (broken(settings__event_subscriptions__request_url=""), "events have no request_url"),
        (broken(settings__interactivity={"is_enabled": True}), "interactivity has no request_url"),
        (
            broken(features={"assistant_view": {}, "agent_view": {}}),
            "assistant_view and agent_view exclude each other",
        ),
    ],
)
def test_what_the_schema_lets_through_is_named(made: dict[str, Any], problem: str) -> None:
    assert problem in problems(made)
