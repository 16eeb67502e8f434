"""Nothing a customer said or is known by stands in the database in clear."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bridge.domain.answer import Answer, Citation, ToolCall
from bridge.domain.effects import AskAnswerer
from bridge.domain.events import AgentWrote, AnswerArrived, CustomerWrote, Opening
from bridge.domain.ids import CustomerId, EventKey
from bridge.domain.model import Profile, Signal
from bridge.store import tables as t
from bridge.store.engine import Database
from bridge.store.sealing import Keyring, Seal, SealBroken
from bridge.store.tenants import TenantStore
from tests.store.scene import ACME, ANA, MASTER_KEY, START, OwnClock, Scene, claims, conversation_id, says

CANARIES = [
    "canary-text",
    "canary-name",
    "canary-email",
    "canary-phone",
    "canary-external",
    "canary-signal",
    "canary-draft",
    "canary-reasoning",
    "canary-tool",
    "canary-citation",
    "canary-note",
    "canary-tag",
    "canary-account",
    "canary-key",
    "canary-settings",
    "canary-suggestion",
]
PROFILE = Profile(
    verified=True,
    name="canary-name",
    email="canary-email",
    phone="canary-phone",
    tags=("canary-tag",),
    account="canary-account",
)


def wrote(text: str) -> CustomerWrote:
    return CustomerWrote(
        tenant=ACME,
        conversation=conversation_id("one"),
        key=EventKey("canary-key"),
        opening=Opening("api", "canary-external", CustomerId("c" * 32), PROFILE),
        text=text,
        at=START,
        signals=(Signal("person_request", "canary-signal"),) if "person" in text else (),
    )


async def plant(scene: Scene) -> None:
    await TenantStore(scene.database).apply(ACME, "name: canary-settings", "test", START)
    await scene.record(wrote("canary-text, where is it?"))
    asked = scene.last[0].effect
    assert isinstance(asked, AskAnswerer)
    answer = Answer(
        "canary-draft",
        0.1,
        reasoning="canary-reasoning",
        suggestion="canary-suggestion",
        tool_calls=(ToolCall("orders", {"q": "canary-tool"}),),
        citations=(Citation("canary-citation"),),
    )
    place: dict[str, Any] = {"tenant": ACME, "conversation": conversation_id("one")}
    await scene.record(
        AnswerArrived(**place, epoch=asked.epoch, turn=asked.turn, upto=asked.upto, result=answer)
    )
    again = wrote("a person now, canary-text")
    await scene.record(CustomerWrote(**{n: getattr(again, n) for n in _names(again)} | {"key": EventKey("")}))
    await scene.record(claims(), AgentWrote(**place, handoff=1, agent=ANA, text="// canary-note", at=START))


def _names(event: CustomerWrote) -> list[str]:
    return list(event.__dataclass_fields__)


async def test_no_canary_is_found_in_any_column(scene: Scene) -> None:
    await plant(scene)
    seen = 0
    async with scene.database.reading() as connection:
        for table in t.metadata.sorted_tables:
            for row in await connection.execute(select(table)):
                for value in row:
                    seen += 1
                    raw = value if isinstance(value, bytes) else repr(value).encode()
                    assert not any(canary.encode() in raw for canary in CANARIES), (table.name, value)
    assert seen > 100


async def test_no_canary_is_found_in_the_files_of_sqlite(sqlite_scene: tuple[Scene, Path]) -> None:
    scene, folder = sqlite_scene
    await plant(scene)
    raw = b"".join(path.read_bytes() for path in folder.iterdir())
    assert conversation_id("one").encode() in raw
    assert [canary for canary in CANARIES if canary.encode() in raw] == []


@pytest.fixture
async def sqlite_scene(sqlite_template: Path, tmp_path: Path) -> Any:
    folder = tmp_path / "db"
    folder.mkdir()
    (folder / "bridge.db").write_bytes(sqlite_template.read_bytes())
    scene = await Scene.open(f"sqlite:///{folder / 'bridge.db'}")
    yield scene, folder
    await scene.close()


async def test_what_was_planted_is_there_for_who_holds_the_key(scene: Scene) -> None:
    await plant(scene)
    stored = await scene.snapshot()
    assert stored.conversation is not None
    assert stored.customer is not None
    assert stored.conversation.external == "canary-external"
    assert stored.customer.profile == PROFILE
    handoff = await scene.handoff()
    assert handoff.suggestion is not None
    assert "canary-name" in handoff.suggestion.text


async def test_another_master_key_opens_nothing(scene: Scene, database_url: str) -> None:
    await scene.record(says("hello"))
    database = await Database.open(database_url, Keyring(bytes(32)), OwnClock(), "w2")
    with pytest.raises(SealBroken, match="master key"):
        await database.unlock([ACME])
    await database.close()


async def test_every_customer_has_a_key_of_their_own(scene: Scene) -> None:
    await scene.record(says("hello", "one", customer="eve"), says("hello", "two", customer="bob"))
    first, second = await scene.rows(t.customer)
    keyring = scene.database.keyring
    seal = keyring.customer(ACME, first["id"], first["sealed_key"])
    with pytest.raises(SealBroken):
        seal.open(second["sealed_profile"], ACME, "customer.sealed_profile", second["id"])
    with pytest.raises(SealBroken):
        keyring.customer(ACME, second["id"], first["sealed_key"])


def test_a_sealed_value_that_was_changed_is_refused() -> None:
    sealed = Seal(bytes(32)).seal(b"clear", "acme", "entry.body", "1")
    for broken in (b"", sealed[:5], sealed[:-1], sealed[:-1] + bytes([sealed[-1] ^ 1]), b"\x02" + sealed[1:]):
        with pytest.raises(SealBroken):
            Seal(bytes(32)).open(broken, "acme", "entry.body", "1")


def test_no_error_tells_a_secret() -> None:
    with pytest.raises(ValueError, match="32 bytes") as error:
        Keyring(b"short-master-key")
    assert "short-master-key" not in str(error.value)


def test_keyed_hashes_differ_by_tenant_and_by_installation() -> None:
    one, other = Keyring(MASTER_KEY), Keyring(bytes(32))
    hashes = {one.lookup("acme", "x"), one.lookup("globex", "x"), other.lookup("acme", "x")}
    assert len(hashes) == 3
    assert one.lookup("acme", "x") == Keyring(MASTER_KEY).lookup("acme", "x")
