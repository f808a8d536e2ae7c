"""Refuses requests above a rate with 429, before they are read, and failed sign-ins before they are looked at."""

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import parse_qs

from starlette.responses import HTMLResponse, Response

from api.contract.errors import RATE_LIMITED
from infra.web.edge.rates import COMMANDS, EXPORTS, FAILED_SIGN_INS, READS, Beyond, Meter, address_of, caller_of
from infra.web.graphql_http import HTML_MEDIA, OFFERED, preferred, problem
from infra.web.slow_readers import App, Receive, Scope, Send
from pages.frame.listed import DOWNLOAD
from pages.frame.rendering import render_problem

# Whoever watches whether the process is alive ends it when there is no answer.
UNLIMITED = "/health"
CREDENTIALS = (b"authorization", b"cookie")


class RateGuard:
    """Refuses a request of a caller that has sent too many of its kind. *graphql* is the path of the API.

    A command over GraphQL counts as a read here. When its document has been read it also counts as a command.
    """

    def __init__(self, app: App, meter: Meter, graphql: str) -> None:
        self._app, self._meter, self._graphql = app, meter, graphql

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and scope["path"] != UNLIMITED:
            beyond = self._meter.count(self._kind(scope), caller_of(scope))
            if beyond is not None:
                await refusal(beyond, scope)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _kind(self, scope: Scope) -> str:
        path = scope["path"]
        if path == self._graphql:
            return READS
        if scope.get("method") == "POST":
            return COMMANDS
        # Each page has what it shows as a file too.
        query = scope["query_string"].decode("latin-1")
        return (
            EXPORTS if path.startswith(("/export/", "/evidence/")) or (query and DOWNLOAD in parse_qs(query)) else READS
        )


class FailedSignIns:
    """Counts answers with 401 to credentials, by address. It runs before the credentials are looked at.

    Above the rate, a token from this address is refused unseen. A session goes on, so that nobody who is signed in is
    locked out by others at the same address.
    """

    def __init__(self, app: App, meter: Meter) -> None:
        self._app, self._meter = app, meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = {name for name, _ in scope.get("headers", ()) if name in CREDENTIALS}
        if not given:
            await self._app(scope, receive, send)
            return
        address = address_of(scope)
        beyond = self._meter.spent(FAILED_SIGN_INS, address) if b"authorization" in given else None
        if beyond is not None:
            await refusal(beyond, scope)(scope, receive, send)
            return

        async def counted(message: MutableMapping[str, Any]) -> None:
            if message["type"].endswith("http.response.start") and message["status"] == 401:
                self._meter.count(FAILED_SIGN_INS, address)
            await send(message)

        await self._app(scope, receive, counted)


def refusal(beyond: Beyond, scope: Scope) -> Response:
    """The answer 429: JSON with a code for programs, a page for browsers."""
    accept = next((value for name, value in scope["headers"] if name == b"accept"), b"").decode("latin-1")
    headers = {"retry-after": f"{beyond.seconds}", "vary": "Accept"}
    media = preferred(accept, (*OFFERED, HTML_MEDIA))
    if media == HTML_MEDIA:
        return HTMLResponse(render_problem("Too many requests", beyond.message), 429, headers)
    return problem(429, beyond.message, RATE_LIMITED, media, headers, beyond.facts)
