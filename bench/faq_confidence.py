"""How far the FAQ answerer's confidence can be trusted: `python -m bench.faq_confidence [--fit]`.

The labelled questions in `bench/data/faq` are split by what they are about, so that no held-out
question has a paraphrase in the half that the map was fitted on. Every figure printed is of the
held-out half; but the look-up's own words were written with all its messages in sight. `--fit`
fits the map on the other half and writes it into the package.
"""

import argparse
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from adapters.answerers.faq import confidence
from adapters.answerers.faq.folder import Entry, read_folder
from adapters.answerers.faq.index import Fit, Index, Match
from adapters.answerers.faq.library import Library
from adapters.answerers.faq.question import Question
from adapters.answerers.faq.settings import ToolSettings
from adapters.answerers.faq.tools import Tool

ROOT = Path(__file__).parent.parent
DATA = ROOT / "bench" / "data" / "faq"
FOLDER = ROOT / "bridge" / "demo" / "tenant" / "faq"
FITTED = ROOT / "adapters" / "answerers" / "faq" / "confidence.json"
LANGUAGES = ("en", "es", "de")
THRESHOLD = 0.80
RIDGE = 1.0
"""The penalty on large coefficients, for features in units of their deviation. Chosen from 0.3, 1
and 3 by the log loss of a grouped cross-validation inside the fitting half."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Labelled:
    language: str
    text: str
    answer: str | None
    """The entry's question; None when the folder has no answer."""
    held_out: bool


@dataclass(frozen=True, slots=True)
class Scored:
    question: Labelled
    confidence: float
    right: bool


@dataclass(frozen=True, slots=True)
class Share:
    """Of what was taken for small talk (or a look-up), how much was; and how much was found."""

    right: int
    fired: int
    wanted: int

    @property
    def estimate(self) -> float:
        return laplace(self.right, self.fired)


def held_out(group: str) -> bool:
    return hashlib.sha256(group.encode()).digest()[-1] % 2 == 1


def labelled() -> list[Labelled]:
    return [
        Labelled(language, text, group.get("answer"), held_out(group["about"]))
        for language in LANGUAGES
        for group in yaml.safe_load((DATA / f"{language}.yaml").read_text("utf-8"))
        for text in group["ask"]
    ]


def score(library: Library, questions: Iterable[Labelled]) -> list[Scored]:
    """The answerer's own path: the question's language, then the tenant's first."""
    scored = []
    for question in questions:
        found = library.find(question.text, question.language)
        sure = found.confidence if found else library.calibration.nothing
        right = found is not None and found.entry.question == question.answer
        scored.append(Scored(question, sure, right))
    return scored


def fit_map(entries: Sequence[Entry], questions: Sequence[Labelled]) -> dict[str, object]:
    """The logistic map of the questions' features, in the features' own units."""
    matches = _matches(entries, questions)
    rows = np.array([_features(match.fit) for match, _ in matches])
    right = np.array([was_right for _, was_right in matches], dtype=np.float64)
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    weights = _logistic((rows - mean) / deviation, right)
    own = weights[1:] / deviation
    verbatim = [was_right for match, was_right in matches if match.fit.verbatim]
    return {
        "fitted_by": "python -m bench.faq_confidence --fit",
        "fitted_on": f"{len(questions)} labelled questions about the sample tenant (one half, "
        f"split by topic); logistic regression, ridge {RIDGE} on standardised features",
        "intercept": round(float(weights[0] - own @ mean), 4),
        "weights": {name: round(float(w), 4) for name, w in zip(confidence.FEATURES, own, strict=True)},
        "verbatim": round(laplace(sum(verbatim), len(verbatim)), 4),
        "nothing": round(laplace(0, len(questions) - len(matches)), 4),
    }


def laplace(right: int, count: int) -> float:
    """Laplace's estimate of a share: never 0 or 1 from a small sample."""
    return (right + 1) / (count + 2)


def _matches(entries: Sequence[Entry], questions: Sequence[Labelled]) -> list[tuple[Match, bool]]:
    """What each question finds in its own language, and whether that is right."""
    answers = [entry for entry in entries if entry.kind == "answer"]
    indexes = {one: Index(one, [e for e in answers if e.language == one]) for one in LANGUAGES}
    found = ((question, indexes[question.language].search(question.text)) for question in questions)
    return [(match, match.best.question == question.answer) for question, match in found if match]


def _features(fit: Fit) -> list[float]:
    return [float(getattr(fit, name)) for name in confidence.FEATURES]


def _logistic(rows: Floats, right: Floats) -> Floats:
    """Newton's method; the intercept is not penalised."""
    design = np.column_stack([np.ones(len(rows)), rows])
    penalty = RIDGE * np.diag([0.0] + [1.0] * rows.shape[1])
    weights = np.zeros(design.shape[1])
    for _ in range(100):
        sure = 1 / (1 + np.exp(-design @ weights))
        gradient = design.T @ (sure - right) + penalty @ weights
        curvature = design.T @ (design * (sure * (1 - sure))[:, None]) + penalty
        step = np.linalg.solve(curvature, gradient)
        weights -= step
        if np.abs(step).max() < 1e-9:
            break
    return np.asarray(weights, dtype=np.float64)


