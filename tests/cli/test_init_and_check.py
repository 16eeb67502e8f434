"""A first installation is right as it is written, and `check` says line by line when it no longer is."""

import stat
from pathlib import Path

import pytest

from tests.cli.program import run


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    done = run("init", tmp_path / "shop", "--tenant", "north-star", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "handoff-bridge check --config" in done.stdout
    return tmp_path / "shop"


def test_what_init_writes_is_right(begun: Path) -> None:
    done = run("check", cwd=begun)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "ok: bridge.yaml, tenants: north-star\n"


def test_the_keys_are_fresh_and_for_their_owner_alone(begun: Path, tmp_path: Path) -> None:
    run("init", tmp_path / "second", cwd=tmp_path)
    first, second = ((folder / ".env").read_text("utf-8") for folder in (begun, tmp_path / "second"))
    assert set(first.splitlines()).isdisjoint(x for x in second.splitlines() if x.startswith("BRIDGE"))
    assert stat.S_IMODE((begun / ".env").stat().st_mode) == 0o600
    for line in first.splitlines():
        value = line.partition("=")[2]
        assert not value or value not in (begun / "bridge.yaml").read_text("utf-8")


def test_init_never_overwrites(begun: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in begun.rglob("*") if path.is_file()}
    (begun / "bridge.yaml").unlink()
    del before[begun / "bridge.yaml"]
    done = run("init", begun, "--tenant", "north-star", cwd=tmp_path)
    assert done.returncode == 2
    assert "is there already" in done.stderr
    assert {path: path.read_bytes() for path in begun.rglob("*") if path.is_file()} == before


def test_the_environment_goes_before_dotenv(begun: Path) -> None:
    done = run("check", cwd=begun, env={"BRIDGE_MASTER_KEY": "short"})
    assert done.returncode == 1
    assert "master_key: not 32 bytes of urlsafe base64; make one with: " in done.stdout


def test_check_prints_every_finding_on_its_own_line(begun: Path) -> None:
    tenant = begun / "tenants" / "north-star.yaml"
    text = tenant.read_text("utf-8")
    tenant.write_text(text.replace("timezone: UTC", "timezone: Mars").replace("desk: support", "desk: sales"))
    with (begun / "bridge.yaml").open("a", encoding="utf-8") as file:
        file.write("listn: 1\n")
    done = run("check", cwd=begun)
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    assert [line.split(": ")[1] for line in lines] == ["listn", "timezone", "routing.desk"]
    assert lines[0].startswith("bridge.yaml:")
    assert lines[1].startswith("tenants/north-star.yaml:")


def test_check_finds_what_is_unknown_and_what_is_unwise(begun: Path) -> None:
    with (begun / "tenants" / "north-star.yaml").open("a", encoding="utf-8") as file:
        file.write("languages_: []\n")
    assert "did you mean languages?" in run("check", cwd=begun).stdout
    tenant = begun / "tenants" / "north-star.yaml"
    unwise = tenant.read_text("utf-8").replace("languages_: []\n", "")
    tenant.write_text(unwise.replace("  desk: support\n", "  desk: support\n  policy: off\n"))
    done = run("check", "--config", begun / "bridge.yaml", cwd=begun.parent)
    assert done.returncode == 1
    assert "confidence stands above the policy" in done.stdout
