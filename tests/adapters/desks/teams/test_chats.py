"""An agent's own chat with the bot, and binding a channel with a code."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.desks.teams.overview import DeskView, overview, overview_message
from bridge.domain.callback import Callback, CallbackState
from bridge.domain.ids import ConversationId, HandoffId
from bridge.domain.model import Agent
from bridge.ports import CallbackView, CredentialsRejected, DeskAddress, DeskFigures, OnCall
from tests.adapters.desks.teams.conftest import Support
from tests.adapters.desks.teams.driver import desk_settings
from tests.fakes.core import ACME, claimed_card, waiting_card
from tests.fakes.desk_core import START
from tests.fakes.teams import ANA, APP, BEN, CHANNEL, EVE, TEAM, TENANT
from tests.fakes.teams.rules import card_errors, card_words, live_markup, utf16

ANA_ID = f"teams:{ANA.object_id}"


async def test_what_waits_is_shown_to_who_belongs_to_the_channel(support: Support) -> None:
    support.core.stand(support.desk, waiting_card())
    assert (await support.teams.write_to_bot("what waits?")).status == 200
    await support.settled()
    [card] = support.teams.chat(ANA)
    assert "María García" in card.words
    assert "support" in card.words
    assert "On call: everybody in the channel" in card.words
    assert "you are" not in card.words


PROMISED = CallbackView(
    tenant=ACME,
    desk="support",
    conversation=ConversationId("c1"),
    handoff=None,
    number=1,
    at=START + timedelta(days=1),
    until=START + timedelta(days=1, minutes=30),
    zone="America/New_York",
    local="2026-11-24T05:00",
    state=CallbackState.BOOKED,
    who="<at>all</at> **Eve**",
    want="“A quote for [twenty](https://evil.example) tents”",
    reach="",
    booked_at=START,
)


def desk_view(name: str = "support", **changes: Any) -> DeskView:
    view = DeskView(name, (waiting_card(pages=3),), (PROMISED,), OnCall(staffed=True), False, DeskFigures())
    return replace(view, **changes)


def test_the_overview_says_what_they_want_when_callbacks_are_and_how_the_week_was() -> None:
    shown = overview([desk_view(figures=DeskFigures(40, 30, 20, 14.2, 7_300.0, 12, 3))])
    assert card_errors(shown) == []
    said = card_words(shown)
    assert "“I was charged twice for order AC-1042”" in said
    assert "· page 3" in said
    assert "A quote for" in said
    assert "{{TIME(2026-11-24T10:00:00Z)}}" in said, "on the reader's clock"
    assert "theirs: Tue 24 Nov 05:00 (America/New_York)" in said
    assert "Last 7 days: 40 handed off here, 30 claimed, 20 by you · you claimed 14 s after the page" in said
    assert "answered after 2.0 h, 25% within 30 s" in said
    assert "On call: everybody in the channel" in said


def test_the_overview_says_who_is_on_call_and_until_when_nobody_is() -> None:
    ana = Agent(ANA_ID, "Ana <b>Ruiz")
    assert "On call: Ana bRuiz" in card_words(overview([desk_view(on_call=OnCall(True, (ana,)))]))
    away = card_words(overview([desk_view(on_call=OnCall(False, (), START), going=(), promised=())]))
    assert "Nobody is on call until {{DATE(2026-11-23T10:00:00Z,SHORT)}}" in away
    assert "Nobody waits." in away
    assert "nobody was handed off to this desk" in away


def test_a_callback_whose_handoff_waits_is_one_row() -> None:
    promise = Callback(
        number=1,
        desk="support",
        at=PROMISED.at,
        until=PROMISED.until,
        zone=PROMISED.zone,
        local=PROMISED.local,
        place=0,
        booked_at=START,
        state=CallbackState.DUE,
    )
    card = waiting_card(callback=promise)
    said = card_words(
        overview([desk_view(going=(card,), promised=(replace(PROMISED, handoff=card.handoff),))])
    )
    assert "📞 María García" in said
    assert "callback now" in said
    assert "promised for {{DATE(2026-11-24T10:00:00Z,SHORT)}}" in said
    assert said.count("theirs: Tue 24 Nov 05:00") == 1
    assert "Eve" not in said


def test_many_desks_with_much_fit_into_one_message_and_nothing_in_it_is_live() -> None:
    long = waiting_card(who="<at>all</at> " + "W" * 60, want="{{DATE(1)}} **much** " * 20)
    much = [desk_view(f"desk-{n}", going=(long,) * 50, promised=(PROMISED,) * 20) for n in range(9)]
    posted = overview_message(much)
    assert utf16(posted) <= 28 * 1024
    assert card_errors(posted["attachments"][0]["content"]) == []
    assert live_markup(posted) == []
    assert "3 more of your desks" in card_words(posted["attachments"][0]["content"])


async def test_what_is_mine_comes_first(support: Support) -> None:
    other = HandoffId("f" * 32 + ".1")
    support.core.stand(support.desk, waiting_card())
    support.core.stand(support.desk, claimed_card(Agent(ANA_ID, ANA.name), handoff=other, who="Joe Park"))
    await support.teams.write_to_bot("what waits?")
    await support.settled()
    words = support.teams.chat(ANA)[-1].words
    assert words.index("Joe Park") < words.index("María García")


async def test_who_does_not_belong_to_it_learns_nothing(support: Support) -> None:
    support.core.stand(support.desk, waiting_card())
    await support.teams.write_to_bot("waiting", EVE)
    await support.teams.write_to_bot("on", EVE)
    await support.settled()
    assert all("María" not in card.words for card in support.teams.chat(EVE))
    assert "You belong to no channel" in support.teams.chat(EVE)[-1].words
    assert support.duty.switched == []


@pytest.mark.parametrize(("words", "on"), [("on", True), ("Off duty", False)])
async def test_duty_is_switched_by_a_word(support: Support, words: str, on: bool) -> None:
    await support.teams.write_to_bot(words)
    assert support.duty.switched == [("support", ANA_ID, on, None)]


async def test_duty_is_switched_by_a_press_and_the_answer_shows_it(support: Support) -> None:
    await support.teams.write_to_bot("hello")
    await support.settled()
    [card] = support.teams.chat(ANA)
    reply = await support.teams.press_at_bot("on_duty", card)
    assert "you are on duty" in str(reply.card)
    reply = await support.teams.press_at_bot("off_duty", card)
    assert "you are on duty" not in str(reply.card)
    assert [on for _, _, on, _ in support.duty.switched] == [True, False]


async def test_off_duty_is_said_where_others_are_called(support: Support) -> None:
    await support.teams.write_to_bot("on", BEN)
    await support.teams.write_to_bot("what waits?")
    await support.settled()
    assert "you are off duty" in support.teams.chat(ANA)[-1].words


async def test_a_membership_is_asked_for_once_in_a_while(support: Support) -> None:
    for _ in range(3):
        await support.teams.write_to_bot("waiting")
    assert len(support.teams.called("GET")) == 1
    support.clock.pass_by(minutes=6)
    await support.teams.write_to_bot("waiting")
    assert len(support.teams.called("GET")) == 2


async def test_a_desk_that_can_not_be_reached_hides_no_other(support: Support) -> None:
    other = DeskAddress(ACME, "sales", desk_settings(channel="19:gone@thread.tacv2"))
    support.directory.addresses = [("teams", other), ("teams", support.desk)]
    support.core.stand(support.desk, waiting_card())
    assert (await support.teams.write_to_bot("waiting")).status == 200
    await support.settled()
    assert "María García" in support.teams.chat(ANA)[-1].words


# ---- connecting


async def test_a_code_makes_the_channel_a_desk(support: Support) -> None:
    support.connecting.codes["ABCDE-23456"] = replace(support.desk, desk="sales")
    await support.teams.write_in_channel("connect ABCDE-23456")
    await support.settled()
    place = {"app_id": APP, "team": TEAM, "channel": CHANNEL}
    assert support.connecting.bound == [("sales", "teams", place, ANA_ID)]
    assert "the desk sales now" in [*support.teams.messages.values()][-1].words


@pytest.mark.parametrize(
    ("text", "told"), [("connect NOPE", "This code is not valid"), ("connect", "Which code?")]
)
async def test_a_code_that_does_not_hold_says_so(support: Support, text: str, told: str) -> None:
    await support.teams.write_in_channel(text)
    await support.settled()
    assert told in [*support.teams.messages.values()][-1].words


async def test_only_who_calls_the_bot_connects(support: Support) -> None:
    """Consent may bring us every line of a channel: words between people are no command."""
    card = await support.page()
    await support.teams.write_in_thread(card, "connect NOPE", BEN)
    await support.settled()
    assert len(support.core.received) == 1, "a line of the thread like any other"


async def test_in_a_persons_own_chat_there_is_no_desk_to_be_made(support: Support) -> None:
    await support.teams.write_to_bot("connect ABCDE-23456")
    await support.settled()
    assert "A desk is a channel" in support.teams.chat(ANA)[-1].words


# ---- install and uninstall


async def test_where_the_app_was_removed_nothing_is_posted(
    support: Support, caplog: pytest.LogCaptureFixture
) -> None:
    await support.teams.install(action="remove")
    assert "the desk support of acme can not be paged" in caplog.text
    with pytest.raises(CredentialsRejected, match="removed from the team"):
        await support.page()
    assert support.teams.called("POST") == []
    await support.teams.install(action="add")
    await support.page()
    assert len(support.teams.cards()) == 1


async def test_who_opens_the_bots_chat_sees_what_waits(support: Support) -> None:
    personal: dict[str, Any] = {
        "conversation": {"id": f"a:{ANA.id}", "conversationType": "personal", "tenantId": TENANT}
    }
    opened = await support.teams.install(**personal, channelData={"tenant": {"id": TENANT}})
    assert opened.status == 200
    await support.settled()
    assert len(support.teams.chat(ANA)) == 1


async def test_an_installation_tells_the_service_address(support: Support) -> None:
    """A desk without service_url works from the moment the app is added to the team."""
    bare = DeskAddress(ACME, "support", desk_settings())
    support.directory.addresses = [("teams", bare)]
    with pytest.raises(CredentialsRejected, match="service_url"):
        await support.adapter.post_card(bare, waiting_card(), key="k1")
    await support.teams.install()
    await support.adapter.post_card(bare, waiting_card(), key="k1")
    assert len(support.teams.cards()) == 1


async def test_a_desk_that_is_not_connected_says_how(support: Support) -> None:
    loose = DeskAddress(ACME, "sales", desk_settings(team="", channel=""))
    with pytest.raises(CredentialsRejected, match="handoff-bridge connect"):
        await support.adapter.post_card(loose, waiting_card(), key="k1")
