"""What operators see: structured logs without customer text, and figures for Prometheus."""

from bridge.telemetry.logs import log_as_json
from bridge.telemetry.metrics import Metrics

__all__ = ["Metrics", "log_as_json"]
