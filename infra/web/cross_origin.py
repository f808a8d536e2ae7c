"""Pages of other sites: which may read our answers (CORS), by a list of origins. It is empty by default.

Credentials are never allowed, and an origin is answered with its own name, never with ``*``.
"""

from collections.abc import MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response

from infra.web.graphql_http import problem
from infra.web.slow_readers import App, Receive, Scope, Send

METHODS = "GET, POST"
# What a page may send beside what every page may, and what it may read of an answer.
SENT = "accept, authorization, content-type, if-none-match, traceparent, x-fundtrail-actor, x-request-id"
READ = "content-disposition, etag, retry-after, x-fundtrail-position, x-request-id"
# How long a browser may keep the answer to a preflight request.
KEPT_SECONDS = 600


class CrossOrigin:
    """Lets pages of *origins* read our answers, and answers the preflight requests of browsers."""

    def __init__(self, app: App, origins: frozenset[str]) -> None:
        self._app, self._origins = app, origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._origins:
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope)
        origin = given.get("origin")
        allowed = origin if origin in self._origins else None
        if scope["method"] == "OPTIONS" and origin is not None and "access-control-request-method" in given:
            await _preflight(origin, allowed)(scope, receive, send)
            return

        async def answer(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=[*message.get("headers", ())])
                # Caches must keep the answers for different origins apart, even those without the header.
                headers.add_vary_header("Origin")
                if allowed is not None:
                    headers["access-control-allow-origin"] = allowed
                    headers["access-control-expose-headers"] = READ
                message["headers"] = headers.raw
            await send(message)

        await self._app(scope, receive, answer)


def _preflight(origin: str, allowed: str | None) -> Response:
    """The answer to a browser that asks whether a page may send a request."""
    if allowed is None:
        return problem(403, f"The origin {origin[:200]} is not allowed.", headers={"vary": "Origin"})
    return Response(
        status_code=204,
        headers={
            "access-control-allow-origin": allowed,
            "access-control-allow-methods": METHODS,
            "access-control-allow-headers": SENT,
            "access-control-max-age": f"{KEPT_SECONDS}",
            "vary": "Origin",
        },
    )
