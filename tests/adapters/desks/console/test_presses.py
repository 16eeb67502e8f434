"""What agents do: claim, send, release, write. One wins, the others are told; nothing inside gets out."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from bridge.domain.events import AgentWrote, DeliveryFailed
from bridge.domain.ids import HandoffId
from bridge.domain.tenant import ChannelTraits
from bridge.ports import Typing
from tests.adapters.desks.console.conftest import Connect
from tests.adapters.desks.console.room import ACME, Client, Room

DESK = "/console/acme/support"
VERBS = (
    *("claim", "send", "release", "transfer", "takeover", "draft", "retry"),
    *("lines", "edit", "typing"),
)


async def press(client: Client, handoff: HandoffId, verb: str, **body: Any) -> tuple[int, dict[str, Any]]:
    answer = await client.post(f"{DESK}/handoffs/{handoff}/{verb}", json=body)
    return answer.status, await answer.json()


async def write(client: Client, handoff: HandoffId, text: str, id: str = "") -> tuple[int, dict[str, Any]]:
    return await press(client, handoff, "lines", id=id or str(uuid4()), text=text)


async def card_of(client: Client, handoff: HandoffId) -> dict[str, Any]:
    page = await (await client.get(f"{DESK}/threads/{handoff}")).json()
    card: dict[str, Any] = page["card"]
    return card


async def entries(client: Client, handoff: HandoffId) -> list[dict[str, Any]]:
    page = await (await client.get(f"{DESK}/threads/{handoff}")).json()
    found: list[dict[str, Any]] = page["entries"]
    return found


async def texts(room: Room, handoff: HandoffId) -> list[str]:
    return [entry.text for entry in await room.told(handoff)]


async def test_one_press_claims_and_sends_the_suggested_reply(room: Room, ana: Client) -> None:
    handoff = await room.asks_for_a_person("Marta")
    status, _ = await press(ana, handoff, "send", epoch=1)
    assert status == 200
    told = await texts(room, handoff)
    assert told[-2:] == ["Ana has joined.", "Hi Marta, I am looking into this for you right now."]


async def test_an_edited_reply_is_what_is_sent(room: Room, ana: Client) -> None:
    handoff = await room.asks_for_a_person("Marta")
    await press(ana, handoff, "send", epoch=1, text="We replace the tent.")
    assert (await texts(room, handoff))[-1] == "We replace the tent."


async def test_of_two_who_claim_at_once_one_wins_and_the_other_learns_who(
    room: Room, ana: Client, ben: Client
) -> None:
    handoff = await room.asks_for_a_person("Marta")
    both = await asyncio.gather(press(ana, handoff, "claim", epoch=1), press(ben, handoff, "claim", epoch=1))
    won = [body for status, body in both if status == 200]
    [lost] = [body for status, body in both if status == 409]
    assert len(won) == 1
    assert lost["error"]["code"] == "owned"
    owner = room.core.conversation(ACME, _conversation(handoff)).owner
    assert owner
    assert lost["error"]["message"] == f"Nothing done: {owner.name} has this conversation."


async def test_a_press_on_a_stale_card_changes_nothing_and_says_so(room: Room, ana: Client) -> None:
    handoff = await room.asks_for_a_person("Marta")
    await press(ana, handoff, "claim", epoch=1)
    before = await texts(room, handoff)
    status, body = await press(ana, handoff, "send", epoch=1)
    assert (status, body["error"]["code"]) == (409, "stale")
    assert await texts(room, handoff) == before


async def test_a_press_repeated_after_a_lost_answer_sends_once(room: Room, ana: Client) -> None:
    handoff = await room.asks_for_a_person("Marta")
    await press(ana, handoff, "claim", epoch=1)
    same = {"id": str(uuid4()), "epoch": 2, "text": "The label is on its way."}
    first = await press(ana, handoff, "send", **same)
    again = await press(ana, handoff, "send", **same)
    assert first[0] == again[0] == 200
    assert first[1]["seq"] == again[1]["seq"]
    assert (await texts(room, handoff)).count("The label is on its way.") == 1


async def test_the_owners_lines_reach_the_customer_in_order(room: Room, ana: Client) -> None:
    handoff = await room.asks_for_a_person("Marta")
    await press(ana, handoff, "claim", epoch=1)
    for text in ("One moment.", "مرحبا <b>1 & 2</b>", "Done."):
        status, body = await write(ana, handoff, text)
        assert (status, body["inside"]) == (202, False)
    assert (await texts(room, handoff))[-3:] == ["One moment.", "مرحبا <b>1 & 2</b>", "Done."]


async def test_a_note_never_reaches_the_customer(room: Room, ana: Client) -> None:
    handoff = await room.asks_for_a_person("Marta")
    await press(ana, handoff, "claim", epoch=1)
    for text in ("// she is a club member", "  //no space"):
        _, body = await write(ana, handoff, text)
        assert body["inside"]
    assert not [text for text in await texts(room, handoff) if "club" in text or "space" in text]


async def test_what_others_write_stays_inside_and_they_are_told(room: Room, ana: Client, ben: Client) -> None:
    handoff = await room.asks_for_a_person("Marta")
    _, early = await write(ben, handoff, "Who takes this?")
    assert early["why"] == "Not sent: claim the conversation first. Your line stays in this thread."
    await press(ana, handoff, "claim", epoch=1)
    _, late = await write(ben, handoff, "Offer her a new one!")
    assert late["why"] == "Not sent: Ana has this conversation. Your line stays in this thread."
    assert not [text for text in await texts(room, handoff) if "new one" in text or "Who takes" in text]


async def test_a_line_sent_twice_is_one_line(room: Room, ana: Client) -> None:
    handoff = await room.asks_for_a_person("Marta")
    await press(ana, handoff, "claim", epoch=1)
    id = str(uuid4())
    first = await write(ana, handoff, "Hello", id)
    again = await write(ana, handoff, "Hello", id.upper())
    assert first[1]["seq"] == again[1]["seq"]
    assert (await texts(room, handoff)).count("Hello") == 1
    [key] = {event.key for event in room.core.received if isinstance(event, AgentWrote)}
    assert key == f"console:{id}"


async def test_release_gives_the_note_to_the_assistant(room: Room, ana: Client) -> None:
    handoff = await room.asks_for_a_person("Marta")
    await press(ana, handoff, "claim", epoch=1)
    status, _ = await press(ana, handoff, "release", epoch=2, note="Refund by Friday")
    assert status == 200
    assert (await texts(room, handoff))[-1] == "You are back with the assistant."
    stretch = room.core.conversation(ACME, _conversation(handoff)).stretch
    assert stretch
    assert (stretch.agent, stretch.note) == ("Ana", "Refund by Friday")
    status, body = await press(ana, handoff, "claim", epoch=3)
    assert status == 409
    assert body["error"]["message"] == "Nothing done: this handoff was released by Ana."


async def test_a_conversation_is_passed_on_to_a_colleague_with_a_reason(
    room: Room, ana: Client, ben: Client
) -> None:
    handoff = await room.asks_for_a_person("Marta")
    await press(ana, handoff, "claim", epoch=1)
    status, _ = await press(ana, handoff, "transfer", epoch=2, to="Ben", reason="knows tents")
    assert status == 200
    assert (await texts(room, handoff))[-1] == "Ben has joined."
    card = await card_of(ben, handoff)
    assert (card["mine"], card["passed_on"]) == (True, {"by": "Ana", "desk": "", "reason": "knows tents"})
    status, body = await press(ana, handoff, "transfer", epoch=3, to="Ana")
    assert (status, body["error"]["code"]) == (409, "not_owner")


async def test_a_conversation_goes_to_another_desk_and_is_no_longer_here(
    room: Room, ana: Client, connect: Connect
) -> None:
    handoff = await room.asks_for_a_person("Marta")
    assert (await (await ana.get(f"{DESK}/session")).json())["desks"] == ["sales"]
    status, _ = await press(ana, handoff, "transfer", epoch=1, to_desk="sales", reason="wants an offer")
    assert status == 200
    assert (await ana.get(f"{DESK}/threads/{handoff}")).status == 404
    sales = await connect("Ana", desk="sales")
    page = await (await sales.get(f"/console/acme/sales/threads/{handoff}")).json()
    assert page["card"]["passed_on"] == {"by": "Ana", "desk": "support", "reason": "wants an offer"}


async def test_a_colleagues_conversation_is_taken_over_by_name(room: Room, ana: Client, ben: Client) -> None:
    handoff = await room.asks_for_a_person("Marta")
    await press(ana, handoff, "claim", epoch=1)
    seen = await card_of(ben, handoff)
    assert seen["can"][-1] == "take_over"
    status, body = await press(ben, handoff, "takeover", epoch=2, owner="console:Cleo")
    assert (status, body["error"]["code"]) == (409, "stale")
    status, _ = await press(ben, handoff, "takeover", epoch=2, owner=seen["owner_id"])
    assert status == 200
    assert (await card_of(ben, handoff))["mine"] is True
    assert (await card_of(ana, handoff))["owner"] == "Ben"


async def test_how_it_came_out_is_said_at_the_release(room: Room, ana: Client) -> None:
    handoff = await room.asks_for_a_person("Marta")
    await press(ana, handoff, "claim", epoch=1)
    assert (await press(ana, handoff, "release", epoch=2, outcome="follow_up"))[0] == 200
    assert (await card_of(ana, handoff))["outcome"] == "Needs follow-up"


async def test_the_assistants_draft_is_sent_by_a_press_and_once(room: Room, ana: Client) -> None:
    conversation = await room.writes("Marta", "Is the Ridge 2 waterproof?")
    asked = room.core.conversation(ACME, conversation)
    handoff = await room.asks_for_a_person("Marta", "A person, please")
    await press(ana, handoff, "claim", epoch=1)
    await room.is_answered(conversation, "Yes, up to 3,000 mm.", asked=asked)
    draft = next(e for e in await entries(ana, handoff) if e["kind"] == "draft")
    assert (await press(ana, handoff, "draft", epoch=2, seq=draft["seq"]))[0] == 200
    assert (await texts(room, handoff))[-1] == "Yes, up to 3,000 mm."
    assert (await entries(ana, handoff))[-1]["about"] == draft["seq"]
    status, body = await press(ana, handoff, "draft", epoch=2, seq=draft["seq"])
    assert (status, body["error"]["code"]) == (409, "nothing_to_send")


async def test_a_line_is_corrected_and_taken_back(room: Room, ana: Client) -> None:
    handoff = await room.asks_for_a_person("Marta")
    await press(ana, handoff, "claim", epoch=1)
    line = str(uuid4())
    await write(ana, handoff, "It costs 40.", id=line)
    assert (await entries(ana, handoff))[-1]["line"] == line
    status, body = await press(ana, handoff, "edit", line=line, text="It costs 14.")
    assert (status, body["code"]) == (200, "corrected")
    assert (await texts(room, handoff))[-1] == "Correction: It costs 14."
    status, body = await press(ana, handoff, "edit", line=line)
    assert (status, body["code"]) == (200, "withdrawn")
    assert (await entries(ana, handoff))[-1]["taken_back"] is True
    assert (await press(ana, handoff, "edit", line=str(uuid4()), text="x"))[0] == 409


async def test_what_could_not_be_delivered_is_sent_again(room: Room, ana: Client) -> None:
    channels = {"web": ChannelTraits(push=True, states=True)}
    room.core.tenants[ACME] = replace(room.core.tenants[ACME], channels=channels)
    handoff = await room.asks_for_a_person("Marta")
    await press(ana, handoff, "claim", epoch=1)
    _, sent = await write(ana, handoff, "Your refund is on its way.")
    failed = DeliveryFailed(
        tenant=ACME, conversation=_conversation(handoff), seq=sent["seq"], why="HTTP 410", to_desk=False
    )
    await room.core.receive(failed)
    note = (await entries(ana, handoff))[-1]
    assert (note["reason"], note["about"]) == ("undeliverable", sent["seq"])
    assert (await press(ana, handoff, "retry", epoch=2, seq=note["about"]))[0] == 200
    assert (await press(ana, handoff, "retry", epoch=2, seq=note["about"]))[0] == 409


async def test_only_the_owners_typing_is_shown_to_the_customer(room: Room, ana: Client, ben: Client) -> None:
    handoff = await room.asks_for_a_person("Marta")
    await press(ana, handoff, "claim", epoch=1)
    async with room.core.follow(ACME, _conversation(handoff)) as hints:
        for client in (ben, ana):
            answer = await client.post(f"{DESK}/handoffs/{handoff}/typing", json={})
            assert answer.status == 204
        assert await anext(hints) == Typing("agent", "Ana")


async def test_what_cannot_be_recorded_is_not_done(room: Room, ana: Client) -> None:
    handoff = await room.asks_for_a_person("Marta")
    room.core.unavailable = True
    answer = await ana.post(f"{DESK}/handoffs/{handoff}/claim", json={"epoch": 1})
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert (await answer.json())["error"]["message"].startswith("Nothing done")


@pytest.mark.parametrize("verb", VERBS)
async def test_another_site_can_press_nothing(room: Room, ana: Client, verb: str) -> None:
    handoff = await room.asks_for_a_person("Marta")
    before = len(room.core.received)
    url, body = f"{DESK}/handoffs/{handoff}/{verb}", {"epoch": 1, "id": str(uuid4()), "text": "Hello"}
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:8080"},
    ):
        assert (await ana.post(url, json=body, headers=headers)).status == 403, headers
    assert (await ana.post(url, data="epoch=1")).status == 415
    assert (await ana.post(url, data='{"epoch": 1}', headers={"Content-Type": "text/plain"})).status == 415
    assert len(room.core.received) == before


async def test_the_consoles_own_page_may_press(room: Room, ana: Client) -> None:
    host = f"http://{ana.host}:{ana.port}"
    for headers in (
        {"Sec-Fetch-Site": "same-origin", "Origin": host},
        {"Origin": host},
        {"Origin": "http://127.0.0.1:8080"},
        {},
    ):
        handoff = await room.asks_for_a_person(str(headers))
        answer = await ana.post(f"{DESK}/handoffs/{handoff}/claim", json={"epoch": 1}, headers=headers)
        assert answer.status == 200, headers


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("claim", {}),
        ("claim", {"epoch": "1"}),
        ("claim", {"epoch": True}),
        ("claim", {"epoch": -1}),
        ("claim", {"epoch": 1.5}),
        ("claim", {"epoch": 1, "id": "no uuid"}),
        ("claim", {"epoch": 1, "id": 7}),
        ("send", {"epoch": 1, "text": "  "}),
        ("send", {"epoch": 1, "text": 7}),
        ("release", {"epoch": 1, "note": ["x"]}),
        ("release", {"epoch": 1, "outcome": "great"}),
        ("transfer", {"to": "Ben"}),
        ("transfer", {"epoch": 1, "to": "Nobody"}),
        ("transfer", {"epoch": 1, "to": 7}),
        ("transfer", {"epoch": 1, "to_desk": ["sales"]}),
        ("takeover", {"epoch": 1}),
        ("takeover", {"epoch": 1, "owner": ""}),
        ("draft", {"epoch": 1}),
        ("draft", {"epoch": 1, "seq": "4"}),
        ("draft", {"epoch": 1, "seq": 4, "text": " "}),
        ("retry", {"epoch": 1, "seq": -1}),
        ("edit", {"text": "x"}),
        ("edit", {"line": "x", "text": 7}),
        ("lines", {"text": "Hello"}),
        ("lines", {"id": "x", "text": "Hello"}),
        ("lines", {"id": "0b8f2f0e-0000-4000-8000-000000000001", "text": ""}),
        ("lines", {"id": "0b8f2f0e-0000-4000-8000-000000000001"}),
    ],
)
async def test_malformed_presses_are_refused(
    room: Room, ana: Client, verb: str, body: dict[str, Any]
) -> None:
    handoff = await room.asks_for_a_person("Marta")
    before = len(room.core.received)
    status, answer = await press(ana, handoff, verb, **body)
    assert status == 400
    assert set(answer["error"]) == {"code", "message"}
    assert len(room.core.received) == before


async def test_bodies_that_are_no_json_or_too_large_are_refused(room: Room, ana: Client) -> None:
    handoff = await room.asks_for_a_person("Marta")
    url = f"{DESK}/handoffs/{handoff}/lines"
    json_type = {"Content-Type": "application/json"}
    for body in (b"", b"[]", b"{", b'{"a": NaN}', b"\xff\xfe"):
        assert (await ana.post(url, data=body, headers=json_type)).status == 400
    assert (await ana.post(url, data=b" " * 70_000, headers=json_type)).status == 413
    status, _ = await write(ana, handoff, "x" * 8001)
    assert status == 413


async def test_a_handoff_of_another_desk_cannot_be_pressed(room: Room, connect: Connect) -> None:
    handoff = await room.asks_for_a_person("Marta")
    sales = await connect("Ana", desk="sales")
    before = len(room.core.received)
    for verb in VERBS:
        url = f"/console/acme/sales/handoffs/{handoff}/{verb}"
        answer = await sales.post(url, json={"epoch": 1, "id": str(uuid4()), "text": "Hello"})
        assert answer.status == 404, verb
    assert len(room.core.received) == before


def _conversation(handoff: HandoffId) -> Any:
    return handoff.partition(".")[0]
