"""Who switched themselves on or off, and the last copies of on-call calendars.

Revision ID: 0002_callbacks_duty
Revises: 0001
Create Date: 2026-11-26
"""

import sqlalchemy as sa

from alembic import op

revision = "0002_callbacks_duty"
down_revision = "0001"
branch_labels = None
depends_on = None

instant = sa.DateTime(timezone=True)


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


def downgrade() -> None:
    op.drop_table("calendar")
    op.drop_table("duty_switch")
