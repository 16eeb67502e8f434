"""The choice of times as customers use it: by pointer, by keyboard, right to left, and read aloud."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.keys import Keys

from bridge.domain.callback import CallbackState, Taken
from bridge.domain.tenant import ChannelTraits, Tenant
from bridge.timewords import TIMES
from bridge.voice import TenantVoice
from bridge.voice.library import SHIPPED_LANGUAGES
from tests.browser.shop import Shop
from tests.browser.test_widget import Page
from tests.domain.test_callbacks import NIGHT, OFFICE, OPENS, rules
from tests.fakes.inbound import ACME

CHANNEL = ChannelTraits(push=False, states=True, choices=True)
PICTURES = os.environ.get("PICTURES")
"""A folder for screenshots, for people who want to see it."""


def office(language: str = "en") -> Tenant:
    return replace(
        rules(),
        id=ACME,
        name="Acme Outdoor",
        languages=(language, "en") if language != "en" else ("en",),
        voice=TenantVoice("Acme Outdoor", (language,)),
        channels={"web": CHANNEL},
        times=TIMES,
    )


@pytest.fixture
def shop(chromium: webdriver.Chrome) -> Iterator[Shop]:
    with Shop() as shop:
        shop.core.clock._now = NIGHT
        shop.core.tenants[ACME] = office()
        yield shop
        chromium.get("about:blank")


@pytest.fixture
def page(chromium: webdriver.Chrome, shop: Shop) -> Page:
    chromium.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "Europe/Madrid"})
    return Page(chromium, shop)


def ask(page: Page, attributes: str = 'data-language="en"') -> Page:
    page.visit(attributes).open()
    page.press(".person")
    page.until(lambda: page.parts(".slot"))
    return page


def picture(page: Page, name: str) -> None:
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        page.driver.save_screenshot(str(Path(PICTURES) / f"{name}.png"))


def labels(page: Page) -> list[str]:
    return [(slot.get_attribute("aria-label") or "").replace("\u202f", " ") for slot in page.parts(".slot")]


def test_times_are_chosen_by_button_and_an_address_is_asked_for_first(page: Page, shop: Shop) -> None:
    ask(page)
    assert labels(page)[0] == "Tuesday, November 24, 9:00 AM (Madrid, GMT+1)"
    assert [day.text for day in page.parts(".day-name")] == [
        "Tuesday, November 24",
        "Wednesday, November 25",
        "Thursday, November 26",
    ]
    picture(page, "times")
    page.parts(".slot")[1].click()
    page.until_equal(lambda: page.part("#times-title").text, "Not booked yet")
    assert shop.core.only_conversation().promise is None
    assert page.part("textarea").get_attribute("placeholder") == "E-mail address or phone number"
    picture(page, "address")
    page.write("eve@example.com")
    page.until_equal(lambda: page.part("#times-title").text, "We'll get back to you")
    promise = shop.core.only_conversation().promise
    assert promise is not None
    assert promise.reach == "eve@example.com"
    assert "Madrid, GMT+1" in page.part(".times .promised").text
    page.until(lambda: "We'll get back to you: Tue" in page.state())
    picture(page, "booked")


def test_a_booked_time_is_moved_and_cancelled_by_button(page: Page, shop: Shop) -> None:
    ask(page)
    page.parts(".slot")[0].click()
    page.until_equal(lambda: page.part("#times-title").text, "Not booked yet")
    page.write("+34 600 123 123")
    page.until_equal(lambda: page.part("#times-title").text, "We'll get back to you")
    page.parts(".times .secondary")[0].click()
    assert "9:00" not in labels(page)[0], "the booked one is not on offer"
    page.parts(".slot")[2].click()
    page.until(lambda: (p := shop.core.only_conversation().promise) and p.number == 2)
    page.until_equal(lambda: page.part("#times-title").text, "We'll get back to you")
    page.until(lambda: len(page.parts(".times .secondary")) == 2)
    page.parts(".times .secondary")[1].click()
    page.until(lambda: not page.part(".times").is_displayed())
    callback = shop.core.only_conversation().callback
    assert callback is not None
    assert callback.state is CallbackState.CANCELLED


def test_a_time_that_went_meanwhile_is_said_and_others_are_shown(page: Page, shop: Shop) -> None:
    ask(page)
    taken = (Taken(OPENS, OPENS + timedelta(minutes=30), 0),)
    shop.core.tenants[ACME] = replace(office(), rotas={"support": OFFICE.live(taken=taken)})
    page.parts(".slot")[0].click()
    page.until(lambda: "That time isn't free" in page.texts()[-1])
    page.until(lambda: "9:30" in labels(page)[0])
    assert page.parts(".problem")[0].text == ""


def test_the_keyboard_alone_books_a_time(page: Page, shop: Shop) -> None:
    ask(page)
    page.driver.execute_script(
        "document.getElementById('handoff-bridge').shadowRoot.querySelector('.slot').focus()"
    )
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    page.until_equal(lambda: page.part("#times-title").text, "Not booked yet")
    script = "return document.getElementById('handoff-bridge').shadowRoot.activeElement?.id"
    assert page.driver.execute_script(script) == "times-title", "focus stays where it was, and is read out"


def test_the_choice_is_a_named_group_of_named_buttons(page: Page) -> None:
    ask(page)
    group = page.part(".times")
    assert group.get_attribute("role") == "group"
    title = group.get_attribute("aria-labelledby") or ""
    assert page.part(f"#{title}").text == "When shall we get back to you?"
    assert all("Madrid" in label for label in labels(page)), "the zone is named for each"
    for slot in page.parts(".slot"):
        assert slot.size["height"] >= 44


def test_right_to_left(page: Page, shop: Shop) -> None:
    shop.core.tenants[ACME] = office("ar")
    ask(page, 'data-language="ar"')
    page.until(lambda: page.part(".times").is_displayed())
    assert page.part("#times-title").text == "متى نتواصل معك؟"
    first, second = page.parts(".slots .slot")[:2]
    assert first.location["x"] > second.location["x"], "the first time stands on the right"
    hint = page.parts(".times .hint")[0].text
    assert hint.startswith("الأوقات: مدريد، غرينتش+1."), "the city as the notice above names it"
    assert "(مدريد، غرينتش+1)" in page.texts()[-1]
    assert labels(page)[0] == "الثلاثاء، 24 نوفمبر، 9:00 ص (مدريد، غرينتش+1)"
    picture(page, "times-rtl")
    page.parts(".slot")[0].click()
    page.until_equal(lambda: page.part("#times-title").text, "لم يُحجز بعد")
    page.write("eve@example.com")
    page.until_equal(lambda: page.part("#times-title").text, "سنتواصل معك")
    assert page.part(".times .promised").text.endswith("(مدريد، غرينتش+1)")
    picture(page, "booked-rtl")


def test_right_to_left_a_name_in_latin_letters_stands_before_its_time(page: Page, shop: Shop) -> None:
    shop.core.tenants[ACME] = office("ar")
    page.visit('data-language="ar"').open()
    page.write("هل لديكم خيمة لشخصين؟")
    page.until(shop.core.written)
    shop.run(shop.core.answers("نعم"))
    page.until(lambda: page.parts(".assistant time"))
    name, time = page.part(".assistant .speaker").rect, page.part(".assistant time").rect
    assert time["x"] + time["width"] <= name["x"], "the name on the right, the whole time on its left"


def test_a_chat_in_another_language_than_the_notices_keeps_to_its_own(page: Page, shop: Shop) -> None:
    """A page in English of a company that serves in Arabic alone."""
    shop.core.tenants[ACME] = replace(office("ar"), languages=("ar",))
    ask(page)
    assert "مدريد" in page.texts()[-1]
    assert "Madrid, GMT+1" in page.parts(".times .hint")[0].text


def test_the_choice_fits_a_phone(page: Page) -> None:
    page.driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True},
    )
    try:
        ask(page)
        width = page.driver.execute_script("return innerWidth")
        for slot in page.parts(".slot"):
            assert slot.rect["x"] >= 0
            assert slot.rect["x"] + slot.rect["width"] <= width
        picture(page, "times-phone")
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_choice_of_times_has_words_in_every_language_of_the_notices(chromium: webdriver.Chrome) -> None:
    """Where the rest of the chat has none yet, at least nobody chooses a time in words they can't read."""
    static = files("adapters.channels.webchat") / "static"
    parts = "\n".join((static / name).read_text("utf-8") for name in ("words.js", "times-words.js"))
    ask = """return Object.fromEntries(arguments[0].map((language) => {
        const words = wordsIn(language);
        const said = (word) => typeof word == "function" ? word("10:00") : word;
        return [language, TIMES_KEYS.map((key) => said(words[key]))];
    }))"""
    said = chromium.execute_script(f"{parts}\n{ask}", list(SHIPPED_LANGUAGES))
    for language, words in said.items():
        assert all(words), language
        assert all("10:00" in words[place] for place in (1, 4)), language
    assert len({words[0] for words in said.values()}) == len(SHIPPED_LANGUAGES)
    assert said["ja"][0] == "いつご連絡しましょうか？"
