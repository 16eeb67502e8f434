"""pydantic's errors as problems an admin can mend: the line, what was expected, the nearest known key."""

from collections.abc import Iterable, Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from bridge.settings.document import Document
from bridge.settings.problems import KeyPath, Problem, name_nearest

_NUMBER = ("not a number", "write one such as 5")
_LIST = ("a list is expected", "write [one, two], or lines that start with '- '")
_KEYS = ("keys are expected", "write 'key: value' lines below it")
_EXPECTED = {
    "string": ("text is expected", "put the value in quotes"),
    "int": _NUMBER,
    "float": _NUMBER,
    "finite": _NUMBER,
    "bool": ("on or off is expected", "write one of them"),
    "list": _LIST,
    "tuple": _LIST,
    "set": _LIST,
    "frozen": _LIST,
    "dict": _KEYS,
    "model": _KEYS,
    "path": ("a path is expected", "put the value in quotes"),
    "url": ("not an address", "write https://host/path"),
}
"""By the first word of pydantic's error type."""


def problems_of(
    error: ValidationError, model: type[BaseModel], document: Document, prefix: KeyPath = ()
) -> Iterator[Problem]:
    errors = error.errors(include_url=False, include_input=False)
    broken = {found["loc"][:depth] for found in errors for depth in range(len(found["loc"]))}
    for found in errors:
        loc, kind = found["loc"], found["type"]
        if kind == "too_short" and loc in broken:
            continue  # a list whose items are wrong is not empty
        if kind == "extra_forbidden":
            known = keys_at(model, loc[:-1])
            path = (*_written(document, prefix, loc[:-1]), loc[-1])
            yield document.problem(path, "unknown key", name_nearest(str(loc[-1]), known))
        elif kind == "missing":
            path = (*_written(document, prefix, loc[:-1]), loc[-1])
            yield document.problem(path, "is missing", "add it")
        else:
            why, mend = _say(kind, found["msg"], found.get("ctx", {}))
            yield document.problem(_written(document, prefix, loc), why, mend)


def keys_at(model: type[BaseModel], loc: Iterable[str | int]) -> list[str]:
    """The keys that the section at `loc` may have."""
    here = [model]
    for step in loc:
        if fields := [f for m in here if (f := _fields(m).get(str(step)))]:
            here = [m for f in fields for m in _models_in(f.annotation)]
    return [name for m in here for name in _fields(m)]


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _written(document: Document, prefix: KeyPath, loc: Iterable[str | int]) -> KeyPath:
    """The steps of `loc` that stand in the file: pydantic adds some of its own (of a union, of a key)."""
    path = prefix
    for step in loc:
        if (*path, step) in document.lines:
            path = (*path, step)
    return path


def _say(kind: str, message: str, context: dict[str, Any]) -> tuple[str, str]:
    """Why and mend. The value itself is never quoted: it may be a secret."""
    if kind in ("value_error", "assertion_error"):
        why, _, mend = (
            message.removeprefix("Value error, ").removeprefix("Assertion failed, ").partition("; ")
        )
        return why, mend
    if kind == "literal_error":
        return "not one of the known values", f"write {context.get('expected', 'another')}"
    if kind in ("string_too_short", "too_short"):
        return "is empty", "write something, or take it out"
    if kind == "string_pattern_mismatch":
        return "has the wrong form", f"it must match {context.get('pattern', '')}"
    for name, words in (("ge", "at least"), ("gt", "more than"), ("le", "at most"), ("lt", "less than")):
        if name in context:
            return "out of range", f"write {words} {context[name]}"
    if kind.startswith(("string_too", "too_")):
        return "too long", f"at most {context.get('max_length', 'a few')}"
    return _EXPECTED.get(kind.partition("_")[0], (message[:1].lower() + message[1:], "mend it"))
