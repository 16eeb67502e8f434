"""What platforms gave to the installation, sealed under a key of its own: tokens, addresses, codes.

The key of a row stands in it as a keyed hash and, sealed, beside the value: a database that is read by
others tells neither who nor what.
"""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select

from bridge.ports import Clock
from bridge.store import tables as t
from bridge.store.engine import Database
from bridge.store.statements import upsert

_NOBODYS = ""
"""In place of a tenant: tenants' names are never empty."""


class Vault:
    """Implements `bridge.ports.Vault`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def get(self, kind: str, key: str) -> Mapping[str, Any] | None:
        hashed = self._hash(kind, key)
        query = select(t.vault.c.body).where(t.vault.c.kind == kind, t.vault.c.key_hash == hashed)
        async with self._database.reading() as connection:
            body = (await connection.execute(query)).scalar()
        return None if body is None else self._open(kind, hashed, body)[1]

    async def put(self, kind: str, key: str, value: Mapping[str, Any]) -> None:
        hashed = self._hash(kind, key)
        clear = json.dumps([key, dict(value)], ensure_ascii=False).encode("utf-8", "surrogatepass")
        body = self._database.keyring.installation().seal(clear, _NOBODYS, f"vault.{kind}", hashed)
        row = {"kind": kind, "key_hash": hashed, "body": body, "at": self._clock.now()}
        async with self._database.writing() as connection:
            await connection.execute(upsert(self._database.dialect, t.vault, ["body", "at"]), [row])

    async def delete(self, kind: str, key: str) -> bool:
        here = delete(t.vault).where(t.vault.c.kind == kind, t.vault.c.key_hash == self._hash(kind, key))
        async with self._database.writing() as connection:
            return bool((await connection.execute(here)).rowcount)

    async def every(self, kind: str) -> Mapping[str, Mapping[str, Any]]:
        query = select(t.vault.c.key_hash, t.vault.c.body).where(t.vault.c.kind == kind)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return dict(self._open(kind, hashed, body) for hashed, body in rows)

    def _hash(self, kind: str, key: str) -> str:
        return self._database.keyring.lookup(_NOBODYS, f"vault:{kind}:{key}")

    def _open(self, kind: str, hashed: str, body: bytes) -> tuple[str, Mapping[str, Any]]:
        clear = self._database.keyring.installation().open(body, _NOBODYS, f"vault.{kind}", hashed)
        key, value = json.loads(clear.decode("utf-8", "surrogatepass"))
        return key, value
