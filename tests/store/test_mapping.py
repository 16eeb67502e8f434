"""Every field of the domain survives the way to a row and back, also one that is added tomorrow."""

from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy.dialects import sqlite

from bridge.domain.effects import AskAnswerer, Effect, PostNote, SendToCustomer, SyncCard
from bridge.domain.ids import CustomerId
from bridge.domain.model import (
    Agent,
    Author,
    Callback,
    CallbackState,
    Citation,
    Conversation,
    Customer,
    Ending,
    Entry,
    EntryKind,
    File,
    Fired,
    Handoff,
    HumanStretch,
    Line,
    LineState,
    Mode,
    Offer,
    Profile,
    ReleaseOutcome,
    Replaces,
    ShownTimes,
    Signal,
    State,
    Suggestion,
    Times,
    ToolCall,
    Transfer,
    Trigger,
    TurnRecord,
)
from bridge.ports import Key
from bridge.store import mapping
from bridge.store.codec import Record
from bridge.store.columns import Instant
from bridge.store.sealing import Seal
from tests.store.scene import ACME, conversation_id

AT = datetime(2026, 11, 23, 9, 30, 1, 234567, tzinfo=UTC)
ELSEWHERE = AT.astimezone(timezone(timedelta(hours=-3)))
SEAL = Seal(bytes(32))
KEY = Key(ACME, conversation_id("one"))

FIRED = (Fired(Trigger.POLICY, "„Geld zurück“", "refund"), Fired(Trigger.CUSTOMER, "tagged vip", "tag"))
SUGGESTION = Suggestion("Hallo 👩‍👧, gern.", 0.0, "assistant")
HANDOFF = Handoff(
    number=3,
    desk="support",
    at=AT,
    triggers=FIRED,
    want="wants",
    tried="tried",
    suggestion=SUGGESTION,
    suggestion_sent=True,
    pages=4,
    line_from=2,
    owner=Agent("slack:U1", "Ana"),
    claimed_at=AT,
    lease_until=AT,
    replied_at=ELSEWHERE,
    gave_up_at=AT,
    told_away="2026-11-24T08:00:00+00:00",
    lapsed_from="Ben",
    ending=Ending.RELEASED,
    ended_at=AT,
    ended_by="Ana",
    outcome=ReleaseOutcome.FOLLOW_UP,
    human_since=ELSEWHERE,
    transferred=Transfer("Ana", "sales", "Ben", "support", "knows Globex", AT),
    been_at=("sales",),
    drafts_sent=(5,),
    undelivered=(6, 7),
)
CALLBACK = Callback(
    number=2,
    desk="support",
    at=AT,
    until=ELSEWHERE,
    zone="Europe/Madrid",
    local="2026-11-23T10:30",
    place=1,
    booked_at=AT,
    state=CallbackState.KEPT,
    reach="eve@example.com",
    settled_at=AT,
    by="Ana",
)
CONVERSATION = Conversation(
    tenant=ACME,
    id=KEY.conversation,
    channel="api",
    external="ext-1",
    customer=CustomerId("c" * 32),
    opened_at=AT,
    mode=Mode.HUMAN,
    epoch=5,
    seq=17,
    effects=9,
    turn=4,
    asked=16,
    question="what\nnow?",
    topic="parcel",
    signals=(Signal("refund", "Geld zurück"),),
    language="de",
    answers=2,
    offer=Offer(FIRED, SUGGESTION, "a refund"),
    cart_value=640.5,
    cart_acted=True,
    bypass_done=True,
    handoff=HANDOFF,
    times=Times("support", (AT, ELSEWHERE), "Europe/Madrid", AT),
    callback=CALLBACK,
    withdrawn=(8,),
    lines=(Line("1700000000.1", 7, 4, LineState.CORRECTED),),
    stretch=HumanStretch("Ana", AT, ELSEWHERE, "a note"),
)
CUSTOMER = Customer(
    CustomerId("c" * 32),
    Profile(True, "Eve", "eve@example.com", "+34 600", "es", "Europe/Madrid", ("vip",), 5000, "Globex"),
    conversations=3,
    began_at=AT,
    last_at=ELSEWHERE,
    last_ending="released by Ana",
)
ENTRY = Entry(
    seq=17,
    kind=EntryKind.STATE,
    author=Author.AGENT,
    name="Ana",
    text="text",
    at=AT,
    id="m-1",
    reason="late",
    state=State(Mode.HUMAN, "Ana", True, ShownTimes(("a", "b"), "Europe/Madrid", "a", "b"), True),
    turn=4,
    citations=(Citation("Delivery", "https://shop.example/help"),),
    files=(File("résumé.pdf", "https://files.example/1", "application/pdf", 12),),
    about=3,
    replaces=Replaces(3, "text"),
)
TURN = TurnRecord(
    number=4,
    decision="handoff",
    at=AT,
    seq=16,
    triggers=FIRED,
    signals=(Signal("refund", "Geld zurück"),),
    confidence=0.31,
    threshold=0.8,
    reasoning="because",
    tool_calls=(ToolCall("orders", {"id": 7, "deep": [1, {"x": None}]}, False, "timeout", {"a": [1]}),),
    citations=(Citation("Returns", "https://example.com/returns"),),
    facts={"cart_value": 640.5, "tags": ["vip"]},
)
EFFECTS: list[Effect] = [
    SendToCustomer(number=1, epoch=2, seq=3, fenced=True),
    AskAnswerer(number=2, epoch=2, turn=4, upto=16, due=ELSEWHERE),
    SyncCard(number=3, epoch=2, handoff=3, page=True),
    PostNote(number=4, epoch=2, handoff=3, seq=17),
]


