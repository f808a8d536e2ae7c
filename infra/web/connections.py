"""Connections: bounds on what a client may send before its request is parsed, and on how long that may take.

uvicorn's parser in C keeps an unfinished header in memory and copies it again for each piece that arrives.
"""

import asyncio
from functools import partial
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from api.contract.errors import BAD_USER_INPUT, LIMIT_EXCEEDED, TIMED_OUT, UNAVAILABLE
from api.limits.weighing import Limits
from infra.web.edge.headers import ALWAYS, BEHIND_TLS, complete
from infra.web.graphql_http import problem
from infra.web.watching import UNPARSED

NOT_HTTP = "The request is not valid HTTP/1.1."
TOO_MANY = "Too many connections are open. Try again later."
# How long a refused client may go on sending, so that it can read its answer. A closed socket would reset it.
LINGER_SECONDS = 2.0


class _Refused(Exception):
    """Stops the parser, which reports it as a parser error."""


class BoundedProtocol(HttpToolsProtocol):
    """A connection. It refuses long URLs, large headers, headers that arrive too slowly, and one connection too many.

    A connection has *limits.header_seconds* to send a complete request head whenever no request is being answered.
    """

    def __init__(self, *arguments: Any, limits: Limits, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._limits = limits
        self._refusal: bytes | None = None
        self._deadline: asyncio.TimerHandle | None = None
        # Whether a request has begun whose headers are not complete.
        self._began = False
        # The bytes of the URL and the headers that are complete, and those received since the parser's last event.
        self._head_bytes = 0
        self._pending_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the time for the first request, or refuse the connection if too many are open."""
        super().connection_made(transport)
        most = self._limits.connections
        if len(self.connections) > most:
            self._refuse(503, TOO_MANY, UNAVAILABLE)
            if len(self.connections) > 2 * most:
                self.transport.abort()
            return
        self._start_time()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline."""
        self._stop_time()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse *data*, unless the client has been refused; then it is dropped."""
        if self._refusal is not None:
            return
        if self._is_idle():
            self._start_time()
        self._pending_bytes += len(data)
        super().data_received(data)
        if self._pending_bytes > self._limits.header_bytes and self._refusal is None:
            self._refuse_headers()
            self._answer_refusal()

    def on_message_begin(self) -> None:
        """Count anew for each request."""
        self._began = True
        self._head_bytes = self._pending_bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Refuse a URL that is too long."""
        self._pending_bytes = 0
        self._head_bytes += len(url)
        if len(self.url) + len(url) > self._limits.url_bytes:
            most = self._limits.url_bytes
            self._prepare(414, f"The URL is longer than {most} bytes.", LIMIT_EXCEEDED, limit="url_bytes", allowed=most)
            raise _Refused
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Refuse headers that are too large together; headers after a body in chunks count too."""
        self._pending_bytes = 0
        self._head_bytes += len(name) + len(value) + len(": \r\n")
        if self._head_bytes > self._limits.header_bytes:
            self._refuse_headers()
            raise _Refused
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """End the time for the request."""
        self._began = False
        self._pending_bytes = 0
        self._stop_time()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Pass on a part of the body, which the application bounds."""
        self._pending_bytes = 0
        super().on_body(body)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's sentence
        """Answer what the parser refused."""
        if self._refusal is None:
            self._prepare(400, NOT_HTTP, BAD_USER_INPUT)
        self._answer_refusal()

    def _is_idle(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _start_time(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self._limits.header_seconds, self._too_late)

    def _stop_time(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        self._deadline = None
        if self._began and self._refusal is None:
            seconds = self._limits.header_seconds
            unit = "second" if seconds == 1 else "seconds"
            self._refuse(408, f"The headers did not arrive within {seconds:g} {unit}.", TIMED_OUT)
        else:
            self.transport.close()

    def _refuse_headers(self) -> None:
        most = self._limits.header_bytes
        message = f"The headers are larger than {most} bytes together."
        self._prepare(431, message, LIMIT_EXCEEDED, limit="header_bytes", allowed=most)

    def _refuse(self, status: int, message: str, code: str) -> None:
        self._prepare(status, message, code)
        self._answer_refusal()

    def _prepare(self, status: int, message: str, code: str, **facts: object) -> None:
        answer = problem(status, message, code, facts=facts)
        headers = [*self.server_state.default_headers, *complete(answer.raw_headers), (b"connection", b"close")]
        lines = b"".join(b"%s: %s\r\n" % header for header in headers)
        self._refusal = b"%s%s\r\n%s" % (STATUS_LINE[status], lines, bytes(answer.body))

    def _answer_refusal(self) -> None:
        """Send the refusal and close. Within the answer to an earlier request it cannot be sent, so only close."""
        self._stop_time()
        if not self._is_idle() or self._refusal is None or self.transport.is_closing():
            self.transport.abort()
            return
        UNPARSED.labels(self._refusal.split()[1].decode()).inc()
        self.transport.write(self._refusal)
        self.transport.write_eof()
        self._deadline = self.loop.call_later(LINGER_SECONDS, self.transport.abort)


def configuration(
    app: FastAPI, limits: Limits, *, proxies: frozenset[str] = frozenset(), behind_tls: bool = False, **options: Any
) -> uvicorn.Config:
    """How uvicorn serves *app* within *limits*. *options* are those of ``uvicorn.Config``.

    The addresses of clients that are behind *proxies* are read from X-Forwarded-For; without proxies nobody can name
    another address than their own. With *behind_tls*, browsers learn that they may use only https.
    """
    return uvicorn.Config(
        app,
        http=partial(BoundedProtocol, limits=limits),  # type: ignore[arg-type]
        headers=[*ALWAYS, *(BEHIND_TLS if behind_tls else ())],
        proxy_headers=bool(proxies),
        forwarded_allow_ips=sorted(proxies),
        access_log=False,
        log_config=None,
        lifespan="on",
        ws_max_size=limits.body_bytes,
        **options,
    )
