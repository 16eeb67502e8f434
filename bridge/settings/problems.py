"""What is wrong with a setting: one line each that names file, line, key, why and mend.

Must never quote a value that could be a secret. Everything in this package that finds something
wrong makes `Problem`s; they are collected and raised together as one `SettingsError`.
"""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

KeyPath = tuple[str | int, ...]
"""The way to a setting: `("routing", "policy", 0, "group")`."""


@dataclass(frozen=True, slots=True)
class Problem:
    source: str
    """The file, as the admin named it."""
    line: int
    """From 1; 0 where no line is to blame."""
    key: str
    """`routing.policy[0].group`; empty for the file as a whole."""
    why: str
    mend: str = ""

    def __str__(self) -> str:
        where = f"{self.source}:{self.line}" if self.line else self.source
        what = f"{self.why}; {self.mend}" if self.mend else self.why
        return f"{where}: {self.key}: {what}" if self.key else f"{where}: {what}"


class SettingsError(Exception):
    """The settings can't be used. `problems` holds everything that was found, in the order of the lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UnknownTenant(LookupError):
    """A command names a tenant that the database does not know."""

    def __init__(self, tenant: str, known: Sequence[str]) -> None:
        mend = name_nearest(tenant, known) if known else "none is stored yet: start the service once"
        super().__init__(f"there is no tenant {tenant}; {mend}")


def spell(path: KeyPath) -> str:
    """A path as people write it: `routing.policy[0].group`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def nearest(word: str, known: Sequence[str]) -> str:
    """The known name that looks most like `word`; empty when none does."""
    folded = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.5)
    return folded[found[0]] if found else ""


def name_nearest(word: str, known: Sequence[str]) -> str:
    """The mend for a name that nobody knows: the nearest known one, else all of them."""
    if near := nearest(word, known):
        return f"did you mean {near}?"
    return f"known are {', '.join(known)}" if known else "take it out"


def one_a_key(problems: Iterable[Problem]) -> list[Problem]:
    """The first problem of each key, by line: what follows from the first is noise."""
    first: dict[tuple[str, str], Problem] = {}
    for problem in problems:
        first.setdefault((problem.source, problem.key or problem.why), problem)
    return sorted(first.values(), key=lambda p: (p.source, p.line))
