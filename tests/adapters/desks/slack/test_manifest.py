"""The manifest an admin pastes: Slack's own schema takes it, and so do the checks that it lacks."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from adapters.desks.slack.manifest import manifest, socket_manifest
from adapters.desks.slack.manifest_checks import SCOPES, problems

SCHEMAS = Path(__file__).parents[3] / "data" / "slack-manifest"
URL = "https://bridge.example.com"


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("made", [manifest(URL), socket_manifest()], ids=["requests", "sockets"])
def test_slacks_schema_takes_it(version: int, made: dict[str, Any]) -> None:
    schema = json.loads((SCHEMAS / f"manifest.schema.{version}.json").read_text())
    made["_metadata"] = {"major_version": version, "minor_version": 1}
    jsonschema.validate(made, schema)
    assert problems(made) == []


def test_it_asks_for_the_least() -> None:
    made = manifest(f"{URL}/")
    assert set(made["oauth_config"]["scopes"]) == {"bot"}
    assert sorted(made["oauth_config"]["scopes"]["bot"]) == sorted(SCOPES), (
        "each of them has its use written beside"
    )
    assert made["oauth_config"]["redirect_urls"] == [f"{URL}/slack/oauth_redirect"]
    asked = [
        made["settings"]["event_subscriptions"]["request_url"],
        made["settings"]["interactivity"]["request_url"],
        made["features"]["slash_commands"][0]["url"],
    ]
    assert asked == [f"{URL}/slack/events"] * 3


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
        (broken(settings__event_subscriptions__bot_events=[]), "missing event message.channels"),
        (broken(settings__event_subscriptions__request_url=""), "events have no address"),
        (broken(settings__interactivity={"is_enabled": True}), "interactivity has no address"),
        (broken(settings__interactivity={"is_enabled": False}), "interactivity is off"),
        (
            broken(settings__interactivity__request_url="https://b.example/slack/events"),
            "the addresses differ",
        ),
        (broken(settings__interactivity__request_url="https://b.example"), "does not end in /slack/events"),
        (
            broken(settings__interactivity__request_url="http://b.example/slack/events"),
            "https addresses only",
        ),
        (broken(features__slash_commands=[]), "/handoff is missing"),
        (broken(features__slash_commands=[{"command": "/handoff"}]), "/handoff has no address"),
        (broken(features__app_home={}), "the app has no Home"),
        (broken(settings__org_deploy_enabled=True), "Enterprise Grid are not supported"),
        (broken(settings__token_rotation_enabled=True), "would end after 12 hours"),
        (broken(features={"assistant_view": {}, "agent_view": {}}), "exclude each other"),
    ],
)
def test_what_the_schema_lets_through_is_named(made: dict[str, Any], problem: str) -> None:
    assert [found for found in problems(made) if problem in found]


def test_sockets_need_no_address() -> None:
    made = socket_manifest()
    assert problems(made) == []
    assert "request_url" not in json.dumps(made)
    assert made["oauth_config"]["scopes"] == manifest(URL)["oauth_config"]["scopes"]


@pytest.mark.parametrize("made", [None, [], "text", 5, {}, {"settings": []}, {"oauth_config": {"scopes": 5}}])
def test_any_json_is_checked_without_a_fall(made: object) -> None:
    assert problems(made)
