"""Buttons and the modal: who may press what, what the presser sees, what the card shows."""

import asyncio
import json
from dataclasses import replace

import pytest

from bridge.domain.events import ClaimPressed, Outcome, OutcomeKind, SendSuggestedPressed
from bridge.domain.model import Agent, Suggestion
from bridge.ports import DeskAddress
from tests.adapters.desks.slack.conftest import Support, desk_settings, ref_of
from tests.fakes.core import GLOBEX, HANDOFF, RECORDED, claimed_card, waiting_card
from tests.fakes.slack import CHANNEL

ANA = Agent("slack:U1", "Ana Ruiz")


async def test_each_button_carries_handoff_and_epoch(support: Support) -> None:
    card = await support.page()
    for button in card.buttons:
        assert json.loads(card.value(button)) == {"handoff": HANDOFF, "epoch": 3}


async def test_a_press_is_committed_before_slack_is_answered(support: Support) -> None:
    card = await support.page()
    assert (await support.slack.press("claim", card)).status == 200
    assert len(support.core.received) == 1


async def test_slack_is_never_asked_who_we_are(support: Support) -> None:
    card = await support.page()
    for _ in range(3):
        await support.slack.press("claim", card)
    assert support.slack.called("auth.test") == []
    assert len(support.slack.called("users.info")) == 1


async def test_a_captured_press_that_is_played_again_is_the_same_event(support: Support) -> None:
    card = await support.page()
    await support.slack.press("claim", card, at="1700000000.000001")
    await support.slack.press("claim", card, at="1700000000.000001")
    await support.slack.press("claim", card, at="1700000001.000001")
    assert len(support.core.received) == 2


async def test_the_loser_of_two_presses_sees_why_and_the_card_as_it_is(support: Support) -> None:
    card = await support.page()
    support.core.refuse("Nothing done: Ana Ruiz has this conversation.", code="owned")
    support.core.stand(support.desk, claimed_card(ANA), ref_of(card))
    await support.slack.press("claim", card, user="U2")
    await support.settled()
    assert support.whispers("U2") == ["Nothing done: Ana Ruiz has this conversation."]
    assert support.whispers("U1") == []
    assert "Ana Ruiz" in card.words
    assert card.buttons == ["send_suggested", "edit_suggested", "release"]


async def test_a_card_shown_anew_keeps_its_transcript_link(support: Support) -> None:
    card = await support.page()
    support.core.refuse("Nothing done.")
    support.core.stand(support.desk, claimed_card(ANA, transcript=""), ref_of(card))
    await support.slack.press("claim", card)
    await support.settled()
    assert "https://bridge.example.com/transcripts/a-token|Whole transcript" in card.words


async def test_a_card_that_moves_on_while_it_is_shown_anew_ends_up_true(support: Support) -> None:
    card = await support.page()
    support.core.refuse("Nothing done.")
    released = waiting_card(state="released", epoch=6, buttons=(), ended_by="Ana Ruiz", suggestion=None)
    stages = iter([waiting_card(), claimed_card(ANA)])
    support.core.before_find = lambda: support.core.stand(support.desk, next(stages, released))
    await support.slack.press("claim", card)
    await support.settled()
    assert "Released" in card.words
    assert card.buttons == []


@pytest.mark.parametrize(
    "value",
    [
        "",
        "nonsense",
        "[]",
        '{"handoff": "x", "epoch": 1}',
        f'{{"handoff": "{HANDOFF}"}}',
        f'{{"handoff": "{HANDOFF}", "epoch": "1"}}',
        f'{{"handoff": "{HANDOFF}", "epoch": true}}',
        f'{{"handoff": "{HANDOFF}", "epoch": -1}}',
        f'{{"handoff": ["{HANDOFF}"], "epoch": 1}}',
        f'{{"handoff": "{"f" * 32}.1", "epoch": 1}}',
        '{"handoff": "' + "0" * 3_000 + '"}',
    ],
)
@pytest.mark.parametrize("button", ["claim", "edit_suggested"])
async def test_a_forged_value_does_nothing_and_is_told_privately(
    support: Support, value: str, button: str
) -> None:
    card = await support.page()
    assert (await support.slack.press(button, card, value=value)).status == 200
    await support.settled()
    assert support.core.received == []
    assert len(support.whispers()) == 1
    assert support.slack.called("chat.update") == support.slack.called("views.open") == []


