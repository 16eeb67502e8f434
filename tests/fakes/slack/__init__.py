"""A strict Slack on a real port: its Web API, its sockets, and the people who press and write in it.

    slack = FakeSlack(clock)
    await slack.start()                        # slack.api_url is for bridge.yaml
    slack.bridge = "http://127.0.0.1:8080"     # where it sends events to, unless a socket is open
    reply = await slack.press("claim", slack.card(), user="U1")
    reply = await slack.write_in_thread(slack.card(), "Hello María", user="U1")

It refuses what Slack refuses (`rules`, `web_api`, `views`), keeps every call, and signs what it sends.
"""

from tests.fakes.slack.fake import FakeSlack
from tests.fakes.slack.world import (
    APP,
    APP_TOKEN,
    BOT,
    CHANNEL,
    CLIENT_ID,
    CLIENT_SECRET,
    SIGNING_SECRET,
    TEAM,
    TOKEN,
    Call,
    Channel,
    Message,
    Refused,
    Reply,
    Whispered,
    Workspace,
    signed,
)

__all__ = [
    "APP",
    "APP_TOKEN",
    "BOT",
    "CHANNEL",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "SIGNING_SECRET",
    "TEAM",
    "TOKEN",
    "Call",
    "Channel",
    "FakeSlack",
    "Message",
    "Refused",
    "Reply",
    "Whispered",
    "Workspace",
    "signed",
]
