"""What every channel must do, whatever its platform: subclass `ChannelContract`, give it a driver.

    class TestWebchat(ChannelContract):
        def driver(self) -> ChannelDriver:
            return WebchatDriver()

A driver knows how the platform's customers speak: how a genuine message is made, a forged one, one
that is too old. The suite knows nothing of signatures, tokens or sessions. A channel whose messages
are carried to the platform passes `tests.contracts.push` as well.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from bridge.domain.model import Entry
from bridge.domain.tenant import ChannelTraits
from bridge.ports import ChannelAdapter, Host, Outbound
from tests.fakes.desk_core import CountingThrottle, NoOutbound, OwnClock
from tests.fakes.inbound import ACME, GLOBEX, ChannelDirectory, InboundCore, channel_host

Client = TestClient[Any, Any]

ODD_TEXTS = [
    "  two  spaces,\ta tab,\r\nand lines\n\n",
    "<b>bold</b><script>alert(1)</script><img src=x onerror=alert(1)>",
    "*bold* _it_ ~no~ <@U024BE7LH> <!here> <https://evil.example|bank> [a](javascript:alert(1))",
    "ñandú — „Grüße“ — שלום — مرحبا — \u202eevil\u202c",
    "👩‍👩‍👧‍👦🇪🇸👍🏽 e\u0301 Z͑ͫ̓ͪ̂ͫ̽͏̴̙",
    "{{ 7*7 }} ${7*7} %s %(x)s {0}",
]

MALFORMED = [
    b"",
    b"nonsense",
    b"[]",
    b'"text"',
    b"null",
    b"{",
    b'{"text": NaN}',
    b"\xff\xfe",
    b"\xef\xbb\xbf{}",
    b"[" * 100_000,
    b'{"a":' * 50 + b"1" + b"}" * 50,
    b'{"id": 1, "id": 2}',
    b"{}",
]


class ChannelDriver(ABC):
    """How the customers of one kind of channel speak to the bridge, and what they see of it."""

    kind: str
    secrets: tuple[str, ...]
    """What must never be written anywhere: signing keys, and whatever else lets one in."""

    async def stand_up(self, clock: OwnClock) -> None:  # noqa: B027 - not every platform needs one
        """Before anything else: start the platform's fake."""

    async def take_down(self) -> None:  # noqa: B027
        """After everything else."""

    @abstractmethod
    def settings(self, tenant: str) -> Any:
        """The channel's section of a tenant's settings; each tenant has a secret of its own."""

    @abstractmethod
    def adapter(self, host: Host) -> ChannelAdapter: ...

    async def begin(self, client: Client, core: InboundCore) -> None:  # noqa: B027
        """What comes before the first message, such as a session; mostly nothing."""

    @abstractmethod
    async def write(self, client: Client, text: str, *, number: int = 1) -> ClientResponse:
        """A customer of acme's channel `web` writes. The same number is the same message, sent again."""

    @abstractmethod
    async def forge(self, client: Client, text: str) -> list[ClientResponse]:
        """The same without, with wrong, with garbled and with globex's credentials."""

    @abstractmethod
    async def write_too_late(self, client: Client, text: str, clock: OwnClock) -> ClientResponse:
        """A genuine message whose credentials are too old when it comes."""

    @abstractmethod
    async def post(self, client: Client, body: bytes) -> ClientResponse:
        """Any bytes at all, with genuine credentials, where messages go."""

    @abstractmethod
    async def seen(self, bench: "Bench", entry: Entry) -> str:
        """The text of a recorded message as the customer's side has it in the end."""

    def outbound(self) -> Outbound:
        return NoOutbound()


@dataclass
class Bench:
    driver: ChannelDriver
    core: InboundCore
    host: Host
    adapter: ChannelAdapter
    client: Client
    clock: OwnClock


