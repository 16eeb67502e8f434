"""What leaves for Slack, and how its refusals are named for the core."""

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.desks.slack.api import WebApi
from adapters.desks.slack.workspaces import Workspaces
from bridge import ports
from bridge.domain.ids import HandoffId
from bridge.domain.model import Agent
from tests.adapters.desks.slack.conftest import Support, ref_of
from tests.contracts.desk import said
from tests.fakes.core import HANDOFF, PlainOutbound, claimed_card, waiting_card
from tests.fakes.slack import CHANNEL
from tests.fakes.vault import FakeVault

ANA = Agent("slack:U1", "Ana Ruiz")


async def test_a_page_mentions_who_is_to_be_notified_and_unfurls_nothing(support: Support) -> None:
    card = await support.page()
    assert "<@U1> <@U2>" in card.words
    (call,) = support.slack.called("chat.postMessage")
    assert call.arguments["unfurl_links"] is call.arguments["unfurl_media"] is False
    assert call.arguments["text"] == waiting_card().headline
    assert card.metadata == {"event_type": "handoff_card", "event_payload": {"handoff": HANDOFF}}


async def test_a_claimed_card_mentions_nobody(support: Support) -> None:
    card = await support.page(claimed_card(ANA))
    assert "<@" not in card.words


async def test_a_repeated_page_is_seen_in_thread_and_channel(support: Support) -> None:
    card = await support.page()
    again = waiting_card(pages=2)
    await support.adapter.update_card(support.desk, ref_of(card), again, page=True, key="k2")
    (line,) = support.slack.thread(card)
    assert "Page 2" in line.words
    assert "María García" in line.words
    assert "<@U1> <@U2>" in line.words
    assert support.slack.called("chat.postMessage")[-1].arguments["reply_broadcast"] is True
    assert "page 2" in card.words


async def test_a_claim_that_ran_out_says_whose(support: Support) -> None:
    card = await support.page()
    lapsed = waiting_card(pages=3, lapsed_from="Ana Ruiz")
    await support.adapter.update_card(support.desk, ref_of(card), lapsed, page=True, key="k2")
    assert "Ana Ruiz's claim ran out" in support.slack.thread(card)[0].words
    assert "Ana Ruiz's claim ran out" in card.words


async def test_a_silent_owner_is_called_by_name(support: Support) -> None:
    card = await support.page()
    silent = replace(claimed_card(ANA), mention=(ANA,))
    await support.adapter.update_card(support.desk, ref_of(card), silent, page=True, key="k2")
    (line,) = support.slack.thread(card)
    assert line.words == f"María García is waiting for {ANA.name}.\n<@{ANA.id.removeprefix('slack:')}>"


@pytest.mark.parametrize("words", ["word ", "👩‍👩‍👧‍👦", "ﷺ", "e\u0301", "<&>"])
async def test_a_long_message_is_cut_between_characters_with_a_link_to_the_whole(
    support: Support, words: str
) -> None:
    card = await support.page()
    await support.adapter.post_note(
        support.desk, ref_of(card), said(words * 10_000), waiting_card(), key="n1"
    )
    [shown] = support.slack.thread(card)
    body = shown.blocks[0]["elements"][0]["elements"][1]["text"]
    kept = body.strip("\u2068\u2069 ").removesuffix("…").strip()
    assert kept == (words * 10_000)[: len(kept)].strip()
    assert len(kept) % len(words.strip()) == 0 or words == "word " or words == "<&>"
    assert "https://bridge.example.com/transcripts/a-token|The whole of it" in shown.words


async def test_who_waits_for_what_and_why_is_the_first_thing_on_a_phone(support: Support) -> None:
    card = await support.page()
    assert card.text == "María García: “I was charged twice for order AC-1042” (Refund)"
    again = waiting_card(pages=2, mention=(Agent("slack:U2", "Ben"),))
    await support.adapter.update_card(support.desk, ref_of(card), again, page=True, key="k2")
    [line] = support.slack.thread(card)
    assert line.text.startswith("<@U2> Page 2: María García is still waiting for a person. “I was charged")
    assert "<@U1>" not in line.words, "the next in line, and nobody else"


async def test_a_channel_that_can_not_be_reached_raises_one_alarm(
    support: Support, caplog: pytest.LogCaptureFixture
) -> None:
    support.slack.channels[CHANNEL].archived = True
    for _ in range(3):
        with pytest.raises(ports.CredentialsRejected):
            await support.page()
    assert caplog.text.count("can not be reached: chat.postMessage: is_archived") == 1
    support.slack.channels[CHANNEL].archived = False
    await support.page()
    support.slack.revoke()
    for _ in range(3):
        with pytest.raises(ports.CredentialsRejected):
            await support.page()
    assert caplog.text.count("can not be reached") == 2, "another trouble after it was well is another alarm"


