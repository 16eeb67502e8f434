"""Text between two worlds: what people write in Teams becomes plain words, foreign words stay inert there.

Customers' words stand only where Teams reads no markup (text runs of a card), or escaped (a message's
XML). What a text run still acts on, mentions and dates, is parted by a joiner of no width.
https://learn.microsoft.com/microsoftteams/platform/bots/how-to/format-your-bot-messages
"""

import html
import re
from html.parser import HTMLParser

from bridge.domain.text import cut, one_line

_JOINER = "\u2060"
_LIVE = re.compile(r"<(?=/?at\b)|\{(?=\{\s*(?:DATE|TIME)\s*\()", re.IGNORECASE)
_MENTION = re.compile(r"<at\b[^>]*>(.*?)</at>", re.IGNORECASE | re.DOTALL)
_BLOCKS = {"p", "div", "blockquote", "li", "pre", "h1", "h2", "h3", "tr", "table", "ul", "ol"}
_SILENT = {"script", "style", "attachment"}


def inert(text: str) -> str:
    """For a text run of a card."""
    return _LIVE.sub(lambda found: found[0] + _JOINER, text)


def escaped(text: str) -> str:
    """For a message in XML: exact, and never markup."""
    return html.escape(inert(text), quote=False).replace("\n", "<br/>")


def shown_name(name: str) -> str:
    """A person's name as it may stand in a mention."""
    return cut(re.sub(r"[<>&*_\[\]`~\\]", "", one_line(name)), 60) or "a colleague"


def spoken(text: str, bot_names: frozenset[str]) -> str:
    """A message's plain text as its writer meant it: without the call to the bot, others by name."""

    def name(found: re.Match[str]) -> str:
        who = one_line(html.unescape(found[1]))
        return "" if who.lower() in bot_names else f"@{who}"

    return _MENTION.sub(name, text).replace("\xa0", " ").strip()


def read_html(content: str, bot_names: frozenset[str]) -> str:
    """A message's HTML as the words that its writer saw. Unlike the plain text, it is unambiguous."""
    reader = _Reader(bot_names)
    reader.feed(content)
    reader.close()
    lines = "".join(reader.words).replace("\xa0", " ").split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip() for line in lines)).strip()


class _Reader(HTMLParser):
    def __init__(self, bot_names: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._bot_names = bot_names
        self._mention: list[str] | None = None
        self._mention_tag = ""
        self._silent = 0
        self._link = ("", 0)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in _SILENT:
            self._silent += 1
        elif tag == "br":
            self.words.append("\n")
        elif tag in _BLOCKS:
            self._new_line()
        elif tag in ("img", "emoji"):
            self.words.append(given.get("alt") or "")
        elif tag == "a":
            self._link = (given.get("href") or "", len(self.words))
        elif tag == "at" or "schema.skype.com/Mention" in (given.get("itemtype") or ""):
            self._mention, self._mention_tag = [], tag

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(self._silent - 1, 0)
        elif self._mention is not None and tag == self._mention_tag:
            who = one_line("".join(self._mention))
            self._mention = None
            self.words.append("" if who.lower() in self._bot_names else f"@{who}")
        elif tag == "a":
            self._end_link()
        elif tag in _BLOCKS:
            self._new_line()

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        (self.words if self._mention is None else self._mention).append(re.sub(r"[\r\n\t]+", " ", data))

    def _new_line(self) -> None:
        if self.words and not self.words[-1].endswith("\n"):
            self.words.append("\n")

    def _end_link(self) -> None:
        """A link whose words are not its address shows both."""
        href, start = self._link
        label = "".join(self.words[start:])
        bare = re.sub(r"^(?:https?://|mailto:|tel:)", "", href).rstrip("/")
        if href.startswith(("http://", "https://")) and label.strip().rstrip("/") not in (
            href.rstrip("/"),
            bare,
        ):
            self.words.append(f" ({href})")
        self._link = ("", 0)
