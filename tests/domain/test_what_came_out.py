"""How a handoff came out is said after its release, by who released it; no release waits for that."""

from bridge.domain.model import ReleaseOutcome
from tests.domain.play import ANA, BEN, Play


def released() -> Play:
    play = Play()
    play.says("let me talk to a human")
    play.claims(ANA)
    play.writes("We open at nine.")
    play.releases(ANA)
    return play


def test_outcome_and_note_are_kept_audited_and_told_to_the_assistant() -> None:
    play = released()
    assert play.explains(outcome=ReleaseOutcome.NOT_NEEDED, note="  only our hours ").done
    assert play.conv.handoff is not None
    assert play.conv.handoff.outcome is ReleaseOutcome.NOT_NEEDED
    assert play.conv.stretch is not None
    assert play.conv.stretch.note == "only our hours"
    row = play.audit[-1]
    assert (row.action, row.actor, row.before, row.after) == ("outcome", ANA.id, "assistant", "assistant")
    assert row.reason == "not_needed, a note to the assistant", "the words of a note are not in the audit"


def test_only_who_released_it_says_it() -> None:
    play = released()
    assert play.explains(BEN, outcome=ReleaseOutcome.RESOLVED).code == "not_owner"
    waiting = Play()
    waiting.says("let me talk to a human")
    assert waiting.explains(outcome=ReleaseOutcome.RESOLVED).code == "not_owner"


def test_after_another_handoff_it_is_too_late() -> None:
    play = released()
    first = play.conv.handoff
    play.says("let me talk to a human again")
    assert play.conv.handoff != first
    assert play.explains(outcome=ReleaseOutcome.RESOLVED).code == "not_owner", "the new one is open"


def test_saying_nothing_changes_nothing() -> None:
    play = released()
    rows = len(play.audit)
    assert play.explains().done
    assert len(play.audit) == rows
