"""Who switched themselves on or off, and the last copies of on-call calendars.

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-26
"""

import sqlalchemy as sa

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

instant = sa.DateTime(timezone=True)
NAMED = "SELECT unnest(string_to_array(current_setting('bridge.tenants', true), ','))"


def upgrade() -> None:
    op.create_table(
        "duty_switch",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("desk", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("until", instant, nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "desk", "agent_id"),
    )
    op.create_table(
        "calendar",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("address_hash", sa.String(), nullable=False),
        sa.Column("tried_at", instant, nullable=False),
        sa.Column("fetched_at", instant, nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "address_hash"),
    )
    wall("duty_switch")
    wall("calendar")


def wall(table: str) -> None:
    """As in 0002: a row is there only for a transaction that names its tenant."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenants ON {table} USING (tenant_id IN ({NAMED}))")


def downgrade() -> None:
    op.drop_table("calendar")
    op.drop_table("duty_switch")
