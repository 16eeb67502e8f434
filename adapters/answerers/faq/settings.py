"""The settings of `answerer: {kind: faq, …}`: the folder, and the tools that look things up."""

import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from adapters.answerers.faq import pattern, reply

Words = Annotated[str, Field(min_length=1, max_length=60)]


class ToolSettings(BaseModel):
    """A tool: an address that is asked when the customer's words match."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    """What agents read in the transcript, such as `order_status`."""
    url: str = Field(max_length=2_000)
    method: Literal["GET", "POST"] = "GET"
    """GET sends the arguments in the query, POST as a JSON object. It must only look up."""
    when: str = Field(min_length=1, max_length=500)
    """A regular expression, read without case; its named groups are the arguments."""
    about: tuple[Words, ...] = ()
    """Words (`where`) or beginnings of words (`arriv*`), one of which must be said too, unless
    the message is hardly more than the match."""
    unless: tuple[Words, ...] = ()
    """The same, for words that say that the customer wants something else."""
    arguments: dict[str, str] = {}
    """More arguments, sent as they stand."""
    answer: Annotated[dict[str, str], Field(min_length=1)] | str
    """The reply, a Jinja2 template over `result` and `arguments`; one, or one for each language."""
    timeout: float = Field(default=5, gt=0, le=30)
    """Seconds."""

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("not an http or https address; write https://host/path")
        return url

    @field_validator("when")
    @classmethod
    def _is_safe(cls, when: str) -> str:
        pattern.compiled(when)
        return when

    @field_validator("answer")
    @classmethod
    def _are_templates(cls, answer: dict[str, str] | str) -> dict[str, str] | str:
        by_language = {"": answer} if isinstance(answer, str) else answer
        for language, source in by_language.items():
            if language and not re.fullmatch(r"[a-z]{2,3}", language):
                raise ValueError(f"{language!r} is not a language; write a code such as en")
            reply.template(source)
        return answer


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["faq"] = "faq"
    folder: Path
    tools: tuple[ToolSettings, ...] = ()

    @field_validator("tools")
    @classmethod
    def _have_their_own_names(cls, tools: tuple[ToolSettings, ...]) -> tuple[ToolSettings, ...]:
        names = [tool.name for tool in tools]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two tools are named {twice[0]!r}; give each its own name")
        return tools
