"""The console: a desk in a browser tab, for small teams and for the demo.

It shows the same card and the same thread as every other desk. Nothing is posted anywhere: the page reads
what is recorded, whenever a hint says that something may have changed. So this package must never keep a
copy of a card, and never decide anything: presses become events, and refusals are shown to the one who
pressed.

The walk: `adapter` (the port and the routes) → `session` (who sits here) → `reading`, `stream`, `presses`
(what they see, when to look again, what they do) → `wire` (JSON) → `static/` (the page).
"""

from adapters.desks.console.adapter import Adapter
from adapters.desks.console.settings import Settings, check

__all__ = ["Adapter", "Settings", "check"]