def auroc(sure: Floats, right: NDArray[np.bool_]) -> float:
    """How often a right answer is surer than a wrong one."""
    above = sure[right][:, None] - sure[~right]
    return float((above > 0).mean() + 0.5 * (above == 0).mean())


def ece(sure: Floats, right: NDArray[np.bool_], bins: int = 10) -> float:
    """The expected calibration error over bins of equal width."""
    which = np.minimum((sure * bins).astype(int), bins - 1)
    total = 0.0
    for each in range(bins):
        inside = which == each
        if inside.any():
            total += abs(sure[inside].mean() - right[inside].mean()) * inside.mean()
    return float(total)


def accuracy_at(coverage: float, sure: Floats, right: NDArray[np.bool_]) -> float:
    """The share of right answers among the surest part of the questions."""
    surest = np.argsort(-sure, kind="stable")[: max(1, round(coverage * len(sure)))]
    return float(right[surest].mean())


def small_talk_share(library: Library, *, on_held_out: bool) -> Share:
    stored = yaml.safe_load((DATA / "smalltalk.yaml").read_text("utf-8"))
    fires = {
        text: library.small_talk(text, "en") is not None
        for text in stored["small_talk"] + stored["not_small_talk"]
    }
    return _share(fires, stored["small_talk"], on_held_out)


def tool_share(*, on_held_out: bool) -> Share:
    stored = yaml.safe_load((DATA / "tool.yaml").read_text("utf-8"))
    tool = Tool(ToolSettings.model_validate(stored["tool"]), LANGUAGES)
    fires = {
        text: tool.wish(Question(text)) is not None for text in stored["look_up"] + stored["not_look_up"]
    }
    return _share(fires, stored["look_up"], on_held_out)


def _share(fires: Mapping[str, bool], wanted: Sequence[str], on_held_out: bool) -> Share:
    half = {text: fired for text, fired in fires.items() if held_out(text) == on_held_out}
    fired = [text for text, did in half.items() if did]
    return Share(
        right=sum(text in wanted for text in fired),
        fired=len(fired),
        wanted=sum(text in wanted for text in half),
    )


def write_fit() -> None:
    entries = read_folder(FOLDER, LANGUAGES[0])
    figures = fit_map(entries, [one for one in labelled() if not one.held_out])
    unfitted = confidence.Calibration(0, {}, verbatim=0, small_talk=0, tool=0, nothing=0)
    library = Library(entries, LANGUAGES, unfitted)
    figures["small_talk"] = round(small_talk_share(library, on_held_out=False).estimate, 4)
    figures["tool"] = round(tool_share(on_held_out=False).estimate, 4)
    FITTED.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    confidence.fitted.cache_clear()


def report() -> Iterator[str]:
    library = Library.read(FOLDER, LANGUAGES)
    scored = score(library, [one for one in labelled() if one.held_out])
    sure = np.array([one.confidence for one in scored])
    right = np.array([one.right for one in scored])
    answerable = [one for one in scored if one.question.answer]
    above = sure >= THRESHOLD
    yield f"held-out questions              n = {len(scored)}, {len(answerable)} with an answer"
    yield f"right entry first               {np.mean([one.right for one in answerable]):.3f}"
    for language in LANGUAGES:
        own = [one.right for one in answerable if one.question.language == language]
        yield f"  {language}                            {np.mean(own):.3f} of {len(own)}"
    fitted_ones = sum(not one.held_out for one in labelled())
    yield f"fitted on                       n = {fitted_ones}, none of them in these figures"
    yield f"AUROC                           {auroc(sure, right):.3f}"
    yield f"ECE (10 bins)                   {ece(sure, right):.3f}"
    yield f"accuracy at 20 % coverage       {accuracy_at(0.2, sure, right):.3f}"
    yield f"accuracy at 50 % coverage       {accuracy_at(0.5, sure, right):.3f}"
    yield f"at {THRESHOLD:.2f}: answered             {above.mean():.3f} of all"
    yield f"         precision              {right[above].mean():.3f}"
    yield f"         recall of right ones   {right[above].sum() / right.sum():.3f}"
    no_answer = np.array([one.question.answer is None for one in scored])
    yield f"         unanswerable let by    {above[no_answer].mean():.3f} of {no_answer.sum()}"
    for name, share in (
        ("small talk", small_talk_share(library, on_held_out=True)),
        ("tool", tool_share(on_held_out=True)),
    ):
        yield f"{name:<32}{share.right} of {share.fired} right, {share.wanted} wanted"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", action="store_true", help="fit the map again and write it")
    if parser.parse_args().fit:
        write_fit()
    for line in report():
        print(line)


if __name__ == "__main__":
    main()
