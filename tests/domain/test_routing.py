"""When the AI answers, when it asks, when a person is paged."""

import math

import pytest

from bridge.domain.answer import Answer, HandoffWish, Intent, ToolCall, ToolFailure
from bridge.domain.events import CartChanged, HandedOver, OfferAnswered, PersonAsked
from bridge.domain.model import EntryKind, Mode, Profile, Trigger
from bridge.domain.policy import BuyingRule, CustomerRule, PolicyGroup, Routing
from tests.domain.play import Play, tenant

VIP = Profile(verified=True, name="Vera", tags=("vip",))


def test_a_sure_answer_is_sent() -> None:
    play = Play()
    play.says("What are your opening hours?")
    play.ai("We open at nine.", 0.93)
    assert play.told == ["We open at nine."]
    assert play.mode is Mode.ASSISTANT


def test_a_person_request_is_handed_off_at_once_and_the_ai_is_not_asked() -> None:
    play = Play()
    play.says("can I talk to a human please")
    assert play.mode is Mode.WAITING
    assert play.asks == 0
    assert play.told == ["[waiting]"]
    assert play.pages == 1


@pytest.mark.parametrize(
    "harmless", ["I don't need a human", "are you a robot?", "my friend got a refund from you"]
)
def test_negation_challenges_and_reported_speech_do_not_fire(harmless: str) -> None:
    play = Play()
    play.says(harmless)
    assert play.mode is Mode.ASSISTANT
    assert play.asks == 1


def test_policy_is_forced_whatever_the_confidence() -> None:
    play = Play()
    play.says("I want a refund for my tent")
    assert play.triggers == [Trigger.POLICY]
    assert play.asks == 0


def test_the_tenants_own_keywords_are_policy() -> None:
    routing = Routing(desk="support", policy=(PolicyGroup("legal", ("class action",)),))
    play = Play(tenant(routing))
    play.says("Are you part of the Class Action?")
    assert play.conv.handoff is not None
    assert play.conv.handoff.triggers[0].group == "legal"


def test_a_policy_group_goes_to_its_own_desk() -> None:
    routing = Routing(desk="support", policy=(PolicyGroup("legal", ("class action",), desk="law"),))
    play = Play(tenant(routing))
    play.says("I read of a class action")
    assert play.conv.handoff is not None
    assert play.conv.handoff.desk == "law"


def test_a_vip_bypasses_the_ai() -> None:
    play = Play(profile=VIP)
    play.says("hello, do you have a minute?")
    assert play.triggers == [Trigger.CUSTOMER]
    assert play.asks == 0


def test_what_a_browser_claims_makes_nobody_a_vip() -> None:
    play = Play(profile=Profile(verified=False, name="Mallory", tags=("vip",), lifetime_value=1e9))
    play.says("hello, do you have a minute?")
    assert play.mode is Mode.ASSISTANT


@pytest.mark.parametrize(
    ("profile", "group"),
    [
        (Profile(verified=True, lifetime_value=5000), "lifetime_value"),
        (Profile(verified=True, account="globex"), "account"),
    ],
)
def test_value_and_named_accounts_bypass_the_ai(profile: Profile, group: str) -> None:
    rule = CustomerRule(lifetime_value=5000, accounts=frozenset({"Globex"}))
    play = Play(tenant(Routing(desk="support", customers=rule)), profile=profile)
    play.says("hello there")
    assert play.conv.handoff is not None
    assert play.conv.handoff.triggers[0].group == group


def test_a_tool_failure_hands_off_and_nothing_the_ai_said_is_sent() -> None:
    play = Play()
    play.says("where is my order AC-1099?")
    failed = ToolCall("orders", {"number": "AC-1099"}, ok=False, error="HTTP 500")
    play.ai(Answer("It arrives tomorrow.", 0.99, tool_calls=(failed,)))
    assert play.triggers == [Trigger.TOOL_FAILURE]
    assert play.told == ["[waiting]"]
    assert play.withheld == ["It arrives tomorrow."]


def test_an_ai_that_fails_is_a_tool_failure() -> None:
    play = Play()
    play.says("where is my order?")
    play.ai(ToolFailure("the assistant did not answer in time"))
    assert play.triggers == [Trigger.TOOL_FAILURE]


def test_with_tool_failure_off_a_failed_ai_still_never_leaves_the_customer_alone() -> None:
    play = Play(tenant(Routing(desk="support", tool_failure=False)))
    play.says("where is my order?")
    play.ai(ToolFailure("the assistant did not answer in time"))
    assert play.told == ["[offer]"]


def test_the_ai_may_ask_for_a_person_itself() -> None:
    play = Play()
    play.says("my tent pole is bent in a strange way")
    play.ai(Answer("", 0.9, handoff=HandoffWish("needs a photo check", "Wants a bent pole judged")))
    assert play.triggers == [Trigger.ASSISTANT_REQUEST]
    assert play.conv.handoff is not None
    assert play.conv.handoff.want == "Wants a bent pole judged"


