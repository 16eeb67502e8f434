"""The sample shop's order look-up: a live tool for the demo's assistant to call, and to see fail.

`GET /demo/orders?number=AC-1042` answers `{"ok": true, "order": {…}}`. Two orders always end in an error,
so that the tool-failure trigger can be seen. Nothing here is used outside the demo.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from aiohttp import web

NUMBER = re.compile(r"AC-?(\d{3,6})")
SUNDAY = 6


@dataclass(frozen=True, slots=True)
class Parcel:
    status: str
    carrier: str
    days: int | None = None
    """When it will arrive, in days from today; None when there is no such day."""


ORDERS = {
    "AC-1007": Parcel("delivered", "SEUR"),
    "AC-1042": Parcel("on its way", "DHL", 2),
    "AC-1044": Parcel("packed", "DHL", 3),
    "AC-1050": Parcel("out for delivery", "SEUR", 0),
    "AC-1055": Parcel("on its way", "Correos", 1),
    "AC-1060": Parcel("waiting for your payment", ""),
    "AC-1071": Parcel("at the pick-up point", "Correos"),
    "AC-1077": Parcel("delivered", "DHL"),
}
BROKEN = {"AC-1099", "AC-1313"}
"""Orders at which the warehouse's system fails."""


def order_routes() -> list[web.RouteDef]:
    return [web.get("/demo/orders", look_up)]


async def look_up(request: web.Request) -> web.Response:
    written = NUMBER.fullmatch(request.query.get("number", "").strip().upper())
    if written is None:
        return _failed(400, "An order number looks like AC-1042.")
    number = f"AC-{written[1]}"
    if number in BROKEN:
        return _failed(500, "The warehouse system does not answer.")
    parcel = ORDERS.get(number)
    if parcel is None:
        return _failed(404, f"There is no order {number}.")
    order = {
        "number": number,
        "status": parcel.status,
        "carrier": parcel.carrier,
        "eta": _eta(parcel, datetime.now(UTC).date()),
    }
    return web.json_response({"ok": True, "order": order})


def _eta(parcel: Parcel, today: date) -> str | None:
    """The day of arrival; couriers rest on Sundays."""
    if parcel.days is None:
        return None
    day = today + timedelta(days=parcel.days)
    return (day + timedelta(days=day.weekday() == SUNDAY)).isoformat()


def _failed(status: int, error: str) -> web.Response:
    return web.json_response({"ok": False, "error": error}, status=status)
