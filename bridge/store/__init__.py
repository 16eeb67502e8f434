"""The store: the only SQL of the bridge, one code path for SQLite and PostgreSQL.

`tables` declares the schema (alembic owns it), `engine` opens the database, `sealing` keeps what a
customer said unreadable at rest, `mapping` turns domain values into rows and back. `recording` is the
recorder's one transaction a batch, its statements are in `statements`; `outbox`, `board`, `tenants` and
`audit` are what the dispatcher, the desks, the directory and the auditors read and write.
Nothing here decides anything, and nothing here ever waits for the network while it holds a lock.
"""
