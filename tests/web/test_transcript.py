"""The transcript says of every line whether the customer got it, and what became of it."""

from dataclasses import asdict

from bridge.domain.model import File, ReleaseOutcome
from bridge.ports import AuditLine, TranscriptView
from bridge.web.transcript import rows_of
from tests.domain.play import ANA, BEN, START, Play


def view(play: Play) -> TranscriptView:
    assert play.conv.handoff is not None
    assert play.customer is not None
    audit = [AuditLine(n, START, **asdict(row)) for n, row in enumerate(play.audit, 1)]
    turns = [turn for decision in play.decisions for turn in decision.turns]
    return TranscriptView(
        play.conv.tenant, play.conv, play.customer, play.conv.handoff, play.entries, turns, audit
    )


def tags(play: Play) -> dict[str, str]:
    return {row.entry.text: row.tag for row in rows_of(view(play)) if row.entry is not None}


def owners(play: Play) -> list[str]:
    return [row.words for row in rows_of(view(play)) if row.kind == "owner"]


def claimed(channel: str = "web") -> Play:
    play = Play(channel=channel)
    play.says("let me talk to a human")
    play.claims(ANA)
    return play


def test_who_had_it_and_how_it_came_out() -> None:
    play = claimed()
    play.transfers(BEN, reason="knows tents")
    play.takes_over(ANA)
    play.transfers("sales")
    play.claims(BEN)
    play.releases(BEN, outcome=ReleaseOutcome.FOLLOW_UP)
    assert owners(play) == [
        "Handed to the support desk",
        "Ana has it",
        "Passed on to Ben",
        "Ana took it over",
        "Passed on to the sales desk",
        "Ben has it",
        "Back with the assistant: needs follow-up",
    ]
    assert tags(play)["Ana has passed this on to Ben: knows tents"] == "Internal, not sent to the customer"


def test_a_corrected_and_a_withdrawn_line_say_so() -> None:
    play = claimed()
    play.writes("40 euros", line="1")
    play.writes("oops", line="2")
    play.edits("1", "14 euros")
    play.deletes("2")
    found = tags(play)
    assert found["40 euros"] == "Corrected later"
    assert found["[correction] 14 euros"] == "Correction"
    assert found["oops"] == "Taken back later"


def test_what_never_left_is_not_shown_as_sent() -> None:
    play = claimed("api")
    play.writes("40 euros", line="1")
    play.fails(play.conv.seq)
    assert tags(play)["40 euros"] == "Not delivered"
    play.edits("1", "14 euros")
    assert tags(play)["40 euros"] == "Never sent"


def test_what_was_sent_again_and_a_draft_that_was_sent_say_so() -> None:
    play = Play()
    play.says("where is my order?")
    asked = play.asked
    play.says("let me talk to a human")
    play.claims(ANA)
    play.ai("It left on Monday.", asked=asked)
    draft = next(e for e in play.entries if e.text == "It left on Monday.")
    assert tags(play)["It left on Monday."].startswith("Not sent: ")
    play.sends_draft(draft.seq, text="It left on Monday, by post.")
    assert tags(play)["It left on Monday."] == "Sent by Ana"
    play.writes("Bye.")
    seq = next(e.seq for e in play.entries if e.text == "Bye.")
    play.fails(seq)
    play.retries(seq)
    assert tags(play)["Bye."] == "Sent again"


def test_a_file_that_was_not_delivered_is_named() -> None:
    play = claimed("api")
    play.writes("Here it is.", files=(File("invoice.pdf", "https://files.example.com/1"),))
    [row] = [row for row in rows_of(view(play)) if row.entry and row.entry.files]
    assert row.kind == "note", "shown among what stayed inside"
