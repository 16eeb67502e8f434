"""The card's look, apart from any network: what stands where, and that Slack takes it whatever comes."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.desks.slack.blocks import render, transcript_on
from adapters.desks.slack.modals import draft_view, edit_view, released_view, take_over_view, transfer_view
from adapters.desks.slack.notes import render_note
from bridge.domain.callback import Callback, CallbackState
from bridge.domain.card import Fact, Told
from bridge.domain.model import Agent, Author, Entry, EntryKind, File, ReleaseOutcome, Suggestion, Transfer
from tests.adapters.desks.slack.driver import live_markup
from tests.fakes.core import claimed_card, waiting_card
from tests.fakes.desk_core import START
from tests.fakes.slack import Message
from tests.fakes.slack.rules import message_error, texts, view_error

ANA = Agent("slack:U1", "Ana Ruiz")
WORDS = st.one_of(
    st.text(max_size=300),
    st.text(alphabet='<>&*_~`!@#|"\\/: ab\n\u202eé👩🏽‍🦰🇪🇸ש', max_size=9_000),
)


def words_of(blocks: list[dict[str, Any]]) -> str:
    return "\n".join(words for _, words in texts(blocks))


def buttons(blocks: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {e["action_id"]: e for b in blocks if b["type"] == "actions" for e in b["elements"]}


def test_the_line_on_a_phone_is_escaped_and_reads_as_written() -> None:
    _, text = render(waiting_card(want="is 2 < 3 & 4 > 1?"))
    assert text == "María García: is 2 &lt; 3 &amp; 4 &gt; 1? (Refund)"


def test_right_to_left_words_in_quotation_marks_keep_their_full_stop() -> None:
    blocks, text = render(waiting_card(want="About “العمود مكسور (٢ من ٣).”"))
    quoted = "“\u2068العمود مكسور (٢ من ٣).\u2069”"
    assert quoted in words_of(blocks)
    assert quoted in text


def test_a_waiting_card_calls_to_claim() -> None:
    blocks, text = render(waiting_card())
    assert "*Nobody has this yet*" in words_of(blocks)
    assert f"<!date^{int(START.timestamp())}^" in words_of(blocks)
    assert [b.get("style") for b in buttons(blocks).values()] == ["primary", None, None, None]
    assert text == waiting_card().headline


PROMISE = Callback(
    number=1,
    desk="support",
    at=START,
    until=START + timedelta(minutes=30),
    zone="Europe/Madrid",
    local="2026-11-23T11:00",
    place=0,
    booked_at=START - timedelta(hours=1),
)


def test_a_promised_time_is_the_first_thing_below_the_name() -> None:
    [_, state, *_] = render(waiting_card(callback=PROMISE, pages=2))[0]
    first, second = state["elements"][0]["text"].split("\n")
    own = f"<!date^{int(START.timestamp())}^"
    assert first.startswith(f"📞 *Callback {own}")
    assert first.endswith("theirs: Mon 23 Nov 11:00 (Europe/Madrid)")
    assert second.startswith("⏳ *Nobody has this yet*")
    assert render(waiting_card(callback=PROMISE, pages=2))[0][0]["text"]["text"].startswith("🟡")
    due = replace(PROMISE, state=CallbackState.DUE)
    [head, state, *_] = render(waiting_card(callback=due))[0]
    assert state["elements"][0]["text"].startswith("📞 *Callback now*, promised for Mon 23 Nov 11:00")
    assert head["text"]["text"].startswith("🔴")


def test_a_card_says_what_the_customer_was_told_on_the_readers_clock() -> None:
    back = START + timedelta(hours=9)
    blocks, _ = render(waiting_card(told=Told("somebody is back", back, times=True)))
    last = blocks[1]["elements"][0]["text"].split("\n")[-1]
    assert last.startswith(f"The customer was told that somebody is back <!date^{int(back.timestamp())}^")
    assert last.endswith("UTC>, and offered times")


def test_releasing_what_nobody_has_is_asked_twice_and_a_claimed_one_once() -> None:
    assert "confirm" in buttons(render(waiting_card())[0])["release"]
    assert "confirm" not in buttons(render(claimed_card(ANA))[0])["release"]


def test_a_claimed_card_says_who_has_it_and_until_when() -> None:
    blocks, _ = render(claimed_card(ANA))
    until = int((START + timedelta(minutes=15)).timestamp())
    assert "*Ana Ruiz* has this conversation" in words_of(blocks)
    assert f"<!date^{until}^{{time}}|" in words_of(blocks)
    assert "stays inside" in words_of(blocks)


def test_an_ended_card_is_one_grey_block() -> None:
    ended = waiting_card(state="released", ended_by="Ana Ruiz", buttons=(), suggestion=None)
    (block,) = render(ended)[0]
    assert block["type"] == "context"
    assert "*Released* by Ana Ruiz" in words_of([block])


def test_a_draft_says_how_sure_the_assistant_was() -> None:
    template, _ = render(waiting_card())
    assert "from your template" in words_of(template)
    draft, _ = render(waiting_card(suggestion=Suggestion("Yes.", 0.62, "assistant")))
    assert "drafted by the assistant, 62% sure" in words_of(draft)


def test_a_reply_too_long_to_show_says_where_the_rest_is() -> None:
    blocks, _ = render(waiting_card(suggestion=Suggestion("word " * 500)))
    assert "Edit shows all of it" in words_of(blocks)


def test_nothing_of_an_emoji_is_cut_in_half() -> None:
    family = "👩‍👩‍👧‍👦"
    blocks, _ = render(waiting_card(want=family * 100))
    (line,) = [words for words in words_of(blocks).split("\n") if words.startswith(family)]
    assert line.removesuffix("…") == family * (line.count("👧"))


def test_the_transcripts_address_is_read_back_from_a_card() -> None:
    assert transcript_on(render(waiting_card())[0]) == "https://bridge.example.com/transcripts/a-token"
    assert transcript_on(render(waiting_card(transcript=""))[0]) == ""


@settings(max_examples=60, deadline=None)
@given(WORDS, WORDS, WORDS, WORDS, st.sampled_from(["waiting", "claimed", "released", "closed"]))
def test_slack_takes_every_card_and_nothing_in_it_is_live(
    who: str, said: str, reply: str, fact: str, state: str
) -> None:
    card = waiting_card(
        state=state,
        who=who,
        want=said,
        tried=said,
        reason=fact or "Refund",
        facts=tuple(Fact(f"Fact {n}", fact) for n in range(9)),
        also=(fact, said),
        suggestion=Suggestion(reply),
        owner=Agent("slack:U1", who),
        lapsed_from=who,
        ended_by=who,
        buttons=() if state in ("released", "closed", "moved") else ("claim", "send_suggested", "release"),
        can=("claim", "transfer", "take_over"),
        transferred=Transfer(who, fact, said, said, reply, START),
        callback=replace(PROMISE, reach=said),
        told=Told("nobody is free yet", START, times=True),
        moved_to=who,
        outcome=ReleaseOutcome.FOLLOW_UP,
    )
    blocks, text = render(card, ("U1", "U2") if state == "claimed" else ())
    assert message_error({"text": text, "blocks": blocks}, update=True) == ""
    assert len(json.dumps(blocks, ensure_ascii=False)) < 9_000
    assert live_markup(Message("T1", "C1", "1.1", text, blocks)) == []
    desks = [f"{fact[:60]}{number}" for number in range(3)]
    for view in (
        edit_view(card, 3, "C1"),
        draft_view(card, 3, "C1", 7, reply),
        transfer_view(card, 3, "C1", desks),
        take_over_view(card, 3, "C1"),
        released_view({"handoff": card.handoff}),
    ):
        assert view_error(view) == ""
        spoken = Message("T1", "C1", "1.1", "", view["blocks"])
        assert [found for found in live_markup(spoken) if found != "*"] == [], "our own words are bold"


@settings(max_examples=40, deadline=None)
@given(WORDS, WORDS, st.sampled_from(list(EntryKind)), st.sampled_from(list(Author)))
def test_slack_takes_every_note(name: str, text: str, kind: EntryKind, author: Author) -> None:
    files = (File(text, f"https://bridge.example.com/{name}"), File(name))
    note = Entry(1, kind, author, name, text, START, reason=name, files=files)
    blocks, fallback = render_note(note, waiting_card())
    assert message_error({"text": fallback, "blocks": blocks}) == ""
    assert live_markup(Message("T1", "C1", "1.1", fallback, blocks)) == []


def test_our_own_mrkdwn_is_not_searched_for_links() -> None:
    for card in (waiting_card(), claimed_card(ANA)):
        for block in render(card, ("U1",))[0]:
            for element in block.get("elements", []):
                assert element.get("verbatim", True) is True