@pytest.mark.parametrize("sample", [CONVERSATION, HANDOFF, CALLBACK, CUSTOMER, CUSTOMER.profile, ENTRY, TURN])
def test_the_samples_leave_no_field_at_its_default(sample: Any) -> None:
    """Or the round trips below would prove nothing for it."""
    for field in fields(sample):
        assert getattr(sample, field.name) != field.default, field.name


def test_a_conversation_comes_back() -> None:
    assert mapping.conversation_from(mapping.conversation_row(CONVERSATION, SEAL), SEAL) == CONVERSATION


def test_a_bare_conversation_comes_back() -> None:
    bare = Conversation(ACME, KEY.conversation, "web", "ext", CustomerId("c"), AT)
    assert mapping.conversation_from(mapping.conversation_row(bare, SEAL), SEAL) == bare


def test_a_customer_comes_back() -> None:
    row = mapping.customer_row(ACME, CUSTOMER, SEAL)
    assert mapping.customer_from(row, SEAL) == CUSTOMER


def test_an_entry_comes_back() -> None:
    assert mapping.entry_from(mapping.entry_row(KEY, ENTRY, SEAL), SEAL) == ENTRY


def test_a_turn_comes_back() -> None:
    assert mapping.turn_from(mapping.turn_row(KEY, TURN, SEAL), SEAL) == TURN


def test_a_handoff_comes_back() -> None:
    assert mapping.handoff_from(mapping.handoff_row(KEY, HANDOFF, SEAL), SEAL) == HANDOFF


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda e: type(e).__name__)
def test_an_effect_comes_back(effect: Effect) -> None:
    recorded = mapping.recorded_from(mapping.effect_row(KEY, effect, "w1", AT))
    assert recorded.effect == effect
    assert (recorded.tenant, recorded.conversation) == (KEY.tenant, KEY.conversation)


def test_every_kind_of_effect_can_be_stored() -> None:
    assert {type(effect).__name__ for effect in EFFECTS} == {cls.__name__ for cls in Effect.__subclasses__()}


def test_a_turns_clear_columns_hold_no_words_of_the_customer() -> None:
    row = mapping.turn_row(KEY, TURN, SEAL)
    assert row["triggers"] == [["policy", "refund"], ["customer", "tag"]]
    assert all("Geld" not in str(value) for name, value in row.items() if name != "details")


def test_a_row_of_another_version_is_read_all_the_same() -> None:
    stored = Record(Agent).dump(Agent("slack:U1", "Ana"))
    assert Record(Agent).load({**stored, "pronouns": "she"}) == Agent("slack:U1", "Ana")
    assert Record(Suggestion).load({"text": "hello"}) == Suggestion("hello")


@dataclass(frozen=True)
class Odd:
    either: int | str


def test_a_type_that_can_not_be_stored_is_found_before_anything_is_written() -> None:
    assert is_dataclass(Odd)
    with pytest.raises(TypeError, match="no way to store"):
        Record(Odd)


def test_a_sealed_value_belongs_to_its_place() -> None:
    row = mapping.entry_row(KEY, ENTRY, SEAL)
    moved = {**row, "seq": row["seq"] + 1}
    with pytest.raises(Exception, match=r"entry\.body"):
        mapping.entry_from(moved, SEAL)
    with pytest.raises(Exception, match=r"entry\.body"):
        mapping.entry_from({**row, "tenant_id": "globex"}, SEAL)


def test_a_naive_time_is_never_stored() -> None:
    naive = replace(ENTRY, at=datetime(2026, 1, 1)).at
    with pytest.raises(ValueError, match="time zone"):
        Instant().process_bind_param(naive, sqlite.dialect())
