"""The Teams app package for one address and one app registration, and what is wrong with a package.

The template is `manifests/teams/`. Microsoft's schema, by which the tests judge the manifest, lets through
what Teams refuses at the upload: plain http, icons of another size, files in a folder.
https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/apps-package
"""

import json
import re
import struct
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import adapters

VERSION = "1.21"
"""Of Microsoft's manifest schema: wide enough for every tenant, and it has resource-specific consent."""
OLDEST, NEWEST = (1, 19), (1, 30)
ICONS = {"color.png": 192, "outline.png": 32}
PERMISSION = "ChannelMessage.Read.Group"
_SCOPES = ("team", "groupChat", "personal")
_LONGEST = {"name.short": 30, "name.full": 100, "description.short": 80, "description.full": 4_000}
_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_EPOCH = (1980, 1, 1, 0, 0, 0)


def package(url: str, app_id: str, *, app_version: str, version: str = VERSION) -> bytes:
    """The zip to upload: manifest and icons. The same input gives the same bytes.

    Raises ValueError with the mend.
    """
    address = url.strip().rstrip("/")
    if why := _unreachable(address) or _unusable(app_id, version):
        raise ValueError(why)
    facts = {
        "url": address,
        "host": urlsplit(address).netloc,
        "app_id": app_id.lower(),
        "app_version": app_version,
        "version": version,
    }
    manifest = _filled(json.loads((_folder() / "manifest.json").read_text("utf-8")), facts)
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(_entry("manifest.json"), json.dumps(manifest, indent=2, ensure_ascii=False))
        for icon in ICONS:
            made.writestr(_entry(icon), (_folder() / icon).read_bytes())
    return packed.getvalue()


def problems(packed: bytes) -> list[str]:
    """What is wrong with a package, as far as Microsoft's schema does not say; empty when nothing is."""
    try:
        with zipfile.ZipFile(BytesIO(packed)) as read:
            files = {name: read.read(name) for name in read.namelist() if not name.endswith("/")}
        manifest = json.loads(files.get("manifest.json", b""))
    except (zipfile.BadZipFile, ValueError, RecursionError, NotImplementedError, RuntimeError):
        return ["it is no zip with a manifest.json at its root"]
    if not isinstance(manifest, dict):
        return ["manifest.json is no JSON object"]
    return [*_icon_problems(files), *_manifest_problems(manifest), *_word_problems(manifest)]


def _icon_problems(files: dict[str, bytes]) -> Iterator[str]:
    for name, side in ICONS.items():
        if name not in files:
            yield f"{name} is missing"
        elif _png_size(files[name]) != (side, side):
            yield f"{name} is no PNG of {side} by {side} pixels"


def _manifest_problems(manifest: dict[str, Any]) -> Iterator[str]:
    bots = manifest.get("bots")
    bot = bots[0] if isinstance(bots, list) and bots and isinstance(bots[0], dict) else {}
    if not _GUID.fullmatch(str(bot.get("botId"))):
        yield "bots[0].botId is not the id of an app registration"
    if not _GUID.fullmatch(str(manifest.get("id"))):
        yield "id is no GUID"
    told = bot.get("scopes")
    scopes = told if isinstance(told, list) else []
    if "team" not in scopes:
        yield "bots[0].scopes lacks team: no channel could be a desk"
    for scope in scopes:
        if scope not in _SCOPES:
            yield f"bots[0].scopes has {scope}; Microsoft knows {', '.join(_SCOPES)}"
    if (manifest.get("webApplicationInfo") or {}).get("id") != bot.get("botId"):
        yield "webApplicationInfo.id is not the botId: no permission could be granted"
    granted = ((manifest.get("authorization") or {}).get("permissions") or {}).get("resourceSpecific") or ()
    if {"name": PERMISSION, "type": "Application"} not in granted:
        yield f"the permission {PERMISSION} is missing: lines without a mention would not arrive"
    for name, url in (manifest.get("developer") or {}).items():
        if name.endswith("Url") and not str(url).startswith("https://"):
            yield f"developer.{name} is no https address"


def _word_problems(manifest: dict[str, Any]) -> Iterator[str]:
    """What an admin changes first: names and descriptions, as long as Microsoft lets them be."""
    for path, most in _LONGEST.items():
        part, _, name = path.partition(".")
        given = manifest.get(part)
        words = given.get(name) if isinstance(given, dict) else None
        if not isinstance(words, str) or not words:
            yield f"{path} is missing"
        elif len(words) > most:
            yield f"{path} has {len(words)} characters; Microsoft takes {most}"


def _png_size(data: bytes) -> tuple[int, int] | None:
    if data[:8] != b"\x89PNG\r\n\x1a\n" or len(data) < 24:
        return None
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _unusable(app_id: str, version: str) -> str:
    if not _GUID.fullmatch(app_id):
        return "--app-id is the app registration's id, such as 6f0a1c2e-1b2c-4d5e-8f90-a1b2c3d4e5f6."
    known = re.fullmatch(r"(\d)\.(\d{1,2})", version)
    if known is None or not OLDEST <= (int(known[1]), int(known[2])) <= NEWEST:
        return f"--version is a version of Microsoft's manifest from 1.19 to 1.30, such as {VERSION}."
    return ""


def _unreachable(address: str) -> str:
    try:
        parts = urlsplit(address)
        usable = parts.scheme == "https" and parts.hostname and not (parts.query or parts.fragment)
    except ValueError:
        usable = False
    if not usable or "@" in address or len(address) > 2_000:
        return "--url is not an https address; write --url https://bridge.example.com"
    return ""


def _folder() -> Path:
    """`manifests/` beside the packages, or `adapters/_manifests` where the bridge was installed."""
    packages = Path(adapters.__file__).parent
    installed = packages / "_manifests"
    return (installed if installed.is_dir() else packages.parent / "manifests") / "teams"


def _entry(name: str) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name, _EPOCH)
    made.compress_type, made.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    return made


def _filled(node: Any, facts: dict[str, str]) -> Any:
    if isinstance(node, str):
        for name, value in facts.items():
            node = node.replace(f"{{{name}}}", value)
        return node
    if isinstance(node, list):
        return [_filled(item, facts) for item in node]
    if isinstance(node, dict):
        return {key: _filled(value, facts) for key, value in node.items()}
    return node
