"""What a turn asks: the customer's words since the last answer, and what they said before.

What was written while a person had the conversation was that person's to answer.

Pure. System notices don't end a turn: the customer was told something, but not answered.
"""

import re
from dataclasses import dataclass

from adapters.http import clean_text
from bridge.domain.model import Turn

MAX_LETTERS = 2_000
"""What is read of a turn, the newest words first: a bound on the work, far above a question."""
_SENTENCE_END = re.compile(r"(?<=[?!.])\s+|\n+")
_ANSWERING = frozenset({"assistant", "agent"})
_LEANING = re.compile(
    r"(?:and|or|but|(?:what|how) about|y|e|o|pero|qu[eé] (?:tal|hay)|und|oder|aber|was ist mit)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    before: str = ""
    """The customer's last message of the turn before, for a follow-up to lean on."""
    last_answer: str = ""
    """What the assistant said last."""

    @property
    def leans_back(self) -> bool:
        """Whether it begins like a follow-up: "and to Norway?", "what about boots?"."""
        return bool(self.before and _LEANING.match(self.text.lstrip(" ¿¡.…,-")))

    @property
    def sentences(self) -> tuple[str, ...]:
        return tuple(part for part in map(str.strip, _SENTENCE_END.split(self.text)) if part)


def question_of(turn: Turn) -> Question:
    asked: list[str] = []
    before = last_answer = ""
    stretch = turn.human_stretch
    for said in turn.messages:
        if stretch and said.author == "customer" and said.at <= stretch.until:
            before, asked = clean_text(said.text), []  # a person has seen to it
        elif said.author == "customer":
            asked.append(clean_text(said.text))
        elif said.author in _ANSWERING:
            before = asked[-1] if asked else before
            last_answer = said.text if said.author == "assistant" else ""
            asked = []
    return Question(
        text="\n".join(asked).strip()[-MAX_LETTERS:],
        before=before.strip()[-MAX_LETTERS:],
        last_answer=last_answer,
    )
