"""`manifest teams`: a package by Microsoft's published schema, and what is wrong with broken ones."""

import json
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from adapters.desks.teams.manifest import package, problems
from bridge.cli import main

URL = "https://bridge.example.com"
APP = "6f0a1c2e-1b2c-4d5e-8f90-a1b2c3d4e5f6"
SCHEMAS = Path(__file__).parents[1] / "data/teams"


def made(**changes: Any) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(package(URL, APP, app_version="1.2.3", **changes))) as read:
        return {name: read.read(name) for name in read.namelist()}


def packed(files: dict[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as written:
        for name, content in files.items():
            written.writestr(name, content)
    return out.getvalue()


def schema_errors(manifest: dict[str, Any], version: str) -> list[str]:
    schema = json.loads((SCHEMAS / f"manifest-{version}.json").read_text("utf-8"))
    return [error.message for error in Draft4Validator(schema).iter_errors(manifest)]


@pytest.mark.parametrize("version", ["1.19", "1.21"])
def test_the_package_is_as_microsoft_wants_it(version: str) -> None:
    files = made(version=version)
    assert sorted(files) == ["color.png", "manifest.json", "outline.png"]
    manifest = json.loads(files["manifest.json"])
    assert schema_errors(manifest, version) == []
    assert manifest["manifestVersion"] == version
    assert manifest["bots"][0]["botId"] == manifest["id"] == APP
    assert set(manifest["bots"][0]["scopes"]) == {"team", "groupChat", "personal"}
    assert manifest["validDomains"] == ["bridge.example.com"]
    assert problems(packed(files)) == []


def test_the_same_input_gives_the_same_bytes() -> None:
    assert package(URL, APP, app_version="1") == package(URL, APP, app_version="1")


def without_accent(manifest: dict[str, Any]) -> None:
    del manifest["accentColor"]


def a_long_name(manifest: dict[str, Any]) -> None:
    manifest["name"]["short"] = "x" * 31


def no_guid(manifest: dict[str, Any]) -> None:
    manifest["bots"][0]["botId"] = "my-bot"


def another_scope(manifest: dict[str, Any]) -> None:
    manifest["bots"][0]["scopes"] = ["groupchat"]


def a_misspelt_scope(manifest: dict[str, Any]) -> None:
    manifest["bots"][0]["scopes"] = ["team", "groupchat", "personal"]


def scopes_that_are_no_list(manifest: dict[str, Any]) -> None:
    manifest["bots"][0]["scopes"] = 5


def an_id_that_is_none(manifest: dict[str, Any]) -> None:
    manifest["id"] = "acme"


def no_full_description(manifest: dict[str, Any]) -> None:
    del manifest["description"]["full"]


def plain_http(manifest: dict[str, Any]) -> None:
    manifest["developer"]["websiteUrl"] = "http://bridge.example.com"


def no_permission(manifest: dict[str, Any]) -> None:
    del manifest["authorization"]


def an_unknown_key(manifest: dict[str, Any]) -> None:
    manifest["authorization"]["permissions"]["resourceSpecific"][0]["scope"] = "all"


@pytest.mark.parametrize(
    ("breaks", "by"),
    [
        (without_accent, "schema"),
        (a_long_name, "both"),
        (an_unknown_key, "both"),
        (no_guid, "both"),
        (another_scope, "both"),
        (a_misspelt_scope, "both"),
        (scopes_that_are_no_list, "both"),
        (an_id_that_is_none, "both"),
        (no_full_description, "both"),
        (plain_http, "us"),
        (no_permission, "us"),
    ],
)
def test_a_broken_manifest_is_found_out(breaks: Callable[[dict[str, Any]], None], by: str) -> None:
    files = made()
    manifest = json.loads(files["manifest.json"])
    breaks(manifest)
    ours = problems(packed({**files, "manifest.json": json.dumps(manifest).encode()}))
    assert bool(schema_errors(manifest, "1.21")) == (by in ("schema", "both"))
    assert bool(ours) == (by in ("us", "both")), ours


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"color.png": None}, "color.png is missing"),
        ({"outline.png": b"\x89PNG"}, "outline.png is no PNG of 32 by 32 pixels"),
        ({"manifest.json": b"[]"}, "manifest.json is no JSON object"),
        ({"manifest.json": None}, "it is no zip with a manifest.json at its root"),
    ],
)
def test_a_broken_package_is_found_out(changed: dict[str, bytes | None], told: str) -> None:
    files: dict[str, bytes | None] = {**made(), **changed}
    kept = {name: content for name, content in files.items() if content is not None}
    assert problems(packed(kept)) == [told]


def test_the_command_writes_and_checks_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["manifest", "teams", "--url", URL, "--app-id", APP, "--out", str(tmp_path)]) == 0
    file = tmp_path / "teams.zip"
    assert capsys.readouterr().out == f"{file}\n"
    assert main(["manifest", "teams", "--check", str(file)]) == 0
    assert capsys.readouterr().out == f"ok: {file}\n"
    file.write_bytes(b"PK")
    assert main(["manifest", "teams", "--check", str(file)]) == 1
    assert "no zip" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--url", "http://b.example", "--app-id", APP], "--url is not an https address"),
        (["--url", URL, "--app-id", "my-bot"], "--app-id is the app registration's id"),
        (["--url", URL, "--app-id", APP, "--version", "1.5"], "--version is a version of Microsoft's"),
    ],
)
def test_wrong_use_is_told_with_its_mend(
    args: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["manifest", "teams", *args, "--out", str(tmp_path)]) == 2
    assert told in capsys.readouterr().err
