"""Which pages may use the chat, what they can read, and how the widget is served."""

import pytest
from pydantic import ValidationError

from adapters.channels.webchat import Settings
from tests.adapters.channels.webchat.conftest import Chat
from tests.adapters.channels.webchat.driver import SHOP, WEB
from tests.fakes.desk_core import CountingThrottle
from tests.fakes.inbound import PUBLIC_URL

FOREIGN = [
    "https://evil.example",
    "http://shop.acme.example",
    "https://shop.acme.example:8443",
    "https://shop.acme.example.evil.example",
    "https://SHOP.acme.example/",
    "null",
    "",
    "https://[",
]


async def test_a_named_site_may_ask_and_read(chat: Chat) -> None:
    response = await chat.client.post(f"{WEB}/sessions", json={}, headers={"Origin": SHOP})
    assert response.status == 201
    assert response.headers["Access-Control-Allow-Origin"] == SHOP
    assert response.headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.mark.parametrize("origin", FOREIGN)
async def test_any_other_site_is_403_and_records_nothing(chat: Chat, origin: str) -> None:
    before = len(chat.core.received)
    headers = {"Origin": origin, "Authorization": f"Bearer {chat.customer.token}"}
    for response in (
        await chat.client.post(f"{WEB}/sessions", json={}, headers=headers),
        await chat.client.post(f"{WEB}/signals", json={"person": True}, headers=headers),
        await chat.client.get(f"{WEB}/events", headers=headers),
        await chat.client.options(f"{WEB}/messages", headers=headers),
    ):
        assert response.status == 403
        assert "Access-Control-Allow-Origin" not in response.headers
    assert len(chat.core.received) == before


async def test_with_no_site_named_only_the_bridges_own_pages_may(chat: Chat) -> None:
    chat.directory.channels["acme", "web", "webchat"] = Settings(kind="webchat")
    here = str(chat.client.make_url("")).rstrip("/")
    for origin, status in ((PUBLIC_URL, 201), (here, 201), (SHOP, 403)):
        response = await chat.client.post(f"{WEB}/sessions", json={}, headers={"Origin": origin})
        assert response.status == status, origin


async def test_what_comes_from_no_page_rests_on_its_token(chat: Chat) -> None:
    assert (await chat.client.post(f"{WEB}/sessions", json={})).status == 201


@pytest.mark.parametrize("action", ["", "/sessions", "/messages", "/signals", "/events"])
async def test_a_browsers_preflight_is_answered(chat: Chat, action: str) -> None:
    asked = {"Origin": SHOP, "Access-Control-Request-Method": "POST"}
    response = await chat.client.options(f"{WEB}{action}", headers=asked)
    assert response.status == 204
    assert response.headers["Access-Control-Allow-Origin"] == SHOP
    assert "Authorization" in response.headers["Access-Control-Allow-Headers"]
    assert "POST" in response.headers["Access-Control-Allow-Methods"]


async def test_refusals_can_be_read_by_the_page_that_asked(chat: Chat) -> None:
    """Otherwise a widget could not tell an expired session from a lost connection."""
    page = {"Origin": SHOP}
    genuine = {**page, "Authorization": f"Bearer {chat.customer.token}"}
    unauthorised = await chat.client.get(f"{WEB}/events", headers=page)
    malformed = await chat.client.post(f"{WEB}/messages", data=b"{", headers=genuine)
    chat.core.unavailable = True
    away = await chat.client.post(f"{WEB}/signals", json={"person": True}, headers=genuine)
    assert isinstance(chat.host.throttle, CountingThrottle)
    chat.host.throttle.limit = 0
    throttled = await chat.client.post(f"{WEB}/signals", json={"person": True}, headers=genuine)
    refusals = [unauthorised, malformed, away, throttled]
    assert [refusal.status for refusal in refusals] == [401, 400, 503, 429]
    for refusal in refusals:
        assert refusal.headers["Access-Control-Allow-Origin"] == SHOP
    assert "Retry-After" in away.headers["Access-Control-Expose-Headers"]


async def test_a_stream_can_be_read_by_the_page_that_asked(chat: Chat) -> None:
    stream = await chat.customer.stream(chat.client, Origin=SHOP)
    assert stream.response.headers["Access-Control-Allow-Origin"] == SHOP


async def test_a_session_has_its_own_limit(chat: Chat) -> None:
    throttle = chat.host.throttle
    assert isinstance(throttle, CountingThrottle)
    await chat.customer.write(chat.client, "hi")
    assert throttle.admitted[chat.customer.conversation] == 1


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("https://Shop.Example", "https://shop.example"),
        ("https://shop.example:443/", "https://shop.example"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_origins_are_kept_as_browsers_send_them(told: str, kept: str) -> None:
    assert Settings(kind="webchat", origins=[told]).origins == [kept]


@pytest.mark.parametrize(
    "origin",
    ["*", "https://*.example.com", "shop.example", "https://a.example/shop", "ftp://a", "https://u@a"],
)
def test_what_is_no_origin_is_a_wrong_setting(origin: str) -> None:
    with pytest.raises(ValidationError, match="is not an origin such as"):
        Settings(kind="webchat", origins=[origin])


@pytest.mark.parametrize("wrong", [{"identity_secret": " "}, {"colour": "red"}, {"title": ""}, {"colr": "x"}])
def test_wrong_settings_are_said(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"kind": "webchat", **wrong})


async def test_the_widget_is_one_script_that_any_page_may_load(chat: Chat) -> None:
    response = await chat.client.get("/widget.js")
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    script = await response.text()
    for forbidden in ("innerHTML", "eval(", "new Function", "document.write", "setAttribute('style"):
        assert forbidden not in script
    again = await chat.client.get("/widget.js", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status == 304
    assert await again.read() == b""
