"""What an admin writes for Teams, what is wrong with it, and many organisations behind one address."""

import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.desks.teams import Installation, check, note
from bridge.domain.events import ClaimPressed
from bridge.domain.ids import HandoffId, TenantId
from bridge.ports import CredentialsRejected, DeskAddress
from tests.adapters.desks.teams.conftest import Support
from tests.adapters.desks.teams.driver import desk_settings
from tests.fakes.core import waiting_card
from tests.fakes.teams import APP, SECRET, TENANT

ELSE = {"app_id": "00000000-0000-4000-8000-00000000b002", "tenant_id": "another-tenant", "secret": "s"}


def installation(**changes: Any) -> Installation:
    apps = [{"app_id": APP.upper(), "tenant_id": TENANT, "secret": SECRET}]
    return Installation.model_validate({"apps": apps, **changes})


def test_an_id_is_the_same_in_any_case() -> None:
    assert installation().app(APP) == installation().app(APP.upper())


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"apps": []}, "at least 1"),
        ({"apps": [ELSE, ELSE]}, "stands twice"),
        ({"openid_url": "ftp://x"}, "pattern"),
        ({"app": []}, "not permitted"),
    ],
)
def test_what_is_wrong_is_said(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        installation(**changes)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, ""),
        ({"app_id": "another"}, "not among teams.apps"),
        ({"service_url": "https://evil.example/"}, "not among teams.service_hosts"),
        ({"service_url": "https://smba.trafficmanager.net/emea/"}, ""),
    ],
)
def test_a_desk_is_checked_against_the_installation(changes: dict[str, Any], told: str) -> None:
    assert told in " ".join(check(desk_settings(**changes), "https://b.example", installation())) or not told
    assert bool(told) == bool(check(desk_settings(**changes), "https://b.example", installation()))


def test_without_teams_in_bridge_yaml_no_app_could_speak() -> None:
    assert "add teams:" in check(desk_settings(), "https://b.example", None)[0]


def test_a_desk_may_wait_to_be_connected_and_team_and_channel_go_together() -> None:
    assert "handoff-bridge connect" in note(desk_settings(team="", channel=""))
    assert note(desk_settings()) == ""
    with pytest.raises(ValidationError, match="go together"):
        desk_settings(channel="")


async def test_which_organisation_a_request_is_for_its_token_says(support: Support) -> None:
    """The same channel id in another organisation's app reaches that tenant's desk, never this one's."""
    globex = DeskAddress(TenantId("globex"), "help", desk_settings(app_id=ELSE["app_id"]))
    section = support.directory.sections["teams"]
    both = section.model_copy(
        update={"apps": (*section.apps, Installation.model_validate({"apps": [ELSE]}).apps[0])}
    )
    support.directory.sections = {"teams": both}
    support.directory.addresses = [("teams", support.desk), ("teams", globex)]
    adapter = type(support.adapter)(support.host)
    card = await support.page()
    theirs = waiting_card(handoff=HandoffId("e" * 32 + ".1"))
    support.core.stand(globex, theirs)
    support.adapter._open_room = adapter._open_room

    def claim(handoff: str, tenant: str) -> bytes:
        action = {"verb": "claim", "data": {"handoff": handoff, "epoch": 3}}
        spoilt: dict[str, Any] = {
            "type": "invoke",
            "name": "adaptiveCard/action",
            "value": {"action": action},
            "channelData": {"tenant": {"id": tenant}, "channel": {"id": support.desk.settings.channel}},
            "conversation": {"id": card.conversation, "tenantId": tenant},
        }
        return json.dumps(support.teams.activity(card, **spoilt)).encode()

    token = support.teams.token(audience=ELSE["app_id"])
    ours = await support.teams.deliver(claim(waiting_card().handoff, ELSE["tenant_id"]), token=token)
    assert "does not belong" in ours.privately
    assert support.core.received == []
    assert (await support.teams.deliver(claim(theirs.handoff, TENANT), token=token)).status == 403
    await support.teams.deliver(claim(theirs.handoff, ELSE["tenant_id"]), token=token)
    [event] = support.core.received
    assert isinstance(event, ClaimPressed)
    assert event.tenant == "globex"


async def test_check_online_asks_microsoft(support: Support) -> None:
    await support.adapter.probe(support.desk)
    await support.adapter.probe(replace(support.desk, settings=desk_settings(team="", channel="")))
    support.teams.channels.clear()
    with pytest.raises(CredentialsRejected, match="BotNotInConversationRoster"):
        await support.adapter.probe(support.desk)


def test_the_sdk_is_loaded_only_where_teams_is_served() -> None:
    look = "import adapters.desks.teams, sys; sys.exit('botbuilder' in sys.modules or 'msal' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], check=False).returncode == 0
