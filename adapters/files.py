"""Files and corrections on the wire of a channel: addresses and words, never bytes."""

from collections.abc import Mapping
from typing import Any

from yarl import URL

from adapters.http import field_number, field_text, problem
from bridge.domain.model import Entry, File
from bridge.domain.text import cut, one_line

MOST_FILES = 10
LONGEST_NAME, LONGEST_ADDRESS, LONGEST_MIME = 200, 2_000, 100


def files_field(body: Mapping[str, Any]) -> tuple[File, ...]:
    """The list `files` of a message, each `{name, url, mime?, size?}`; 400 for what is none."""
    listed = body.get("files")
    if listed is None:
        return ()
    if not isinstance(listed, list) or len(listed) > MOST_FILES:
        raise problem(400, "bad_field", f"'files' must be a list of at most {MOST_FILES}.")
    return tuple(_file(each) for each in listed)


def with_links(entry: Entry) -> str:
    """The text with a line for each file, for sides that show text alone."""
    return "\n".join(filter(None, [entry.text, *(f"{file.name}: {file.url}" for file in entry.files)]))


def more_of(entry: Entry) -> dict[str, Any]:
    """What a message has beside its text: files, and what it replaces. Sides that don't know of it lose
    nothing: the text says it too."""
    more: dict[str, Any] = {}
    if entry.files:
        more["files"] = [shown_file(file) for file in entry.files]
    if entry.replaces:
        more["replaces"] = {"seq": entry.replaces.seq, "text": entry.replaces.text}
    return more


def shown_file(file: File) -> dict[str, Any]:
    known = {"name": file.name, "url": file.url, "mime": file.mime, "size": file.size}
    return {name: value for name, value in known.items() if value}


def is_web_address(address: str) -> bool:
    """Of http or https, without a password in it: what may stand as a link before other people."""
    try:
        url = URL(address)
    except ValueError:
        return False
    printable = address.isprintable() and not any(ch.isspace() for ch in address)
    return printable and url.scheme in ("http", "https") and bool(url.host) and url.user is None


def _file(told: Any) -> File:
    if not isinstance(told, dict):
        raise problem(400, "bad_field", "Each of 'files' must be an object with a name and a url.")
    address = field_text(told, "url", limit=LONGEST_ADDRESS)
    if not is_web_address(address):
        raise problem(400, "bad_field", "The 'url' of a file must be an http or https address.")
    return File(
        name=cut(one_line(field_text(told, "name", limit=LONGEST_NAME)), LONGEST_NAME),
        url=address,
        mime=one_line(field_text(told, "mime", limit=LONGEST_MIME, required=False)),
        size=int(field_number(told, "size", required=False) or 0),
    )
