"""From text to settings: one tenant's file, or bridge.yaml with all tenants' files below it.

Collects every problem before it gives up. It must never open a connection or a database: what needs
one is asked by `check --online`. The walk goes on in `compiling` (the core's `Tenant`) and in
`checks` (what is legal and still unwise).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel

from bridge.domain.policy import POLICY_GROUPS
from bridge.settings.adapted import Adapted, read_adapted, read_section
from bridge.settings.document import Document, parse
from bridge.settings.installation import BridgeFile
from bridge.settings.problems import KeyPath, Problem, SettingsError, name_nearest, one_a_key
from bridge.settings.schemas import Port, Schemas
from bridge.settings.tenant import TenantFile
from bridge.voice import TenantVoice, VoiceError


@dataclass(frozen=True, slots=True)
class TenantSettings:
    """One tenant's settings, wholly checked."""

    file: TenantFile
    channels: Mapping[str, Adapted]
    desks: Mapping[str, Adapted]
    answerer: Adapted
    voice: TenantVoice
    source: str
    text: str = field(repr=False)
    """The file as it was written, `${NAME}` and all: what is stored as a version."""
    document: Document = field(repr=False)
    folder: Path = field(default=Path(), repr=False)
    """Where relative paths start."""

    @property
    def id(self) -> str:
        return self.file.tenant


@dataclass(frozen=True, slots=True)
class Installation:
    """bridge.yaml, wholly checked, and the tenants' files beside it."""

    file: BridgeFile = field(repr=False)
    """Its paths, its database and its address made whole: nothing depends on where the command started."""
    platforms: Mapping[str, BaseModel]
    """Sections of platforms (`slack`, `teams`), each as its adapter's own `Installation`."""
    tenants: Mapping[str, TenantSettings]
    """By tenant. They are applied at start where the database does not know the tenant yet."""
    broken: tuple[Problem, ...]
    """What is wrong with tenants' files: these tenants are left out, the others are served."""
    source: str
    document: Document = field(repr=False)
    env: Mapping[str, str] = field(repr=False)
    """What `${NAME}` was read from, for tenants' versions that are read later."""

    @property
    def tenants_folder(self) -> Path:
        """Where the paths of stored tenants' versions start."""
        return self.file.tenants


def read_tenant(
    text: str, source_name: str, schemas: Schemas, env: Mapping[str, str], folder: Path | None = None
) -> TenantSettings:
    """A tenant's settings from YAML text. Raises SettingsError with everything that is wrong.

    Relative paths are found from `folder`; without one, from where `source_name` stands.
    """
    folder = Path(source_name).parent if folder is None else folder
    document = parse(text, source_name, env)
    if not document.values:
        raise SettingsError(one_a_key(document.problems))
    file = read_section(document, (), document.values, TenantFile, folder)
    channels = _adapted(document, "channels", "channel", schemas, folder)
    desks = _adapted(document, "desks", "desk", schemas, folder)
    answerer = read_adapted(
        document, ("answerer",), document.values.get("answerer"), "answerer", schemas, folder
    )
    _check_desk_names(document)
    voice = _voice(document, file, folder)
    if document.problems or not file or not answerer or not voice:
        raise SettingsError(one_a_key(document.problems))
    return TenantSettings(file, channels, desks, answerer, voice, source_name, text, document, folder)


def load_installation(path: Path, schemas: Schemas, env: Mapping[str, str]) -> Installation:
    """Reads bridge.yaml and the tenants' files. Raises SettingsError for bridge.yaml itself.

    A tenant's broken file does not stop the others: its problems are in `broken`.
    """
    document = parse(read_file(path), str(path), env)
    if not document.values:
        raise SettingsError(one_a_key(document.problems))
    own = {k: v for k, v in document.values.items() if schemas.installation(k) is None}
    file = _read_bridge_file(document, own, path.parent, schemas)
    platforms = {}
    for name in document.values.keys() - own.keys():
        schema = schemas.installation(name)
        if schema and (
            section := read_section(document, (name,), document.values[name], schema, path.parent)
        ):
            platforms[name] = section
    folder = path.parent / str(document.values.get("tenants") or "tenants")
    if folder.is_file():
        mend = "name the folder of the tenants' files"
        document.problems.append(document.problem(("tenants",), f"{folder} is a file", mend))
    tenants, broken = _read_tenants(folder, schemas, env)
    if document.problems or not file:
        raise SettingsError(one_a_key([*document.problems, *broken]))
    return Installation(
        file=_made_whole(file, path.parent),
        platforms=platforms,
        tenants=tenants,
        broken=tuple(broken),
        source=str(path),
        document=document,
        env=env,
    )


