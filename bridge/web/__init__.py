"""The bridge's own pages and probes: health, readiness, metrics, transcripts."""

from bridge.web.application import Probe, build_application
from bridge.web.transcript import transcript_routes

__all__ = ["Probe", "build_application", "transcript_routes"]
