"""The widget as customers use it: real Chromium, a shop on another origin, a strict page."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import jwt
import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from bridge.domain.events import CartChanged
from bridge.domain.model import File, Mode
from tests.browser.shop import SECRET, Shop
from tests.fakes.desk_core import START

T = TypeVar("T")


class Page:
    """A customer looking at the shop."""

    def __init__(self, driver: webdriver.Chrome, shop: Shop) -> None:
        self.driver = driver
        self.shop = shop

    def visit(self, attributes: str = "") -> "Page":
        self.shop.attributes = f'data-tenant="acme" data-channel="web" {attributes}'
        self.driver.get(self.shop.url)
        self.until(lambda: self.driver.find_elements(By.ID, "handoff-bridge"))
        return self

    def part(self, selector: str) -> WebElement:
        root = self.driver.find_element(By.ID, "handoff-bridge").shadow_root
        return root.find_element(By.CSS_SELECTOR, selector)

    def parts(self, selector: str) -> list[WebElement]:
        root = self.driver.find_element(By.ID, "handoff-bridge").shadow_root
        return root.find_elements(By.CSS_SELECTOR, selector)

    def press(self, selector: str) -> None:
        self.until(lambda: self.part(selector).is_displayed())
        self.part(selector).click()

    def open(self) -> "Page":
        self.press(".launcher")
        self.until(lambda: self.part(".state").text or self.part(".trouble").text)
        return self

    def write(self, text: str) -> None:
        self.part("textarea").send_keys(text + "\n")

    def focused(self) -> str:
        script = "return document.getElementById('handoff-bridge').shadowRoot.activeElement?.className ?? ''"
        found: str = self.driver.execute_script(script)
        return found

    def shown(self) -> list[tuple[str, str]]:
        """Author and text of each message on the screen, in order."""
        script = """return [...document.getElementById('handoff-bridge').shadowRoot.querySelectorAll('.item')]
            .map(item => [item.classList[1], item.querySelector('.bubble').textContent])"""
        return [(author, text) for author, text in self.driver.execute_script(script)]

    def texts(self) -> list[str]:
        return [text for _, text in self.shown()]

    def state(self) -> str:
        return self.part(".state").text

    def api(self, call: str) -> None:
        self.driver.execute_script(f"HandoffBridge.{call}")

    def style(self, selector: str, name: str) -> str:
        return self.part(selector).value_of_css_property(name)

    def complaints(self) -> list[str]:
        """What the browser's console says since it was last asked."""
        return [str(entry["message"]) for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]

    def read_aloud(self) -> str:
        return str(self.part("[aria-live=polite]").get_property("textContent"))

    def until(self, true: Callable[[], T], seconds: float = 15) -> T:
        redrawn = [StaleElementReferenceException]  # the page may redraw between finding and asking
        return WebDriverWait(self.driver, seconds, 0.05, redrawn).until(lambda _: true())

    def until_equal(self, read: Callable[[], T], expected: T) -> None:
        seen: list[Any] = [None]

        def equal() -> bool:
            seen[0] = read()
            return bool(seen[0] == expected)

        try:
            self.until(equal)
        except Exception:
            assert seen[0] == expected
            raise


@pytest.fixture
def shop(chromium: webdriver.Chrome) -> Iterator[Shop]:
    with Shop() as shop:
        yield shop
        chromium.get("about:blank")


@pytest.fixture
def page(chromium: webdriver.Chrome, shop: Shop) -> Page:
    page = Page(chromium, shop)
    page.complaints()  # what an earlier test left
    return page.visit()


def with_ana(page: Page) -> None:
    page.open()
    page.press(".person")
    page.until_equal(page.state, "Waiting for a person…")
    page.shop.run(page.shop.core.claims())
    page.until_equal(page.state, "You are talking with Ana")


def test_a_question_is_shown_at_once_and_answered(page: Page) -> None:
    page.open()
    assert page.state() == "You are talking to the assistant"
    page.write("Where is my parcel?")
    assert page.texts() == ["Where is my parcel?"]
    page.until(page.shop.core.written)
    page.shop.run(page.shop.core.answers("It leaves today."))
    page.until_equal(page.shown, [("customer", "Where is my parcel?"), ("assistant", "It leaves today.")])


