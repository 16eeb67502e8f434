"""Callbacks over real HTTP: in words and by number on the signed webhook, kept or missed, and counted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest

from bridge.domain.ids import TenantId
from tests.walk.house import ADMIN, House

ACME = TenantId("acme")
EVENING = datetime(2026, 11, 30, 20, 30, tzinfo=UTC)
"""Monday, half past nine in the evening in Madrid."""
MADRID = ZoneInfo("Europe/Madrid")
HOURS = {"days": "mon-fri", "from": "09:00", "to": "18:00"}


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    """A desk in Madrid whose people have gone home."""
    async with evening(tmp_path, database_url) as made:
        yield made


@asynccontextmanager
async def evening(tmp_path: Path, database_url: str, **more: Any) -> AsyncIterator[House]:
    made = House(tmp_path, database_url)
    made.clock.time = EVENING
    await made.open(
        timezone="Europe/Madrid",
        languages=["en", "es", "ar", "ja"],
        on_call={"support": [HOURS]},
        pages={"assistant_meanwhile": ["person_request"]},
        **more,
    )
    made.clock.time = EVENING
    yield made
    await made.close()


class Customer:
    """Somebody on the tenant's own channel."""

    def __init__(self, house: House, name: str, language: str, zone: str) -> None:
        self.house = house
        self.name = name
        self.who = {"id": name, "name": name, "language": language, "timezone": zone}
        self._way_in = f"{house.url}/channels/acme/api"

    async def says(self, text: str) -> list[str]:
        """What the shop was told after it."""
        before = len(self.house.shop.texts(self.name))
        await self.house.shop.write(self._way_in, self.name, text, customer=self.who)
        await self.house.idle()
        return self.house.shop.texts(self.name)[before:]

    async def asks_for_a_person(self) -> list[str]:
        self.house.ai.say("…")
        await self.says("…")
        before = len(self.house.shop.texts(self.name))
        await self.house.shop.post(self._way_in, {"type": "person", "conversation": self.name})
        await self.house.idle()
        return self.house.shop.texts(self.name)[before:]

    @property
    def booked(self) -> str | None:
        callback = self.house.shop.states(self.name)[-1].get("callback") or {}
        booked: str | None = callback.get("booked")
        return booked


async def test_in_spanish_by_words(house: House) -> None:
    eva = Customer(house, "Eva", "es", "America/Mexico_City")
    away, times = await eva.asks_for_a_person()
    assert "Volvemos el martes, 1 de diciembre, 2:00" in away.replace("\u202f", " ")
    assert "(Ciudad de México, GMT-6)" in times
    [booked] = await eva.says("mañana a las 9:30")
    assert booked.startswith("Reservado: te contactaremos el martes, 1 de diciembre, 9:30")
    assert eva.booked == "2026-12-01T09:30:00-06:00"
    [moved] = await eva.says("mejor cámbiala al miércoles a las 8")
    assert "miércoles, 2 de diciembre, 8:00" in moved
    [cancelled] = await eva.says("cancelar")
    assert cancelled.startswith("Cancelado")
    assert eva.booked is None


async def test_in_arabic_by_its_number_and_in_japanese_by_words(house: House) -> None:
    amal, ken = Customer(house, "Amal", "ar", "Asia/Dubai"), Customer(house, "Ken", "ja", "Asia/Tokyo")
    await amal.asks_for_a_person()
    [booked] = await amal.says("٣")
    assert "دبي" in booked
    assert amal.booked == "2026-12-01T20:30:00+04:00"
    await ken.asks_for_a_person()
    [booked] = await ken.says("明日の午後5時半")
    assert booked.startswith("予約しました")
    assert ken.booked == "2026-12-02T17:30:00+09:00"


