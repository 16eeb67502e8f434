"""Reply templates of tools: Jinja2 with everything taken away that a reply doesn't need.

A template comes from a tenant's settings and runs in the service's process, so it may read the
look-up's result and no more: no method calls, no arithmetic on text, one level of loops, few
filters, and a bounded reply. A name that the result doesn't have is an error, never a gap in a
sentence that the customer reads.
"""

from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.sandbox import SandboxedEnvironment

MAX_REPLY = 2_000
MAX_TEMPLATE = 4_000
_FILTERS = ("capitalize", "default", "first", "int", "join", "last", "length", "lower", "round",
            "title", "trim", "upper")  # fmt: skip
_REFUSED: tuple[tuple[type[nodes.Node], str], ...] = (
    (nodes.Call, "calls something"),
    (nodes.Mul, "multiplies"),
    (nodes.Pow, "raises to a power"),
    (nodes.Mod, "formats with %"),
    (nodes.Concat, "joins with ~; write the two side by side"),
    (nodes.Macro, "defines a macro"),
    (nodes.Include, "includes a file"),
    (nodes.Import, "imports a file"),
    (nodes.FromImport, "imports a file"),
    (nodes.Extends, "extends a file"),
)


class ReplyError(ValueError):
    """The template can't be used, or doesn't fit the result; the message says why."""


def _environment() -> SandboxedEnvironment:
    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in _FILTERS}
    return environment


_ENVIRONMENT = _environment()


def template(source: str) -> Template:
    """The template, ready to render. ReplyError when it is wrong or does more than reply."""
    if len(source) > MAX_TEMPLATE:
        raise ReplyError(f"the template is longer than {MAX_TEMPLATE} characters; shorten it")
    try:
        tree = _ENVIRONMENT.parse(source)
        for kind, what in _REFUSED:
            if next(tree.find_all(kind), None):
                raise ReplyError(f"the template {what}, which a reply must not")
        loops = list(tree.find_all(nodes.For))
        if any(inner is not loop for loop in loops for inner in loop.find_all(nodes.For)):
            raise ReplyError("the template has a loop in a loop, which a reply must not")
        return _ENVIRONMENT.from_string(tree)
    except TemplateError as error:
        raise ReplyError(f"the template is wrong: {error}") from None


def render(reply: Template, values: Mapping[str, Any]) -> str:
    """The reply. ReplyError when the result lacks what it names, or it is empty or too long."""
    parts: list[str] = []
    size = 0
    try:
        for part in reply.generate(values):
            size += len(part)
            if size > MAX_REPLY:
                raise ReplyError(f"the reply is longer than {MAX_REPLY} characters")
            parts.append(part)
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        if isinstance(error, ReplyError):
            raise
        raise ReplyError(f"the result doesn't fit the reply: {error}") from None
    text = "".join(parts).strip()
    if not text:
        raise ReplyError("the reply came out empty")
    return text
