"""Packs: one language each, as data, compiled once at start.

`packs/CODE.toml` holds classes of words, patterns per signal, and what negates, supposes and
reports in that language. It must never hold code, nor a rule that the engine applies to one
language alone. The walk goes on in `detection`.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import chain
from typing import Any

from bridge.domain.signals.lexicon import Lexicon
from bridge.domain.signals.names import SIGNAL_NAMES, SignalName
from bridge.domain.signals.patterns import Pattern, PatternSet, compile_pattern, literals
from bridge.domain.signals.reading import Reading
from bridge.domain.signals.tokens import vocabulary_pattern

_SECTIONS = ("negation", "condition", "others", "quotation", "reply")
_RESERVED = ("not", "no", "cannot", "breaker", "bridge", "cheerful", "filler")


@dataclass(frozen=True, slots=True)
class Rules:
    """What fires the signals, and the readings of the same words that do not (`vetoes`)."""

    names: tuple[SignalName, ...]
    patterns: PatternSet
    vetoes: Mapping[SignalName, PatternSet]

    def candidates(self, reading: Reading) -> Iterator[tuple[SignalName, Pattern]]:
        """Patterns that may match, with the signal each would fire."""
        for number, pattern in self.patterns.candidates(reading):
            yield self.names[number], pattern


@dataclass(frozen=True, slots=True)
class Scope:
    """Markers that take a match back, how many words they reach, and when they are harmless."""

    before: PatternSet
    after: PatternSet
    harmless: PatternSet
    reach: int


@dataclass(frozen=True, slots=True)
class ReplyPatterns:
    """Plain-words answers to the offer of a person."""

    yes: PatternSet
    no: PatternSet
    unsure: PatternSet


@dataclass(frozen=True, slots=True)
class Pack:
    """One language. `cutter` is None where spaces part the words."""

    language: str
    lexicon: Lexicon
    cutter: re.Pattern[str] | None
    rules: Rules
    negation: Scope
    condition: Scope
    others: Scope
    quotation: Scope
    reply: ReplyPatterns


def available_languages() -> tuple[str, ...]:
    """Codes of the shipped packs, sorted."""
    files = (entry.name for entry in _folder().iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml")))


def load_packs(languages: Iterable[str]) -> tuple[Pack, ...]:
    """The shipped packs among `languages` (`es-MX` finds `es`), each once, in the order given.

    A code without a pack is left out: a tenant may serve a language that only its answerer knows.
    """
    known = available_languages()
    wanted = dict.fromkeys(re.split(r"[-_]", code.strip().lower())[0] for code in languages)
    return tuple(_shipped(code) for code in wanted if code in known)


@cache
def _shipped(code: str) -> Pack:
    return parse_pack((_folder() / f"{code}.toml").read_text(encoding="utf-8"))


def parse_pack(toml: str) -> Pack:
    """Compile a pack from its TOML; ValueError names the pattern or section that is wrong."""
    raw = tomllib.loads(toml)
    lexicon = _build_lexicon(raw)
    reply = raw.get("reply", {})
    spaced = raw.get("spaced", True)
    return Pack(
        language=raw["language"],
        lexicon=lexicon,
        cutter=None if spaced else vocabulary_pattern(lexicon.vocabulary()),
        rules=_compile_rules(raw.get("signals", {}), lexicon),
        negation=_compile_scope(raw.get("negation", {}), lexicon),
        condition=_compile_scope(raw.get("condition", {}), lexicon),
        others=_compile_scope(raw.get("others", {}), lexicon),
        quotation=_compile_scope(raw.get("quotation", {}), lexicon),
        reply=ReplyPatterns(
            _compile_set(reply.get("yes", ()), lexicon),
            _compile_set(reply.get("no", ()), lexicon),
            _compile_set(reply.get("unsure", ()), lexicon),
        ),
    )


def _folder() -> Any:  # Traversable moved between modules from 3.11 to 3.14
    return resources.files("bridge.domain.signals") / "packs"


def _build_lexicon(raw: Mapping[str, Any]) -> Lexicon:
    classes: dict[str, Iterable[str]] = dict.fromkeys(_RESERVED, ())
    written: Mapping[str, Sequence[str]] = raw.get("words", {})
    for name in written:
        classes[name] = tuple(_spell_out(name, written))
    for source in _every_pattern(raw):
        for word in literals(source):
            classes["=" + word] = (word,)
    slips = raw.get("slips", {})
    classes = {
        name: tuple(chain.from_iterable(_respell(entry, raw) for entry in entries))
        for name, entries in classes.items()
    }
    # A real word one letter away from one of ours must not be taken for a slip of it.
    classes["=real"] = slips.get("real", ())
    return Lexicon(classes, slips.get("of", ()))


def _spell_out(name: str, written: Mapping[str, Sequence[str]]) -> Iterable[str]:
    """A class may include another: `<name>` among its entries."""
    if name not in written:
        raise ValueError(f"no class <{name}>")
    for entry in written[name]:
        if entry.startswith("<"):
            yield from _spell_out(entry[1:-1], written)
        else:
            yield entry


def _respell(entry: str, raw: Mapping[str, Any]) -> tuple[str, ...]:
    """An entry, and the form it takes on a keyboard without its letters ("moechte")."""
    spellings: Mapping[str, str] = raw.get("spellings", {})
    other = entry
    for letter, spelt in spellings.items():
        other = other.replace(letter, spelt)
    return (entry,) if other == entry else (entry, other)


def _every_pattern(raw: Mapping[str, Any]) -> Iterable[str]:
    tables = chain((raw.get(section, {}) for section in _SECTIONS), raw.get("signals", {}).values())
    for table in tables:
        for value in table.values():
            if isinstance(value, list):
                yield from value


def _compile_rules(signals: Mapping[str, Any], lexicon: Lexicon) -> Rules:
    if unknown := set(signals) - set(SIGNAL_NAMES):
        raise ValueError(f"unknown signals: {', '.join(sorted(unknown))}")
    names: list[SignalName] = []
    patterns: list[Pattern] = []
    for name in SIGNAL_NAMES:
        compiled = _compile(signals.get(name, {}).get("patterns", ()), lexicon)
        names.extend(name for _ in compiled)
        patterns.extend(compiled)
    vetoes = {n: _compile_set(signals.get(n, {}).get("veto", ()), lexicon) for n in SIGNAL_NAMES}
    return Rules(tuple(names), PatternSet(patterns), vetoes)


def _compile_scope(table: Mapping[str, Any], lexicon: Lexicon) -> Scope:
    return Scope(
        before=_compile_set(table.get("before", ()), lexicon),
        after=_compile_set(table.get("after", ()), lexicon),
        harmless=_compile_set(table.get("harmless", ()), lexicon),
        reach=table.get("reach", 5),
    )


def _compile_set(sources: Iterable[str], lexicon: Lexicon) -> PatternSet:
    return PatternSet(_compile(sources, lexicon))


def _compile(sources: Iterable[str], lexicon: Lexicon) -> list[Pattern]:
    compiled = []
    for source in sources:
        try:
            compiled.append(compile_pattern(source, lexicon))
        except KeyError as missing:
            raise ValueError(f"pattern {source!r}: no class {missing}") from missing
    return compiled
