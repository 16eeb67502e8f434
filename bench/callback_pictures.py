"""A callback in pictures: a customer chooses a time at night, the desk sees it before and at that time.

The bridge is a process of its own on a clock that this scene moves (tests/walk/replica.py); the customers'
pages and the agent's console are open in a real browser, each on the clocks of where they are.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
from aiohttp import web
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from bench.camera import Camera
from bridge.store.schema import migrate
from tests.walk.house import IDENTITY
from tests.walk.replica_house import ReplicaHouse

DESK = "Europe/Madrid"
EVENING = datetime(2026, 11, 30, 20, 30, tzinfo=UTC)
"""Monday, half past nine in the evening at the desk in Madrid."""
NEXT_EVENING = EVENING + timedelta(days=1)
REMINDED = datetime(2026, 12, 1, 11, 50, tzinfo=UTC)
PROMISED = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
CONSOLE = (1160, 680)
"""Its height grows with the thread."""
LARGEST = 500_000
MARGIN = 14
WIDTH = 384
PAGE = """<!doctype html><html lang="{language}"><meta charset="utf-8"><title>Acme Outdoor</title>
<style>body {{ margin: {margin}px }} #chat {{ inline-size: {width}px; block-size: 640px }}</style>
<div id="chat"></div><script src="{bridge}/widget.js" data-tenant="acme" data-channel="web"
data-mount="#chat" data-language="{language}" data-identity="{identity}"></script>"""


@dataclass(frozen=True)
class Customer:
    """Asks the assistant something, then for a person."""

    name: str
    language: str
    zone: str
    asks: str
    answer: str


MARTA = Customer(
    "Marta", "en", "Europe/London", "Which tent for two in October?", "The Alta 2: warm down to freezing."
)
LAYLA = Customer("ليلى", "ar", "Asia/Dubai", "هل لديكم خيمة لشخصين؟", "نعم، خيمة ألتا 2.")


def take(camera: Camera, folder: Path) -> None:
    asyncio.run(_take(camera, folder))


async def _take(camera: Camera, folder: Path) -> None:
    url = f"sqlite:///{folder}/bridge.db"
    await migrate(url)
    house = ReplicaHouse(folder, url)
    house.clock.time = EVENING
    async with _shop(house) as shop:
        await house.surround(
            timezone=DESK,
            languages=["en", "ar"],
            channels={"web": {"kind": "webchat", "origins": [shop], "identity_secret": IDENTITY}},
            desks={"support": {"kind": "console", "agents": [{"name": "Ana"}]}},
            routing={"desk": "support"},
            on_call={
                "support": [
                    {"days": "mon-fri", "from": "09:00", "to": "18:00", "agents": ["console:Ana Ana"]}
                ]
            },
        )
        try:
            await house.start()
            await asyncio.to_thread(_play, camera, house, shop)
        finally:
            await house.close()


@asynccontextmanager
async def _shop(house: ReplicaHouse) -> AsyncIterator[str]:
    """The company's page with the chat on it, for each customer who is signed in; gives its address."""

    async def page(request: web.Request) -> web.Response:
        language = request.match_info["language"]
        customer = next(each for each in (MARTA, LAYLA) if each.language == language)
        claims = {"sub": customer.name, "name": customer.name, "exp": house.clock.now() + timedelta(hours=1)}
        text = PAGE.format(
            bridge=house.url,
            language=language,
            identity=jwt.encode(claims, IDENTITY, algorithm="HS256"),
            margin=MARGIN,
            width=WIDTH,
        )
        return web.Response(text=text, content_type="text/html")

    app = web.Application()
    app.router.add_get("/{language:en|ar}", page)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _play(camera: Camera, house: ReplicaHouse, shop: str) -> None:
    _is_offered_times(camera, house, shop, MARTA)
    _take_the_chat(camera, "callback-times.png")
    _books_noon(camera)

    house.clock.time = REMINDED
    _signs_in(camera, house.url)
    _open_the_callback(camera)
    _take_the_desk(camera, "callback-desk-before.png", says="Callback in 10 min")
    house.clock.time = PROMISED
    camera.until(lambda: "Callback due" in _by_id(camera, "card-reasons").text)
    _take_the_desk(camera, "callback-desk-at.png", says="Callback now")

    house.clock.time = NEXT_EVENING
    _is_offered_times(camera, house, shop, LAYLA)
    _take_the_chat(camera, "callback-times-rtl.png")


