"""Reads what Slack sends into the values of `incoming`.

Everything that is genuine and none of them is `Ignored`: Slack gets its 200 and nothing happens. What has
a known type and not its shape is a 400. Next: `dispatch` brings each to its listener.
"""

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from adapters.desks.slack.incoming import (
    ACTIONS,
    CALLBACKS,
    CHOICES,
    COMMAND,
    HOME_ACTIONS,
    LIFECYCLE,
    MENU,
    AppsDeleted,
    Changed,
    Command,
    Greeting,
    HomeOpened,
    HomePress,
    Ignored,
    Incoming,
    Lifecycle,
    Line,
    Press,
    Submission,
)
from adapters.http import clean_text, parse_form, parse_json, problem

_CHANGES = ("message_changed", "message_deleted")
_PLAIN_SUBTYPES = (None, "file_share", "thread_broadcast")


def parse(content_type: str, body: bytes) -> Incoming:
    """A genuine request's body. Raises a 400 for what is no JSON, no form, or not of its type's shape."""
    return read(parse_json(body) if content_type == "application/json" else _form_payload(body))


def read(payload: Mapping[str, Any]) -> Incoming:
    """A payload, however it came. Raises a 400 for what is not of its type's shape."""
    try:
        return _read(payload)
    except ValidationError:
        raise _malformed() from None


def _read(payload: Mapping[str, Any]) -> Incoming:
    kind = payload.get("type")
    if kind == "url_verification":
        challenge = payload.get("challenge")
        if not isinstance(challenge, str) or len(challenge) > 500:
            raise _malformed()
        return Greeting(challenge)
    if kind == "event_callback":
        return _read_event(payload)
    if kind == "block_actions":
        return _read_press(payload)
    if kind == "view_submission":
        view = payload.get("view")
        known = isinstance(view, dict) and view.get("callback_id") in CALLBACKS
        if not known:
            return Ignored()
        return Submission.model_validate({**payload, "values": _filled_in(view)})
    if kind is None and payload.get("command") == COMMAND:
        return Command.model_validate(payload)
    return Ignored()


def _read_press(payload: Mapping[str, Any]) -> Press | HomePress | Ignored:
    actions = payload.get("actions")
    if not isinstance(actions, list) or not actions or not isinstance(actions[0], dict):
        raise _malformed()
    if actions[0].get("action_id") in HOME_ACTIONS:
        return HomePress.model_validate(payload)
    if actions[0].get("action_id") == MENU:
        chosen = _chosen(actions[0])
        return Press.model_validate({**payload, "actions": [chosen]}) if chosen else Ignored()
    if actions[0].get("action_id") not in ACTIONS:
        return Ignored()
    return Press.model_validate(payload)


def _chosen(action: Mapping[str, Any]) -> dict[str, Any] | None:
    """A choice of the menu as if it were a button: its value is the action's name and the button's value."""
    option = action.get("selected_option")
    value = option.get("value") if isinstance(option, dict) else None
    name, _, rest = value.partition(" ") if isinstance(value, str) else ("", "", "")
    return {**action, "action_id": name, "value": rest} if name in CHOICES else None


def _filled_in(view: Any) -> dict[str, str]:
    """What each field of a window holds, whatever kind of field it is; empty ones are left out."""
    state = view.get("state")
    values = state.get("values") if isinstance(state, dict) else None
    found = {}
    for name, elements in values.items() if isinstance(values, dict) else ():
        for element in elements.values() if isinstance(elements, dict) else ():
            given = _given(element) if isinstance(element, dict) else None
            if isinstance(given, str) and given:
                found[name] = given
    return found


def _given(element: Mapping[str, Any]) -> Any:
    option = element.get("selected_option")
    chosen = option.get("value") if isinstance(option, dict) else None
    return element.get("value") or element.get("selected_user") or chosen


def _read_event(
    payload: Mapping[str, Any],
) -> Line | Changed | AppsDeleted | HomeOpened | Lifecycle | Ignored:
    event = payload.get("event")
    if not isinstance(event, dict):
        raise _malformed()
    if event.get("type") in LIFECYCLE:
        return Lifecycle.model_validate(payload)
    if event.get("type") == "app_home_opened":
        return HomeOpened.model_validate(payload) if event.get("tab", "home") == "home" else Ignored()
    if event.get("type") == "message" and event.get("subtype") in _CHANGES:
        if _changed_by_a_person(event):
            return Changed.model_validate(payload)
        return AppsDeleted.model_validate(payload) if _deleted_of_an_apps(event) else Ignored()
    if event.get("type") != "message" or not _by_a_person_in_a_thread(event):
        return Ignored()
    return Line.model_validate({**payload, "event": {k: v for k, v in event.items() if v is not None}})


def _changed_by_a_person(event: Mapping[str, Any]) -> bool:
    """A line in a thread whose words are others now, or gone. Slack also calls an unfurled link a change."""
    before, after = event.get("previous_message"), event.get("message")
    if not isinstance(before, dict) or not _by_a_person_in_a_thread(before):
        return False
    if event.get("subtype") == "message_deleted":
        return True
    if not isinstance(after, dict) or after.get("subtype") == "tombstone":
        return False
    return bool(after.get("text") != before.get("text"))


def _deleted_of_an_apps(event: Mapping[str, Any]) -> bool:
    """No reply of an app's in a thread: a message that may have a thread itself."""
    before = event.get("previous_message")
    if event.get("subtype") != "message_deleted" or not isinstance(before, dict):
        return False
    return bool(before.get("bot_id")) and before.get("thread_ts") in (None, before.get("ts"))


def _by_a_person_in_a_thread(event: Mapping[str, Any]) -> bool:
    """Not an edit, a deletion, a join, an app's message (our own among them), or the card itself."""
    plain = event.get("subtype") in _PLAIN_SUBTYPES and not event.get("hidden")
    by_app = event.get("bot_id") or event.get("bot_profile")
    in_thread = event.get("thread_ts") and event.get("thread_ts") != event.get("ts")
    return bool(plain and not by_app and in_thread and event.get("user"))


def _form_payload(body: bytes) -> dict[str, Any]:
    """The JSON in a form's `payload`; a form without one is a command, field by field."""
    form = parse_form(body)
    payload = form.get("payload")
    if payload is not None:
        return parse_json(payload.encode())
    return {name: clean_text(value) for name, value in form.items() if name != "type"}


def _malformed() -> web.HTTPException:
    return problem(400, "bad_payload", "This is not a payload of Slack's in JSON or a form.")
