"""What Teams sends, read once into small values: a press, a line in a thread, a word to the bot, an install.

Everything else that is genuine is `Ignored`: Teams gets its 200 and nothing happens. What has a known
type and not its shape is a 400. Next: `framework` brings each to its listener.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from aiohttp import web
from pydantic import AliasPath, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from adapters.desks.teams.settings import App
from adapters.desks.teams.wording import read_html, spoken
from adapters.http import problem
from bridge.domain.model import Agent
from bridge.domain.text import cut, one_line

VERBS = (
    "claim",
    "send_suggested",
    "release",
    "pass_on",
    "transfer",
    "take_over",
    "send_draft",
    "retry",
    "refresh",
)
"""Of the card of a handoff. `pass_on` asks to whom, `refresh` for the card as it is now."""
PERSONAL_VERBS = ("waiting", "on_duty", "off_duty")
"""Of the card in an agent's own chat with the bot."""
INVOKE = "adaptiveCard/action"
NAMELESS = "A colleague"
_NOT_FILES = ("text/html", "application/vnd.microsoft.card.adaptive", "messageReference")

Id = Annotated[str, StringConstraints(min_length=1, max_length=400)]
Name = Annotated[str, Field(max_length=400)]


class Account(BaseModel):
    id: Id
    name: Name | None = None
    object_id: Annotated[str, Field(max_length=64)] | None = Field(default=None, alias="aadObjectId")


class Mention(BaseModel):
    kind: str = Field(default="", alias="type", max_length=200)
    id: str = Field(default="", validation_alias=AliasPath("mentioned", "id"))


class Attached(BaseModel):
    kind: str = Field(default="", alias="contentType", max_length=200)
    name: str | None = None
    content: Any = None


class Activity(BaseModel):
    """The parts of an activity that anything here reads."""

    model_config = ConfigDict(frozen=True)

    type: Id
    id: Annotated[str, Field(max_length=400)] = ""
    name: Name | None = None
    action: Name | None = None
    channel: Id = Field(alias="channelId")
    service_url: Annotated[str, Field(max_length=500)] = Field(alias="serviceUrl")
    sender: Account = Field(alias="from")
    bot: Account | None = Field(default=None, alias="recipient")
    conversation: Id = Field(validation_alias=AliasPath("conversation", "id"))
    scope: str | None = Field(default=None, validation_alias=AliasPath("conversation", "conversationType"))
    in_tenant: str | None = Field(default=None, validation_alias=AliasPath("conversation", "tenantId"))
    tenant: str | None = Field(default=None, validation_alias=AliasPath("channelData", "tenant", "id"))
    team: Id | None = Field(default=None, validation_alias=AliasPath("channelData", "team", "id"))
    place: Id | None = Field(default=None, validation_alias=AliasPath("channelData", "channel", "id"))
    happened: str | None = Field(default=None, validation_alias=AliasPath("channelData", "eventType"))
    at: datetime | None = Field(default=None, alias="timestamp")
    text: str | None = None
    reply_to: str | None = Field(default=None, alias="replyToId")
    value: Any = None
    attachments: list[Attached] | None = None
    entities: list[Mention] | None = None


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in Teams something happened, and who did it."""

    app: App
    service_url: str
    team: str
    channel: str
    """Empty in a chat."""
    conversation: str
    root: str
    """The message that begins the thread; empty outside of one."""
    user: str
    """The person's id for this bot: `29:…`."""
    agent: Agent
    id: str
    """The activity's own id."""
    personal: bool
    """In the person's own chat with the bot."""


@dataclass(frozen=True, slots=True)
class Press:
    spot: Spot
    verb: str
    data: Mapping[str, Any]
    card: str
    """The id of the message whose card was pressed."""


@dataclass(frozen=True, slots=True)
class Line:
    spot: Spot
    text: str
    files: tuple[str, ...]
    at: datetime | None
    called: bool
    """The bot was called by name."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A line that was written before says something else now."""

    spot: Spot
    text: str | None
    """None: it was deleted."""
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Installed:
    spot: Spot
    there: bool
    """Whether the app is there from now on; otherwise it was taken away."""


