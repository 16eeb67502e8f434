"""Row-level security on PostgreSQL: each transaction names the tenants whose rows it is for.

A later revision that makes a table with a `tenant_id` walls it the same way (`wall`), and copies these two
functions: a revision never changes with the program.

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-26
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NAMED = "SELECT unnest(string_to_array(current_setting('bridge.tenants', true), ','))"
"""As a query: PostgreSQL then asks it once and holds each row against the answer. As a plain condition it
would be an index's way to all rows of a tenant, and taken for one."""
EVERYBODY = "current_setting('bridge.tenants', true) = '*'"

CONTENTS = (
    *("tenant_version", "customer", "conversation", "entry", "turn", "handoff", "card", "inbox"),
    *("audit", "unanchored", "anchor"),
)
QUEUES = ("tenant", "outbox", "timer")
"""Walked across tenants as well: what is due, what is in force. Nothing that a customer said is in them."""


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in CONTENTS:
        wall(table)
    for table in QUEUES:
        wall(table, walked=True)


def wall(table: str, *, walked: bool = False) -> None:
    """FORCE, since the bridge's role owns the table and owners pass by otherwise."""
    allowed = f"tenant_id IN ({NAMED})" + (f" OR {EVERYBODY}" if walked else "")
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenants ON {table} USING ({allowed})")
