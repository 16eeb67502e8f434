"""What every answerer must do, whatever AI is behind it: subclass `AnswererContract`, give it a driver.

    class TestHttp(AnswererContract):
        def driver(self) -> AnswererDriver:
            return HttpDriver()

A driver owns an AI with one look-up, over real sockets. The suite knows of neither; it is built from the
tenant's settings by the registry, as the service does it.
"""

import asyncio
import json
import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from adapters.registry import Registry
from bridge.domain.answer import Answer, HumanStretch, Said, ToolFailure, Turn
from bridge.domain.ids import TenantId
from bridge.outbound import PER_HOST, GuardedOutbound
from bridge.ports import Answerer
from tests.fakes.desk_core import START, DeskCore, FakeDirectory, OwnClock, desk_host

Tool = Literal["works", "fails", "hangs", "garbles"]
"""`garbles`: it succeeds, with `GARBLED` in its result; an AI that names its confidence says 1.7."""
GARBLED = b'{"text": "a\\u0000b\\ud800c", "weight": 1e999, "price": NaN}'

KEY = f"{'a' * 32}.3"
PRIVATE = "my card number is 4000"
LONG = 200_000
"""Characters: three times what any channel takes in one message."""

ODD_WORDS = [
    "",
    " \n\t ",
    "?",
    "x" * LONG,
    "where is my order " * 10_000,
    "a\x00b\ud800c\udfff",
    "\u202eevil\u202c שלום مرحبا",
    "👩‍👩‍👧‍👦🇪🇸👍🏽 e\u0301 Z͑ͫ̓ͪ̂ͫ̽͏̴̙",
    "{{ 7*7 }} {% raw %} ${7*7} %s %(x)s {0} <b>&amp;</b>",
    '"; DROP TABLE orders; --',
    "(((((((((((((((((((((([[[[[[\\",
]
ODD_LANGUAGES = ["", "xx", "tlh-Latn-x-klingon", "EN_us", "zz" * 100, "\x00", "../en", "👍"]


def turn(*texts: str, **changes: Any) -> Turn:
    """A customer's messages as one question."""
    asked = tuple(Said("customer", "Bea", text, START + timedelta(seconds=n)) for n, text in enumerate(texts))
    return replace(Turn("acme", "c1", 1, "en", {"name": "Bea", "tags": ["vip"]}, asked), **changes)


def only(author: str) -> Turn:
    return turn(messages=(Said(author, "Acme", "You are back with the assistant.", START),))


ODD_TURNS: Mapping[str, Turn] = {
    **{f"words {number}": turn(text) for number, text in enumerate(ODD_WORDS)},
    **{f"language {number}": turn("hello", language=name) for number, name in enumerate(ODD_LANGUAGES)},
    "no messages": turn(),
    "only the system": only("system"),
    "only the assistant": only("assistant"),
    "somebody unheard of": only("martian"),
    "a very long talk": turn(*(f"message {n}" for n in range(1_000))),
    "odd names": turn("hello", conversation="../\x00\n", customer={"name": "\ud800", "": None}),
    "after a person": turn("hello", human_stretch=HumanStretch("Ana", START, START, "\x00\udfff")),
}


class AnswererDriver(ABC):
    """An AI, and what a tenant's settings say of it."""

    kind: str
    secrets: tuple[str, ...] = ()
    """What the settings hold as a secret."""
    addresses: tuple[str, ...] = ()
    """Where AI and look-up are: nothing for a log or a card, since an address may hold a key."""
    answers: Mapping[str, str]
    """Two questions of one message, and words of the answer to each."""
    look_up: str
    """A question for which the tool is called."""
    words: str = ""
    """What the AI says even when its tool failed."""

    @abstractmethod
    async def open(self, folder: Path, clock: OwnClock) -> None:
        """The AI and its look-up begin to listen; `folder` is empty and the driver's own."""

    @abstractmethod
    async def close(self) -> None:
        """They are gone, and their addresses refuse. May come twice."""

    @abstractmethod
    def section(self) -> dict[str, Any]:
        """`answerer:` of a tenant's settings, with the shortest time-out that they allow."""

    @abstractmethod
    def tool(self, does: Tool) -> None:
        """What the look-up does from now on."""

    @abstractmethod
    async def until_asked(self, times: int) -> None:
        """Waits until that many look-ups have reached the tool."""