# ---- the customers


def _is_offered_times(camera: Camera, house: ReplicaHouse, shop: str, customer: Customer) -> None:
    house.ai.say(customer.answer, confidence=0.93)
    camera.look((WIDTH + 2 * MARGIN, 1200), scale=2, zone=customer.zone)
    camera.driver.get(f"{shop}/{customer.language}")
    camera.until(lambda: camera.driver.find_elements(By.ID, "handoff-bridge"))
    _write(camera, customer.asks)
    camera.until(lambda: customer.answer in _chat(camera, ".list").text)
    _chat(camera, ".person").click()
    camera.until(lambda: _slots(camera))


def _books_noon(camera: Camera) -> None:
    noon = next(slot for slot in _slots(camera) if "12:00" in slot.text)
    noon.click()
    camera.until(lambda: _chat(camera, "#times-title").text == "Not booked yet")
    _write(camera, "marta@example.com")
    camera.until(lambda: _chat(camera, "#times-title").text == "We'll get back to you")


def _take_the_chat(camera: Camera, name: str) -> None:
    """As high as all that was said in it."""
    camera.driver.execute_script(
        """const chat = document.getElementById('handoff-bridge').shadowRoot;
        const said = chat.querySelector('.scroller'), hidden = said.scrollHeight - said.clientHeight;
        const place = document.getElementById('chat');
        place.style.blockSize = `${place.offsetHeight + hidden}px`;
        chat.activeElement?.blur()"""
    )
    height = float(_by_id(camera, "chat").rect["height"])
    camera.take(name, LARGEST, (0, 0, WIDTH + 2 * MARGIN, height + 2 * MARGIN))


def _chat(camera: Camera, selector: str) -> WebElement:
    root = camera.driver.find_element(By.ID, "handoff-bridge").shadow_root
    return root.find_element(By.CSS_SELECTOR, selector)


def _slots(camera: Camera) -> list[WebElement]:
    root = camera.driver.find_element(By.ID, "handoff-bridge").shadow_root
    return root.find_elements(By.CSS_SELECTOR, ".slot")


def _write(camera: Camera, text: str) -> None:
    _chat(camera, "textarea").send_keys(text + Keys.ENTER)


# ---- the desk


def _signs_in(camera: Camera, bridge: str) -> None:
    camera.look(CONSOLE, scale=2, zone=DESK)
    camera.driver.get(f"{bridge}/console?tenant=acme&desk=support")
    camera.until(lambda: _by_id(camera, "signin").is_displayed())
    camera.driver.find_element(By.NAME, "name").send_keys("Ana" + Keys.ENTER)
    camera.until(lambda: _by_id(camera, "live").text == "Live")


def _open_the_callback(camera: Camera) -> None:
    camera.until(lambda: _by_id(camera, "callbacks").is_displayed())
    camera.driver.find_element(By.CSS_SELECTOR, "#callbacks-list button").click()
    camera.until(lambda: "Marta" in _by_id(camera, "card-who").text)


def _take_the_desk(camera: Camera, name: str, *, says: str) -> None:
    """As high as its whole thread."""
    camera.until(lambda: says in _by_id(camera, "thread").text)
    height = camera.driver.execute_script(
        "const said = document.getElementById('thread');"
        "return innerHeight + said.scrollHeight - said.clientHeight"
    )
    camera.look((CONSOLE[0], height), scale=2, zone=DESK)
    camera.take(name, LARGEST)


def _by_id(camera: Camera, id: str) -> WebElement:
    return camera.driver.find_element(By.ID, id)
