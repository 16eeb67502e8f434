"""The console in a real browser: what an agent sees, presses and is told."""

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from bridge.domain.ids import ConversationId
from bridge.ports import Typing
from tests.adapters.desks.console.room import ACME
from tests.browser.console_tab import Tab, asks, bens_press

HOSTILE = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script><b>x</b>"


def test_a_stranger_is_told_that_it_is_not_right_and_nothing_more(tab: Tab) -> None:
    tab.browser.get(f"{tab.served.url}/console?tenant=acme&desk=nowhere")
    tab.until(lambda: tab.see("signin"))
    focused = "return document.activeElement.name"
    assert tab.browser.execute_script(focused) == "name", "the first empty field has the focus"
    tab.browser.find_element(By.NAME, "name").send_keys("Ana" + Keys.ENTER)
    tab.until(lambda: tab.text("signin-error") == "That is not right. Check desk, name and key.")


def test_a_new_page_shows_at_once_without_a_reload(tab: Tab) -> None:
    tab.sign_in()
    assert tab.see("list-empty")
    asks(tab, "Marta", "Where is my parcel?")
    tab.until(lambda: any("Marta" in row for row in tab.rows()))
    tab.until(lambda: tab.text("card-who") == "Marta")
    assert tab.text("card-want") == "“Where is my parcel?”"
    assert "(1) Acme Outdoor · support" in tab.browser.execute_script("return document.title")
    announced = tab.browser.execute_script("return document.getElementById('announce').textContent")
    assert announced.startswith("New page. Marta")
    assert tab.complaints() == []


def test_one_press_claims_and_sends_and_the_card_moves_to_yours(tab: Tab) -> None:
    handoff = asks(tab, "Marta")
    tab.sign_in()
    tab.open("Marta")
    tab.press("send_suggested")
    tab.until(lambda: tab.text("card-lock").startswith("Yours since"))
    assert tab.told(handoff)[-1] == "Hi Marta, I am looking into this for you right now."
    assert not tab.see("claim")
    assert not tab.see("suggestion")
    assert "Yours" in tab.by("list").text
    assert tab.text("composer-label") == "To Marta"


def test_an_edited_suggestion_survives_what_happens_meanwhile(tab: Tab) -> None:
    handoff = asks(tab, "Marta")
    tab.sign_in()
    tab.open("Marta")
    tab.press("edit_suggested")
    tab.browser.switch_to.active_element.send_keys(" It ships today.")
    assert tab.text("send_suggested") == "Send edited"
    tab.served.run(tab.served.room.writes("Marta", "Are you there?"))
    tab.until(lambda: "Are you there?" in tab.text("thread"))
    tab.by("suggestion-text").send_keys(Keys.CONTROL + Keys.ENTER)
    tab.until(lambda: tab.text("card-lock").startswith("Yours since"))
    assert tab.told(handoff)[-1] == "Hi Marta, I am looking into this for you right now. It ships today."


def test_the_line_says_before_sending_who_will_read_it(tab: Tab) -> None:
    handoff = asks(tab, "Marta")
    tab.sign_in()
    tab.open("Marta")
    assert tab.text("composer-label").startswith("Internal note. Claim the conversation")
    tab.press("claim")
    tab.until(lambda: tab.text("composer-label") == "To Marta")
    tab.writes("On its way." + Keys.ENTER)
    tab.until(lambda: tab.told(handoff)[-1] == "On its way.")
    tab.writes("// she is in the club")
    assert tab.text("composer-label") == "Internal note: only colleagues see this"
    tab.writes(Keys.ENTER)
    tab.until(lambda: "Internal note" in tab.text("thread"))
    assert "she is in the club" in tab.text("thread")
    assert not [text for text in tab.told(handoff) if "club" in text]
    assert not tab.browser.find_elements(By.CSS_SELECTOR, ".pending"), "what arrived stands there once"


def test_who_is_too_late_learns_who_has_it(tab: Tab) -> None:
    handoff = asks(tab, "Marta")
    tab.sign_in()
    tab.open("Marta")
    tab.served.room.core.sooner = bens_press(handoff)
    tab.press("claim")
    tab.until(lambda: tab.text("refusal") == "Nothing done: Ben has this conversation.")
    tab.until(lambda: tab.text("card-lock").startswith("With Ben since"))
    assert not tab.see("send_suggested")


def test_a_line_lost_on_the_way_is_marked_and_sent_once(tab: Tab) -> None:
    handoff = asks(tab, "Marta")
    tab.sign_in()
    tab.open("Marta")
    tab.press("claim")
    tab.until(lambda: tab.text("composer-label") == "To Marta")
    tab.offline(True)
    tab.writes("Refund is on its way." + Keys.ENTER)
    tab.until(lambda: "Not sent: The connection is lost." in tab.text("thread"))
    tab.offline(False)
    tab.browser.find_element(By.CSS_SELECTOR, ".failed button").click()
    tab.until(lambda: not tab.browser.find_elements(By.CSS_SELECTOR, ".pending"))
    assert tab.told(handoff).count("Refund is on its way.") == 1
    assert tab.text("thread").count("Refund is on its way.") == 1


