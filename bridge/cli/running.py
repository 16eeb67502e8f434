"""What commands need of the rest: the settings, and the functions that run the service.

Everything is imported when it is asked for: `bridge.wiring` loads databases and platforms.
"""

import os
from argparse import Namespace
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TextIO

from bridge.cli.arguments import WrongUse

if TYPE_CHECKING:
    from bridge.settings import Installation, Problem, Schemas


class TenantRow(Protocol):
    @property
    def tenant(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def name(self) -> str: ...


class BadRow(Protocol):
    """The first row of the audit that is not as it was written."""

    @property
    def stream(self) -> str: ...
    @property
    def n(self) -> int: ...
    @property
    def why(self) -> str: ...


class OutboxRow(Protocol):
    @property
    def tenant(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def attempts(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def why(self) -> str: ...


class OnCallReport(Protocol):
    @property
    def lines(self) -> Sequence[str]: ...
    @property
    def problems(self) -> "Sequence[Problem]": ...


class Wiring(Protocol):
    """The functions of `bridge.wiring`. Each runs its own event loop."""

    def serve(self, installation: "Installation") -> None: ...
    def demo(self, port: int, data: Path) -> None: ...
    def migrate(self, installation: "Installation") -> None: ...
    def online_checks(self, installation: "Installation") -> "Sequence[Problem]": ...
    def on_call_report(self, installation: "Installation", *, online: bool) -> OnCallReport: ...
    def tenant_apply(self, installation: "Installation", path: Path) -> str: ...
    def tenant_list(self, installation: "Installation") -> Sequence[TenantRow]: ...
    def tenant_show(self, installation: "Installation", tenant: str) -> str: ...
    def audit_verify(self, installation: "Installation", tenant: str) -> BadRow | None: ...
    def audit_export(self, installation: "Installation", tenant: str, out: TextIO) -> None: ...
    def calendar_link(self, installation: "Installation", tenant: str, desk: str) -> str: ...
    def calendar_revoke(self, installation: "Installation", tenant: str, desk: str) -> None: ...
    def connect(self, installation: "Installation", tenant: str, desk: str) -> str: ...
    def outbox_list(self, installation: "Installation") -> Sequence[OutboxRow]: ...
    def outbox_retry(self, installation: "Installation", ids: Sequence[str]) -> int: ...


def wiring() -> Wiring:
    import bridge.wiring

    return bridge.wiring


def schemas() -> "Schemas":
    from adapters.registry import Registry

    return Registry()


def installation(args: Namespace) -> "Installation":
    """The settings that `--config` names, with `.env` beside them. Raises SettingsError, WrongUse."""
    from bridge.settings import load_installation, with_dotenv

    path: Path = args.config
    if not path.is_file():
        raise WrongUse(
            f"there is no {path}; name it with --config FILE, or make one with: handoff-bridge init"
        )
    return load_installation(path, schemas(), with_dotenv(path.parent, os.environ))
