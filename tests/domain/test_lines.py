"""Lines in the thread: edits, deletions, files, the AI's drafts, and what could not be delivered."""

from datetime import timedelta

from bridge.domain.effects import Held, SendToCustomer
from bridge.domain.events import OutcomeKind
from bridge.domain.model import Author, Entry, EntryKind, File, Replaces
from bridge.domain.work import KEPT_LINES
from tests.domain.play import ANA, BEN, Play

INVOICE = File("invoice.pdf", "https://files.example.com/invoice.pdf", "application/pdf", 1200)


def claimed(channel: str = "api") -> Play:
    play = Play(channel=channel)
    play.says("let me talk to a human")
    play.claims(ANA)
    return play


def newest(play: Play, kind: EntryKind) -> Entry:
    return [entry for entry in play.entries if entry.kind is kind][-1]


def test_an_edited_line_that_was_sent_is_corrected() -> None:
    play = claimed()
    play.writes("It costs 40 euros.", line="ts1")
    sent = newest(play, EntryKind.MESSAGE)
    outcome = play.edits("ts1", "It costs 14 euros.")
    assert (outcome.kind, outcome.code) == (OutcomeKind.RECORDED, "corrected")
    assert play.told[-1] == "[correction] It costs 14 euros."
    correction = newest(play, EntryKind.MESSAGE)
    assert correction.replaces == Replaces(sent.seq, "It costs 14 euros.")
    assert (correction.author, correction.name) == (Author.AGENT, "Ana")


def test_a_second_edit_corrects_the_same_message() -> None:
    play = claimed()
    play.writes("40", line="ts1")
    sent = newest(play, EntryKind.MESSAGE)
    play.edits("ts1", "14")
    play.edits("ts1", "15")
    assert newest(play, EntryKind.MESSAGE).replaces == Replaces(sent.seq, "15")


def test_what_was_never_delivered_is_replaced_and_not_corrected() -> None:
    play = claimed()
    play.writes("40", line="ts1")
    failed = newest(play, EntryKind.MESSAGE).seq
    play.fails(failed)
    outcome = play.edits("ts1", "14")
    assert outcome.code == "replaced"
    assert play.told[-1] == "14"
    assert play.retries(failed).code == "nothing_to_send", "the old words are never sent any more"
    assert play.conv.withdrawn == (failed,)
    assert play.edits("ts1", "15").code == "corrected"


RESTS = timedelta(minutes=1)


def test_a_line_that_rests_in_the_outbox_is_replaced() -> None:
    play = claimed()
    play.writes("40", line="ts1")
    play.held = (Held(play.conv.effects, play.now + RESTS),)
    assert play.edits("ts1", "14").code == "replaced"


def test_a_line_behind_one_that_rests_is_not_on_its_way_either() -> None:
    play = claimed()
    play.writes("one moment", line="ts1")
    first = play.conv.effects
    play.writes("40", line="ts2")
    play.held = (Held(first, play.now + RESTS, uncertain=True), Held(play.conv.effects, play.now))
    assert play.deletes("ts2").code == "withdrawn"
    assert play.deletes("ts1").code == "too_late", "it may have arrived"


def test_a_line_that_may_be_on_the_wire_is_corrected() -> None:
    play = claimed()
    play.writes("40", line="ts1")
    play.held = (Held(play.conv.effects, play.now + timedelta(seconds=1)),)
    assert play.edits("ts1", "14").code == "corrected"
    play.held = (Held(1, play.now + RESTS),)
    assert play.edits("ts1", "15").code == "corrected", "it is not there any more: it was sent"


def test_nobody_is_told_that_what_was_taken_back_was_not_delivered() -> None:
    play = claimed()
    play.writes("40", line="ts1")
    seq = newest(play, EntryKind.MESSAGE).seq
    play.held = (Held(play.conv.effects, play.now + RESTS),)
    play.deletes("ts1")
    notes = play.notes
    assert play.fails(seq, "withheld: it was taken back").kind is OutcomeKind.IGNORED
    assert play.notes == notes
    assert play.retries(seq).code == "nothing_to_send"


def test_a_deleted_line_that_was_never_delivered_is_withdrawn() -> None:
    play = claimed()
    play.writes("oops", line="ts1")
    play.fails(newest(play, EntryKind.MESSAGE).seq)
    told = play.told
    assert play.deletes("ts1").code == "withdrawn"
    assert play.told == told
    assert play.edits("ts1", "anew").code == "too_late"


def test_where_the_channel_can_a_deleted_line_is_taken_back() -> None:
    play = claimed("web")
    play.writes("oops", line="ts1")
    sent = newest(play, EntryKind.MESSAGE)
    assert play.deletes("ts1").code == "withdrawn"
    assert newest(play, EntryKind.MESSAGE).replaces == Replaces(sent.seq, "")


def test_where_it_can_not_the_agent_is_told_that_it_is_too_late() -> None:
    play = claimed("api")
    play.writes("oops", line="ts1")
    told, outcome = play.told, play.deletes("ts1")
    assert (outcome.kind, outcome.code) == (OutcomeKind.REFUSED, "too_late")
    assert "can be taken back" in outcome.why
    assert play.told == told


def test_an_edit_into_a_note_takes_the_line_back() -> None:
    play = claimed("web")
    play.writes("he is rude", line="ts1")
    assert play.edits("ts1", "// he is rude").code == "withdrawn"
    assert play.notes[-1] == "he is rude"


