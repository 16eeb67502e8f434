"""What an admin writes for Slack: a desk's section in a tenant's file, and `slack:` in bridge.yaml."""

from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)

CONNECT = "In the channel in Slack, within an hour, type: /handoff connect {code}"
"""What `handoff-bridge connect` prints."""
_NOT_CONNECTED = "not connected to a channel yet; run: handoff-bridge connect TENANT DESK"
UserId = Annotated[str, StringConstraints(pattern=r"^[UW]\w+$", max_length=40)]


class Settings(BaseModel):
    """One Slack channel as a desk of one tenant."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["slack"]
    team: str = Field(default="", pattern=r"^(T\w+)?$", max_length=40)
    """The workspace's id; empty until the desk is connected with `/handoff connect`."""
    channel: str = Field(default="", pattern=r"^([CG]\w+)?$", max_length=40)
    """The channel's id; empty likewise. The app must be a member of the channel."""
    bot_token: SecretStr | None = Field(default=None, min_length=1)
    """None: the one that the workspace gave when the app was installed there (OAuth)."""
    notify: tuple[UserId, ...] = Field(default=(), max_length=20)
    """Whom a page mentions when nobody is on call by name; nobody else is ever mentioned."""

    @property
    def connected(self) -> bool:
        return bool(self.team and self.channel)

    @model_validator(mode="after")
    def _whole_or_nothing(self) -> Self:
        if bool(self.team) != bool(self.channel):
            raise ValueError("team and channel go together; leave both out to connect the desk in Slack")
        return self


class Installation(BaseModel):
    """The Slack app that serves all tenants of this installation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    signing_secret: SecretStr | None = Field(default=None, min_length=1)
    """With it, Slack's requests to /slack/events are believed."""
    app_token: SecretStr | None = Field(default=None, min_length=1)
    """With it, the bridge calls Slack (Socket Mode) and needs no public address."""
    client_id: str | None = Field(default=None, min_length=1)
    client_secret: SecretStr | None = Field(default=None, min_length=1)
    """Both, to install the app into many workspaces at /slack/install."""
    api_url: str = Field(default="https://slack.com/api/", pattern=r"^https?://")

    @field_validator("api_url")
    @classmethod
    def _ends_with_a_slash(cls, url: str) -> str:
        return url if url.endswith("/") else f"{url}/"

    @model_validator(mode="after")
    def _reached_somehow(self) -> Self:
        if self.signing_secret is None and self.app_token is None:
            raise ValueError("Slack can reach nothing here; add signing_secret, or app_token for Socket Mode")
        if (self.client_id is None) != (self.client_secret is None):
            raise ValueError("client_id and client_secret go together")
        return self


def check(settings: Settings, public_url: str, platform: object = None) -> list[str]:
    """What is wrong with a desk that its own section does not show, one sentence each, with the mend."""
    if not isinstance(platform, Installation):
        return ["no press would be believed; add slack: {signing_secret: …} to bridge.yaml"]
    if settings.bot_token is None and platform.client_id is None:
        return ["there is no token for it; add bot_token, or client_id and client_secret to bridge.yaml"]
    return []


def note(settings: Settings) -> str:
    """What an admin should know of a desk with which nothing is wrong; empty when there is nothing."""
    return "" if settings.connected else _NOT_CONNECTED
