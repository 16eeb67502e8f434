"""Writes single values into a settings file, and leaves every other character as it was: comments stay.

For what the bridge itself fills in (a place that was connected to a desk); an admin's own hand is an editor.
"""

import json
from collections.abc import Mapping, Sequence

import yaml


def with_values(text: str, path: Sequence[str], values: Mapping[str, str]) -> str:
    """The file with these texts at the section `path`. Raises KeyError where there is no such section."""
    for name, value in values.items():
        text = _with_value(text, path, name, json.dumps(value, ensure_ascii=False))
    return text


def _with_value(text: str, path: Sequence[str], name: str, written: str) -> str:
    section = _section(text, path)
    for key, value in section.value:
        if key.value == name:
            return _replaced(text, value.start_mark.index, value.end_mark.index, written)
    first, value = section.value[0]
    if section.flow_style:
        return _replaced(text, value.end_mark.index, value.end_mark.index, f", {name}: {written}")
    indent = " " * first.start_mark.column
    at = first.start_mark.index
    return _replaced(text, at, at, f"{name}: {written}\n{indent}")


def _section(text: str, path: Sequence[str]) -> yaml.MappingNode:
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    for step in path:
        found = node.value if isinstance(node, yaml.MappingNode) else []
        node = next((value for key, value in found if key.value == step), None)
    if not isinstance(node, yaml.MappingNode) or not node.value:
        raise KeyError(".".join(path))
    return node


def _replaced(text: str, start: int, end: int, new: str) -> str:
    return f"{text[:start]}{new}{text[end:]}"
