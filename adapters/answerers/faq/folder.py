"""The FAQ folder: reads Markdown files into entries, and says what is wrong with one by line.

The format is described in the package's docstring. Reads the disk once, at start; it must never
be called while a customer waits. The walk goes on in `index`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import yaml

from adapters.answerers.faq.markdown import plain

Kind = Literal["answer", "smalltalk"]

MAX_FILE_BYTES = 1_000_000
"""A file above it is not a FAQ but something that slipped into the folder."""

_FRONT_KEYS = frozenset({"title", "url", "language", "kind", "also"})
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_ENTRY = re.compile(r"^##[ \t]+(.+?)[ \t]*#*[ \t]*$")
_FIELD = re.compile(r"^(also|url):[ \t]*(.*)$", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-z]{2,3}")


class FaqFolderError(ValueError):
    """The folder can't be used; the message names the file, the line, why, and the mend."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One question with its answer."""

    id: str
    """`en/delivery#3`: the file and the number of the entry in it."""
    language: str
    question: str
    phrasings: tuple[str, ...]
    """The question first, then the other ways to ask it."""
    answer: str
    """Plain text, ready to send."""
    url: str = ""
    kind: Kind = "answer"


def read_folder(folder: Path, default_language: str) -> tuple[Entry, ...]:
    """Every entry of every `*.md` file below `folder`, in the order of the file names.

    Raises FaqFolderError when the folder is missing, a file is malformed, or nothing is in it.
    """
    if not folder.is_dir():
        raise FaqFolderError(f"{folder}: no such folder; make it, or mend answerer.folder")
    entries: list[Entry] = []
    for path in sorted(folder.rglob("*.md")):
        name = path.relative_to(folder).with_suffix("").as_posix()
        entries.extend(_entries_of(path, name, default_language))
    if not any(entry.kind == "answer" for entry in entries):
        raise FaqFolderError(f"{folder}: no entry in it; write one as '## Question' in a .md file")
    return tuple(entries)


def _entries_of(path: Path, name: str, default_language: str) -> Iterator[Entry]:
    text = _text_of(path)
    front, first_line, body = _split_front_matter(path, text)
    language = str(front.get("language") or _language_of_folder(name) or default_language).lower()
    if not _LANGUAGE.fullmatch(language):
        raise FaqFolderError(f"{path}:1: language {language!r}; write a code such as en")
    kind = front.get("kind", "answer")
    if kind not in get_args(Kind):
        raise FaqFolderError(f"{path}:1: kind {kind!r}; write answer or smalltalk")
    url = str(front.get("url") or "")
    sections = list(_sections(body, first_line)) or [_whole_file(path, front, body)]
    for number, section in enumerate(sections, start=1):
        if not section.answer:
            where = f"{path}:{section.line}"
            raise FaqFolderError(f"{where}: '{section.question}' has no answer; write it below")
        yield Entry(
            id=f"{name}#{number}",
            language=language,
            question=section.question,
            phrasings=(section.question, *section.also),
            answer=section.answer,
            url=section.url or url,
            kind="smalltalk" if kind == "smalltalk" else "answer",
        )


@dataclass(frozen=True, slots=True)
class _Section:
    line: int
    question: str
    also: tuple[str, ...]
    url: str
    answer: str


def _text_of(path: Path) -> str:
    if path.stat().st_size > MAX_FILE_BYTES:
        raise FaqFolderError(f"{path}: larger than {MAX_FILE_BYTES} bytes; split it")
    try:
        return path.read_text("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise FaqFolderError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None


def _split_front_matter(path: Path, text: str) -> tuple[Mapping[str, object], int, str]:
    """The front matter, the number of the body's first line, and the body."""
    found = _FRONT_MATTER.match(text)
    if not found:
        return {}, 1, text
    try:
        front = yaml.safe_load(found[1]) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        raise FaqFolderError(f"{path}:{line}: the front matter is not YAML; mend it") from None
    if not isinstance(front, dict):
        raise FaqFolderError(f"{path}:2: the front matter has no keys; write them as 'key: value'")
    unknown = sorted(str(key) for key in front if key not in _FRONT_KEYS)
    if unknown:
        known = ", ".join(sorted(_FRONT_KEYS))
        raise FaqFolderError(f"{path}:2: unknown key {unknown[0]!r}; known are {known}")
    return front, found[0].count("\n") + 1, text[found.end() :]


def _language_of_folder(name: str) -> str:
    """`de` for `de/delivery`; nothing for a file that is in no language's folder."""
    top, _, rest = name.partition("/")
    return top.lower() if rest and re.fullmatch(r"[A-Za-z]{2}", top) else ""


def _sections(body: str, first_line: int) -> Iterator[_Section]:
    """The body cut at its `## ` headings; what stands before the first is for the writers."""
    heading, at, lines = "", 0, list[str]()
    for number, line in enumerate(body.split("\n"), start=first_line):
        found = _ENTRY.match(line)
        if found:
            if heading:
                yield _section(heading, at, lines)
            heading, at, lines = plain(found[1]), number, []
        else:
            lines.append(line)
    if heading:
        yield _section(heading, at, lines)


def _section(question: str, line: int, lines: Sequence[str]) -> _Section:
    also: list[str] = []
    url = ""
    rest = list(lines)
    while rest and (not rest[0].strip() or _FIELD.match(rest[0])):
        found = _FIELD.match(rest.pop(0))
        if found and found[1].lower() == "also":
            also.extend(part.strip() for part in found[2].split("|") if part.strip())
        elif found:
            url = found[2].strip()
    return _Section(line, question, tuple(also), url, plain("\n".join(rest)))


def _whole_file(path: Path, front: Mapping[str, object], body: str) -> _Section:
    """A file without `## ` headings is one entry; its title is the question."""
    title = front.get("title")
    if not title:
        raise FaqFolderError(f"{path}:1: no '## Question' and no title; write one of them")
    also = front.get("also") or ()
    phrasings = [also] if isinstance(also, str) else also
    if not isinstance(phrasings, list | tuple):
        raise FaqFolderError(f"{path}:2: 'also' is not a list; write '- phrasing' lines")
    return _Section(1, str(title), tuple(str(one) for one in phrasings), "", plain(body))
