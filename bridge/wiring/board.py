"""What desks read, with the hints of the fan-out: the store's reads and the live follow in one port."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

from bridge.domain.card import Card
from bridge.domain.ids import HandoffId, TenantId
from bridge.domain.model import Entry
from bridge.fanout import desk_topic
from bridge.ports import CallbackView, CardRef, DeskAddress, DeskFigures, Fanout, Found
from bridge.store.board import BoardReads
from bridge.store.callbacks import CallbackStore
from bridge.store.desk_figures import DeskReads


class LiveBoard:
    """Implements `bridge.ports.Board`."""

    def __init__(
        self,
        reads: BoardReads,
        callbacks: CallbackStore,
        desks: DeskReads,
        fanout: Fanout,
        transcript_url: Callable[[str], str],
    ) -> None:
        self._reads = reads
        self._callbacks = callbacks
        self._desks = desks
        self._fanout = fanout
        self._transcript_url = transcript_url

    async def find(self, tenant: TenantId, handoff: HandoffId) -> Found | None:
        return self._linked(await self._reads.find(tenant, handoff))

    async def at(self, desk: DeskAddress, ref: CardRef) -> Found | None:
        return self._linked(await self._reads.at(desk, ref))

    async def open_cards(self, tenant: TenantId, desk: str, limit: int = 50) -> Sequence[Card]:
        return [self._link(card) for card in await self._reads.open_cards(tenant, desk, limit)]

    async def thread(self, tenant: TenantId, handoff: HandoffId, after: int = 0) -> Sequence[Entry]:
        return await self._reads.thread(tenant, handoff, after)

    async def places(self, tenant: TenantId, desk: str) -> Mapping[HandoffId, CardRef]:
        return await self._desks.places(tenant, desk)

    async def figures(self, tenant: TenantId, desk: str, agent: str, since: datetime) -> DeskFigures:
        return await self._desks.figures(tenant, desk, agent, since)

    async def callbacks(self, tenant: TenantId, desk: str) -> Sequence[CallbackView]:
        return await self._callbacks.views(tenant, desk)

    @asynccontextmanager
    async def follow_desk(self, tenant: TenantId, desk: str) -> AsyncIterator[AsyncIterator[None]]:
        async with self._fanout.subscribe(desk_topic(tenant, desk)) as hints:
            yield _only_hints(hints)

    def _linked(self, found: Found | None) -> Found | None:
        return replace(found, card=self._link(found.card)) if found else None

    def _link(self, card: Card) -> Card:
        return replace(card, transcript=self._transcript_url(card.transcript))


async def _only_hints(hints: AsyncIterator[object]) -> AsyncIterator[None]:
    async for hint in hints:
        if hint is None:
            yield None
