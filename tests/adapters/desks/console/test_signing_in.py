"""Who may sit at a desk, and for how long."""

from base64 import urlsafe_b64decode
from collections.abc import Awaitable, Callable
from http.cookies import Morsel

import pytest

from tests.adapters.desks.console.conftest import Connect
from tests.adapters.desks.console.room import ACME, ANA_KEY, OPEN, Client, Room, furnish, sign_in
from tests.fakes.desk_core import CountingThrottle

Serve = Callable[..., Awaitable[Client]]

CARDS = "/console/acme/support/cards"


def seat_of(client: Client) -> Morsel[str]:
    jar = client.session.cookie_jar.filter_cookies(client.make_url("/console/acme/support/cards"))
    return jar["console_seat"]


async def test_an_agent_with_the_right_key_sees_the_desk(connect: Connect) -> None:
    client = await connect()
    assert (await client.get(CARDS)).status == 401
    answer = await sign_in(client)
    assert answer.status == 200
    cookie = answer.cookies["console_seat"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert cookie["path"] == "/console/acme/support"
    assert cookie["max-age"] == str(12 * 3600)
    assert not cookie["secure"]
    assert (await client.get(CARDS)).status == 200
    session = await (await client.get("/console/acme/support/session")).json()
    assert (session["agent"], session["company"]) == ("Ana", "Acme Outdoor")


async def test_behind_https_the_cookie_travels_over_https_alone(aiohttp_client: Serve) -> None:
    client = await aiohttp_client(furnish("https://bridge.example.com").app())
    assert (await sign_in(client)).cookies["console_seat"]["secure"]


@pytest.mark.parametrize(
    ("name", "key", "tenant", "desk"),
    [
        ("Ana", "not-her-key", "acme", "support"),
        ("Ana", "", "acme", "support"),
        ("Ana", "ben-s-long-key", "acme", "support"),
        ("Nobody", ANA_KEY, "acme", "support"),
        ("Ana", ANA_KEY, "acme", "no-such-desk"),
        ("Ana", ANA_KEY, "no-such-tenant", "support"),
    ],
)
async def test_every_wrong_sign_in_gets_the_same_answer(
    connect: Connect, name: str, key: str, tenant: str, desk: str
) -> None:
    answer = await sign_in(await connect(), name, key, tenant=tenant, desk=desk)
    assert answer.status == 401
    assert await answer.json() == {
        "error": {"code": "unauthorized", "message": "The credentials are not valid here."}
    }
    assert not answer.cookies


async def test_a_seat_at_one_desk_opens_no_other(connect: Connect, ana: Client) -> None:
    token = seat_of(ana).value
    for path in ("/console/acme/sales/cards", "/console/globex/support/cards", "/console/none/none/cards"):
        other = await connect()
        answer = await other.get(path, headers={"Cookie": f"console_seat={token}"})
        assert answer.status == 401, path


async def test_a_seat_ends_after_twelve_hours(room: Room, ana: Client) -> None:
    room.clock.pass_by(hours=11, minutes=59)
    assert (await ana.get(CARDS)).status == 200
    room.clock.pass_by(minutes=1)
    assert (await ana.get(CARDS)).status == 401


async def test_an_agent_taken_out_of_the_settings_is_out_at_once(room: Room, ana: Client) -> None:
    room.set_agents(
        ACME, "support", {"kind": "console", "agents": [{"name": "Ben", "key": "ben-s-long-key"}]}
    )
    assert (await ana.get(CARDS)).status == 401


async def test_a_new_key_ends_the_sessions_of_the_old_one(room: Room, ana: Client, ben: Client) -> None:
    renewed = [{"name": "Ana", "key": "another-long-key"}, {"name": "Ben", "key": "ben-s-long-key"}]
    room.set_agents(ACME, "support", {"kind": "console", "agents": renewed})
    assert (await ana.get(CARDS)).status == 401
    assert (await ben.get(CARDS)).status == 200


async def test_a_changed_cookie_is_worth_nothing(connect: Connect, ana: Client) -> None:
    token = seat_of(ana).value
    client = await connect()
    for forged in (token[:-2] + "xx", "x" + token, token.split(".")[0], "", "....", "é"):
        answer = await client.get(CARDS, headers={"Cookie": f"console_seat={forged}"})
        assert answer.status == 401, forged


async def test_a_signed_out_agent_is_asked_again(ana: Client) -> None:
    answer = await ana.delete("/console/acme/support/session")
    assert answer.status == 204
    assert (await ana.get(CARDS)).status == 401


async def test_guessing_a_key_is_slowed_down(room: Room, connect: Connect) -> None:
    throttle = room.host.throttle
    assert isinstance(throttle, CountingThrottle)
    throttle.limit = 5
    client = await connect()
    answers = [(await sign_in(client, "Ana", f"guess number {n}")).status for n in range(7)]
    assert answers == [401] * 5 + [429] * 2


async def test_without_a_key_only_this_machine_gets_in(aiohttp_client: Serve) -> None:
    here = await aiohttp_client(furnish("http://127.0.0.1:8080", OPEN).app())
    assert (await sign_in(here, "Ana", "")).status == 200
    abroad = await aiohttp_client(furnish("https://bridge.example.com", OPEN).app())
    assert (await sign_in(abroad, "Ana", "")).status == 401


async def test_no_key_appears_in_a_cookie_or_in_a_log(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    client = await connect("Ana")
    await sign_in(client, "Ana", "not-her-key")
    assert ANA_KEY not in caplog.text
    assert "not-her-key" not in caplog.text
    payload = seat_of(client).value.split(".")[0]
    assert ANA_KEY not in urlsafe_b64decode(payload + "==").decode()