async def test_a_kept_and_a_missed_callback_are_told_and_counted(house: House) -> None:
    eve, max_ = Customer(house, "Eve", "en", "Europe/Madrid"), Customer(house, "Max", "en", "Europe/Madrid")
    for customer in (eve, max_):
        await customer.asks_for_a_person()
    await eve.says("tomorrow at 10:00")
    await max_.says("tomorrow at 11:00")
    house.clock.time = datetime(2026, 12, 1, 10, tzinfo=MADRID).astimezone(UTC)
    await house.later(seconds=0)
    card = next(card for card in house.slack.cards() if "Eve" in card.words)
    await house.slack.press("claim", card, user="U1")
    await house.slack.write_in_thread(card, "Hi Eve, Ana here.", user="U1")
    await house.idle()
    assert house.shop.texts("Eve")[-1] == "Hi Eve, Ana here."

    await house.later(hours=1)
    assert "It's time to get back to you" in house.shop.texts("Max")[-1]
    await house.later(minutes=6)
    sorry, again = house.shop.texts("Max")[-2:]
    assert "sorry" in sorry
    assert "Would you like us to get back to you" in again
    [new] = await max_.says("1")
    assert new.startswith("Booked")

    _, figures = await house.get("/metrics", Authorization=f"Bearer {ADMIN}")
    for step, many in {"booked": 3, "due": 2, "kept": 1, "missed": 1}.items():
        assert f'bridge_callbacks_total{{step="{step}",tenant="acme"}} {many}.0' in figures
    assert "bridge_timer_late_seconds_count" in figures
    assert await house.service.audit.verify(ACME) is None


async def test_the_assistant_goes_on_while_nobody_is_there(house: House) -> None:
    """Where the tenant allows it for what the handoff is about; the request stays with the desk."""
    eve = Customer(house, "Eve", "en", "Europe/Madrid")
    await eve.asks_for_a_person()
    house.ai.say("Delivery takes two days.")
    assert await eve.says("how long does delivery take?") == ["Delivery takes two days."]
    assert house.shop.states("Eve")[-1]["mode"] == "waiting"


async def test_the_desks_callbacks_as_a_calendar(house: House) -> None:
    eve = Customer(house, "Eve", "en", "America/New_York")
    await eve.asks_for_a_person()
    await eve.says("tomorrow at 10")
    token = await house.service.callbacks.new_link(ACME, "support", "admin", house.clock.now())
    status, text = await house.get(f"/calendars/{token}.ics")
    assert status == 200
    [event] = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert event["SUMMARY"] == "Callback: Eve"
    assert event.decoded("DTSTART") == datetime(2026, 12, 1, 15, tzinfo=UTC)
    assert "America/New_York" in str(event["DESCRIPTION"])
    await eve.says("cancel")
    _, text = await house.get(f"/calendars/{token}.ics")
    assert icalendar.Calendar.from_ical(text).walk("VEVENT") == []
    await house.service.callbacks.revoke_link(ACME, "support", "admin", house.clock.now())
    assert (await house.get(f"/calendars/{token}.ics"))[0] == 404


async def test_the_last_place_is_promised_once_however_many_ask_at_once(
    tmp_path: Path, database_url: str
) -> None:
    """Ten customers answer "1" at the same moment: one has it, the others are shown other times. In the
    console, which takes cards as they come: Slack takes one a second."""
    desk = {"support": {"kind": "console", "agents": [{"name": "Ana"}]}}
    async with evening(tmp_path, database_url, desks=desk, routing={"desk": "support"}) as house:
        many = [Customer(house, f"c{n}", "en", "Europe/Madrid") for n in range(10)]
        for customer in many:
            await customer.asks_for_a_person()
        way_in = f"{house.url}/channels/acme/api"
        await asyncio.gather(*(house.shop.write(way_in, c.name, "1", customer=c.who) for c in many))
        await house.idle()
        assert sorted(bool(c.booked) for c in many) == [False] * 9 + [True]
        for customer in many:
            said = house.shop.texts(customer.name)[-1]
            assert said.startswith("Booked" if customer.booked else "That time isn't free")
        booked = next(c.booked for c in many if c.booked)
        assert timedelta(0) < datetime.fromisoformat(booked) - house.clock.now()
