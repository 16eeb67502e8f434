"""The tenant's AI over real HTTP: what is asked, what counts as an answer, and what is a tool failure."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adapters.answerers.http import HttpAnswerer, NoAnswer, Settings, build, read
from bridge.domain.answer import (
    Answer,
    Citation,
    HandoffWish,
    HumanStretch,
    Intent,
    Said,
    ToolCall,
    ToolFailure,
    Turn,
)
from bridge.domain.ids import TenantId
from bridge.outbound import GuardedOutbound
from bridge.ports import Host
from tests.fakes.customer_side import (
    Behaviour,
    ScriptedAnswerer,
    drip,
    drop,
    flood,
    new_secret,
    raw,
    redirect,
    reply,
    status,
)
from tests.fakes.desk_core import START, DeskCore, FakeDirectory, OwnClock, desk_host

KEY = f"{'a' * 32}.3"
TURN = Turn(
    tenant="acme",
    conversation="c1",
    turn=2,
    language="es",
    customer={"name": "Bea", "tags": ["vip"]},
    messages=(
        Said("customer", "Bea", "¿Dónde está mi tienda? 🏕", START),
        Said("agent", "Ana", "Sale hoy.", START + timedelta(minutes=1)),
    ),
)


class Asking:
    """One AI, and the answerer that asks it."""

    def __init__(self, bot: ScriptedAnswerer, outbound: GuardedOutbound, clock: OwnClock) -> None:
        self.bot = bot
        self.host: Host = replace(
            desk_host(DeskCore({}, clock), FakeDirectory(dict[TenantId, Any]())), http=outbound
        )
        self.answerer = self.with_settings(timeout=5)

    def with_settings(self, **more: Any) -> HttpAnswerer:
        settings = {"url": self.bot.url, "secret": self.bot.secret, **more}
        return build(Settings.model_validate(settings), self.host)

    async def answer(self, turn: Turn = TURN) -> Answer | ToolFailure:
        return await self.answerer.answer(turn, key=KEY)

    async def failure(self, *behaviours: Behaviour) -> ToolFailure:
        """What the answerer makes of it; the reason names no secret, address or customer's word."""
        self.bot.then(*behaviours)
        failed = await self.answer()
        assert isinstance(failed, ToolFailure)
        assert len(failed.why) < 200
        for private in (self.bot.secret, "127.0.0.1", "tienda", "Bea"):
            assert private not in failed.why
        return failed


@pytest.fixture
async def ai() -> AsyncIterator[Asking]:
    clock = OwnClock()
    outbound = GuardedOutbound(["127.0.0.1"])
    async with ScriptedAnswerer(now=clock.now) as bot:
        yield Asking(bot, outbound, clock)
    await outbound.close()


# ---- the question ------------------------------------------------------------------------------------


async def test_the_question_is_signed_and_exactly_as_published(ai: Asking) -> None:
    await ai.answer()

    (asked,) = ai.bot.received
    assert ai.bot.refused == []
    assert asked.id == "a" * 32 + "_3"
    assert asked.body == {
        "tenant": "acme",
        "conversation": "c1",
        "turn": 2,
        "language": "es",
        "customer": {"name": "Bea", "tags": ["vip"]},
        "messages": [
            {
                "author": "customer",
                "name": "Bea",
                "text": "¿Dónde está mi tienda? 🏕",
                "at": "2026-11-23T10:00:00+00:00",
            },
            {"author": "agent", "name": "Ana", "text": "Sale hoy.", "at": "2026-11-23T10:01:00+00:00"},
        ],
    }


async def test_after_a_release_the_ai_is_told_who_spoke_until_when_and_what_was_done(ai: Asking) -> None:
    stretch = HumanStretch("Ana", START, START + timedelta(minutes=9), "Refunded 20 €.")
    await ai.answer(replace(TURN, human_stretch=stretch))

    assert ai.bot.asked[0]["human_stretch"] == {
        "agent": "Ana",
        "from": "2026-11-23T10:00:00+00:00",
        "to": "2026-11-23T10:09:00+00:00",
        "note": "Refunded 20 €.",
    }


# ---- the answer --------------------------------------------------------------------------------------


async def test_everything_that_the_ai_says_is_kept(ai: Asking) -> None:
    ai.bot.say(
        "Sale hoy.",
        confidence=0.93,
        citations=[{"title": "Envíos", "url": "https://shop.example/envios"}, {"title": "Guía"}],
        reasoning="The order is packed.",
        tool_calls=[{"name": "order", "arguments": {"id": 7}, "ok": True, "result": {"state": "packed"}}],
        handoff={"reason": "wants a person", "summary": "Order 7"},
        suggestion="Hola Bea, sale hoy.",
        intent={"want": "a tent", "buying": True, "qualified": None},
        mood="sunny",
    )
    assert await ai.answer() == Answer(
        text="Sale hoy.",
        confidence=0.93,
        citations=(Citation("Envíos", "https://shop.example/envios"), Citation("Guía")),
        reasoning="The order is packed.",
        tool_calls=(ToolCall("order", {"id": 7}, True, "", {"state": "packed"}),),
        handoff=HandoffWish("wants a person", "Order 7"),
        suggestion="Hola Bea, sale hoy.",
        intent=Intent("a tent", True, False),
    )


