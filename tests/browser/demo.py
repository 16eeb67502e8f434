"""The demo's page, spoken of as its customer and its agents would; and the program that serves it.

For the browser tests and for the pictures of the README. It starts the real program and drives the real
page; nothing here stands in for a part of the product.
"""

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
PATIENCE = 20
START = 120
"""Seconds for the program to come up on a busy machine."""
WAITING = "Waiting for a person…"
ASSISTANT = "You are talking to the assistant"
WITH_ANA = "You are talking with Ana"


@contextmanager
def running_demo(folder: Path) -> Iterator[str]:
    """The program as `handoff-bridge demo` starts it, its data in `folder`; gives its address."""
    port = free_port()
    command = [sys.executable, "-m", "bridge", "demo", "--port", str(port), "--data", str(folder)]
    log = folder / "log.txt"
    with log.open("wb") as out:
        program = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, cwd=ROOT)
        try:
            yield _once_ready(program, f"http://127.0.0.1:{port}", log)
        finally:
            program.terminate()
            program.wait(15)


def _once_ready(program: subprocess.Popen[bytes], url: str, log: Path) -> str:
    deadline = time.monotonic() + START
    while not _answers(url):
        with suppress(subprocess.TimeoutExpired):
            program.wait(0.2)
        if program.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the demo did not start:\n{log.read_text('utf-8')}")
    return url


def _answers(url: str) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"{url}/readyz", timeout=2) as response:
        return bool(response.status == 200)
    return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Demo:
    """One browser tab with the demo's page, and who can be watched on it."""

    def __init__(self, driver: webdriver.Chrome, url: str) -> None:
        self.driver = driver
        self.url = url

    def visit(self) -> None:
        self.driver.get(self.url)
        self.until(
            lambda: self.driver.find_elements(By.CSS_SELECTOR, "[data-visitor=regular][aria-pressed=true]")
        )
        self.until_equal(self.state, ASSISTANT)
        for desk in ("support", "sales"):
            self.until_equal(lambda desk=desk: self.of(desk, "live"), "Live")  # type: ignore[misc]

    # ---- the page

    def example(self, name: str, text: str = "") -> None:
        """Presses one of the page's own examples; `text` picks the second one of a trigger."""
        wanted = f"[data-example={name}]" + (f'[data-say="{text}"]' if text else "")
        self.driver.find_element(By.CSS_SELECTOR, wanted).click()

    def lesson(self) -> str:
        return self.driver.find_element(By.CSS_SELECTOR, ".lesson p:not([hidden])").text

    def press(self, selector: str) -> None:
        self.driver.find_element(By.CSS_SELECTOR, selector).click()

    def waiting_at(self, desk: str) -> str:
        """The number on the desk's tab; nothing where nobody waits."""
        return self.driver.find_element(By.CSS_SELECTOR, f'[data-desk="{desk}"] .count b').text

    # ---- the customer

    def chat(self, selector: str) -> WebElement:
        root = self.driver.find_element(By.ID, "handoff-bridge").shadow_root
        return root.find_element(By.CSS_SELECTOR, selector)

    def state(self) -> str:
        return self.chat(".state").text

    def writes(self, text: str) -> None:
        self.chat("textarea").send_keys(text + Keys.ENTER)

    def sees(self) -> list[str]:
        """Everything that was said to the customer or by them, in order."""
        script = """return [...document.getElementById('handoff-bridge').shadowRoot
            .querySelectorAll('.bubble > div')].map(said => said.textContent)"""
        said: list[str] = self.driver.execute_script(script)
        return said

    def last(self) -> str:
        """What was said last; nothing before anything was said."""
        return (self.sees() or [""])[-1]

    # ---- the team

    def of(self, desk: str, id: str) -> str:
        """The words in one part of a desk's console, in front or not; nothing where it is hidden."""
        script = """const page = document.querySelector(`[data-frame="${arguments[0]}"]`).contentDocument;
            const part = page?.getElementById(arguments[1]);
            return part && !part.closest('[hidden]') ? part.value ?? part.textContent : ''"""
        words: str = self.driver.execute_script(script, desk, id)
        return words

    def seen_by_team(self, desk: str = "support") -> str:
        return self.of(desk, "thread")

    def at_desk(self, desk: str, act: Callable[[webdriver.Chrome], object]) -> None:
        """Does something inside a desk's console, as a hand would."""
        self.driver.switch_to.frame(self.driver.find_element(By.CSS_SELECTOR, f'[data-frame="{desk}"]'))
        try:
            act(self.driver)
        finally:
            self.driver.switch_to.default_content()

    def agent_presses(self, id: str, desk: str = "support") -> None:
        def press(driver: webdriver.Chrome) -> None:
            button = driver.find_element(By.ID, id)
            wait = WebDriverWait(driver, PATIENCE, 0.05)
            wait.until(lambda _: button.is_displayed() and button.is_enabled())
            button.click()

        self.at_desk(desk, press)

    def agent_writes(self, text: str) -> None:
        self.at_desk("support", lambda d: d.find_element(By.ID, "line").send_keys(text + Keys.ENTER))

    # ---- patience

    def until(self, true: Callable[[], T]) -> T:
        return WebDriverWait(self.driver, PATIENCE, 0.05).until(lambda _: true())

    def until_equal(self, read: Callable[[], T], expected: T) -> None:
        try:
            self.until(lambda: read() == expected)
        except TimeoutException:
            assert read() == expected
            raise

    def complaints(self) -> list[str]:
        return [str(entry["message"]) for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]
