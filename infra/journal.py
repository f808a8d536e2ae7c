"""What a process writes for those who run it: one JSON object a line on standard error, for each event or failure."""

import json
import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime

# The id of the request that is being answered; empty outside requests.
request_id: ContextVar[str] = ContextVar("request_id", default="")
# The last lines of a trace say where an error arose; a whole one can be very long.
TRACE_CHARACTERS = 20_000
# How many records are remembered, and how long, so that a request does not repeat them. A WebSocket may last for days.
REMEMBERED = 1000
REPEAT_SECONDS = 10.0


class JsonLines(logging.Formatter):
    """Formats a record as a JSON object on one line, with the time in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        """The line for *record*."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request := request_id.get():
            line["request"] = request
        if record.exc_info and (error := record.exc_info[1]) is not None:
            line["error"] = f"{type(error).__name__}: {error}"
            line["trace"] = "".join(traceback.format_exception(error))[-TRACE_CHARACTERS:]
        return json.dumps(line, ensure_ascii=False, default=str)


class OnceARequest(logging.Filter):
    """Drops a record that repeats an earlier one of its request: each field of an answer meets the same failure."""

    def __init__(self) -> None:
        super().__init__()
        # When the latest records of requests were written. Those of several requests come in turns.
        self._written: dict[tuple[str, str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write *record*."""
        this = (request_id.get(), record.name, record.getMessage())
        if this[0] == "":
            return True
        if record.created - self._written.get(this, 0.0) < REPEAT_SECONDS:
            return False
        self._written.pop(this, None)
        while len(self._written) >= REMEMBERED:
            self._written.pop(next(iter(self._written)), None)
        self._written[this] = record.created
        return True


def begin() -> None:
    """Write warnings and errors of all libraries, and also what is worth knowing of our own."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    handler.addFilter(OnceARequest())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("fundtrail").setLevel(logging.INFO)