def test_a_cart_above_the_limit_goes_to_sales_with_the_next_message() -> None:
    routing = Routing(
        desk="support", buying_intent=BuyingRule(cart_value=500), desks={Trigger.BUYING_INTENT: "sales"}
    )
    play = Play(tenant(routing))
    play.event(CartChanged, value=640.0)
    assert play.mode is Mode.ASSISTANT, "nobody is paged for a visitor who has not written"
    play.says("which of these is warmer?")
    assert play.triggers == [Trigger.BUYING_INTENT]
    assert play.conv.handoff is not None
    assert play.conv.handoff.desk == "sales"


def test_a_cart_acts_at_once_where_the_assistant_has_answered() -> None:
    play = Play()
    play.says("which of these is warmer?")
    play.ai("The down one.")
    play.event(CartChanged, value=640.0)
    assert play.triggers == [Trigger.BUYING_INTENT]


def test_a_qualified_prospect_is_buying_intent() -> None:
    play = Play()
    play.says("we are forty people and need tents for a year")
    play.ai(Answer("We can do that.", 0.95, intent=Intent("40 tents", qualified=True)))
    assert play.triggers == [Trigger.BUYING_INTENT]
    assert play.told == ["[waiting]"]


@pytest.mark.parametrize("confidence", [None, math.nan, -0.1, 1.7, 0.4, math.inf])
def test_low_or_unknown_confidence_offers_a_person_and_the_answer_is_not_sent(
    confidence: float | None,
) -> None:
    play = Play()
    play.says("do tents float?")
    play.ai("They do.", confidence)
    assert play.told == ["[offer]"]
    assert play.withheld == ["They do."]
    assert play.conv.offer is not None
    assert play.pages == 0


@pytest.mark.parametrize("yes", ["yes please", "sí, por favor", "ja gerne"])
def test_yes_in_any_configured_language_accepts_the_offer(yes: str) -> None:
    play = Play()
    play.says("do tents float?")
    play.ai("They do.", 0.4)
    play.says(yes)
    assert play.mode is Mode.WAITING
    assert play.triggers == [Trigger.CONFIDENCE]
    assert play.conv.handoff is not None
    assert play.conv.handoff.suggestion is not None
    assert play.conv.handoff.suggestion.text == "They do."
    assert play.conv.handoff.suggestion.confidence == 0.4


def test_no_declines_and_the_ai_asks_a_clarifying_question() -> None:
    play = Play()
    play.says("do tents float?")
    play.ai("They do.", 0.4)
    play.says("no thanks")
    assert play.told == ["[offer]", "[clarify]"]
    assert play.mode is Mode.ASSISTANT
    assert play.asks == 1


def test_buttons_answer_an_offer_once() -> None:
    play = Play()
    play.says("do tents float?")
    play.ai("They do.", 0.4)
    play.event(OfferAnswered, accepted=True)
    assert play.mode is Mode.WAITING
    assert play.event(OfferAnswered, accepted=True).code == "no_offer"


def test_another_question_lets_the_offer_lapse() -> None:
    play = Play()
    play.says("do tents float?")
    play.ai("They do.", 0.4)
    play.says("what do your stores in Madrid sell?")
    assert play.conv.offer is None
    assert play.asks == 2


def test_the_visible_button_reaches_a_person_even_with_the_trigger_off() -> None:
    play = Play(tenant(Routing(desk="support", person_request=False)))
    play.event(PersonAsked)
    assert play.mode is Mode.WAITING


def test_another_bots_conversation_comes_to_a_person_with_what_was_said_before() -> None:
    play = Play(tenant(Routing(desk="support", person_request=False)))
    said = "Bot: Hi\nCustomer: My order is late"
    play.event(HandedOver, reason="could not find it", want="My order is late", transcript=said)
    assert play.mode is Mode.WAITING
    assert play.triggers == [Trigger.ASSISTANT_REQUEST]
    handoff = play.conv.open_handoff
    assert handoff is not None
    assert handoff.want == "My order is late"
    assert "could not find it" in handoff.tried
    assert [entry.text for entry in play.entries if entry.kind is EntryKind.NOTE] == [said]
    play.event(HandedOver, reason="still not")
    assert play.conv.handoff == handoff, "once is enough"


def test_all_that_fire_are_recorded_in_order_and_the_first_decides() -> None:
    play = Play(profile=VIP)
    play.says("I want a refund and let me talk to a human", cart_value=900)
    assert play.triggers[0] is Trigger.PERSON_REQUEST
    assert set(play.triggers) == {
        Trigger.PERSON_REQUEST,
        Trigger.POLICY,
        Trigger.CUSTOMER,
        Trigger.BUYING_INTENT,
    }
    turn = next(t for d in play.decisions for t in d.turns)
    assert turn.decision == "handoff"
    assert [f.trigger for f in turn.triggers] == play.triggers
    assert all(f.evidence for f in turn.triggers)
