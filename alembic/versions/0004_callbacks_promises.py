"""Callbacks that were promised; timers that one process rings at a time; secret links to a desk's calendar.

Revision ID: 0004
Revises: 0003
Create Date: 2026-11-26
"""

import sqlalchemy as sa

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

instant = sa.DateTime(timezone=True)
ACTIVE = sa.text("state IN ('booked', 'due')")
NAMED = "SELECT unnest(string_to_array(current_setting('bridge.tenants', true), ','))"


def upgrade() -> None:
    op.create_table(
        "callback",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("desk", sa.String(), nullable=False),
        sa.Column("slot_at", instant, nullable=False),
        sa.Column("until", instant, nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("local", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("booked_at", instant, nullable=False),
        sa.Column("settled_at", instant, nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "conversation_id"], ["conversation.tenant_id", "conversation.id"]
        ),
        sa.PrimaryKeyConstraint("tenant_id", "conversation_id", "number"),
    )
    op.create_index(
        "uq_callback_place",
        "callback",
        ["tenant_id", "desk", "slot_at", "place"],
        unique=True,
        postgresql_where=ACTIVE,
        sqlite_where=ACTIVE,
    )
    op.create_table(
        "calendar_link",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("desk", sa.String(), nullable=False),
        sa.Column("link_hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "desk"),
    )
    with op.batch_alter_table("timer") as timer:
        timer.add_column(sa.Column("worker", sa.String(), nullable=True))
        timer.add_column(sa.Column("lease_until", instant, nullable=True))
    wall("callback")
    wall("calendar_link")


def wall(table: str) -> None:
    """As in 0002: a row is there only for a transaction that names its tenant."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenants ON {table} USING (tenant_id IN ({NAMED}))")


def downgrade() -> None:
    with op.batch_alter_table("timer") as timer:
        timer.drop_column("lease_until")
        timer.drop_column("worker")
    op.drop_table("calendar_link")
    op.drop_index("uq_callback_place", "callback")
    op.drop_table("callback")