@pytest.mark.parametrize(
    ("error", "named"),
    [
        ("invalid_auth", ports.CredentialsRejected),
        ("token_revoked", ports.CredentialsRejected),
        ("account_inactive", ports.CredentialsRejected),
        ("missing_scope", ports.CredentialsRejected),
        ("channel_not_found", ports.CredentialsRejected),
        ("not_in_channel", ports.CredentialsRejected),
        ("is_archived", ports.CredentialsRejected),
        ("invalid_blocks", ports.MessageRefused),
        ("msg_too_long", ports.MessageRefused),
        ("internal_error", ports.Uncertain),
        ("something_new", ports.RetryLater),
    ],
)
async def test_a_refused_post_is_named_by_what_to_do(
    support: Support, error: str, named: type[Exception]
) -> None:
    support.slack.fail("chat.postMessage", error)
    with pytest.raises(named, match=error):
        await support.page()


@pytest.mark.parametrize("error", ["message_not_found", "cant_update_message", "edit_window_closed"])
async def test_a_card_that_is_gone_is_to_be_posted_anew(support: Support, error: str) -> None:
    card = await support.page()
    support.slack.fail("chat.update", error)
    with pytest.raises(ports.AddressGone):
        await support.adapter.update_card(support.desk, ref_of(card), waiting_card(), page=False, key="k2")


async def test_a_deleted_card_and_a_thread_without_its_card_are_gone(support: Support) -> None:
    card = await support.page()
    support.slack.delete(card)
    with pytest.raises(ports.AddressGone):
        await support.adapter.update_card(support.desk, ref_of(card), waiting_card(), page=False, key="k2")
    with pytest.raises(ports.AddressGone):
        await support.adapter.post_note(support.desk, ref_of(card), said("hello"), waiting_card(), key="n1")


@pytest.mark.parametrize(("given", "after"), [(7, timedelta(seconds=7)), ("soon", None), ("-1", None)])
async def test_slacks_limit_is_waited_out_as_long_as_slack_says(
    support: Support, given: int | str, after: timedelta | None
) -> None:
    support.slack.limit("chat.postMessage", given)
    with pytest.raises(ports.RetryLater) as caught:
        await support.page()
    assert caught.value.after == after
    assert support.slack.called("chat.postMessage") == [], "the adapter itself does not try again"


async def test_a_lost_answer_leaves_one_card_and_it_is_found(support: Support) -> None:
    support.slack.drop("chat.postMessage", accepted=True)
    with pytest.raises(ports.Uncertain):
        await support.page()
    (card,) = support.slack.cards()
    assert await support.adapter.find_card(support.desk, HANDOFF) == ref_of(card)


async def test_a_post_that_did_not_arrive_is_not_found(support: Support) -> None:
    support.slack.drop("chat.postMessage", accepted=False)
    with pytest.raises(ports.Uncertain):
        await support.page()
    assert await support.adapter.find_card(support.desk, HANDOFF) is None


async def test_a_card_is_found_below_many_others(support: Support) -> None:
    card = await support.page()
    for number in range(230):
        await support.page(waiting_card(handoff=HandoffId(f"{number:032x}.1")))
    assert await support.adapter.find_card(support.desk, HANDOFF) == ref_of(card)
    assert len(support.slack.called("conversations.history")) == 3


@pytest.mark.parametrize("accepted", [True, False])
async def test_an_update_with_a_lost_answer_is_simply_repeated(support: Support, accepted: bool) -> None:
    card = await support.page()
    support.slack.drop("chat.update", accepted=accepted)
    with pytest.raises(ports.RetryLater):
        await support.adapter.update_card(support.desk, ref_of(card), waiting_card(), page=False, key="k2")


@pytest.mark.parametrize(("post", "named"), [(True, ports.Uncertain), (False, ports.RetryLater)])
async def test_an_answer_that_does_not_come_in_time_is_unknown(
    support: Support, post: bool, named: type[Exception]
) -> None:
    http = PlainOutbound()
    api = WebApi(http, support.slack.api_url, Workspaces(FakeVault(), support.clock), timeout=0.05)
    support.slack.hang("chat.postMessage")
    message = {"channel": support.desk.settings.channel, "text": "hello"}
    with pytest.raises(named):
        await api.call("chat.postMessage", support.desk.settings, message, post=post)
    await http.close()


@pytest.mark.parametrize("status", [500, 503, 200])
async def test_a_page_of_html_is_no_answer(support: Support, status: int) -> None:
    support.slack.break_down("chat.postMessage", status)
    with pytest.raises(ports.Uncertain):
        await support.page()


async def test_a_slack_that_can_not_be_reached_got_nothing(support: Support) -> None:
    await support.slack.stop()
    with pytest.raises(ports.RetryLater, match="reached"):
        await support.page()
    await support.slack.start()


async def test_errors_carry_no_token_and_no_words(support: Support) -> None:
    support.slack.fail("chat.postMessage", "invalid_auth")
    with pytest.raises(ports.CredentialsRejected) as caught:
        await support.page()
    assert str(caught.value) == "chat.postMessage: invalid_auth"
    assert caught.value.__suppress_context__
