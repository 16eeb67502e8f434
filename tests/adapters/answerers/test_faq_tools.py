"""Tools against a real HTTP server: what is asked, what is said, and what counts as failed."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import ValidationError

from adapters.answerers.faq import Settings, ToolSettings
from adapters.answerers.faq.pattern import MAX_TEXT, compiled
from adapters.answerers.faq.question import Question
from adapters.answerers.faq.reply import MAX_REPLY, ReplyError, render, template
from adapters.answerers.faq.tools import Outcome, Tool

DEMO = Path(__file__).parents[3] / "bench" / "data" / "faq" / "tool.yaml"
ORDERS: dict[str, dict[str, str | None]] = {
    "AC-1042": {"number": "AC-1042", "status": "on its way", "carrier": "SEUR", "eta": "24 November"},
    "AC-1043": {"number": "AC-1043", "status": "packed", "carrier": None, "eta": None},
}


class Client:
    """The plainest client that the port allows."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def __call__(
        self, method: str, url: str, *, json: object | None, timeout: float
    ) -> tuple[int, bytes]:
        limit = aiohttp.ClientTimeout(total=timeout)
        async with self._session.request(method, url, json=json, timeout=limit) as response:
            return response.status, await response.read()


class Shop:
    """A shop's own service, on a real socket."""

    def __init__(self) -> None:
        self.asked: list[Mapping[str, Any]] = []
        self.release = asyncio.Event()
        app = web.Application()
        app.router.add_get("/orders", self._orders)
        app.router.add_post("/orders", self._posted)
        app.router.add_get("/raw", self._raw)
        app.router.add_get("/slow", self._slow)
        self.server = TestServer(app)

    def url(self, path: str) -> str:
        return str(self.server.make_url(path))

    async def _orders(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.query))
        order = ORDERS.get(request.query["number"].upper())
        if order is None:
            return web.json_response({"ok": False}, status=500)
        return web.json_response({"ok": True, "order": order})

    async def _posted(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        return web.json_response({"ok": True, "order": ORDERS["AC-1042"]})

    async def _raw(self, request: web.Request) -> web.Response:
        return web.Response(status=int(request.query.get("status", 200)), text=request.query["body"])

    async def _slow(self, request: web.Request) -> web.Response:
        await self.release.wait()
        return web.json_response({"ok": True})


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    shop = Shop()
    await shop.server.start_server()
    yield shop
    shop.release.set()
    await shop.server.close()


@pytest.fixture
async def fetch() -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(session)


def demo_tool(url: str, **changes: object) -> Tool:
    stored = yaml.safe_load(DEMO.read_text("utf-8"))["tool"]
    return Tool(ToolSettings.model_validate({**stored, "url": url, **changes}), ["en", "es", "de"])


async def ask(tool: Tool, text: str, fetch: Client, language: str = "en") -> Outcome:
    wish = tool.wish(Question(text))
    assert wish
    return await tool.call(wish.calls[0], language, fetch)


async def test_the_reply_is_the_result_in_the_customers_language(shop: Shop, fetch: Client) -> None:
    tool = demo_tool(shop.url("/orders"))
    english = await ask(tool, "where is my order ac-1042?", fetch)
    assert english.reply == "Your order AC-1042 is on its way with SEUR and should arrive on 24 November."
    spanish = await ask(tool, "¿dónde está AC-1042?", fetch, "es")
    assert spanish.reply.startswith("El estado de tu pedido AC-1042")
    german = await ask(tool, "Wo ist AC-1042?", fetch, "de")
    assert german.reply.startswith("Ihre Bestellung AC-1042")
    other = await ask(tool, "AC-1042", fetch, "fr")
    assert other.reply == english.reply


async def test_what_the_result_leaves_empty_is_left_out(shop: Shop, fetch: Client) -> None:
    outcome = await ask(demo_tool(shop.url("/orders")), "AC-1043", fetch)
    assert outcome.reply == "Your order AC-1043 is packed."


async def test_post_sends_the_arguments_as_json(shop: Shop, fetch: Client) -> None:
    tool = demo_tool(shop.url("/orders"), method="POST", arguments={"shop": "acme"})
    outcome = await ask(tool, "AC-1042", fetch)
    assert shop.asked == [{"shop": "acme", "number": "AC-1042"}]
    assert outcome.call.arguments == {"shop": "acme", "number": "AC-1042"}


async def test_the_customers_words_never_leave_their_place_in_the_address(shop: Shop, fetch: Client) -> None:
    tool = demo_tool(shop.url("/orders?key=1"), when=r"look up (?P<number>.{1,40})", about=[], unless=[])
    await ask(tool, "look up AC&admin=1#/../x y", fetch)
    assert shop.asked == [{"key": "1", "number": "AC&admin=1#/../x y"}]


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"body": "{}", "status": "500"}, "answered with status 500"),
        ({"body": "{}", "status": "404"}, "answered with status 404"),
        ({"body": "<html>"}, "answered something that is not JSON"),
        ({"body": "[" * 500}, "answered something that is not JSON"),
        ({"body": "[1]"}, "answered JSON that is not an object"),
        ({"body": '{"ok": false}'}, "answered that it failed"),
        ({"body": '{"ok": "yes"}'}, "answered that it failed"),
        ({"body": '{"error": "no such order"}'}, "answered that it failed"),
        ({"body": '{"ok": true}'}, "the result doesn't fit the reply"),
        ({"body": '{"ok": true, "order": {"number": "AC-1"}}'}, "the result doesn't fit the reply"),
    ],
)
async def test_a_tool_that_does_not_answer_properly_has_failed(
    shop: Shop, fetch: Client, query: dict[str, str], error: str
) -> None:
    url = str(shop.server.make_url("/raw").with_query(query))
    outcome = await ask(demo_tool(url), "AC-1042", fetch)
    assert not outcome.call.ok
    assert outcome.reply == ""
    assert outcome.call.error.startswith(error)


