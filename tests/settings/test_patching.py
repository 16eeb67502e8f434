"""Filling in a value changes that value and nothing else."""

import pytest
import yaml

from bridge.settings import with_values

BLOCK = """\
desks:
  # the first line
  support:
    kind: slack   # paged first
    bot_token: "${SLACK}"
  sales: {kind: slack, bot_token: "${SLACK}"}
on_call: {}
"""


def test_in_a_block_comments_and_references_stay() -> None:
    filled = with_values(BLOCK, ("desks", "support"), {"team": "T1", "channel": "C1"})
    assert yaml.safe_load(filled)["desks"]["support"] == {
        "kind": "slack",
        "bot_token": "${SLACK}",
        "team": "T1",
        "channel": "C1",
    }
    assert [line for line in filled.splitlines() if line not in BLOCK.splitlines()] == [
        '    channel: "C1"',
        '    team: "T1"',
    ]


def test_in_one_line_too() -> None:
    filled = with_values(BLOCK, ("desks", "sales"), {"channel": "C9"})
    assert 'sales: {kind: slack, channel: "C9", bot_token: "${SLACK}"}' in filled


def test_a_value_that_is_there_is_replaced() -> None:
    once = with_values(BLOCK, ("desks", "sales"), {"channel": "C9"})
    again = with_values(once, ("desks", "sales"), {"channel": "C10"})
    assert yaml.safe_load(again)["desks"]["sales"]["channel"] == "C10"
    assert "C9" not in again


def test_what_would_break_the_file_is_quoted() -> None:
    filled = with_values(BLOCK, ("desks", "sales"), {"channel": 'x"}: [#\n'})
    assert yaml.safe_load(filled)["desks"]["sales"]["channel"] == 'x"}: [#\n'


@pytest.mark.parametrize("path", [("desks", "other"), ("nothing",), ("on_call",)])
def test_a_section_that_is_not_there(path: tuple[str, ...]) -> None:
    with pytest.raises(KeyError):
        with_values(BLOCK, path, {"channel": "C9"})
