"""Reads of promised callbacks: booked places, what a desk has before it, and whose zone changed its rules.

And the secret links to a desk's callbacks as a calendar: random, stored hashed, one a desk.
"""

import hmac
import os
from base64 import urlsafe_b64encode
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, select

from bridge.domain.callback import ACTIVE, Taken
from bridge.domain.effects import AuditRow
from bridge.domain.ids import ConversationId, TenantId, handoff_id
from bridge.domain.localtime import instant, known_zone
from bridge.domain.model import CallbackState
from bridge.domain.text import cut, one_line
from bridge.ports import CallbackView, Key
from bridge.store import reads
from bridge.store import tables as t
from bridge.store.batch import link_hash, link_tenant
from bridge.store.engine import Database
from bridge.store.mapping import clear_text
from bridge.store.statements import upsert
from bridge.store.tenants import audited, lock_tenant

_ACTIVE = [state.value for state in ACTIVE]
_COLUMNS = ("number", "desk", "slot_at", "until", "zone", "local", "place", "state", "booked_at")
_PREFIX = "callback_"
MOST = 500
"""Callbacks of one desk in one list."""


class CallbackStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def booked(self, tenants: Collection[TenantId]) -> Mapping[tuple[TenantId, str], tuple[Taken, ...]]:
        """The booked places of all desks of these tenants."""
        if not tenants:
            return {}
        table = t.callback.c
        query = select(table.tenant_id, table.desk, table.slot_at, table.until, table.place)
        query = query.where(table.state.in_(_ACTIVE), table.tenant_id.in_(tenants))
        found: defaultdict[tuple[TenantId, str], list[Taken]] = defaultdict(list)
        async with self._database.reading(*tenants) as connection:
            for tenant, desk, at, until, place in await connection.execute(query):
                found[TenantId(tenant), desk].append(Taken(at, until, place))
        return {desk: tuple(taken) for desk, taken in found.items()}

    async def views(self, tenant: TenantId, desk: str) -> Sequence[CallbackView]:
        """What a desk has promised and not kept yet, the next first."""
        query = (
            self._with_conversations()
            .where(t.callback.c.tenant_id == tenant, t.callback.c.desk == clear_text(desk))
            .where(t.callback.c.state.in_(_ACTIVE))
            .order_by(t.callback.c.slot_at, t.callback.c.place)
            .limit(MOST)
        )
        async with self._database.reading_of(tenant) as connection:
            rows = (await connection.execute(query)).mappings().all()
        views = [_view(tenant, row, reads.opened(row, self._database)) for row in rows]
        return [view for view in views if view is not None]

    async def apart_from_their_zones(self, tenants: Collection[TenantId]) -> Sequence[Key]:
        """Conversations whose promised wall-clock time is another instant by the zone's rules of today."""
        if not tenants:
            return []
        table = t.callback.c
        query = select(table.tenant_id, table.conversation_id, table.slot_at, table.zone, table.local)
        query = query.where(table.state == CallbackState.BOOKED.value, table.tenant_id.in_(tenants))
        async with self._database.reading(*tenants) as connection:
            rows = (await connection.execute(query)).all()
        return [
            Key(TenantId(tenant), ConversationId(conversation))
            for tenant, conversation, at, zone, local in rows
            if _promised(zone, local, at) != at
        ]

    # the secret link

    async def new_link(self, tenant: TenantId, desk: str, actor: str, now: datetime) -> str:
        """A new link's token; the one before stops working."""
        secret = urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode()
        token = f"{tenant}.{secret}"
        row = {"tenant_id": tenant, "desk": clear_text(desk), "link_hash": link_hash(token), "at": now}
        await self._change_link(tenant, desk, actor, now, row)
        return token

    async def revoke_link(self, tenant: TenantId, desk: str, actor: str, now: datetime) -> None:
        await self._change_link(tenant, desk, actor, now, None)

    async def desk_of(self, token: str) -> tuple[TenantId, str] | None:
        """Whose calendar a link opens; None for what is no link."""
        tenant = link_tenant(token)
        if tenant is None:
            return None
        wanted, table = link_hash(token), t.calendar_link.c
        async with self._database.reading_of(tenant) as connection:
            rows = await connection.execute(
                select(table.desk, table.link_hash).where(table.tenant_id == tenant)
            )
        return next(((tenant, desk) for desk, known in rows if hmac.compare_digest(known, wanted)), None)

    async def _change_link(
        self, tenant: TenantId, desk: str, actor: str, now: datetime, row: dict[str, Any] | None
    ) -> None:
        database, table = self._database, t.calendar_link.c
        await database.unlock({tenant})
        async with database.writing(tenant) as connection:
            stored = await lock_tenant(connection, tenant)
            assert stored is not None
            if row is None:
                gone = delete(t.calendar_link).where(
                    table.tenant_id == tenant, table.desk == clear_text(desk)
                )
                await connection.execute(gone)
            else:
                made = upsert(database.dialect, t.calendar_link, ["link_hash", "at"])
                await connection.execute(made, [row])
            what = "made" if row else "revoked"
            line = AuditRow("calendar_link", actor, f"{desk}: {what}", "", what, 0, 0)
            await audited(connection, database, tenant, stored, line, now)

    def _with_conversations(self) -> Select[Any]:
        mine = [t.callback.c[name].label(f"{_PREFIX}{name}") for name in _COLUMNS]
        own = (t.conversation.c.tenant_id == t.callback.c.tenant_id) & (
            t.conversation.c.id == t.callback.c.conversation_id
        )
        return reads.conversations().add_columns(*mine).join(t.callback, own)


def _promised(zone: str, local: str, at: datetime) -> datetime:
    known = known_zone(zone)
    return instant(datetime.fromisoformat(local), known) if known else at


def _view(tenant: TenantId, row: Mapping[Any, Any], opened: reads.Opened) -> CallbackView | None:
    """None where the customer was erased: nobody is left to call."""
    if opened.seal is None:
        return None
    columns = {name: row[f"{_PREFIX}{name}"] for name in _COLUMNS}
    conversation, promise = opened.conversation, opened.conversation.promise
    handoff = conversation.handoff
    profile = opened.customer.profile
    return CallbackView(
        tenant=tenant,
        desk=columns["desk"],
        conversation=conversation.id,
        handoff=handoff_id(conversation.id, handoff.number) if handoff else None,
        number=columns["number"],
        at=columns["slot_at"],
        until=columns["until"],
        zone=columns["zone"],
        local=columns["local"],
        state=CallbackState(columns["state"]),
        who=cut(one_line(profile.name), 60) or "Unknown customer",
        want=handoff.want if handoff else "",
        reach=promise.reach if promise and promise.number == columns["number"] else "",
        booked_at=columns["booked_at"],
    )