def test_a_customers_own_message_has_the_time_of_the_bridge(page: Page) -> None:
    """The browser's is another here. The stream is broken, so the answer to the post comes first."""

    def shown() -> list[str]:
        script = """return [...document.getElementById('handoff-bridge').shadowRoot.querySelectorAll('time')]
            .map(time => time.dateTime)"""
        return [str(at) for at in page.driver.execute_script(script)]

    page.open()
    page.write("Hello")
    at = START.isoformat(timespec="milliseconds")
    page.until_equal(shown, [at])
    page.shop.break_connections()
    page.write("Where is my parcel?")
    page.until_equal(shown, [at, at])


def test_looking_makes_no_conversation(page: Page) -> None:
    page.open()
    assert page.part("h2").text == "Acme Outdoor"
    assert page.shop.requests == ["GET /widget.js", "GET /webchat/acme/web"]
    assert page.shop.core.received == []


def test_it_runs_on_the_strictest_page_without_a_complaint(page: Page) -> None:
    with_ana(page)
    page.write("https://shop.example/?a=1&b=2")
    page.until(page.shop.core.written)
    assert [said for said in page.complaints() if "favicon" not in said] == []
    assert page.style(".bubble", "letter-spacing") == "normal", "the shop's own styles stay outside"
    assert page.style("textarea", "font-size") == "16px"


def test_text_is_text_whatever_it_looks_like(page: Page) -> None:
    page.open()
    nasty = (
        "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
        " javascript:document.title='owned' data:text/html,x"
    )
    page.write(nasty)
    page.until(page.shop.core.written)
    page.shop.run(page.shop.core.answers(nasty))
    page.until_equal(page.texts, [nasty, nasty])
    assert page.parts(".bubble img, .bubble script, .bubble a") == []
    assert page.driver.title == "Acme Outdoor"


def test_only_web_addresses_become_links_and_they_cannot_reach_back(page: Page) -> None:
    page.open().write("hi")
    page.until(page.shop.core.written)
    said = (
        "See (https://acme.example/a_(b)), http://acme.example/x?y=1#z. ftp://no https://u:p@evil.example"
        " https:// HTTPS://ACME.example/Ü"
    )
    page.shop.run(page.shop.core.answers(said))
    page.until(lambda: len(page.texts()) == 2)
    assert page.texts()[1] == said
    links = page.parts(".bubble a")
    assert [link.text for link in links] == [
        "https://acme.example/a_(b)",
        "http://acme.example/x?y=1#z",
        "HTTPS://ACME.example/Ü",
    ]
    assert {link.get_dom_attribute("rel") for link in links} == {"noopener noreferrer nofollow ugc"}
    assert {link.get_dom_attribute("target") for link in links} == {"_blank"}


def test_an_agents_file_is_a_link_with_its_name(page: Page) -> None:
    with_ana(page)
    file = File("factura <b>.pdf", "https://files.example.com/a?b=1&c=2")
    page.shop.run(page.shop.core.replies("Here it is.", files=(file, File("x", "javascript:alert(1)"))))
    page.until(lambda: page.parts(".file"))
    link = page.part(".file a")
    assert (link.text, link.get_dom_attribute("href")) == (file.name, file.url)
    assert link.get_dom_attribute("rel") == "noopener noreferrer nofollow ugc"
    assert [part.text for part in page.parts(".agent .said")] == ["Here it is."]
    assert len(page.parts(".file")) == 1, "what is no web address is not delivered"


def test_a_corrected_message_changes_in_its_place_and_says_so(page: Page) -> None:
    with_ana(page)
    page.shop.run(page.shop.core.replies("It costs 40 euros.", line="1"))
    page.shop.run(page.shop.core.replies("Anything else?", line="2"))
    page.until(lambda: len(page.parts(".agent")) == 2)
    page.shop.run(page.shop.core.edits("1", "It costs 14 euros."))
    read = lambda: [part.text for part in page.parts(".agent .said")]  # noqa: E731
    page.until_equal(read, ["It costs 14 euros.", "Anything else?"])
    assert [part.text for part in page.parts(".agent .amended")] == ["edited", ""]
    assert "edited: It costs 14 euros." in page.read_aloud()
    page.shop.run(page.shop.core.deletes("2"))
    page.until_equal(read, ["It costs 14 euros.", "This message was taken back."])
    page.driver.refresh()
    page.until_equal(read, ["It costs 14 euros.", "This message was taken back."])


