"""Delivers what was recorded: lane by lane, each destination at its own pace.

`dispatcher` keeps the lanes, their order and their retries; `carriers` bring one effect to its
destination; `asking` puts turns to the answerer. Nothing here decides: results go back to the recorder.
"""

from bridge.dispatcher.dispatcher import Carriers, Dispatcher

__all__ = ["Carriers", "Dispatcher"]
