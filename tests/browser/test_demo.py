"""The demo as a newcomer sees it: the real program, a real browser, customer and team on one page."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.demo import ASSISTANT, WAITING, WITH_ANA, Demo, running_demo


@pytest.fixture(scope="module")
def demo(chromium: webdriver.Chrome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    chromium.set_window_size(1440, 900)
    with running_demo(tmp_path_factory.mktemp("demo")) as url:
        demo = Demo(chromium, url)
        demo.visit()
        yield demo
        chromium.get("about:blank")


def test_a_whole_handoff_is_played_on_one_page(demo: Demo) -> None:
    demo.press("#new-chat")
    demo.writes("How long does delivery take?")
    demo.until(lambda: len(demo.sees()) == 2)
    assert demo.sees()[1].startswith("Standard delivery takes 2 to 4 working days")
    assert demo.chat(".sources").text == "Source: How long does delivery take?"
    assert demo.of("support", "list-empty") == "Nobody is waiting. New pages appear here at once."

    demo.writes("Can I talk to someone?")
    demo.until_equal(demo.state, WAITING)
    assert "I've asked a colleague from our team to join you here." in demo.last()
    demo.until_equal(lambda: demo.of("support", "card-who"), "Sam Lee")
    assert demo.of("support", "card-reasons") == "Asked for a person"
    assert demo.of("support", "card-want") == "About “How long does delivery take?”"
    assert demo.of("support", "card-lock").startswith("Waiting")
    assert demo.waiting_at("support") == "1"

    demo.agent_presses("claim")
    demo.until_equal(demo.state, WITH_ANA)
    demo.until(lambda: demo.last() == "Ana has joined the chat.")
    demo.until(lambda: demo.of("support", "card-lock").startswith("Yours since"))
    demo.until_equal(lambda: demo.waiting_at("support"), "")

    suggested = demo.of("support", "suggestion-text")
    assert suggested.startswith("Hi Sam, ")
    demo.agent_presses("send_suggested")
    demo.until(lambda: demo.last() == suggested)
    assert demo.sees().count(suggested) == 1

    demo.agent_writes("Tomorrow before noon. // is fine inside a line.")
    demo.until(lambda: demo.last() == "Tomorrow before noon. // is fine inside a line.")
    demo.agent_writes("// the depot says Luis drives")
    demo.until(lambda: "the depot says Luis drives" in demo.seen_by_team())
    demo.writes("Great, thank you!")
    demo.until(lambda: "Great, thank you!" in demo.seen_by_team())
    demo.agent_writes("You are welcome.")
    demo.until(lambda: demo.last() == "You are welcome.")
    assert not any("Luis" in said for said in demo.sees()), "a note stays inside"

    demo.agent_presses("release")
    demo.agent_presses("release-confirm")
    demo.until_equal(demo.state, ASSISTANT)
    demo.until(lambda: demo.last() == "Ana has left the chat. You're back with the assistant.")
    demo.until(lambda: demo.of("support", "card-lock").startswith("Released by Ana"))
    demo.writes("Which countries do you ship to?")
    demo.until(lambda: demo.last().startswith("We ship to every country of the EU"))
    assert demo.state() == ASSISTANT
    assert demo.complaints() == []


@dataclass(frozen=True, slots=True)
class Fires:
    """An example of the page, and what it must lead to."""

    example: str
    text: str
    reason: str
    tried: str
    desk: str = "support"
    who: str = "Sam Lee"
    second: bool = False
    """The page offers it when the trigger's first example has been pressed."""


FIRES = [
    Fires(
        "person",
        "I want to talk to a human, please.",
        "Asked for a person",
        "Assistant not asked; asked for a person: “want to talk to a human”",
    ),
    Fires(
        "person",
        "This is useless, you don't understand me at all!",
        "Frustrated",
        "Assistant not asked; sounds frustrated: “This is useless”",
        second=True,
    ),
    Fires(
        "policy",
        "I want my money back for order AC-1077.",
        "Refund",
        "Assistant not asked; refund goes to a person: “want my money back”",
    ),
    Fires(
        "policy",
        "My lawyer will contact you about this.",
        "Legal",
        "Assistant not asked; legal goes to a person: “lawyer”",
        second=True,
    ),
    Fires(
        "customer",
        "Do you ship to Portugal?",
        "Valued customer",
        "Assistant not asked; goes straight to a person: tagged vip",
        who="Vera Moreno",
    ),
    Fires("tool", "Where is my order AC-1099?", "Tool failure", "Assistant tried; could not answer"),
    Fires(
        "buying",
        "Is the Ridge 2 tent easy to put up?",
        "Ready to buy",
        "Assistant not asked; wants to buy: cart 640.00, above 500.00",
        desk="sales",
    ),
]