@dataclass(frozen=True, slots=True)
class Ignored:
    pass


Incoming = Press | Line | Changed | Installed | Ignored


def parse(payload: Mapping[str, Any], app: App) -> Incoming:
    """A genuine activity. Raises 400 for what is not of its type's shape, 403 for another's tenant."""
    try:
        activity = Activity.model_validate(payload)
    except ValidationError:
        raise _malformed() from None
    _in_its_tenant(activity, app)
    spot = _spot(activity, app)
    if activity.type == "invoke":
        return _press(activity, spot) if activity.name == INVOKE else Ignored()
    if activity.type == "message":
        submitted = activity.value if isinstance(activity.value, dict) else {}
        if submitted.get("verb") in (*VERBS, *PERSONAL_VERBS):
            return Press(spot, str(submitted["verb"]), submitted, activity.reply_to or "")
        return _line(activity, spot)
    if (activity.type, activity.happened) == ("messageUpdate", "editMessage"):
        line = _line(activity, spot)
        return Changed(spot, line.text, line.at)
    if (activity.type, activity.happened) == ("messageDelete", "softDeleteMessage"):
        return Changed(spot, None, _moment(activity))
    if activity.type == "installationUpdate":
        return Installed(spot, there=(activity.action or "").startswith("add"))
    return Ignored()


def _press(activity: Activity, spot: Spot) -> Press:
    value = activity.value if isinstance(activity.value, dict) else {}
    action = value.get("action")
    if not isinstance(action, dict) or not isinstance(action.get("verb"), str):
        raise _malformed()
    data = action.get("data")
    if action["verb"] not in (*VERBS, *PERSONAL_VERBS) or not isinstance(data, dict):
        raise _malformed()
    return Press(spot, action["verb"], data, activity.reply_to or "")


def _line(activity: Activity, spot: Spot) -> Line:
    """What a person wrote. Its HTML, where there is some, says exactly what they saw."""
    bots = frozenset({one_line(activity.bot.name or "").lower()} if activity.bot else ())
    attached = activity.attachments or []
    rich = next((a.content for a in attached if a.kind == "text/html" and isinstance(a.content, str)), "")
    text = read_html(rich, bots) if rich.strip() else spoken(activity.text or "", bots)
    files = tuple(
        cut(one_line(each.name or ""), 80) or "unnamed" for each in attached if each.kind not in _NOT_FILES
    )
    return Line(spot, text, files, _moment(activity), _calls(activity))


def _moment(activity: Activity) -> datetime | None:
    return activity.at if activity.at and activity.at.tzinfo else None


def _calls(activity: Activity) -> bool:
    mentions = [each.id for each in activity.entities or () if each.kind == "mention"]
    return activity.bot is not None and activity.bot.id in mentions


def _spot(activity: Activity, app: App) -> Spot:
    place, _, root = activity.conversation.partition(";messageid=")
    in_channel = activity.place is not None or activity.scope == "channel"
    sender = activity.sender
    return Spot(
        app=app,
        service_url=activity.service_url,
        team=activity.team or "",
        channel=place if in_channel else "",
        conversation=activity.conversation,
        root=root,
        user=sender.id,
        agent=Agent(
            f"teams:{sender.object_id or sender.id}", cut(one_line(sender.name or ""), 60) or NAMELESS
        ),
        id=activity.id,
        personal=activity.scope == "personal",
    )


def _in_its_tenant(activity: Activity, app: App) -> None:
    named = {tenant.lower() for tenant in (activity.tenant, activity.in_tenant) if tenant}
    if named != {app.tenant_id}:
        raise problem(403, "foreign_tenant", "This app does not serve that organisation.")
    if activity.channel != "msteams":
        raise problem(403, "not_teams", "Only Teams is served here.")


def _malformed() -> web.HTTPException:
    return problem(400, "bad_activity", "This is not an activity of the Bot Framework.")