async def test_a_slow_or_unreachable_tool_has_failed_and_its_address_is_not_told(
    shop: Shop, fetch: Client
) -> None:
    slow = await ask(demo_tool(shop.url("/slow?key=s3cret"), timeout=0.05), "AC-1042", fetch)
    assert slow.call.error == "no answer within 0.05 s"
    orders = demo_tool(shop.url("/orders?key=s3cret"))
    await shop.server.close()
    gone = await ask(orders, "AC-1042", fetch)
    assert gone.call.error.startswith("could not be reached (Client")
    assert "s3cret" not in slow.call.error + gone.call.error


async def test_a_client_that_ignores_the_time_limit_is_cut_off() -> None:
    async def forever(method: str, url: str, *, json: object | None, timeout: float) -> tuple[int, bytes]:
        await asyncio.Event().wait()
        raise AssertionError

    wish = demo_tool("http://shop.example/orders", timeout=0.05).wish(Question("AC-1042"))
    assert wish
    outcome = await wish.tool.call(wish.calls[0], "en", forever)
    assert outcome.call.error == "no answer within 0.05 s"


def test_a_match_alone_is_not_a_wish_when_the_customer_wants_something_else() -> None:
    tool = demo_tool("http://shop.example/orders")
    assert tool.wish(Question("where is AC-1042?"))
    assert tool.wish(Question("AC-1042, please"))
    assert not tool.wish(Question("cancel AC-1042"))
    assert not tool.wish(Question("does the tent of AC-1042 come with pegs I can return?"))
    assert not tool.wish(Question("where is my order?"))


def test_a_follow_up_leans_on_the_message_before() -> None:
    tool = demo_tool("http://shop.example/orders")
    later = tool.wish(Question("when does it arrive?", before="where is AC-1042?"))
    assert later
    assert later.calls == ({"number": "AC-1042"},)
    assert not tool.wish(Question("AC-1042", before="I want to cancel my order"))
    assert not tool.wish(Question("thanks", before="where is AC-1042?"))


