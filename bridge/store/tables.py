"""The schema, as SQLModel classes. Alembic brings it to the database (`schema`), never `create_all`.

Rules for every table: `tenant_id` leads each primary key, unique key and hot index, so that the data can
be spread by tenant; ids are made by the client; time is passed in; no column that changes with every
message is indexed; nothing a customer wrote or is known by stands here in clear. Columns of type bytes
named `sealed…`, `memo`, `body` or `details` are encrypted (`sealing`).
The walk goes on in `mapping`, which fills these rows from the domain.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, Table, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from bridge.store.columns import Json, Row, instant, key, maybe_instant


class TenantRow(Row, table=True):
    tenant_id: str = key()
    version: int
    sealed_key: bytes
    """The tenant's data key, wrapped by the master key."""
    audit_n: int
    audit_head: bytes
    """The head of the audit stream of this tenant's settings."""


class TenantVersionRow(Row, table=True):
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"]),)
    tenant_id: str = key()
    version: int = key()
    at: datetime = instant()
    actor: str
    sealed_document: bytes


class CustomerRow(Row, table=True):
    tenant_id: str = key()
    id: str = key()
    revision: int
    """Rises with every change: the guard against another replica's change."""
    sealed_key: bytes | None
    """The customer's data key, wrapped by the tenant's; gone when the customer was erased."""
    sealed_profile: bytes | None
    conversations: int
    began_at: datetime | None = maybe_instant()
    last_at: datetime | None = maybe_instant()
    last_ending: str
    erased_at: datetime | None = maybe_instant()


class ConversationRow(Row, table=True):
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"]),
        Index("ix_conversation_customer", "tenant_id", "customer_id"),
        {"postgresql_with": {"fillfactor": "80"}},
    )
    tenant_id: str = key()
    id: str = key()
    channel: str
    customer_id: str
    mode: str
    epoch: int
    seq: int
    effects: int
    turn: int
    opened_at: datetime = instant()
    language: str
    memo: bytes | None
    """The rest of the domain's conversation."""
    audit_n: int
    audit_head: bytes


class EntryRow(Row, table=True):
    tenant_id: str = key()
    conversation_id: str = key()
    seq: int = key()
    kind: str
    author: str
    at: datetime = instant()
    turn: int
    body: bytes


class TurnRow(Row, table=True):
    __table_args__ = (Index("ix_turn_at", "tenant_id", "at"),)
    tenant_id: str = key()
    conversation_id: str = key()
    number: int = key()
    decision: str
    at: datetime = instant()
    seq: int
    confidence: float | None
    threshold: float | None
    triggers: list[list[str]] = Field(sa_type=Json, nullable=False)
    """Names and groups only, for reports; the evidence is in `details`."""
    details: bytes


class HandoffRow(Row, table=True):
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "conversation_id"], ["conversation.tenant_id", "conversation.id"]),
        UniqueConstraint("tenant_id", "link_hash", name="uq_handoff_link"),
        Index(
            "ix_handoff_open",
            "tenant_id",
            "desk",
            "at",
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
        Index(
            "ix_handoff_ended",
            "tenant_id",
            "desk",
            "ended_at",
            postgresql_where=text("ended_at IS NOT NULL"),
            sqlite_where=text("ended_at IS NOT NULL"),
        ),
    )
    tenant_id: str = key()
    conversation_id: str = key()
    number: int = key()
    desk: str
    at: datetime = instant()
    claimed_at: datetime | None = maybe_instant()
    replied_at: datetime | None = maybe_instant()
    ended_at: datetime | None = maybe_instant()
    ending: str
    owner: str
    """The claimant's id; empty while nobody has it."""
    pages: int
    trigger: str
    """The first trigger, which decided."""
    outcome: str
    """What who released it said of it (`ReleaseOutcome`); empty = nothing, or not ended."""
    details: bytes
    """The whole handoff, so that an ended one can still be shown."""
    link_hash: bytes
    link_sealed: bytes
    link_expires_at: datetime = instant()
    revoked: bool


class CardRow(Row, table=True):
    __table_args__ = (Index("ix_card_place", "tenant_id", "desk", "place", "thread"),)
    tenant_id: str = key()
    conversation_id: str = key()
    number: int = key()
    desk: str = key()
    """One that the handoff stands at, or stood at before."""
    kind: str
    """The desk's kind when the card was posted: no other can do anything with it."""
    place: str
    thread: str
    at: datetime = instant()


class InboxRow(Row, table=True):
    """Events that were recorded, by the keyed hash of their key."""

    tenant_id: str = key()
    key_hash: str = key()
    conversation_id: str
    seq: int
    epoch: int
    at: datetime = instant()


