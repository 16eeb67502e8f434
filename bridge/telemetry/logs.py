"""One JSON object a line on standard error. Never a message's text, a name, an address or a secret.

What is logged is named by the caller through `extra`; nothing is taken from request bodies or query
strings, and a traceback's message is left out of the line but for its type (its text may quote input).
"""

import json
import logging
import sys
import time
import traceback
from typing import Any

_STANDARD = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, Any] = {
            "at": f"{at}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line |= {k: v for k, v in record.__dict__.items() if k not in _STANDARD}
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])
            line["where"] = [f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno} {f.name}" for f in frames[-6:]]
        return json.dumps(line, ensure_ascii=True, default=str)


def log_as_json(level: int = logging.INFO) -> None:
    """Sets the root logger up. aiohttp's access log stays off: its lines hold query strings."""
    output = logging.StreamHandler(sys.stderr)
    output.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[output], force=True)
    for noisy in (
        "aiohttp.access",
        "apscheduler",
        "slack_bolt",
        "slack_sdk",
        "aiosqlite",
        "alembic",
        "bm25s",
    ):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("apscheduler.executors.default").setLevel(logging.ERROR)
