"""What there is in Slack: workspaces with channels and people, messages, tokens, and what was called."""

import hashlib
import hmac
import json
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from bridge.ports import Clock
from tests.fakes.slack.rules import texts

SIGNING_SECRET = "a-signing-secret-for-tests"
CLIENT_ID, CLIENT_SECRET = "111.222", "a-client-secret-for-tests"
APP_TOKEN = "xapp-token-for-tests"
TEAM, CHANNEL, TOKEN = "T000000001", "C000000001", "xoxb-token-for-tests"
APP, BOT = "A000000001", "B000000001"
SCOPES = (
    "chat:write",
    "channels:history",
    "channels:read",
    "commands",
    "files:read",
    "groups:history",
    "groups:read",
    "users:read",
)
"""What a workspace granted unless a test says otherwise."""


@dataclass
class Message:
    team: str
    channel: str
    ts: str
    text: str
    blocks: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, Any] | None = None
    thread: str = ""
    user: str = ""
    """Empty: the app's own."""

    @property
    def words(self) -> str:
        """All that people can read of it, in order."""
        return "\n".join(words for _, words in texts(self.blocks)) if self.blocks else self.text

    @property
    def buttons(self) -> list[str]:
        return [element["action_id"] for element in self._actions()]

    @property
    def menu(self) -> list[str]:
        """The values of the choices behind the card's `…`."""
        return [option["value"] for found in self._menus() for option in found["options"]]

    def value(self, button: str) -> str:
        return next(str(e["value"]) for e in self._actions() if e["action_id"] == button)

    def element(self, action: str) -> dict[str, Any]:
        found = (e for e in (*self._actions(), *self._menus()) if e["action_id"] == action)
        return next(found)

    def _actions(self) -> list[dict[str, Any]]:
        return [e for block in self.blocks if block["type"] == "actions" for e in block["elements"]]

    def _menus(self) -> list[dict[str, Any]]:
        beside = [block["accessory"] for block in self.blocks if "accessory" in block]
        return [element for element in beside if element["type"] == "overflow"]


@dataclass
class Channel:
    id: str
    name: str = "support"
    private: bool = False
    archived: bool = False
    joined: bool = True
    """Whether the app was invited."""
    left: set[str] = field(default_factory=set)
    """People of the workspace who are not in it."""


@dataclass
class Workspace:
    team: str
    name: str = "Example"
    users: dict[str, str] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    bot_user: str = "UBOT"
    apps: set[str] = field(default_factory=set)
    """Users that are no people: another app's bot."""
    closed: set[str] = field(default_factory=set)
    """Users whose accounts are closed."""


@dataclass(frozen=True)
class Call:
    method: str
    token: str
    arguments: Mapping[str, Any]
    error: str


@dataclass(frozen=True)
class Whispered:
    """Seen by one person only."""

    channel: str
    user: str
    text: str
    blocks: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Reply:
    """How the bridge answered Slack. Over a socket: 200 when it acknowledged, 0 when it did not."""

    status: int
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Refused(Exception):
    """Slack's `{"ok": false, "error": …}`."""


@dataclass
class ResponseUrl:
    channel: str
    user: str
    issued: float
    uses: int = 0


