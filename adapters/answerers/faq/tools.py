"""Tools: addresses that are asked when the customer's words match, such as an order look-up.

A tool that fails, in whatever way, is told as a failed call: nothing is ever said in its place.
Arguments are the customer's own words, so they travel as query values or JSON, never as a part
of the address. The walk goes on in `answerer`.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode, urlsplit, urlunsplit

from jinja2 import Template

from adapters.answerers.faq.pattern import MAX_TEXT, compiled
from adapters.answerers.faq.question import Question
from adapters.answerers.faq.reply import ReplyError, render, template
from adapters.answerers.faq.settings import ToolSettings
from adapters.answerers.faq.terms import words
from adapters.http import parse_answer
from bridge.domain.model import ToolCall

MAX_RESULT = 64 * 1024
MAX_CALLS = 3
"""How many things one turn may look up: three orders, say."""
FEW_WORDS = 2
"""So many words beside the match are hardly more than the match."""

BRIEF_WORDS = 6
"""Up to so many words, a message may be about what was said before: "when does it come?"."""


class Fetch(Protocol):
    """The guarded HTTP client. Raises whatever it likes; any error is a failed look-up."""

    async def __call__(
        self,
        method: str,
        url: str,
        *,
        json: object | None,
        timeout: float,  # noqa: ASYNC109
    ) -> tuple[int, bytes]:
        """The status and the body; `timeout` in seconds."""
        ...


@dataclass(frozen=True, slots=True)
class Wish:
    """A tool that fits what was said, and the arguments of each call."""

    tool: "Tool"
    calls: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A call as it is recorded, and the reply if it succeeded."""

    call: ToolCall
    reply: str = ""


class LookUpFailed(Exception):
    """Why a call failed, in words for the transcript: never an address, which may hold a key."""


class Tool:
    def __init__(self, settings: ToolSettings, languages: Sequence[str]) -> None:
        self.name = settings.name
        self._settings = settings
        self._when = compiled(settings.when)
        self._about = tuple(map(_said_as, settings.about))
        self._unless = tuple(map(_said_as, settings.unless))
        answer = settings.answer
        self._replies = {
            language: template(source)
            for language, source in ({"": answer} if isinstance(answer, str) else answer).items()
        }
        self._languages = tuple(languages)

    def wish(self, question: Question) -> Wish | None:
        """The calls the customer's words ask for; a follow-up may lean on the message before."""
        said, before = question.text[-MAX_TEXT:], question.before[-MAX_TEXT:]
        found = self._arguments(said)
        brief = len(words(self._when.sub(" ", said))) <= FEW_WORDS
        about = not self._about or _says(said, self._about)
        if _says(said, self._unless) or (brief and not about and _says(before, self._unless)):
            return None
        if not found and about and self._about and not _says(before, self._unless):
            found = self._arguments(before) if _leans_back(said) else ()
        return Wish(self, found) if found and (about or brief) else None

    async def call(self, arguments: Mapping[str, str], language: str, fetch: Fetch) -> Outcome:
        sent = {**self._settings.arguments, **arguments}
        try:
            result = await self._result(sent, fetch)
            text = render(self._reply(language), {"result": result, "arguments": sent})
        except (LookUpFailed, ReplyError) as error:
            return Outcome(ToolCall(self.name, sent, ok=False, error=str(error)))
        return Outcome(ToolCall(self.name, sent, ok=True, result=result), text)

    def _arguments(self, text: str) -> tuple[Mapping[str, str], ...]:
        """The named groups of every match, each set of arguments once."""
        found: list[dict[str, str]] = []
        for match in self._when.finditer(text):
            groups = {name: value for name, value in match.groupdict().items() if value}
            if not any(_same(groups, known) for known in found):
                found.append(groups)
        return tuple(found)

    def _reply(self, language: str) -> Template:
        for known in (language, "", *self._languages):
            if known in self._replies:
                return self._replies[known]
        return next(iter(self._replies.values()))

    async def _result(self, arguments: Mapping[str, str], fetch: Fetch) -> Mapping[str, object]:
        tool = self._settings
        get = tool.method == "GET"
        url = _with_query(tool.url, arguments) if get else tool.url
        try:
            async with asyncio.timeout(tool.timeout):
                status, body = await fetch(
                    tool.method, url, json=None if get else dict(arguments), timeout=tool.timeout
                )
        except TimeoutError:
            raise LookUpFailed(f"no answer within {tool.timeout:g} s") from None
        except Exception as error:  # whatever the client raises, the look-up has failed
            raise LookUpFailed(f"could not be reached ({type(error).__name__})") from error
        return _checked(status, body)


def _checked(status: int, body: bytes) -> Mapping[str, object]:
    """The result, when the tool says that it succeeded."""
    if status != 200:
        raise LookUpFailed(f"answered with status {status}")
    if len(body) > MAX_RESULT:
        raise LookUpFailed(f"answered more than {MAX_RESULT} bytes")
    try:
        result = parse_answer(body)
    except ValueError:
        raise LookUpFailed("answered something that is not JSON") from None
    if not isinstance(result, dict):
        raise LookUpFailed("answered JSON that is not an object")
    if result.get("ok", True) is not True or result.get("error"):
        raise LookUpFailed("answered that it failed")
    return result


def _with_query(url: str, arguments: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, urlencode(arguments)) if part)
    return urlunsplit(parts._replace(query=query))


def _said_as(words_or_beginning: str) -> str:
    """`where` is found as " where ", and `arriv*` as " arriv"."""
    whole = not words_or_beginning.rstrip().endswith("*")
    return f" {' '.join(words(words_or_beginning))}{' ' if whole else ''}"


def _says(text: str, any_of: Sequence[str]) -> bool:
    said = f" {' '.join(words(text))} "
    return any(one in said for one in any_of)


def _same(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    fold = {name: value.casefold() for name, value in one.items()}
    return fold == {name: value.casefold() for name, value in other.items()}


def _leans_back(said: str) -> bool:
    """Whether a message is short enough to be about what was said before: "when does it come?"."""
    return len(words(said)) <= BRIEF_WORDS