def test_release_asks_first_and_takes_a_note_along(tab: Tab) -> None:
    handoff = asks(tab, "Marta")
    tab.sign_in()
    tab.open("Marta")
    tab.press("claim")
    tab.until(lambda: tab.text("composer-label") == "To Marta")
    tab.press("release")
    tab.until(lambda: tab.see("release-dialog"))
    tab.by("release-note").send_keys("Refund by Friday")
    tab.press("release-confirm")
    tab.until(lambda: tab.text("card-lock").startswith("Released by Ana"))
    assert tab.told(handoff)[-1] == "You are back with the assistant."
    stretch = tab.served.room.core.conversation(ACME, ConversationId(handoff.partition(".")[0])).stretch
    assert stretch
    assert stretch.note == "Refund by Friday"
    assert not tab.see("composer")


def test_whatever_customers_write_is_shown_as_text(tab: Tab) -> None:
    asks(tab, HOSTILE[:50], HOSTILE)
    tab.sign_in()
    tab.until(lambda: tab.see("handoff") and "onerror" in tab.text("thread"))
    assert HOSTILE in tab.text("thread")
    assert tab.text("card-who") == HOSTILE[:50]
    made = "return document.querySelectorAll('#desk b, #desk script, #desk img[src=x]').length"
    assert tab.browser.execute_script(made) == 0
    assert "taken" not in tab.browser.title
    assert tab.complaints() == []


def test_right_to_left_words_keep_to_themselves(tab: Tab) -> None:
    asks(tab, "ليلى حداد", "أريد خيمة جديدة")
    tab.sign_in()
    tab.open("ليلى حداد")
    direction = "return getComputedStyle(document.getElementById(arguments[0])).direction"
    assert tab.browser.execute_script(direction, "card-who") == "rtl"
    assert tab.browser.execute_script(direction, "card-lock") == "ltr"


def test_the_customers_typing_shows_in_the_open_thread(tab: Tab) -> None:
    asks(tab, "Marta")
    tab.sign_in()
    tab.open("Marta")
    room = tab.served.room
    conversation = room.host.secrets.conversation(ACME, "web", "Marta")

    async def types() -> None:
        room.core.typing(ACME, conversation, Typing("customer", "Marta"))

    def typing_shows() -> bool:
        tab.served.run(types())
        return tab.text("typing") == "Marta is typing…"

    tab.until(typing_shows)


def test_fifty_handoffs_are_one_tab_stop_and_arrow_keys_move_among_them(tab: Tab) -> None:
    for number in range(50):
        asks(tab, f"Customer {number:02}")
    tab.sign_in()
    tab.until(lambda: len(tab.rows()) == 50)
    stops = "return document.querySelectorAll('button.row[tabindex=\"0\"]').length"
    assert tab.browser.execute_script(stops) == 1
    tab.browser.execute_script("document.querySelector('button.row[tabindex=\"0\"]').focus()")
    tab.browser.switch_to.active_element.send_keys(Keys.ARROW_DOWN + Keys.ARROW_DOWN + Keys.ENTER)
    tab.until(lambda: tab.text("card-who") == "Customer 02")


def test_everything_that_can_be_pressed_has_a_name(tab: Tab) -> None:
    asks(tab, "Marta")
    tab.sign_in()
    tab.open("Marta")
    nameless = [
        element.get_attribute("outerHTML")
        for element in tab.browser.find_elements(By.CSS_SELECTOR, "button, input, textarea, a, [tabindex]")
        if element.is_displayed() and not element.accessible_name
    ]
    assert nameless == []


def test_on_a_phone_there_is_one_pane_at_a_time(tab: Tab) -> None:
    asks(tab, "Marta")
    tab.browser.set_window_size(500, 800)
    try:
        tab.sign_in()
        tab.until(lambda: len(tab.rows()) == 1)
        assert not tab.see("handoff")
        tab.open("Marta")
        assert not tab.see("list")
        wide = "return document.documentElement.scrollWidth <= innerWidth"
        assert tab.browser.execute_script(wide)
        tab.press("back")
        tab.until(lambda: tab.see("list") and not tab.see("handoff"))
    finally:
        tab.browser.set_window_size(1280, 860)


def test_a_signed_out_agent_leaves_nothing_on_the_screen(tab: Tab) -> None:
    asks(tab, "Marta")
    tab.sign_in()
    tab.open("Marta")
    tab.press("signout")
    tab.until(lambda: tab.see("signin"))
    assert "Marta" not in tab.browser.page_source
