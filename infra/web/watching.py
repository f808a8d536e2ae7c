"""Watching requests: each gets an id that its answer and its log lines carry, and is counted and timed."""

import re
import time
from collections.abc import MutableMapping
from functools import lru_cache
from random import getrandbits
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram

from infra import journal
from infra.web.slow_readers import App, Receive, Scope, Send

ID_HEADER = b"x-request-id"
_ID = re.compile(rb"[A-Za-z0-9_.-]{1,64}")
# Paths have names of their own in the metrics; all others count as one, because a client can make up any number.
PATHS = ("/graphql", "/health", "/ready", "/metrics", "/export", "/console")
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
    """Gives each request an id, and counts and times it. It runs before the rest of the application."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == ID_HEADER), b"")
        request_id = given if given and _ID.fullmatch(given) else b"%016x" % getrandbits(64)
        path = _named(scope["path"])
        began = time.perf_counter()

        async def watched(message: MutableMapping[str, Any]) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start", "websocket.accept"):
                message["headers"] = [*message.get("headers", ()), (ID_HEADER, request_id)]
                answered, seconds = _counted(path, message.get("status", 101))
                answered.inc()
                seconds.observe(time.perf_counter() - began)
            await send(message)

        token = journal.request_id.set(request_id.decode())
        try:
            await self._app(scope, receive, watched)
        finally:
            journal.request_id.reset(token)


# Looking a series up by its labels takes longer than counting in it.
@lru_cache(maxsize=256)
def _counted(path: str, status: int) -> tuple[Counter, Histogram]:
    """The series in which a request is counted, and in which it is timed."""
    return REQUESTS.labels(path, str(status)), SECONDS.labels(path)


def _named(path: str) -> str:
    """The name of *path* in the metrics: its first part, if that is one of ours."""
    first = f"/{path[1:].partition('/')[0]}"
    return first if first in PATHS else OTHER
