"""What a channel must do besides, when it carries messages to its platform: `push` is true.

    class TestWebhook(PushChannelContract):
        def driver(self) -> PushDriver:
            return WebhookDriver()

The driver owns a fake of the platform, and says what its customers were shown. A channel where the
commit is the delivery (web chat) needs `ChannelContract` alone.
"""

import logging
from abc import abstractmethod
from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.model import Author, Entry, EntryKind
from bridge.ports import (
    AddressGone,
    ChannelAddress,
    CredentialsRejected,
    DeliveryError,
    MessageRefused,
    Receipt,
    RetryLater,
    Uncertain,
)
from tests.contracts.channel import Bench, ChannelContract, ChannelDriver
from tests.fakes.inbound import ACME

REFUSALS = [RetryLater, CredentialsRejected, AddressGone, MessageRefused]
"""What a platform answers. The fifth error, Uncertain, is for when its answer is lost."""

PRIVATE = "my card number is 4000"


class PushDriver(ChannelDriver):
    """How the platform takes messages, or doesn't."""

    @abstractmethod
    def shown(self) -> list[str]:
        """The texts that the customer has on the screen, in order."""

    @abstractmethod
    def refuse_next(self, error: type[DeliveryError]) -> None:
        """The platform refuses the next message in the way that this error stands for."""

    @abstractmethod
    def ask_to_wait(self, seconds: int) -> None:
        """The platform refuses the next message and names the time to come back."""

    @abstractmethod
    def lose_next_answer(self) -> None:
        """The platform takes the next message, and its answer never arrives."""

    async def seen(self, bench: Bench, entry: Entry) -> str:
        await send(bench, entry)
        return self.shown()[-1]


class PushChannelContract(ChannelContract):
    def driver(self) -> PushDriver:
        raise NotImplementedError

    @pytest.fixture
    def platform(self, bench: Bench) -> PushDriver:
        assert isinstance(bench.driver, PushDriver)
        return bench.driver

    async def test_it_says_that_it_carries_messages(self, bench: Bench) -> None:
        assert bench.adapter.push

    @pytest.mark.parametrize("author", [Author.ASSISTANT, Author.AGENT, Author.SYSTEM])
    async def test_whoever_speaks_for_the_company_is_heard(
        self, bench: Bench, platform: PushDriver, author: Author
    ) -> None:
        await send(bench, replace(await said(bench, "It leaves today."), author=author, name="Ana"))
        assert platform.shown()[-1] == "It leaves today."

    async def test_messages_are_shown_in_the_order_they_were_sent(
        self, bench: Bench, platform: PushDriver
    ) -> None:
        entry = await said(bench, "one")
        for number, text in enumerate(["one", "two", "three"]):
            await send(bench, replace(entry, seq=entry.seq + number, text=text))
        assert platform.shown()[-3:] == ["one", "two", "three"]

    async def test_the_longest_text_arrives_whole(self, bench: Bench, platform: PushDriver) -> None:
        longest = "ñ" * bench.adapter.limits.text
        await send(bench, await said(bench, longest))
        assert platform.shown()[-1] == longest

    @pytest.mark.parametrize("kind", [EntryKind.NOTE, EntryKind.DRAFT])
    async def test_what_is_internal_never_leaves(
        self, bench: Bench, platform: PushDriver, kind: EntryKind
    ) -> None:
        internal = replace(await said(bench, PRIVATE), kind=kind)
        with pytest.raises(MessageRefused):
            await send(bench, internal)
        assert platform.shown() == []

    @pytest.mark.parametrize("error", REFUSALS)
    async def test_a_refusal_is_named_by_what_the_core_must_do(
        self, bench: Bench, platform: PushDriver, error: type[DeliveryError]
    ) -> None:
        entry = await said(bench, PRIVATE)
        platform.refuse_next(error)
        with pytest.raises(DeliveryError) as caught:
            await send(bench, entry)
        assert type(caught.value) is error
        assert_for_operators(platform, caught.value)
        await send(bench, replace(entry, seq=entry.seq + 1, text="the next one"))
        assert platform.shown() == ["the next one"], "one refusal is no reason to give up on the next"

    async def test_a_platform_that_names_a_time_is_left_alone_until_then(
        self, bench: Bench, platform: PushDriver
    ) -> None:
        entry = await said(bench, "It leaves today.")
        platform.ask_to_wait(30)
        with pytest.raises(RetryLater) as caught:
            await send(bench, entry)
        assert caught.value.after == timedelta(seconds=30)

    async def test_a_lost_answer_never_shows_a_message_twice(
        self, bench: Bench, platform: PushDriver
    ) -> None:
        """Uncertain is for platforms that would show it again; all others may just be sent it again."""
        entry = await said(bench, PRIVATE)
        platform.lose_next_answer()
        with pytest.raises((RetryLater, Uncertain)) as caught:
            await send(bench, entry)
        assert_for_operators(platform, caught.value)
        if caught.type is RetryLater:
            await send(bench, entry)
        assert platform.shown() == [PRIVATE]

    async def test_no_secret_and_no_words_in_the_logs_when_it_fails(
        self, bench: Bench, platform: PushDriver, caplog: pytest.LogCaptureFixture
    ) -> None:
        entry = await said(bench, PRIVATE)
        caplog.set_level(logging.DEBUG)
        platform.lose_next_answer()
        with pytest.raises(DeliveryError):
            await send(bench, entry)
        for error in REFUSALS:
            platform.refuse_next(error)
            with pytest.raises(error):
                await send(bench, entry)
        await send(bench, entry)
        for private in (*platform.secrets, PRIVATE):
            assert private not in caplog.text


def assert_for_operators(platform: PushDriver, error: DeliveryError) -> None:
    for private in (*platform.secrets, PRIVATE):
        assert private not in str(error)


async def said(bench: Bench, text: str) -> Entry:
    """What the AI told a customer who wrote, as it was recorded."""
    await bench.driver.write(bench.client, "hello")
    assert (await bench.core.answers(text)).done
    return bench.core.newest_entry(bench.core.newest_conversation())


async def send(bench: Bench, entry: Entry) -> Receipt:
    """Carries it to whoever wrote last; every attempt at one entry has the same key."""
    conversation = bench.core.newest_conversation()
    settings = bench.host.directory.channel(ACME, "web", bench.driver.kind)
    to = ChannelAddress(ACME, "web", conversation.external, settings, conversation.id)
    return await bench.adapter.send(to, entry, key=f"{conversation.id}.{entry.seq}")
