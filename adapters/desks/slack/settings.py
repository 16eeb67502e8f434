"""What an admin writes for Slack: a desk's section in a tenant's file, and `slack:` in bridge.yaml."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator

CONNECT = "In the channel in Slack, within an hour, type: /handoff connect {code}"
"""What `handoff-bridge connect` prints."""
UserId = Annotated[str, StringConstraints(pattern=r"^[UW]\w+$", max_length=40)]


class Settings(BaseModel):
    """One Slack channel as a desk of one tenant."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["slack"]
    team: str = Field(pattern=r"^T\w+$", max_length=40)
    """The workspace's id."""
    channel: str = Field(pattern=r"^[CG]\w+$", max_length=40)
    """The channel's id. The app must be a member of the channel."""
    bot_token: SecretStr = Field(min_length=1)
    notify: tuple[UserId, ...] = Field(default=(), max_length=20)
    """Whom a page mentions, by user id; nobody else is ever mentioned."""


class Installation(BaseModel):
    """The Slack app that serves all tenants of this installation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    signing_secret: SecretStr = Field(min_length=1)
    client_id: str | None = None
    client_secret: SecretStr | None = None
    app_token: SecretStr | None = None
    api_url: str = Field(default="https://slack.com/api/", pattern=r"^https?://")

    @field_validator("api_url")
    @classmethod
    def _ends_with_a_slash(cls, url: str) -> str:
        return url if url.endswith("/") else f"{url}/"


def check(settings: Settings, public_url: str, platform: object = None) -> list[str]:
    """What is wrong with a desk that its own section does not show, one sentence each, with the mend."""
    if platform is None:
        return ["no press would be believed; add slack: {signing_secret: …} to bridge.yaml"]
    return []
