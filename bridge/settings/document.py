"""One YAML file as plain values, and the line that each of them stands on.

Reads a safer YAML than the library does by default: no tags, no anchors, no key twice, and only what
looks like a number to everybody is one, so `18:00`, `+34600…` and the language `no` stay text.
The walk goes on in `reading`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from bridge.settings.environment import Unfilled, fill
from bridge.settings.problems import KeyPath, Problem, spell

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_TAG = "tag:yaml.org,2002:"
_INT = re.compile(r"-?(?:0|[1-9][0-9]{0,17})$")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]{0,17})?\.[0-9]+$|-?(?:0|[1-9][0-9]{0,17})\.$")
_BOOL = re.compile(r"(?:true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$")
_NULL = re.compile(r"(?:~|null|Null|NULL|)$")


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - the library's own attribute

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "an alias (*name) is not read here", mark)
        return super().compose_node(parent, index)


_Loader.add_implicit_resolver(f"{_TAG}null", _NULL, ["~", "n", "N", ""])
_Loader.add_implicit_resolver(f"{_TAG}bool", _BOOL, list("tTfFoO"))
_Loader.add_implicit_resolver(f"{_TAG}int", _INT, list("-0123456789"))
_Loader.add_implicit_resolver(f"{_TAG}float", _FLOAT, list("-0123456789."))


@dataclass(slots=True)
class Document:
    source: str
    values: dict[str, Any] = field(default_factory=dict)
    """With `${NAME}` filled in."""
    written: dict[KeyPath, str] = field(default_factory=dict)
    """Every single value as it stands in the file, `${NAME}` and all."""
    lines: dict[KeyPath, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: KeyPath) -> int:
        """The line of a setting, or of the nearest section around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def value(self, path: KeyPath) -> Any:
        """What stands at a path; None where nothing does."""
        here: Any = self.values
        for step in path:
            try:
                here = here[step]
            except (KeyError, IndexError, TypeError):
                return None
        return here

    def problem(self, path: KeyPath, why: str, mend: str = "") -> Problem:
        return Problem(self.source, self.line(path), spell(path), why, mend)


def parse(text: str, source: str, env: Mapping[str, str]) -> Document:
    """Never raises for what stands in the text: `problems` holds it."""
    document = Document(source)
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        document.problems.append(_syntax(error, source))
        return document
    except RecursionError:
        document.problems.append(Problem(source, 1, "", "nested too deeply", "make it flatter"))
        return document
    if not isinstance(root, yaml.MappingNode):
        document.problems.append(Problem(source, 1, "", "no settings in it", "write 'key: value' lines"))
        return document
    document.values = _Reader(document, env).mapping(root, ())
    return document


def _syntax(error: yaml.YAMLError, source: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    why = getattr(error, "problem", None) or "it holds a character that YAML does not allow"
    mend = "write the value out" if "alias" in why else "check the indentation and the quotes here"
    return Problem(source, mark.line + 1 if mark else 1, "", f"not YAML: {why}", mend)


class _Reader:
    """One walk over the composed nodes."""

    def __init__(self, document: Document, env: Mapping[str, str]) -> None:
        self._document = document
        self._env = env

    def mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._object(path, "a key must be one word", "write 'key: value'")
                continue
            key = str(key_node.value)
            here = (*path, key)
            if key in found:
                line = key_node.start_mark.line + 1
                first = self._document.lines[here]
                self._document.problems.append(
                    Problem(
                        self._document.source,
                        line,
                        spell(here),
                        f"stands twice, first in line {first}",
                        "keep one",
                    )
                )
                continue
            self._document.lines[here] = key_node.start_mark.line + 1
            found[key] = self._value(value_node, here)
        return found

    def _value(self, node: yaml.Node, path: KeyPath) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            items = []
            for index, item in enumerate(node.value):
                here = (*path, index)
                self._document.lines[here] = item.start_mark.line + 1
                items.append(self._value(item, here))
            return items
        self._document.written[path] = str(node.value)
        return self._scalar(node.tag, str(node.value), path)

    def _scalar(self, tag: str, text: str, path: KeyPath) -> Any:
        match tag.removeprefix(_TAG):
            case "null":
                return None
            case "bool" if _BOOL.match(text):
                return text.lower() in ("true", "on")
            case "int" if _INT.match(text):
                return int(text)
            case "float" if _FLOAT.match(text):
                return float(text)
            case "str":
                return self._text(text, path)
        self._object(path, f"the tag {tag.replace(_TAG, '!!')} is not read here", "write the plain value")
        return None

    def _text(self, text: str, path: KeyPath) -> str:
        try:
            filled = fill(text, self._env)
        except Unfilled as error:
            self._object(path, str(error), error.mend)
            return text
        if _CONTROL.search(filled):
            self._object(path, "holds a control character", "take it out")
        return filled

    def _object(self, path: KeyPath, why: str, mend: str) -> None:
        self._document.problems.append(self._document.problem(path, why, mend))
