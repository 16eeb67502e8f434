"""The signed webhook channel, over real HTTP and really signed, before the domain's real decisions.

What every channel must do stands in `test_webhook_contract`; here is what only this one does.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from standardwebhooks import Webhook

from adapters.channels.webhook import Adapter, Settings
from adapters.webhooks import SignatureRejected, key_of, message_id, retry_after, sign, verify
from bridge.domain.events import AgentWroteElsewhere, AnswerArrived, CustomerEvent, CustomerWrote, Event
from bridge.domain.ids import ConversationId, TenantId
from bridge.domain.model import (
    Answer,
    Author,
    Conversation,
    Entry,
    EntryKind,
    File,
    Mode,
    Replaces,
    State,
)
from bridge.domain.tenant import ChannelTraits
from bridge.outbound import GuardedOutbound
from bridge.ports import (
    AddressGone,
    ChannelAddress,
    CredentialsRejected,
    DeliveryError,
    MessageRefused,
    RetryLater,
)
from tests.fakes.customer_side import CustomerSide, flood, new_secret, redirect, status
from tests.fakes.desk_core import START, DeskCore, FakeDirectory, OwnClock, desk_host, sample_tenant

ACME = TenantId("acme")
SECRET = new_secret()


class HookDirectory(FakeDirectory):
    """The tenants, each with the one channel `api`."""

    def __init__(self, channel: Settings) -> None:
        tenant = replace(sample_tenant(), channels={"api": ChannelTraits(push=True, states=True)})
        super().__init__({ACME: tenant})
        self.api = channel

    def channel(self, tenant: str, channel: str, kind: str) -> Any | None:
        return self.api if (tenant, channel, kind) == ("acme", "api", "webhook") else None


class Bridge:
    """The adapter behind a real server, the core behind the adapter, the shop on the other side."""

    def __init__(self, shop: CustomerSide, outbound: GuardedOutbound, clock: OwnClock) -> None:
        self.shop = shop
        self.clock = clock
        self.settings = Settings.model_validate({"secret": shop.secret, "deliver_to": shop.url})
        directory = HookDirectory(self.settings)
        self.core = DeskCore(directory.known, clock)
        self.host = replace(desk_host(self.core, directory), http=outbound)
        self.adapter = Adapter(self.host)
        app = web.Application()
        app.router.add_routes(self.adapter.routes())
        self.server = TestServer(app)

    def url(self) -> str:
        return str(self.server.make_url("/channels/acme/api"))

    async def post(self, body: dict[str, Any], *, id: str | None = None) -> tuple[int, Any]:
        return await self.shop.post(self.url(), body, id=id)

    async def post_bytes(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        async with (
            ClientSession() as session,
            session.post(self.url(), data=BytesIO(body), headers=headers) as response,
        ):
            return response.status, await response.read()

    def id_of(self, external: str) -> ConversationId:
        return self.host.secrets.conversation(ACME, "api", external)

    def conversation(self, external: str) -> Conversation:
        return self.core.conversation(ACME, self.id_of(external))

    @property
    def last(self) -> Event:
        return self.core.received[-1]

    @property
    def opened(self) -> CustomerEvent:
        assert isinstance(self.last, CustomerEvent)
        return self.last

    async def offer_a_person(self, external: str) -> None:
        """The AI answers unsurely, so the core offers a person."""
        known = self.conversation(external)
        unsure = Answer("Perhaps it leaves today.", confidence=0.41)
        arrived = AnswerArrived(
            tenant=ACME,
            conversation=known.id,
            epoch=known.epoch,
            turn=known.turn,
            upto=known.asked,
            result=unsure,
        )
        assert (await self.core.receive(arrived)).done
        assert self.conversation(external).offer is not None

    async def send(self, entry: Entry, key: str = f"{'0' * 32}.7") -> None:
        to = ChannelAddress(ACME, "api", "c1", self.settings, self.id_of("c1"))
        await self.adapter.send(to, entry, key=key)


@pytest.fixture
async def bridge() -> AsyncIterator[Bridge]:
    clock = OwnClock()
    outbound = GuardedOutbound(["127.0.0.1"])
    async with CustomerSide(now=clock.now) as shop:
        made = Bridge(shop, outbound, clock)
        await made.server.start_server()
        yield made
        await made.server.close()
        await outbound.close()


def message(text: str = "Where is my tent?", **more: Any) -> dict[str, Any]:
    return {"type": "message", "conversation": "c1", "text": text, **more}


def entry(text: str = "It leaves today.", **more: Any) -> Entry:
    return Entry(4, EntryKind.MESSAGE, Author.ASSISTANT, "Acme", text, START, **more)


# ---- what comes in --------------------------------------------------------------------------------


async def test_a_customers_message_is_stored_before_it_is_accepted(bridge: Bridge) -> None:
    code, body = await bridge.post(message(at="2026-11-23T11:00:00+01:00", cart_value=640), id="msg_1")

    assert (code, body["seq"]) == (202, 1)
    assert isinstance(bridge.last, CustomerWrote)
    assert (bridge.last.text, bridge.last.at, bridge.last.id) == ("Where is my tent?", START, "msg_1")
    assert (bridge.last.key, bridge.last.cart_value) == ("webhook:api:msg_1", 640)
    assert bridge.conversation("c1").external == "c1"


async def test_the_same_webhook_id_again_is_accepted_and_changes_nothing(bridge: Bridge) -> None:
    first = await bridge.post(message(), id="msg_1")
    again = await asyncio.gather(*(bridge.post(message(), id="msg_1") for _ in range(20)))

    assert set(map(str, again)) == {str(first)}
    assert bridge.conversation("c1").seq == 1


async def test_the_profile_of_a_signed_message_is_verified(bridge: Bridge) -> None:
    customer = {
        "id": "u7",
        "name": "Bea Ruiz",
        "email": "bea@example.com",
        "phone": None,
        "language": "es",
        "timezone": "Europe/Madrid",
        "tags": ["vip"],
        "lifetime_value": 9000,
        "account": "Globex",
        "shoe_size": 41,
    }
    assert (await bridge.post(message(customer=customer)))[0] == 202

    opening = bridge.opened.opening
    assert opening is not None
    assert opening.profile is not None
    assert opening.customer == bridge.host.secrets.customer(ACME, "sub:u7")
    assert opening.profile.verified
    assert (opening.profile.tags, opening.profile.lifetime_value) == (("vip",), 9000)
    assert bridge.conversation("c1").mode is Mode.WAITING, "a VIP goes straight to a person"


async def test_customers_without_an_id_are_known_by_their_conversation(bridge: Bridge) -> None:
    await bridge.post(message())
    opening = bridge.opened.opening

    assert opening is not None
    assert opening.customer == bridge.host.secrets.customer(ACME, "api:c1")
    assert opening.profile is None


async def test_a_colleagues_message_by_another_route_takes_ownership(bridge: Bridge) -> None:
    await bridge.post(message())
    said = message("I am on it.", author="agent", agent={"id": "42", "name": "Ana"})
    code, _ = await bridge.post(said)

    assert code == 202
    assert isinstance(bridge.last, AgentWroteElsewhere)
    conversation = bridge.conversation("c1")
    assert conversation.mode is Mode.HUMAN
    assert conversation.owner is not None
    assert (conversation.owner.id, conversation.owner.name) == ("webhook:42", "Ana")


async def test_the_button_for_a_person_hands_off_even_as_the_first_thing(bridge: Bridge) -> None:
    assert (await bridge.post({"type": "person", "conversation": "c1"}))[0] == 202
    assert bridge.conversation("c1").mode is Mode.WAITING


@pytest.mark.parametrize(("answer", "mode"), [("accept", Mode.WAITING), ("decline", Mode.ASSISTANT)])
async def test_an_offer_is_accepted_or_declined(bridge: Bridge, answer: str, mode: Mode) -> None:
    await bridge.post(message())
    await bridge.offer_a_person("c1")
    code, _ = await bridge.post({"type": "offer", "conversation": "c1", "answer": answer})

    assert (code, bridge.conversation("c1").mode) == (202, mode)
    assert bridge.conversation("c1").offer is None


async def test_answering_an_offer_that_was_not_made_is_a_conflict(bridge: Bridge) -> None:
    accept = {"type": "offer", "conversation": "c1", "answer": "accept"}
    unknown = await bridge.post(accept)
    await bridge.post(message())
    known = await bridge.post(accept)

    assert unknown == known
    assert (known[0], known[1]["error"]["code"]) == (409, "no_offer")


async def test_closing_ends_a_conversation_and_an_unknown_one_is_closed_already(bridge: Bridge) -> None:
    await bridge.post(message())
    closed = await bridge.post({"type": "close", "conversation": "c1"})
    unknown = await bridge.post({"type": "close", "conversation": "never seen"})

    assert (closed[0], unknown[0]) == (202, 202)
    assert bridge.conversation("c1").mode is Mode.CLOSED
    with pytest.raises(KeyError):
        bridge.conversation("never seen")


async def test_a_callback_that_nobody_offered_is_a_conflict(bridge: Bridge) -> None:
    code, body = await bridge.post(
        {"type": "callback", "conversation": "c1", "slot": "2026-11-24T09:00:00+01:00"}
    )
    assert (code, body["error"]["code"]) == (409, "not_offered")


# ---- what is refused --------------------------------------------------------------------------------


async def test_a_signature_just_inside_five_minutes_counts(bridge: Bridge) -> None:
    body = json.dumps(message()).encode()
    for off in (-300, 300):
        headers = bridge.shop.signed(body, at=START + timedelta(seconds=off))
        assert (await bridge.post_bytes(body, headers))[0] == 202


@pytest.mark.parametrize(
    "body",
    [
        b'\xef\xbb\xbf{"type":"close","conversation":"c1"}',
        b'{"type":"close","conversation":"c1","cart_value":NaN}',
        b'{"type":"close","type":"person","conversation":"c1"}',
    ],
    ids=["BOM", "NaN", "a key twice"],
)
async def test_what_others_would_let_pass_as_json_is_the_senders_mistake(bridge: Bridge, body: bytes) -> None:
    code, answer = await bridge.post_bytes(body, bridge.shop.signed(body))
    assert code == 400
    assert json.loads(answer)["error"]["code"] == "bad_json"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"type": "massage"}, 400),
        ({"type": None}, 400),
        ({"conversation": ""}, 400),
        ({"conversation": 7}, 400),
        ({"conversation": "c" * 201}, 413),
        ({"text": ["x"]}, 400),
        ({"text": "x" * 64_001}, 413),
        ({"at": "yesterday"}, 400),
        ({"at": "2026-11-23T10:00:00"}, 400),
        ({"at": 1_700_000_000}, 400),
        ({"at": "0001-01-01T00:00:00+14:00"}, 400),
        ({"cart_value": -1}, 400),
        ({"cart_value": "640"}, 400),
        ({"cart_value": True}, 400),
        ({"author": "assistant"}, 400),
        ({"author": None}, 400),
        ({"author": "agent"}, 400),
        ({"author": "agent", "agent": {"id": "42"}}, 400),
        ({"customer": "Bea"}, 400),
        ({"customer": {"name": 7}}, 400),
        ({"customer": {"name": "x" * 201}}, 400),
        ({"customer": {"tags": "vip"}}, 400),
        ({"customer": {"tags": ["t"] * 51}}, 400),
        ({"customer": {"lifetime_value": True}}, 400),
        ({"customer": {"lifetime_value": 1e300}}, 400),
        ({"type": "offer"}, 400),
        ({"type": "offer", "answer": "maybe"}, 400),
        ({"type": "callback"}, 400),
    ],
    ids=str,
)
async def test_what_is_not_the_agreed_shape_is_refused_and_changes_nothing(
    bridge: Bridge, change: dict[str, Any], code: int
) -> None:
    answered, body = await bridge.post({**message(), **change})
    assert answered == code, body
    assert set(body["error"]) == {"code", "message"}
    assert bridge.core.received == []


async def test_a_megabyte_is_read_and_a_byte_more_is_not(bridge: Bridge) -> None:
    shell = json.dumps({"type": "close", "conversation": "c1", "x": ""}).encode()
    fits = shell.replace(b'""', b'"' + b"x" * (1024 * 1024 - len(shell)) + b'"')
    assert (await bridge.post_bytes(fits, bridge.shop.signed(fits)))[0] == 202
    assert (await bridge.post_bytes(fits + b" ", bridge.shop.signed(fits + b" ")))[0] == 413


# ---- what goes out ------------------------------------------------------------------------------------


async def test_a_message_arrives_exactly_as_published_and_genuinely_signed(bridge: Bridge) -> None:
    text = "¡Hola! 👩‍👩‍👧 <b>&amp;</b> \u202e @channel"
    await bridge.send(entry(text), key=f"{'a' * 32}.12")

    (received,) = bridge.shop.received
    assert bridge.shop.refused == []
    assert received.id == "a" * 32 + "_12"
    assert received.body == {
        "type": "message",
        "conversation": "c1",
        "seq": 4,
        "author": "assistant",
        "name": "Acme",
        "text": text,
        "at": "2026-11-23T10:00:00+00:00",
    }


async def test_half_a_character_does_not_hold_up_a_message(bridge: Bridge) -> None:
    await bridge.send(entry("It leaves\ud83d today."))
    assert bridge.shop.texts("c1") == ["It leaves? today."]


async def test_a_state_shows_mode_agent_and_offer_and_only_what_is(bridge: Bridge) -> None:
    def state(state: State) -> Entry:
        return Entry(5, EntryKind.STATE, Author.SYSTEM, "", "", START, state=state)

    await bridge.send(state(State(Mode.HUMAN, agent="Ana")), key="k.1")
    await bridge.send(state(State(Mode.ASSISTANT, offer=True)), key="k.2")

    assert bridge.shop.states("c1") == [
        {"type": "state", "conversation": "c1", "mode": "human", "agent": "Ana"},
        {"type": "state", "conversation": "c1", "mode": "assistant", "offer": {"kind": "person"}},
    ]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (400, MessageRefused),
        (401, CredentialsRejected),
        (403, CredentialsRejected),
        (404, MessageRefused),
        (408, RetryLater),
        (410, AddressGone),
        (413, MessageRefused),
        (425, RetryLater),
        (429, RetryLater),
        (500, RetryLater),
        (503, RetryLater),
    ],
)
async def test_each_refusal_says_what_to_do_next(
    bridge: Bridge, code: int, error: type[DeliveryError]
) -> None:
    bridge.shop.then(status(code, b"the receiver's own words"))
    with pytest.raises(DeliveryError) as caught:
        await bridge.send(entry("a customer's words"))
    assert type(caught.value) is error
    said = str(caught.value)
    assert str(code) in said
    assert "words" not in said
    assert bridge.shop.secret not in said


async def test_a_redirect_is_a_failure_and_is_not_followed(bridge: Bridge) -> None:
    async with CustomerSide(bridge.shop.secret, now=bridge.clock.now) as elsewhere:
        bridge.shop.then(redirect(elsewhere.url))
        with pytest.raises(MessageRefused):
            await bridge.send(entry())
        assert not elsewhere.received
        assert not elsewhere.refused


async def test_a_receiver_that_names_a_time_is_left_alone_until_then(bridge: Bridge) -> None:
    bridge.shop.then(status(429, Retry_After="30"), status(503, Retry_After="Mon, 23 Nov 2026 10:02:00 GMT"))
    for after in (timedelta(seconds=30), timedelta(minutes=2)):
        with pytest.raises(RetryLater) as caught:
            await bridge.send(entry())
        assert caught.value.after == after


async def test_a_receiver_that_is_not_there_is_tried_again_later(bridge: Bridge) -> None:
    await bridge.shop.__aexit__(None, None, None)
    with pytest.raises(RetryLater):
        await bridge.send(entry())


async def test_a_receiver_that_hangs_is_given_up(bridge: Bridge) -> None:
    bridge.adapter.timeout = 0.2
    bridge.shop.then(bridge.shop.hang)
    with pytest.raises(RetryLater):
        await bridge.send(entry())


async def test_a_delivery_counts_by_its_status_whatever_the_body_does(bridge: Bridge) -> None:
    async with asyncio.timeout(5):
        bridge.shop.then(flood(1024 * 1024 * 1024))
        await bridge.send(entry())
    assert bridge.shop.texts("c1") == ["It leaves today."]


async def test_an_address_inside_the_network_is_refused(bridge: Bridge) -> None:
    inside = bridge.settings.model_copy(update={"deliver_to": "https://10.0.0.5/hook"})
    to = ChannelAddress(ACME, "api", "c1", inside, bridge.id_of("c1"))
    with pytest.raises(MessageRefused):
        await bridge.adapter.send(to, entry(), key="k.1")


# ---- Retry-After, settings, signatures --------------------------------------------------------------


@pytest.mark.parametrize("header", ["", "soon", "-5", "1.5", "٣", "Mon, 99 Nov", "Mon, 23 Nov 2026 99:00:00"])
def test_a_time_that_makes_no_sense_is_no_time(header: str) -> None:
    assert retry_after(header, START) is None


@pytest.mark.parametrize("header", ["9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_nobody_makes_us_wait_for_more_than_a_day(header: str) -> None:
    assert retry_after(header, START) == timedelta(days=1)


@pytest.mark.parametrize(
    ("secret", "mend"),
    [
        ("hunter2", "begins with whsec_"),
        ("", "begins with whsec_"),
        ("whsec_", "0 bytes"),
        ("whsec_" + "QUFB" * 7, "21 bytes"),
        ("whsec_" + "QUFB" * 22, "66 bytes"),
        ("whsec_!!!!" + "QUFB" * 8, "not base64"),
        ("whsec_ä" + "QUFB" * 8, "not base64"),
    ],
)
def test_a_secret_that_is_none_is_refused_with_the_mend_and_is_not_repeated(secret: str, mend: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({"secret": secret, "deliver_to": "https://shop.example/hook"})
    assert mend in str(caught.value)
    assert "openssl rand" in str(caught.value)
    assert len(secret) < 8 or secret not in str(caught.value)


@pytest.mark.parametrize(
    "change", [{"deliver_to": "shop.example"}, {"deliver_to": "ftp://shop.example/"}, {"delivery": "x"}]
)
def test_settings_that_are_wrong_are_refused(change: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"secret": SECRET, "deliver_to": "https://shop.example/hook", **change})


@given(body=st.text(), id=st.uuids(), size=st.integers(24, 64))
def test_the_oracle_accepts_what_is_signed_here_and_the_reverse(body: str, id: object, size: int) -> None:
    secret = new_secret()[: 6 + (size // 3) * 4]
    assert len(key_of(secret)) in range(24, 65)
    now, raw, name = datetime.now(UTC), body.encode("utf-8", "replace"), message_id(f"{id}.1")
    oracle = Webhook(secret)

    oracle.verify(raw, sign(secret, name, now, raw), json_parse=False)
    theirs = {
        "Webhook-Id": name,
        "Webhook-Timestamp": str(int(now.timestamp())),
        "Webhook-Signature": oracle.sign(name, now, raw.decode()),
    }
    assert verify(secret, theirs, raw, now) == name


def test_while_a_secret_is_rotated_one_of_several_signatures_is_enough() -> None:
    old, new = (sign(secret, "msg_1", START, b"{}") for secret in (new_secret(), SECRET))
    both = {
        **new,
        "webhook-signature": f"v1a,xyz {old['webhook-signature']} {new['webhook-signature']}",
    }
    assert verify(SECRET, both, b"{}", START) == "msg_1"
    with pytest.raises(SignatureRejected):
        verify(SECRET, old, b"{}", START)


@pytest.mark.parametrize("signature", ["", " ", "v1", "v1,", ",", "v1,\udcff", "v1,ä", "v1," + "A" * 5_000])
def test_a_signature_that_is_none_is_refused_and_never_crashes(signature: str) -> None:
    """Header bytes that are not UTF-8 come in as lone surrogates."""
    headers = {**sign(SECRET, "msg_1", START, b"{}"), "webhook-signature": signature}
    with pytest.raises(SignatureRejected):
        verify(SECRET, headers, b"{}", START)


NAMES = st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature", "Webhook-Id"])
PLAUSIBLE = st.one_of(
    st.text(),
    st.sampled_from(
        ["msg_1", str(int(START.timestamp())), "1e9", "-1", "٣" * 10, "9" * 400, "v1,", "v1,\udcff"]
    ),
)


@settings(max_examples=300)
@given(headers=st.dictionaries(NAMES | st.text(), PLAUSIBLE), body=st.binary())
def test_whatever_a_stranger_sends_is_refused_and_never_crashes(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(SignatureRejected):
        verify(SECRET, headers, body, START)


FILES = [
    {"name": "résumé <b>.pdf", "url": "https://files.shop.example/1", "mime": "application/pdf", "size": 12}
]


async def test_a_customers_files_come_with_the_message_or_alone(bridge: Bridge) -> None:
    for number, text in enumerate(({"text": "see this"}, {}, {"text": ""})):
        body = {"type": "message", "conversation": f"c{number}", "files": FILES, **text}
        assert (await bridge.post(body))[0] == 202
        assert isinstance(bridge.last, CustomerWrote)
        assert bridge.last.files == (
            File("résumé <b>.pdf", "https://files.shop.example/1", "application/pdf", 12),
        )
    assert (await bridge.post({"type": "message", "conversation": "c1", "files": []}))[0] == 400


@pytest.mark.parametrize(
    "files",
    [
        "a.pdf",
        {},
        ["a.pdf"],
        [{"name": "a.pdf"}],
        [{"url": "https://shop.example/a"}],
        [{"name": "a", "url": "javascript:alert(1)"}],
        [{"name": "a", "url": "https://user:secret@shop.example/a"}],
        [{"name": "a", "url": "https://"}],
        [{"name": "a", "url": "https://shop.example/a b"}],
        [{"name": "a", "url": "https://shop.example/a", "size": -1}],
        FILES * 11,
    ],
)
async def test_what_is_no_list_of_files_is_refused(bridge: Bridge, files: Any) -> None:
    body = {"type": "message", "conversation": "c1", "text": "hello", "files": files}
    code, answer = await bridge.post(body)
    assert (code, answer["error"]["code"]) == (400, "bad_field")
    assert bridge.core.received == []


async def test_an_agents_file_is_named_in_the_text_and_listed_beside_it(bridge: Bridge) -> None:
    message = Entry(3, EntryKind.MESSAGE, Author.AGENT, "Ana", "Here it is.", START)
    file = File("invoice.pdf", "https://files.example.com/1", "application/pdf")
    await bridge.send(replace(message, files=(file,)))
    shown = bridge.shop.received[-1].body
    assert shown["text"] == "Here it is.\ninvoice.pdf: https://files.example.com/1"
    assert shown["files"] == [
        {"name": "invoice.pdf", "url": "https://files.example.com/1", "mime": "application/pdf"}
    ]
    await bridge.send(replace(message, text="Correction: 14", replaces=Replaces(2, "14")))
    shown = bridge.shop.received[-1].body
    assert (shown["text"], shown["replaces"]) == ("Correction: 14", {"seq": 2, "text": "14"})