async def test_a_handoff_of_another_tenant_in_the_same_workspace_is_out_of_reach(support: Support) -> None:
    card = await support.page()
    other = DeskAddress(GLOBEX, "support", desk_settings(channel="C000000002"))
    support.directory.addresses.append(("slack", other))
    theirs = waiting_card(handoff="e" * 32 + ".1")
    support.core.stand(other, theirs)
    value = json.dumps({"handoff": theirs.handoff, "epoch": 3})
    await support.slack.press("claim", card, value=value)
    await support.settled()
    assert support.core.received == []
    assert len(support.whispers()) == 1


async def test_a_workspace_of_nobody_is_refused_without_a_token(support: Support) -> None:
    card = await support.page()
    calls = len(support.slack.calls)
    assert (await support.slack.press("claim", card, team="T000000666")).status == 200
    await support.settled()
    assert support.core.received == []
    assert len(support.whispers()) == 1
    assert len(support.slack.calls) == calls, "there is no token for that workspace"


async def test_two_desks_may_share_a_channel(support: Support) -> None:
    sales = replace(support.desk, desk="sales")
    support.directory.addresses.append(("slack", sales))
    card = await support.page()
    support.core.stand(sales, waiting_card(), ref_of(card))
    await support.slack.press("claim", card)
    assert len(support.core.received) == 1


async def test_without_an_answer_about_the_agent_the_payloads_name_counts(support: Support) -> None:
    card = await support.page()
    support.slack.fail("users.info", "user_not_found")
    await support.slack.press("claim", card)
    (event,) = support.core.received
    assert isinstance(event, ClaimPressed)
    assert event.agent == Agent("slack:U1", "ana.ruiz")


async def test_an_agents_name_is_asked_for_once_an_hour(support: Support) -> None:
    card = await support.page()
    await support.slack.press("claim", card)
    support.clock.pass_by(minutes=59)
    await support.slack.press("claim", card)
    assert len(support.slack.called("users.info")) == 1
    support.clock.pass_by(minutes=2)
    support.slack.users["U1"] = "Ana María"
    await support.slack.press("claim", card)
    assert [e.agent.name for e in support.core.received if isinstance(e, ClaimPressed)] == [
        "Ana Ruiz",
        "Ana Ruiz",
        "Ana María",
    ]


async def test_who_is_not_in_the_channel_any_more_is_answered_through_the_press(support: Support) -> None:
    card = await support.page()
    support.core.refuse("Nothing done.")
    support.slack.fail("chat.postEphemeral", "user_not_in_channel")
    await support.slack.press("claim", card)
    await support.settled()
    assert support.whispers() == ["Nothing done."]


async def test_what_can_not_be_recorded_is_no_success_and_is_told(support: Support) -> None:
    card = await support.page()
    support.core.unavailable = True
    assert (await support.slack.press("claim", card)).status == 503
    await support.settled()
    assert "try again" in support.whispers()[0]


async def test_a_press_is_answered_in_slacks_time_however_slow_the_database_is(support: Support) -> None:
    card = await support.page()
    gate = asyncio.Event()
    support.core.wait = gate.wait
    support.core.refuse("Nothing done: Ana Ruiz has this conversation.", code="owned")
    support.adapter.patience = 0.05
    assert (await support.slack.press("claim", card)).status == 503, "it is not recorded: never a 200"
    while not support.whispers():
        await asyncio.sleep(0)
    assert "still being recorded" in support.whispers()[0]
    gate.set()
    await support.settled()
    assert support.whispers()[1] == "Nothing done: Ana Ruiz has this conversation."


async def test_a_window_is_answered_in_slacks_time_too(support: Support) -> None:
    card = await support.page()
    await support.slack.press("edit_suggested", card)
    await support.settled()
    gate = asyncio.Event()
    support.core.wait = gate.wait
    support.adapter.patience = 0.05
    reply = await support.slack.submit_modal(support.slack.views[0], {"reply": "Hello"})
    assert "The bridge is slow" in reply.json["errors"]["reply"]
    gate.set()
    await support.settled()
    assert len(support.core.received) == 1, "it was recorded all the same"


