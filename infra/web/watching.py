"""Watching requests: each gets an id that its answer and its log lines carry, and is counted and timed.

What a client calls its request by is also the correlation id of the commands in it: the trace id of the header
``traceparent`` of W3C, or the id in ``X-Request-Id``.
"""

import re
import time
from collections.abc import Iterable, MutableMapping
from functools import lru_cache
from random import getrandbits
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram

from infra import journal, tracing, unsaid
from infra.web.edge import access
from infra.web.edge.headers import complete
from infra.web.slow_readers import App, Receive, Scope, Send

ID_HEADER = b"x-request-id"
TRACE_HEADER = b"traceparent"
_ID = re.compile(rb"[A-Za-z0-9_.-]{1,64}")
_TRACE = re.compile(rb"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")
ACCEPT = "websocket.accept"
STARTS = frozenset({"http.response.start", "websocket.http.response.start", ACCEPT})
# Paths have names of their own in the metrics; all others count as one, because a client can make up any number.
PATHS = ("/graphql", "/health", "/ready", "/metrics", "/export", "/evidence", "/console")
OTHER = "other"

MEASURED = CollectorRegistry()
REQUESTS = Counter(
    "fundtrail_requests", "HTTP requests answered by this process.", ["path", "status"], registry=MEASURED
)
SECONDS = Histogram(
    "fundtrail_request_seconds",
    "Seconds from the headers of an HTTP request to the start of its answer.",
    ["path"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=MEASURED,
)
UNPARSED = Counter(
    "fundtrail_unparsed", "Requests refused before they were parsed, by status.", ["status"], registry=MEASURED
)


class Watch:
    """Gives each request an id, counts and times it, and completes the headers of its answer.

    It runs before the rest of the application. *written* says which requests get a line in the log (``access.ACCESS``).
    """

    def __init__(self, app: App, written: str = access.COMMANDS) -> None:
        self._app = app
        self._written = written

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request_id, correlation = _called(scope["headers"])
        scope.setdefault("state", {})["correlation"] = correlation
        path = _named(scope["path"])
        began = time.perf_counter()
        status = 0

        async def watched(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] in STARTS:
                headers = message.get("headers", ())
                # A WebSocket that is accepted has no answer that a browser or a cache would keep.
                given = headers if message["type"] == ACCEPT else complete(headers)
                message["headers"] = [*given, (ID_HEADER, request_id)]
                status = message.get("status", 101)
                answered, seconds = _counted(path, status)
                answered.inc()
                seconds.observe(time.perf_counter() - began)
            await send(message)

        # They are not reset: each request runs in a task of its own, in which the server writes what the application
        # raises.
        journal.request_id.set(request_id.decode())
        unsaid.asked.set(scope)
        try:
            with tracing.request(scope, path, lambda: status):
                await self._app(scope, receive, watched)
        finally:
            access.write(self._written, scope, status, time.perf_counter() - began)


def _called(headers: Iterable[tuple[bytes, bytes]]) -> tuple[bytes, str | None]:
    """The id of a request with *headers*, and what its client calls it by: None without a valid name."""
    own = trace = None
    for name, value in headers:
        if name == ID_HEADER:
            own = value if _ID.fullmatch(value) else None
        elif name == TRACE_HEADER:
            trace = _TRACE.fullmatch(value)
    request_id = own or b"%016x" % getrandbits(64)
    return request_id, trace[1].decode() if trace else own.decode() if own else None


# Looking a series up by its labels takes longer than counting in it.
@lru_cache(maxsize=256)
def _counted(path: str, status: int) -> tuple[Counter, Histogram]:
    """The series in which a request is counted, and in which it is timed."""
    return REQUESTS.labels(path, str(status)), SECONDS.labels(path)


def _named(path: str) -> str:
    """The name of *path* in the metrics: its first part, if that is one of ours."""
    first = f"/{path[1:].partition('/')[0]}"
    return first if first in PATHS else OTHER
