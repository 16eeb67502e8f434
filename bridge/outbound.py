"""The one HTTP client: whatever address a tenant writes, it reaches no machine inside the network.

An address is judged twice. Its text, where settings are read and again before each request: https,
no user name, plain http for `outbound.private_hosts` alone. And each socket, where it is made: the
name may resolve to anything, and an address written as a number is never resolved at all, so this
is the only place that sees where a connection really goes (a custom resolver does not).

It never follows a redirect, never reads proxies or passwords from the environment, and keeps no
cookies: the session is shared by all tenants.
"""

import re
import socket
from collections.abc import Iterable
from contextvars import ContextVar
from errno import EACCES
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Literal
from urllib.parse import urlsplit

from aiohttp import (
    AddrInfoType,
    ClientConnectorError,
    ClientHandlerType,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)
from aiohttp.abc import AbstractResolver

from bridge import __version__
from bridge.ports import MessageRefused

Reach = Literal["public", "internal", "never"]


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(network) for network in text.split())


_INTERNAL = _networks(
    # Loopback, private, carrier-grade NAT (overlay networks use it), benchmarking, unique-local.
    """127.0.0.0/8 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 198.18.0.0/15
    ::1/128 fc00::/7"""
)
_NEVER = _networks(
    # IANA's special-purpose registries, and multicast, which they leave out. Link-local holds the
    # clouds' metadata service; the last two are its other addresses, inside _INTERNAL.
    """0.0.0.0/8 169.254.0.0/16 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 198.51.100.0/24 203.0.113.0/24
    224.0.0.0/3 2001::/23 2001:db8::/32 2002::/16 3fff::/20
    100.100.100.200/32 fd00:ec2::/32"""
)
_GLOBAL_UNICAST = ip_network("2000::/3")
"""All that IANA has given out. Multicast, site-local, NAT64 of one's own and the rest lie outside."""
_TRANSLATED = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
"""IPv4-mapped and NAT64: the packet goes to the IPv4 address in the last 32 bits."""

_LEGACY_NUMBER = re.compile(r"(^|\.)(0x[0-9a-f]*|[0-9]+)$")
"""Some resolvers read `127.1`, `2130706433` and `0x7f.1` as addresses; no name ends in a number."""

IDLE_SECONDS = 4.0
"""Unused connections are closed before the 5 s after which many servers close theirs: a POST that
meets such a closing fails, and can not be told from a server that died."""
TIMEOUT = ClientTimeout(total=30, sock_connect=10)
PER_HOST = 50
HOSTS_REMEMBERED = 1024
"""What their text says of them; where a name leads is looked at with every connection."""

_INSIDE = "an address inside the network"
_may_stay_inside: ContextVar[bool] = ContextVar("may_stay_inside", default=False)


class ForbiddenAddress(MessageRefused):
    """The guard refused to connect."""


class TooLarge(MessageRefused):
    """The response was longer than whoever asked would read."""


def reach(address: str) -> Reach:
    """Where a numeric address leads: to the internet, into the own network, or where nothing may go.

    Decided from an own table: `ipaddress.is_global` is true for NAT64 of loopback, 6to4, multicast and
    site-local addresses, and changes between patch releases of Python.
    """
    ip = ip_address(address)
    if isinstance(ip, IPv6Address) and any(ip in network for network in _TRANSLATED):
        ip = IPv4Address(int(ip) & 0xFFFFFFFF)
    if any(ip in network for network in _NEVER):
        return "never"
    if any(ip in network for network in _INTERNAL):
        return "internal"
    return "public" if ip.version == 4 or ip in _GLOBAL_UNICAST else "never"


