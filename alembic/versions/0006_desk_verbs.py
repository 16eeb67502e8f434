"""A card for each desk that a handoff stood at; what a released handoff came to.

Revision ID: 0006
Revises: 0005
Create Date: 2026-11-26
"""

import sqlalchemy as sa

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

instant = sa.DateTime(timezone=True)
KEY = ["tenant_id", "conversation_id", "number"]


def upgrade() -> None:
    op.add_column("handoff", sa.Column("outcome", sa.String(), nullable=False, server_default=""))
    rekey([*KEY, "desk"])


def downgrade() -> None:
    """Of a handoff that moved only the card where it is stays."""
    seen = op.get_bind().dialect.name == "postgresql"
    for table in ("card", "handoff") if seen else ():
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")  # of all tenants
    op.execute(
        "DELETE FROM card WHERE desk <> (SELECT handoff.desk FROM handoff"
        " WHERE handoff.tenant_id = card.tenant_id AND handoff.conversation_id = card.conversation_id"
        " AND handoff.number = card.number)"
    )
    for table in ("card", "handoff") if seen else ():
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    rekey(KEY)
    op.drop_column("handoff", "outcome")


def rekey(key: list[str]) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("card_pkey", "card", type_="primary")
        op.create_primary_key("card_pkey", "card", key)
        return
    op.create_table(
        "card_anew",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("desk", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("thread", sa.String(), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.PrimaryKeyConstraint(*key),
    )
    columns = "tenant_id, conversation_id, number, desk, kind, place, thread, at"
    op.execute(f"INSERT INTO card_anew ({columns}) SELECT {columns} FROM card")  # noqa: S608 - our own names
    op.drop_table("card")
    op.rename_table("card_anew", "card")
    op.create_index("ix_card_place", "card", ["tenant_id", "desk", "place", "thread"], unique=False)
