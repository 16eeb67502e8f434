"""What Slack sends, read once into small values: a press, a submitted modal, a thread line.

Everything else that is genuine is `Ignored`: Slack gets its 200 and nothing happens. What has a known
type and not its shape is a 400. Next: `dispatch` brings each to its listener.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from aiohttp import web
from pydantic import AliasChoices, AliasPath, BaseModel, Field, StringConstraints, ValidationError

from adapters.http import parse_form, parse_json, problem

ACTIONS = ("claim", "send_suggested", "edit_suggested", "release")
CALLBACK = "edit_suggested"
LIFECYCLE = ("app_uninstalled", "tokens_revoked")
_PLAIN_SUBTYPES = (None, "file_share", "thread_broadcast")

Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Ts = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,11}\.[0-9]{1,9}$")]

_USER_NAME = AliasChoices(AliasPath("user", "name"), AliasPath("user", "username"))


class Press(BaseModel):
    """A button on a card."""

    team: Id = Field(validation_alias=AliasPath("team", "id"))
    channel: Id = Field(validation_alias=AliasPath("channel", "id"))
    message: Ts = Field(validation_alias=AliasPath("message", "ts"))
    blocks: list[Any] = Field(default_factory=list, validation_alias=AliasPath("message", "blocks"))
    user: Id = Field(validation_alias=AliasPath("user", "id"))
    user_name: str = Field(default="", validation_alias=_USER_NAME)
    action: Id = Field(validation_alias=AliasPath("actions", 0, "action_id"))
    value: str = Field(default="", validation_alias=AliasPath("actions", 0, "value"))
    pressed_at: str = Field(default="", max_length=32, validation_alias=AliasPath("actions", 0, "action_ts"))
    trigger: str = Field(default="", validation_alias="trigger_id")
    response_url: str = ""


class Submission(BaseModel):
    """The modal with an edited reply, sent off."""

    team: Id = Field(validation_alias=AliasPath("team", "id"))
    user: Id = Field(validation_alias=AliasPath("user", "id"))
    user_name: str = Field(default="", validation_alias=_USER_NAME)
    view: Id = Field(validation_alias=AliasPath("view", "id"))
    metadata: str = Field(default="", validation_alias=AliasPath("view", "private_metadata"))
    reply: str | None = Field(
        default=None, validation_alias=AliasPath("view", "state", "values", "reply", "reply", "value")
    )


class Attached(BaseModel):
    name: str | None = None
    title: str | None = None


class Line(BaseModel):
    """What a person wrote in a thread."""

    event_id: Id
    team: Id = Field(validation_alias="team_id")
    channel: Id = Field(validation_alias=AliasPath("event", "channel"))
    thread: Ts = Field(validation_alias=AliasPath("event", "thread_ts"))
    ts: Ts = Field(validation_alias=AliasPath("event", "ts"))
    user: Id = Field(validation_alias=AliasPath("event", "user"))
    text: str = Field(default="", validation_alias=AliasPath("event", "text"))
    blocks: list[Any] = Field(default_factory=list, validation_alias=AliasPath("event", "blocks"))
    files: list[Attached] = Field(default_factory=list, validation_alias=AliasPath("event", "files"))


class Lifecycle(BaseModel):
    """The app was removed from a workspace, or its token taken away."""

    team: Id = Field(validation_alias="team_id")
    what: str = Field(validation_alias=AliasPath("event", "type"))


@dataclass(frozen=True, slots=True)
class Greeting:
    """Slack asks whether this address is ours; it wants its challenge back."""

    challenge: str


@dataclass(frozen=True, slots=True)
class Ignored:
    pass


Incoming = Press | Submission | Line | Lifecycle | Greeting | Ignored


def parse(content_type: str, body: bytes) -> Incoming:
    """A genuine request's body. Raises a 400 for what is no JSON, no form, or not of its type's shape."""
    payload = parse_json(body) if content_type == "application/json" else _form_payload(body)
    try:
        return _read(payload)
    except ValidationError:
        raise _malformed() from None


def _read(payload: Mapping[str, Any]) -> Incoming:
    kind = payload.get("type")
    if kind == "url_verification":
        challenge = payload.get("challenge")
        if not isinstance(challenge, str) or len(challenge) > 500:
            raise _malformed()
        return Greeting(challenge)
    if kind == "event_callback":
        return _read_event(payload)
    if kind == "block_actions":
        return _read_press(payload)
    if kind == "view_submission":
        view = payload.get("view")
        known = isinstance(view, dict) and view.get("callback_id") == CALLBACK
        return Submission.model_validate(payload) if known else Ignored()
    return Ignored()


def _read_press(payload: Mapping[str, Any]) -> Press | Ignored:
    actions = payload.get("actions")
    if not isinstance(actions, list) or not actions or not isinstance(actions[0], dict):
        raise _malformed()
    if actions[0].get("action_id") not in ACTIONS:
        return Ignored()
    return Press.model_validate(payload)


def _read_event(payload: Mapping[str, Any]) -> Line | Lifecycle | Ignored:
    event = payload.get("event")
    if not isinstance(event, dict):
        raise _malformed()
    if event.get("type") in LIFECYCLE:
        return Lifecycle.model_validate(payload)
    if event.get("type") != "message" or not _by_a_person_in_a_thread(event):
        return Ignored()
    return Line.model_validate({**payload, "event": {k: v for k, v in event.items() if v is not None}})


def _by_a_person_in_a_thread(event: Mapping[str, Any]) -> bool:
    """Not an edit, a deletion, a join, an app's message (our own among them), or the card itself."""
    plain = event.get("subtype") in _PLAIN_SUBTYPES and not event.get("hidden")
    by_app = event.get("bot_id") or event.get("bot_profile")
    in_thread = event.get("thread_ts") and event.get("thread_ts") != event.get("ts")
    return bool(plain and not by_app and in_thread and event.get("user"))


def _form_payload(body: bytes) -> dict[str, Any]:
    """The JSON in a form's `payload`; a form without one (a slash command) has nothing for us."""
    payload = parse_form(body).get("payload")
    return parse_json(payload.encode()) if payload is not None else {}


def _malformed() -> web.HTTPException:
    return problem(400, "bad_payload", "This is not a payload of Slack's in JSON or a form.")
