"""Who speaks to the customer, in every order of events up to the bounds: explored, not sampled."""

from functools import cache

import pytest

from tests.protocol.__main__ import main
from tests.protocol.checker import Exploration, Report
from tests.protocol.foils import FOILS
from tests.protocol.properties import PROPERTIES
from tests.protocol.scopes import SCOPES


@cache
def explored(scope: str) -> Report:
    return Exploration(SCOPES[scope]).run()


@pytest.mark.parametrize("name", PROPERTIES)
@pytest.mark.parametrize("scope", SCOPES)
def test_what_never_happens_does_not_happen_in_any_order_of_events(scope: str, name: str) -> None:
    report = explored(scope)
    assert report.complete
    assert name not in report.traces, f"{PROPERTIES[name]}:\n" + "\n".join(report.traces[name])


@pytest.mark.parametrize("scope", SCOPES)
def test_a_world_is_large_enough_to_mean_something(scope: str) -> None:
    report = explored(scope)
    assert report.states > 500
    assert report.transitions > 5 * report.states


@pytest.mark.parametrize("name", FOILS)
def test_without_a_safeguard_the_breach_is_found(name: str) -> None:
    foil = FOILS[name]
    report = Exploration(SCOPES[foil.scope], foil).run(until=foil.breaks)
    assert set(foil.breaks) <= report.traces.keys()


def test_every_property_can_fail() -> None:
    assert {name for foil in FOILS.values() for name in foil.breaks} == PROPERTIES.keys()


def test_without_the_epoch_guard_the_assistant_talks_over_the_agent() -> None:
    assert shortest("epoch-guard") == (
        "the customer writes",
        "the assistant is asked",
        "the assistant's sure answer is recorded",
        "the customer wants a person",
        "Ana presses Claim",
        "the assistant's words are on the wire",
        "the assistant's words reach the customer",
    )


def test_check_then_send_talks_over_the_agent_even_in_the_web_chat() -> None:
    *before, last = shortest("commit-check")
    assert "the answer is there, and nobody has claimed" in before
    assert last == "the answer is sent to the customer"


def test_without_the_turn_check_one_question_gets_two_answers() -> None:
    trace = shortest("turn-check")
    assert [words.partition("  [")[0] for words in trace[-2:]] == [
        "the assistant's late answer is recorded"
    ] * 2


def test_without_the_handoff_notice_the_first_handoff_is_a_breach() -> None:
    assert shortest("handoff-notice") == ("the customer wants a person",)


def test_the_command_prints_the_way_to_the_breach(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--without", "row-lock"]) == 1
    printed = capsys.readouterr().out
    assert "There are never two owners" in printed
    assert "Ben presses Claim" in printed.splitlines()[-1]


def test_the_command_closes_with_what_was_explored(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--scope", "web chat, two replicas"]) == 0
    closing = capsys.readouterr().out.splitlines()[-1]
    assert closing.startswith("protocol: ")
    assert closing.endswith("all hold")


def shortest(name: str) -> tuple[str, ...]:
    foil = FOILS[name]
    return Exploration(SCOPES[foil.scope], foil).run(until=foil.breaks).traces[foil.breaks[0]]