def test_each_order_is_looked_up_once() -> None:
    wish = demo_tool("http://shop.example/orders").wish(Question("where are AC-1042, ac-1042 and AC-1043?"))
    assert wish
    assert [call["number"] for call in wish.calls] == ["AC-1042", "AC-1043"]


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+$",
        r"(a|aa)*b",
        r"\w+\w+x",
        r".*.*=",
        r"(\d{1,20}){1,20}x",
        r"(?=(a+)+b)c",
        r"(?P<x>\w*)(?(x)\w+|b)",
        "(",
    ],
)
def test_a_pattern_that_could_take_long_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"could take too long|not a regular expression"):
        compiled(pattern)


@pytest.mark.parametrize(
    "pattern", [r"\b(?P<n>AC-?\d{3,6})\b", r"order\s{0,3}#?(?P<n>\d+)", r"(?:a|b)(?P<n>\w+)"]
)
def test_a_plain_pattern_is_allowed_and_quick_on_the_worst_text(pattern: str) -> None:
    made = compiled(pattern)
    begun = time.process_time()
    for text in ("a" * MAX_TEXT, "order" * (MAX_TEXT // 5), "1" * MAX_TEXT, "AC-1" * (MAX_TEXT // 4)):
        list(made.finditer(text))
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize(
    "source",
    [
        "{{ result.__class__ }}{{ x.y() }}",
        "{{ 'a' * 999999999 }}",
        "{{ '%999999999d' % 1 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ 'a'.ljust(99999999) }}",
        "{% for a in b %}{% for c in d %}x{% endfor %}{% endfor %}",
        "{% include 'x' %}",
        "{% macro m() %}{% endmacro %}",
        "{{ x | map('upper') }}",
        "{% if %}",
        "x" * 5000,
    ],
)
def test_a_template_that_does_more_than_reply_is_refused(source: str) -> None:
    with pytest.raises(ReplyError):
        template(source)


def test_a_reply_is_bounded_complete_and_not_empty() -> None:
    with pytest.raises(ReplyError, match="longer than"):
        render(
            template("{% for x in result.many %}{{ x }}{% endfor %}"),
            {"result": {"many": ["ab"] * MAX_REPLY}},
        )
    with pytest.raises(ReplyError, match="doesn't fit"):
        render(template("{{ result.missing }}"), {"result": {}})
    with pytest.raises(ReplyError, match="empty"):
        render(template("{{ result.text }}"), {"result": {"text": "  "}})
    with pytest.raises(ReplyError, match="doesn't fit"):
        render(template("{{ result.__class__.__mro__ }}"), {"result": {}})
    assert render(template("<b>{{ result.a }}</b>"), {"result": {"a": "<i>"}}) == "<b><i></b>"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"when": "(a+)+"}, "could take too long"),
        ({"url": "file:///etc/passwd"}, "not an http or https address"),
        ({"answer": "{{ a() }}"}, "calls something"),
        ({"answer": {"English": "x"}}, "is not a language"),
        ({"answer": {}}, "at least 1"),
        ({"timeout": 0}, "greater than 0"),
        ({"typo": 1}, "Extra inputs"),
        ({"name": "Order Status"}, "pattern"),
    ],
)
def test_wrong_settings_are_refused_with_the_reason(change: dict[str, object], why: str) -> None:
    good: dict[str, object] = {"name": "a", "url": "https://x.example/", "when": "a", "answer": "b"}
    ToolSettings.model_validate(good)
    with pytest.raises(ValidationError, match=why):
        ToolSettings.model_validate({**good, **change})
    with pytest.raises(ValidationError, match="two tools are named 'a'"):
        Settings.model_validate({"folder": "faq", "tools": [good, good]})
