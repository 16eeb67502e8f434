"""The tenant's own AI over HTTP (kind `http`): one signed question, one answer, one deadline.

What comes back is believed in one respect only: that it is what the AI said. A time-out, a status
other than 200, a redirect, more than 1 MB, a body that is not the published shape, or no text where
no person is asked for, is a ToolFailure, and nothing of it is sent. Two things are no failure here:

- A confidence that is no number from 0 to 1 (a word, true, NaN, 1.7) is *unknown*: the answer
  stands and is routed as one without a score. NaN and Infinity are not JSON, yet common encoders
  write them, so they are read as null wherever they stand.
- A tool call with `ok: false` stays in the answer, with its text: the rules fire on it and keep the
  text for the transcript.

It never raises for what the AI does, and its reasons hold no secret, no address and no customer's
words. Where the walk goes: `adapters.webhooks`, then the answerer's transition in `bridge.domain`.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from aiohttp import ClientError, ClientResponse, ClientTimeout
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from adapters.http import parse_answer
from adapters.webhooks import WebAddress, WebhookSecret, message_id, sign
from bridge.domain.answer import Answer, Citation, HandoffWish, Intent, ToolCall, ToolFailure, Turn
from bridge.ports import Clock, DeliveryError, Host, Outbound

MAX_BODY = 1024 * 1024
MAX_TEXT = 16_000
MAX_LISTED = 50


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    kind: Literal["http"] = "http"
    url: WebAddress
    secret: WebhookSecret
    timeout: int = Field(default=20, ge=1, le=120)
    """Seconds until the last byte of the answer."""


def build(settings: Settings, host: Host, languages: Sequence[str] = ()) -> "HttpAnswerer":
    """`languages` are not needed: the tenant's AI is told each turn's language."""
    return HttpAnswerer(settings, host.http, host.clock)


class HttpAnswerer:
    """Implements `bridge.ports.Answerer`."""

    def __init__(self, settings: Settings, http: Outbound, clock: Clock) -> None:
        self._settings = settings
        self._http = http
        self._clock = clock

    async def answer(self, turn: Turn, *, key: str) -> Answer | ToolFailure:
        body = json.dumps(render(turn), ensure_ascii=False).encode("utf-8", "replace")
        secret = self._settings.secret.get_secret_value()
        headers = sign(secret, message_id(key), self._clock.now(), body)
        try:
            async with asyncio.timeout(self._settings.timeout):
                return read(await self._ask(body, headers))
        except TimeoutError:
            return ToolFailure(f"the AI did not answer within {self._settings.timeout} s")
        except NoAnswer as error:
            return ToolFailure(str(error))
        except DeliveryError as error:
            return ToolFailure(f"the AI could not be asked: {error}")
        except (ClientError, OSError) as error:
            return ToolFailure(f"the AI could not be reached ({type(error).__name__})")

    async def close(self) -> None:
        """Nothing to close: the HTTP client is the bridge's."""

    async def _ask(self, body: bytes, headers: Mapping[str, str]) -> bytes:
        async with self._http.session.post(
            self._settings.url,
            data=body,
            headers={"Content-Type": "application/json", "Accept": "application/json", **headers},
            allow_redirects=False,
            timeout=ClientTimeout(),  # the deadline around all of this is exact; aiohttp rounds up
        ) as response:
            if response.status != 200:
                raise NoAnswer(f"the AI answered with status {response.status}")
            return await _read_body(response)


class NoAnswer(Exception):
    """What came back is not an answer. The text is for the card and the transcript."""


def render(turn: Turn) -> dict[str, Any]:
    """The JSON of a question, as published."""
    asked: dict[str, Any] = {
        "tenant": turn.tenant,
        "conversation": turn.conversation,
        "turn": turn.turn,
        "language": turn.language,
        "customer": dict(turn.customer),
        "messages": [
            {"author": said.author, "name": said.name, "text": said.text, "at": said.at.isoformat()}
            for said in turn.messages
        ],
    }
    if stretch := turn.human_stretch:
        asked["human_stretch"] = {
            "agent": stretch.agent,
            "from": stretch.since.isoformat(),
            "to": stretch.until.isoformat(),
            "note": stretch.note,
        }
    return asked


def read(body: bytes) -> Answer:
    """The answer in a response's body. Raises NoAnswer."""
    try:
        parsed = parse_answer(body)
    except ValueError:
        raise NoAnswer("the AI's answer is not JSON in UTF-8") from None
    try:
        return _Response.model_validate(parsed).answer()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "it"
        raise NoAnswer(f"the AI's answer is not of the agreed shape ({where}: {first['msg']})") from None


def _absent(default: Any) -> BeforeValidator:
    """null is the same as not being there."""
    return BeforeValidator(lambda value: default() if value is None else value)


Words = Annotated[str, _absent(str), Field(max_length=MAX_TEXT)]
Flag = Annotated[bool, _absent(bool)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)


class _Citation(_Part):
    title: Words = ""
    url: Words = ""


class _ToolCall(_Part):
    name: str = Field(max_length=200)
    ok: bool
    arguments: Annotated[dict[str, Any], _absent(dict)] = {}
    error: Words = ""
    result: Any = None


class _Handoff(_Part):
    reason: Words = ""
    summary: Words = ""


class _Intent(_Part):
    want: Words = ""
    buying: Flag = False
    qualified: Flag = False


class _Response(_Part):
    text: Words = ""
    confidence: Any = None
    citations: Annotated[list[_Citation], _absent(list), Field(max_length=MAX_LISTED)] = []
    reasoning: Annotated[str, _absent(str)] = ""
    tool_calls: Annotated[list[_ToolCall], _absent(list), Field(max_length=MAX_LISTED)] = []
    handoff: _Handoff | None = None
    suggestion: Words = ""
    intent: _Intent | None = None

    def answer(self) -> Answer:
        wish, intent = self.handoff, self.intent
        failed = any(not call.ok for call in self.tool_calls)
        if not self.text.strip() and wish is None and not failed:
            raise NoAnswer("the AI's answer has no text")
        return Answer(
            text=self.text,
            confidence=_confidence(self.confidence),
            citations=tuple(Citation(cited.title, _web_address(cited.url)) for cited in self.citations),
            reasoning=self.reasoning[:MAX_TEXT],
            tool_calls=tuple(
                ToolCall(call.name, call.arguments, call.ok, call.error, call.result)
                for call in self.tool_calls
            ),
            handoff=HandoffWish(wish.reason, wish.summary) if wish else None,
            suggestion=self.suggestion,
            intent=Intent(intent.want, intent.buying, intent.qualified) if intent else None,
        )


def _confidence(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        return None
    return float(value)


def _web_address(url: str) -> str:
    """A link that people may press; anything else (`javascript:`) is no link."""
    return url if url.lower().startswith(("https://", "http://")) else ""


async def _read_body(response: ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_BODY:
            response.close()
            raise NoAnswer("the AI's answer is larger than 1 MB")
    return bytes(body)
