"""Slow clients: a client that stops reading is disconnected, so it cannot hold memory.

The server writes no more while a client does not read, so the buffers of the connection bound what is unread.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from typing import Any

import orjson
from fastapi.responses import StreamingResponse

from infra.identity.refusals import Unauthenticated

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

logger = logging.getLogger("fundtrail.web")

SLOW_READER = "SLOW_READER"
# The close code of a WebSocket whose client reads too slowly. Clients do not take this code for a normal end.
CLOSED_FOR_SLOWNESS = 4413
# The client has this many times as long to read the last message as any other.
GRACE = 3
LAST_MESSAGE = "The client stopped reading for too long. Reconnect and continue after the last position received."

EXPIRED = "The token or session has expired. Connect again with a new one, after the last position received."


class TooSlow(Exception):
    """The client has not read for too long, so nothing more can be written."""


class SlowReaderGuard:
    """Raises TooSlow when a message cannot be written to the client within *seconds*. It runs before everything else.

    A client that was too slow has three times as long to read the end of the answer, and is then disconnected.
    """

    def __init__(self, app: App, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        late = False
        flow = getattr(getattr(send, "__self__", None), "flow", None)  # An attribute of uvicorn, as in disconnect.

        async def timed(message: MutableMapping[str, Any]) -> None:
            nonlocal late
            if flow is not None and not flow.write_paused:
                await send(message)  # The buffer has room, so this does not wait for the client.
                return
            last = message["type"] == "websocket.close" or (late and scope["type"] == "http")
            try:
                async with asyncio.timeout(GRACE * self._seconds if last else self._seconds):
                    await send(message)
            except TimeoutError as error:
                late = True
                if last:
                    await disconnect(send)
                raise TooSlow from error

        try:
            await self._app(scope, receive, timed)
        except TooSlow:
            await disconnect(send)


async def disconnect(send: Send) -> None:
    """Abort the connection behind *send* and drop what is unsent. Closing it would wait for the client to read."""
    # ASGI offers no way to do this: the transport is an attribute of uvicorn.
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is not None and not transport.is_closing():
        logger.warning("disconnected a client that stopped reading")
        transport.abort()
        await asyncio.sleep(0)  # Let the server notice, so that it does not complain of an unfinished answer.


def _last_event(message: str, code: str) -> bytes:
    """The end of a stream of events, with an error."""
    errors = orjson.dumps({"errors": [{"message": message, "extensions": {"code": code}}]})
    return b"event: next\r\ndata: %s\r\n\r\nevent: complete\r\ndata: \r\n\r\n" % errors


class EventStream(StreamingResponse):
    """Server-sent events. For a client that is too slow, the last event says so; it may never read that far.

    After *seconds* the client is not admitted any more, and the last event says that; None sets no limit.
    """

    def __init__(self, events: AsyncIterator[str], headers: Mapping[str, str], seconds: float | None = None) -> None:
        self._events = events
        self._seconds = seconds
        super().__init__(events, headers=headers)

    async def stream_response(self, send: Any) -> None:
        """Send the events one by one, each when the client has read enough of those before it."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        ending = b""
        try:
            async with asyncio.timeout(self._seconds):
                async for event in self._events:
                    await send({"type": "http.response.body", "body": event.encode(), "more_body": True})
        except TooSlow:
            ending = _last_event(LAST_MESSAGE, SLOW_READER)
        except TimeoutError:
            ending = _last_event(EXPIRED, Unauthenticated.code)
        finally:
            if isinstance(self._events, AsyncGenerator):
                await self._events.aclose()
        with suppress(TooSlow):
            await send({"type": "http.response.body", "body": ending, "more_body": False})
