"""Passing on, taking over, drafts, edits, files and what could not be delivered, in a real browser."""

from dataclasses import replace

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from bridge.domain.events import CustomerWrote, DeliveryFailed, Opening
from bridge.domain.ids import ConversationId, CustomerId, HandoffId
from bridge.domain.model import Conversation, File
from bridge.domain.tenant import ChannelTraits
from tests.adapters.desks.console.room import ACME
from tests.browser.console_tab import Tab, asks, ben_claims


def mine(tab: Tab, who: str = "Marta") -> HandoffId:
    """The agent at the screen has it."""
    handoff = asks(tab, who)
    tab.sign_in()
    tab.open(who)
    tab.press("claim")
    tab.until(lambda: tab.text("composer-label") == f"To {who}")
    return handoff


def state(tab: Tab, handoff: HandoffId) -> Conversation:
    return tab.served.room.core.conversation(ACME, ConversationId(handoff.partition(".")[0]))


def press(tab: Tab, selector: str) -> None:
    tab.until(lambda: tab.browser.find_element(By.CSS_SELECTOR, selector).is_displayed())
    tab.browser.find_element(By.CSS_SELECTOR, selector).click()


def choices(tab: Tab, group: str) -> list[str]:
    options = tab.browser.find_elements(By.CSS_SELECTOR, f'#transfer-to optgroup[label="{group}"] option')
    return [option.text for option in options]


def test_a_colleague_gets_it_with_a_reason(tab: Tab) -> None:
    handoff = mine(tab)
    tab.press("transfer")
    tab.until(lambda: tab.see("transfer-dialog"))
    assert (choices(tab, "Colleagues"), choices(tab, "Desks")) == (["Ben"], ["sales"])
    Select(tab.by("transfer-to")).select_by_visible_text("Ben")
    tab.by("transfer-reason").send_keys("Knows the Ridge 2 best")
    tab.press("transfer-confirm")
    tab.until(lambda: tab.text("card-lock").startswith("With Ben since"))
    assert tab.text("card-passed") == "Passed on by Ana: Knows the Ridge 2 best"
    assert tab.told(handoff)[-1] == "Ben has joined."
    assert not tab.see("transfer")
    assert "Ana has passed this on to Ben: Knows the Ridge 2 best" in tab.text("thread")
    assert tab.complaints() == []


def test_what_nobody_has_can_only_go_to_another_desk_and_leaves_this_one(tab: Tab) -> None:
    handoff = asks(tab, "Marta")
    tab.sign_in()
    tab.open("Marta")
    tab.press("transfer")
    tab.until(lambda: tab.see("transfer-dialog"))
    assert (choices(tab, "Colleagues"), choices(tab, "Desks")) == ([], ["sales"])
    tab.press("transfer-confirm")
    assert tab.see("transfer-dialog"), "nothing is chosen yet"
    Select(tab.by("transfer-to")).select_by_visible_text("sales")
    tab.press("transfer-confirm")
    tab.until(lambda: tab.rows() == [] and not tab.see("handoff"))
    handed = state(tab, handoff).handoff
    assert handed is not None
    assert handed.desk == "sales"


def test_taking_over_names_the_colleague_and_asks_first(tab: Tab) -> None:
    handoff = asks(tab, "Marta")
    tab.sign_in()
    tab.open("Marta")
    assert not tab.see("take_over")
    ben_claims(tab, handoff)
    tab.until(lambda: tab.see("take_over"))
    assert not tab.see("release")
    tab.press("take_over")
    tab.until(lambda: tab.text("takeover-title") == "Take this over from Ben?")
    tab.press("takeover-cancel")
    assert state(tab, handoff).owner is not None
    tab.press("take_over")
    tab.press("takeover-confirm")
    tab.until(lambda: tab.text("card-lock").startswith("Yours since"))
    assert "Ana has taken this over from Ben." in tab.text("thread")


def test_how_it_came_out_is_chosen_at_the_release(tab: Tab) -> None:
    mine(tab)
    tab.press("release")
    tab.until(lambda: tab.see("release-dialog"))
    press(tab, 'input[name="outcome"][value="follow_up"]')
    tab.press("release-confirm")
    tab.until(lambda: tab.text("card-lock").startswith("Released by Ana"))
    assert tab.text("card-lock").endswith("· Needs follow-up")


