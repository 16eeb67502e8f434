"""What leaves for Teams, and how its refusals are named for the core."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import responses

from adapters.desks.teams import Installation
from adapters.desks.teams.pace import Pace, Paces
from bridge import ports
from bridge.domain.model import Agent, File
from tests.adapters.desks.teams.conftest import Support, ref_of
from tests.adapters.desks.teams.driver import desk_settings
from tests.contracts.desk import said
from tests.fakes.core import HANDOFF, claimed_card, waiting_card
from tests.fakes.teams import ANA, APP, BEN, SECRET, TENANT, Fault, Person, Reply
from tests.fakes.teams.rules import utf16

ANA_HERE = Agent(f"teams:{ANA.object_id}", ANA.name)


async def test_a_page_mentions_who_is_on_call_else_whom_the_settings_name(support: Support) -> None:
    named = replace(
        support.desk, settings=desk_settings(service_url=support.teams.url, notify=[f"{BEN.object_id} Ben"])
    )
    ref = await support.adapter.post_card(named, waiting_card(), key="k1")
    assert support.teams.messages[ref.place, ref.thread].mentioned == [BEN.object_id]
    slack = Agent("slack:U1", "Sol")
    await support.adapter.update_card(
        named, ref, waiting_card(mention=(ANA_HERE, slack)), page=False, key="k2"
    )
    assert support.teams.messages[ref.place, ref.thread].mentioned == [ANA.object_id]
    silent = claimed_card(ANA_HERE, mention=(ANA_HERE,))
    await support.adapter.update_card(named, ref, silent, page=True, key="k3")
    card = support.teams.messages[ref.place, ref.thread]
    assert card.mentioned == []
    [line] = support.teams.thread(card)
    assert "is waiting for Ana Ruiz" in line.words
    assert line.mentioned == [ANA.object_id], "a silent owner is called by name, and nobody else"


async def test_a_repeated_page_stands_below_the_card_and_calls(support: Support) -> None:
    card = await support.page()
    again = waiting_card(pages=2, mention=(ANA_HERE,))
    await support.adapter.update_card(support.desk, ref_of(card), again, page=True, key="k2")
    [line] = support.teams.thread(card)
    assert "Page 2" in line.words
    assert "María García" in line.words
    assert line.mentioned == [ANA.object_id]
    assert "page 2" in card.words


async def test_a_claim_that_ran_out_says_whose(support: Support) -> None:
    card = await support.page()
    lapsed = waiting_card(pages=3, lapsed_from="Ana Ruiz")
    await support.adapter.update_card(support.desk, ref_of(card), lapsed, page=True, key="k2")
    assert "Ana Ruiz's claim ran out" in support.teams.thread(card)[0].words
    assert "Ana Ruiz's claim ran out" in card.words


async def test_a_long_message_of_a_customer_is_cut_and_says_so(support: Support) -> None:
    card = await support.page()
    await support.adapter.post_note(
        support.desk, ref_of(card), said("wörd & <b> " * 10_000), waiting_card(), key="n1"
    )
    [note] = support.teams.thread(card)
    assert "The whole of it" in note.words
    assert waiting_card().transcript in note.activity["text"]
    assert utf16(note.activity) <= 25 * 1024


async def test_right_to_left_lines_keep_to_themselves_below_the_card(support: Support) -> None:
    card = await support.page()
    note = replace(
        said("العمود مكسور.\nAC-1042 & <b>"), files=(File("a.pdf", "https://x.example/a", size=1_200),)
    )
    await support.adapter.post_note(support.desk, ref_of(card), note, waiting_card(), key="n1")
    [shown] = support.teams.thread(card)
    text = shown.activity["text"]
    assert "\u2068العمود مكسور.\u2069<br/>AC-1042 &amp; &lt;b&gt;<br/>" in text
    assert text.endswith("a.pdf</a> (1.2 kB)")


async def test_files_whose_addresses_do_not_fit_are_named(support: Support) -> None:
    card = await support.page()
    files = tuple(File(f"{n}.pdf", f"https://files.example.com/{'x' * 1_900}") for n in range(10))
    note = replace(said("See these"), files=files)
    await support.adapter.post_note(support.desk, ref_of(card), note, waiting_card(), key="n1")
    [shown] = support.teams.thread(card)
    assert "See these" in shown.words
    assert all(f"[file: {n}.pdf, in the transcript]" in shown.words for n in range(10))


@pytest.mark.parametrize(
    ("status", "code", "named"),
    [
        (403, "BotNotInConversationRoster", ports.CredentialsRejected),
        (403, "MessageWritesBlocked", ports.CredentialsRejected),
        (403, "BotDisabledByAdmin", ports.CredentialsRejected),
        (404, "ConversationNotFound", ports.CredentialsRejected),
        (400, "BadSyntax", ports.MessageRefused),
        (413, "MessageSizeTooBig", ports.MessageRefused),
        (412, "PreconditionFailed", ports.RetryLater),
        (429, "Throttled", ports.RetryLater),
        (500, "ServiceError", ports.Uncertain),
        (502, "BadGateway", ports.Uncertain),
        (503, "", ports.Uncertain),
        (504, "GatewayTimeout", ports.Uncertain),
    ],
)
async def test_a_refused_post_is_named_by_what_to_do(
    support: Support, status: int, code: str, named: type[Exception]
) -> None:
    support.teams.faults.append(Fault("POST", status, code))
    with pytest.raises(named, match=str(status)):
        await support.page()


async def test_teams_limit_is_waited_out_as_long_as_teams_says(support: Support) -> None:
    support.teams.faults.append(Fault("POST", 429, headers={"Retry-After": "7"}))
    with pytest.raises(ports.RetryLater) as caught:
        await support.page()
    assert caught.value.after == timedelta(seconds=7)
    assert len(support.teams.called("POST")) == 1, "the adapter itself does not try again"


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_an_update_with_a_lost_answer_is_simply_repeated(support: Support, status: int) -> None:
    card = await support.page()
    support.teams.faults.append(Fault("PUT", status, accepted=True))
    with pytest.raises(ports.RetryLater):
        await support.adapter.update_card(support.desk, ref_of(card), waiting_card(), page=False, key="k2")


async def test_a_deleted_card_and_a_thread_without_its_card_are_gone(support: Support) -> None:
    card = await support.page()
    card.deleted = True
    with pytest.raises(ports.AddressGone):
        await support.adapter.update_card(support.desk, ref_of(card), waiting_card(), page=False, key="k2")
    with pytest.raises(ports.AddressGone):
        await support.adapter.post_note(support.desk, ref_of(card), said("hello"), waiting_card(), key="n1")


# ---- uncertain posts


async def test_a_lost_answer_is_waited_for_and_the_first_client_that_shows_the_card_is_believed(
    support: Support,
) -> None:
    support.core.stand(support.desk, waiting_card())
    support.teams.faults.append(Fault("POST", accepted=True))
    with pytest.raises(ports.Uncertain):
        await support.adapter.post_card(support.desk, waiting_card(), key="k1")
    with pytest.raises(ports.RetryLater, match="may yet be seen"):
        await support.adapter.find_card(support.desk, HANDOFF)
    [card] = support.teams.cards()
    await support.teams.look(card, BEN)
    await support.settled()
    assert await support.adapter.find_card(support.desk, HANDOFF) == ref_of(card)


async def test_a_post_that_did_not_arrive_is_not_found(support: Support) -> None:
    support.teams.faults.append(Fault("POST"))
    with pytest.raises(ports.Uncertain):
        await support.page()
    room = support.adapter._open_room
    assert room is not None
    room.delivery.witness = 0
    assert await support.adapter.find_card(support.desk, HANDOFF) is None


async def test_of_two_cards_the_one_nobody_knew_is_taken_away_once_it_shows(support: Support) -> None:
    support.core.stand(support.desk, waiting_card())
    support.teams.faults.append(Fault("POST", accepted=True))
    with pytest.raises(ports.Uncertain):
        await support.adapter.post_card(support.desk, waiting_card(), key="k1")
    true = await support.page()
    lost, kept = support.teams.cards()
    assert kept is true
    reply = await support.teams.look(lost, BEN)
    assert reply.status == 200
    await support.settled()
    assert support.teams.cards() == [true]


# ---- tokens


async def test_an_access_token_that_is_refused_is_fetched_anew_once(support: Support) -> None:
    await support.page()
    support.teams.revoke_tokens()
    await support.page()
    assert support.teams.token_fetches == 2
    support.teams.apps.clear()
    support.teams.revoke_tokens()
    with pytest.raises(ports.CredentialsRejected, match="invalid_client") as caught:
        await support.page()
    assert caught.value.__suppress_context__


async def test_a_token_is_fetched_anew_before_it_ends(support: Support) -> None:
    await support.page()
    support.clock.pass_by(minutes=56)
    await support.page()
    assert support.teams.token_fetches == 2


async def test_twenty_turns_at_once_with_a_slow_identity_service_block_nothing(support: Support) -> None:
    """Stock botbuilder: 20.8 s, and the loop stands still for 20.4 of them."""
    card = await support.page(claimed_card(ANA_HERE))
    fresh = type(support.adapter)(support.host)
    support.teams.token_gate.clear()
    support.teams.strict_pace = False
    lag, sent = asyncio.create_task(longest_pause()), time.monotonic()
    notes = [
        fresh.post_note(support.desk, ref_of(card), said(f"{n}"), waiting_card(), key=f"n{n}")
        for n in range(6)
    ]
    people = [Person(f"29:p{n}", f"P{n}", f"p{n}") for n in range(14)]
    lines = [support.teams.write_in_thread(card, "hello", person) for person in people]
    turns = asyncio.gather(*notes, *lines)
    await until(lambda: support.teams.token_fetches == 2)
    beats = len(PAUSES)
    await until(lambda: len(PAUSES) > beats + 20)  # it goes on while the identity service keeps its answer
    assert not turns.done()
    support.teams.token_gate.set()
    await turns
    took = time.monotonic() - sent
    lag.cancel()
    assert support.teams.token_fetches == 2, "one for the card, one for all that followed in a new process"
    print(f"20 turns: {took:.2f} s, longest pause of the loop {max(PAUSES) * 1000:.0f} ms, 1 token fetch")


PAUSES: list[float] = []


async def longest_pause() -> None:
    PAUSES.clear()
    while True:
        before = time.monotonic()
        await asyncio.sleep(0.005)
        PAUSES.append(time.monotonic() - before - 0.005)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.005)


@responses.activate
async def test_the_sdk_opens_no_connection_of_its_own(support: Support) -> None:
    """`requests` is underneath botbuilder: whatever it tried to send would be refused here, and counted."""
    card = await support.page()
    replies: list[Reply] = [
        await support.teams.press("claim", card),
        await support.teams.press("claim", card, submit=True),
        await support.teams.write_in_thread(card, "hello"),
    ]
    await support.settled()
    assert [reply.status for reply in replies] == [200, 200, 200]
    assert len(responses.calls) == 0


# ---- pace


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_pace_is_what_teams_allows_in_every_stretch() -> None:
    clock = Seconds()
    pace = Pace(clock)
    sent: list[float] = []
    while len(sent) < 2_000:
        pause = pace.take()
        if pause == 0:
            sent.append(clock.now)
        else:
            clock.now += pause
            if pause <= 2.5:
                sent.append(clock.now)
    for seconds, many in ((1.0, 7), (2.0, 8), (30.0, 60), (3600.0, 1800)):
        for first, later in zip(sent, sent[many:], strict=False):
            assert later - first >= seconds - 1e-6
    assert sent[1_799] < 901, "and not slower than that"


async def test_a_long_pause_is_the_outbox_to_wait(support: Support) -> None:
    clock = Seconds()
    paces = Paces(clock)
    for _ in range(8):
        await one_second_on(paces, clock)
    for _ in range(52):
        clock.now += 0.3
        await paces.turn("19:x@thread.tacv2;messageid=1")
    with pytest.raises(ports.RetryLater) as caught:
        await paces.turn("19:x@thread.tacv2;messageid=2")
    assert caught.value.after is not None
    assert caught.value.after > timedelta(seconds=2)
    await paces.turn("19:another@thread.tacv2")


async def one_second_on(paces: Paces, clock: Seconds) -> None:
    clock.now += 1
    await paces.turn("19:x@thread.tacv2")


# ---- settings


async def test_a_token_goes_to_no_address_off_the_list(support: Support) -> None:
    elsewhere = replace(support.desk, settings=desk_settings(service_url="https://evil.example/"))
    with pytest.raises(ports.CredentialsRejected, match="service_hosts"):
        await support.adapter.post_card(elsewhere, waiting_card(), key="k1")
    assert support.teams.token_fetches == 0


def test_service_hosts_are_names_and_nothing_else() -> None:
    apps = [{"app_id": APP, "tenant_id": TENANT, "secret": SECRET}]
    served = Installation.model_validate({"apps": apps}).serves
    assert served("https://smba.trafficmanager.net/emea/7e9b/")
    assert served("https://europe.botframework.com/")
    for other in (
        "https://botframework.com.evil.example/",
        "https://evil.example/smba.trafficmanager.net",
        "https://smba.trafficmanager.net@evil.example/",
        "https://smba.trafficmanager.net/?to=evil",
        "ftp://smba.trafficmanager.net/",
        "https://[",
    ):
        assert not served(other), other
