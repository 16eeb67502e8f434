"""A strict Teams on a real port: who signs, access tokens, the connector, and the people who press and write.

    teams = FakeTeams(clock)
    await teams.start()                        # openid_url, token_url and url are for the settings
    teams.bridge = "http://127.0.0.1:8080"
    reply = await teams.press("claim", teams.card(), ANA)

It has keys of its own, checks every card by the published schema, and keeps Teams' limits (`rules`).
"""

from tests.fakes.teams.fake import FakeTeams
from tests.fakes.teams.world import (
    ANA,
    APP,
    BEN,
    BOT,
    CHANNEL,
    EVE,
    SECRET,
    TEAM,
    TENANT,
    Fault,
    Message,
    Person,
    Reply,
    action_of,
    buttons,
)

__all__ = [
    "ANA",
    "APP",
    "BEN",
    "BOT",
    "CHANNEL",
    "EVE",
    "SECRET",
    "TEAM",
    "TENANT",
    "FakeTeams",
    "Fault",
    "Message",
    "Person",
    "Reply",
    "action_of",
    "buttons",
]