def test_the_assistants_draft_is_sent_by_a_press(tab: Tab) -> None:
    room, run = tab.served.room, tab.served.run
    conversation = run(room.writes("Marta", "Is it waterproof?"))
    asked = room.core.conversation(ACME, conversation)
    handoff = mine(tab)
    run(room.is_answered(conversation, "Yes, up to 3,000 mm.", asked=asked))
    press(tab, ".send-draft")
    tab.until(lambda: tab.told(handoff)[-1] == "Yes, up to 3,000 mm.")
    tab.until(lambda: tab.browser.find_element(By.CSS_SELECTOR, ".draft .became").text == "Sent")
    assert not tab.browser.find_element(By.CSS_SELECTOR, ".send-draft").is_displayed()


def became(tab: Tab) -> list[str]:
    return [mark.text for mark in tab.browser.find_elements(By.CSS_SELECTOR, ".became")]


def change_newest(tab: Tab) -> None:
    shown = [b for b in tab.browser.find_elements(By.CSS_SELECTOR, ".change") if b.is_displayed()]
    shown[-1].click()


def test_a_line_is_corrected_in_its_place_and_taken_back(tab: Tab) -> None:
    handoff = mine(tab)
    tab.writes("It costs 40." + Keys.ENTER)
    tab.until(lambda: tab.told(handoff)[-1] == "It costs 40.")
    press(tab, ".change")
    tab.browser.switch_to.active_element.send_keys(Keys.BACKSPACE * 3 + "14." + Keys.CONTROL + Keys.ENTER)
    tab.until(lambda: "a correction was sent" in tab.text("refusal"))
    assert tab.told(handoff)[-1] == "Correction: It costs 14."
    tab.until(lambda: became(tab) == ["Corrected below"])
    change_newest(tab)
    area = tab.browser.switch_to.active_element
    assert area.get_property("value") == "It costs 14.", "without the word before it"
    area.send_keys(Keys.BACKSPACE * 3 + "15." + Keys.CONTROL + Keys.ENTER)
    tab.until(lambda: tab.told(handoff)[-1] == "Correction: It costs 15.")
    tab.writes("oops" + Keys.ENTER)
    tab.until(
        lambda: "oops" in tab.text("thread") and not tab.browser.find_elements(By.CSS_SELECTOR, ".pending")
    )
    change_newest(tab)
    press(tab, ".take-back")
    tab.until(lambda: tab.told(handoff)[-1] == "One of my messages was taken back.")
    tab.until(lambda: became(tab) == ["Corrected below", "Taken back"])


def test_what_could_not_be_delivered_is_sent_again_by_a_press(tab: Tab) -> None:
    core = tab.served.room.core
    pushed = {"web": ChannelTraits(push=True, states=True)}
    core.tenants[ACME] = replace(core.tenants[ACME], channels=pushed)
    handoff = mine(tab)
    tab.writes("On its way." + Keys.ENTER)
    tab.until(lambda: tab.told(handoff)[-1] == "On its way.")
    seq = next(e.seq for e in tab.served.run(tab.served.room.told(handoff)) if e.text == "On its way.")
    failed = DeliveryFailed(
        tenant=ACME, conversation=state(tab, handoff).id, seq=seq, why="HTTP 410", to_desk=False
    )
    tab.served.run(core.receive(failed))
    press(tab, ".again")
    tab.until(lambda: tab.browser.find_elements(By.CSS_SELECTOR, ".mine .became")[-1].text == "Sent again")
    handed = state(tab, handoff).handoff
    assert handed is not None
    assert handed.undelivered == ()


def test_a_customers_file_is_a_link_and_never_more(tab: Tab) -> None:
    handoff = mine(tab)
    conversation = state(tab, handoff)
    files = (File("<b>tear.jpg", "https://files.example.com/a?b=1&c"), File("x", "javascript:alert(1)"))
    wrote = CustomerWrote(
        tenant=ACME,
        conversation=conversation.id,
        opening=Opening("web", "Marta", CustomerId("c-Marta")),
        text="",
        at=tab.served.room.clock.now(),
        files=files,
    )
    tab.served.run(tab.served.room.core.receive(wrote))
    tab.until(lambda: len(tab.browser.find_elements(By.CSS_SELECTOR, ".file")) == 2)
    [link] = tab.browser.find_elements(By.CSS_SELECTOR, ".file a")
    assert (link.text, link.get_dom_attribute("href")) == ("<b>tear.jpg", "https://files.example.com/a?b=1&c")
    assert link.get_dom_attribute("rel") == "noopener noreferrer nofollow"
    assert tab.complaints() == []
