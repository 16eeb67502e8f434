"""The few elements of Adaptive Cards that a card is made of.

A mention stands in a text block, and its entity beside the card; the id is an Entra object id or a
sign-in name. https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-format
"""

from collections.abc import Iterable
from typing import Any

from adapters.desks.teams.wording import inert, shown_name
from bridge.domain.model import Agent
from bridge.domain.text import isolated

Element = dict[str, Any]


def run(words: str, *, bold: bool = False, subtle: bool = False) -> Element:
    """Words that are never markup, and keep to themselves where they are written from right to left."""
    styled: Element = {"type": "TextRun", "text": isolated(inert(words))}
    if bold:
        styled["weight"] = "Bolder"
    if subtle:
        styled["isSubtle"] = True
    return styled


def block(*runs: Element, large: bool = False, small: bool = False, tight: bool = False) -> Element:
    """A paragraph of runs."""
    size = {"size": "Large"} if large else {"size": "Small"} if small else {}
    shown: Element = {"type": "RichTextBlock", "inlines": [{**each, **size} for each in runs]}
    if tight:
        shown["spacing"] = "Small"
    return shown


def text(ours: str) -> Element:
    """Our own words, in which Teams reads mentions and dates."""
    return {"type": "TextBlock", "text": ours, "wrap": True}


def note(ours: str) -> Element:
    return {**text(ours), "size": "Small", "isSubtle": True, "spacing": "Small"}


def container(*items: Element) -> Element:
    return {"type": "Container", "style": "emphasis", "items": list(items)}


def mentions(agents: Iterable[Agent]) -> str:
    return " ".join(f"<at>{shown_name(agent.name)}</at>" for agent in agents)


def mentioned(agent: Agent) -> Element:
    name = shown_name(agent.name)
    id = agent.id.removeprefix("teams:")
    return {"type": "mention", "text": f"<at>{name}</at>", "mentioned": {"id": id, "name": name}}