class GuardedOutbound:
    """Implements `bridge.ports.Outbound`. The session is opened on first use and belongs to that loop."""

    def __init__(
        self, private_hosts: Iterable[str] = (), *, resolver: AbstractResolver | None = None
    ) -> None:
        self._private = frozenset(_plain(host) for host in private_hosts)
        self._checked = lru_cache(HOSTS_REMEMBERED)(self._check_host)
        self._resolver = resolver
        self._session: ClientSession | None = None

    @property
    def session(self) -> ClientSession:
        if self._session is None:
            self._session = ClientSession(
                connector=TCPConnector(
                    socket_factory=_guarded_socket,
                    resolver=self._resolver,
                    limit=0,  # one slow host must not use up what the others need
                    limit_per_host=PER_HOST,
                    keepalive_timeout=IDLE_SECONDS,
                ),
                middlewares=(self._guard,),
                cookie_jar=DummyCookieJar(),
                timeout=TIMEOUT,
                trust_env=False,
                headers={"User-Agent": f"handoff-bridge/{__version__}", "Accept-Encoding": "identity"},
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def check_url(self, url: str) -> str | None:
        """What is wrong with an address in the settings, as one sentence; None when it may be used."""
        if re.search(r"[\x00-\x20\x7f\\]", url):
            return "An address holds no spaces, backslashes or control characters."
        try:
            parts = urlsplit(url)
            host, _ = _plain(parts.hostname or ""), parts.port
        except ValueError:
            return "This is not an address; write https://host/path."
        if parts.scheme not in ("https", "http") or not host:
            return "This is not an address; write https://host/path."
        if "@" in parts.netloc:
            return "An address must not hold a user name or password."
        return self._check_host(parts.scheme, host)

    def _check_host(self, scheme: str, host: str) -> str | None:
        if _LEGACY_NUMBER.search(host) and _reach_of_host(host) is None:
            return f"{host} is not a full address; write a name, or all four numbers."
        listed = host in self._private
        where = _reach_of_host(host)
        if where == "never" or (where == "internal" and not listed):
            listing = "name it in outbound.private_hosts, if it is meant"
            return f"{host} is {_INSIDE}: {listing if where == 'internal' else 'use another'}."
        if scheme == "http" and not listed:
            return f"Plain http is for hosts in outbound.private_hosts alone; use https for {host}."
        return None

    async def _guard(self, request: ClientRequest, connect: ClientHandlerType) -> ClientResponse:
        """Around every request. Its host is known here and nowhere below, so the socket is told."""
        url = request.url
        host = _plain(url.host or "")
        if why := self._checked(url.scheme, host):
            raise ForbiddenAddress(why)
        token = _may_stay_inside.set(host in self._private)
        try:
            response = await connect(request)
        except ClientConnectorError as error:
            if isinstance(error.os_error, _Refused):
                raise ForbiddenAddress(f"{host} leads to {_INSIDE}.") from None
            raise
        finally:
            _may_stay_inside.reset(token)
        if response.status in (301, 302, 303, 307, 308):
            response.close()
            raise MessageRefused(
                f"{host} answered with a redirect ({response.status}); these are not followed"
            )
        return response


async def read_limited(response: ClientResponse, limit: int) -> bytes:
    """The body; TooLarge when it is longer than `limit` bytes, as soon as that is known."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > limit:
            response.close()
            raise TooLarge(f"the answer is larger than {limit} bytes")
    return bytes(body)


class _Refused(OSError):
    """An OSError, so that aiohttp goes on to the host's other addresses. One text for all: when they
    differ, aiohttp folds them into another exception, and that it was refused would be lost."""


def _guarded_socket(info: AddrInfoType) -> socket.socket:
    family, kind, protocol, _, address = info
    where = reach(str(address[0])) if family in (socket.AF_INET, socket.AF_INET6) else "never"
    if where == "never" or (where == "internal" and not _may_stay_inside.get()):
        raise _Refused(EACCES, _INSIDE)
    return socket.socket(family, kind, protocol)


def _reach_of_host(host: str) -> Reach | None:
    """By its text alone: None for a name, which only its socket tells, but for `localhost`."""
    if host == "localhost" or host.endswith(".localhost"):
        return "internal"
    try:
        return reach(host)
    except ValueError:
        return None


@lru_cache(HOSTS_REMEMBERED)
def _plain(host: str) -> str:
    """One spelling for a host: lower case, ASCII, no brackets, no last dot, IPv6 shortened."""
    bare = host.strip().strip("[]").rstrip(".").lower()
    try:
        return str(ip_address(bare))
    except ValueError:
        pass
    try:
        return bare.encode("idna").decode() if not bare.isascii() else bare
    except UnicodeError:
        return bare
