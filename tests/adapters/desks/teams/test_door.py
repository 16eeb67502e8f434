"""Who may come in: tokens and activities, genuine and not, and the status that each gets."""

import asyncio
import copy
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bridge.domain.model import Agent
from tests.adapters.desks.teams.conftest import Support
from tests.fakes.core import HANDOFF, claimed_card
from tests.fakes.teams import ANA, APP, TENANT
from tests.fakes.teams.signer import new_key

ANA_HERE = Agent(f"teams:{ANA.object_id}", ANA.name)
FORGED = new_key()
Spoil = Callable[[Support], str]

BAD_TOKENS: dict[str, Spoil] = {
    "none": lambda s: "",
    "garbage": lambda s: "garbage",
    "three parts of nothing": lambda s: "a.b.c",
    "too long": lambda s: "x" * 7_000,
    "another key of the same name": lambda s: s.teams.token(key=FORGED),
    "a key nobody published": lambda s: s.teams.token(header={"kid": "unknown"}),
    "no name of a key": lambda s: s.teams.token(header={"kid": ""}),
    "no signature": lambda s: s.teams.token(algorithm="none"),
    "a shared secret": lambda s: s.teams.token(key="s" * 32, algorithm="HS256"),
    "another app": lambda s: s.teams.token(audience="00000000-0000-4000-8000-000000000000"),
    "several audiences": lambda s: s.teams.token(audience=[APP]),
    "no audience": lambda s: s.teams.token(audience=None),
    "another issuer": lambda s: s.teams.token(iss="https://sts.windows.net/x/"),
    "ended six minutes ago": lambda s: s.teams.token(exp=at(s, minutes=-6)),
    "begins in six minutes": lambda s: s.teams.token(nbf=at(s, minutes=6)),
    "without an end": lambda s: s.teams.token(exp=None),
    "for another address": lambda s: s.teams.token(service_url="https://smba.trafficmanager.net/amer/"),
    "for no address": lambda s: s.teams.token(service_url=None),
}

BAD_ACTIVITIES: dict[str, tuple[dict[str, Any], int]] = {
    "another organisation": ({"channelData": {"tenant": {"id": "other"}}}, 403),
    "no organisation": ({"channelData": {}, "conversation": {"id": "19:x@thread.tacv2"}}, 403),
    "two organisations": ({"conversation": {"id": "19:x@thread.tacv2", "tenantId": "other"}}, 403),
    "another platform": ({"channelId": "webchat"}, 403),
    "no sender": ({"from": None}, 400),
    "a conversation that is none": ({"conversation": []}, 400),
    "an address of somebody else": ({"serviceUrl": "https://evil.example/"}, 401),
    "no address": ({"serviceUrl": None}, 401),
    "a press of nothing": ({"type": "invoke", "name": "adaptiveCard/action", "value": {}}, 400),
    "a press without a verb": (
        {"type": "invoke", "name": "adaptiveCard/action", "value": {"action": {"data": {}}}},
        400,
    ),
    "an unknown verb": (
        {"type": "invoke", "name": "adaptiveCard/action", "value": {"action": {"verb": "x", "data": {}}}},
        400,
    ),
    "another invoke": ({"type": "invoke", "name": "task/fetch", "value": {}}, 400),
    "an unknown type": ({"type": "weather"}, 200),
    "a reaction": ({"type": "messageReaction"}, 200),
}


def at(support: Support, **away: float) -> int:
    return int((support.clock.now() + timedelta(**away)).timestamp())


async def line(support: Support, token: str | None = None, **changed: Any) -> int:
    card = support.teams.card() if support.teams.cards() else await support.page(claimed_card(ANA_HERE))
    body = json.dumps(support.teams.activity(card, ANA, **changed)).encode()
    return (await support.teams.deliver(body, token=token)).status


async def test_a_genuine_line_comes_in(support: Support) -> None:
    assert await line(support) == 200
    assert len(support.core.received) == 1


@pytest.mark.parametrize("name", BAD_TOKENS)
async def test_a_bad_token_is_401_and_is_throttled(support: Support, name: str) -> None:
    assert await line(support, BAD_TOKENS[name](support)) == 401
    assert support.core.received == []
    assert support.throttle.admitted == {"": 1}


