"""The scenes, played alike in Slack and in Teams: the card in each state, the thread, the private words.

Each begins in a house of its own. What only one of the two has follows at the end.
"""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

from tests.pictures.customers import ARABIC, EMOJI, JOE, LONG, MARIA, NOBODY
from tests.pictures.desks import Desk, Shown, SlackDesk, TeamsDesk

Scene = Callable[[Any], AsyncIterator[tuple[str, Shown]]]
SCENES: list[Scene] = []
IN_SLACK: list[Scene] = []
IN_TEAMS: list[Scene] = []

NIGHT = datetime(2026, 11, 30, 20, 30, tzinfo=UTC)
"""Monday evening, in Madrid half past nine: nobody is on call."""
AT_NIGHT: set[Scene] = set()
MORNING = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
"""Where the other scenes begin: ten o'clock in Madrid."""


def scene(scenes: list[Scene]) -> Callable[[Scene], Scene]:
    def keep(played: Scene) -> Scene:
        scenes.append(played)
        return played

    return keep


def at_night(played: Scene) -> Scene:
    AT_NIGHT.add(played)
    return played


@scene(SCENES)
async def a_day(desk: Desk) -> AsyncIterator[tuple[str, Shown]]:
    """Waiting, claimed, in the thread, passed on, taken over, released."""
    name = await desk.handed_off(MARIA)
    waiting = desk.card
    yield "card-waiting", waiting
    await desk.press("claim")
    yield "card-claimed", desk.card
    await desk.line("Hello María, I am sorry about the pole.")
    await desk.line("// she is a regular, the third pole this year")
    await desk.line("ask her for the order number", "Ben")
    await desk.writes(MARIA, "Thank you Ana! It is AC-1042, the long pole.", name)
    desk.loses_the_next_message()
    await desk.line("A new pole leaves today.")
    yield "thread", desk.thread
    await desk.press("claim", "Ben", on=waiting)
    await desk.press("release", "Ben")
    await desk.press("send_suggested", "Ben")
    await desk.passes_on(to="Ben", reason="He knows *tents*, I don't")
    yield "card-passed-on", desk.card
    await desk.takes_over("Ana")
    yield "card-taken-over", desk.card
    yield "private", desk.private
    await desk.releases("resolved", "A new pole was sent.")
    yield "card-released", desk.card


@scene(SCENES)
async def unsure(desk: Desk) -> AsyncIterator[tuple[str, Shown]]:
    """The assistant was unsure, the customer took the offer of a person."""
    desk.house.ai.say("Resoling takes about two weeks.", confidence=0.42, reasoning="The page is old.")
    name = await desk.writes(JOE, "Can you resole my Alta boots before Friday?")
    await desk.writes(JOE, "yes please", name)
    yield "card-unsure", desk.card
    await desk.press("send_suggested")
    yield "card-suggestion-sent", desk.card


@scene(SCENES)
async def lapsed(desk: Desk) -> AsyncIterator[tuple[str, Shown]]:
    await desk.handed_off(JOE)
    await desk.press("claim")
    await desk.house.later(minutes=16)
    yield "card-lapsed", desk.card
    yield "thread-lapsed", desk.thread


@scene(SCENES)
async def nobody_came(desk: Desk) -> AsyncIterator[tuple[str, Shown]]:
    await desk.handed_off(JOE)
    for _ in range(3):
        await desk.house.later(seconds=61)
    yield "card-paged-again", desk.card
    yield "thread-paged-again", desk.thread
    await desk.house.later(minutes=6)
    yield "card-given-up", desk.card
    yield "thread-given-up", desk.thread


@scene(SCENES)
async def to_another_desk(desk: Desk) -> AsyncIterator[tuple[str, Shown]]:
    await desk.handed_off(MARIA)
    await desk.press("claim")
    await desk.passes_on(desk="sales", reason="She wants a quote for twenty tents")
    yield "card-moved", desk.card


@scene(SCENES)
async def closed(desk: Desk) -> AsyncIterator[tuple[str, Shown]]:
    name = await desk.handed_off(MARIA)
    await desk.posts(name, "close")
    yield "card-closed", desk.card


@scene(SCENES)
@at_night
async def callback(desk: Desk) -> AsyncIterator[tuple[str, Shown]]:
    name = await desk.handed_off(MARIA)
    yield "card-nobody-on-call", desk.card
    await desk.writes(MARIA, "tomorrow at 10:00", name)
    yield "card-callback-booked", desk.card
    desk.house.clock.time = datetime(2026, 12, 1, 8, 50, tzinfo=UTC)
    await desk.house.later(seconds=1)
    yield "card-callback-soon", desk.card
    yield "overview-callback", await desk.overview()
    await desk.house.later(minutes=10)
    yield "card-callback-now", desk.card
    yield "thread-callback", desk.thread
    yield "overview-callback-now", await desk.overview()
    await desk.house.later(minutes=6)
    yield "card-callback-missed", desk.card


