"""The guarded HTTP client: where it goes, where it never goes, and what it never takes along."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from ipaddress import IPv4Address, IPv6Address

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer
from hypothesis import given, settings
from hypothesis import strategies as st
from ssrfguard import DEFAULT_DENIED

from bridge.outbound import ForbiddenAddress, GuardedOutbound, TooLarge, reach, read_limited
from bridge.ports import MessageRefused

SERVED: list[web.Request] = []


@pytest.fixture
async def secret_page() -> AsyncIterator[TestServer]:
    """A page on loopback, as a cloud's metadata service or an admin console would be."""
    SERVED.clear()

    async def serve(request: web.Request) -> web.Response:
        SERVED.append(request)
        if request.path == "/away":
            return web.Response(status=302, headers={"Location": request.query["to"]})
        return web.Response(text="secret " * 20, headers={"Set-Cookie": "tenant=acme; Path=/"})

    app = web.Application()
    app.router.add_get("/{tail:.*}", serve)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    yield server
    await server.close()


class Resolves(AbstractResolver):
    """A DNS in which every name leads to these addresses."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._addresses
        ]

    async def close(self) -> None:
        return None


Make = Callable[..., GuardedOutbound]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    made: list[GuardedOutbound] = []

    def client(*private_hosts: str, dns: Resolves | None = None) -> GuardedOutbound:
        made.append(GuardedOutbound(private_hosts, resolver=dns))
        return made[-1]

    yield client
    for each in made:
        await each.close()


async def fetch(outbound: GuardedOutbound, url: str) -> str:
    async with outbound.session.get(url) as response:
        return await response.text()


# ---- the table ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2606:4700:4700::1111", "100.63.255.255"],
)
def test_the_internet_may_be_reached(address: str) -> None:
    assert reach(address) == "public"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "10.1.2.3",
        "172.31.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "::1",
        "fd12::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
    ],
)
def test_the_own_network_is_for_private_hosts_alone(address: str) -> None:
    assert reach(address) == "internal"


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.170.2",
        "100.100.100.200",
        "192.0.0.192",
        "fd00:ec2::254",
        "0.0.0.0",
        "::",
        "224.0.0.1",
        "239.255.255.250",
        "255.255.255.255",
        "ff02::1",
        "fec0::1",
        "fe80::1",
        "fe80::1%lo",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "::7f00:1",
        "64:ff9b:1::7f00:1",
        "5f00::1",
        "100::1",
        "3fff::1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
    ],
)
def test_metadata_multicast_and_tunnels_are_for_nobody(address: str) -> None:
    assert reach(address) == "never"


def edges() -> list[IPv4Address | IPv6Address]:
    """Both ends of every block that the oracle knows, their neighbours, and addresses inside others."""
    ends = [int(end) for block in DEFAULT_DENIED.blocks for end in (block.network[0], block.network[-1])]
    near = [number + step for number in ends for step in (-1, 0, 1)]
    wrapped = [
        int(IPv6Address(prefix)) + int(IPv4Address(inside))
        for prefix in ("::", "::ffff:0:0", "64:ff9b::")
        for inside in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "8.8.8.8")
    ]
    four = [IPv4Address(number) for number in near if 0 <= number < 2**32]
    return [*four, *(IPv6Address(number) for number in [*near, *wrapped] if 0 <= number < 2**128)]


@settings(max_examples=1_000)
@given(st.sampled_from(edges()) | st.ip_addresses())
def test_nothing_is_reached_that_the_oracle_denies(address: IPv4Address | IPv6Address) -> None:
    if DEFAULT_DENIED.classify(address).blocked:
        assert reach(str(address)) != "public"


# ---- connections ----------------------------------------------------------------------------------


def forms_of_loopback(port: int) -> list[str]:
    """All of them serve the page to an ordinary client."""
    hosts = ["127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]", "127.1", "2130706433", "0x7f.1"]
    return [f"http://{host}:{port}/" for host in hosts]


async def test_no_way_of_writing_loopback_gets_in(make: Make, secret_page: TestServer) -> None:
    outbound = make()
    for url in forms_of_loopback(secret_page.port or 0):
        for form in (url, url.replace("http:", "https:")):
            with pytest.raises(ForbiddenAddress):
                await fetch(outbound, form)
    assert SERVED == []


async def test_a_name_that_resolves_to_the_inside_is_refused_at_the_socket(
    make: Make, secret_page: TestServer
) -> None:
    """The text of the address is sound, so only the socket can tell: as with DNS rebinding."""
    outbound = make("other.example", dns=Resolves("127.0.0.1", "::1"))
    for host in ("rebind.example", "other.example.evil.example"):
        with pytest.raises(ForbiddenAddress, match="inside the network"):
            await fetch(outbound, f"https://{host}:{secret_page.port}/")
    assert SERVED == []


async def test_a_listed_host_may_be_inside_and_plain(make: Make, secret_page: TestServer) -> None:
    outbound = make("bot.internal", "127.0.0.1", dns=Resolves("127.0.0.1"))
    assert "secret" in await fetch(outbound, f"http://bot.internal:{secret_page.port}/")
    assert "secret" in await fetch(outbound, f"http://127.0.0.1:{secret_page.port}/")


async def test_being_listed_opens_that_host_alone(make: Make, secret_page: TestServer) -> None:
    """Also while a connection to the listed host, at the same address, is open and idle."""
    outbound = make("127.0.0.1", dns=Resolves("127.0.0.1"))
    await fetch(outbound, f"http://127.0.0.1:{secret_page.port}/")
    refused = [f"http://localhost:{secret_page.port}/", f"https://evil.example:{secret_page.port}/"]
    answers = await asyncio.gather(*(fetch(outbound, url) for url in refused), return_exceptions=True)
    assert [type(answer) for answer in answers] == [ForbiddenAddress, ForbiddenAddress]


async def test_even_a_listed_host_does_not_lead_to_the_metadata_service(make: Make) -> None:
    outbound = make("bot.internal", "169.254.169.254", dns=Resolves("169.254.169.254"))
    for host in ("bot.internal", "169.254.169.254"):
        with pytest.raises(ForbiddenAddress):
            await fetch(outbound, f"http://{host}/")


async def test_a_request_that_goes_round_the_middleware_is_still_guarded(
    make: Make, secret_page: TestServer
) -> None:
    """And what was allowed to the request before it has not stuck."""
    outbound = make("127.0.0.1", dns=Resolves("127.0.0.1"))
    await fetch(outbound, str(secret_page.make_url("/")))
    with pytest.raises(OSError, match="inside the network"):
        await outbound.session.get(f"http://evil.example:{secret_page.port}/", middlewares=())
    assert len(SERVED) == 1


async def test_redirects_are_never_followed_whatever_the_caller_asks(
    make: Make, secret_page: TestServer
) -> None:
    outbound = make("127.0.0.1")
    away = str(secret_page.make_url("/away").with_query(to=str(secret_page.make_url("/"))))
    for follow in (True, False):
        with pytest.raises(MessageRefused, match="redirect"):
            await outbound.session.get(away, allow_redirects=follow)
    assert [request.path for request in SERVED] == ["/away", "/away"]


async def test_no_cookie_of_one_tenant_is_shown_to_another(make: Make, secret_page: TestServer) -> None:
    outbound = make("shop.internal", dns=Resolves("127.0.0.1"))
    for _ in range(2):
        await fetch(outbound, f"http://shop.internal:{secret_page.port}/")
    assert [request.headers.get("Cookie") for request in SERVED] == [None, None]


async def test_a_proxy_of_the_environment_is_not_asked(
    make: Make, secret_page: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert "secret" in await fetch(make("127.0.0.1"), str(secret_page.make_url("/")))


async def test_a_body_is_read_up_to_the_limit_and_no_further(make: Make, secret_page: TestServer) -> None:
    outbound = make("127.0.0.1")
    async with outbound.session.get(secret_page.make_url("/")) as response:
        assert len(await read_limited(response, 140)) == 140
    async with outbound.session.get(secret_page.make_url("/")) as response:
        with pytest.raises(TooLarge):
            await read_limited(response, 139)


async def test_closing_twice_does_no_harm(make: Make) -> None:
    outbound = make()
    first = outbound.session
    await outbound.close()
    await outbound.close()
    assert first.closed


# ---- what is said of addresses in the settings ------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/hook",
        "https://shop.example:8443/",
        "https://8.8.8.8/",
        "http://bot.internal/x",
        "http://127.0.0.1:9/",
        "https://BOT.internal./",
        "http://[::1]:80/",
        "https://bücher.example/",
    ],
)
def test_addresses_that_may_be_used(url: str) -> None:
    assert GuardedOutbound(["Bot.Internal", "127.0.0.1", "[0:0::1]"]).check_url(url) is None


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "not an address"),
        ("shop.example", "not an address"),
        ("ftp://shop.example/", "not an address"),
        ("file:///etc/passwd", "not an address"),
        ("https://", "not an address"),
        ("https://[::1", "not an address"),
        ("https://shop.example:99999/", "not an address"),
        ("https://shop.example/a b", "no spaces"),
        ("https://shop.example\\@127.0.0.1/", "no spaces"),
        ("https://ana:secret@shop.example/", "user name or password"),
        ("https://@shop.example/", "user name or password"),
        ("http://shop.example/", "Plain http"),
        ("https://localhost/", "name it in outbound.private_hosts"),
        ("https://api.localhost/", "name it in outbound.private_hosts"),
        ("https://10.0.0.5/", "name it in outbound.private_hosts"),
        ("http://[::ffff:127.0.0.1]/", "name it in outbound.private_hosts"),
        ("https://169.254.169.254/latest/meta-data", "use another"),
        ("https://0.0.0.0/", "use another"),
        ("https://127.1/", "all four numbers"),
        ("https://2130706433/", "all four numbers"),
        ("https://0x7F.1/", "all four numbers"),
    ],
)
def test_addresses_that_may_not_be_used_are_named_with_the_mend(url: str, why: str) -> None:
    said = GuardedOutbound(["bot.internal", "169.254.169.254"]).check_url(url)
    assert said is not None
    assert why in said
    assert said.endswith(".")
    assert "secret" not in said


@given(st.text())
def test_no_text_at_all_crashes_the_check(url: str) -> None:
    said = GuardedOutbound().check_url(url)
    assert said is None or said.endswith(".")
