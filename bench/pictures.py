"""Takes the guides' pictures from the running program: `python -m bench.pictures`.

Two scenes, played through a real browser. The demo: an answer with its source, an answer too unsure to
send, the offer of a person, a claim, a reply, a note, a release. A callback (bench/callback_pictures.py).
Written to docs/images. Nothing in the pictures is drawn or pasted: they show what the program showed.
"""

import sys
import tempfile
from pathlib import Path

from bench import callback_pictures
from bench.camera import Camera, opened
from tests.browser.demo import ASSISTANT, WITH_ANA, Demo, running_demo

SCREEN = (1440, 900)
PAGE = (900, 1240)


def main() -> int:
    with opened() as camera, tempfile.TemporaryDirectory() as folder:
        take_the_demo(camera, Path(folder))
    with opened() as camera, tempfile.TemporaryDirectory() as folder:
        callback_pictures.take(camera, Path(folder))
    return int(bool(camera.too_large))


def take_the_demo(camera: Camera, folder: Path) -> None:
    with running_demo(folder) as url:
        demo = Demo(camera.driver, url)
        camera.look(SCREEN)
        _play_to_the_claim(demo)
        camera.take("demo.png", 250_000)
        _play_to_the_end(demo)
        camera.driver.get(_transcript(demo))
        camera.look(PAGE)
        camera.take("transcript.png", 200_000)


def _play_to_the_claim(demo: Demo) -> None:
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


if __name__ == "__main__":
    sys.exit(main())
