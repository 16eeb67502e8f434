"""A code that an admin made binds a place to a desk: once, for an hour, audited, in force at once."""

from datetime import timedelta

import pytest

from bridge.domain.ids import TenantId
from bridge.ports import ConnectRefused, DeskAddress
from bridge.wiring.connecting import make_code
from tests.fakes.slack import TEAM
from tests.walk.house import House

ACME = TenantId("acme")
ELSEWHERE = {"team": TEAM, "channel": "C0ELSEWHERE"}


async def code(house: House, desk: str = "support", kind: str = "slack") -> str:
    host = house.service.host
    return await make_code(host.vault, ACME, desk, kind, "cli:admin", host.clock.now())


async def redeem(house: House, typed: str, kind: str = "slack", **place: str) -> DeskAddress:
    return await house.service.host.connecting.redeem(typed, kind, place or ELSEWHERE, "slack:U1")


async def test_the_desk_stands_where_the_code_was_typed(house: House) -> None:
    typed = await code(house)
    address = await redeem(house, f"  {typed.lower().replace('-', ' ')} ")
    assert (address.tenant, address.desk, address.settings.channel) == (ACME, "support", "C0ELSEWHERE")
    assert house.service.directory.desks("slack")[0].settings.channel == "C0ELSEWHERE"
    assert [(row["actor"], row["after"]) for row in await house.audit("settings")] == [
        ("file", "version 1"),
        ("slack:U1", "version 2"),
    ]
    with pytest.raises(ConnectRefused, match="not valid"):
        await redeem(house, typed)


async def test_a_code_ends_after_an_hour(house: House) -> None:
    typed = await code(house)
    house.clock.time += timedelta(hours=1)
    with pytest.raises(ConnectRefused, match="not valid"):
        await redeem(house, typed)
    await code(house)
    assert len(await house.service.host.vault.every("connect.code")) == 1, "what has ended is cleared away"


async def test_a_code_is_for_one_kind_of_desk(house: House) -> None:
    with pytest.raises(ConnectRefused, match="a desk of kind slack, not teams"):
        await redeem(house, await code(house), "teams")


async def test_two_desks_never_stand_in_one_place(house: House) -> None:
    here = house.service.directory.desks("slack")[0].settings
    typed = await code(house, "sales")
    with pytest.raises(ConnectRefused, match="the desk support already"):
        await redeem(house, typed, team=here.team, channel=here.channel)


@pytest.mark.parametrize("typed", ["", "ABCDE-FGHJK", "🌲", "' OR 1=1", "x" * 4000])
async def test_what_is_no_code(house: House, typed: str) -> None:
    with pytest.raises(ConnectRefused, match="not valid"):
        await redeem(house, typed)
