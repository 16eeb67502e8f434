"""Brings each thing that Slack sent to what listens to it, and says what Slack is to be answered.

The same for requests and for sockets. The answer comes after the commit, so what Slack is told to have
arrived is stored. Bolt is not in this way: its dispatch cost a press half as much again as the commit.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from adapters.desks.slack.incoming import (
    Greeting,
    Incoming,
    Lifecycle,
    Line,
    Press,
    Submission,
)
from adapters.desks.slack.lines import Lines
from adapters.desks.slack.places import Places
from adapters.desks.slack.presses import Presses
from bridge.ports import Unavailable

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What Slack is told. Through a socket only a 200 is: what is not acknowledged failed, to Slack."""

    status: int = 200
    payload: Mapping[str, Any] | None = None


DONE, TRY_AGAIN, FAILED = Answer(), Answer(503), Answer(500)


class Dispatch:
    def __init__(self, presses: Presses, lines: Lines, places: Places) -> None:
        self._presses = presses
        self._lines = lines
        self._places = places

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
                await self._presses.pressed(incoming)
            case Line():
                await self._lines.wrote(incoming)
            case Submission():
                if why := await self._presses.submitted(incoming):
                    return Answer(payload={"response_action": "errors", "errors": {"reply": why}})
            case Lifecycle():
                self._removed(incoming)
            case Greeting():
                return Answer(payload={"challenge": incoming.challenge})
            case _:
                pass
        return DONE

    def _removed(self, gone: Lifecycle) -> None:
        if self._places.of_workspace(gone.team):
            logger.error("slack: %s in workspace %s: its desks can not be paged", gone.what, gone.team)


def as_response(answer: Answer) -> web.Response:
    if answer.status == TRY_AGAIN.status:
        return web.Response(status=503, headers={"Retry-After": "1"})
    if answer.payload is None:
        return web.Response(status=answer.status)
    return web.json_response(answer.payload, status=answer.status)