def test_a_note_stays_a_note_whatever_it_says_now() -> None:
    play = claimed()
    play.writes("// internal", line="ts1")
    told = play.told
    outcome = play.edits("ts1", "not internal any more")
    assert (outcome.code, outcome.note) == ("note", True)
    assert play.told == told
    assert play.notes[-1] == "not internal any more"


def test_who_no_longer_has_the_conversation_changes_nothing_that_was_sent() -> None:
    play = claimed()
    play.writes("40", line="ts1")
    play.transfers(BEN)
    told = play.told
    assert play.edits("ts1", "14").code == "too_late"
    assert play.deletes("ts1").code == "too_late"
    assert play.told == told


def test_an_unknown_line_is_too_old_to_change() -> None:
    play = claimed()
    for number in range(KEPT_LINES + 1):
        play.writes(f"line {number}", line=f"ts{number}")
    assert play.edits("ts0", "anew").code == "too_late"
    assert play.edits("ts1", "anew").code == "corrected"
    assert play.edits("", "anew").code == "too_late"


def test_an_agents_file_goes_with_their_message() -> None:
    play = claimed("web")
    assert play.writes("Here it is.", files=(INVOICE,)).code == ""
    assert newest(play, EntryKind.MESSAGE).files == (INVOICE,)
    assert play.writes("", files=(INVOICE,)).done, "a file needs no words"
    assert newest(play, EntryKind.MESSAGE).files == (INVOICE,)


def test_a_file_that_can_not_be_delivered_is_named_to_the_agent() -> None:
    play = claimed("api")
    outcome = play.writes("Here it is.", files=(INVOICE,))
    assert (outcome.kind, outcome.code) == (OutcomeKind.RECORDED, "not_delivered")
    assert "invoice.pdf" in outcome.why
    assert play.told[-1] == "Here it is."
    assert newest(play, EntryKind.MESSAGE).files == ()
    assert newest(play, EntryKind.NOTE).files == (INVOICE,), "the transcript names it"


def test_a_file_that_nobody_could_fetch_is_not_delivered_either() -> None:
    play = claimed("web")
    assert play.writes("", files=(File("private.pdf"),)).code == "not_delivered"
    assert play.told[-1] == "[joined] Ana"


def draft(play: Play) -> int:
    """The AI's answer comes after a person has taken over."""
    play.says("where is my order?")
    asked = play.asked
    play.says("let me talk to a human")
    play.claims(ANA)
    play.ai("It left on Monday.", asked=asked)
    return newest(play, EntryKind.DRAFT).seq


def test_the_owner_sends_the_ais_draft_once() -> None:
    play = Play()
    seq = draft(play)
    assert play.sends_draft(seq).done
    assert play.told[-1] == "It left on Monday."
    assert newest(play, EntryKind.MESSAGE).author is Author.AGENT
    assert play.sends_draft(seq).code == "nothing_to_send"
    assert play.audit[-1].reason == "the assistant's draft"


def test_a_draft_can_be_edited_before_it_goes_out() -> None:
    play = Play()
    seq = draft(play)
    assert play.sends_draft(seq, text=" ").code == "nothing_to_send"
    assert play.sends_draft(seq, text="It left today.").done
    assert play.told[-1] == "It left today."
    assert play.audit[-1].reason == "edited draft"


def test_only_the_owner_sends_a_draft_and_only_a_draft() -> None:
    play = Play()
    seq = draft(play)
    assert play.sends_draft(seq, BEN).code == "owned"
    assert play.sends_draft(1).code == "nothing_to_send", "the customer's own words"
    assert play.sends_draft(9999).code == "nothing_to_send"
    assert "It left on Monday." not in play.told


def test_a_draft_claims_what_nobody_has_unless_the_card_is_older() -> None:
    play = Play()
    seq = draft(play)
    play.transfers("support" if play.conv.handoff is None else "sales")
    assert play.sends_draft(seq, BEN, epoch=play.conv.epoch - 1).code == "stale"
    assert play.sends_draft(seq, BEN).done
    assert play.conv.owner == BEN


def test_what_could_not_be_delivered_is_sent_again_once_a_press() -> None:
    play = claimed()
    play.writes("Your refund is on its way.")
    failed = newest(play, EntryKind.MESSAGE).seq
    play.fails(failed, "HTTP 503")
    note = newest(play, EntryKind.NOTE)
    assert note.about == failed
    assert note.text == "Could not be delivered to the customer (HTTP 503): “Your refund is on its way.”"
    assert play.retries(failed, BEN).code == "owned"
    assert play.retries(failed).done
    again = play.decisions[-1].effects[-1]
    assert isinstance(again, SendToCustomer)
    assert (again.seq, again.fenced) == (failed, False)
    assert play.retries(failed).code == "nothing_to_send"
    play.fails(failed)
    assert play.retries(failed).done, "it failed anew"


def test_the_assistants_undelivered_words_are_not_sent_again_by_a_press() -> None:
    play = Play()
    play.says("hello")
    play.ai("Hello!")
    seq = newest(play, EntryKind.MESSAGE).seq
    play.says("let me talk to a human")
    play.claims(ANA)
    play.fails(seq)
    assert newest(play, EntryKind.NOTE).about == 0
    assert play.retries(seq).code == "nothing_to_send"


def test_a_customers_file_needs_no_words_and_the_ai_is_told_of_it() -> None:
    play = Play()
    play.says("", files=(INVOICE,))
    assert newest(play, EntryKind.MESSAGE).files == (INVOICE,)
    assert play.conv.question == "[file: invoice.pdf]"