class World:
    """The state that the parts of the fake share."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.bridge = ""
        self.api_url = ""
        home = Workspace(TEAM, users={"U1": "Ana Ruiz", "U2": "Ben"}, channels={CHANNEL: Channel(CHANNEL)})
        self.workspaces = {TEAM: home}
        self.tokens = {TOKEN: TEAM}
        self.revoked: dict[str, str] = {}
        """Tokens that were good once, with the error that they get now."""
        self.messages: dict[tuple[str, str], Message] = {}
        self.calls: list[Call] = []
        self.whispered: list[Whispered] = []
        self.views: list[dict[str, Any]] = []
        """Modals, in the order of their opening."""
        self.homes: dict[tuple[str, str], dict[str, Any]] = {}
        """App Home, by workspace and user."""
        self.files: dict[str, tuple[str, str, bytes]] = {}
        """Uploaded by people: workspace, name and content by file id."""
        self.rates: dict[tuple[str, str], float] | None = None
        """Set to {} to have one post a second and channel enforced, in real time."""
        self.refused_for_haste = 0
        self._faults: dict[str, deque[tuple[str, str]]] = defaultdict(deque)
        self._triggers: dict[str, float] = {}
        self._responses: dict[str, ResponseUrl] = {}
        self._codes: dict[str, tuple[str, str, str]] = {}
        self._numbers = count(1)
        self._last: tuple[bytes, str] = (b"", "")

    @property
    def users(self) -> dict[str, str]:
        """The people of the first workspace."""
        return self.workspaces[TEAM].users

    @property
    def channels(self) -> dict[str, Channel]:
        return self.workspaces[TEAM].channels

    # ---- faults, for the next call of a method

    def fail(self, method: str, error: str) -> None:
        self._faults[method].append(("error", error))

    def limit(self, method: str, retry_after: int | str) -> None:
        """429, with the seconds to wait."""
        self._faults[method].append(("limit", str(retry_after)))

    def break_down(self, method: str, status: int = 503) -> None:
        """A page of HTML instead of an answer."""
        self._faults[method].append(("status", str(status)))

    def hang(self, method: str) -> None:
        """The call is accepted, and no answer comes as long as Slack lives."""
        self._faults[method].append(("hang", ""))

    def drop(self, method: str, *, accepted: bool) -> None:
        """The connection is lost before the answer, once the call was accepted, or before that."""
        self._faults[method].append(("drop accepted" if accepted else "drop", ""))

    # ---- what can be seen

    def cards(self, channel: str = CHANNEL) -> list[Message]:
        """Oldest first."""
        found = [m for m in self.messages.values() if m.channel == channel and m.metadata]
        return [m for m in found if m.metadata and m.metadata["event_type"] == "handoff_card"]

    def card(self, channel: str = CHANNEL) -> Message:
        return self.cards(channel)[-1]

    def thread(self, message: Message) -> list[Message]:
        return [m for m in self.messages.values() if m.thread == message.ts and m.channel == message.channel]

    def called(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    def home(self, user: str, team: str = TEAM) -> Message:
        """What somebody sees in the app's Home, read like a message."""
        return Message(team, "", "", "", self.homes[team, user]["blocks"])

    # ---- what admins do in Slack

    def delete(self, message: Message) -> None:
        del self.messages[message.channel, message.ts]

    def add_workspace(self, team: str, token: str, channel: str, users: Mapping[str, str]) -> Workspace:
        """Another workspace with one channel. An empty token: the app is not installed there."""
        made = Workspace(team, f"Example {team[-1]}", dict(users), {channel: Channel(channel)})
        self.workspaces[team] = made
        if token:
            self.tokens[token] = team
        return made

    def revoke(self, tokens: Iterable[str] | None = None, error: str = "token_revoked") -> None:
        for token in list(tokens if tokens is not None else self.tokens):
            del self.tokens[token]
            self.revoked[token] = error

    # ---- numbers

    def trigger(self) -> str:
        trigger = f"{next(self._numbers)}.trigger"
        self._triggers[trigger] = self.clock.now().timestamp()
        return trigger

    def spend_trigger(self, trigger: Any) -> None:
        issued = self._triggers.pop(trigger, None) if isinstance(trigger, str) else None
        if issued is None:
            raise Refused("exchanged_trigger_id")
        if self.clock.now().timestamp() - issued > 3:
            raise Refused("expired_trigger_id")

    def ts(self) -> str:
        return f"{int(self.clock.now().timestamp())}.{next(self._numbers):06d}"

    def response_url(self, channel: str, user: str) -> str:
        number = f"r{next(self._numbers)}"
        self._responses[number] = ResponseUrl(channel, user, self.clock.now().timestamp())
        return self.api_url.replace("/api/", f"/respond/{number}")


def signed(timestamp: str, body: bytes, secret: str = SIGNING_SECRET) -> str:
    """Slack's v0 signature, written down a second time, apart from the bridge's own."""
    basis = f"v0:{timestamp}:".encode() + body
    return "v0=" + hmac.new(secret.encode(), basis, hashlib.sha256).hexdigest()
