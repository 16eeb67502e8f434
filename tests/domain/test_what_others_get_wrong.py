"""A test for each failure that users of other products report, at the core.

Numbers as in docs/what-others-get-wrong.md.
"""

from datetime import timedelta

import pytest

from bridge.domain.effects import SyncCard
from bridge.domain.events import OutcomeKind
from bridge.domain.model import Agent, Mode, Profile
from tests.domain.play import ANA, BEN, Play


def test_1_the_bot_never_answers_over_the_agent_after_a_claim() -> None:
    play = Play()
    play.says("what is the weather at the summit?")
    question = play.asked
    play.says("let me talk to a human")
    play.claims(ANA)
    outcome = play.ai("Sunny.", 0.99, asked=question)
    assert outcome.kind is OutcomeKind.IGNORED
    assert "Sunny." not in play.told
    assert play.withheld == ["Sunny."], "kept as a suggestion"


def test_2_the_notice_and_the_page_are_one_decision() -> None:
    play = Play()
    play.says("let me talk to a human")
    handed_off = play.decisions[-1]
    assert [e.text for e in handed_off.entries if e.text.startswith("[waiting]")]
    assert [e for e in handed_off.effects if isinstance(e, SyncCard) and e.page]


def test_3_a_human_reply_by_another_route_takes_ownership() -> None:
    play = Play()
    play.says("is my parcel lost?")
    question = play.asked
    play.elsewhere("I'm on it.", Agent("api:maria", "Maria"))
    assert play.mode is Mode.HUMAN
    assert play.conv.owner == Agent("api:maria", "Maria")
    play.ai("It is not.", 0.99, asked=question)
    assert "It is not." not in play.told
    assert "I'm on it." in play.told
    assert not any(play.entries[s.seq - 1].text == "I'm on it." for s in play.sent), "not sent twice"


def test_4_after_release_the_ai_answers_again_and_old_messages_do_not_fire() -> None:
    play = Play()
    play.says("I want a refund")
    play.claims(ANA)
    play.writes("Done, it is on its way.")
    play.releases(ANA, note="refund granted by hand")
    assert play.told[-1] == "[released] Ana"
    play.says("thanks, what are your opening hours?")
    assert play.mode is Mode.ASSISTANT
    assert play.conv.question == "thanks, what are your opening hours?"
    stretch = play.conv.stretch
    assert stretch is not None
    assert (stretch.agent, stretch.note) == ("Ana", "refund granted by hand")
    play.ai("Nine to six.")
    assert play.told[-1] == "Nine to six."


def test_4_a_released_vip_is_really_back_with_the_assistant() -> None:
    play = Play(profile=Profile(verified=True, tags=("vip",)))
    play.says("hello there, I have a question")
    play.claims(ANA)
    play.releases(ANA)
    play.says("what are your opening hours?")
    assert play.mode is Mode.ASSISTANT


def test_5_two_agents_press_claim_and_the_loser_learns_who_won() -> None:
    play = Play()
    play.says("let me talk to a human")
    epoch = play.conv.epoch
    assert play.claims(ANA, epoch=epoch).kind is OutcomeKind.RECORDED
    lost = play.claims(BEN, epoch=epoch)
    assert (lost.kind, lost.code) == (OutcomeKind.REFUSED, "owned")
    assert "Ana" in lost.why
    assert play.conv.owner == ANA


def test_5_a_press_on_a_stale_card_changes_nothing_and_says_so() -> None:
    play = Play()
    play.says("let me talk to a human")
    old = play.conv.epoch
    play.claims(ANA)
    play.later(timedelta(minutes=16))
    assert play.mode is Mode.WAITING
    before = play.conv
    stale = play.claims(BEN, epoch=old)
    assert stale.code == "stale"
    assert play.conv == before


@pytest.mark.parametrize("line", ["// she sounds upset", "  //internal"])
def test_6_notes_stay_inside(line: str) -> None:
    play = Play()
    play.says("let me talk to a human")
    play.claims(ANA)
    told = list(play.told)
    assert play.writes(line, ANA).note
    assert play.told == told


def test_6_a_marked_line_inside_a_message_stays_inside_too() -> None:
    play = Play()
    play.says("let me talk to a human")
    play.claims(ANA)
    play.writes("Hello\n// she is a regular\nHow can I help?", ANA)
    assert play.told[-1] == "Hello\nHow can I help?"
    told = list(play.told)
    play.writes("// careful\nshe is upset", ANA)
    assert play.told == told
    assert [e.text for e in play.entries if e.reason == "note"] == [
        "she is a regular",
        "careful\nshe is upset",
    ]


def test_6_only_the_owners_plain_lines_reach_the_customer() -> None:
    play = Play()
    play.says("let me talk to a human")
    unclaimed = play.writes("who takes this?", BEN)
    assert unclaimed.note
    assert "claim" in unclaimed.why
    play.claims(ANA)
    theirs = play.writes("ask her for the order number", BEN)
    assert "Ana" in theirs.why
    play.writes("Hello, how can I help?", ANA)
    assert play.told[-1] == "Hello, how can I help?"
    assert not {"who takes this?", "ask her for the order number"} & set(play.told)


def test_7_a_burst_is_one_turn_and_a_newer_message_supersedes_the_answer() -> None:
    play = Play()
    play.says("hello")
    first = play.asked
    play.says("my order")
    play.says("has not come yet")
    assert play.conv.question == "hello\nmy order\nhas not come yet"
    assert play.ai("Hi!", 0.99, asked=first).kind is OutcomeKind.IGNORED
    play.ai("Which order is it?", 0.99)
    assert play.told == ["Which order is it?"]
    assert play.ai("Which order is it?", 0.99, asked=first).kind is OutcomeKind.IGNORED


def test_10_queued_card_updates_carry_no_content_so_none_is_ever_out_of_date() -> None:
    play = Play()
    play.says("let me talk to a human")
    play.claims(ANA)
    updates = [e for d in play.decisions for e in d.effects if isinstance(e, SyncCard)]
    assert {field for u in updates for field in u.__dataclass_fields__} == {
        "number",
        "epoch",
        "handoff",
        "page",
        "desk",
    }
