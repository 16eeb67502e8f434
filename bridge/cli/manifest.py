"""`manifest`: a platform's app manifest, ready to paste or upload; and a check of one."""

import argparse
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bridge.cli.arguments import Commands, WrongUse, add_command


def add(commands: Commands) -> None:
    summary = "Make the app manifest for this address, ready to paste or upload."
    parser = add_command(commands, "manifest", summary, run)
    parser.add_argument("platform", choices=("slack", "teams"))
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--url", metavar="https://…", help="the bridge's public address")
    what.add_argument("--socket-mode", action="store_true", help="Slack without a public address")
    what.add_argument("--check", type=Path, metavar="FILE", help="say what is wrong with a Slack manifest")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write a file there instead")


def run(args: argparse.Namespace) -> int:
    if args.platform == "teams":
        raise WrongUse("teams: not in this version yet; slack is")
    if args.check is not None:
        return _check(args.check)
    text = json.dumps(_made(args), indent=2, ensure_ascii=False) + "\n"
    if args.out is None:
        print(text, end="")
    else:
        print(_written(args.out, text))
    return 0


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
    """One line a finding; 1 when there is any."""
    from adapters.desks.slack.manifest_checks import problems

    try:
        read = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise WrongUse(f"--check: {file} can't be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise WrongUse(f"--check: {file} is no JSON; paste the manifest as JSON, not as YAML") from None
    found = problems(read)
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


def _written(out: Path, text: str) -> Path:
    path = out if out.suffix == ".json" else out / "slack.json"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise WrongUse(f"{path}: {error.strerror}; name another folder with --out") from None
    return path
