"""Takes the README's pictures from a running demo: `python -m bench.pictures`.

Plays one scene through a real browser: an answer with its source, an answer too unsure to send, the offer
of a person, a claim, a reply, a note, a release. Writes docs/images/demo.png and docs/images/transcript.png.
Nothing in the pictures is drawn or pasted: they show what the program showed.
"""

import base64
import sys
import tempfile
from pathlib import Path

from selenium import webdriver

from tests.browser.conftest import CHROMEDRIVER, CHROMIUM, QUIET
from tests.browser.demo import ASSISTANT, ROOT, WITH_ANA, Demo, running_demo

IMAGES = ROOT / "docs" / "images"
LARGEST = {"demo.png": 250_000, "transcript.png": 200_000}
"""Bytes that a reader of the README should have to load at most."""
SCREEN = (1440, 900)
PAGE = (900, 1240)


def main() -> int:
    driver = _browser()
    try:
        with tempfile.TemporaryDirectory() as folder, running_demo(Path(folder)) as url:
            demo = Demo(driver, url)
            _play_to_the_claim(demo)
            sizes = [_take(driver, "demo.png", SCREEN)]
            _play_to_the_end(demo)
            driver.get(_transcript(demo))
            sizes.append(_take(driver, "transcript.png", PAGE))
    finally:
        driver.quit()
    return int(not all(sizes))


def _browser() -> webdriver.Chrome:
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in QUIET:
        options.add_argument(argument)
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(str(CHROMEDRIVER)))


def _play_to_the_claim(demo: Demo) -> None:
    _show(demo.driver, SCREEN)
    demo.visit()
    demo.writes("How long does delivery take?")
    demo.until(lambda: len(demo.sees()) == 2)
    demo.writes("Can you resole my Alta boots before Friday?")
    demo.until(lambda: demo.chat(".offer").is_displayed())
    demo.chat(".offer .primary").click()
    demo.agent_presses("claim")
    demo.until_equal(demo.state, WITH_ANA)
    demo.until(lambda: demo.of("support", "card-lock").startswith("Yours since"))


def _play_to_the_end(demo: Demo) -> None:
    for line in (
        "// asked the workshop: two weeks, no express at the moment",
        "Not before Friday, Sam: it takes two weeks. We can lend you a pair in the Madrid store.",
    ):
        demo.agent_writes(line)
        demo.until(lambda line=line: line.removeprefix("// ") in demo.seen_by_team())  # type: ignore[misc]
    demo.agent_presses("release")
    demo.agent_presses("release-confirm")
    demo.until_equal(demo.state, ASSISTANT)


def _transcript(demo: Demo) -> str:
    script = """return document.querySelector('[data-frame=support]').contentDocument
        .getElementById('transcript').href"""
    address: str = demo.driver.execute_script(script)
    return address


def _show(driver: webdriver.Chrome, size: tuple[int, int]) -> None:
    width, height = size
    screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    driver.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})


def _take(driver: webdriver.Chrome, name: str, size: tuple[int, int]) -> bool:
    """Writes the picture; False, with a word about it, when it is too large."""
    _show(driver, size)
    driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
    taken = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "optimizeForSpeed": False})
    picture = base64.b64decode(taken["data"])
    (IMAGES / name).write_bytes(picture)
    small = len(picture) <= LARGEST[name]
    verdict = "" if small else f", above {LARGEST[name] // 1000} kB"
    print(f"{IMAGES.relative_to(ROOT) / name}: {len(picture) // 1000} kB{verdict}", file=sys.stdout)
    return small


if __name__ == "__main__":
    sys.exit(main())
