"""The card in Block Kit: one pure function from `Card` to blocks and fallback text.

What came from outside (the customer's words, drafts, profiles) stands only in rich_text and plain_text,
which know no markup; mrkdwn holds our own words and escaped names. It must never let customer text
mention, link or format, and never exceed what `chat.update` takes (the whole message stays under
9,000 characters; bolt-js#2509). The walk goes on in `delivery`, which posts and updates it.
"""

import json
import re
from datetime import datetime
from typing import Any

from adapters.desks.slack.incoming import MENU
from adapters.desks.slack.wording import escape, inert, unmarked
from bridge.domain.card import OUTCOMES, ButtonName, Card, Fact
from bridge.domain.model import Suggestion
from bridge.domain.text import cut, isolated, one_line, told_line

Block = dict[str, Any]

HEADER = 150
LINE = 200
SUGGESTION = 1_200
"""Of the suggested reply on the card; Edit shows all of it."""
FALLBACK = 3_000
_LABELS: dict[ButtonName, str] = {
    "claim": "Claim",
    "send_suggested": "Send suggested",
    "edit_suggested": "Edit",
    "release": "Release",
}
_ENDED = {"released": ("Released", "✅"), "closed": ("Closed", "⚪️"), "moved": ("Passed on", "➡️")}
_CHOICES = {"transfer": "Pass it on…", "take_over": "Take it over…"}
"""Behind the card's `…`, by the verb."""
_CLAIM_HINT = "*Claim* makes this thread the conversation"
_THREAD_HINT = "This thread goes to the customer; a line that starts with `//` stays inside"


def render(card: Card, notify: tuple[str, ...] = ()) -> tuple[list[Block], str]:
    """Blocks and the fallback text of one card. `notify`: user ids, see `called`."""
    if card.state in _ENDED:
        blocks = [_ended(card)]
    else:
        blocks = [_header(card), _state(card, notify)]
        blocks += [_story(card)] if one_line(card.want + card.tried) else []
        blocks += [_profile(card.facts)] if card.facts else []
        blocks += _suggestion(card.suggestion) if card.suggestion and card.suggestion.text.strip() else []
        blocks += [_actions(card)] if card.buttons else []
        blocks += [_footer(card)]
    return blocks, cut(escape(inert(told_line(card.headline))), FALLBACK)


def called(card: Card, notify: tuple[str, ...]) -> str:
    """Mentions of who is on call by name, else of the desk's `notify`; nobody else is ever mentioned."""
    named = [agent.id.removeprefix("slack:") for agent in card.mention if agent.id.startswith("slack:")]
    users = [user for user in named if re.fullmatch(r"[UW]\w{1,30}", user)]
    users = users or ([] if card.owner else list(notify))
    return " ".join(f"<@{user}>" for user in users)


def when(moment: datetime, form: str = "{date_short_pretty} at {time}") -> str:
    """A moment in the reader's own time zone, as a mrkdwn token with a fallback in UTC."""
    return f"<!date^{int(moment.timestamp())}^{form}|{moment:%d %b %H:%M} UTC>"


def _header(card: Card) -> Block:
    dot = "🟢" if card.state == "claimed" else "🔴" if card.urgent else "🟡"
    who, why = cut(one_line(card.who), 90), cut(one_line(card.reason), 40)
    return {"type": "header", "text": _plain(f"{dot} {isolated(who)} · {why}", HEADER)}


def _state(card: Card, notify: tuple[str, ...]) -> Block:
    """Who has it, since when and until when; while nobody has it, the call to act."""
    if card.state == "claimed":
        owner = _name(card.owner.name) if card.owner else "A colleague"
        lease = f" · at least until {when(card.lease_until, '{time}')}" if card.lease_until else ""
        since = f"🔒 *{owner}* has this conversation since {when(card.since, '{time}')}{lease}"
        return _lines(" · ".join(filter(None, [since, _passed_on(card)])), _callback(card))
    parts = [f"⏳ *{card.nobody}* · waiting since {when(card.since)}"]
    if card.lapsed_from:
        parts.append(f"{_name(card.lapsed_from)}'s claim ran out")
    if card.pages > 1:
        parts.append(f"page {card.pages}")
    parts.append(_passed_on(card))
    told = card.told.words(when) if card.told else ""
    return _lines(_callback(card), " · ".join(filter(None, [*parts, called(card, notify)])), told)


def _lines(*lines: str) -> Block:
    return _context("\n".join(filter(None, lines)))


def _callback(card: Card) -> str:
    """A promised time on the reader's clock and on the customer's; empty where none is promised."""
    promise = card.callback
    if promise is None:
        return ""
    theirs = escape(promise.on_their_clock)
    if card.due:
        return f"📞 *Callback now*, promised for {theirs}"
    return f"📞 *Callback {when(promise.at)}* · theirs: {theirs}"


