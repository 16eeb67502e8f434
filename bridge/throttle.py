"""Limits: how often one address, and one session, may ask. Over it: 429 with Retry-After.

Token buckets in memory, one set a process: a replica more is a limit more. Never grows beyond its
bound, whatever strangers send; never believes `X-Forwarded-For` beyond the proxies it was told of.
"""

import json
import math
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from aiohttp import web

SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
MAX_BUCKETS = 50_000
ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in so many seconds; all of them may come at once."""

    amount: int
    seconds: int

    @classmethod
    def parse(cls, text: str | int) -> "Rate | None":
        """`600/m` → 600 a minute; 0 → None, no limit. ValueError with the mend for anything else."""
        if str(text).strip() == "0":
            return None
        found = re.fullmatch(r"([1-9][0-9]{0,8})/([smhd])", str(text).strip())
        if found is None:
            raise ValueError("a limit is a number and s, m, h or d, such as 600/m; 0 is no limit")
        return cls(int(found[1]), SECONDS[found[2]])


class Buckets:
    """One bucket a key. The key unused for longest is forgotten when there are too many."""

    def __init__(self, rate: Rate, now: Callable[[], float], most: int = MAX_BUCKETS) -> None:
        self._rate = rate
        self._now = now
        self._most = most
        self._full_at: OrderedDict[str, float] = OrderedDict()
        """When each bucket is full again, in monotonic seconds: all there is to know of it (GCRA)."""

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, key: str) -> float:
        """Takes a token; 0 when there was one, else the seconds until there is."""
        now, pause = self._now(), self._rate.seconds / self._rate.amount
        full_at = max(self._full_at.pop(key, now), now)
        wait = full_at - now - (self._rate.amount - 1) * pause
        refused = wait > ROUNDING
        self._full_at[key] = full_at if refused else full_at + pause
        if len(self._full_at) > self._most:
            self._full_at.popitem(last=False)
        return wait if refused else 0.0


class RequestThrottle:
    """Implements `bridge.ports.Throttle`. `trusted_proxies`: how many stand between clients and us."""

    def __init__(
        self,
        per_address: Rate | None,
        per_session: Rate | None,
        *,
        trusted_proxies: int = 0,
        now: Callable[[], float] = time.monotonic,
        most: int = MAX_BUCKETS,
    ) -> None:
        self._addresses = Buckets(per_address, now, most) if per_address else None
        self._sessions = Buckets(per_session, now, most) if per_session else None
        self._trusted_proxies = trusted_proxies

    def admit(self, request: web.Request, *, session: str = "") -> None:
        """Raises 429 with Retry-After when the address or the session is over its limit."""
        if self._addresses is not None:
            _require(self._addresses.take(client_address(request, self._trusted_proxies)))
        if self._sessions is not None and session:
            _require(self._sessions.take(session))


def client_address(request: web.Request, trusted_proxies: int) -> str:
    """Who asks. An IPv6 client has a whole /64 to choose from, and counts as that.

    Each proxy appends whom it saw, so the nth from the right was written by the outermost trusted
    one; what stands left of it anybody may have written.
    """
    hops = [hop.strip() for line in request.headers.getall("X-Forwarded-For", []) for hop in line.split(",")]
    seen = request.remote or ""
    if trusted_proxies and len(hops) >= trusted_proxies:
        seen = _without_port(hops[-trusted_proxies])
    try:
        address = ip_address(seen)
    except ValueError:
        return request.remote or "unknown"
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else str(ip_network((int(address) >> 64 << 64, 64)))
    return str(address)


def _without_port(hop: str) -> str:
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def _require(wait: float) -> None:
    if wait > 0:
        after = max(1, math.ceil(wait - ROUNDING))
        message = f"Too many requests. Try again in {after} seconds."
        raise web.HTTPTooManyRequests(
            text=json.dumps({"error": {"code": "too_many_requests", "message": message}}),
            content_type="application/json",
            headers={"Retry-After": str(after)},
        )
