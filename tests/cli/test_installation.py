"""From `init` to a stored tenant, as the guide tells it."""

import re
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


def test_what_is_stored_can_be_taken_back_into_the_file(capsys: Capture) -> None:
    said(capsys, "migrate")
    said(capsys, "tenant", "apply", "tenants/acme.yaml")
    assert said(capsys, "tenant", "show", "acme") == Path("tenants/acme.yaml").read_text("utf-8")


def test_a_code_connects_a_channel_to_a_desk_of_a_kind_that_has_channels(capsys: Capture) -> None:
    said(capsys, "migrate")
    said(capsys, "tenant", "apply", "tenants/acme.yaml")
    refused = said(capsys, "connect", "acme", "support", code=1)
    assert "a desk of kind console stands in no place that could be connected" in refused
    with Path("bridge.yaml").open("a", encoding="utf-8") as file:
        file.write("slack: {signing_secret: x}\n")
    text = Path("tenants/acme.yaml").read_text("utf-8")
    before, _, after = text.partition("desks:\n")
    _, blank, rest = after.partition("\n\n")
    desk = "  support: {kind: slack, team: T1, channel: C1, bot_token: xoxb-1}"
    Path("tenants/acme.yaml").write_text(f"{before}desks:\n{desk}{blank}{rest}", "utf-8")
    said(capsys, "tenant", "apply", "tenants/acme.yaml")
    printed = said(capsys, "connect", "acme", "support")
    assert re.search(r"type: /handoff connect [2-9A-Z]{5}-[2-9A-Z]{5}\n$", printed)
    assert "there is no desk other; known are support" in said(capsys, "connect", "acme", "other", code=1)


def test_broken_settings_are_never_stored(capsys: Capture) -> None:
    said(capsys, "migrate")
    Path("broken.yaml").write_text("tenant: acme\n", "utf-8")
    lines = said(capsys, "tenant", "apply", "broken.yaml", code=1).splitlines()
    assert [line.split(": ")[1] for line in lines] == ["channels", "answerer", "desks"]
    assert said(capsys, "tenant", "list") == ""
