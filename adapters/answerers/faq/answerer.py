"""The FAQ answerer: a tool's reply, a small-talk line, an entry's text, or an honest "not found".

It never writes an answer of its own: what it says stands in the folder or in a tool's template.
A failing tool is a ToolFailure, not a worse answer. What it isn't sure of it says with a low
confidence, and the routing offers a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.answerers.faq.confidence import in_words
from adapters.answerers.faq.library import Found, Library
from adapters.answerers.faq.phrases import nothing_found
from adapters.answerers.faq.question import Question, question_of
from adapters.answerers.faq.tools import MAX_CALLS, Fetch, Tool, Wish
from bridge.domain.model import Answer, Citation, Intent, ToolCall, ToolFailure, Turn
from bridge.domain.text import cut, one_line

PLAUSIBLE = 0.3
"""From here on a doubtful answer is worth showing an agent as a suggestion."""
SURE = 0.8
"""From here on no other reading of the question is tried, and no suggestion is needed."""
UNSURE = 0.5
"""The most an answer gets that was given just before, or leaves out a part of what was asked."""
SAME_WORDS = 0.8
"""From this likeness to a phrasing on, a message that begins like a follow-up stands alone."""
_FEW_TERMS = 2
_WANT_LETTERS = 120
_MAX_PARTS = 3


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read the turn: the entries that answer it, and how sure that is."""

    found: tuple[Found, ...]
    confidence: float
    how: str = ""


class FaqAnswerer:
    def __init__(self, library: Library, tools: Sequence[Tool], fetch: Fetch) -> None:
        self._library = library
        self._tools = tuple(tools)
        self._fetch = fetch

    async def close(self) -> None:
        """Nothing is held open."""

    async def answer(self, turn: Turn, *, key: str) -> Answer | ToolFailure:
        """`key` has no use here: nothing that is asked twice is done twice."""
        question = question_of(turn)
        language = turn.language.partition("-")[0].lower()
        if talk := self._library.small_talk(question.text, language):
            sure = self._library.calibration.small_talk
            return Answer(talk.answer, sure, reasoning=f"Small talk: '{talk.question}'.")
        for tool in self._tools:
            if wish := tool.wish(question):
                return await self._look_up(wish, question, language)
        return self._from_entries(question, language)

    async def _look_up(self, wish: Wish, question: Question, language: str) -> Answer | ToolFailure:
        calls: list[ToolCall] = []
        replies: list[str] = []
        for arguments in wish.calls[:MAX_CALLS]:
            outcome = await wish.tool.call(arguments, language, self._fetch)
            calls.append(outcome.call)
            if not outcome.call.ok:
                why = f"The look-up {wish.tool.name} {outcome.call.error}."
                return ToolFailure(why, tuple(calls), reasoning=_tool_reasoning(wish))
            replies.append(outcome.reply)
        complete = len(wish.calls) <= MAX_CALLS
        # Part of what was asked for is not an answer to all of it.
        sure = self._library.calibration.tool if complete else UNSURE
        return Answer(
            "\n\n".join(replies),
            sure,
            reasoning=f"{_tool_reasoning(wish)} The look-up succeeded. Confidence {sure:.2f}.",
            tool_calls=tuple(calls),
            suggestion="" if complete else "\n\n".join(replies),
            intent=Intent(want=cut(one_line(question.text), _WANT_LETTERS)),
        )

    def _from_entries(self, question: Question, language: str) -> Answer:
        reading = self._read(question, language)
        asked = cut(one_line(question.text), _WANT_LETTERS)
        if reading is None:
            return Answer(
                nothing_found(language),
                self._library.calibration.nothing,
                reasoning="No entry has any word of the question.",
                intent=Intent(want=asked),
            )
        text = "\n\n".join(found.entry.answer for found in reading.found)
        confidence, how = reading.confidence, reading.how
        if question.last_answer.strip() == text:
            confidence = min(confidence, UNSURE)
            how = f"{how} The same answer was given just before, so it counts as unsure.".strip()
        plausible = confidence >= PLAUSIBLE
        wants = " ".join(found.entry.question for found in reading.found)
        return Answer(
            text if plausible else nothing_found(language),
            round(confidence, 3),
            citations=_citations(reading.found) if plausible else (),
            reasoning=_reasoning(reading.found, how, confidence),
            suggestion=text if PLAUSIBLE <= confidence < SURE else "",
            intent=Intent(want=wants if confidence >= UNSURE else asked),
        )

    def _read(self, question: Question, language: str) -> _Reading | None:
        """The turn as several plain questions, else as one, else as a follow-up."""
        if several := self._several(question, language):
            return several
        whole = self._library.find(question.text, language)
        if whole and whole.confidence >= SURE and not question.leans_back:
            return _Reading((whole,), whole.confidence)
        readings = [_Reading((whole,), whole.confidence)] if whole else []
        if follow_up := self._follow_up(question, language):
            if question.leans_back and not (whole and whole.match.fit.phrasing >= SAME_WORDS):
                return follow_up
            readings.append(follow_up)
        return max(readings, key=lambda reading: reading.confidence, default=None)

    def _several(self, question: Question, language: str) -> _Reading | None:
        """Several questions in one turn, when each alone is plain; as sure as the least sure."""
        parts = [part for part in question.sentences if self._library.terms(part, language)]
        if not 2 <= len(parts) <= _MAX_PARTS:
            return None
        found = [each for part in parts if (each := self._library.find(part, language))]
        if len(found) < len(parts) or len({each.entry.id for each in found}) < len(found):
            return None
        least = min(each.confidence for each in found)
        return _Reading(tuple(found), least, "Read as several questions.") if least >= SURE else None

    def _follow_up(self, question: Question, language: str) -> _Reading | None:
        """A message with hardly a topic ("and to Norway?"), read with the one before it."""
        if not question.before or len(self._library.terms(question.text, language)) > _FEW_TERMS:
            return None
        found = self._library.find(f"{question.before}\n{question.text}", language)
        if not found:
            return None
        how = "Read as a follow-up to the message before."
        # The topic comes from the message before; what is new must be in the answer too.
        if found.match.missed & self._library.terms(question.text, language):
            return _Reading((found,), min(found.confidence, UNSURE), f"{how} What is new isn't in it.")
        return _Reading((found,), found.confidence, how)


def _tool_reasoning(wish: Wish) -> str:
    return f"The customer's words match the tool {wish.tool.name}."


def _citations(found: Sequence[Found]) -> tuple[Citation, ...]:
    return tuple(Citation(each.entry.question, each.entry.url) for each in found)


def _reasoning(found: Sequence[Found], how: str, confidence: float) -> str:
    lines = [how] if how else []
    for each in found:
        considered = "; ".join(f"'{e.question}' {score:.1f}" for e, score in each.match.ranked)
        lines.append(f"Considered: {considered}. {in_words(each.match.fit)}.")
        if each.match.unknown_words:
            lines.append(f"Unknown: {', '.join(each.match.unknown_words[:8])}.")
    lines.append(f"Confidence {confidence:.2f}.")
    return " ".join(lines)