async def test_edit_opens_a_window_with_the_suggested_reply(support: Support) -> None:
    card = await support.page()
    assert (await support.slack.press("edit_suggested", card)).status == 200
    await support.settled()
    (view,) = support.slack.views
    (field,) = [block for block in view["blocks"] if block["type"] == "input"]
    assert (view["callback_id"], field["block_id"], field["element"]["action_id"]) == (
        "edit_suggested",
        "reply",
        "reply",
    )
    assert field["element"]["initial_value"] == "Hi María, I am looking into this right now."
    target = {"handoff": HANDOFF, "epoch": 3, "channel": CHANNEL}
    assert json.loads(view["private_metadata"]) == target
    assert support.core.received == []


async def test_a_suggestion_too_long_for_the_window_says_so(support: Support) -> None:
    card = await support.page(waiting_card(suggestion=Suggestion("long " * 800)))
    await support.slack.press("edit_suggested", card)
    await support.settled()
    (view,) = support.slack.views
    assert "its end is missing" in json.dumps(view)


async def test_the_window_opens_only_for_who_may_send(support: Support) -> None:
    card = await support.page(claimed_card(ANA))
    await support.slack.press("edit_suggested", card, user="U2")
    support.core.stand(support.desk, claimed_card(ANA, epoch=9), ref_of(card))
    await support.slack.press("edit_suggested", card, user="U1")
    support.core.stand(support.desk, claimed_card(ANA, suggestion=None), ref_of(card))
    await support.slack.press("edit_suggested", card, user="U1", value=f'{{"handoff":"{HANDOFF}","epoch":4}}')
    await support.settled()
    assert support.slack.views == []
    assert support.whispers("U2") == ["Nothing done: Ana Ruiz has this conversation."]
    assert [words.split(".")[0] for words in support.whispers("U1")] == [
        "Nothing done: the card had changed",
        "The suggested reply was already sent",
    ]


async def test_a_window_that_slack_did_not_open_is_no_silence(support: Support) -> None:
    card = await support.page()
    support.slack.fail("views.open", "expired_trigger_id")
    await support.slack.press("edit_suggested", card)
    await support.settled()
    assert support.whispers() == ["The window could not be opened. Please press again."]


async def test_a_refused_reply_says_so_in_the_window_and_can_be_corrected(support: Support) -> None:
    card = await support.page()
    await support.slack.press("edit_suggested", card)
    await support.settled()
    (view,) = support.slack.views
    support.core.refuse("Write a reply first.", code="nothing_to_send")
    reply = await support.slack.submit_modal(view, {"reply": "  "})
    assert reply.json == {"response_action": "errors", "errors": {"reply": "Write a reply first."}}
    support.core.decide = lambda event: RECORDED
    corrected = await support.slack.submit_modal(view, {"reply": "Hello"})
    assert (corrected.status, corrected.body) == (200, "")
    await support.slack.submit_modal(view, {"reply": "Hello"})
    texts = [event.text for event in support.core.received if isinstance(event, SendSuggestedPressed)]
    assert texts == ["  ", "Hello"]


async def test_a_window_of_a_foreign_channel_sends_nothing(support: Support) -> None:
    card = await support.page()
    await support.slack.press("edit_suggested", card)
    await support.settled()
    (view,) = support.slack.views
    for metadata in ("", "{}", json.dumps({"handoff": HANDOFF, "epoch": 3, "channel": "C000000009"})):
        reply = await support.slack.submit_modal({**view, "private_metadata": metadata}, {"reply": "Hello"})
        assert reply.json["response_action"] == "errors"
    assert support.core.received == []


async def test_a_reply_that_can_not_be_recorded_stays_in_the_window(support: Support) -> None:
    card = await support.page()
    await support.slack.press("edit_suggested", card)
    await support.settled()
    support.core.unavailable = True
    reply = await support.slack.submit_modal(support.slack.views[0], {"reply": "Hello"})
    assert "try again" in reply.json["errors"]["reply"]


async def test_an_outcome_without_words_is_told_in_ours(support: Support) -> None:
    card = await support.page()
    support.core.decide = lambda event: Outcome(OutcomeKind.UNKNOWN)
    await support.slack.press("claim", card)
    await support.settled()
    assert support.whispers()[0].startswith("Nothing done")
