"""What a platform gave to the installation: sealed, one row a key, the same for every replica."""

import asyncio

from bridge.store import tables as t
from bridge.store.vault import Vault
from tests.store.scene import Scene


async def test_what_is_put_is_got_back_by_its_key(scene: Scene) -> None:
    vault = Vault(scene.database, scene.clock)
    await vault.put("slack.workspace", "T1", {"token": "xoxb-1", "name": "Acme 🌲"})
    await vault.put("slack.workspace", "T2", {"token": "xoxb-2"})
    await vault.put("slack.workspace", "T1", {"token": "xoxb-3"})
    await vault.put("teams.app", "T1", {})
    assert await vault.get("slack.workspace", "T1") == {"token": "xoxb-3"}
    assert await vault.get("slack.workspace", "T3") is None
    assert await vault.every("slack.workspace") == {"T1": {"token": "xoxb-3"}, "T2": {"token": "xoxb-2"}}


async def test_neither_key_nor_value_stands_there_in_clear(scene: Scene) -> None:
    await Vault(scene.database, scene.clock).put("slack.workspace", "T0SECRET", {"token": "xoxb-1"})
    (row,) = await scene.rows(t.vault)
    assert b"xoxb" not in row["body"]
    assert "T0SECRET" not in str(row)


async def test_of_several_that_delete_at_once_one_gets_it(scene: Scene) -> None:
    vault = Vault(scene.database, scene.clock)
    await vault.put("code", "abc", {})
    assert sorted(await asyncio.gather(*(vault.delete("code", "abc") for _ in range(4)))) == [
        *(False, False, False),
        True,
    ]
    assert await vault.every("code") == {}
