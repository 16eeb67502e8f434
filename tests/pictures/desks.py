"""One way to play a scene in Slack and in Teams: what people do there, and what can be seen of it."""

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any, ClassVar

from tests.fakes import slack, teams
from tests.fakes.customer_side import status
from tests.pictures.customers import Customer
from tests.walk.house import House
from tests.walk.teams_house import TeamsHouse

Shown = dict[str, Any]
"""One surface as it left the bridge."""


class Desk(ABC):
    """A house with a desk in it, and the customers that write to it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.conversations = 0

    async def writes(self, customer: Customer, text: str = "", conversation: str = "") -> str:
        """On the tenant's own channel; gives back which conversation it is."""
        self.conversations += not conversation
        name = conversation or f"c-{self.conversations}"
        told = {"id": name, **customer.profile}
        way_in = f"{self.house.url}/channels/acme/api"
        assert await self.house.shop.write(way_in, name, text or customer.says, customer=told) == 202
        await self.house.idle()
        return name

    async def posts(self, conversation: str, kind: str, **more: Any) -> None:
        body = {"type": kind, "conversation": conversation, **more}
        code, _ = await self.house.shop.post(f"{self.house.url}/channels/acme/api", body)
        assert code == 202, kind
        await self.house.idle()

    def loses_the_next_message(self) -> None:
        self.house.shop.then(status(410))

    async def handed_off(self, customer: Customer) -> str:
        """The assistant answers once, then a person is asked for."""
        for _ in range(1 + customer.by_button):
            self.house.ai.say("Tents can be sent back within 30 days.", reasoning="The returns page says so.")
        name = await self.writes(customer, "How long can I send something back?")
        await self.writes(customer, conversation=name)
        if customer.by_button:
            await self.posts(name, "person")
        return name

    @abstractmethod
    async def press(self, button: str, who: str = "Ana", on: Shown | None = None) -> None:
        """`on`: the card as it was shown before, for who was too late."""

    @abstractmethod
    async def line(self, text: str, who: str = "Ana") -> None: ...

    @abstractmethod
    async def passes_on(self, *, to: str = "", desk: str = "", reason: str = "") -> None: ...

    @abstractmethod
    async def takes_over(self, who: str) -> None: ...

    @abstractmethod
    async def releases(self, outcome: str, note: str = "") -> None: ...

    @property
    @abstractmethod
    def card(self) -> Shown: ...

    @property
    @abstractmethod
    def thread(self) -> Shown: ...

    @property
    @abstractmethod
    def private(self) -> Shown: ...

    @abstractmethod
    async def overview(self, who: str = "Ana") -> Shown:
        """What somebody sees away from the channel: App Home, or the bot's own chat."""


class SlackDesk(Desk):
    _users: ClassVar = {"Ana": "U1", "Ben": "U2"}

    @property
    def _card(self) -> slack.Message:
        return self.house.slack.cards(slack.CHANNEL)[-1]

    async def press(self, button: str, who: str = "Ana", on: Shown | None = None) -> None:
        message = next((m for m in (self._card, *self._lines) if button in m.buttons), self._card)
        message = replace(message, blocks=on["blocks"]) if on else message
        await self.house.slack.press(button, message, user=self._users[who])
        await self.house.idle()

    async def window(self, choice: str, who: str = "Ana") -> Shown:
        """The window behind a button, or behind one of the choices of `…`."""
        before = len(self.house.slack.views)
        if choice in ("transfer", "take_over"):
            await self.house.slack.choose(choice, self._card, self._users[who])
        else:
            await self.press(choice, who)
        await self.house.until(lambda: len(self.house.slack.views) > before)
        return self.house.slack.views[-1]

    async def line(self, text: str, who: str = "Ana") -> None:
        await self.house.slack.write_in_thread(self._card, text, user=self._users[who])
        await self.house.idle()

    async def passes_on(self, *, to: str = "", desk: str = "", reason: str = "") -> None:
        view = await self.window("transfer")
        values = {"to": self._users[to]} if to else {"desk": desk}
        await self.house.slack.submit_modal(view, {**values, "reason": reason})
        await self.house.idle()

    async def takes_over(self, who: str) -> None:
        view = await self.window("take_over", who)
        await self.house.slack.submit_modal(view, {}, user=self._users[who])
        await self.house.idle()

    async def releases(self, outcome: str, note: str = "") -> None:
        view = await self.window("release")
        await self.house.slack.submit_modal(view, {"outcome": outcome, "note": note})
        await self.house.idle()

    @property
    def card(self) -> Shown:
        return {"text": self._card.text, "blocks": self._card.blocks}

    @property
    def _lines(self) -> list[slack.Message]:
        return self.house.slack.thread(self._card)

    @property
    def thread(self) -> Shown:
        names = {user: name for name, user in self._users.items()}
        shown = [
            {"from": names.get(line.user, "Handoff"), "text": line.text, "blocks": line.blocks}
            for line in self._lines
        ]
        return {"messages": shown}

    @property
    def private(self) -> Shown:
        told = self.house.slack.whispered
        return {"messages": [{"to": w.user, "text": w.text, "blocks": [*w.blocks]} for w in told]}

    async def overview(self, who: str = "Ana") -> Shown:
        self.house.slack.homes.clear()
        await self.house.slack.open_home(self._users[who])
        await self.house.until(lambda: self.house.slack.homes)
        return self.house.slack.homes[slack.TEAM, self._users[who]]

    async def typed(self, command: str) -> Shown:
        """What `/handoff` answers."""
        answer: Shown = (await self.house.slack.command(command)).json
        return answer