def test_an_offer_is_a_question_with_two_answers(page: Page) -> None:
    page.open().write("Can I return it wet?")
    page.until(page.shop.core.written)
    page.shop.run(page.shop.core.answers("Perhaps", 0.2))
    page.until(lambda: page.part(".offer").is_displayed())
    assert [button.text for button in page.parts(".offer button")] == ["Yes, get me a person", "No, thanks"]
    page.press(".offer .primary")
    page.until_equal(page.state, "Waiting for a person…")
    assert not page.part(".offer").is_displayed()
    assert page.part(":focus").tag_name == "textarea", "the pressed button hands its focus on"
    assert page.shop.core.newest_conversation().mode is Mode.WAITING


def test_a_declined_offer_goes_away(page: Page) -> None:
    page.open().write("Can I return it wet?")
    page.until(page.shop.core.written)
    page.shop.run(page.shop.core.answers("Perhaps", 0.2))
    page.press(".offer .secondary")
    page.until(lambda: not page.part(".offer").is_displayed())
    assert page.state() == "You are talking to the assistant"


def test_a_person_can_be_asked_for_before_anything_is_said(page: Page) -> None:
    with_ana(page)
    assert not page.part(".person").is_displayed(), "the state stands in its place"
    page.shop.run(page.shop.core.replies("Hello, Ana here."))
    page.until(lambda: ("agent", "Hello, Ana here.") in page.shown())
    page.shop.run(page.shop.core.releases())
    page.until_equal(page.state, "You are talking to the assistant")
    assert page.part(".person").is_displayed()


def test_typing_is_seen_on_both_sides(page: Page) -> None:
    with_ana(page)
    page.shop.do(page.shop.core.types)
    page.until_equal(lambda: page.part(".typing").text, "Ana is typing…")
    page.part("textarea").send_keys("I am wr")
    page.until(lambda: [r for r in page.shop.requests if r.startswith("POST") and r.endswith("/signals")][1:])
    page.shop.run(page.shop.core.replies("Yes?"))
    page.until(lambda: not page.part(".typing").is_displayed())


def test_a_reload_shows_everything_once(page: Page) -> None:
    with_ana(page)
    page.write("before")
    page.until(page.shop.core.written)
    page.shop.run(page.shop.core.replies("noted"))
    page.until(lambda: "noted" in page.texts())
    before = page.shown()
    page.visit()
    page.until_equal(page.shown, before)
    page.until_equal(page.state, "You are talking with Ana")
    assert page.part(".panel").is_displayed(), "it was open, so it is open again"
    assert page.focused() == "", "and takes nobody's focus"


def test_a_lost_network_loses_nothing_and_doubles_nothing(page: Page) -> None:
    page.open().write("one")
    page.until(lambda: page.shop.core.written() == ["one"])
    page.shop.cut()
    page.write("two")
    page.write("three")
    page.until_equal(lambda: [m.text for m in page.parts(".mark") if m.text], ["Not sent. Try again"] * 2)
    page.until(lambda: page.part(".trouble").text == "No connection. Trying again…")
    page.shop.run(page.shop.core.answers("meanwhile"))
    page.shop.mend()
    page.press(".retry")
    page.until_equal(page.texts, ["one", "meanwhile", "two", "three"])
    page.until(lambda: not page.parts(".item[data-state]"))
    assert page.shop.core.written() == ["one", "two", "three"]
    page.until(lambda: not page.part(".trouble").is_displayed())


def test_an_answer_lost_on_the_way_back_does_not_say_it_twice(page: Page) -> None:
    page.open().write("one")
    page.until(lambda: page.shop.core.written() == ["one"])
    page.shop.lose_answers = True
    page.write("two")
    page.until(lambda: page.shop.core.written() == ["one", "two"])
    page.shop.lose_answers = False
    page.write("three")
    page.until_equal(page.texts, ["one", "two", "three"])
    page.until(lambda: not page.parts(".item[data-state]"))
    assert page.shop.core.written() == ["one", "two", "three"]


def test_broken_streams_come_back_without_a_gap(page: Page) -> None:
    with_ana(page)
    for number in range(20):
        page.shop.break_connections()
        page.shop.run(page.shop.core.replies(f"line {number}"))
    page.until_equal(lambda: [t for t in page.texts() if "line" in t], [f"line {n}" for n in range(20)])


