"""The command for pictures keeps working, and what it takes is alike in Slack and Teams."""

import json
import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.pictures.__main__ import on_a_phone, take
from tests.pictures.scenes import a_day, at_work, hard_scene


async def test_both_desks_show_the_same_states_of_a_day() -> None:
    slack, teams = await take("slack", a_day), await take("teams", a_day)
    assert [*slack] == [*teams]
    assert [*on_a_phone(slack["card-waiting"])] == [*on_a_phone(teams["card-waiting"])]


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_what_is_hard_to_show_is_posted_whole(platform: str) -> None:
    shown = await take(platform, hard_scene("emoji"))
    assert "👩‍👩‍👧‍👦" in json.dumps(shown["card-emoji"], ensure_ascii=False)
    assert "🏴󠁧󠁢󠁳󠁣󠁴󠁿" in json.dumps(shown["thread-emoji"], ensure_ascii=False)


async def test_home_at_work_shows_each_kind_of_row_and_times_that_agree() -> None:
    home = json.dumps((await take("slack", at_work))["overview-at-work"], ensure_ascii=False)
    for part in ("On call: Ana Ruiz", "*Waiting* (3)", "*Yours* (1)", "Ana Ruiz has it since", "1 by you"):
        assert part in home
    promised = re.search(r"Callbacks promised.*?<!date\^(\d+)\^.*?theirs: ([^(]+) \(([^)]+)\)", home)
    assert promised is not None
    at = datetime.fromtimestamp(int(promised[1]), ZoneInfo(promised[3]))
    assert f"{at:%a %d %b %H:%M}" == promised[2] == "Tue 01 Dec 10:00"
