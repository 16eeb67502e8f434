"""What Slack refuses: Block Kit's limits and the rules of messages, views and metadata.

Limits: docs.slack.dev/reference/block-kit; slack_sdk's models and slackblocks' constants agree where they
have one. Each check answers with Slack's error code, or an empty string.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

WHOLE_MESSAGE = 12_000
WHOLE_VIEW = 250_000
_BLOCKS = {"header", "section", "context", "actions", "rich_text", "divider", "input"}
_RICH = {"rich_text_section", "rich_text_quote", "rich_text_list", "rich_text_preformatted"}
_RICH_LEAVES = {"text": "text", "user": "user_id", "link": "url", "emoji": "name", "date": "timestamp"}
Node = Mapping[str, Any]


def message_error(arguments: Node, *, update: bool = False) -> str:
    """For chat.postMessage and chat.update."""
    text, blocks = arguments.get("text", ""), arguments.get("blocks")
    if not text and not blocks:
        return "no_text"
    if not isinstance(text, str) or len(text) > (4_000 if update else 40_000):
        return "msg_too_long"
    if blocks is not None and not _blocks_fit(blocks, most=50):
        return "invalid_blocks"
    if blocks is not None and len(json.dumps(blocks, ensure_ascii=False)) > WHOLE_MESSAGE:
        return "msg_blocks_too_long"
    return _metadata_error(arguments.get("metadata"))


def view_error(view: Any, *, kind: str = "modal") -> str:
    if not isinstance(view, dict) or view.get("type") != kind:
        return "invalid_arguments"
    if kind == "home":
        known = {"type", "blocks", "private_metadata", "callback_id", "external_id"}
        fits = set(view) <= known and _blocks_fit(view.get("blocks"), most=100)
        return "" if fits and len(json.dumps(view, ensure_ascii=False)) <= WHOLE_VIEW else "invalid_arguments"
    titles = [view.get("title"), view.get("submit"), view.get("close")]
    has_input = any(b.get("type") == "input" for b in view.get("blocks", []))
    fits = (
        all(_text(t, 24, kinds=("plain_text",)) for t in titles if t is not None)
        and view.get("title") is not None
        and len(view.get("private_metadata", "")) <= 3_000
        and len(view.get("callback_id", "")) <= 255
        and not (has_input and view.get("submit") is None)
        and _blocks_fit(view.get("blocks"), most=100)
        and len(json.dumps(view, ensure_ascii=False)) <= WHOLE_VIEW
    )
    return "" if fits else "invalid_arguments"


def _metadata_error(metadata: Any) -> str:
    if metadata is None:
        return ""
    shaped = (
        isinstance(metadata, dict)
        and set(metadata) == {"event_type", "event_payload"}
        and isinstance(metadata["event_type"], str)
        and 0 < len(metadata["event_type"]) <= 255
        and isinstance(metadata["event_payload"], dict)
    )
    return "" if shaped else "invalid_metadata_format"


def _blocks_fit(blocks: Any, most: int) -> bool:
    if not isinstance(blocks, list) or not 0 < len(blocks) <= most:
        return False
    ids = [b["block_id"] for b in blocks if isinstance(b, dict) and "block_id" in b]
    return len(set(ids)) == len(ids) and all(_block_fits(block) for block in blocks)


def _block_fits(block: Any) -> bool:
    if not isinstance(block, dict) or block.get("type") not in _BLOCKS:
        return False
    try:
        parsed = Block.parse(block)
        if parsed is None:
            return False
        parsed.validate_json()
        parsed.to_dict()
    except SlackObjectFormationError:
        return False
    return len(block.get("block_id", "x")) in range(1, 256) and _CHECKS[block["type"]](block)


def _header(block: Node) -> bool:
    return _text(block.get("text"), 150, kinds=("plain_text",))


def _section(block: Node) -> bool:
    fields = block.get("fields", [])
    return (
        ("text" in block or bool(fields))
        and ("text" not in block or _text(block["text"], 3_000))
        and len(fields) <= 10
        and all(_text(field, 2_000) for field in fields)
        and ("accessory" not in block or _element(block["accessory"]))
    )


def _context(block: Node) -> bool:
    elements = block.get("elements", [])
    return 0 < len(elements) <= 10 and all(_text(element, 2_000) for element in elements)


def _actions(block: Node) -> bool:
    elements = block.get("elements", [])
    ids = [element.get("action_id") for element in elements]
    return 0 < len(elements) <= 25 and len(set(ids)) == len(ids) and all(map(_element, elements))


def _element(element: Node) -> bool:
    return _overflow(element) if element.get("type") == "overflow" else _button(element)


def _overflow(menu: Node) -> bool:
    known = {"type", "action_id", "options", "confirm"}
    options = menu.get("options", [])
    values = [option.get("value") for option in options]
    return (
        set(menu) <= known
        and 0 < len(menu.get("action_id", "")) <= 255
        and 0 < len(options) <= 5
        and len(set(values)) == len(values)
        and all(map(_option, options))
        and ("confirm" not in menu or _confirm(menu["confirm"]))
    )


def _option(option: Node) -> bool:
    words = set(option) - {"text", "value"} <= {"description", "url"}
    return words and _text(option.get("text"), 75) and 0 < len(option.get("value", "")) <= 150


def _button(button: Node) -> bool:
    known = {"type", "action_id", "text", "value", "style", "confirm", "url", "accessibility_label"}
    confirm = button.get("confirm")
    return (
        button.get("type") == "button"
        and set(button) <= known
        and 0 < len(button.get("action_id", "")) <= 255
        and _text(button.get("text"), 75, kinds=("plain_text",))
        and len(button.get("value", "")) <= 2_000
        and button.get("style") in (None, "primary", "danger")
        and (confirm is None or _confirm(confirm))
    )


def _confirm(confirm: Node) -> bool:
    limits = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
    return set(limits) <= set(confirm) and all(_text(confirm[k], n) for k, n in limits.items())


def _rich_text(block: Node) -> bool:
    parts = block.get("elements", [])
    return bool(parts) and all(
        part.get("type") in _RICH and bool(part.get("elements")) and all(map(_leaf, part["elements"]))
        for part in parts
    )


def _leaf(leaf: Node) -> bool:
    needed = _RICH_LEAVES.get(leaf.get("type", ""))
    if needed is None or needed not in leaf:
        return False
    return leaf["type"] != "text" or (isinstance(leaf["text"], str) and leaf["text"] != "")


def _input(block: Node) -> bool:
    element = block.get("element", {})
    check = _INPUTS.get(element.get("type", ""))
    return (
        _text(block.get("label"), 2_000, kinds=("plain_text",))
        and ("hint" not in block or _text(block["hint"], 2_000, kinds=("plain_text",)))
        and ("placeholder" not in element or _text(element["placeholder"], 150, kinds=("plain_text",)))
        and 0 < len(element.get("action_id", "")) <= 255
        and check is not None
        and check(element)
    )


def _text_input(element: Node) -> bool:
    longest = element.get("max_length", 3_000)
    known = {"type", "action_id", "multiline", "initial_value", "max_length", "focus_on_load", "placeholder"}
    fits = 0 < longest <= 3_000 and len(element.get("initial_value", "")) <= longest
    return fits and set(element) <= known


def _people(element: Node) -> bool:
    known = {"type", "action_id", "initial_user", "placeholder", "focus_on_load"}
    return set(element) <= known and element.get("initial_user") != ""


def _choices(element: Node) -> bool:
    options = element.get("options", [])
    most = 10 if element["type"] == "radio_buttons" else 100
    values = [option.get("value") for option in options]
    return (
        0 < len(options) <= most
        and len(set(values)) == len(values)
        and all(map(_option, options))
        and ("initial_option" not in element or element["initial_option"] in options)
    )


_INPUTS: dict[str, Callable[[Node], bool]] = {
    "plain_text_input": _text_input,
    "users_select": _people,
    "static_select": _choices,
    "radio_buttons": _choices,
}


def _text(text: Any, limit: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> bool:
    if not isinstance(text, dict) or text.get("type") not in kinds:
        return False
    extra = {"emoji"} if text["type"] == "plain_text" else {"verbatim"}
    words = text.get("text")
    return isinstance(words, str) and 0 < len(words) <= limit and set(text) <= {"type", "text"} | extra


def _divider(block: Node) -> bool:
    return set(block) <= {"type", "block_id"}


_CHECKS: dict[str, Callable[[Node], bool]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "rich_text": _rich_text,
    "input": _input,
    "divider": _divider,
}


def texts(node: Any) -> Iterator[tuple[str, str]]:
    """Every text in a tree of blocks with its kind: mrkdwn, plain_text, or text (of rich_text)."""
    if isinstance(node, list):
        for item in node:
            yield from texts(item)
    elif isinstance(node, dict):
        if isinstance(node.get("text"), str) and "type" in node:
            yield node["type"], node["text"]
        for value in node.values():
            yield from texts(value)
