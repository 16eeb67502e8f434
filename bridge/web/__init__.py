"""The bridge's own pages and probes: health, readiness, metrics, transcripts, a desk's callbacks."""

from bridge.web.application import Probe, build_application
from bridge.web.calendar import calendar_routes
from bridge.web.transcript import transcript_routes

__all__ = ["Probe", "build_application", "calendar_routes", "transcript_routes"]
