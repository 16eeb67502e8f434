"""Who is on call at the desk, the agent's own switch, and the callbacks that it has promised."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bridge.domain.callback import CallbackRules
from bridge.domain.events import CallbackChosen, TimesAsked
from bridge.domain.ids import EventKey
from bridge.domain.model import Profile
from tests.adapters.desks.console.conftest import Connect
from tests.adapters.desks.console.room import ACME, Client, Room

DUTY = "/console/acme/support/duty"


async def duty(client: Client) -> dict[str, Any]:
    answer = await client.get(DUTY)
    assert answer.status == 200
    found: dict[str, Any] = await answer.json()
    return found


async def switch(client: Client, on: object) -> tuple[int, dict[str, Any]]:
    answer = await client.post(DUTY, json={"on": on})
    return answer.status, await answer.json()


async def test_an_agent_goes_on_call_for_themselves_and_for_a_time(room: Room, ana: Client) -> None:
    room.host.duty.staffed = False  # type: ignore[attr-defined]
    before = await duty(ana)
    assert (before["on"], before["staffed"], before["agents"]) == (False, False, [])
    status, after = await switch(ana, True)
    assert status == 200
    assert (after["on"], after["staffed"], after["agents"]) == (True, True, ["Ana"])
    assert after["until"] == (room.clock.now() + timedelta(hours=12)).isoformat()
    assert (await switch(ana, False))[1]["on"] is False


async def test_where_the_teams_hours_count_an_agent_is_on_call_with_them(ana: Client) -> None:
    now = await duty(ana)
    assert (now["on"], now["until"], now["agents"]) == (True, None, [])
    assert (await switch(ana, False))[1]["on"] is False


async def test_only_a_seated_agent_switches_and_only_yes_or_no(ana: Client, connect: Connect) -> None:
    stranger = await connect()
    assert (await stranger.get(DUTY)).status == 401
    assert (await switch(stranger, True))[0] == 401
    status, why = await switch(ana, "yes")
    assert (status, why["error"]["code"]) == (400, "bad_field")


async def test_promised_callbacks_are_listed_with_the_customers_clock(room: Room, ana: Client) -> None:
    room.core.tenants[ACME] = replace(room.core.tenants[ACME], callbacks=CallbackRules())
    where = Profile(name="Marta", timezone="Asia/Tokyo", email="marta@example.com")
    await room.writes("Marta", "hello", profile=where)
    handoff = await room.asks_for_a_person("Marta")
    assert (await duty(ana))["callbacks"] == []
    found = await room.core.find(ACME, handoff)
    assert found is not None
    this: dict[str, Any] = {"tenant": ACME, "conversation": found.conversation}
    await room.core.receive(TimesAsked(**this, key=EventKey("times")))
    times = room.core.conversation(ACME, found.conversation).times
    assert times is not None
    await room.core.receive(CallbackChosen(**this, key=EventKey("chosen"), slot=times.slots[0]))
    [row] = (await duty(ana))["callbacks"]
    assert (row["handoff"], row["who"], row["zone"], row["due"]) == (handoff, "Marta", "Asia/Tokyo", False)
    assert row["local"] == f"{times.slots[0] + timedelta(hours=9):%Y-%m-%dT%H:%M}"
    assert row["reach"] == "marta@example.com"
