"""The command for pictures keeps working, and what it takes is alike in Slack and Teams."""

import json

import pytest

from tests.pictures.__main__ import on_a_phone, take
from tests.pictures.scenes import a_day, hard_scene


async def test_both_desks_show_the_same_states_of_a_day() -> None:
    slack, teams = await take("slack", a_day), await take("teams", a_day)
    assert [*slack] == [*teams]
    assert [*on_a_phone(slack["card-waiting"])] == [*on_a_phone(teams["card-waiting"])]


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_what_is_hard_to_show_is_posted_whole(platform: str) -> None:
    shown = await take(platform, hard_scene("emoji"))
    assert "👩‍👩‍👧‍👦" in json.dumps(shown["card-emoji"], ensure_ascii=False)
    assert "🏴󠁧󠁢󠁳󠁣󠁴󠁿" in json.dumps(shown["thread-emoji"], ensure_ascii=False)
