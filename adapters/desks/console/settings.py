"""A console desk's section of a tenant's settings, and what is wrong with it.

An agent without a key signs in by name alone. That is for one machine (the demo), never for a network:
`check` says so, and the session refuses it as well.
"""

from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator

SHORTEST_KEY = 8

AgentName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")
]


class AgentSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: AgentName
    key: SecretStr | None = None
    """What the agent signs in with; None only where the console is open to this machine alone."""

    @field_validator("key")
    @classmethod
    def _long_enough(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(key.get_secret_value()) < SHORTEST_KEY:
            raise ValueError(f"a key has at least {SHORTEST_KEY} characters")
        return key


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["console"]
    agents: tuple[AgentSettings, ...] = Field(min_length=1)

    @field_validator("agents")
    @classmethod
    def _one_of_each_name(cls, agents: tuple[AgentSettings, ...]) -> tuple[AgentSettings, ...]:
        names = [agent.name for agent in agents]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two agents are named {twice!r}")
        return agents

    def agent(self, name: str) -> AgentSettings | None:
        return next((agent for agent in self.agents if agent.name == name), None)


def check(settings: Settings, public_url: str, platform: object = None) -> list[str]:
    """What is wrong with these settings at this address, one sentence each, with the mend."""
    if only_this_machine(public_url):
        return []
    return [
        f"agents: {agent.name} has no key, so anybody who reaches {public_url} could sit at this desk. "
        "Give the agent a key."
        for agent in settings.agents
        if agent.key is None
    ]


def only_this_machine(public_url: str) -> bool:
    """Whether the public address is a loopback address."""
    host = urlsplit(public_url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
