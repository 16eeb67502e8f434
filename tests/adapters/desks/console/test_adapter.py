"""The console as a desk port: cards need no post, so none can fail, double or go stale."""

from bridge.ports import DeskAddress
from tests.adapters.desks.console.room import ACME, Room


async def address(room: Room) -> DeskAddress:
    desk = room.directory.desk("acme", "support", "console")
    assert desk
    return desk


async def test_posting_twice_is_one_card_and_the_board_finds_it(room: Room) -> None:
    desk = await address(room)
    handoff = await room.asks_for_a_person("Marta")
    found = await room.core.find(ACME, handoff)
    assert found
    first = await room.adapter.post_card(desk, found.card, key="a.1")
    again = await room.adapter.post_card(desk, found.card, key="a.1")
    assert first == again
    assert (first.place, first.thread) == ("console:acme/support", handoff)
    assert await room.adapter.find_card(desk, handoff) == first
    assert await room.core.at(desk, first) == found


async def test_updates_and_notes_need_no_network(room: Room) -> None:
    desk = await address(room)
    handoff = await room.asks_for_a_person("Marta")
    found = await room.core.find(ACME, handoff)
    assert found
    ref = await room.adapter.post_card(desk, found.card, key="a.1")
    await room.adapter.update_card(desk, ref, found.card, page=True, key="a.2")
    note = (await room.core.thread(ACME, handoff))[0]
    receipts = [await room.adapter.post_note(desk, ref, note, found.card, key="a.3") for _ in range(2)]
    assert receipts[0] == receipts[1]
    assert receipts[0].remote == f"{handoff}/{note.seq}"


def test_the_kind_and_its_limits(room: Room) -> None:
    assert room.adapter.kind == "console"
    assert room.adapter.limits.per_second is None
