"""One loop: lock, decide, write, commit."""

from bridge.recorder.recorder import Committed, Recorder

__all__ = ["Committed", "Recorder"]
