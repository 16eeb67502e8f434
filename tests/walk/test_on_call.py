"""On call through the whole bridge: calendars that come and go, and the agents' own switch."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bridge.domain.ids import TenantId
from bridge.domain.model import Agent
from bridge.wiring.on_call import on_call_report
from tests.calendars.office import CalendarServer, around, on_call
from tests.walk.house import House

ACME = TenantId("acme")
ANA, BEN = Agent("slack:U1", "Ana"), Agent("slack:U2", "Ben")


@pytest.fixture
async def calendars() -> AsyncIterator[CalendarServer]:
    async with CalendarServer() as server:
        yield server


async def with_calendar(house: House, calendars: CalendarServer) -> None:
    entry = {"ical": f"{calendars.url}/support.ics", "agents": ["slack:U1 Ana"]}
    await house.stop()
    for row in (house.folder / "tenants").iterdir():
        row.unlink()
    house.write_settings(on_call={"support": [entry]})
    await house.start()
    from bridge.store.tenants import TenantStore

    text = (house.folder / "tenants/acme.yaml").read_text()
    await TenantStore(house.service.database).apply(ACME, text, "test", house.clock.now())
    await house.service.tenants.refresh()
    await house.service.duty.fetch()


async def fetch_again(house: House) -> None:
    house.clock.time += timedelta(minutes=6)
    await house.service.duty.fetch()


async def test_a_calendar_that_goes_away_keeps_its_last_copy_and_says_so(
    house: House, calendars: CalendarServer
) -> None:
    calendars.pages["support"] = around(house.clock.now())
    await with_calendar(house, calendars)
    duty = house.service.duty
    assert (await duty.on_call(ACME, "support")).agents == (ANA,)
    assert duty.trouble() == []

    calendars.pages["support"] = 500
    await fetch_again(house)
    assert (await duty.on_call(ACME, "support")).agents == (ANA,), "the last copy is in use"
    (trouble,) = duty.trouble()
    assert trouble.why == "it answered 500"
    assert trouble.copied is not None

    report = await asyncio.to_thread(on_call_report, house.service.installation, online=True)
    assert "on call: acme/support: Ana now" in report.lines
    [problem] = report.problems
    assert "it answered 500; its last copy is in use" in str(problem)

    await house.stop()
    await house.start()
    assert (await house.service.duty.on_call(ACME, "support")).staffed, "the copy outlives the process"

    calendars.pages["support"] = "<!doctype html>Please sign in"
    await fetch_again(house)  # or the service itself does, at its start
    await house.until(lambda: house.service.duty.trouble()[0].why == "it is a web page, not a calendar")
    assert (await house.service.duty.on_call(ACME, "support")).staffed

    calendars.pages["support"] = on_call(house.clock.now() + timedelta(1), house.clock.now() + timedelta(2))
    await fetch_again(house)
    assert not (await house.service.duty.on_call(ACME, "support")).staffed
    assert house.service.duty.trouble() == []


async def test_a_calendar_that_was_never_read_is_not_taken_for_somebody(
    house: House, calendars: CalendarServer
) -> None:
    calendars.pages["support"] = 302
    await with_calendar(house, calendars)
    on_call_now = await house.service.duty.on_call(ACME, "support")
    assert not on_call_now.staffed
    assert on_call_now.next_start is None
    visitor = await house.visitor()
    assert "Nobody from our team is here" in (await visitor.says("I want to talk to a human"))[0]


async def test_of_two_replicas_one_fetches_and_both_know(house: House, calendars: CalendarServer) -> None:
    calendars.pages["support"] = around(house.clock.now())
    await with_calendar(house, calendars)
    asked = calendars.asked
    other = await house.second() if not house.service.database.sqlite else house
    try:
        await other.service.duty.fetch()
        await other.service.duty.refresh()
        assert (await other.service.duty.on_call(ACME, "support")).agents == (ANA,)
        assert calendars.asked == asked
    finally:
        if other is not house:
            await other.stop()


async def test_a_switch_counts_at_once_everywhere_and_is_audited(house: House) -> None:
    duty = house.service.duty
    other = await house.second() if not house.service.database.sqlite else house
    try:
        on = await duty.switch(ACME, "support", BEN, True)
        assert on.agents == (BEN,)
        assert (await other.service.duty.on_call(ACME, "support")).agents == (BEN,)
        await other.service.duty.switch(ACME, "support", BEN, False, until=house.clock.now() + timedelta(1))
        assert (await duty.on_call(ACME, "support")).agents == ()

        def known() -> bool:
            tenant = house.service.directory.tenant("acme")
            return tenant is not None and not tenant.rota("support").line(house.clock.now())

        await house.until(known)
    finally:
        if other is not house:
            await other.stop()
    rows = await house.audit("settings")
    assert [(row["action"], row["actor"], row["after"]) for row in rows[-2:]] == [
        ("duty", "slack:U2", "on"),
        ("duty", "slack:U2", "off"),
    ]
    assert await house.service.audit.verify(ACME) is None