def _passed_on(card: Card) -> str:
    """Who passed it on, from where and why; empty where nobody did."""
    passed = card.transferred
    if passed is None:
        return ""
    whence = f" from {unmarked(passed.desk)}" if passed.to_desk else ""
    why = f": {unmarked(passed.reason, 120)}" if passed.reason else ""
    return f"passed on by {_name(passed.by)}{whence}{why}"


def _story(card: Card) -> Block:
    """The two lines: what the customer wants, what was tried. Slack refuses empty texts."""
    lines = [("Wants", card.want), ("Tried", card.tried), ("Also", ", ".join(card.also))]
    elements: list[Block] = []
    for label, words in lines:
        if shown := cut(told_line(words), LINE):
            start = "\n" if elements else ""
            elements += [_text(f"{start}{label}  ", bold=True), _text(shown)]
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}


def _profile(facts: tuple[Fact, ...]) -> Block:
    """What is known of the customer, in small print; plain text, since the customer may have typed it."""
    shown = [_plain(f"{fact.label}: {one_line(fact.value)}", 120) for fact in facts[:10]]
    return {"type": "context", "elements": shown}


def _suggestion(suggestion: Suggestion) -> list[Block]:
    source = "from your template"
    if suggestion.drafted_by == "assistant":
        sure = f", {suggestion.confidence:.0%} sure" if suggestion.confidence is not None else ""
        source = f"drafted by the assistant{sure}"
    whole = len(suggestion.text) <= SUGGESTION
    shown = "\n".join(map(isolated, cut(suggestion.text, SUGGESTION).split("\n")))
    title = f"Suggested reply · {source}" + ("" if whole else " · Edit shows all of it")
    quoted = {"type": "rich_text_quote", "elements": [_text(shown)]}
    heading = {"type": "rich_text_section", "elements": [_text(title, bold=True)]}
    return [{"type": "rich_text", "elements": [heading, quoted]}]


def _actions(card: Card) -> Block:
    value = json.dumps({"handoff": card.handoff, "epoch": card.epoch}, separators=(",", ":"))
    return {"type": "actions", "elements": [_button(card, name, value) for name in card.buttons]}


def _button(card: Card, name: ButtonName, value: str) -> Block:
    button: Block = {
        "type": "button",
        "action_id": name,
        "text": _plain(_LABELS[name], 75),
        "value": value,
    }
    first = "claim" if "claim" in card.buttons else "send_suggested"
    if name == first:
        button["style"] = "primary"
    if name == "release" and card.state == "waiting":
        button["confirm"] = {
            "title": _plain("Give it back to the assistant?", 100),
            "text": _plain(
                "No person has answered yet. The customer is told that the assistant is back.", 300
            ),
            "confirm": _plain("Release", 30),
            "deny": _plain("Keep it here", 30),
        }
    return button


def _footer(card: Card) -> Block:
    """The transcript, what the thread is for, and behind `…` what is rarely done."""
    hint = _THREAD_HINT if card.state == "claimed" else _CLAIM_HINT
    words = " · ".join(filter(None, [_transcript(card), hint]))
    target = json.dumps({"handoff": card.handoff, "epoch": card.epoch}, separators=(",", ":"))
    options = [
        {"text": _plain(words, 75), "value": f"{verb} {target}"}
        for verb, words in _CHOICES.items()
        if verb in card.can
    ]
    if not options:
        return _context(words)
    menu = {"type": "overflow", "action_id": MENU, "options": options}
    return {"type": "section", "text": {"type": "mrkdwn", "text": words, "verbatim": True}, "accessory": menu}


def _ended(card: Card) -> Block:
    """Short and grey: what it was, who ended it, how it came out, or where it went; nothing to press."""
    verb, sign = _ENDED[card.state]
    if card.state == "moved":
        verb = f"{verb} to {unmarked(card.moved_to)}"
    who = card.transferred.by if card.state == "moved" and card.transferred else card.ended_by
    by = f" by {_name(who)}" if who else ""
    outcome = OUTCOMES[card.outcome] if card.outcome and card.state != "moved" else ""
    ended = f"{sign} *{verb}*{by} · {when(card.since)}"
    block = _context(" · ".join(filter(None, [ended, outcome, _transcript(card)])))
    block["elements"].append(_plain(f"{isolated(one_line(card.who))}: {told_line(card.want)}", LINE))
    return block


def transcript_on(blocks: object) -> str:
    """The transcript's address on a card that was posted before; empty when there is none."""
    found = re.search(r"<(https?://[^<>|\s]{1,2000})\|Whole transcript>", json.dumps(blocks))
    return found[1] if found else ""


def _transcript(card: Card) -> str:
    return f"<{card.transcript}|Whole transcript>" if card.transcript else ""


def _context(words: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": words, "verbatim": True}]}


def _name(name: str) -> str:
    return unmarked(name) or "A colleague"


def _plain(words: str, limit: int) -> Block:
    return {"type": "plain_text", "text": cut(inert(words), limit), "emoji": False}


def _text(words: str, *, bold: bool = False) -> Block:
    styled: Block = {"type": "text", "text": inert(words)}
    if bold:
        styled["style"] = {"bold": True}
    return styled
