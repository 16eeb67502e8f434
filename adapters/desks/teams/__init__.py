"""Microsoft Teams as a desk: one channel of a team, with an app registration from bridge.yaml."""

from adapters.desks.teams.adapter import Adapter
from adapters.desks.teams.settings import CONNECT, Installation, Settings, check, note

__all__ = ["CONNECT", "Adapter", "Installation", "Settings", "check", "note"]
