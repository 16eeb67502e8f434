"""The console's page in a browser tab, spoken of as an agent would, with the room behind it."""

import asyncio
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from typing import Any, TypeVar

import pytest
from aiohttp import web
from selenium import webdriver
from selenium.common.exceptions import ElementClickInterceptedException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from bridge.domain.events import ClaimPressed
from bridge.domain.ids import ConversationId, HandoffId
from bridge.domain.model import Agent
from tests.adapters.desks.console.room import ACME, OPEN, Room, furnish

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,860",
]
PATIENCE = 8
T = TypeVar("T")


class Served:
    """A furnished room behind a real port, in a thread of its own; the browser's driver blocks ours."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.room: Room = furnish(support=OPEN)
        self.runner = web.AppRunner(self.room.app(), access_log=None, shutdown_timeout=1)
        self.url = self.run(self._serve())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def stop(self) -> None:
        self.run(self.room.adapter.stop())
        self.run(self.runner.cleanup())
        self.loop.call_soon_threadsafe(self.loop.stop)

    async def _serve(self) -> str:
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self.runner.addresses[0][1]}"


class Tab:
    """A browser tab, spoken of as the agent would."""

    def __init__(self, browser: webdriver.Chrome, served: Served) -> None:
        self.browser = browser
        self.served = served

    def sign_in(self, name: str = "Ana") -> None:
        self.browser.get(f"{self.served.url}/console?tenant=acme&desk=support")
        self.until(lambda: self.see("signin"))
        self.browser.find_element(By.NAME, "name").send_keys(name + Keys.ENTER)
        self.until(lambda: self.see("desk") and self.text("live") == "Live")

    def until(self, true: Callable[[], object]) -> None:
        redrawn = [StaleElementReferenceException]  # the page may redraw between finding and asking
        WebDriverWait(self.browser, PATIENCE, 0.05, redrawn).until(lambda _: true())

    def by(self, id: str) -> WebElement:
        return self.browser.find_element(By.ID, id)

    def press(self, id: str) -> None:
        """Once it can be pressed: what arrives meanwhile may move it."""

        def pressed() -> bool:
            with suppress(ElementClickInterceptedException, StaleElementReferenceException):
                self.by(id).click()
                return True
            return False

        self.until(pressed)

    def see(self, id: str) -> bool:
        return self.by(id).is_displayed()

    def text(self, id: str) -> str:
        return self.by(id).text

    def rows(self) -> list[str]:
        words = "return [...document.querySelectorAll('button.row')].map((row) => row.innerText)"
        rows: list[str] = self.browser.execute_script(words)
        return rows

    def open(self, who: str) -> None:
        self.until(lambda: any(who in row for row in self.rows()))
        wanted = next(at for at, row in enumerate(self.rows()) if who in row)
        self.browser.find_elements(By.CSS_SELECTOR, "button.row")[wanted].click()
        self.until(lambda: self.see("handoff") and self.text("card-who") == who)

    def writes(self, text: str) -> None:
        self.by("line").send_keys(text)

    def told(self, handoff: HandoffId) -> list[str]:
        return [entry.text for entry in self.served.run(self.served.room.told(handoff))]

    def offline(self, off: bool) -> None:
        conditions = {"offline": off, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.browser.execute_cdp_cmd("Network.enable", {})
        self.browser.execute_cdp_cmd("Network.emulateNetworkConditions", conditions)

    def complaints(self) -> list[str]:
        """What the browser refused: content policy, script errors."""
        kept: list[dict[str, str]] = self.browser.get_log("browser")  # type: ignore[no-untyped-call]
        return [line["message"] for line in kept if "401" not in line["message"]]


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    if not (CHROMIUM and DRIVER) and os.environ.get("CI") != "true":
        pytest.skip("Chromium is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with tempfile.TemporaryDirectory() as profile:
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
        yield driver
        driver.quit()


@pytest.fixture
def tab(browser: webdriver.Chrome) -> Iterator[Tab]:
    served = Served()
    browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
    browser.get_log("browser")  # type: ignore[no-untyped-call]
    yield Tab(browser, served)
    browser.get("about:blank")
    served.stop()


def asks(tab: Tab, who: str, about: str = "My tent leaks") -> HandoffId:
    return tab.served.run(tab.served.room.asks_for_a_person(who, about))


def bens_press(handoff: HandoffId) -> ClaimPressed:
    conversation = ConversationId(handoff.partition(".")[0])
    ben = Agent("console:Ben", "Ben")
    return ClaimPressed(tenant=ACME, conversation=conversation, handoff=1, agent=ben, epoch=1)


def ben_claims(tab: Tab, handoff: HandoffId) -> None:
    tab.served.run(tab.served.room.core.receive(bens_press(handoff)))
