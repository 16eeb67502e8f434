"""A headless Chromium that takes the guides' pictures: one size, one part of a page, one place's clocks."""

import base64
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.conftest import CHROMEDRIVER, CHROMIUM, QUIET
from tests.browser.demo import PATIENCE, ROOT

IMAGES = ROOT / "docs" / "images"


class Camera:
    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver
        self.too_large: list[str] = []

    def look(self, size: tuple[int, int], *, scale: int = 1, zone: str = "") -> None:
        """What a screen of this size shows; `scale`: its pixels for each of the page's."""
        width, height = size
        screen = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        self.driver.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})
        self.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": zone})

    def take(self, name: str, largest: int, of: tuple[float, float, float, float] | None = None) -> None:
        """Writes the picture; `largest`: bytes that a reader should have to load at most.

        `of`: x, y, width and height of a part of the page.
        """
        self.driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
        wanted: dict[str, Any] = {"format": "png", "optimizeForSpeed": False}
        if of is not None:
            wanted["clip"] = dict(zip(("x", "y", "width", "height"), of, strict=True)) | {"scale": 1}
        taken = self.driver.execute_cdp_cmd("Page.captureScreenshot", wanted)
        picture = base64.b64decode(taken["data"])
        (IMAGES / name).write_bytes(picture)
        verdict = ""
        if len(picture) > largest:
            self.too_large.append(name)
            verdict = f", above {largest // 1000} kB"
        print(f"{IMAGES.relative_to(ROOT) / name}: {len(picture) // 1000} kB{verdict}", file=sys.stdout)

    def until(self, true: Callable[[], object]) -> None:
        redrawn = [StaleElementReferenceException]  # a page may redraw between finding and asking
        WebDriverWait(self.driver, PATIENCE, 0.05, redrawn).until(lambda _: true())


@contextmanager
def opened() -> Iterator[Camera]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in QUIET:
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(CHROMEDRIVER)))
    try:
        yield Camera(driver)
    finally:
        driver.quit()