@pytest.mark.parametrize("fires", FIRES, ids=lambda fires: fires.reason)
def test_each_example_pages_its_desk_with_its_reason(demo: Demo, fires: Fires) -> None:
    demo.example(fires.example)
    if fires.second:
        demo.example(fires.example, fires.text)
    demo.until(lambda: demo.sees()[:1] == [fires.text])
    demo.until_equal(demo.state, WAITING)
    demo.until_equal(lambda: demo.of(fires.desk, "card-want"), f"“{fires.text}”")
    assert demo.of(fires.desk, "card-who") == fires.who
    assert demo.of(fires.desk, "card-reasons") == fires.reason
    assert demo.of(fires.desk, "card-tried").startswith(fires.tried)
    demo.until(lambda: len(demo.sees()) == 2)
    assert demo.sees()[1].startswith("I've asked a colleague"), "nothing of the assistant"
    demo.until_equal(lambda: demo.waiting_at(fires.desk), "1")


def test_an_unsure_answer_is_not_sent_and_the_customer_chooses(demo: Demo) -> None:
    asked = "Can you resole my Alta boots before Friday?"
    demo.example("unsure")
    demo.until(lambda: demo.sees()[:1] == [asked] and demo.chat(".offer").is_displayed())
    assert demo.state() == ASSISTANT
    assert demo.sees()[1].startswith("I'm not sure enough to answer that well.")
    assert demo.lesson().startswith("The assistant is not sure, so its answer is not sent.")
    demo.until_equal(lambda: demo.waiting_at("support"), "")
    demo.chat(".offer .primary").click()
    demo.until_equal(demo.state, WAITING)
    demo.until_equal(lambda: demo.of("support", "card-reasons"), "Unsure answer")
    assert demo.of("support", "card-tried").startswith("Assistant drafted an answer; unsure")
    assert "resoles boots" in demo.of("support", "suggestion-text"), "the draft is the agent's to use"
    assert demo.of("support", "suggestion-from").startswith("the assistant's draft")


def test_a_look_up_that_works_is_answered_without_a_person(demo: Demo) -> None:
    demo.example("tool")
    demo.example("tool", "Where is my order AC-1042?")
    demo.until(lambda: demo.last().startswith("Your order AC-1042 is on its way"))
    assert demo.state() == ASSISTANT


def test_vera_goes_straight_to_a_person_and_sam_does_not(demo: Demo) -> None:
    demo.press("[data-visitor=vip]")
    demo.until(lambda: not demo.sees())
    demo.writes("What is a good sleeping bag for summer?")
    demo.until_equal(lambda: demo.of("support", "card-want"), "“What is a good sleeping bag for summer?”")
    assert demo.of("support", "card-who") == "Vera Moreno"
    assert "Lifetime value6,240" in demo.of("support", "card-facts")
    demo.press("[data-visitor=regular]")
    demo.until(lambda: not demo.sees())
    demo.until_equal(lambda: demo.waiting_at("support"), "")
    demo.writes("How much does delivery cost?")
    demo.until(lambda: demo.last().startswith("Standard delivery is free from 60"))


def test_a_full_cart_sends_the_next_message_to_sales(demo: Demo) -> None:
    demo.press("#new-chat")
    demo.until(lambda: not demo.sees())
    slider = demo.driver.find_element(By.ID, "cart")
    slider.send_keys(Keys.END)
    demo.until_equal(lambda: demo.driver.find_element(By.ID, "cart-value").text, "1000 €")
    demo.writes("Which countries do you ship to?")
    demo.until_equal(demo.state, WAITING)
    demo.until_equal(lambda: demo.waiting_at("sales"), "1")
    demo.until_equal(lambda: demo.waiting_at("support"), "")
    demo.press("[data-desk=sales]")
    demo.until_equal(lambda: demo.of("sales", "card-want"), "“Which countries do you ship to?”")
    assert "Cart1,000.00" in demo.of("sales", "card-facts")
    demo.agent_presses("send_suggested", "sales")
    demo.until_equal(demo.state, WITH_ANA)
    demo.press("[data-desk=support]")
    slider.send_keys(Keys.HOME)


def test_words_on_their_way_never_reach_the_next_conversation(demo: Demo) -> None:
    demo.press("#new-chat")
    demo.until(lambda: not demo.sees())
    calls = ("send('For one only')", "reset()", "send('How do gift cards work?')")
    demo.driver.execute_script("; ".join(f"HandoffBridge.{call}" for call in calls))
    demo.until(lambda: len(demo.sees()) > 1 and demo.chat(".sources").is_displayed())
    assert "For one only" not in demo.sees()
    assert len(demo.sees()) == 2


def test_the_page_runs_without_a_complaint_of_the_browser(demo: Demo) -> None:
    assert demo.complaints() == []
