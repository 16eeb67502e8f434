"""Limits by address and by session, at a real server, on a clock that the test owns."""

import json
from collections.abc import Mapping

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request
from hypothesis import given
from hypothesis import strategies as st

from bridge.throttle import Buckets, Rate, RequestThrottle, client_address


class Time:
    """Monotonic seconds, moved by the test."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def request(remote: str = "203.0.113.7", **headers: str) -> web.Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return make_mocked_request("GET", "/", headers=named).clone(remote=remote)


def wait(throttle: RequestThrottle, remote: str = "203.0.113.7", session: str = "") -> int:
    """0 when it is let in, else what Retry-After says."""
    try:
        throttle.admit(request(remote), session=session)
    except web.HTTPTooManyRequests as refused:
        return int(refused.headers["Retry-After"])
    return 0


# ---- settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("600/m", Rate(600, 60)),
        (" 5/s ", Rate(5, 1)),
        ("1/h", Rate(1, 3600)),
        ("9/d", Rate(9, 86400)),
        ("0", None),
        (0, None),
    ],
)
def test_limits_are_written_as_so_many_a_unit(text: str | int, rate: Rate | None) -> None:
    assert Rate.parse(text) == rate


@pytest.mark.parametrize(
    "text", ["", "600", "m", "-1/m", "0/m", "6.5/m", "600/w", "600/ m", "٦/m", "1/m\n2/m"]
)
def test_a_limit_that_is_none_is_refused_with_the_mend(text: str) -> None:
    with pytest.raises(ValueError, match="such as 600/m"):
        Rate.parse(text)


# ---- limits -----------------------------------------------------------------------------------------


async def test_over_the_limit_the_answer_is_429_and_says_when() -> None:
    throttle = RequestThrottle(Rate(3, 60), None, now=Time())

    async def serve(request: web.Request) -> web.Response:
        throttle.admit(request)
        return web.Response()

    app = web.Application()
    app.router.add_get("/", serve)
    async with TestClient(TestServer(app)) as client:
        codes = [(await client.get("/")).status for _ in range(3)]
        refused = await client.get("/")
        body = json.loads(await refused.text())

    assert codes == [200, 200, 200]
    assert (refused.status, refused.content_type) == (429, "application/json")
    assert refused.headers["Retry-After"] == "20"
    assert body == {
        "error": {"code": "too_many_requests", "message": "Too many requests. Try again in 20 seconds."}
    }


def test_who_waits_as_long_as_told_is_let_in_and_sooner_is_not() -> None:
    time = Time()
    throttle = RequestThrottle(Rate(2, 60), None, now=time)
    assert [wait(throttle) for _ in range(3)] == [0, 0, 30]
    time.seconds += 29
    assert wait(throttle) == 1
    time.seconds += 1
    assert [wait(throttle), wait(throttle)] == [0, 30]


def test_knocking_while_refused_does_not_prolong_the_wait() -> None:
    time = Time()
    throttle = RequestThrottle(Rate(1, 10), None, now=time)
    assert wait(throttle) == 0
    for _ in range(9):
        time.seconds += 1
        assert wait(throttle) > 0
    time.seconds += 1
    assert wait(throttle) == 0


def test_a_long_silence_earns_no_more_than_the_limit_at_once() -> None:
    time = Time()
    throttle = RequestThrottle(Rate(2, 60), None, now=time)
    wait(throttle)
    time.seconds += 86_400
    assert [wait(throttle) for _ in range(3)] == [0, 0, 30]


def test_one_address_over_its_limit_delays_no_other() -> None:
    throttle = RequestThrottle(Rate(1, 60), None, now=Time())
    assert [wait(throttle, "203.0.113.7") for _ in range(2)] == [0, 60]
    assert wait(throttle, "203.0.113.8") == 0


def test_sessions_have_a_limit_of_their_own() -> None:
    throttle = RequestThrottle(None, Rate(1, 60), now=Time())
    assert [wait(throttle, session="a") for _ in range(2)] == [0, 60]
    assert wait(throttle, session="b") == 0
    assert [wait(throttle) for _ in range(5)] == [0] * 5, "no session, no session's limit"


def test_zero_is_no_limit() -> None:
    throttle = RequestThrottle(Rate.parse("0"), Rate.parse(0), now=Time())
    assert {wait(throttle, session="a") for _ in range(500)} == {0}


def test_memory_stays_bounded_and_those_seen_last_are_remembered() -> None:
    buckets = Buckets(Rate(1, 60), Time(), most=100)
    for number in range(1_000):
        buckets.take(f"stranger {number}")
        buckets.take("regular")
    assert len(buckets) == 100
    assert buckets.take("regular") > 0
    assert buckets.take("stranger 0") == 0


@given(st.lists(st.floats(0, 30), max_size=60), st.integers(1, 5), st.integers(1, 20))
def test_never_more_than_the_limit_and_what_has_grown_since(
    pauses: list[float], amount: int, seconds: int
) -> None:
    time = Time()
    buckets = Buckets(Rate(amount, seconds), time)
    began, admitted = time.seconds, 0
    for pause in pauses:
        time.seconds += pause
        admitted += buckets.take("a") == 0
        assert admitted <= amount + (time.seconds - began) * amount / seconds + 1e-6


# ---- whose address ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proxies", "headers", "address"),
    [
        (0, {}, "203.0.113.7"),
        (0, {"X_Forwarded_For": "198.51.100.1"}, "203.0.113.7"),
        (1, {}, "203.0.113.7"),
        (1, {"X_Forwarded_For": "198.51.100.1"}, "198.51.100.1"),
        (1, {"X_Forwarded_For": "6.6.6.6, 198.51.100.1"}, "198.51.100.1"),
        (2, {"X_Forwarded_For": "6.6.6.6, 198.51.100.1, 10.0.0.2"}, "198.51.100.1"),
        (2, {"X_Forwarded_For": "198.51.100.1"}, "203.0.113.7"),
        (1, {"X_Forwarded_For": "198.51.100.1:4711"}, "198.51.100.1"),
        (1, {"X_Forwarded_For": "[2001:db8:1:2::5]:4711"}, "2001:db8:1:2::/64"),
        (1, {"X_Forwarded_For": "::ffff:198.51.100.1"}, "198.51.100.1"),
        (1, {"X_Forwarded_For": "unknown"}, "203.0.113.7"),
        (1, {"X_Forwarded_For": "x" * 5_000}, "203.0.113.7"),
        (1, {"X_Forwarded_For": ""}, "203.0.113.7"),
    ],
)
def test_forwarded_addresses_are_believed_as_far_as_the_trusted_proxies(
    proxies: int, headers: Mapping[str, str], address: str
) -> None:
    assert client_address(request(**headers), proxies) == address


def test_a_whole_ipv6_network_is_one_client() -> None:
    throttle = RequestThrottle(Rate(1, 60), None, now=Time())
    assert [wait(throttle, f"2001:db8:0:1::{n}") for n in (1, 2)] == [0, 60]
    assert wait(throttle, "2001:db8:0:2::1") == 0
