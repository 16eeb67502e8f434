"""Socket Mode: the same walk with nothing of the bridge reachable from Slack; lost lines, late commits."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.slack import APP_TOKEN
from tests.walk import test_handoff_in_slack as by_requests
from tests.walk.house import House


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    """A running bridge that calls Slack. Slack knows no address of it."""
    made = House(tmp_path, database_url)
    made.slack_app = {"app_token": APP_TOKEN}
    await made.open()
    made.slack.bridge = "http://127.0.0.1:1"
    await made.until(lambda: made.slack.sockets)
    yield made
    await made.close()


test_the_whole_walk = by_requests.test_from_a_customers_message_to_a_persons_answer_and_back
test_send_suggested_in_one_press = by_requests.test_send_suggested_in_one_press
test_an_edited_reply_through_the_modal = by_requests.test_an_edited_reply_through_the_modal


async def test_slack_asks_for_a_new_line_now_and_then(house: House) -> None:
    visitor = await house.visitor()
    await visitor.says("let me talk to a human")
    [before] = house.slack.sockets
    await house.slack.refresh_sockets()
    await house.until(lambda: house.slack.sockets and before not in house.slack.sockets)
    assert (await house.slack.press("claim", house.slack.card())).status == 200
    await house.idle()
    assert (await visitor.state())["agent"] == "Ana Ruiz"


async def test_a_line_that_is_cut_is_replaced_at_once(house: House) -> None:
    visitor = await house.visitor()
    await visitor.says("let me talk to a human")
    [before] = house.slack.sockets
    house.slack.break_sockets()
    await house.until(lambda: house.slack.sockets and before not in house.slack.sockets)
    assert (await house.slack.press("claim", house.slack.card())).status == 200


async def test_slack_that_asks_for_patience_gets_it(house: House) -> None:
    house.slack.limit("apps.connections.open", 1)
    house.slack.fail("apps.connections.open", "internal_error")
    [before] = house.slack.sockets
    house.slack.break_sockets()
    await house.until(lambda: house.slack.sockets and before not in house.slack.sockets)


async def test_what_was_acknowledged_is_stored(house: House) -> None:
    visitor = await house.visitor()
    await visitor.says("let me talk to a human")
    assert (await house.slack.press("claim", house.slack.card())).status == 200
    await house.stop()
    await house.start()
    assert (await visitor.state())["mode"] == "human"


async def test_an_event_that_slack_sends_again_counts_once(house: House) -> None:
    visitor = await house.visitor()
    await visitor.says("let me talk to a human")
    await house.slack.press("claim", house.slack.card())
    envelopes = house.slack.sent
    await house.slack.write_in_thread(house.slack.card(), "Hello María")
    await house.slack.send_through_socket("events_api", envelopes[-1], retry=1)
    await house.idle()
    assert (await visitor.reads()).count("Hello María") == 1


async def test_a_line_with_nonsense_stays_open(house: House) -> None:
    [line] = house.slack.sockets
    for nonsense in (
        "",
        "[]",
        "{",
        "null",
        '{"type": "interactive"}',
        '{"type": "events_api", "envelope_id": 5}',
    ):
        await line.send_str(nonsense)
    malformed = {"type": "block_actions", "actions": {}}
    reply, _ = await asyncio.gather(
        house.slack.send_through_socket("interactive", malformed, patience=0.2),
        house.slack.send_through_socket("events_api", {"type": "event_callback", "event": {"type": "new"}}),
    )
    assert reply.status == 0, "what is malformed is not acknowledged"
    assert house.slack.sockets == [line]


async def test_requests_are_nobodys_without_a_signing_secret(house: House) -> None:
    house.slack.bridge = house.url
    assert (await house.slack.deliver(b"{}", "application/json")).status == 401
