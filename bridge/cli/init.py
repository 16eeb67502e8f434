"""`init`: writes a first installation that runs as it is. Never overwrites anything."""

import argparse
import base64
import os
import re
import secrets
from importlib import resources
from pathlib import Path

from bridge.cli.arguments import Commands, WrongUse, add_command

_PRIVATE, _SHARED = 0o600, 0o644


def add(commands: Commands) -> None:
    summary = "Write a commented bridge.yaml, a first tenant and fresh keys."
    parser = add_command(commands, "init", summary, run)
    parser.add_argument("dir", type=Path, nargs="?", default=Path(), metavar="DIR", help="(default: here)")
    parser.add_argument("--tenant", default="acme", metavar="NAME", help="the first tenant (default: acme)")


def run(args: argparse.Namespace) -> int:
    folder, tenant = args.dir, args.tenant
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", tenant):
        raise WrongUse(f"{tenant!r} is not a name for a tenant; use a-z, 0-9, - and _ alone")
    files = _files(tenant)
    if standing := [name for name in files if (folder / name).exists()]:
        raise WrongUse(
            f"{folder / standing[0]} is there already; name an empty folder: handoff-bridge init DIR"
        )
    try:
        for name, text in files.items():
            _write(folder / name, text, _PRIVATE if name == ".env" else _SHARED)
        (folder / "var").mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise WrongUse(f"{error.filename}: {error.strerror}; name a folder that can be written") from None
    print(_next_steps(folder, tenant, list(files)))
    return 0


def _files(tenant: str) -> dict[str, str]:
    return {
        "bridge.yaml": _template("bridge.yaml"),
        f"tenants/{tenant}.yaml": _template("tenant.yaml", tenant),
        f"tenants/faq/{tenant}/questions.md": _template("questions.md"),
        ".env": _keys(tenant),
    }


def _template(name: str, tenant: str = "") -> str:
    text = (resources.files("bridge.cli") / "starter" / name).read_text("utf-8")
    return text.replace("@TENANT@", tenant).replace("@PREFIX@", _prefix(tenant))


def _prefix(tenant: str) -> str:
    """A tenant's name as the beginning of environment variables' names."""
    name = tenant.upper().replace("-", "_")
    return f"T_{name}" if name[:1].isdigit() else name


def _keys(tenant: str) -> str:
    master = base64.urlsafe_b64encode(os.urandom(32)).decode()
    return (
        "# The keys of this installation. Keep a copy in a safe place, and out of version control:\n"
        "# without the master key nothing that was stored can be read again.\n"
        f"BRIDGE_MASTER_KEY={master}\n"
        f"BRIDGE_ADMIN_TOKEN={secrets.token_urlsafe(32)}\n"
        f"{_prefix(tenant)}_IDENTITY={secrets.token_urlsafe(32)}\n"
        f"{_prefix(tenant)}_DESK_KEY={secrets.token_urlsafe(12)}\n"
    )


def _write(path: Path, text: str, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(text)


def _next_steps(folder: Path, tenant: str, written: list[str]) -> str:
    at = "" if folder == Path() else f" --config {folder / 'bridge.yaml'}"
    return "\n".join(
        [
            *(f"wrote {folder / name}" for name in written),
            "",
            "Next:",
            f"  handoff-bridge check{at}",
            f"  handoff-bridge migrate{at}",
            f"  handoff-bridge serve{at}",
            "",
            f"The desk is at http://127.0.0.1:8080/console?tenant={tenant}&desk=support",
            f"(agent: Ana, key: {_prefix(tenant)}_DESK_KEY in {folder / '.env'}).",
        ]
    )
