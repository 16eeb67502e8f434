"""The program as a whole: one clear line for what is wrong, 2 for wrong use, 1 for a finding."""

from pathlib import Path

import pytest

from bridge.cli import complain, main, parser
from bridge.cli.terminal import table
from bridge.settings import UnknownTenant
from tests.cli.program import run


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ((), "arguments are required: COMMAND"),
        (("sevre",), "invalid choice: 'sevre'"),
        (("tenant",), "see: handoff-bridge tenant --help"),
        (("tenant", "apply"), "required: FILE"),
        (("tenant", "apply", "none.yaml"), "there is no none.yaml"),
        (("serve",), "there is no bridge.yaml; name it with --config FILE"),
        (("check", "--config", "other.yaml"), "there is no other.yaml"),
        (("demo", "--port", "x"), "invalid int value: 'x'"),
        (("demo", "--port", "99999"), "99999 is not a port"),
        (("audit", "verify"), "required: TENANT"),
        (("outbox", "list", "--conf", "x"), "unrecognized arguments: --conf"),
        (("manifest", "teams", "--url", "https://b.example"), "say where to with --out DIR"),
        (("manifest", "teams", "--url", "https://b.example", "--out", "x"), "Give its id with --app-id"),
        (("manifest", "slack", "--url", "http://b.example"), "--url is not an https address"),
        (("manifest", "slack"), "one of the arguments --url --socket-mode --check is required"),
        (("init", "--tenant", "A B"), "'A B' is not a name for a tenant"),
    ],
)
def test_wrong_use_is_one_line_and_exit_2(
    args: tuple[str, ...],
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BRIDGE_CONFIG", raising=False)
    assert main(args) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("handoff-bridge: ")
    assert err.count("\n") == 1
    assert expected in err


def test_config_stands_before_or_after_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    given = Path("a.yaml")
    assert parser().parse_args(["--config", "a.yaml", "serve"]).config == given
    assert parser().parse_args(["serve", "--config", "a.yaml"]).config == given
    assert parser().parse_args(["tenant", "--config", "a.yaml", "list"]).config == given
    assert parser().parse_args(["audit", "verify", "acme", "--config", "a.yaml"]).config == given
    monkeypatch.setenv("BRIDGE_CONFIG", "b.yaml")
    assert parser().parse_args(["serve"]).config == Path("b.yaml")
    assert parser().parse_args(["serve", "--config", "a.yaml"]).config == given
    monkeypatch.delenv("BRIDGE_CONFIG")
    assert parser().parse_args(["serve"]).config == Path("bridge.yaml")


def test_help_and_version_are_not_errors(tmp_path: Path) -> None:
    helped = run("--help", cwd=tmp_path)
    assert helped.returncode == 0
    assert all(
        f"    {name} " in helped.stdout for name in ("demo", "init", "serve", "check", "detect", "outbox")
    )
    assert run("--version", cwd=tmp_path).stdout.startswith("handoff-bridge 0.")


def test_a_folder_that_can_not_be_made_is_one_line_too(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    done = run("init", tmp_path / "file" / "below", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_what_nobody_foresaw_is_one_line_without_values(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    unforeseen = RuntimeError("the disk is gone\n[parameters: 'secret']")
    monkeypatch.delenv("BRIDGE_DEBUG", raising=False)
    assert complain(unforeseen) == 1
    assert (
        capsys.readouterr().err
        == "handoff-bridge: RuntimeError: the disk is gone; BRIDGE_DEBUG=1 shows where\n"
    )
    monkeypatch.setenv("BRIDGE_DEBUG", "1")
    assert complain(unforeseen) == 1
    assert "[parameters" in capsys.readouterr().err


def test_a_tenant_that_nobody_knows_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert complain(UnknownTenant("acmee", ["acme", "north"])) == 2
    assert capsys.readouterr().err == "handoff-bridge: there is no tenant acmee; did you mean acme?\n"


def test_a_table_is_as_wide_as_its_widest_cells() -> None:
    assert table([("A", "B"), ("long", "x")]) == "A     B\nlong  x"
