"""`/handoff`: what waits here, on and off duty, finding a conversation, connecting the channel to a desk.

Answered in words that only who typed it sees. It speaks of the desks of the channel where it was typed.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.desks.slack.api import WebApi
from adapters.desks.slack.blocks import Block
from adapters.desks.slack.home import Homes
from adapters.desks.slack.incoming import Command
from adapters.desks.slack.lacking import lacking
from adapters.desks.slack.listing import Listed, context, on_call_in_slack, rows
from adapters.desks.slack.people import NOT_A_PERSON, People
from adapters.desks.slack.places import Places
from adapters.desks.slack.whisper import Whisper
from adapters.desks.slack.wording import escape, unmarked
from adapters.desks.slack.workspaces import Workspaces
from adapters.errands import Errands
from bridge.domain.text import one_line
from bridge.ports import ConnectRefused, DeliveryError, DeskAddress, Host, Unavailable

logger = logging.getLogger(__name__)

MOST = 8
HELP = """\
`/handoff status` – who waits here, who has whom, who is on call
`/handoff on` · `/handoff off` – go on or off duty: pages mention who is on call
`/handoff find WORDS` – a conversation of this channel, by the customer's name or words
`/handoff connect CODE` – make this channel a desk, with a code from your admin
`/handoff help` – this"""
NO_DESK = (
    "This channel is no desk. Type it in a desk's channel; or ask your admin for a code, "
    "and type: /handoff connect CODE"
)
TRY_AGAIN = "Nothing done: the bridge can not record anything at the moment. Please try again."

Reply = Mapping[str, Any]


class Commands:
    def __init__(
        self,
        host: Host,
        api: WebApi,
        workspaces: Workspaces,
        people: People,
        whisper: Whisper,
        errands: Errands,
        homes: Homes,
        places: Places,
    ) -> None:
        self._host = host
        self._api = api
        self._workspaces = workspaces
        self._people = people
        self._whisper = whisper
        self._errands = errands
        self._homes = homes
        self._places = places

    async def typed(self, command: Command) -> Reply:
        """What to answer, for the eyes of who typed it."""
        word, _, rest = one_line(command.text).partition(" ")
        try:
            return await self._answer(command, word.lower(), rest.strip())
        except Unavailable:
            return _private(TRY_AGAIN)

    async def _answer(self, command: Command, word: str, rest: str) -> Reply:
        if word == "connect":
            return await self._connect(command, rest)
        if word in ("", "help"):
            return _private(HELP, verbatim=True)
        if word not in ("status", "on", "off", "find"):
            return _private(f"I do not know `{unmarked(word)}`.\n{HELP}", verbatim=True)
        desks = self._places.desks(command.team, command.channel)
        if not desks:
            return _private(NO_DESK)
        if word == "status":
            return await self._status(desks)
        if word == "find":
            return await self._find(desks, rest)
        return await self._switch(command, desks, word == "on")

    async def _status(self, desks: Sequence[DeskAddress]) -> Reply:
        blocks: list[Block] = []
        for desk in desks:
            listed = await self._homes.listed(desk)
            waiting = [each for each in listed if each.card.state == "waiting"]
            claimed = [each for each in listed if each.card.state == "claimed"]
            on_call = await self._host.duty.on_call(desk.tenant, desk.desk)
            blocks += [context(f"*{unmarked(desk.desk)}* · {on_call_in_slack(on_call)}")]
            blocks += rows("Waiting", waiting, MOST, "Nobody waits.")
            blocks += rows("With a person", claimed, MOST)
        return {"response_type": "ephemeral", "text": "Status", "blocks": blocks[:50]}

    async def _find(self, desks: Sequence[DeskAddress], words: str) -> Reply:
        if not words:
            return _private("Type what to look for: /handoff find María")
        found = [each for desk in desks for each in await self._homes.listed(desk) if _matches(each, words)]
        blocks = rows("Found", found, MOST)
        if not blocks:
            return _private(f"No open conversation here has “{words}” in its name or first words.")
        return {"response_type": "ephemeral", "text": "Found", "blocks": blocks}

    async def _switch(self, command: Command, desks: Sequence[DeskAddress], on: bool) -> Reply:
        words = []
        for desk in desks:
            if not await self._people.is_person(desk.settings, command.user):
                return _private(NOT_A_PERSON)
            agent = await self._people.agent(desk.settings, command.user, command.user_name)
            on_call = await self._host.duty.switch(desk.tenant, desk.desk, agent, on)
            told = "on duty: pages mention you" if on else "off duty: pages do not mention you"
            words.append(f"You are {told}. {on_call_in_slack(on_call)}.")
        return _private("\n".join(dict.fromkeys(words)), verbatim=True)

    async def _connect(self, command: Command, code: str) -> Reply:
        place = {"team": command.team, "channel": command.channel}
        if not command.channel.startswith(("C", "G")):
            return _private("Type it in the channel that is to be the desk, not in a direct message.")
        try:
            desk = await self._host.connecting.redeem(code, "slack", place, f"slack:{command.user}")
        except ConnectRefused as refused:
            return _private(str(refused))
        self._errands.start(self._welcome(desk, command))
        return _private(f"This channel is now the desk {desk.desk}. Cards come here.")

    async def _welcome(self, desk: DeskAddress, command: Command) -> None:
        """Says in the channel what it is now, or privately what is lacking for it."""
        words = await lacking(self._api, self._workspaces, desk.settings)
        if not words:
            line = f"This channel is now the desk {desk.desk}, connected by <@{command.user}>."
            try:
                post = {"channel": command.channel, "text": line}
                await self._api.call("chat.postMessage", desk.settings, post, post=True)
            except DeliveryError as error:
                words = [str(error)]
        if words:
            told = " ".join(["Connected, but cards can not be posted yet.", *words])
            await self._whisper.answer(command.response_url, told)


def _matches(listed: Listed, words: str) -> bool:
    card = listed.card
    owner = card.owner.name if card.owner else ""
    text = " ".join((card.who, card.want, card.reason, owner)).casefold()
    return all(word in text for word in words.casefold().split())


def _private(words: str, *, verbatim: bool = False) -> Reply:
    """`verbatim`: the words are mrkdwn of our own."""
    return {"response_type": "ephemeral", "text": words if verbatim else escape(words)}
