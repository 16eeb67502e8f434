"""Who agents are in Slack: their names, for the audit, the card and the customer ("Ana has joined"), and
whether they are people at all. Apps are members of channels too, and nobody would be there to answer.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from adapters.desks.slack.api import WebApi
from adapters.desks.slack.settings import Settings
from bridge.domain.model import Agent
from bridge.domain.text import cut, one_line
from bridge.ports import Clock, DeliveryError, Unavailable

FRESH = timedelta(hours=1)
RETRY = timedelta(minutes=1)
PATIENCE = 1.0
"""Seconds: a press must be answered within three."""
_MOST = 10_000
NAMELESS = "A colleague"
NOT_A_PERSON = "Nothing done: an app can not have a conversation."
_SLACKBOT = "USLACKBOT"


@dataclass(frozen=True, slots=True)
class _Known:
    name: str
    person: bool


_UNKNOWN = _Known("", person=True)


class People:
    """Who is behind a user id. Never fails: without an answer, the name that Slack's payload carried."""

    def __init__(self, api: WebApi, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[_Known, datetime]] = {}

    async def agent(self, desk: Settings, user: str, fallback: str = "") -> Agent:
        name = await self.name(desk, user) or cut(one_line(fallback), 60) or NAMELESS
        return Agent(f"slack:{user}", name)

    async def names(self, desk: Settings, users: Iterable[str]) -> dict[str, str]:
        """The names of the first few users mentioned in a line; those unknown are left out."""
        asked = list(users)[:5]
        found = await asyncio.gather(*(self.name(desk, user) for user in asked))
        return {user: name for user, name in zip(asked, found, strict=True) if name}

    async def name(self, desk: Settings, user: str) -> str:
        """Empty when Slack does not say."""
        return (await self._of(desk, user)).name

    async def is_person(self, desk: Settings, user: str) -> bool:
        """Neither an app nor somebody whose account is closed; true when Slack does not say."""
        return user != _SLACKBOT and (await self._of(desk, user)).person

    async def _of(self, desk: Settings, user: str) -> _Known:
        now, key = self._clock.now(), (desk.team, user)
        known, until = self._known.get(key, (_UNKNOWN, now))
        if now < until:
            return known
        known = await self._ask(desk, user) or known
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[key] = (known, now + (FRESH if known.name else RETRY))
        return known

    async def _ask(self, desk: Settings, user: str) -> _Known | None:
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await self._api.call("users.info", desk, {"user": user})
        except (DeliveryError, Unavailable, TimeoutError):
            return None
        given = answer.get("user")
        told: dict[str, Any] = given if isinstance(given, dict) else {}
        gone = told.get("is_bot") is True or told.get("deleted") is True
        return _Known(_display_name(told), person=not gone)


def _display_name(user: dict[str, Any]) -> str:
    given = user.get("profile")
    profile: dict[str, Any] = given if isinstance(given, dict) else {}
    for name in (
        profile.get("display_name"),
        profile.get("real_name"),
        user.get("real_name"),
        user.get("name"),
    ):
        if isinstance(name, str) and one_line(name):
            return cut(one_line(name), 60)
    return ""
