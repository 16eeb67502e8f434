"""What the settings ask of the adapters: the schema of each kind's own section."""

from typing import Literal, Protocol

from pydantic import BaseModel

Port = Literal["channel", "desk", "answerer"]


class Schemas(Protocol):
    """Offered by the adapters' registry. None = there is no such kind or section."""

    def kinds(self, port: Port) -> list[str]: ...
    def channel(self, kind: str) -> type[BaseModel] | None: ...
    def desk(self, kind: str) -> type[BaseModel] | None: ...
    def answerer(self, kind: str) -> type[BaseModel] | None: ...
    def installation(self, section: str) -> type[BaseModel] | None:
        """The schema of a platform's section of bridge.yaml."""
        ...

    def module(self, port: Port, kind: str) -> object:
        """The adapter; `check` asks its `check(settings, public_url) -> list[str]` where it has one."""
        ...
