"""Those who read slowly: a client that leaves unread what it is sent is let go, and holds nothing of ours for long.

The server writes no further while a client does not read; what is written is bounded by the buffers of the connection.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

logger = logging.getLogger("fundtrail.web")

SLOW_READER = "SLOW_READER"
# The close code of a WebSocket whose client reads too slowly; none that clients take for the end.
CLOSED_FOR_SLOWNESS = 4413
# So many times as long as for anything else is waited until the last words are read.
GRACE = 3
LAST_WORDS = "What you are sent was left unread for too long. Go on after the last position that you have."


class TooSlow(Exception):
    """The client has not read for so long that nothing more can be written."""


class Patience:
    """In front of everything: each message that is sent finds its way to the client in time, or raises TooSlow.

    A client that was too slow is left three times as long to read what ends the answer, and then cut off.
    """

    def __init__(self, app: App, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        late = False
        flow = getattr(getattr(send, "__self__", None), "flow", None)  # uvicorn's own, as in cut_off

        async def timed(message: MutableMapping[str, Any]) -> None:
            nonlocal late
            if flow is not None and not flow.write_paused:
                await send(message)  # It has room for it, and waits for nobody.
                return
            last = message["type"] == "websocket.close" or (late and scope["type"] == "http")
            try:
                async with asyncio.timeout(GRACE * self._seconds if last else self._seconds):
                    await send(message)
            except TimeoutError as error:
                late = True
                if last:
                    await cut_off(send)
                raise TooSlow from error

        try:
            await self._app(scope, receive, timed)
        except TooSlow:
            await cut_off(send)


async def cut_off(send: Send) -> None:
    """End the connection behind *send* with whatever is unsent; closing it would wait for the client to read."""
    # ASGI has no word for it: this is uvicorn's own.
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is not None and not transport.is_closing():
        logger.warning("a client that does not read is cut off")
        transport.abort()
        await asyncio.sleep(0)  # The server notices before it asks why the answer has no end.


class PatientApp(FastAPI):
    """An application that waits so long for its readers, and no longer."""

    reading_seconds: float = 10.0

    def build_middleware_stack(self) -> Any:
        """The application's own middleware, behind Patience."""
        return Patience(super().build_middleware_stack(), self.reading_seconds)


class EventStream(StreamingResponse):
    """Server-sent events. A reader who is too slow is told so as the last event, if it ever reads that far."""

    def __init__(self, events: AsyncIterator[str], headers: Mapping[str, str]) -> None:
        self._events = events
        super().__init__(events, headers=headers)

    async def stream_response(self, send: Any) -> None:
        """Send what there is, event by event, each when the client has taken the one before."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        ending = b""
        try:
            async for event in self._events:
                await send({"type": "http.response.body", "body": event.encode(), "more_body": True})
        except TooSlow:
            error = {"message": LAST_WORDS, "extensions": {"code": SLOW_READER}}
            told = orjson.dumps({"errors": [error]})
            ending = b"event: next\r\ndata: %s\r\n\r\nevent: complete\r\ndata: \r\n\r\n" % told
        finally:
            if isinstance(self._events, AsyncGenerator):
                await self._events.aclose()
        with suppress(TooSlow):
            await send({"type": "http.response.body", "body": ending, "more_body": False})