@pytest.mark.parametrize("name", BAD_ACTIVITIES)
async def test_a_bad_activity_is_refused_and_never_a_server_error(support: Support, name: str) -> None:
    changed, status = BAD_ACTIVITIES[name]
    assert await line(support, **changed) == status
    assert support.core.received == []


JUNK: list[Any] = [None, 5, -1.5, True, "x", "x" * 5_000, [], [1], {}, {"id": 5}, {"id": "x" * 500}, "\u0000"]
PATHS = ["", "conversation", "from", "recipient", "channelData", "value", "attachments.0", "value.action"]


async def test_whatever_stands_anywhere_in_a_genuine_activity_it_is_no_server_error(support: Support) -> None:
    card = await support.page(claimed_card(ANA_HERE))
    action = {"type": "Action.Execute", "verb": "claim", "data": {"handoff": HANDOFF, "epoch": 3}}
    press = {
        "type": "invoke",
        "name": "adaptiveCard/action",
        "value": {"action": action},
        "replyToId": card.id,
    }
    seen = set()
    for genuine in (support.teams.activity(card), support.teams.activity(card, ANA, **press)):
        for path in PATHS:
            keys = path.split(".") if path else []
            for name in [*within(genuine, keys)]:
                for junk in JUNK:
                    spoilt = copy.deepcopy(genuine)
                    within(spoilt, keys)[name] = junk
                    status = (await support.teams.deliver(json.dumps(spoilt).encode())).status
                    assert status < 500, (path, name, junk)
                    seen.add(status)
    assert {200, 400, 401, 403} <= seen
    await support.settled()


def within(activity: dict[str, Any], keys: list[str]) -> dict[str, Any]:
    found: Any = activity
    for key in keys:
        found = found[int(key)] if isinstance(found, list) and key.isdigit() else (found or {}).get(key, {})
        if isinstance(found, list) and not found:
            return {}
    return found if isinstance(found, dict) else {}


async def test_a_key_that_is_not_for_teams_opens_nothing(support: Support) -> None:
    support.teams.signer.endorsements = ["webchat"]
    assert await line(support) == 401


async def test_a_key_without_endorsements_is_for_all(support: Support) -> None:
    support.teams.signer.endorsements = None
    assert await line(support) == 200


async def test_a_few_minutes_of_another_clock_are_forgiven(support: Support) -> None:
    token = support.teams.token(exp=at(support, minutes=-4), nbf=at(support, minutes=4))
    assert await line(support, token) == 200


async def test_new_keys_are_believed_at_once_and_forged_names_fetch_nothing(support: Support) -> None:
    assert await line(support) == 200
    for n in range(5):
        assert await line(support, support.teams.token(header={"kid": f"forged-{n}"})) == 401
    assert support.teams.key_fetches == 1, "asked for a moment ago"
    support.teams.signer.rotate()
    support.clock.pass_by(seconds=16)
    assert await line(support) == 200
    assert support.teams.key_fetches == 2


async def test_keys_that_can_not_be_fetched_are_503_and_known_ones_stay_good(support: Support) -> None:
    support.teams.keys_down = True
    assert await line(support) == 503
    support.teams.keys_down = False
    support.clock.pass_by(seconds=16)
    assert await line(support) == 200
    support.teams.keys_down = True
    support.clock.pass_by(hours=13)
    assert await line(support, support.teams.token()) == 200


async def test_many_at_once_fetch_the_keys_once(support: Support) -> None:
    await support.page(claimed_card(ANA_HERE))
    assert set(await asyncio.gather(*(line(support) for _ in range(20)))) == {200}
    assert support.teams.key_fetches == 1


async def test_the_address_of_the_connector_is_learned_from_who_is_genuine(support: Support) -> None:
    await line(support, support.teams.token(key=FORGED))
    assert support.vault.kept.get("teams.service") is None
    await line(support)
    assert support.vault.kept["teams.service"] == {APP: {"url": support.teams.url}}


async def test_an_address_off_the_list_gets_no_token_of_ours(support: Support) -> None:
    evil = "https://evil.example/"
    assert await line(support, support.teams.token(service_url=evil), serviceUrl=evil) == 401


async def test_the_organisation_is_told_by_channel_or_conversation_alike(support: Support) -> None:
    assert await line(support, channelData={"tenant": {"id": TENANT.upper()}}) == 200
