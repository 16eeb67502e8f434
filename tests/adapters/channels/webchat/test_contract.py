"""The web chat passes what every channel must."""

from tests.adapters.channels.webchat.driver import WebchatDriver
from tests.contracts.channel import ChannelContract, ChannelDriver


class TestWebchat(ChannelContract):
    def driver(self) -> ChannelDriver:
        return WebchatDriver()