def test_what_was_not_sent_survives_a_reload(page: Page) -> None:
    page.open().write("one")
    page.until(lambda: page.shop.core.written() == ["one"])
    page.shop.core.unavailable = True
    page.write("two")
    page.until(lambda: page.parts("[data-state=failed]"))
    page.visit()
    page.until(lambda: "two" in page.texts())
    page.shop.core.unavailable = False
    page.until(lambda: page.shop.core.written() == ["one", "two"])
    page.until_equal(page.texts, ["one", "two"])


def test_a_session_that_is_no_more_begins_anew_and_keeps_the_words(page: Page) -> None:
    page.open().write("one")
    page.until(lambda: page.shop.core.written() == ["one"])
    page.shop.do(page.shop.core.erase)
    page.write("two")
    page.until(lambda: page.shop.core.written() == ["two"])
    page.until_equal(page.texts, ["two"])


def test_new_messages_are_counted_while_the_chat_is_closed(page: Page) -> None:
    with_ana(page)
    page.part("textarea").send_keys(Keys.ESCAPE)
    page.until(lambda: not page.part(".panel").is_displayed())
    page.shop.run(page.shop.core.replies("one"))
    page.shop.run(page.shop.core.replies("two"))
    page.until_equal(lambda: page.part(".badge").text, "2")
    assert page.part(".launcher").get_dom_attribute("aria-label") == "Open chat, 2 new messages"
    page.visit()
    page.until_equal(lambda: page.part(".badge").text, "2")
    page.open()
    assert not page.part(".badge").is_displayed()


def test_keyboard_and_screen_reader_find_their_way(page: Page) -> None:
    page.until(lambda: page.part("h2").get_property("textContent") == "Acme Outdoor")
    launcher = page.part(".launcher")
    launcher.send_keys(Keys.ENTER)
    panel = page.part(".panel")
    assert (panel.aria_role, panel.accessible_name) == ("dialog", "Acme Outdoor")
    assert page.part("textarea").accessible_name == "Write a message"
    assert page.driver.switch_to.active_element.get_dom_attribute("id") == "handoff-bridge"
    assert page.part(":focus").tag_name == "textarea"
    for button in page.parts("button"):
        assert not button.is_displayed() or button.accessible_name
    page.write("hi")
    page.until(page.shop.core.written)
    page.shop.run(page.shop.core.answers("Read this aloud."))
    page.until(lambda: "Acme Outdoor: Read this aloud." in page.read_aloud())
    page.part("textarea").send_keys(Keys.ESCAPE)
    assert not panel.is_displayed()
    assert page.part(":focus").get_dom_attribute("class") == "launcher"
    assert launcher.get_dom_attribute("aria-expanded") == "false"


def test_history_is_not_read_aloud_again(page: Page) -> None:
    with_ana(page)
    page.shop.run(page.shop.core.replies("said before"))
    page.until(lambda: "said before" in page.texts())
    page.visit()
    page.until(lambda: "said before" in page.texts())
    assert "said before" not in page.read_aloud()


def test_shift_and_enter_make_a_new_line_and_blank_lines_are_not_sent(page: Page) -> None:
    page.open().write("   ")
    page.part("textarea").clear()
    page.part("textarea").send_keys("one", Keys.SHIFT, Keys.ENTER, Keys.NULL, "two\n")
    page.until(page.shop.core.written)
    assert page.shop.core.written() == ["one\ntwo"]
    assert page.part("textarea").get_property("value") == ""


def test_the_customer_ends_the_chat_and_may_begin_again(page: Page) -> None:
    page.open().write("hi")
    page.press(".end")
    page.press(".ending .primary")
    page.until_equal(page.state, "Chat closed")
    assert page.shop.core.newest_conversation().mode is Mode.CLOSED
    page.write("one more thing")
    page.until_equal(page.state, "You are talking to the assistant")


def test_a_small_screen_is_filled(page: Page) -> None:
    phone = {"width": 390, "height": 780, "deviceScaleFactor": 2, "mobile": True}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    try:
        page.visit().open()
        page.until(lambda: page.part(".panel").rect["height"] == 780)
        assert page.part(".panel").rect["width"] == 390
        assert not page.part(".launcher").is_displayed()
        page.press(".close")
        assert page.part(".launcher").is_displayed()
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize(
    ("language", "state"),
    [
        ("es-MX", "Estás hablando con el asistente"),
        ("de", "Sie sprechen mit dem Assistenten"),
        ("fr", "You are talking to the assistant"),
    ],
)
def test_it_speaks_the_customers_language(page: Page, language: str, state: str) -> None:
    page.visit(f'data-language="{language}"').open()
    assert page.state() == state


