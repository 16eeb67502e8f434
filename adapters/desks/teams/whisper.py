"""Private words to one person, in their personal chat with the bot: a channel has no place for them."""

from adapters.desks.teams.connector import Connector, Line
from adapters.desks.teams.incoming import Spot
from adapters.desks.teams.notes import told
from adapters.desks.teams.people import People
from adapters.desks.teams.wording import escaped


class Whisper:
    def __init__(self, connector: Connector, people: People) -> None:
        self._connector = connector
        self._people = people

    async def tell(self, spot: Spot, words: str) -> None:
        """Raises DeliveryError."""
        line = Line(spot.app, spot.service_url)
        chat = await self._people.chat(line, spot.user)
        await self._connector.post(line, chat, told(escaped(words)))
