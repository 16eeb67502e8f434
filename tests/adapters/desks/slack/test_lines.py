"""What is written below a card: which lines count, and what becomes of Slack's markup."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bridge.domain.events import AgentDeleted, AgentEdited, AgentWrote, Outcome, OutcomeKind
from bridge.domain.model import File
from tests.adapters.desks.slack.conftest import Support
from tests.fakes.slack import TEAM, Message


def written(support: Support) -> list[str]:
    return [event.text for event in support.core.received if isinstance(event, AgentWrote)]


async def test_a_line_has_its_own_time_and_key(support: Support) -> None:
    card = await support.page()
    await support.slack.write_in_thread(card, "Hello")
    (event,) = support.core.received
    assert isinstance(event, AgentWrote)
    line = support.slack.thread(card)[0]
    assert event.at == datetime.fromtimestamp(float(line.ts), UTC)
    assert event.key.startswith("slack:Ev")


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("ask <@U2> or <@U999>", "ask @Ben or @someone"),
        ("in <#C12345|orders> or <#C12345>", "in #orders or #channel"),
        ("<!here> <!channel> <!subteam^S1|@billing>", "@here @channel @billing"),
        ("<!date^1700000000^{date}|14 Nov>", "14 Nov"),
        ("see <https://acme.example/returns|our page>", "see our page (https://acme.example/returns)"),
        ("<https://acme.example/a?b=1&amp;c=2>", "https://acme.example/a?b=1&c=2"),
        ("<http://acme.example|acme.example>", "acme.example"),
        ("<mailto:ana@acme.example|ana@acme.example>", "ana@acme.example"),
        ("<tel:+34600|+34600> or <mailto:a@b.example>", "+34600 or a@b.example"),
        ("&lt;b&gt; &amp;amp; &amp;lt;", "<b> &amp; &lt;"),
        ("&lt;@U2&gt; typed by hand", "<@U2> typed by hand"),
    ],
)
async def test_the_customer_reads_words_not_slacks_markup(support: Support, markup: str, words: str) -> None:
    card = await support.page()
    await support.slack.write_in_thread(card, markup, raw=True)
    assert written(support) == [words]


async def test_emoji_arrive_as_characters(support: Support) -> None:
    card = await support.page()
    emoji = [
        {"type": "emoji", "name": "wave", "unicode": "1f44b-1f3fd", "skin_tone": 4},
        {"type": "emoji", "name": "acme_logo"},
    ]
    blocks = [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": emoji}]}]
    text = "Hi :wave::skin-tone-4: :acme_logo: at 10:30:00"
    await support.slack.write_in_thread(card, text, raw=True, blocks=blocks)
    assert written(support) == ["Hi 👋🏽 :acme_logo: at 10:30:00"]


@pytest.mark.parametrize(
    "event",
    [
        {"subtype": "message_changed", "hidden": True},
        {"subtype": "message_deleted"},
        {"subtype": "bot_message", "bot_id": "B1"},
        {"bot_id": "B000000001"},
        {"bot_profile": {"id": "B1"}},
        {"subtype": "channel_join"},
        {"thread_ts": None},
        {"thread_ts": "1600000000.000001"},
        {"user": None},
        {"channel": "C000000009"},
        {"type": "reaction_added"},
        {"type": "app_home_opened"},
    ],
)
async def test_what_is_no_plain_line_below_a_card_is_none_of_our_business(
    support: Support, event: dict[str, Any]
) -> None:
    card = await support.page()
    reply = await support.slack.write_in_thread(card, "hello", **event)
    assert reply.status == 200
    assert support.core.received == []


async def test_our_own_messages_do_not_come_back(support: Support) -> None:
    card = await support.page()
    note = Message(card.team, card.channel, "1700000000.000009", "María: hello", thread=card.ts)
    assert (await support.slack.echo(card)).status == 200
    assert (await support.slack.echo(note)).status == 200
    assert support.core.received == []


async def test_a_line_shown_in_the_channel_as_well_is_still_a_line(support: Support) -> None:
    card = await support.page()
    await support.slack.write_in_thread(card, "Hello", subtype="thread_broadcast")
    assert written(support) == ["Hello"]


def files_of(support: Support) -> list[File]:
    return [file for event in support.core.received if isinstance(event, AgentWrote) for file in event.files]


async def test_a_file_gets_a_link_that_the_customer_can_open(support: Support) -> None:
    card = await support.page()
    await support.slack.attach(card, "offer\n.png", b"its bytes", "Here it is")
    assert written(support) == ["Here it is"]
    [file] = files_of(support)
    assert (file.name, file.mime, file.size) == ("offer .png", "image/png", 9)
    status, headers, body = await support.get(file.url)
    assert (status, body) == (200, b"its bytes")
    assert headers["Content-Type"] == "image/png"
    assert headers["X-Content-Type-Options"] == "nosniff"


async def test_a_file_alone_is_not_dropped(support: Support) -> None:
    card = await support.page()
    await support.slack.attach(card, "offer.html", b"<script>")
    [file] = files_of(support)
    _, headers, _ = await support.get(file.url)
    assert headers["Content-Type"] == "application/octet-stream", "nothing runs at our address"
    assert headers["Content-Disposition"].startswith("attachment")


async def test_a_file_that_is_not_slacks_own_has_no_link(support: Support) -> None:
    card = await support.page()
    files = [{"id": "F1", "title": "photo", "url_private": "https://evil.example/x"}, {"id": "F3"}]
    await support.slack.write_in_thread(card, "", subtype="file_share", files=files)
    assert [(file.name, file.url) for file in files_of(support)] == [("photo", ""), ("unnamed", "")]


async def test_a_files_link_ends_and_is_nobodys_to_forge(support: Support) -> None:
    card = await support.page()
    await support.slack.attach(card, "offer.png", b"its bytes")
    [file] = files_of(support)
    assert (await support.get(file.url[:-3] + "xxx"))[0] == 404
    support.slack.workspaces[TEAM].scopes.discard("files:read")
    assert (await support.get(file.url))[0] == 404, "Slack shows a sign-in page, and we do not"
    support.slack.workspaces[TEAM].scopes.add("files:read")
    support.clock.pass_by(days=31)
    assert (await support.get(file.url))[0] == 404


async def test_an_edited_line_is_reported_with_its_words_and_id(support: Support) -> None:
    card = await support.page()
    await support.slack.write_in_thread(card, "We open at 8")
    line = support.slack.line("We open at 8")
    await support.slack.edit(line, "We open at <9> & close at 6")
    edited = support.core.received[-1]
    assert isinstance(edited, AgentEdited)
    assert (edited.line, edited.text) == (line.ts, "We open at <9> & close at 6")
    assert edited.agent.name == "Ana Ruiz"
    before = len(support.core.received)
    await support.slack.edit(line, "We open at <9> & close at 6")
    assert len(support.core.received) == before, "an unfurled link is no change of words"


async def test_a_deleted_line_is_reported(support: Support) -> None:
    card = await support.page()
    await support.slack.write_in_thread(card, "We open at 8")
    line = support.slack.line("We open at 8")
    support.core.decide = lambda event: Outcome(
        OutcomeKind.RECORDED, code="withdrawn", why="It had not been sent, and will not be."
    )
    await support.slack.take_back(line)
    deleted = support.core.received[-1]
    assert isinstance(deleted, AgentDeleted)
    assert deleted.line == line.ts
    await support.settled()
    assert support.whispers() == ["It had not been sent, and will not be."]


async def test_a_line_that_slack_sends_again_is_kept_and_told_once(support: Support) -> None:
    card = await support.page()
    why = "Not sent: claim the conversation first. Your line stays in this thread."
    support.core.decide = lambda event: Outcome(OutcomeKind.RECORDED, why=why, note=True)
    await support.slack.write_in_thread(card, "anybody?")
    assert (await support.slack.resend()).status == 200
    await support.settled()
    assert written(support) == ["anybody?"]
    assert support.whispers() == [why]


async def test_a_line_that_could_not_be_recorded_is_sent_again_by_slack(support: Support) -> None:
    card = await support.page()
    support.core.unavailable = True
    assert (await support.slack.write_in_thread(card, "hello")).status == 503
    support.core.unavailable = False
    assert (await support.slack.resend()).status == 200
    assert written(support) == ["hello"]


async def test_others_are_told_once_that_their_lines_stay_inside(support: Support) -> None:
    card = await support.page()
    inside = Outcome(OutcomeKind.RECORDED, epoch=4, why="Only Ana Ruiz writes to the customer.", note=True)
    support.core.decide = lambda event: inside
    for words in ("I think", "she wants", "the blue one"):
        await support.slack.write_in_thread(card, words, user="U2")
    await support.slack.write_in_thread(card, "me too", user="U1")
    await support.settled()
    assert support.whispers("U2") == ["Only Ana Ruiz writes to the customer."]
    assert len(support.whispers("U1")) == 1
    support.core.decide = lambda event: replace(inside, epoch=6)
    await support.slack.write_in_thread(card, "and now?", user="U2")
    await support.settled()
    assert len(support.whispers("U2")) == 2, "the owner is another now"
