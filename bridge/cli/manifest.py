"""`manifest`: a platform's app manifest, ready to paste or upload; and a check of one."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bridge import __version__
from bridge.cli.arguments import Commands, WrongUse, add_command
from bridge.cli.running import installation


def add(commands: Commands) -> None:
    summary = "Make the app manifest for this address, ready to paste or upload."
    parser = add_command(commands, "manifest", summary, run)
    parser.add_argument("platform", choices=("slack", "teams"))
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--url", metavar="https://…", help="the bridge's public address")
    what.add_argument("--socket-mode", action="store_true", help="Slack without a public address")
    what.add_argument("--check", type=Path, metavar="FILE", help="say what is wrong with a manifest")
    parser.add_argument("--app-id", metavar="ID", help="Teams: which app registration (one: bridge.yaml's)")
    parser.add_argument("--version", metavar="1.21", help="Teams: the version of Microsoft's manifest")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write a file there instead")


def run(args: argparse.Namespace) -> int:
    if args.platform == "teams":
        return _teams(args)
    if args.app_id or args.version:
        raise WrongUse("--app-id and --version are for teams")
    if args.check is not None:
        return _check(args.check)
    text = json.dumps(_made(args), indent=2, ensure_ascii=False) + "\n"
    if args.out is None:
        print(text, end="")
    else:
        print(_written(args.out, "slack.json", text.encode()))
    return 0


def _teams(args: argparse.Namespace) -> int:
    from adapters.desks.teams.manifest import VERSION, package, problems

    if args.socket_mode:
        raise WrongUse("--socket-mode is for slack; Teams needs a public address")
    if args.check is not None:
        return _told(args.check, problems(_read(args.check)))
    if args.out is None:
        raise WrongUse("the package is a zip file; say where to with --out DIR")
    app_id = args.app_id or _only_app(args)
    try:
        made = package(args.url, app_id, app_version=__version__, version=args.version or VERSION)
    except ValueError as error:
        raise WrongUse(str(error)) from None
    print(_written(args.out, "teams.zip", made))
    return 0


def _only_app(args: argparse.Namespace) -> str:
    """Where bridge.yaml names one app registration, it is meant."""
    section = installation(args).platforms.get("teams") if args.config.exists() else None
    apps: Sequence[Any] = getattr(section, "apps", ())
    if len(apps) != 1:
        raise WrongUse("which app registration? Give its id with --app-id")
    return str(apps[0].app_id)


def _made(args: argparse.Namespace) -> dict[str, Any]:
    from adapters.desks.slack.manifest import manifest, socket_manifest

    if args.socket_mode:
        return socket_manifest()
    _check_address(args.url)
    try:
        return manifest(args.url.rstrip("/"))
    except ValueError as error:
        raise WrongUse(f"--url: {error}") from None


def _check(file: Path) -> int:
    from adapters.desks.slack.manifest_checks import problems

    try:
        read = json.loads(_read(file))
    except (ValueError, RecursionError):
        raise WrongUse(f"--check: {file} is no JSON; paste the manifest as JSON, not as YAML") from None
    return _told(file, problems(read))


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise WrongUse(f"--check: {file} can't be read: {error.strerror}") from None


def _told(file: Path, found: list[str]) -> int:
    """One line a finding; 1 when there is any."""
    for problem in found:
        print(f"{file}: {problem}")
    if not found:
        print(f"ok: {file}")
    return 1 if found else 0


def _check_address(url: str) -> None:
    """Slack calls this address from outside, and only over TLS."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme == "https" and parts.hostname and not (parts.query or parts.fragment)
    except ValueError:
        usable = False
    if not usable or "@" in parts.netloc:
        raise WrongUse("--url is not an https address; write --url https://bridge.example.com")


def _written(out: Path, name: str, made: bytes) -> Path:
    path = out if out.suffix == Path(name).suffix else out / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made)
    except OSError as error:
        raise WrongUse(f"{path}: {error.strerror}; name another folder with --out") from None
    return path
