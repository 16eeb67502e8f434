"""The one address that Slack calls: who gets in, and what the rest of the world changes."""

import json
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.desks.slack import Adapter
from tests.adapters.desks.slack.conftest import Support, desk_settings
from tests.contracts.desk import Client
from tests.fakes.core import ListedDirectory, PlainOutbound, RecordingCore, core_host
from tests.fakes.desk_core import START, OwnClock
from tests.fakes.slack import TOKEN, signed

JSON = "application/json"


async def test_slacks_challenge_is_given_back(support: Support) -> None:
    reply = await support.slack.send_json({"type": "url_verification", "challenge": "3eZbrw1a"})
    assert (reply.status, reply.json) == (200, {"challenge": "3eZbrw1a"})


async def test_an_unsigned_challenge_is_not(support: Support) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1a"}).encode()
    reply = await support.slack.deliver(body, JSON, signature="")
    assert reply.status == 401
    assert reply.json["error"]["code"] == "unauthorized"


@pytest.mark.parametrize(("age", "status"), [(0, 200), (299, 200), (301, 401), (-299, 200), (-301, 401)])
async def test_a_signature_is_good_for_five_minutes(support: Support, age: int, status: int) -> None:
    stamp, body = str(int(support.clock.now().timestamp()) - age), b'{"type": "shortcut"}'
    reply = await support.slack.deliver(body, JSON, timestamp=stamp, signature=signed(stamp, body))
    assert reply.status == status


async def test_only_strangers_are_slowed_down(support: Support) -> None:
    support.throttle.limit = 1
    card = await support.page()
    for _ in range(3):
        assert (await support.slack.press("claim", card)).status == 200
    assert (await support.slack.deliver(b"{}", JSON, signature="v0=no")).status == 401
    assert (await support.slack.deliver(b"{}", JSON, signature="v0=no")).status == 429


@pytest.mark.parametrize("payload", [{"type": "shortcut"}, {"type": "view_closed"}, {}, {"type": 5}])
async def test_what_we_did_not_ask_for_is_acknowledged_and_ignored(
    support: Support, payload: dict[str, object]
) -> None:
    assert (await support.slack.send_json(payload)).status == 200
    assert (await support.slack.send_form(payload)).status == 200
    reply = await support.slack.deliver(b"command=%2Fhandoff&text=", "application/x-www-form-urlencoded")
    assert reply.status == 200


async def test_the_admin_learns_once_that_the_app_was_removed(
    support: Support, caplog: pytest.LogCaptureFixture
) -> None:
    assert (await support.slack.uninstall()).status == 200
    assert caplog.text.count("can not be paged: acme/support") == 1


async def test_a_users_own_token_is_none_of_ours(support: Support, caplog: pytest.LogCaptureFixture) -> None:
    await support.slack.send_event({"type": "tokens_revoked", "tokens": {"oauth": ["U1"], "bot": []}})
    assert "can not be paged" not in caplog.text


@pytest.fixture
def slacks_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables that Bolt reads by itself, and that our settings may name."""
    for name in ("CLIENT_ID", "CLIENT_SECRET", "BOT_TOKEN", "SIGNING_SECRET", "VERIFICATION_TOKEN"):
        monkeypatch.setenv(f"SLACK_{name}", "from-the-environment")


async def test_slacks_own_environment_variables_change_nothing(
    slacks_environment: None, support: Support
) -> None:
    card = await support.page()
    assert (await support.slack.press("claim", card)).status == 200
    assert len(support.core.received) == 1
    assert {call.token for call in support.slack.calls} == {TOKEN}
    assert support.slack.called("auth.test") == []


async def test_without_a_section_in_the_settings_nobody_gets_in(
    aiohttp_client: Callable[..., Awaitable[Client]],
) -> None:
    http = PlainOutbound()
    app = web.Application()
    app.add_routes(Adapter(core_host(RecordingCore(), ListedDirectory(), http, OwnClock())).routes())
    client = await aiohttp_client(TestServer(app))
    stamp = str(int(START.timestamp()))
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signed(stamp, b"{}", "")}
    assert (await client.post("/slack/events", data=b"{}", headers=headers)).status == 401
    await http.close()


def test_settings_refuse_what_they_do_not_know() -> None:
    with pytest.raises(ValueError, match="chanel"):
        desk_settings(chanel="C1")
    with pytest.raises(ValueError, match="channel"):
        desk_settings(channel="#support")
    with pytest.raises(ValueError, match="notify"):
        desk_settings(notify=["@ana"])
    assert "xoxb" not in repr(desk_settings())
