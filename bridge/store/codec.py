"""Domain values as JSON and back, read off their own type hints.

A new field of a domain class is stored without a word here. A field that holds its default is left out;
a field that the stored text lacks gets its default; one that it has too many is ignored, so that two
versions of the bridge can read the same rows. It must never drop a value silently: a type it doesn't
know is an error when the class is first met, not when a row is written.
"""

import dataclasses
import json
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Generic, Literal, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
Convert = Callable[[Any], Any]
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str)
_PLAIN = (str, int, float, bool, object)


class Record(Generic[T]):
    """How one dataclass becomes JSON; the fields named `elsewhere` are kept in columns of their own."""

    def __init__(self, cls: type[T], elsewhere: Collection[str] = ()) -> None:
        self._cls = cls
        hints = get_type_hints(cls)
        self._fields = [
            (field.name, _default(field), *_coder(hints[field.name]))
            for field in dataclasses.fields(cls)  # type: ignore[arg-type]
            if field.name not in elsewhere
        ]

    def dump(self, value: T) -> dict[str, Any]:
        out = {}
        for name, default, dump, _ in self._fields:
            held = getattr(value, name)
            if held is not default and held != default:
                out[name] = dump(held)
        return out

    def load(self, stored: Mapping[str, Any], **elsewhere: Any) -> T:
        for name, _, _, load in self._fields:
            if name in stored:
                elsewhere[name] = load(stored[name])
        return self._cls(**elsewhere)


@cache
def record(cls: type[T]) -> Record[T]:
    return Record(cls)


def to_bytes(value: Any) -> bytes:
    """JSON text; a broken half of a character, as some clients send, survives the round trip."""
    return _ENCODER.encode(value).encode("utf-8", "surrogatepass")


def from_bytes(stored: bytes) -> Any:
    return json.loads(stored.decode("utf-8", "surrogatepass"))


def _default(field: "dataclasses.Field[Any]") -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    return (
        field.default_factory() if field.default_factory is not dataclasses.MISSING else dataclasses.MISSING
    )


def _coder(hint: Any) -> tuple[Convert, Convert]:
    """(to JSON, from JSON) of one type hint."""
    if isinstance(hint, NewType):
        return _coder(hint.__supertype__)
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _optional(args)
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        dump, load = _coder(args[0])
        return lambda v: [dump(x) for x in v], lambda v: tuple(load(x) for x in v)
    if origin is Literal or hint in _PLAIN:
        return _same, _same
    if origin is not None and issubclass(origin, Mapping):
        return dict, _same
    if hint is datetime:
        return datetime.isoformat, datetime.fromisoformat
    if isinstance(hint, type) and issubclass(hint, Enum):
        return lambda v: v.value, hint
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        inner = record(hint)
        return inner.dump, inner.load
    raise TypeError(f"no way to store {hint}")


def _optional(args: tuple[Any, ...]) -> tuple[Convert, Convert]:
    """X | None. What JSON holds as it is (str | None, object | None) needs no conversion."""
    known = [arg for arg in args if arg is not NoneType]
    if len(known) != 1:
        raise TypeError(f"no way to store one of {known}")
    dump, load = _coder(known[0])
    return (
        lambda v: None if v is None else dump(v),
        lambda v: None if v is None else load(v),
    )


def _same(value: Any) -> Any:
    return value
