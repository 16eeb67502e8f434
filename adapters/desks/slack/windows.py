"""Opens the windows, if sending them off could lead to anything; the core decides once they are."""

from collections.abc import Mapping
from typing import Any

from adapters.desks.slack.api import WebApi
from adapters.desks.slack.incoming import Press
from adapters.desks.slack.modals import View, draft_view, edit_view, take_over_view, transfer_view
from adapters.desks.slack.places import Target
from bridge.domain.ids import HandoffId
from bridge.domain.model import Agent, EntryKind
from bridge.ports import DeskAddress, Found, Host

STALE = "Nothing done: the card had changed. Look at the new one and press again."
NO_OTHER_DESK = (
    "Nothing done: there is no other desk to pass it on to. To pass it to a colleague, claim it first."
)

Refusal = str


class Windows:
    def __init__(self, host: Host, api: WebApi) -> None:
        self._host = host
        self._api = api

    async def view(
        self, press: Press, desk: DeskAddress, target: Target, found: Found, agent: Agent
    ) -> View | Refusal:
        """What to open for a press, or why nothing is opened."""
        card, epoch, channel = found.card, found.epoch, press.channel
        if card.state not in ("waiting", "claimed"):
            return "Nothing done: this handoff has ended."
        if press.action == "take_over":
            if card.owner is None:
                return "Nothing done: nobody has this conversation. Claim it."
            mine = card.owner.id == agent.id
            return "You have this conversation already." if mine else take_over_view(card, epoch, channel)
        if card.owner is not None and card.owner.id != agent.id:
            return f"Nothing done: {card.owner.name} has this conversation."
        if press.action == "edit_draft":
            return await self._draft(desk, target, found, channel)
        if epoch != target.epoch:
            return STALE
        if press.action == "transfer":
            others = self._other_desks(desk)
            return transfer_view(card, epoch, channel, others) if others or card.owner else NO_OTHER_DESK
        if card.suggestion is None:
            return "The suggested reply was already sent. Write in the thread instead."
        return edit_view(card, epoch, channel)

    async def open(self, desk: DeskAddress, trigger: str, view: Mapping[str, Any]) -> None:
        """Raises DeliveryError."""
        await self._api.call("views.open", desk.settings, {"trigger_id": trigger, "view": view})

    async def _draft(self, desk: DeskAddress, target: Target, found: Found, channel: str) -> View | Refusal:
        thread = await self._host.board.thread(desk.tenant, HandoffId(target.handoff), target.seq - 1)
        draft = next((entry for entry in thread if entry.seq == target.seq), None)
        if draft is None or draft.kind is not EntryKind.DRAFT:
            return "Nothing done: there is no such draft."
        return draft_view(found.card, found.epoch, channel, target.seq, draft.text)

    def _other_desks(self, desk: DeskAddress) -> list[str]:
        tenant = self._host.directory.tenant(desk.tenant)
        return [name for name in tenant.desks if name != desk.desk] if tenant else []
