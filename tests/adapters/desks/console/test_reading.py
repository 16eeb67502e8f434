"""What agents see of their own desk, and never of another."""

from bridge.domain.events import ClaimPressed, ReleasePressed
from bridge.domain.ids import split_handoff_id
from bridge.domain.model import Agent, Profile
from bridge.domain.signals import Signal
from tests.adapters.desks.console.conftest import Connect
from tests.adapters.desks.console.room import ACME, GLOBEX, Client, Room

DESK = "/console/acme/support"


async def test_the_card_says_what_an_agent_must_know(room: Room, ana: Client) -> None:
    profile = Profile(verified=True, name="Marta Ferrer", tags=("vip",), lifetime_value=7240)
    refund = (Signal("refund", "my money back"),)
    await room.writes("Marta", "I want my money back", signals=refund, profile=profile)
    [card] = (await (await ana.get(f"{DESK}/cards")).json())["cards"]
    assert card["who"] == "Marta Ferrer"
    assert card["reason"] == "Refund"
    assert card["also"] == ["Valued customer"]
    assert "I want my money back" in card["want"]
    assert "refund goes to a person" in card["tried"]
    assert {"label": "Lifetime value", "value": "7,240"} in card["facts"]
    assert card["suggestion"]["text"].startswith("Hi Marta")
    assert card["buttons"] == ["claim", "send_suggested", "edit_suggested", "release"]
    assert (card["state"], card["mine"], card["owner"]) == ("waiting", False, None)


async def test_those_who_wait_longest_come_first_and_the_ended_last(room: Room, ana: Client) -> None:
    first = await room.asks_for_a_person("First")
    room.clock.pass_by(minutes=1)
    second = await room.asks_for_a_person("Second")
    room.clock.pass_by(minutes=1)
    third = await room.asks_for_a_person("Third")
    await ana.post(f"{DESK}/handoffs/{second}/claim", json={"epoch": 1})
    await ana.post(f"{DESK}/handoffs/{first}/release", json={"epoch": 1})
    cards = (await (await ana.get(f"{DESK}/cards")).json())["cards"]
    assert [card["handoff"] for card in cards] == [third, second, first]
    assert [card["mine"] for card in cards] == [False, True, False]


async def test_the_thread_tells_what_was_sent_from_what_stayed_inside(room: Room, ana: Client) -> None:
    conversation = await room.writes("Marta", "Is the Ridge 2 waterproof?")
    await room.is_answered(conversation, "Yes, up to 3,000 mm.")
    handoff = await room.asks_for_a_person("Marta", "And the floor?")
    await ana.post(f"{DESK}/handoffs/{handoff}/lines", json=_line("// Floor is 5,000 mm"))
    page = await (await ana.get(f"{DESK}/threads/{handoff}")).json()
    seen = [(entry["kind"], entry["author"], entry["text"]) for entry in page["entries"]]
    assert ("message", "customer", "Is the Ridge 2 waterproof?") in seen
    assert ("message", "assistant", "Yes, up to 3,000 mm.") in seen
    assert seen[-1] == ("note", "agent", "Floor is 5,000 mm")
    assert all(text for _, _, text in seen), "states are not shown as lines"
    again = await (await ana.get(f"{DESK}/threads/{handoff}?after={page['next']}")).json()
    assert again["entries"] == []
    assert again["next"] == page["next"]


async def test_a_draft_that_came_too_late_is_shown_as_not_sent(room: Room, ana: Client) -> None:
    conversation = await room.writes("Marta", "Does it fit?")
    asked = room.core.conversation(ACME, conversation)
    handoff = await room.asks_for_a_person("Marta", "hello?")
    late = await room.is_answered(conversation, "It fits.")
    assert late.code == "late"
    assert asked.epoch == 0
    page = await (await ana.get(f"{DESK}/threads/{handoff}")).json()
    [draft] = [entry for entry in page["entries"] if entry["kind"] == "draft"]
    assert draft["text"] == "It fits."
    assert draft["reason"] == "a person was called first"
    assert "It fits." not in [entry.text for entry in await room.told(handoff)]


async def test_another_desk_and_another_company_are_not_there(room: Room, connect: Connect) -> None:
    handoff = await room.asks_for_a_person("Marta")
    foreign = await room.asks_for_a_person("Nils", tenant=GLOBEX)
    sales = await connect("Ana", desk="sales")
    globex = await connect("Ana", tenant="globex")
    assert (await (await sales.get("/console/acme/sales/cards")).json())["cards"] == []
    paths = (
        (sales, f"/console/acme/sales/threads/{handoff}"),
        (globex, f"/console/globex/support/threads/{handoff}"),
        (sales, f"/console/acme/sales/threads/{foreign}"),
        (sales, "/console/acme/sales/threads/nonsense"),
        (sales, f"/console/acme/sales/threads/{'0' * 32}.1"),
    )
    bodies = set()
    for client, path in paths:
        answer = await client.get(path)
        assert answer.status == 404, path
        bodies.add(await answer.text())
    assert len(bodies) == 1, "a stranger cannot tell what exists from what does not"


async def test_a_place_in_the_thread_that_is_no_number_is_refused(room: Room, ana: Client) -> None:
    handoff = await room.asks_for_a_person("Marta")
    for after in ("-1", "x", "1e3", "9" * 40, "١"):
        assert (await ana.get(f"{DESK}/threads/{handoff}", params={"after": after})).status == 400


async def test_an_ended_handoff_can_still_be_read(room: Room, ana: Client) -> None:
    handoff = await room.asks_for_a_person("Marta")
    parts = split_handoff_id(handoff)
    assert parts
    where = {"tenant": ACME, "conversation": parts[0], "handoff": 1, "agent": Agent("console:Ben", "Ben")}
    await room.core.receive(ClaimPressed(**where, epoch=1))  # type: ignore[arg-type]
    await room.core.receive(ReleasePressed(**where, epoch=2))  # type: ignore[arg-type]
    page = await (await ana.get(f"{DESK}/threads/{handoff}")).json()
    assert page["card"]["state"] == "released"
    assert page["card"]["ended_by"] == "Ben"
    assert page["card"]["buttons"] == []


async def test_the_page_brings_its_own_strict_content_policy(connect: Connect) -> None:
    client = await connect()
    answer = await client.get("/console?tenant=acme&desk=support")
    assert answer.status == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy
    text = await answer.text()
    assert "Acme" not in text, "the page knows no tenant"
    assert "<script>" not in text
    assert "style=" not in text
    for name in ("main.js", "console.css", "icon.svg"):
        file = await client.get(f"/console/static/{name}")
        assert file.status == 200
        assert file.headers["X-Content-Type-Options"] == "nosniff"
    for name in ("..%2Fadapter.py", "adapter.py", "nothing.js"):
        assert (await client.get(f"/console/static/{name}")).status == 404


def _line(text: str) -> dict[str, str]:
    return {"id": "0b8f2f0e-0000-4000-8000-000000000001", "text": text}