class TeamsDesk(Desk):
    house: TeamsHouse
    _people: ClassVar = {"Ana": teams.ANA, "Ben": teams.BEN}

    def __init__(self, house: TeamsHouse) -> None:
        super().__init__(house)
        self.house = house
        self.told: list[Shown] = []

    @property
    def _card(self) -> teams.Message:
        return self.house.teams.card()

    async def press(self, button: str, who: str = "Ana", on: Shown | None = None) -> None:
        await self._press(button, who, shown=on["card"] if on else None)

    async def _press(self, button: str, who: str, shown: Shown | None = None, **inputs: str) -> teams.Reply:
        lines = [line for line in self.house.teams.thread(self._card) if line.is_card]
        message = next((m for m in lines if button in m.buttons), self._card)
        reply = await self.house.teams.press(
            button, message, self._people[who], shown=shown, inputs=inputs or None
        )
        if reply.privately:
            self.told.append({"to": who, "text": reply.privately})
        await self.house.idle()
        return reply

    async def view(self, who: str = "Ana") -> Shown:
        """The card as one person's client shows it."""
        return {"card": (await self.house.teams.look(self._card, self._people[who])).card}

    async def form(self) -> Shown:
        """What `Pass on` puts in the card's place."""
        return {"card": (await self._press("transfer", "Ana")).card}

    async def line(self, text: str, who: str = "Ana") -> None:
        await self.house.teams.write_in_thread(self._card, text, self._people[who])
        await self.house.idle()

    async def passes_on(self, *, to: str = "", desk: str = "", reason: str = "") -> None:
        form = (await self.form())["card"]
        chosen = f"agent=teams:{self._people[to].object_id}" if to else f"desk={desk}"
        await self._press("transfer", "Ana", shown=form, to=chosen, reason=reason)

    async def takes_over(self, who: str) -> None:
        await self._press("take_over", who)

    async def releases(self, outcome: str, note: str = "") -> None:
        await self._press("release", "Ana", outcome=outcome, note=note)

    @property
    def card(self) -> Shown:
        return {"summary": self._card.activity.get("summary", ""), "card": self._card.card}

    @property
    def thread(self) -> Shown:
        return {"messages": [_shown(line) for line in self.house.teams.thread(self._card)]}

    @property
    def private(self) -> Shown:
        chats = [
            {"to": name, **_shown(line)}
            for name, person in self._people.items()
            for line in self.house.teams.chat(person)
        ]
        return {"messages": [*self.told, *chats]}

    async def overview(self, who: str = "Ana") -> Shown:
        person = self._people[who]
        before = len(self.house.teams.chat(person))
        await self.house.teams.write_to_bot("what waits?", person)
        await self.house.until(lambda: len(self.house.teams.chat(person)) > before)
        return _shown(self.house.teams.chat(person)[-1])


def _shown(message: teams.Message) -> Shown:
    if message.is_card:
        return {"summary": message.activity.get("summary", ""), "card": message.card}
    return {"text": message.activity["text"]}