@scene(SCENES)
@at_night
async def callback_with_an_owner(desk: Desk) -> AsyncIterator[tuple[str, Shown]]:
    name = await desk.handed_off(MARIA)
    await desk.writes(MARIA, "tomorrow at 10:00", name)
    desk.house.clock.time = datetime(2026, 12, 1, 8, 48, tzinfo=UTC)
    await desk.press("claim")
    yield "card-callback-claimed", desk.card
    await desk.house.later(minutes=2, seconds=1)
    await desk.house.later(minutes=10)
    yield "thread-callback-claimed", desk.thread


HARD = {"long": LONG, "arabic": ARABIC, "emoji": EMOJI, "missing": NOBODY}


def hard_scene(name: str) -> Scene:
    """A customer who is hard to show, waiting and claimed."""

    async def played(desk: Desk) -> AsyncIterator[tuple[str, Shown]]:
        customer = HARD[name]
        conversation = await desk.handed_off(customer)
        yield f"card-{name}", desk.card
        await desk.writes(customer, conversation=conversation)
        yield f"thread-{name}", desk.thread
        await desk.press("claim")
        yield f"card-{name}-claimed", desk.card

    return played


SCENES.extend(hard_scene(_name) for _name in HARD)


@scene(SCENES)
async def overview(desk: Desk) -> AsyncIterator[tuple[str, Shown]]:
    """App Home, or the bot's own chat, with nothing and with much."""
    yield "overview-empty", await desk.overview()
    for customer in (MARIA, JOE, ARABIC, EMOJI, LONG, NOBODY, *[JOE] * 6):
        await desk.handed_off(customer)
        desk.house.clock.time = desk.house.clock.time.replace(microsecond=0)
    await desk.press("claim")
    await desk.line("Hello Joe")
    yield "overview-much", await desk.overview()


@scene(SCENES)
async def draft(desk: Desk) -> AsyncIterator[tuple[str, Shown]]:
    """The assistant was still thinking when a person was asked for."""
    asked = desk.house.ai.hold("We open at *nine*, and at ten on Sundays.")
    visitor = await desk.house.visitor(customer={"name": "Joe Park"})
    await visitor.posts("When do you open?")
    await desk.house.until(lambda: desk.house.ai.asked)
    await visitor.posts("let me talk to a human")
    asked.set()
    await desk.house.idle()
    await desk.press("claim")
    yield "thread-draft", desk.thread


@scene(IN_SLACK)
async def windows(desk: SlackDesk) -> AsyncIterator[tuple[str, Shown]]:
    await desk.handed_off(MARIA)
    yield "window-edit", await desk.window("edit_suggested")
    yield "window-pass-to-a-desk", await desk.window("transfer")
    await desk.press("claim")
    yield "window-pass-on", await desk.window("transfer")
    yield "window-take-over", await desk.window("take_over", "Ben")
    yield "window-released", await desk.window("release")


@scene(IN_SLACK)
async def commands(desk: SlackDesk) -> AsyncIterator[tuple[str, Shown]]:
    await desk.handed_off(MARIA)
    await desk.handed_off(ARABIC)
    await desk.press("claim")
    for typed in ("help", "on", "status", "find maría", "find kayak", "dance"):
        yield f"command-{typed.split()[-1]}", await desk.typed(typed)


@scene(IN_SLACK)
@at_night
async def at_work(desk: SlackDesk) -> AsyncIterator[tuple[str, Shown]]:
    """Home on an ordinary morning: a callback promised last night, one conversation taken, two waiting."""
    name = await desk.handed_off(MARIA)
    await desk.writes(MARIA, "tomorrow at 10:00", name)
    desk.house.clock.time = datetime(2026, 12, 1, 8, 5, tzinfo=UTC)
    await desk.overview()
    await desk.house.slack.press_at_home("duty_on", "U1")
    await desk.house.until(lambda: "On call: Ana" in desk.house.slack.home("U1").words)
    await desk.handed_off(JOE)
    await desk.house.later(seconds=12)
    await desk.press("claim")
    await desk.house.later(seconds=16)
    await desk.line("Hello Joe, Ana here. What can I do for you?")
    await desk.house.later(minutes=9)
    await desk.handed_off(ARABIC)
    await desk.house.later(minutes=1, seconds=10)
    await desk.handed_off(NOBODY)
    yield "overview-at-work", await desk.overview()


@scene(IN_TEAMS)
async def own_view(desk: TeamsDesk) -> AsyncIterator[tuple[str, Shown]]:
    await desk.handed_off(MARIA)
    await desk.press("claim")
    yield "view-of-the-owner", await desk.view()
    yield "form-pass-on", await desk.form()
