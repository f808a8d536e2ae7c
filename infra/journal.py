"""What a process writes for those who run it: one JSON object a line on standard error, for each event or failure."""

import json
import logging
import sys
from collections.abc import Iterable
from contextvars import ContextVar
from datetime import UTC, datetime

from infra import unsaid

# The id of the request that is being answered; empty outside requests.
request_id: ContextVar[str] = ContextVar("request_id", default="")
# The last lines of a trace say where an error arose; a whole one can be very long.
TRACE_CHARACTERS = 20_000
# How many records are remembered, and how long, so that a request does not repeat them. A WebSocket may last for days.
REMEMBERED = 1000
REPEAT_SECONDS = 10.0


class JsonLines(logging.Formatter):
    """Formats a record as a JSON object on one line, with the time in UTC, and without *secrets*."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """The line for *record*."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        # What has a line of its own has a message of our own.
        own = getattr(record, "line", None)
        line["message"] = unsaid.without(_message(record), self._secrets) if own is None else record.msg
        line |= own or {}
        if request := request_id.get():
            line["request"] = request
        state = (unsaid.asked.get() or {}).get("state", {})
        for name in ("correlation", "person"):
            if state.get(name):
                line[name] = f"{state[name]}"
        if record.exc_info and (error := record.exc_info[1]) is not None:
            message = unsaid.without(unsaid.message_of(error), self._secrets)
            line["error"] = f"{type(error).__name__}: {message}"
            line["trace"] = unsaid.trace_of(error, self._secrets)[-TRACE_CHARACTERS:]
        return json.dumps(line, ensure_ascii=False, default=str)


def _message(record: logging.LogRecord) -> str:
    """The message of *record*, in which errors say only what a line may contain."""
    if isinstance(record.args, tuple) and any(isinstance(each, BaseException) for each in record.args):
        said = (unsaid.message_of(each) if isinstance(each, BaseException) else each for each in record.args)
        return str(record.msg) % tuple(said)
    return record.getMessage()


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


def begin(secrets: Iterable[str] = ()) -> None:
    """Write warnings and errors of all libraries, and also what is worth knowing of our own; never *secrets*."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(secrets))
    handler.addFilter(OnceARequest())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("fundtrail").setLevel(logging.INFO)
