"""Who the customer is, and what a token is worth."""

import base64
import json
from typing import Any

import jwt
import pytest

from bridge.domain.events import SessionOpened
from bridge.domain.model import Profile
from tests.adapters.channels.webchat.conftest import Chat
from tests.adapters.channels.webchat.driver import SECRETS, WEB, identity
from tests.fakes.desk_core import START

NOW = int(START.timestamp())


def opening(chat: Chat) -> Any:
    event = chat.core.received[-1]
    assert isinstance(event, SessionOpened)
    return event.opening


async def refused(chat: Chat, body: Any) -> int:
    before = len(chat.core.received)
    response = await chat.client.post(f"{WEB}/sessions", json=body)
    assert len(chat.core.received) == before
    return response.status


async def test_a_session_gives_a_token_and_the_conversations_own_id(chat: Chat) -> None:
    opened = await chat.customer.open(chat.client)
    assert set(opened) == {"token", "conversation"}
    assert opening(chat).external == opened["conversation"]
    assert opening(chat).channel == "web"


async def test_a_session_needs_no_body(chat: Chat) -> None:
    response = await chat.client.post(f"{WEB}/sessions")
    assert response.status == 201


async def test_every_anonymous_session_is_a_customer_of_its_own(chat: Chat) -> None:
    first = await chat.customer.open(chat.client)
    customer = opening(chat).customer
    second = await chat.customer.open(chat.client)
    assert first["conversation"] != second["conversation"]
    assert opening(chat).customer != customer


async def test_a_signed_customer_is_the_same_in_every_session_of_their_tenant(chat: Chat) -> None:
    await chat.customer.open(chat.client, identity=identity())
    customer = opening(chat).customer
    await chat.customer.open(chat.client, identity=identity(name="Eve"))
    assert opening(chat).customer == customer
    await chat.customer.open(chat.client, tenant="globex", identity=identity(SECRETS["globex"]))
    assert opening(chat).customer != customer


async def test_a_signed_identity_sets_the_verified_profile(chat: Chat) -> None:
    claims: dict[str, Any] = {
        "name": "Eva  Sol\u202e",
        "email": "eva@example.com",
        "language": "es",
        "timezone": "Europe/Madrid",
        "tags": ["vip", " "],
        "lifetime_value": 6400,
        "account": "Globex",
    }
    await chat.customer.open(chat.client, identity=identity(**claims))
    assert opening(chat).profile == Profile(
        verified=True,
        name="Eva Sol",
        email="eva@example.com",
        language="es",
        timezone="Europe/Madrid",
        tags=("vip",),
        lifetime_value=6400.0,
        account="Globex",
    )


async def test_what_the_browser_says_is_a_claim_and_never_standing(chat: Chat) -> None:
    said = {"name": "Eve", "language": "de", "tags": ["vip"], "lifetime_value": 9e9, "account": "Globex"}
    await chat.customer.open(chat.client, customer=said)
    assert opening(chat).profile == Profile(verified=False, name="Eve", language="de")


async def test_a_signed_customers_browser_only_adds_language_and_time_zone(chat: Chat) -> None:
    said = {"name": "Mallory", "email": "m@example.com", "language": "de", "timezone": "Europe/Berlin"}
    await chat.customer.open(chat.client, identity=identity(name="Eve"), customer=said)
    assert opening(chat).profile == Profile(
        verified=True, name="Eve", language="de", timezone="Europe/Berlin"
    )


@pytest.mark.parametrize("timezone", ["Etc/Unknown", "../../etc/passwd", "Europe", "/etc/localtime", "\x00"])
async def test_a_time_zone_that_is_none_is_left_out(chat: Chat, timezone: str) -> None:
    await chat.customer.open(chat.client, customer={"timezone": timezone, "language": "<b>"})
    assert opening(chat).profile == Profile()


@pytest.mark.parametrize("customer", ["Eve", 7, [], {"name": 7}, {"email": ["a"]}, {"language": {}}])
async def test_claims_of_the_wrong_type_are_400(chat: Chat, customer: Any) -> None:
    assert await refused(chat, {"customer": customer}) == 400


def unsigned(**claims: Any) -> str:
    parts = [{"alg": "none", "typ": "JWT"}, {"sub": "u-1", "exp": NOW + 60, **claims}]
    encoded = [base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts]
    return ".".join([*encoded, ""])


