"""Slack as a desk: one channel of one workspace, with a bot token from the tenant's settings."""

from adapters.desks.slack.adapter import Adapter
from adapters.desks.slack.settings import CONNECT, Installation, Settings, check, note

__all__ = ["CONNECT", "Adapter", "Installation", "Settings", "check", "note"]
