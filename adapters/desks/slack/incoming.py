"""What Slack sends, as small values: a press, a submitted modal, a thread line. `reading` makes them."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AliasChoices, AliasPath, BaseModel, Field, StringConstraints

ACTIONS = ("claim", "send_suggested", "edit_suggested", "release", "send_draft", "edit_draft", "retry")
MENU = "more"
CHOICES = ("transfer", "take_over")
"""What stands behind the card's `…`."""
CALLBACKS = ("edit_suggested", "edit_draft", "transfer", "take_over", "released")
HOME_ACTIONS = ("duty_on", "duty_off", "refresh")
COMMAND = "/handoff"
LIFECYCLE = ("app_uninstalled", "tokens_revoked")

Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Ts = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,11}\.[0-9]{1,9}$")]

_USER_NAME = AliasChoices(AliasPath("user", "name"), AliasPath("user", "username"))


class Press(BaseModel):
    """A button on a card or below it, or a choice of the card's menu."""

    team: Id = Field(validation_alias=AliasPath("team", "id"))
    channel: Id = Field(validation_alias=AliasPath("channel", "id"))
    message: Ts = Field(validation_alias=AliasPath("message", "ts"))
    thread: Ts | None = Field(default=None, validation_alias=AliasPath("message", "thread_ts"))
    """Where the card stands, when the button is below it."""
    blocks: list[Any] = Field(default_factory=list, validation_alias=AliasPath("message", "blocks"))
    user: Id = Field(validation_alias=AliasPath("user", "id"))
    user_name: str = Field(default="", validation_alias=_USER_NAME)
    action: Id = Field(validation_alias=AliasPath("actions", 0, "action_id"))
    value: str = Field(default="", validation_alias=AliasPath("actions", 0, "value"))
    pressed_at: str = Field(default="", max_length=32, validation_alias=AliasPath("actions", 0, "action_ts"))
    trigger: str = Field(default="", validation_alias="trigger_id")
    response_url: str = ""


class Submission(BaseModel):
    """A window that was sent off."""

    team: Id = Field(validation_alias=AliasPath("team", "id"))
    user: Id = Field(validation_alias=AliasPath("user", "id"))
    user_name: str = Field(default="", validation_alias=_USER_NAME)
    view: Id = Field(validation_alias=AliasPath("view", "id"))
    callback: Id = Field(validation_alias=AliasPath("view", "callback_id"))
    metadata: str = Field(default="", validation_alias=AliasPath("view", "private_metadata"))
    values: dict[str, str] = Field(default_factory=dict)
    """What was filled in, by field."""


class Attached(BaseModel):
    name: str | None = None
    title: str | None = None
    url: str = Field(default="", validation_alias="url_private")
    mime: str = Field(default="", validation_alias="mimetype")
    size: int = Field(default=0, ge=0)


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


class Changed(BaseModel):
    """A person changed or deleted what they wrote in a thread."""

    event_id: Id
    team: Id = Field(validation_alias="team_id")
    channel: Id = Field(validation_alias=AliasPath("event", "channel"))
    thread: Ts = Field(validation_alias=AliasPath("event", "previous_message", "thread_ts"))
    ts: Ts = Field(validation_alias=AliasPath("event", "previous_message", "ts"))
    user: Id = Field(validation_alias=AliasPath("event", "previous_message", "user"))
    at: Ts = Field(validation_alias=AliasPath("event", "ts"))
    text: str | None = Field(default=None, validation_alias=AliasPath("event", "message", "text"))
    """What it says now; None: it was deleted."""
    blocks: list[Any] = Field(default_factory=list, validation_alias=AliasPath("event", "message", "blocks"))


class AppsDeleted(BaseModel):
    """A message of the app itself was deleted: a card, perhaps."""

    event_id: Id
    team: Id = Field(validation_alias="team_id")
    channel: Id = Field(validation_alias=AliasPath("event", "channel"))
    ts: Ts = Field(validation_alias=AliasPath("event", "deleted_ts"))


class HomeOpened(BaseModel):
    """Somebody looks at the app's Home."""

    team: Id = Field(validation_alias="team_id")
    user: Id = Field(validation_alias=AliasPath("event", "user"))


class HomePress(BaseModel):
    """A button in the app's Home."""

    team: Id = Field(validation_alias=AliasPath("team", "id"))
    user: Id = Field(validation_alias=AliasPath("user", "id"))
    user_name: str = Field(default="", validation_alias=_USER_NAME)
    action: Id = Field(validation_alias=AliasPath("actions", 0, "action_id"))
    value: str = Field(default="", validation_alias=AliasPath("actions", 0, "value"))


class Command(BaseModel):
    """`/handoff`, with what was typed after it."""

    team: str = Field(default="", max_length=64, validation_alias="team_id")
    channel: str = Field(default="", max_length=64, validation_alias="channel_id")
    user: str = Field(default="", max_length=64, validation_alias="user_id")
    user_name: str = ""
    text: str = Field(default="", max_length=4_000)
    response_url: str = ""


class Lifecycle(BaseModel):
    """The app was removed from a workspace, or its token taken away."""

    team: Id = Field(validation_alias="team_id")
    what: str = Field(validation_alias=AliasPath("event", "type"))
    bots: list[str] = Field(default_factory=list, validation_alias=AliasPath("event", "tokens", "bot"))
    """Of tokens_revoked: the app's own users whose tokens they were."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """Slack asks whether this address is ours; it wants its challenge back."""

    challenge: str


@dataclass(frozen=True, slots=True)
class Ignored:
    pass


OfPeople = Press | Submission | Line | Changed | HomePress | Command
OfSlack = AppsDeleted | HomeOpened | Lifecycle | Greeting | Ignored
Incoming = OfPeople | OfSlack
