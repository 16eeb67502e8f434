"""The sample shop's look-up tool: what it knows, and that it can fail in front of the customer."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from bridge.demo.orders import BROKEN, ORDERS, order_routes

Client = TestClient[Any, Any]


@pytest.fixture
async def shop(aiohttp_client: Callable[..., Awaitable[Client]]) -> Client:
    app = web.Application()
    app.add_routes(order_routes())
    return await aiohttp_client(app)


async def ask(shop: Client, number: str) -> tuple[int, dict[str, Any]]:
    answer = await shop.get("/demo/orders", params={"number": number})
    return answer.status, await answer.json()


@pytest.mark.parametrize("written", ["AC-1042", "ac-1042", "AC1042", " AC-1042 "])
async def test_an_order_is_found_however_the_customer_writes_its_number(shop: Client, written: str) -> None:
    status, body = await ask(shop, written)
    assert (status, body["ok"]) == (200, True)
    order = body["order"]
    assert (order["number"], order["status"], order["carrier"]) == ("AC-1042", "on its way", "DHL")
    eta = date.fromisoformat(order["eta"])
    assert eta > datetime.now(UTC).date()
    assert eta.weekday() != 6, "couriers rest on Sundays"


async def test_what_has_arrived_is_not_promised_again(shop: Client) -> None:
    _, body = await ask(shop, "AC-1077")
    assert body["order"]["status"] == "delivered"
    assert body["order"]["eta"] is None


async def test_some_orders_fail_so_that_the_trigger_can_be_seen(shop: Client) -> None:
    assert BROKEN
    assert not BROKEN & set(ORDERS)
    for number in BROKEN:
        status, body = await ask(shop, number)
        assert (status, body["ok"]) == (500, False)


@pytest.mark.parametrize(
    ("number", "status"), [("AC-9999", 404), ("", 400), ("1042", 400), ("AC-1042 OR 1", 400)]
)
async def test_what_is_not_an_order_is_not_made_up(shop: Client, number: str, status: int) -> None:
    answered, body = await ask(shop, number)
    assert (answered, body["ok"]) == (status, False)
    assert "order" not in body