@dataclass
class Asking:
    driver: AnswererDriver
    answerer: Answerer
    settings: BaseModel

    async def ask(self, turn: Turn, key: str = KEY) -> Answer | ToolFailure:
        async with asyncio.timeout(10):
            return await self.answerer.answer(turn, key=key)


class AnswererContract:
    def driver(self) -> AnswererDriver:
        raise NotImplementedError

    @pytest.fixture
    async def ai(self, tmp_path: Path) -> AsyncIterator[Asking]:
        driver, clock, outbound = self.driver(), OwnClock(), GuardedOutbound(["127.0.0.1"])
        await driver.open(tmp_path, clock)
        host = replace(desk_host(DeskCore({}, clock), FakeDirectory(dict[TenantId, Any]())), http=outbound)
        schema = Registry().answerer(driver.kind)
        assert schema is not None
        settings = schema.model_validate({"kind": driver.kind, **driver.section()})
        answerer = Registry().build_answerer(settings, host, ("en",))
        yield Asking(driver, answerer, settings)
        await answerer.close()
        await outbound.close()
        await driver.close()

    # ---- answers

    async def test_a_plain_question_gets_its_answer(self, ai: Asking) -> None:
        for question, words in ai.driver.answers.items():
            result = await ai.ask(turn(question))
            assert isinstance(result, Answer)
            assert words in result.text

    async def test_a_question_for_the_tool_is_answered_by_it(self, ai: Asking) -> None:
        result = await ai.ask(turn(ai.driver.look_up))
        assert isinstance(result, Answer)
        assert [call.ok for call in result.tool_calls] == [True]

    async def test_the_same_key_again_gives_an_equal_answer(self, ai: Asking) -> None:
        for question in (*ai.driver.answers, ai.driver.look_up):
            assert await ai.ask(turn(question)) == await ai.ask(turn(question))

    async def test_of_many_who_ask_at_once_each_gets_their_own_answer(self, ai: Asking) -> None:
        asked = list(ai.driver.answers) * 20
        results = await asyncio.gather(
            *(ai.ask(turn(question), key=f"{'a' * 32}.{n}") for n, question in enumerate(asked))
        )
        for question, result in zip(asked, results, strict=True):
            assert isinstance(result, Answer)
            assert ai.driver.answers[question] in result.text

    @pytest.mark.parametrize("odd", ODD_TURNS.values(), ids=ODD_TURNS)
    async def test_an_odd_turn_is_answered_or_fails_and_never_raises(self, ai: Asking, odd: Turn) -> None:
        result = await ai.ask(odd)
        assert isinstance(result, Answer | ToolFailure)
        assert_sound(result)
        question, words = next(iter(ai.driver.answers.items()))
        sane = await ai.ask(turn(question))
        assert isinstance(sane, Answer)
        assert words in sane.text, "the next customer does not notice"

    async def test_what_a_tool_garbled_is_mended_or_fails(self, ai: Asking) -> None:
        ai.driver.tool("garbles")
        result = await ai.ask(turn(ai.driver.look_up))
        assert [call.name for call in result.tool_calls]
        assert_sound(result)

    # ---- failures

    async def test_a_failed_tool_is_told_and_nothing_is_invented(self, ai: Asking) -> None:
        ai.driver.tool("fails")
        result = await ai.ask(turn(ai.driver.look_up))
        assert [call.ok for call in result.tool_calls] == [False]
        assert_nothing_invented(ai.driver, result)

    async def test_a_tool_that_never_answers_is_a_failure_in_time(self, ai: Asking) -> None:
        ai.driver.tool("hangs")
        result = await ai.ask(turn(ai.driver.look_up))
        assert isinstance(result, ToolFailure)
        assert "within" in result.why
        assert_nothing_invented(ai.driver, result)

    async def test_what_is_not_there_is_a_failure(self, ai: Asking) -> None:
        await ai.driver.close()
        result = await ai.ask(turn(ai.driver.look_up))
        assert isinstance(result, ToolFailure)
        assert "could not be reached" in result.why
        assert_nothing_invented(ai.driver, result)

    async def test_after_a_failure_it_answers_again(self, ai: Asking) -> None:
        whole = await ai.ask(turn(ai.driver.look_up))
        ai.driver.tool("fails")
        assert await ai.ask(turn(ai.driver.look_up)) != whole
        ai.driver.tool("works")
        assert await ai.ask(turn(ai.driver.look_up)) == whole

    async def test_who_gives_up_asking_leaves_nothing_behind(self, ai: Asking) -> None:
        """More often than there are connections to one host: a lost one would be missed."""
        whole = await ai.ask(turn(ai.driver.look_up))
        ai.driver.tool("hangs")
        before = running()
        for times in range(1, PER_HOST + 2):
            asking = asyncio.create_task(ai.ask(turn(ai.driver.look_up)))
            await ai.driver.until_asked(times)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
        assert running() == before
        ai.driver.tool("works")
        assert await ai.ask(turn(ai.driver.look_up)) == whole

    # ---- around

    async def test_it_closes_twice(self, ai: Asking) -> None:
        await ai.ask(turn(ai.driver.look_up))
        await ai.answerer.close()
        await ai.answerer.close()

    async def test_one_that_was_never_asked_closes_too(self, ai: Asking) -> None:
        await ai.answerer.close()

    async def test_no_secret_no_address_and_no_words_in_the_logs(
        self, ai: Asking, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        results: list[Answer | ToolFailure] = []
        tools: tuple[Tool, ...] = ("works", "fails", "hangs")
        for does in tools:
            ai.driver.tool(does)
            results.append(await ai.ask(turn(PRIVATE, ai.driver.look_up)))
        await ai.driver.close()
        results.append(await ai.ask(turn(PRIVATE, ai.driver.look_up)))
        # aiohttp.access is the other side's own log of who came
        logged = "\n".join(map(str, (r.getMessage() for r in caplog.records if r.name != "aiohttp.access")))
        for private in (*ai.driver.secrets, *ai.driver.addresses):
            assert private not in logged
            assert private not in repr(results)
        assert PRIVATE not in logged
        for result in results:
            assert isinstance(result, Answer) or PRIVATE not in result.why, "it stands on the card"

    async def test_settings_never_show_their_secret(self, ai: Asking) -> None:
        for secret in ai.driver.secrets:
            assert secret not in repr(ai.settings)


def assert_nothing_invented(driver: AnswererDriver, result: Answer | ToolFailure) -> None:
    said = result.withheld if isinstance(result, ToolFailure) else result.text
    assert said in ("", driver.words)
    assert isinstance(result, ToolFailure) or not result.citations


def assert_sound(result: Answer | ToolFailure) -> None:
    """Its confidence is one or unknown; all of it can be stored: no NUL, no half characters, no NaN."""
    if isinstance(result, Answer):
        assert result.known_confidence == result.confidence
    written = json.dumps(asdict(result), ensure_ascii=False, allow_nan=False)
    assert "\\u0000" not in written
    written.encode()


def running() -> set[str]:
    """The names of what runs on this loop, but for the fakes' own connections."""
    tasks = [(task.get_name(), task.get_coro()) for task in asyncio.all_tasks() if not task.done()]
    return {name for name, coro in tasks if "RequestHandler" not in getattr(coro, "__qualname__", "")}
