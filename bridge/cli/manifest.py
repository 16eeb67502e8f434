"""`manifest`: a platform's app manifest for this installation's address, ready to paste or upload."""

import argparse
import json
from pathlib import Path
from urllib.parse import urlsplit

from bridge.cli.arguments import Commands, WrongUse, add_command


def add(commands: Commands) -> None:
    summary = "Make the app manifest for this address, ready to paste or upload."
    parser = add_command(commands, "manifest", summary, run)
    parser.add_argument("platform", choices=("slack", "teams"))
    parser.add_argument("--url", required=True, metavar="https://…", help="the bridge's public address")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write a file there instead")


def run(args: argparse.Namespace) -> int:
    if args.platform == "teams":
        raise WrongUse("teams: not in this version yet; slack is")
    _check_address(args.url)
    from adapters.desks.slack.manifest import manifest

    try:
        made = manifest(args.url.rstrip("/"))
    except ValueError as error:
        raise WrongUse(f"--url: {error}") from None
    text = json.dumps(made, indent=2, ensure_ascii=False) + "\n"
    if args.out is None:
        print(text, end="")
    else:
        print(_written(args.out, text))
    return 0


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
