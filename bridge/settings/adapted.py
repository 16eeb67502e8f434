"""The sections that belong to adapters: read by the schema that lives beside the adapter of their `kind`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bridge.settings.document import Document
from bridge.settings.problems import KeyPath, name_nearest
from bridge.settings.schemas import Port, Schemas
from bridge.settings.section import without_empty
from bridge.settings.wording import problems_of

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Adapted:
    """One section, as its adapter's own `Settings`."""

    kind: str
    settings: BaseModel


def read_adapted(
    document: Document, path: KeyPath, raw: Any, port: Port, schemas: Schemas, folder: Path
) -> Adapted | None:
    """None when something is wrong with it: the document's problems say what."""
    if not isinstance(raw, dict):
        return None  # the file's own schema complains
    kinds = schemas.kinds(port)
    kind = raw.get("kind")
    if not isinstance(kind, str):
        mend = f"write kind: and one of {', '.join(kinds)}"
        document.problems.append(document.problem((*path, "kind"), "is missing", mend))
        return None
    look_up: dict[Port, Callable[[str], type[BaseModel] | None]] = {
        "channel": schemas.channel,
        "desk": schemas.desk,
        "answerer": schemas.answerer,
    }
    schema = look_up[port](kind) if kind in kinds else None
    if schema is None:
        why = f"there is no {port} of the kind {kind}"
        mend = f"{name_nearest(kind, kinds)} Known are {', '.join(kinds)}" if kinds else "take it out"
        document.problems.append(document.problem((*path, "kind"), why, mend))
        return None
    settings = read_section(document, path, raw, schema, folder)
    return Adapted(kind, settings) if settings else None


def read_section(
    document: Document, path: KeyPath, raw: Any, schema: type[Model], folder: Path
) -> Model | None:
    """One section by its schema; its paths are found from `folder`."""
    try:
        settings = schema.model_validate(without_empty(schema, raw))
    except ValidationError as error:
        document.problems.extend(problems_of(error, schema, document, path))
        return None
    return settings.model_copy(update=_resolved(document, path, settings, folder))


def _resolved(document: Document, path: KeyPath, settings: BaseModel, folder: Path) -> dict[str, Path]:
    """Relative paths stand in for those beside the file that names them."""
    found = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, Path):
            found[name] = folder / value
            if not found[name].exists():
                why = f"there is nothing at {found[name]}"
                mend = "make it, or write its path from the folder of this file"
                document.problems.append(document.problem((*path, name), why, mend))
    return found
