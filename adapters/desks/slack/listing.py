"""Lists of a desk: who waits, who has whom, who is on call, how it went. For App Home and `/handoff`.

Customers' words stand in plain_text, which knows no markup.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from adapters.desks.slack.blocks import Block, when
from adapters.desks.slack.wording import escape, inert, unmarked
from adapters.on_call import on_call_words
from bridge.domain.card import Card
from bridge.domain.ids import HandoffId
from bridge.domain.model import CallbackState
from bridge.domain.text import cut, isolated, one_line, told_line
from bridge.ports import CallbackView, OnCall


@dataclass(frozen=True, slots=True)
class Listed:
    """A card with the address where it stands; empty where that is not known."""

    card: Card
    link: str


def row(listed: Listed) -> list[Block]:
    """One conversation: who, why, what they want, a way to its card; and in small print since when."""
    card = listed.card
    want = f"\n{cut(told_line(card.want), 160)}" if one_line(card.want) else ""
    words = f"{isolated(cut(one_line(card.who), 60))} · {cut(one_line(card.reason), 40)}{want}"
    block: Block = {
        "type": "section",
        "text": {"type": "plain_text", "text": inert(words), "emoji": False},
    }
    if listed.link:
        text = {"type": "plain_text", "text": "Open", "emoji": False}
        block["accessory"] = {"type": "button", "action_id": "open", "text": text, "url": listed.link}
    return [block, context(_since(card))]


def _since(card: Card) -> str:
    if card.state == "claimed":
        return f"{unmarked(card.owner.name) if card.owner else 'A colleague'} has it since {when(card.since)}"
    if card.callback is not None:
        said = "*callback now*, promised for" if card.due else "callback"
        return f"{said} {when(card.callback.at)}"
    page = f" · page {card.pages}" if card.pages > 1 else ""
    return f"waiting since {when(card.since)}{page}"


def rows(title: str, found: Sequence[Listed], most: int, none: str = "") -> list[Block]:
    """A titled list, cut where it gets long; nothing, or the words for it, where there is none."""
    if not found:
        return [context(none)] if none else []
    more = len(found) - most
    listed = [section(f"*{title}* ({len(found)})")]
    for each in found[:most]:
        listed += row(each)
    return [*listed, context(f"… and {more} more in the channel")] if more > 0 else listed


def on_call_in_slack(on_call: OnCall) -> str:
    return on_call_words(on_call, unmarked, when)


def callback_words(callback: CallbackView, listed: Collection[HandoffId] = ()) -> str:
    """When, on the reader's clock and on the customer's, whom, and about what, where no row says that."""
    now = "*Now* · " if callback.state is CallbackState.DUE else ""
    theirs = escape(callback.on_their_clock)
    told = callback.handoff in listed or not one_line(callback.want)
    want = "" if told else f" · {unmarked(callback.want, 120)}"
    who = unmarked(callback.who) or "a customer"
    return f"{now}{when(callback.at)} · {who}{want} · theirs: {theirs}"


def section(words: str) -> Block:
    return {"type": "section", "text": mrkdwn(words)}


def context(words: str) -> Block:
    return {"type": "context", "elements": [mrkdwn(words)]}


def mrkdwn(words: str) -> Block:
    return {"type": "mrkdwn", "text": words, "verbatim": True}
