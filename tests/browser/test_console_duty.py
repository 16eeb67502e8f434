"""The console's own switch and its list of promised callbacks, in a real browser."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from selenium.webdriver.common.by import By

from bridge.domain.callback import CallbackRules
from bridge.domain.events import CallbackChosen, TimerDue, TimerKind, TimesAsked
from bridge.domain.ids import ConversationId, HandoffId
from bridge.domain.model import Profile
from tests.adapters.desks.console.room import ACME
from tests.browser.console_tab import Tab, asks

PICTURES = os.environ.get("PICTURES")
"""A folder for screenshots, for people who want to see it."""


def picture(tab: Tab, name: str) -> None:
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        tab.browser.save_screenshot(str(Path(PICTURES) / f"{name}.png"))


def books(tab: Tab, who: str, zone: str) -> HandoffId:
    """A customer elsewhere asks for a person, and books the first time that is shown."""
    room = tab.served.room
    room.core.tenants[ACME] = replace(
        room.core.tenants[ACME], callbacks=CallbackRules(notice=timedelta(hours=2))
    )
    profile = Profile(name=who, timezone=zone, email="marta@example.com")
    tab.served.run(room.writes(who, "Which tent for two in October?", profile=profile))
    handoff = asks(tab, who, "Which tent for two in October?")
    found = tab.served.run(room.core.find(ACME, handoff))
    assert found is not None
    this: dict[str, Any] = {"tenant": ACME, "conversation": found.conversation}
    tab.served.run(room.core.receive(TimesAsked(**this)))
    times = room.core.conversation(ACME, found.conversation).times
    assert times is not None
    tab.served.run(room.core.receive(CallbackChosen(**this, slot=times.slots[0])))
    return handoff


def comes(tab: Tab, handoff: HandoffId) -> None:
    """The promised time."""
    room = tab.served.room
    conversation = ConversationId(handoff.partition(".")[0])
    promise = room.core.conversation(ACME, conversation).promise
    assert promise is not None
    room.clock.pass_by(seconds=(promise.at - room.clock.now()).total_seconds())
    ring = TimerDue(tenant=ACME, conversation=conversation, kind=TimerKind.CALLBACK, epoch=1, due=promise.at)
    tab.served.run(room.core.receive(ring))


def waiting(tab: Tab, who: str) -> list[str]:
    """The age of somebody's row in the list, and what its colours say."""
    script = """const row = [...document.querySelectorAll('#list li')].find((each) =>
            each.querySelector('.row-who').innerText === arguments[0]);
        const age = row.querySelector('.row-age').innerText;
        return [age, `${row.dataset.state} ${row.className}`.trim()]"""
    told: list[str] = tab.browser.execute_script(script, who)
    return told


def test_an_agent_goes_off_call_and_comes_back(tab: Tab) -> None:
    tab.served.room.host.duty.staffed = False  # type: ignore[attr-defined]
    tab.sign_in()
    tab.until(lambda: tab.text("on-call") == "You are off call")
    assert tab.text("on-call-desk") == "Nobody is on call"
    tab.press("on-call")
    tab.until(lambda: tab.text("on-call") == "You are on call")
    assert tab.by("on-call").get_attribute("aria-pressed") == "true"
    assert "until" in (tab.by("on-call").get_attribute("title") or "")
    tab.until(lambda: tab.text("on-call-desk") == "On call: Ana")
    tab.press("on-call")
    tab.until(lambda: tab.text("on-call-desk") == "Nobody is on call")
    assert tab.complaints() == []


def test_promised_callbacks_stand_above_the_list_and_open_their_card(tab: Tab) -> None:
    tab.browser.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "Europe/Madrid"})
    tab.sign_in()
    assert not tab.see("callbacks")
    asks(tab, "Ben")
    handoff = books(tab, "Marta", "Asia/Tokyo")
    tab.until(lambda: tab.see("callbacks"))
    row = tab.browser.find_element(By.CSS_SELECTOR, "#callbacks-list button")
    words = row.text.splitlines()
    assert words[0] == "Marta"
    assert "in 2 h" in words
    assert "Mon, Nov 23, 1:00 PM" in words
    assert words[-1] == "Mon, Nov 23, 9:00 PM in Asia/Tokyo · marta@example.com"
    picture(tab, "console-callbacks")
    assert waiting(tab, "Marta") == ["callback", "promised"], "nobody is late before the promised time"
    row.click()
    tab.until(lambda: tab.see("handoff") and tab.text("card-who") == "Marta")
    facts = tab.text("card-facts")
    assert "Callback" in facts
    assert tab.text("card-lock") == "Callback in 2 h"
    picture(tab, "console-card-before")

    comes(tab, handoff)
    tab.until(lambda: "now, promised for" in tab.text("card-facts"))
    tab.until(lambda: "Callback due" in tab.text("card-reasons"))
    assert "now" in tab.browser.find_element(By.CSS_SELECTOR, "#callbacks-list .row-age").text
    tab.until(lambda: waiting(tab, "Marta") == ["now", "waiting"])
    assert waiting(tab, "Ben") == ["2 h", "waiting late"]
    assert tab.text("card-lock") == "Callback due since 1:00 PM"
    picture(tab, "console-card-at")
    tab.browser.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": ""})


def test_the_card_says_what_the_customer_was_told_when_nobody_came(tab: Tab) -> None:
    tab.sign_in()
    handoff = books(tab, "Marta", "Asia/Tokyo")
    comes(tab, handoff)
    room = tab.served.room
    conversation = ConversationId(handoff.partition(".")[0])
    room.clock.pass_by(minutes=6)
    epoch = room.core.conversation(ACME, conversation).epoch
    ring = TimerDue(
        tenant=ACME, conversation=conversation, kind=TimerKind.GIVE_UP, epoch=epoch, due=room.clock.now()
    )
    tab.served.run(room.core.receive(ring))
    tab.until(lambda: "Marta" in tab.text("list"))
    tab.browser.find_element(By.CSS_SELECTOR, "#list li button").click()
    told = "The customer was told that nobody kept their callback, and offered times"
    tab.until(lambda: told in tab.text("card-lock"))
    picture(tab, "console-told")
    assert tab.complaints() == []
