"""When something is taken away, fails or was said too early: the customer is never left alone."""

from datetime import timedelta

import pytest

from bridge.domain.answer import Answer, ToolCall
from bridge.domain.events import DeliveryFailed, PersonAsked, TimerDue, TimerKind
from bridge.domain.model import UNDELIVERABLE, Mode, Profile, Trigger
from bridge.domain.policy import BuyingRule, PolicyGroup, Routing
from tests.domain.play import ANA, Play, tenant


def test_a_channel_that_was_taken_out_of_the_settings_blocks_no_button() -> None:
    play = Play()
    play.says("let me talk to a human")
    play.tenant = tenant(channels={})
    assert play.claims(ANA).done
    assert play.writes("hello", ANA).done
    assert play.releases(ANA).done


def test_who_was_given_up_on_and_writes_again_is_paged_again() -> None:
    play = Play()
    play.says("let me talk to a human")
    play.later(timedelta(minutes=10))
    assert play.told[-1] == "[gave_up]"
    pages = play.pages
    play.says("hello? anybody?")
    assert play.pages == pages + 1
    play.later(timedelta(minutes=10))
    assert play.told.count("[gave_up]") == 2


def test_asking_for_a_person_again_after_giving_up_pages_again() -> None:
    play = Play()
    play.says("let me talk to a human")
    play.later(timedelta(minutes=10))
    pages = play.pages
    play.event(PersonAsked)
    assert play.pages == pages + 1


def test_a_page_that_reaches_nobody_goes_to_the_default_desk_and_then_the_customer_is_told() -> None:
    routing = Routing(
        desk="support", buying_intent=BuyingRule(cart_value=500), desks={Trigger.BUYING_INTENT: "sales"}
    )
    play = Play(tenant(routing))
    play.says("which is warmer?", cart_value=900)
    assert play.conv.handoff is not None
    assert play.conv.handoff.desk == "sales"
    lost = DeliveryFailed(tenant=play.conv.tenant, conversation=play.conv.id, seq=0, why="archived")
    play.put(lost)
    assert play.conv.handoff is not None
    assert play.conv.handoff.desk == "support"
    assert play.told == ["[waiting]"]
    play.put(lost)
    assert play.told == ["[waiting]", "[gave_up]"]
    assert play.mode is Mode.WAITING, "the request stays open"


def test_the_draft_for_another_question_is_never_suggested() -> None:
    play = Play()
    play.says("when do you open on sundays?")
    play.ai("We open at 10 on Sundays.", 0.4)
    play.says("I want a refund")
    assert play.conv.handoff is not None
    assert play.conv.handoff.suggestion is not None
    assert "10 on Sundays" not in play.conv.handoff.suggestion.text


def test_what_is_wanted_now_is_not_hidden_by_what_was_asked_before() -> None:
    play = Play()
    play.says("when do you open on sundays?")
    play.ai("At ten.")
    play.says("my tent broke in the first storm, give me a human please")
    assert play.conv.handoff is not None
    assert "my tent broke" in play.conv.handoff.want


def test_a_tools_name_is_no_policy_group_and_stays_out_of_the_audit() -> None:
    routing = Routing(desk="support", policy=(PolicyGroup("billing", desk="billing"),))
    play = Play(tenant(routing))
    play.says("where is my order?")
    failed = ToolCall("billing", ok=False, error="no maria@example.com")
    play.ai(Answer("x", 0.9, tool_calls=(failed,)))
    assert play.conv.handoff is not None
    assert play.conv.handoff.desk == "support"
    assert not any("maria" in row.reason or "billing" in row.reason for row in play.audit)


@pytest.mark.parametrize(
    ("languages", "told", "expected"),
    [(("en-GB", "es-MX"), "es", "es-MX"), (("en", "pt-BR"), "pt-BR", "pt-BR"), (("en", "de"), "fr", "en")],
)
def test_a_language_is_found_with_and_without_its_region(
    languages: tuple[str, ...], told: str, expected: str
) -> None:
    play = Play(tenant(languages=languages), profile=Profile(verified=True, language=told))
    play.says("hello")
    assert play.conv.language == expected


def test_a_lease_that_rang_lapses_though_the_clock_was_set_back() -> None:
    play = Play()
    play.says("let me talk to a human")
    play.claims(ANA)
    assert play.conv.handoff is not None
    due = play.conv.handoff.lease_until
    play.now -= timedelta(hours=1)
    play.put(
        TimerDue(
            tenant=play.conv.tenant,
            conversation=play.conv.id,
            kind=TimerKind.LEASE,
            epoch=play.conv.epoch,
            due=due,
        )
    )
    assert play.mode is Mode.WAITING


def test_a_colleague_elsewhere_whose_name_is_written_differently_is_the_same() -> None:
    play = Play()
    play.elsewhere("I am on it.", type(ANA)("api:m", "Maria"))
    play.elsewhere("Done.", type(ANA)("api:m", "Maria G."))
    assert [t for t in play.told if t.startswith("[joined]")] == ["[joined] Maria"]


def test_a_note_that_tells_of_trouble_and_is_lost_itself_makes_no_other_note() -> None:
    play = Play()
    play.says("let me talk to a human")
    play.says("my order is late")
    line = play.conv.seq
    play.put(lost_at_the_desk(play, line))
    assert play.entries[-1].reason == UNDELIVERABLE
    told = play.conv.seq
    play.put(lost_at_the_desk(play, told))
    assert play.conv.seq == told
    assert [row.reason for row in play.audit if row.action == "undeliverable"] == [
        f"message {line} to the desk: revoked",
        f"message {told} to the desk: revoked",
    ]


def lost_at_the_desk(play: Play, seq: int) -> DeliveryFailed:
    return DeliveryFailed(
        tenant=play.conv.tenant, conversation=play.conv.id, seq=seq, to_desk=True, why="revoked"
    )