async def test_text_and_confidence_are_enough(ai: Asking) -> None:
    ai.bot.then(reply({"text": "Hoy.", "confidence": 1}), reply({"text": "Hoy."}))
    assert await ai.answer() == Answer("Hoy.", 1.0)
    assert await ai.answer() == Answer("Hoy.", None)


async def test_null_is_the_same_as_not_being_there(ai: Asking) -> None:
    names = ("confidence", "citations", "reasoning", "tool_calls", "handoff", "suggestion", "intent")
    ai.bot.then(reply({"text": "Hoy.", **dict.fromkeys(names)}))
    assert await ai.answer() == Answer("Hoy.", None)


@pytest.mark.parametrize(
    "score",
    ['"0.99"', '"high"', "NaN", "Infinity", "-Infinity", "1e999", "1.7", "-0.1", "true", "[0.9]", "9" * 400],
)
async def test_a_confidence_that_is_none_is_unknown_never_high(ai: Asking, score: str) -> None:
    ai.bot.then(raw(f'{{"text": "Hoy.", "confidence": {score}}}'.encode()))
    assert await ai.answer() == Answer("Hoy.", None)


async def test_a_failed_tool_call_stays_in_the_answer_for_the_rules_to_fire_on(ai: Asking) -> None:
    failed = {"name": "order", "arguments": {}, "ok": False, "error": "timed out"}
    ai.bot.say("It leaves today.", tool_calls=[failed])
    ai.bot.say("", tool_calls=[failed])

    answer = await ai.answer()
    assert isinstance(answer, Answer)
    assert answer.text == "It leaves today.", "kept, so that the transcript shows what was withheld"
    assert [call.error for call in answer.failed_tools] == ["timed out"]
    silent = await ai.answer()
    assert isinstance(silent, Answer)
    assert silent.failed_tools


async def test_an_ai_that_wants_a_person_need_not_say_anything(ai: Asking) -> None:
    ai.bot.then(reply({"handoff": {"reason": "out of scope", "summary": None}}))
    assert await ai.answer() == Answer("", None, handoff=HandoffWish("out of scope"))


async def test_a_link_that_is_no_web_address_is_no_link(ai: Asking) -> None:
    ai.bot.say("Hoy.", citations=[{"title": "Help", "url": "javascript:alert(1)"}])
    answer = await ai.answer()
    assert isinstance(answer, Answer)
    assert answer.citations == (Citation("Help", ""),)


async def test_what_no_database_stores_is_replaced(ai: Asking) -> None:
    ai.bot.then(
        raw(rb'{"text": "a\u0000b\ud800c", "tool_calls": [{"name": "t", "ok": true, "result": 1e999}]}')
    )
    answer = await ai.answer()
    assert isinstance(answer, Answer)
    assert (answer.text, answer.tool_calls[0].result) == ("a\ufffdb\ufffdc", None)


# ---- what is a tool failure --------------------------------------------------------------------------


@pytest.mark.parametrize("code", [201, 204, 400, 401, 404, 429, 500, 503])
async def test_a_status_other_than_200_is_a_failure(ai: Asking, code: int) -> None:
    body = b"" if code == 204 else b'{"text": "Hoy.", "confidence": 1}'
    assert str(code) in (await ai.failure(status(code, body))).why


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"Hoy.",
        b'{"text": "Hoy."',
        b'[{"text": "Hoy."}]',
        b'{"text": "\xff"}',
        b'\xef\xbb\xbf{"text": "Hoy."}',
        '{"text": "Hoy."}'.encode("utf-16"),
        b'{"text": "Hoy.", "confidence": 0.1, "confidence": 0.99}',
        b'{"text": "Hoy.", "reasoning": ' + b"[" * 100_000,
        b'{"text": "Hoy.", "x": ' + b'{"a":' * 40 + b"1" + b"}" * 40 + b"}",
        b'{"text": "Hoy.", "x": ' + b"9" * 10_000 + b"}",
    ],
    ids=lambda body: repr(body[:20]),
)
async def test_a_body_that_is_no_json_object_is_a_failure(ai: Asking, body: bytes) -> None:
    assert "answer" in (await ai.failure(raw(body))).why


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": ""},
        {"text": " \n"},
        {"text": None, "confidence": 0.9},
        {"text": 5},
        {"text": "x" * 16_001},
        {"text": "Hoy.", "citations": "none"},
        {"text": "Hoy.", "citations": [{"title": 1}]},
        {"text": "Hoy.", "tool_calls": [{"name": "order", "arguments": {}}]},
        {"text": "Hoy.", "tool_calls": [{"name": "order", "ok": "no"}]},
        {"text": "Hoy.", "tool_calls": {"order": True}},
        {"text": "Hoy.", "handoff": True},
        {"text": "Hoy.", "handoff": "please"},
        {"text": "Hoy.", "suggestion": ["Hola"]},
        {"text": "Hoy.", "intent": {"buying": "yes"}},
    ],
    ids=lambda body: str(body)[:60],
)
async def test_a_body_of_another_shape_is_a_failure(ai: Asking, body: dict[str, Any]) -> None:
    assert "the AI's answer" in (await ai.failure(reply(body))).why