FORGED = {
    "another secret": identity("x" * 32),
    "another tenant's": identity(SECRETS["globex"]),
    "expired": identity(exp=NOW),
    "not yet": identity(nbf=NOW + 60),
    "no exp": identity(exp=None),
    "no sub": identity(sub=None),
    "empty sub": identity(sub=""),
    "exp as text": identity(exp="tomorrow"),
    "exp as truth": identity(exp=True),
    "endless exp": identity(exp=10**400),
    "unsigned": unsigned(),
    "other algorithm": jwt.encode({"sub": "u", "exp": NOW + 60}, SECRETS["acme"] * 2, algorithm="HS512"),
    "deep header": base64.urlsafe_b64encode(b"[" * 5000).decode() + ".e30.AAAA",
    "no token": "nonsense",
    "not ASCII": "ñ.ñ.ñ",
}


@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED.keys())
async def test_a_wrong_identity_is_401_and_opens_nothing(chat: Chat, token: str) -> None:
    assert await refused(chat, {"identity": token}) == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"tags": "vip"},
        {"tags": [7]},
        {"tags": ["x"] * 51},
        {"lifetime_value": "6400"},
        {"lifetime_value": -1},
        {"lifetime_value": True},
        {"name": 7},
        {"account": []},
    ],
)
async def test_a_genuine_identity_with_a_wrong_claim_is_said_not_swallowed(
    chat: Chat, claims: dict[str, Any]
) -> None:
    assert await refused(chat, {"identity": identity(**claims)}) == 400


@pytest.mark.parametrize("body", [{"identity": 7}, {"identity": ""}, {"identity": {}}])
async def test_an_identity_that_is_no_text_is_400(chat: Chat, body: Any) -> None:
    assert await refused(chat, body) == 400


async def test_no_identity_is_taken_where_no_secret_is_set(chat: Chat) -> None:
    settings = chat.customer.settings("acme").model_copy(update={"identity_secret": None})
    chat.directory.channels["acme", "web", "webchat"] = settings
    assert await refused(chat, {"identity": identity("None" * 8)}) == 401
    assert await refused(chat, {"identity": identity()}) == 401


@pytest.mark.parametrize("path", ["/webchat/nobody/web", "/webchat/acme/none", "/webchat/acme/api"])
async def test_unknown_tenants_and_channels_are_404_in_public_and_401_behind_a_token(
    chat: Chat, path: str
) -> None:
    assert (await chat.client.post(f"{path}/sessions", json={})).status == 404
    assert (await chat.client.get(path)).status == 404
    headers = {"Authorization": f"Bearer {chat.customer.token}"}
    assert (await chat.client.get(f"{path}/events", headers=headers)).status == 401
    assert (await chat.client.post(f"{path}/messages", json={}, headers=headers)).status == 401


@pytest.mark.parametrize("path", ["/webchat/globex/web", "/webchat/acme/other"])
async def test_a_token_opens_no_other_tenant_and_no_other_channel(chat: Chat, path: str) -> None:
    headers = {"Authorization": f"Bearer {chat.customer.token}", "Accept": "application/json"}
    assert (await chat.client.get(f"{WEB}/events", headers=headers)).status == 200
    assert (await chat.client.get(f"{path}/events", headers=headers)).status == 401
    assert (await chat.client.post(f"{path}/signals", json={"person": True}, headers=headers)).status == 401


async def test_a_token_lasts_thirty_days(chat: Chat) -> None:
    chat.clock.pass_by(days=29, hours=23)
    assert (await chat.customer.write(chat.client, "still me")).status == 202
    chat.clock.pass_by(hours=1)
    assert (await chat.customer.write(chat.client, "too late", number=2)).status == 401


async def test_a_token_in_the_address_is_for_reading_only(chat: Chat) -> None:
    query = f"?token={chat.customer.token}"
    page = await chat.client.get(f"{WEB}/events{query}", headers={"Accept": "application/json"})
    assert page.status == 200
    written = await chat.client.post(f"{WEB}/signals{query}", json={"person": True})
    assert written.status == 401


async def test_the_look_names_the_chat_and_nothing_secret(chat: Chat) -> None:
    response = await chat.client.get(WEB)
    assert await response.json() == {"title": "Acme Outdoor", "colour": "#0f766e"}
