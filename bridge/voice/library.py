"""Templates by language and name: the shipped ones, and a tenant's own folder of the same shape.

A tenant's folder is read once and whole, and refused as a whole: a file that is never used because of
a slip in its name would be a silent loss.
"""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path

from jinja2 import Template, TemplateError

from bridge.domain.languages import LANGUAGES
from bridge.domain.model import Trigger
from bridge.voice.facts import GROUPS, NOTICE_FACTS, NOTICES, SAMPLE, SUGGESTION_FACTS
from bridge.voice.flaws import Flaw, VoiceError
from bridge.voice.grammar import MAX_SOURCE, BadTemplate, compile_template

Key = tuple[str, str]
"""Language, and `notices/<name>` or `suggestions/<trigger>[.<group>]`."""

SHIPPED_LANGUAGES = tuple(LANGUAGES)
"""Notices are shipped in all of them; suggested replies by trigger in some, and `GENERAL` in the others."""
GENERAL = "suggestions/general"
"""One reply that is true whatever the trigger: in the customer's language before one in another."""
_KINDS = ("notices", "suggestions")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def shipped(language: str, name: str) -> Template | None:
    """A template of the bridge itself; None when there is none of that language and name.

    Names may hold an AI's own words (a tool's name): only known ones are looked for on the disk.
    """
    known = language in SHIPPED_LANGUAGES and name in _shipped_names()
    return _read_shipped(language, name) if known else None


@cache
def _shipped_names() -> frozenset[str]:
    return frozenset((*_known_names(()), GENERAL))


@cache
def _read_shipped(language: str, name: str) -> Template | None:
    file = resources.files("bridge.voice") / "words" / language / f"{name}.txt"
    if not file.is_file():
        return None
    return compile_template(file.read_text("utf-8"), facts_of(name))


def facts_of(name: str) -> Sequence[str]:
    return NOTICE_FACTS if name.startswith("notices/") else SUGGESTION_FACTS


def read_folder(folder: Path, own_groups: Iterable[str]) -> Mapping[Key, Template]:
    """A tenant's own templates. Raises VoiceError with every flaw in them."""
    if not folder.is_dir():
        raise VoiceError([Flaw(folder, 0, "there is no such folder", "make it, or mend voice.templates")])
    known = _known_names(own_groups)
    found: dict[Key, Template] = {}
    flaws: list[Flaw] = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith(".")):
        try:
            key = _key(path.relative_to(folder), known)
            found[key] = _accepted(path, key[1])
        except BadTemplate as error:
            flaws.append(Flaw(path, error.line, str(error), error.mend))
    if flaws:
        raise VoiceError(flaws)
    return found


def _known_names(own_groups: Iterable[str]) -> list[str]:
    names = [f"notices/{name}" for name in NOTICES]
    for trigger in Trigger:
        own = own_groups if trigger is Trigger.POLICY else ()
        groups = [f".{group}" for group in (*GROUPS.get(trigger, ()), *own)]
        names += [f"suggestions/{trigger}{group}" for group in ("", *groups)]
    return names


def _key(path: Path, known: Sequence[str]) -> Key:
    if path.suffix != ".txt" or len(path.parts) != 3 or path.parts[1] not in _KINDS:
        mend = "name it <language>/notices/<name>.txt or <language>/suggestions/<trigger>.txt"
        raise BadTemplate(0, "not where a template is looked for", mend)
    language, kind, _ = path.parts
    if not _LANGUAGE.fullmatch(language):
        raise BadTemplate(0, f"{language} is not a language", "name the folder by a code such as en")
    name = f"{kind}/{path.stem}"
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        mend = f"did you mean {near[0].partition('/')[2]}.txt?" if near else "take it away"
        raise BadTemplate(0, f"there is no {kind.removesuffix('s')} named {path.stem}", mend)
    return language, name


def _accepted(path: Path, name: str) -> Template:
    """Compiled, and rendered with and without facts: it must not fail before a customer, nor say nothing."""
    try:
        if path.stat().st_size > 4 * MAX_SOURCE:
            raise BadTemplate(1, f"longer than {MAX_SOURCE} characters", "shorten it")
        template = compile_template(path.read_text("utf-8-sig"), facts_of(name))
    except UnicodeDecodeError:
        raise BadTemplate(1, "not UTF-8", "save it as UTF-8") from None
    except OSError as error:
        raise BadTemplate(0, error.strerror or "can't be read", "make it readable") from None
    for sample in (SAMPLE, dict.fromkeys(SAMPLE, "")):
        try:
            said = template.render(sample)
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise BadTemplate(1, f"can't be filled in: {error}", "mend the expression") from None
        if not said.strip():
            raise BadTemplate(1, "says nothing", "write words that stand without any fact, too")
    return template
