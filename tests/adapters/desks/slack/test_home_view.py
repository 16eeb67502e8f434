"""App Home with much and with nothing: Slack takes it, and no customer's word in it is live."""

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.desks.slack.home import DeskView, home_view
from adapters.desks.slack.listing import Listed
from bridge.domain.ids import ConversationId
from bridge.domain.model import Agent, CallbackState
from bridge.ports import CallbackView, DeskAddress, DeskFigures, OnCall
from tests.adapters.desks.slack.conftest import desk_settings
from tests.fakes.core import ACME, claimed_card, waiting_card
from tests.fakes.desk_core import START
from tests.fakes.slack.rules import texts, view_error

HOSTILE = "<!channel> <@U1> *bold* _it_ ~no~ `code` <https://evil.example|here> مرحبا 👩‍👩‍👧 " * 20
ANA = Agent("slack:U1", "*Ana* <!here>")


def callback(number: int) -> CallbackView:
    at = START + timedelta(hours=number)
    return CallbackView(
        tenant=ACME,
        desk="support",
        conversation=ConversationId("c" * 32),
        handoff=None,
        number=number,
        at=at,
        until=at + timedelta(minutes=30),
        zone="Europe/Madrid",
        local="2026-11-24T10:00",
        state=CallbackState.DUE if number == 0 else CallbackState.BOOKED,
        who=HOSTILE,
        want=HOSTILE,
        reach="",
        booked_at=START,
    )


def much(number: int) -> DeskView:
    link = "https://acme.slack.com/archives/C000000001/p1700000000000001"
    waiting = Listed(waiting_card(who=HOSTILE, want=HOSTILE, reason=HOSTILE, pages=3), link)
    mine = Listed(replace(claimed_card(ANA), who=HOSTILE, want=""), "")
    return DeskView(
        desk=DeskAddress(ACME, f"desk-{number}", desk_settings()),
        tenant=f"Tenant {number}",
        waiting=[waiting] * 40,
        mine=[mine] * 40,
        on_call=OnCall(True, (ANA,) * 5),
        on_duty=number % 2 == 0,
        callbacks=[callback(n) for n in range(12)],
        figures=DeskFigures(40, 30, 20, 14.2, 7_300.0, 12, 3),
    )


@pytest.mark.parametrize("desks", [0, 1, 2, 5])
def test_slack_takes_it_and_nothing_in_it_is_live(desks: int) -> None:
    view = home_view([much(number) for number in range(desks)], hidden=3)
    assert view_error(view, kind="home") == ""
    spoken = [words for kind, words in texts(view["blocks"]) if kind == "mrkdwn"]
    live = ("<!channel>", "<!here>", "<@U1>", "<https://evil.example", "*Ana*")
    assert not [words for words in spoken for markup in live if markup in words]
    assert "3 more of your desks" in str(view)


def test_nobody_on_call_says_until_when() -> None:
    away = replace(much(0), on_call=OnCall(False, (), START), waiting=[], mine=[], callbacks=[])
    seen = str(home_view([replace(away, figures=DeskFigures())]))
    assert "Nobody is on call until <!date^" in seen
    assert "Nobody waits." in seen
    assert "nobody was handed off to this desk" in seen
