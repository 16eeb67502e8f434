"""Receives: every event comes in here, whoever sends it.

Finds the tenant, detects signals and language (pure and before any lock), queues the event for the
recorder and gives its outcome back. It decides nothing and stores nothing itself.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Protocol

from bridge.domain.events import CustomerWrote, Event, Outcome, OutcomeKind
from bridge.domain.ids import ConversationId, TenantId
from bridge.domain.languages import base_language
from bridge.domain.model import Entry
from bridge.domain.signals import Pack, hear
from bridge.domain.tenant import Tenant
from bridge.fanout import conversation_topic
from bridge.language import LanguageDetector
from bridge.ports import Directory, Fanout, Typing
from bridge.recorder import Recorder


class CustomerReads(Protocol):
    """What the router needs of the store to show a customer their own conversation."""

    async def entries(
        self, tenant: TenantId, conversation: ConversationId, after: int, limit: int
    ) -> Sequence[Entry]: ...


class Router:
    """Implements `bridge.ports.Inbound`."""

    def __init__(
        self,
        recorder: Recorder,
        directory: Directory,
        reads: CustomerReads,
        fanout: Fanout,
        packs: Sequence[Pack],
        languages: LanguageDetector,
    ) -> None:
        self._recorder = recorder
        self._directory = directory
        self._reads = reads
        self._fanout = fanout
        self._packs = packs
        self._languages = languages

    async def receive(self, event: Event) -> Outcome:
        tenant = self._directory.tenant(event.tenant)
        if tenant is None:
            return Outcome(OutcomeKind.UNKNOWN)
        if isinstance(event, CustomerWrote):
            event = self._detect(event, tenant)
        return await self._recorder.record(event)

    async def entries(
        self, tenant: TenantId, conversation: ConversationId, after: int, limit: int = 200
    ) -> Sequence[Entry]:
        return await self._reads.entries(tenant, conversation, after, limit)

    def follow(
        self, tenant: TenantId, conversation: ConversationId
    ) -> AbstractAsyncContextManager[AsyncIterator[Typing | None]]:
        return self._fanout.subscribe(conversation_topic(tenant, conversation))

    def typing(self, tenant: TenantId, conversation: ConversationId, typing: Typing) -> None:
        self._fanout.whisper(conversation_topic(tenant, conversation), typing)

    def _detect(self, event: CustomerWrote, tenant: Tenant) -> CustomerWrote:
        """Every pack reads every message: a customer may write in any configured language."""
        spoken = {base_language(code) for code in tenant.languages}
        packs = [pack for pack in self._packs if pack.language in spoken]
        signals, reply = hear(event.text, packs)
        return replace(
            event,
            signals=signals,
            reply=reply,
            language=tenant.language(self._languages.detect(event.text, tuple(sorted(spoken)))),
        )
