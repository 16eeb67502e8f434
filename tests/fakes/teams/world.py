"""Who and what there is in the fake Teams: people, a team with a channel, messages, faults."""

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.teams import rules

APP = "6f0a1c2e-0000-4000-8000-00000000a001"
TENANT = "7e9b0000-0000-4000-8000-0000000000f1"
SECRET = "an-app-secret-of-acme"
TEAM = "19:teamacme@thread.tacv2"
CHANNEL = "19:supportacme@thread.tacv2"
BOT = "Handoff Bridge"


@dataclass(frozen=True)
class Person:
    id: str
    name: str
    object_id: str

    def account(self) -> dict[str, str]:
        return {"id": self.id, "name": self.name, "aadObjectId": self.object_id}


ANA = Person("29:ana", "Ana Ruiz", "a0000000-0000-4000-8000-00000000000a")
BEN = Person("29:ben", "Ben", "b0000000-0000-4000-8000-00000000000b")
EVE = Person("29:eve", "Eve", "e0000000-0000-4000-8000-00000000000e")
"""Not a member of the team."""


@dataclass
class Message:
    """What the bot posted, as it is now."""

    conversation: str
    id: str
    activity: dict[str, Any]
    deleted: bool = False
    edits: int = 0

    @property
    def card(self) -> dict[str, Any]:
        [attachment] = self.activity["attachments"]
        content: dict[str, Any] = attachment["content"]
        return content

    @property
    def is_card(self) -> bool:
        return bool(self.activity.get("attachments"))

    @property
    def is_root(self) -> bool:
        return self.conversation.endswith(f";messageid={self.id}")

    @property
    def words(self) -> str:
        return rules.words(self.activity)

    @property
    def buttons(self) -> list[str]:
        return buttons(self.card)

    @property
    def mentioned(self) -> list[str]:
        return [entity["mentioned"]["id"] for entity in rules.entities(self.card)]


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    body: Any


@dataclass(frozen=True)
class Reply:
    """What the bridge answered."""

    status: int
    body: Any = None

    @property
    def privately(self) -> str:
        """Words in an invoke's answer."""
        told = self.body if isinstance(self.body, dict) else {}
        return str(told["value"]) if told.get("type") == "application/vnd.microsoft.activity.message" else ""

    @property
    def card(self) -> dict[str, Any]:
        assert self.body["type"] == rules.CARD, self.body
        found: dict[str, Any] = self.body["value"]
        return found


@dataclass
class Fault:
    method: str
    status: int = 0
    """0: the connection is dropped."""
    code: str = "injected"
    headers: dict[str, str] = field(default_factory=dict)
    accepted: bool = False
    """The message is there all the same."""


def buttons(card: dict[str, Any]) -> list[str]:
    return [action["id"] for action in card.get("actions", ()) if "id" in action]


def action_of(card: dict[str, Any], button: str) -> dict[str, Any]:
    """The `Action.Execute` behind a button, below it where it opens something."""
    [found] = [action for action in card["actions"] if action.get("id") == button]
    if found["type"] == "Action.ShowCard":
        [found] = found["card"]["actions"]
    assert found["type"] == "Action.Execute"
    return dict(found)
