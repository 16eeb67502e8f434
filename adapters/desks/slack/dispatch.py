"""Brings each thing that Slack sent to what listens to it, and says what Slack is to be answered.

The same for requests and for sockets. The answer comes after the commit, so what Slack is told to have
arrived is stored. Bolt is not in this way: its dispatch cost a press half as much again as the commit.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from adapters.desks.slack.commands import Commands
from adapters.desks.slack.home import Homes
from adapters.desks.slack.incoming import (
    AppsDeleted,
    Changed,
    Command,
    Greeting,
    HomeOpened,
    HomePress,
    Incoming,
    Lifecycle,
    Line,
    Press,
    Submission,
)
from adapters.desks.slack.lines import Lines
from adapters.desks.slack.places import Places
from adapters.desks.slack.presses import Presses
from adapters.desks.slack.workspaces import Workspaces
from adapters.errands import Errands
from bridge.ports import Clock, Unavailable

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What Slack is told. Through a socket only a 200 is: what is not acknowledged failed, to Slack."""

    status: int = 200
    payload: Mapping[str, Any] | None = None


ONE_ALARM = timedelta(hours=1)
DONE, TRY_AGAIN, FAILED = Answer(), Answer(503), Answer(500)


@dataclass(frozen=True, slots=True)
class Listeners:
    """What takes what Slack sends, and the workspaces that an uninstall takes away."""

    presses: Presses
    lines: Lines
    homes: Homes
    commands: Commands
    workspaces: Workspaces


class Dispatch:
    def __init__(self, to: Listeners, errands: Errands, places: Places, clock: Clock) -> None:
        self._to = to
        self._errands = errands
        self._places = places
        self._clock = clock
        self._alarmed: dict[str, datetime] = {}

    async def __call__(self, incoming: Incoming) -> Answer:
        """Never raises: what goes wrong here is logged, and Slack is told that it did not arrive."""
        try:
            return await self._answer(incoming)
        except Unavailable:
            return TRY_AGAIN
        except Exception:
            logger.exception("slack: a listener failed")
            return FAILED

    async def _answer(self, incoming: Incoming) -> Answer:
        match incoming:
            case Press():
                await self._to.presses.pressed(incoming)
            case Line():
                await self._to.lines.wrote(incoming)
            case AppsDeleted():
                await self._to.lines.card_deleted(incoming)
            case Changed():
                await self._to.lines.changed(incoming)
            case Submission():
                if errors := await self._to.presses.submitted(incoming):
                    return Answer(payload={"response_action": "errors", "errors": errors})
            case Command():
                return Answer(payload=await self._to.commands.typed(incoming))
            case HomePress():
                await self._to.homes.pressed(incoming)
                self._errands.start(self._to.homes.show(incoming.team, incoming.user))
            case HomeOpened():
                self._errands.start(self._to.homes.show(incoming.team, incoming.user))
            case Lifecycle():
                await self._removed(incoming)
            case Greeting():
                return Answer(payload={"challenge": incoming.challenge})
            case _:
                pass
        return DONE

    async def _removed(self, gone: Lifecycle) -> None:
        """One alarm, though Slack says it twice."""
        if gone.what == "tokens_revoked" and not gone.bots:
            return  # users' tokens: we have none
        await self._to.workspaces.remove(gone.team)
        desks = ", ".join(f"{desk.tenant}/{desk.desk}" for desk in self._places.of_workspace(gone.team))
        now = self._clock.now()
        if now - self._alarmed.get(gone.team, now - ONE_ALARM) >= ONE_ALARM:
            self._alarmed[gone.team] = now
            told = "slack: %s in workspace %s; desks that can not be paged: %s"
            logger.error(told, gone.what, gone.team, desks or "none")


def as_response(answer: Answer) -> web.Response:
    if answer.status == TRY_AGAIN.status:
        return web.Response(status=503, headers={"Retry-After": "1"})
    if answer.payload is None:
        return web.Response(status=answer.status)
    return web.json_response(answer.payload, status=answer.status)