class ChannelContract:
    def driver(self) -> ChannelDriver:
        raise NotImplementedError

    @pytest.fixture
    async def bench(self, aiohttp_client: Callable[..., Awaitable[Client]]) -> AsyncIterator[Bench]:
        driver, clock = self.driver(), OwnClock()
        await driver.stand_up(clock)
        probe = driver.adapter(channel_host(InboundCore(clock, ChannelTraits(False, True)), _nobody()))
        core = InboundCore(clock, ChannelTraits(push=probe.push, states=probe.states))
        directory = ChannelDirectory(dict(core.tenants))
        for tenant in (ACME, GLOBEX):
            directory.channels[tenant, "web", driver.kind] = driver.settings(tenant)
        host = channel_host(core, directory, outbound=driver.outbound())
        adapter = driver.adapter(host)
        app = web.Application()
        app.add_routes(adapter.routes())
        await adapter.start()
        client = await aiohttp_client(TestServer(app))
        await driver.begin(client, core)
        yield Bench(driver, core, host, adapter, client, clock)
        await adapter.stop()
        await driver.take_down()

    # ---- in

    async def test_a_genuine_message_is_recorded(self, bench: Bench) -> None:
        response = await bench.driver.write(bench.client, "Where is my parcel?")
        assert response.status == 202
        assert bench.core.written() == ["Where is my parcel?"]

    @pytest.mark.parametrize("text", ODD_TEXTS)
    async def test_what_the_customer_wrote_is_kept_to_the_letter(self, bench: Bench, text: str) -> None:
        assert (await bench.driver.write(bench.client, text)).status == 202
        assert bench.core.written() == [text]

    async def test_forged_credentials_are_refused_alike_and_record_nothing(self, bench: Bench) -> None:
        before = list(bench.core.received)
        responses = await bench.driver.forge(bench.client, "let me in")
        assert {response.status for response in responses} == {401}
        assert len({await response.text() for response in responses}) == 1, "the body must not say which"
        assert bench.core.received == before

    async def test_credentials_that_are_too_old_are_refused(self, bench: Bench) -> None:
        response = await bench.driver.write_too_late(bench.client, "from long ago", bench.clock)
        assert response.status == 401
        assert bench.core.written() == []

    async def test_a_repeated_message_is_taken_once(self, bench: Bench) -> None:
        first = await bench.driver.write(bench.client, "once", number=7)
        again = await bench.driver.write(bench.client, "once", number=7)
        assert first.status == 202
        assert again.status in (200, 202)
        assert bench.core.written() == ["once"]
        assert (await bench.driver.write(bench.client, "once", number=8)).status == 202
        assert bench.core.written() == ["once", "once"], "the same words under another id are said again"

    @pytest.mark.parametrize("body", MALFORMED, ids=range(len(MALFORMED)))
    async def test_a_malformed_body_is_400_and_says_why_in_json(self, bench: Bench, body: bytes) -> None:
        response = await bench.driver.post(bench.client, body)
        assert response.status == 400
        assert set((await response.json())["error"]) == {"code", "message"}
        assert bench.core.written() == []

    async def test_an_oversized_body_is_413_and_records_nothing(self, bench: Bench) -> None:
        response = await bench.driver.post(bench.client, b'{"text": "' + b"x" * 2_000_000 + b'"}')
        assert response.status == 413
        assert bench.core.written() == []

    @pytest.mark.parametrize("text", ["", " ", "\n\t "])
    async def test_a_blank_message_is_refused(self, bench: Bench, text: str) -> None:
        assert (await bench.driver.write(bench.client, text)).status == 400
        assert bench.core.written() == []

    async def test_what_no_database_keeps_is_replaced_not_refused(self, bench: Bench) -> None:
        assert (await bench.driver.write(bench.client, "a\x00b\ud800c")).status == 202
        assert bench.core.written() == ["a\ufffdb\ufffdc"]

    async def test_what_could_not_be_recorded_is_503_with_retry_after(self, bench: Bench) -> None:
        bench.core.unavailable = True
        response = await bench.driver.write(bench.client, "now?", number=3)
        assert response.status == 503
        assert int(response.headers["Retry-After"]) >= 1
        assert set((await response.json())["error"]) == {"code", "message"}
        bench.core.unavailable = False
        assert (await bench.driver.write(bench.client, "now?", number=3)).status == 202

    async def test_over_the_limit_is_429_with_retry_after(self, bench: Bench) -> None:
        assert isinstance(bench.host.throttle, CountingThrottle)
        bench.host.throttle.limit = 0
        response = await bench.driver.write(bench.client, "too much")
        assert response.status == 429
        assert "Retry-After" in response.headers
        assert bench.core.written() == []

    # ---- out

    @pytest.mark.parametrize("text", ODD_TEXTS)
    async def test_what_the_company_says_arrives_to_the_letter(self, bench: Bench, text: str) -> None:
        await bench.driver.write(bench.client, "hello")
        assert (await bench.core.answers(text)).done
        entry = bench.core.newest_entry(bench.core.newest_conversation())
        assert await bench.driver.seen(bench, entry) == text

    # ---- around

    async def test_it_starts_and_stops_twice(self, bench: Bench) -> None:
        await bench.adapter.start()
        await bench.adapter.stop()
        await bench.adapter.stop()
        await bench.adapter.start()
        assert (await bench.driver.write(bench.client, "still here")).status == 202

    async def test_no_secret_and_no_words_in_the_logs(
        self, bench: Bench, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        await bench.driver.write(bench.client, "my card number is 4000")
        await bench.driver.forge(bench.client, "my card number is 4000")
        await bench.driver.post(bench.client, b'{"text": "my card number is 4000"')
        for secret in (*bench.driver.secrets, "my card number"):
            assert secret not in caplog.text

    async def test_settings_never_show_their_secret(self, bench: Bench) -> None:
        settings = bench.host.directory.channel(ACME, "web", bench.driver.kind)
        for secret in bench.driver.secrets:
            assert secret not in repr(settings)

    def test_its_limits_are_said(self) -> None:
        clock = OwnClock()
        adapter = self.driver().adapter(
            channel_host(InboundCore(clock, ChannelTraits(False, True)), _nobody())
        )
        assert adapter.kind == self.driver().kind
        assert adapter.limits.text > 0


def _nobody() -> ChannelDirectory:
    return ChannelDirectory({})
