"""`manifest slack` is ready to paste, on standard output or in a file."""

import json
from pathlib import Path

import pytest

from bridge.cli import main

URL = "https://bridge.example.com"


def test_the_manifest_is_for_the_address_given(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["manifest", "slack", "--url", f"{URL}/"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["settings"]["event_subscriptions"]["request_url"] == f"{URL}/slack/events"


@pytest.mark.parametrize(("out", "name"), [("app", "app/slack.json"), ("mine.json", "mine.json")])
def test_it_can_be_written_to_a_file(
    out: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["manifest", "slack", "--url", URL, "--out", str(tmp_path / out)]) == 0
    assert capsys.readouterr().out == f"{tmp_path / name}\n"
    assert f"{URL}/slack/events" in (tmp_path / name).read_text("utf-8")


@pytest.mark.parametrize(
    "url", ["http://b.example", "bridge.example.com", "https://", "https://[", "https://a@b.example"]
)
def test_an_address_that_slack_can_not_call_is_refused(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["manifest", "slack", "--url", url]) == 2
    assert capsys.readouterr().err.startswith("handoff-bridge: --url")


def test_the_twin_for_socket_mode_names_no_address(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["manifest", "slack", "--socket-mode"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["settings"]["socket_mode_enabled"] is True
    assert "https://" not in json.dumps(made)


def test_a_manifest_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["manifest", "slack", "--url", URL, "--out", str(tmp_path)])
    capsys.readouterr()
    file = tmp_path / "slack.json"
    assert main(["manifest", "slack", "--check", str(file)]) == 0
    assert capsys.readouterr().out == f"ok: {file}\n"
    file.write_text(file.read_text().replace('"groups:history",', ""))
    assert main(["manifest", "slack", "--check", str(file)]) == 1
    out = capsys.readouterr().out
    assert "event message.groups needs scope groups:history" in out
    file.write_text("features:\n  bot_user: {}\n")
    assert main(["manifest", "slack", "--check", str(file)]) == 2
    assert main(["manifest", "slack", "--check", str(tmp_path / "none.json")]) == 2