async def test_an_ai_that_hangs_is_cut_off_at_the_deadline(ai: Asking) -> None:
    ai.answerer = ai.with_settings(timeout=1)
    assert (await ai.failure(ai.bot.hang)).why == "the AI did not answer within 1 s"


async def test_an_ai_that_drips_is_cut_off_at_the_same_deadline(ai: Asking) -> None:
    ai.answerer = ai.with_settings(timeout=1)
    async with asyncio.timeout(1.9):
        failed = await ai.failure(drip(json.dumps({"text": "x" * 1000}).encode()))
    assert failed.why == "the AI did not answer within 1 s"


async def test_a_flood_is_cut_off_at_a_megabyte(ai: Asking) -> None:
    assert "larger than 1 MB" in (await ai.failure(flood(1024 * 1024 * 1024))).why


async def test_a_small_body_that_unpacks_to_a_flood_is_cut_off_too(ai: Asking) -> None:
    packed = gzip.compress(b" " * 64 * 1024 * 1024)
    failed = await ai.failure(status(200, packed, Content_Encoding="gzip"))
    assert isinstance(failed, ToolFailure)


async def test_a_redirect_is_a_failure_and_is_not_followed(ai: Asking) -> None:
    async with ScriptedAnswerer(ai.bot.secret, now=ai.host.clock.now) as elsewhere:
        ai.bot.then(redirect(elsewhere.url))
        failed = await ai.answer()
        assert isinstance(failed, ToolFailure)
        assert "redirect" in failed.why
        assert not elsewhere.received
        assert not elsewhere.refused


async def test_an_ai_that_hangs_up_is_a_failure_and_was_asked_once(ai: Asking) -> None:
    assert "could not be reached" in (await ai.failure(drop)).why
    assert len(ai.bot.received) == 1


async def test_an_ai_that_is_not_there_is_a_failure(ai: Asking) -> None:
    await ai.bot.__aexit__(None, None, None)
    assert "could not be reached" in (await ai.failure()).why


@pytest.mark.parametrize(
    "url", ["https://10.0.0.5/answer", "http://localhost/answer", "https://[::1]/answer"]
)
async def test_an_address_inside_the_network_is_a_failure(ai: Asking, url: str) -> None:
    ai.answerer = ai.with_settings(url=url)
    assert "inside the network" in (await ai.failure()).why


async def test_a_late_answer_is_given_up_when_the_asker_is(ai: Asking) -> None:
    gate = ai.bot.hold("Hoy.")
    asking = asyncio.ensure_future(ai.answer())
    await ai.bot.until_asked()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    gate.set()


@given(st.binary() | st.text().map(str.encode))
def test_no_bytes_at_all_raise_anything_but_the_one_failure(body: bytes) -> None:
    with pytest.raises(NoAnswer):
        read(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["text", "confidence", "citations", "reasoning", "tool_calls", "handoff", "suggestion", "intent"]


@given(st.dictionaries(st.sampled_from(NAMES), JSON))
def test_whatever_json_comes_it_is_an_answer_or_the_one_failure(body: dict[str, Any]) -> None:
    try:
        answer = read(json.dumps(body).encode())
    except NoAnswer:
        return
    assert answer.known_confidence == answer.confidence
    json.dumps(answer.reasoning + answer.text, ensure_ascii=False).encode()


# ---- settings --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [{"timeout": 0}, {"timeout": 121}, {"url": "bot.example"}, {"secret": "hunter2"}, {"retries": 3}],
    ids=str,
)
def test_settings_that_are_wrong_are_refused(change: dict[str, Any]) -> None:
    sound = {"url": "https://bot.example/answer", "secret": new_secret()}
    assert Settings.model_validate(sound).timeout == 20
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({**sound, **change})
    assert "hunter2" not in str(caught.value)
