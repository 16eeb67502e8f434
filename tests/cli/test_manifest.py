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
