"""What a labelled sentence is, and how the tests of every language judge it."""

from collections.abc import Sequence

from bridge.domain.signals import Pack, detect, load_packs

PACKS: tuple[Pack, ...] = load_packs(["en", "es", "de"])

Case = tuple[str, str]  # the sentence; the names that must fire, spaces between


def fired(text: str, packs: Sequence[Pack] = PACKS) -> str:
    """The names of what fired, sorted, spaces between."""
    return " ".join(sorted(signal.name for signal in detect(text, packs)))


def named(cases: Sequence[Case]) -> list[tuple[str, str]]:
    """Cases with their names sorted as `fired` sorts them."""
    return [(text, " ".join(sorted(names.split()))) for text, names in cases]