def read_file(path: Path) -> str:
    """A settings file's text. Raises SettingsError, never OSError."""
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        why, mend = f"not UTF-8 at byte {error.start}", "save it as UTF-8"
    except FileNotFoundError:
        why, mend = "there is no such file", "name another, or make one with: handoff-bridge init"
    except OSError as error:
        why, mend = error.strerror or "can't be read", "make it a file that can be read"
    raise SettingsError([Problem(str(path), 0, "", why, mend)])


def _read_bridge_file(
    document: Document, own: dict[str, object], folder: Path, schemas: Schemas
) -> BridgeFile | None:
    """The sections of platforms that are not known here are unknown keys, and the nearest may be one."""
    known = [*BridgeFile.model_fields, *(k for k in schemas.kinds("desk") if schemas.installation(k))]
    for key in own.keys() - BridgeFile.model_fields.keys():
        document.problems.append(document.problem((key,), "unknown key", name_nearest(key, known)))
    known_here = {key: value for key, value in own.items() if key in BridgeFile.model_fields}
    return read_section(document, (), known_here, BridgeFile, folder)


def _read_tenants(
    folder: Path, schemas: Schemas, env: Mapping[str, str]
) -> tuple[dict[str, TenantSettings], list[Problem]]:
    """Every tenant that can be read, and what is wrong with the others."""
    found: dict[str, TenantSettings] = {}
    broken: list[Problem] = []
    if not folder.is_dir():
        return found, broken  # bridge.yaml's own schema complains
    for path in sorted(p for p in folder.iterdir() if p.suffix in (".yaml", ".yml")):
        try:
            settings = read_tenant(read_file(path), str(path), schemas, env)
        except SettingsError as error:
            broken.extend(error.problems)
            continue
        if settings.id in found:
            why = f"the tenant {settings.id} stands in {found[settings.id].source} too"
            broken.append(settings.document.problem(("tenant",), why, "give each file its own tenant"))
        else:
            found[settings.id] = settings
    return found, broken


def _adapted(
    document: Document, section: str, port: Port, schemas: Schemas, folder: Path
) -> dict[str, Adapted]:
    sections = document.values.get(section)
    if not isinstance(sections, dict):
        return {}
    read = {
        name: read_adapted(document, (section, name), raw, port, schemas, folder)
        for name, raw in sections.items()
    }
    return {name: adapted for name, adapted in read.items() if adapted}


def _check_desk_names(document: Document) -> None:
    """Every desk that is named must be there: a page to a desk that is not would reach nobody."""
    desks = document.values.get("desks")
    known = list(desks) if isinstance(desks, dict) else []
    for path in list(document.lines):
        named = _desk_named_at(document, path)
        if named and named not in known:
            mend = name_nearest(named, known)
            document.problems.append(document.problem(path, f"there is no desk {named}", mend))
    routing = document.values.get("routing")
    if len(known) > 1 and not (isinstance(routing, dict) and routing.get("desk")):
        mend = f"write desk: and one of {', '.join(known)}"
        document.problems.append(document.problem(("routing", "desk"), "is missing", mend))


def _desk_named_at(document: Document, path: KeyPath) -> str:
    if len(path) == 2 and path[0] == "on_call":
        return str(path[1])
    if path[0] == "routing" and path[-1] == "desk":
        return str(document.value(path) or "")
    return ""


def _voice(document: Document, file: TenantFile | None, folder: Path) -> TenantVoice | None:
    if file is None:
        return None
    own = [entry.group for entry in file.routing.policy.groups if entry.group not in POLICY_GROUPS]
    templates = file.voice.templates and folder / file.voice.templates
    try:
        return TenantVoice.load(
            company=file.name or file.tenant,
            languages=file.languages,
            signature=file.voice.signature,
            folder=templates,
            own_groups=own,
        )
    except VoiceError as error:
        document.problems.extend(
            Problem(str(flaw.file), flaw.line, "", flaw.why, flaw.mend) for flaw in error.flaws
        )
        return None


def _made_whole(file: BridgeFile, folder: Path) -> BridgeFile:
    """A relative SQLite file stands beside bridge.yaml, wherever the command is started."""
    database = file.database
    if database.startswith("sqlite:///"):
        database = f"sqlite:///{(folder / database.removeprefix('sqlite:///')).resolve()}"
    return file.model_copy(
        update={"database": database, "public_url": file.public_url or f"http://{file.listen}"}
    )
