"""What an admin writes for Teams: a desk's section in a tenant's file, and `teams:` in bridge.yaml."""

from fnmatch import fnmatchcase
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)

CONNECT = "In the channel in Teams, within an hour, write: @Handoff Bridge connect {code}"
"""What `handoff-bridge connect` prints."""
_NOT_CONNECTED = "not connected to a channel yet; run: handoff-bridge connect TENANT DESK"

Guid = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,64}$", to_lower=True)]
ThreadId = Annotated[str, StringConstraints(pattern=r"^(19:[^\s;/?#]{1,250}|)$")]
HttpUrl = Annotated[str, StringConstraints(pattern=r"^https?://\S+$", max_length=500)]
Person = Annotated[str, StringConstraints(pattern=r"^\S+( \S.*)?$", max_length=200)]


class Settings(BaseModel):
    """One channel of a team as a desk of one tenant."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["teams"]
    app_id: Guid
    """Which of the app registrations in bridge.yaml speaks there."""
    team: ThreadId = ""
    """`19:…@thread.tacv2`; filled in by `@bridge connect`."""
    channel: ThreadId = ""
    service_url: HttpUrl | None = None
    """Where the connector is, until an activity has told it."""
    notify: tuple[Person, ...] = Field(default=(), max_length=20)
    """Whom a page mentions when nobody is on call by name: object id or sign-in name, and name to show."""

    @property
    def connected(self) -> bool:
        return bool(self.team and self.channel)

    @model_validator(mode="after")
    def _whole_or_nothing(self) -> Self:
        if bool(self.team) != bool(self.channel):
            raise ValueError("team and channel go together; leave both out to connect the desk in Teams")
        return self


class App(BaseModel):
    """One single-tenant app registration."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    app_id: Guid
    tenant_id: Guid
    secret: SecretStr = Field(min_length=1)


class Installation(BaseModel):
    """The app registrations of this installation, and where Microsoft's services are."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    openid_url: HttpUrl = "https://login.botframework.com/v1/.well-known/openidconfiguration"
    """Says who signs the tokens of what Teams sends, and with which keys."""
    service_hosts: tuple[str, ...] = ("*.botframework.com", "smba.trafficmanager.net")
    """Hosts, with or without a port, to which tokens of ours may go."""
    token_url: HttpUrl = "https://login.microsoftonline.com/{tenant_id}/oauth2/v2.0/token"  # noqa: S105 - an address
    """Where access tokens come from (OAuth 2 client credentials)."""
    scope: str = "https://api.botframework.com/.default"
    apps: tuple[App, ...] = Field(min_length=1)

    @field_validator("apps")
    @classmethod
    def _each_once(cls, apps: tuple[App, ...]) -> tuple[App, ...]:
        if len({app.app_id for app in apps}) < len(apps):
            raise ValueError("an app_id stands twice")
        return apps

    def app(self, app_id: str) -> App | None:
        return next((app for app in self.apps if app.app_id == app_id.lower()), None)

    def serves(self, service_url: str) -> bool:
        """Whether the connector may be at this address."""
        try:
            parts = urlsplit(service_url.lower())
            names = (parts.hostname or "", parts.netloc)
        except ValueError:
            return False
        if parts.scheme not in ("https", "http") or parts.query or parts.fragment or "@" in parts.netloc:
            return False
        return any(fnmatchcase(name, pattern.lower()) for name in names for pattern in self.service_hosts)


def check(settings: Settings, public_url: str, platform: object = None) -> list[str]:
    """What is wrong with a desk that its own section does not show, one sentence each, with the mend."""
    if not isinstance(platform, Installation):
        return ["no app could speak there; add teams: {apps: [{app_id, tenant_id, secret}]} to bridge.yaml"]
    if platform.app(settings.app_id) is None:
        return [f"app_id {settings.app_id} is not among teams.apps; add its registration to bridge.yaml"]
    if settings.service_url and not platform.serves(settings.service_url):
        return ["the host of service_url is not among teams.service_hosts; add it there, or mend the address"]
    return []


def note(settings: Settings) -> str:
    """What an admin should know of a desk with which nothing is wrong; empty when there is nothing."""
    return "" if settings.connected else _NOT_CONNECTED