class OutboxRow(Row, table=True):
    __table_args__ = (
        Index(
            "ix_outbox_pending",
            "worker",
            postgresql_where=text("status = 'pending'"),
            sqlite_where=text("status = 'pending'"),
        ),
        Index(
            "ix_outbox_parked",
            "tenant_id",
            "status",
            postgresql_where=text("status <> 'pending'"),
            sqlite_where=text("status <> 'pending'"),
        ),
    )
    tenant_id: str = key()
    conversation_id: str = key()
    number: int = key()
    kind: str
    epoch: int
    args: dict[str, Any] = Field(sa_type=Json, nullable=False)
    status: str
    """pending or dead. What is done or withheld is deleted, so that the queue stays short."""
    attempts: int
    at: datetime = instant()
    due_at: datetime = instant()
    worker: str | None
    """The process that has it: effects are born leased."""
    why: str


class WorkerRow(Row, table=True):
    """Processes that live, by the database's own clock."""

    id: str = key()
    beat_at: datetime = instant()
    since: datetime = instant()
    """When it first beat, or first beat again after a gap longer than a lease."""


class VaultRow(Row, table=True):
    """What a platform gave to the installation, a workspace's token say. Not of a tenant, wholly sealed."""

    kind: str = key()
    key_hash: str = key()
    body: bytes
    at: datetime = instant()


class TimerRow(Row, table=True):
    __table_args__ = (Index("ix_timer_due", "due_at"),)
    tenant_id: str = key()
    conversation_id: str = key()
    kind: str = key()
    due_at: datetime = instant()
    epoch: int
    """Of a callback's timers: the callback's number."""
    worker: str | None = None
    """The process that rings it now, until `lease_until`; then any other may."""
    lease_until: datetime | None = maybe_instant()


class CallbackRow(Row, table=True):
    """One promised callback, whatever became of it. The newest also stands in its conversation."""

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "conversation_id"], ["conversation.tenant_id", "conversation.id"]),
        Index(
            "uq_callback_place",
            "tenant_id",
            "desk",
            "slot_at",
            "place",
            unique=True,
            postgresql_where=text("state IN ('booked', 'due')"),
            sqlite_where=text("state IN ('booked', 'due')"),
        ),
    )
    tenant_id: str = key()
    conversation_id: str = key()
    number: int = key()
    desk: str
    slot_at: datetime = instant()
    until: datetime = instant()
    zone: str
    local: str
    place: int
    """No two have the same place of one slot: what holds against every race."""
    state: str
    booked_at: datetime = instant()
    settled_at: datetime | None = maybe_instant()


class CalendarLinkRow(Row, table=True):
    """The secret link to the calendar of a desk's callbacks, by its hash. A new one replaces it."""

    tenant_id: str = key()
    desk: str = key()
    link_hash: bytes
    at: datetime = instant()


class DutySwitchRow(Row, table=True):
    """An agent's own word whether they are there."""

    tenant_id: str = key()
    desk: str = key()
    agent_id: str = key()
    name: str
    is_on: bool
    at: datetime = instant()
    until: datetime | None = maybe_instant()


class CalendarRow(Row, table=True):
    """The last copy of an on-call calendar, by the keyed hash of its address."""

    tenant_id: str = key()
    address_hash: str = key()
    tried_at: datetime = instant()
    fetched_at: datetime | None = maybe_instant()
    why: str
    """What was wrong with it the last time; empty when nothing was."""
    body: bytes | None


class AuditRow(Row, table=True):
    tenant_id: str = key()
    stream: str = key()
    n: int = key()
    at: datetime = instant()
    action: str
    actor: str
    reason: str
    before: str
    after: str
    epoch: int
    seq: int
    hash: bytes


class UnanchoredRow(Row, table=True):
    """Streams that moved since they were anchored. A table of its own: as a column of the conversation it
    would stand in an index, and every audited change would write all of the conversation's indices."""

    tenant_id: str = key()
    stream: str = key()
    n: int
    """The stream's newest row."""


class AnchorRow(Row, table=True):
    tenant_id: str = key()
    n: int = key()
    at: datetime = instant()
    heads: dict[str, list[Any]] = Field(sa_type=Json, nullable=False)
    """stream → [n, hash in hexadecimal]: the heads that moved since the anchor before."""
    hash: bytes


def table_of(row: type[Row]) -> Table:
    table = row.__table__  # type: ignore[attr-defined]
    assert isinstance(table, Table)
    return table


metadata = SQLModel.metadata
tenant = table_of(TenantRow)
tenant_version = table_of(TenantVersionRow)
customer = table_of(CustomerRow)
conversation = table_of(ConversationRow)
entry = table_of(EntryRow)
turn = table_of(TurnRow)
handoff = table_of(HandoffRow)
card = table_of(CardRow)
inbox = table_of(InboxRow)
outbox = table_of(OutboxRow)
worker = table_of(WorkerRow)
vault = table_of(VaultRow)
timer = table_of(TimerRow)
callback = table_of(CallbackRow)
calendar_link = table_of(CalendarLinkRow)
duty_switch = table_of(DutySwitchRow)
calendar = table_of(CalendarRow)
audit = table_of(AuditRow)
unanchored = table_of(UnanchoredRow)
anchor = table_of(AnchorRow)
