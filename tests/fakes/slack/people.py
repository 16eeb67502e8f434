"""What people do in Slack: press, choose, send modals off, write, edit, delete, type commands.

Nobody can do here what Slack does not offer: a button that is not on the message, an empty required field.
"""

from collections.abc import Mapping
from typing import Any

from tests.fakes.slack.transport import Transport
from tests.fakes.slack.world import APP, BOT, CHANNEL, TEAM, Message, Reply

Values = Mapping[str, Any]


class People(Transport):
    async def press(
        self,
        button: str,
        message: Message,
        user: str = "U1",
        *,
        value: str | None = None,
        team: str = "",
        at: str = "",
    ) -> Reply:
        """Somebody presses a button. `value`, `team`: what a forger would put there."""
        pressed = {
            "type": "button",
            "block_id": "b1",
            "action_id": button,
            "text": {"type": "plain_text", "text": button},
            "action_ts": at or self.ts(),
            "value": message.value(button) if value is None else value,
        }
        return await self._act(pressed, message, user, team)

    async def choose(
        self, choice: str, message: Message, user: str = "U1", *, menu: str = "more", team: str = ""
    ) -> Reply:
        """Somebody picks one of the choices behind `…`, by the beginning of its value."""
        options = message.element(menu)["options"]
        [option] = [o for o in options if o["value"].startswith(choice) or choice in o["value"]]
        chosen = {"type": "overflow", "action_id": menu, "block_id": "b1", "action_ts": self.ts()}
        return await self._act({**chosen, "selected_option": option}, message, user, team)

    async def _act(self, action: Values, message: Message, user: str, team: str) -> Reply:
        where = {"message_ts": message.ts, "channel_id": message.channel}
        shown = {"ts": message.ts, "text": message.text, "bot_id": BOT, "blocks": message.blocks}
        if message.thread:
            shown["thread_ts"] = message.thread
        payload = {
            "type": "block_actions",
            **self._person(user, team or message.team),
            "container": {"type": "message", **where, "is_ephemeral": False},
            "trigger_id": self.trigger(),
            "channel": {"id": message.channel, "name": "support"},
            "message": {"type": "message", "user": "UBOT", **shown},
            "response_url": self.response_url(message.channel, user),
            "actions": [action],
        }
        return await self.send("interactive", payload)

    async def press_at_home(self, button: str, user: str = "U1", team: str = TEAM, *, nth: int = 0) -> Reply:
        """Somebody presses a button in the app's Home."""
        view = self.homes[team, user]
        rows = [block for block in view["blocks"] if block["type"] in ("actions", "section")]
        elements = [e for row in rows for e in row.get("elements", [row.get("accessory")]) if e]
        element = [e for e in elements if e["action_id"] == button][nth]
        kept = ("type", "action_id", "text", "value")
        pressed = {k: element[k] for k in kept if k in element} | {"block_id": "b", "action_ts": self.ts()}
        payload = {
            "type": "block_actions",
            **self._person(user, team),
            "container": {"type": "view", "view_id": view["id"]},
            "trigger_id": self.trigger(),
            "view": {**view, "app_id": APP, "bot_id": BOT, "state": {"values": {}}},
            "actions": [pressed],
        }
        return await self.send("interactive", payload)

    async def open_home(self, user: str = "U1", team: str = TEAM) -> Reply:
        opened = {"type": "app_home_opened", "user": user, "channel": f"D{user}", "tab": "home"}
        return await self.send_event({**opened, "event_ts": self.ts()}, team)

    async def submit_modal(
        self, view: Mapping[str, Any], values: Values, user: str = "U1", team: str = TEAM
    ) -> Reply:
        """Somebody sends a modal off. `values`: by the id that input block and element share."""
        inputs = {b["block_id"]: b for b in view["blocks"] if b["type"] == "input"}
        assert set(values) <= set(inputs), f"the modal has no {set(values) - set(inputs)}"
        typed = {name: {name: _typed(inputs[name], values.get(name))} for name in inputs}
        kept = {**view, "state": {"values": typed}, "app_id": APP, "bot_id": BOT}
        payload = {"type": "view_submission", **self._person(user, team), "view": kept}
        return await self.send("interactive", payload)

    async def write_in_thread(
        self, message: Message, text: str, user: str = "U1", *, raw: bool = False, **event: Any
    ) -> Reply:
        """Somebody writes below a message. `raw`: the text is in Slack's markup already."""
        sent = text if raw else escaped(text)
        ts = self.ts()
        line = Message(message.team, message.channel, ts, sent, thread=message.ts, user=user)
        self.messages[line.channel, ts] = line
        said = {"type": "message", "user": user, "text": sent, "ts": ts, "thread_ts": message.ts}
        told = {**said, "channel": message.channel, "channel_type": "channel", **event}
        return await self.send_event(told, message.team)

    def line(self, text: str) -> Message:
        """The newest line of a person with these words."""
        found = [m for m in self.messages.values() if m.user and m.text == escaped(text)]
        return found[-1]

    async def edit(self, line: Message, text: str) -> Reply:
        """Somebody changes what they wrote."""
        before = self._shown(line)
        line.text = escaped(text)
        after = {**self._shown(line), "edited": {"user": line.user, "ts": self.ts()}}
        return await self._tell_of(line, "message_changed", {"message": after, "previous_message": before})

    async def take_back(self, line: Message) -> Reply:
        """Somebody deletes what they wrote."""
        self.delete(line)
        told = {"deleted_ts": line.ts, "previous_message": self._shown(line)}
        return await self._tell_of(line, "message_deleted", told)

    async def attach(
        self, message: Message, name: str, content: bytes, text: str = "", user: str = "U1"
    ) -> Reply:
        """Somebody uploads a file into a thread."""
        file = f"F{next(self._numbers):08d}"
        self.files[file] = (message.team, name, content)
        told = {
            "id": file,
            "name": name,
            "title": name,
            "mimetype": "image/png" if name.endswith(".png") else "application/octet-stream",
            "size": len(content),
            "url_private": self.api_url.replace("/api/", f"/files/{file}/{name}"),
            "mode": "hosted",
        }
        return await self.write_in_thread(message, text, user, subtype="file_share", files=[told])

    async def echo(self, message: Message) -> Reply:
        """Slack tells the app of the app's own message."""
        said = {"type": "message", "text": message.text, "ts": message.ts, "channel": message.channel}
        thread = {"thread_ts": message.thread} if message.thread else {}
        return await self.send_event({**said, **thread, "user": "UBOT", "bot_id": BOT, "app_id": APP})

    async def command(
        self,
        text: str,
        user: str = "U1",
        *,
        channel: str = CHANNEL,
        team: str = TEAM,
        command: str = "/handoff",
    ) -> Reply:
        form = {
            "token": "deprecated",
            "team_id": team,
            "team_domain": "example",
            "channel_id": channel,
            "channel_name": "support",
            "user_id": user,
            "user_name": self._login(user, team),
            "command": command,
            "text": text,
            "api_app_id": APP,
            "is_enterprise_install": "false",
            "response_url": self.response_url(channel, user),
            "trigger_id": self.trigger(),
        }
        return await self.send("slash_commands", form)

    async def uninstall(self, team: str = TEAM) -> Reply:
        """An admin removes the app from a workspace."""
        self.revoke([token for token, owner in self.tokens.items() if owner == team], "account_inactive")
        revoked = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["UBOT"]}}
        await self.send_event(revoked, team)
        return await self.send_event({"type": "app_uninstalled"}, team)

    async def send_event(self, event: Mapping[str, Any], team: str = TEAM) -> Reply:
        envelope = {
            "token": "deprecated",
            "team_id": team,
            "api_app_id": APP,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{next(self._numbers):08d}",
            "event_time": int(self.clock.now().timestamp()),
            "authorizations": [{"enterprise_id": None, "team_id": team, "user_id": "UBOT", "is_bot": True}],
        }
        return await self.send("events_api", envelope)

    async def _tell_of(self, line: Message, subtype: str, more: Values) -> Reply:
        said = {"type": "message", "subtype": subtype, "hidden": True, "ts": self.ts()}
        where = {"channel": line.channel, "channel_type": "channel", "event_ts": self.ts()}
        return await self.send_event({**said, **where, **more}, line.team)

    async def sweep_away(self, message: Message) -> Reply:
        """An admin deletes a message of the app, and Slack says so."""
        self.delete(message)
        before = {**self._shown(message), "bot_id": BOT, "app_id": APP, "user": "UBOT"}
        if not message.thread:
            del before["thread_ts"]
        told = {"deleted_ts": message.ts, "previous_message": before}
        return await self._tell_of(message, "message_deleted", told)

    def _shown(self, line: Message) -> dict[str, Any]:
        said = {"type": "message", "user": line.user, "text": line.text, "ts": line.ts}
        return {**said, "thread_ts": line.thread, "team": line.team}

    def _person(self, user: str, team: str) -> dict[str, Any]:
        login = self._login(user, team)
        return {
            "user": {"id": user, "username": login, "name": login, "team_id": team},
            "team": {"id": team, "domain": "example"},
            "api_app_id": APP,
            "token": "deprecated",
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _login(self, user: str, team: str) -> str:
        known = self.workspaces[team].users if team in self.workspaces else {}
        return known.get(user, "somebody").lower().replace(" ", ".")


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _typed(block: Mapping[str, Any], value: Any) -> dict[str, Any]:
    """What Slack says of one input, as it was left or as the modal began."""
    element = block["element"]
    kind = element["type"]
    if kind == "plain_text_input":
        given = value if value is not None else element.get("initial_value")
        _filled(block, given)
        return {"type": kind, "value": given or None}
    if kind == "users_select":
        _filled(block, value)
        return {"type": kind, "selected_user": value}
    options = {o["value"]: o for o in element["options"]}
    chosen = element.get("initial_option") if value is None else options[value]
    _filled(block, chosen)
    return {"type": kind, "selected_option": chosen}


def _filled(block: Mapping[str, Any], value: Any) -> None:
    assert value or block.get("optional"), f"Slack does not send {block['block_id']} off empty"
