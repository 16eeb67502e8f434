"""Whatever a stranger sends to whichever route: a 4xx with a short JSON error, and nothing changes."""

import json
import re
from typing import Any

import pytest

from tests.walk.house import House

DEEP = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
BODIES: dict[str, bytes] = {
    "empty": b"",
    "broken": b'{"text": ',
    "array": b"[1, 2]",
    "bom": b'\xef\xbb\xbf{"text": "x"}',
    "not-utf-8": b'{"text": "\xff\xfe"}',
    "deep": DEEP,
    "nan": b'{"text": NaN}',
    "twice": b'{"text": "a", "text": "b"}',
    "numbers": b'{"text": 1, "id": 2, "name": 3, "epoch": "x", "cart_value": "much", "customer": 7}',
    "form": b"payload=notjson",
    "huge": b'{"text": "' + b"x" * 2_000_000 + b'"}',
}
UNKNOWN = {"tenant": "nobody", "channel": "nothing", "desk": "nowhere", "token": "forged", "handoff": "x.1"}
KNOWN = {"tenant": "acme", "channel": "web", "desk": "sales", "token": "forged", "handoff": f"{'0' * 32}.1"}


def posting_routes(house: House) -> list[str]:
    app = house.service.application()
    return sorted(
        {
            route.resource.canonical
            for route in app.router.routes()
            if route.method in ("POST", "*") and route.resource is not None
        }
    )


def fill(pattern: str, names: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: names.get(found[1], "x"), pattern)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
async def test_broken_bodies_end_in_a_4xx_everywhere(house: House, body: bytes) -> None:
    visitor = await house.visitor()
    before = await house.service.reads.entries(
        house.service.directory.tenants()[0],
        visitor.conversation,  # type: ignore[arg-type]
        0,
        100,
    )
    heads: list[dict[str, str]] = [
        {},
        visitor.headers,
        {"Authorization": "Bearer \udcff".encode("latin-1", "replace").decode("latin-1")},
    ]
    for pattern in posting_routes(house):
        for names in (UNKNOWN, KNOWN):
            for head in heads:
                if pattern.endswith("/sessions") and body == b"" and names is KNOWN:
                    continue  # an anonymous session needs no body
                await _expect_4xx(house, fill(pattern, names), body, head)
    after = await house.service.reads.entries(
        house.service.directory.tenants()[0],
        visitor.conversation,  # type: ignore[arg-type]
        0,
        100,
    )
    assert after == before


async def _expect_4xx(house: House, path: str, body: bytes, head: dict[str, str]) -> None:
    headers = {"Content-Type": "application/json", **head}
    async with house.http.post(house.url + path, data=body, headers=headers) as response:
        text = await response.text()
    assert 400 <= response.status < 500, (path, response.status, text[:200])
    error: Any = json.loads(text)["error"]
    assert set(error) == {"code", "message"}, path
    assert "Traceback" not in text


async def test_unknown_addresses_are_404_and_say_nothing(house: House) -> None:
    for path in (
        "/nothing",
        "/transcripts/forged",
        "/webchat/nobody/web/nothing",
        "/static/../../etc/passwd",
    ):
        status, text = await house.get(path)
        assert status == 404, path
        assert "acme" not in text


async def test_storable_text_comes_back_as_it_was_and_the_rest_is_replaced(house: House) -> None:
    visitor = await house.visitor()
    nasty = "a\u0000b <script>alert(1)</script> <!channel> \u202e مرحبا 👨‍👩‍👧 {{7*7}}"
    status, _ = await visitor.posts(nasty)
    assert status == 202
    await house.idle()
    assert (await visitor.reads())[0] == nasty.replace("\u0000", "\ufffd")


async def test_methods_that_a_route_does_not_have_are_4xx(house: House) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        async with house.http.request(method, f"{house.url}/slack/events") as response:
            assert 400 <= response.status < 500, method