def test_it_stands_inside_a_page_that_mounts_it(page: Page) -> None:
    page.visit('data-mount="#place" data-title="Ask us"')
    panel = page.part(".panel")
    assert panel.is_displayed()
    assert (panel.aria_role, panel.accessible_name) == ("region", "Ask us")
    assert panel.rect["height"] == 600
    assert page.parts(".launcher") == []
    page.write("hi")
    page.until(page.shop.core.written)


def test_a_light_colour_gets_dark_letters(chromium: webdriver.Chrome) -> None:
    with Shop(colour="#facc15") as shop:
        page = Page(chromium, shop).visit()
        page.until_equal(lambda: page.style(".launcher", "background-color"), "rgba(250, 204, 21, 1)")
        assert page.style(".launcher", "color") == "rgba(0, 0, 0, 1)"


def signed(subject: str, **claims: Any) -> str:
    exp = int(START.timestamp()) + 3600
    return jwt.encode({"sub": subject, "exp": exp, **claims}, SECRET, algorithm="HS256")


def test_a_signed_customer_is_known_and_their_chat_is_not_the_next_ones(page: Page) -> None:
    page.visit(f'data-identity="{signed("eve", account="Initech")}" data-open')
    page.write("only for Eve")
    page.until(page.shop.core.written)
    assert page.shop.core.received[0].opening.profile.account == "Initech"  # type: ignore[attr-defined]
    page.api(f"setIdentity('{signed('adam')}')")
    page.until(lambda: not page.texts())
    page.api(f"setIdentity('{signed('eve')}')")
    page.until_equal(page.texts, ["only for Eve"])
    page.visit()
    assert page.texts() == []


def test_an_expired_identity_leaves_a_customer_unknown_but_heard(page: Page) -> None:
    page.visit(f'data-identity="{signed("eve", exp=1)}" data-open')
    page.write("hello?")
    page.until_equal(page.shop.core.written, ["hello?"])


def test_reset_forgets_the_conversation(page: Page) -> None:
    page.open().write("secret plans")
    page.until(page.shop.core.written)
    page.until(lambda: not page.parts(".item[data-state]"))
    page.api("reset()")
    assert page.texts() == []
    kept = page.driver.execute_script("return Object.keys(localStorage).filter(k => !k.endsWith(':open'))")
    assert kept == []


def test_the_cart_is_told_with_the_first_message(page: Page) -> None:
    page.api("setCart(640)")
    assert page.shop.core.received == []
    page.api("open()")
    page.write("hi")
    page.until(page.shop.core.written)
    kinds = [type(event).__name__ for event in page.shop.core.received]
    assert kinds == ["SessionOpened", "CartChanged", "CustomerWrote"]
    page.api("setCart(99.5)")
    page.until(lambda: len(page.shop.core.events(CartChanged)) == 2)
    assert page.shop.core.newest_conversation().cart_value == 99.5


def test_two_tabs_are_one_conversation(page: Page) -> None:
    page.open().write("from the first")
    page.until(page.shop.core.written)
    first = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    try:
        page.visit()
        page.until_equal(page.texts, ["from the first"])
        page.write("from the second")
        page.until(lambda: len(page.shop.core.written()) == 2)
    finally:
        page.driver.close()
        page.driver.switch_to.window(first)
    page.until_equal(page.texts, ["from the first", "from the second"])
    assert len({event.conversation for event in page.shop.core.received}) == 1


def test_it_works_where_the_browser_keeps_nothing(page: Page) -> None:
    blocked = "Object.defineProperty(window, 'localStorage', {get() { throw new Error('denied') }})"
    added = page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": blocked})
    try:
        page.visit().open().write("in private")
        page.until(page.shop.core.written)
        page.shop.run(page.shop.core.answers("Gladly."))
        page.until_equal(page.texts, ["in private", "Gladly."])
    finally:
        page.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


def test_a_site_that_is_not_named_is_told_so(page: Page) -> None:
    page.shop.url, named = page.shop.url.replace("127.0.0.1", "localhost"), page.shop.url
    page.visit().open()
    page.until_equal(lambda: page.part(".trouble").text, "The chat is not available right now")
    page.shop.url = named
