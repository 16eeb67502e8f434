"""The confidence figures that the documentation claims, on questions the map was not fitted on."""

import json

import numpy as np
import pytest

from adapters.answerers.faq.folder import read_folder
from adapters.answerers.faq.library import Library
from bench.faq_confidence import (
    FITTED,
    FOLDER,
    LANGUAGES,
    Scored,
    auroc,
    ece,
    fit_map,
    labelled,
    score,
    small_talk_share,
    tool_share,
)


@pytest.fixture(scope="module")
def scored() -> list[Scored]:
    library = Library.read(FOLDER, LANGUAGES)
    return score(library, [one for one in labelled() if one.held_out])


def test_the_labelled_set_is_large_and_its_halves_share_no_topic() -> None:
    questions = labelled()
    fitting = {one.answer for one in questions if not one.held_out and one.answer}
    held_out = {one.answer for one in questions if one.held_out and one.answer}
    assert len(questions) >= 350
    assert not fitting & held_out
    entries = {entry.question for entry in read_folder(FOLDER, "en")}
    assert fitting | held_out <= entries


def test_confidence_parts_right_answers_from_wrong_ones_and_is_calibrated(scored: list[Scored]) -> None:
    sure = np.array([one.confidence for one in scored])
    right = np.array([one.right for one in scored])
    assert auroc(sure, right) >= 0.85
    assert ece(sure, right) <= 0.065


def test_at_the_usual_threshold_hardly_anything_unanswerable_gets_through(scored: list[Scored]) -> None:
    answered = [one for one in scored if one.confidence >= 0.80]
    unanswerable = [one for one in scored if one.question.answer is None]
    assert sum(one.right for one in answered) / len(answered) >= 0.90
    assert sum(one.confidence >= 0.80 for one in unanswerable) / len(unanswerable) <= 0.05


def test_the_entry_s_own_question_clears_the_threshold() -> None:
    entries = [entry for entry in read_folder(FOLDER, "en") if entry.kind == "answer"]
    library = Library(entries, LANGUAGES)
    found = [library.find(entry.question, entry.language) for entry in entries]
    plain = [each for each in found if each and each.confidence >= 0.80]
    assert len(plain) >= 0.98 * len(entries)


def test_the_stored_figures_are_what_a_new_fit_gives() -> None:
    stored = json.loads(FITTED.read_text("utf-8"))
    fresh = fit_map(read_folder(FOLDER, "en"), [one for one in labelled() if not one.held_out])
    assert {name: stored[name] for name in fresh} == fresh
    library = Library.read(FOLDER, LANGUAGES)
    assert stored["small_talk"] == round(small_talk_share(library, on_held_out=False).estimate, 4)
    assert stored["tool"] == round(tool_share(on_held_out=False).estimate, 4)


def test_the_measures_are_right_on_known_cases() -> None:
    sure, right = np.array([0.9, 0.8, 0.3, 0.2]), np.array([True, True, False, False])
    assert auroc(sure, right) == 1
    assert auroc(sure, ~right) == 0
    assert ece(np.full(10, 0.75), np.array([True] * 5 + [False] * 5)) == pytest.approx(0.25)
