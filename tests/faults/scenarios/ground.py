"""Where a scenario is played: fresh databases, bridges on them, and an ear for what they log."""

import logging
import shutil
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self, TypeVar

import yaml

from bridge.store.schema import migrate
from tests.databases import Server, postgresql, wait_for
from tests.fakes.slack import CHANNEL, TEAM, TOKEN, Channel
from tests.faults.besieged import Besieged
from tests.walk.house import House, Visitor
from tests.walk.program_house import Program

H = TypeVar("H", bound=House)
OTHER = ("T000000002", "C000000002", "xoxb-token-of-globex")
"""Workspace, channel and token of the tenant globex."""
NIGHT = "C0NIGHT"


@dataclass(frozen=True, slots=True)
class Databases:
    """Migrated once; each call makes a fresh copy."""

    sqlite_template: Path
    server: Server
    template: str

    def sqlite(self, folder: Path) -> str:
        shutil.copy(self.sqlite_template, folder / "bridge.db")
        return f"sqlite:///{folder / 'bridge.db'}"

    def postgresql(self) -> str:
        """Its name, for whoever drops it."""
        return self.server.create(self.template)


@contextmanager
def databases() -> Iterator[Databases]:
    """For whoever is no test."""
    with TemporaryDirectory() as folder, postgresql() as server:
        sqlite, template = Path(folder, "bridge.db"), server.create()
        wait_for(lambda: migrate(f"sqlite:///{sqlite}"))
        wait_for(lambda: migrate(server.address(template)))
        yield Databases(sqlite, server, template)


class Heard(logging.Handler):
    """What was logged, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def said(self, words: str) -> list[logging.LogRecord]:
        return [record for record in self.records if words in record.getMessage()]


class Ground:
    """One play's. What it opened is closed when the block ends."""

    def __init__(self, folder: Path, databases: Databases) -> None:
        self.folder = folder
        self.databases = databases
        self.heard = Heard()
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        logging.getLogger().addHandler(self.heard)
        self._open.callback(logging.getLogger().removeHandler, self.heard)
        logging.getLogger("bridge.dispatcher").setLevel(logging.INFO)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    def database(self, kind: str) -> str:
        if kind == "sqlite":
            return self.databases.sqlite(self.folder)
        name = self.databases.postgresql()
        self._open.callback(self.databases.server.drop, name)
        return self.databases.server.address(name)

    async def house(self, kind: str = "postgresql", **tenant: Any) -> House:
        return await self.opened(House(self.folder, self.database(kind)), **tenant)

    async def besieged(self, kind: str = "postgresql", **tenant: Any) -> Besieged:
        return await self.opened(Besieged(self.folder, self.database(kind)), **tenant)

    async def opened(self, made: H, **tenant: Any) -> H:
        await made.open(**tenant)
        self._open.push_async_callback(made.close)
        return made

    async def replicas(self) -> tuple[House, House]:
        """Two on one PostgreSQL."""
        first = await self.house()
        second = await first.second()
        self._open.push_async_callback(second.stop)
        return first, second

    async def program(self, kind: str = "postgresql") -> Program:
        made = await self._open.enter_async_context(Program(self.folder, self.database(kind)))
        await made.begin()
        return made


class OfTwoTenants(House):
    """A bridge for acme and globex, with a workspace each."""

    def __init__(self, folder: Path, database_url: str) -> None:
        super().__init__(folder, database_url)
        team, channel, token = OTHER
        self.slack.add_workspace(team, token, channel, {"U7": "Gil", "U8": "Gus"})

    def write_settings(self, **tenant: Any) -> None:
        super().write_settings(**tenant)
        team, channel, token = OTHER
        desk = {"kind": "slack", "team": team, "channel": channel, "bot_token": token}
        other = self.tenant("globex", desks={"support": desk}, routing={"desk": "support"})
        (self.folder / "tenants/globex.yaml").write_text(yaml.safe_dump(other))


def with_a_night_desk(house: House) -> dict[str, Any]:
    """Settings of a tenant whose second desk takes what the first can not."""
    support = {"kind": "slack", "team": TEAM, "channel": CHANNEL, "bot_token": TOKEN}
    house.slack.channels[NIGHT] = Channel(NIGHT, "night")
    return {
        "desks": {"support": support, "night": {**support, "channel": NIGHT}},
        "routing": {"desk": "support"},
        "pages": {"fallback": "night"},
    }


async def handed_off(house: House, *, of: str = "acme", name: str = "María") -> Visitor:
    """A customer who asks for a person, and has settled."""
    visitor = await house.visitor(of=of, customer={"name": name})
    await visitor.says("let me talk to a human")
    return visitor


async def claimed(house: House) -> Visitor:
    """A customer who talks with Ana."""
    visitor = await handed_off(house)
    await house.slack.press("claim", house.slack.card())
    await house.idle()
    return visitor


async def rows(house: House, visitor: Visitor, action: str) -> list[dict[str, Any]]:
    """Of the conversation's audit."""
    return [row for row in await house.audit(visitor.conversation) if row["action"] == action]
