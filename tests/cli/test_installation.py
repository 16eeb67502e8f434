"""From `init` to a stored tenant, as the guide tells it."""

from pathlib import Path

import pytest

from bridge.cli import main

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BRIDGE_CONFIG", raising=False)
    assert main(["init"]) == 0
    capsys.readouterr()


def said(capsys: Capture, *args: str, code: int = 0) -> str:
    """What a command wrote, on whichever stream its kind of answer belongs to."""
    assert main(args) == code
    out, err = capsys.readouterr()
    assert not (out and err)
    return out or err


def test_a_first_installation_goes_all_the_way(capsys: Capture) -> None:
    assert "run: handoff-bridge migrate" in said(capsys, "tenant", "list", code=1)
    assert said(capsys, "migrate").startswith("ok: ")
    assert "version 1" in said(capsys, "tenant", "apply", "tenants/acme.yaml")
    assert said(capsys, "tenant", "list").splitlines()[1].split() == ["acme", "1", "acme"]
    assert said(capsys, "audit", "verify", "acme").startswith("ok: ")
    assert said(capsys, "audit", "export", "acme", "--out", "audit.jsonl") == ""
    assert '"settings"' in Path("audit.jsonl").read_text("utf-8")
    assert said(capsys, "outbox", "list") == ""
    assert said(capsys, "outbox", "retry") == "0 will be sent again\n"
    unknown = said(capsys, "audit", "verify", "acmee", code=2)
    assert unknown == "handoff-bridge: there is no tenant acmee; did you mean acme?\n"


def test_a_changed_file_is_said_to_differ_until_it_is_applied(capsys: Capture) -> None:
    said(capsys, "migrate")
    said(capsys, "tenant", "apply", "tenants/acme.yaml")
    with Path("tenants/acme.yaml").open("a", encoding="utf-8") as file:
        file.write("pages: {claim_lease: 20m}\n")
    assert "pages.claim_lease: differs from the stored version; " in said(capsys, "check", "--online", code=1)
    assert "version 2" in said(capsys, "tenant", "apply", "tenants/acme.yaml")
    assert said(capsys, "check", "--online").startswith("ok: ")


def test_broken_settings_are_never_stored(capsys: Capture) -> None:
    said(capsys, "migrate")
    Path("broken.yaml").write_text("tenant: acme\n", "utf-8")
    lines = said(capsys, "tenant", "apply", "broken.yaml", code=1).splitlines()
    assert [line.split(": ")[1] for line in lines] == ["channels", "answerer", "desks"]
    assert said(capsys, "tenant", "list") == ""
