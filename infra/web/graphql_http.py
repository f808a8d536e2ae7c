"""GraphQL over HTTP: follows the draft specification where Strawberry's router does not.

Draft: https://graphql.github.io/graphql-over-http/draft/
"""

import asyncio
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing, nullcontext, suppress
from functools import lru_cache
from typing import Any

import orjson
from cross_web import HTTPException, StarletteRequestAdapter
from fastapi import Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from graphql import GraphQLError, OperationDefinitionNode, parse
from graphql import OperationType as GraphQLOperation
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocketDisconnect, WebSocketState
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.fastapi import GraphQLRouter
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.http.base import BaseRequestProtocol
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.http.streaming import HTTPStreamTransport, SSETransport
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.types import ErrorMessage
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from api.context import Context
from api.contract.errors import (
    BAD_USER_INPUT,
    LIMIT_EXCEEDED,
    TIMED_OUT,
    UNAVAILABLE,
    ClientError,
    Problem,
    for_clients,
    sentence,
)
from api.limits.weighing import Limits
from api.schema import Schema
from infra import unsaid
from infra.identity.caller import caller_in
from infra.identity.refusals import IssuerUnavailable, NotAdmitted
from infra.web import console
from infra.web.documents import Documents
from infra.web.edge.rates import READS, Meter, RateLimited
from infra.web.slow_readers import CLOSED_FOR_SLOWNESS, LAST_MESSAGE, App, EventStream, Receive, Scope, Send, TooSlow

GRAPHQL_MEDIA = "application/graphql-response+json"
JSON_MEDIA = "application/json"
EVENTS_MEDIA = "text/event-stream"
HTML_MEDIA = "text/html"
# The media types of a single answer. A client that accepts any type gets the first.
OFFERED = (JSON_MEDIA, GRAPHQL_MEDIA)
# A cache must keep answers for different Accept headers apart.
VARIES = {"vary": "Accept"}
METHODS = ("GET", "POST")
METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
NOTHING_ADDED = Response()
# The close codes of a WebSocket whose client is not admitted, and of one that may try again later.
FORBIDDEN, TRY_AGAIN = 4403, 1013
# The key in the scope of a request under which BodyGuard stores the body that it has read.
READ = "fundtrail.read"
SUBSCRIBE = (
    "The operation is a subscription."
    " Use a WebSocket with the protocol graphql-transport-ws, or accept text/event-stream."
)
NOT_JSON_MEDIA = "The request is not application/json. Send it with the content type application/json."
ONLY_QUERIES = "The operation is not a query. Only queries are answered over GET. Use POST."


class TextFrames(ASGIWebSocketAdapter):
    """Sends WebSocket messages as text frames, because clients of graphql-transport-ws refuse binary frames."""

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send *message* as a text frame."""
        if self.ws.application_state is WebSocketState.DISCONNECTED:
            raise WebSocketDisconnected
        try:
            await self.ws.send_text(orjson.dumps(message).decode())
        except WebSocketDisconnect as error:
            raise WebSocketDisconnected from error
        except TooSlow as error:
            with suppress(TooSlow):
                await self.close(CLOSED_FOR_SLOWNESS, LAST_MESSAGE)
            raise WebSocketDisconnected from error


class Conversation(BaseGraphQLTransportWSHandler[Any, None]):
    """The messages of a WebSocket. Each is checked against the protocol before it is handled."""

    async def handle_message(self, message: Any) -> None:
        """Handle *message*, or close the connection with code 4400."""
        limits = self.view.limits if isinstance(self.view, Router) else Limits()
        if not is_message(message, limits.body_bytes):
            await self.handle_invalid_message("The message is not valid in the protocol graphql-transport-ws.")
            return
        if message["type"] == "connection_init" and not await self._is_admitted(message.get("payload")):
            return
        if message["type"] == "subscribe" and self.connection_acknowledged:
            unsaid.sent.set(message["payload"])
            try:
                if isinstance(self.view, Router) and self.view.meter is not None:
                    self.view.meter.refuse(READS, unsaid.asked.get() or {})
                self._refuse_too_many(message["id"])
                if isinstance(self.context, Context):
                    await self.context.seen_now()  # The connection may be older than a change of roles.
                documents = self.view.documents if isinstance(self.view, Router) else Documents()
                message["payload"]["query"] = documents.text(message["payload"])
            except Problem as refused:
                errors = [ClientError(refused).formatted]
                await self.send_message(ErrorMessage(id=message["id"], type="error", payload=errors))
                return
        await super().handle_message(message)

    async def _is_admitted(self, payload: object) -> bool:
        """Whether the client may connect with what connection_init brings. If it may not, the connection is closed."""
        admit = self.view.admit if isinstance(self.view, Router) else None
        if self.connection_init_received or admit is None or not isinstance(self.websocket, TextFrames):
            return True
        try:
            await admit(self.websocket.ws, self.context, payload)
        except NotAdmitted as refusal:
            self.connection_init_received = True
            code = TRY_AGAIN if isinstance(refusal, IssuerUnavailable) else FORBIDDEN
            await self.websocket.close(code, refusal.code)
            return False
        return True

    def _refuse_too_many(self, operation_id: str) -> None:
        """Refuse an operation when the connection runs the most that it may. Raises Problem LIMIT_EXCEEDED."""
        most = self.max_subscriptions_per_connection
        if most is not None and operation_id not in self.operations and len(self.operations) >= most:
            raise Problem(
                f"The connection has too many operations. It may run at most {most} at a time.",
                LIMIT_EXCEEDED,
                limit="operations",
                allowed=most,
                asked=len(self.operations) + 1,
            )

    async def _send_result_stream(self, operation: Any, result_source: Any) -> None:
        async with aclosing(_with_refusals(result_source)) as results:
            await super()._send_result_stream(operation, results)

    @staticmethod
    def _get_pre_execution_close_reason(error: GraphQLError) -> str | None:  # noqa: ARG004 - the handler's argument
        """None: a document that cannot be read ends its own operation with an error, not the connection."""
        return None

    async def handle_task_exception(self, error: Exception) -> None:
        """Log *error*, unless it means that the client has disconnected."""
        if not isinstance(error, WebSocketDisconnected):
            await super().handle_task_exception(error)


async def _with_refusals(results: AsyncIterator[Any]) -> AsyncGenerator[Any, None]:
    """*results*, with the first changed to an error that ends the operation if nothing of the operation ran.

    The library does this itself for some errors only.
    """
    first = True
    async for result in results:
        errors = (result.errors or []) if first and isinstance(result, ExecutionResult) else []
        refused = bool(errors) and not began(result, [(error.extensions or {}).get("code") for error in errors])
        yield PreExecutionError(data=None, errors=errors) if refused else result
        first = False


class Events(SSETransport):
    """Server-sent events, one stream for each operation: graphql-sse in its "distinct connections" mode.

    https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
    """

    def accepts(self, accept: str) -> bool:
        """Whether the client prefers events to a single answer."""
        return _wants_events(accept)


class CheckedRequest(StarletteRequestAdapter):
    """A request, with the body that BodyGuard has *read*; None when it has not read one."""

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self.read: dict[str, Any] | None = request.scope.get(READ)


class Router(GraphQLRouter[Any, None]):
    """The router: errors with codes, the right media type and status, and our own console for browsers."""

    request_adapter_class = CheckedRequest
    websocket_adapter_class = TextFrames
    graphql_transport_ws_handler_class = Conversation
    stream_transport_classes_by_protocol: Mapping[str, type[HTTPStreamTransport]] = {GRAPHQL_SSE_PROTOCOL: Events}
    console: str = ""
    # Admits a WebSocket by what its connection_init brings. Raises NotAdmitted.
    admit: Callable[[HTTPConnection, Any, object], Awaitable[None]] | None = None
    limits = Limits()
    documents = Documents()
    meter: Meter | None = None

    def __init__(self, schema: Schema, path: str, context_of: Callable[[HTTPConnection], Awaitable[Any]]) -> None:
        """*context_of* returns the context of a request."""
        super().__init__(
            schema,
            path=path,
            context_getter=context_of,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL],
        )
        self._context_of = context_of

    def encode_json(self, data: object) -> bytes:
        """*data* as JSON, written by orjson."""
        return orjson.dumps(data)

    def decode_json(self, data: str | bytes) -> object:
        """The JSON *data*, read by orjson."""
        return orjson.loads(data)

    def should_render_graphql_ide(self, request: BaseRequestProtocol) -> bool:
        """Whether a browser opens the page, rather than a client that sends or names a document."""
        document = {"query", "documentId", "extensions"} & set(request.query_params)
        accept = request.headers.get("accept", "")
        return request.method == "GET" and not document and preferred(accept, (HTML_MEDIA, *OFFERED)) == HTML_MEDIA

    async def parse_http_body(self, request: Any) -> Any:
        """The operation that *request* asks for: from the body that BodyGuard has read, or from the query string."""
        body = request.read
        if body is None:
            operation: Any = await super().parse_http_body(request)
            # In a stream of events the status is sent before the library would refuse a mutation over GET.
            if operation.protocol != "http" and is_mutation(
                operation.query, operation.operation_name, self.limits.tokens
            ):
                raise HTTPException(405, "") from InvalidOperationTypeError(OperationType.MUTATION)
            return operation
        transport = self._get_stream_transport_from_headers(request.headers)
        return _operation_of(body, transport.protocol if transport else "http")

    async def posted(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a POST request whose body BodyGuard has read."""
        request = Request(scope, receive)
        context = await self._context_of(request)
        accept = request.headers.get("accept", "")
        if _wants_events(accept):
            answer = await self.run(request, context=context, root_value=None)
        else:
            answer = await self._single_answer(request, context, accept)
        await answer(scope, receive, send)

    async def _single_answer(self, request: Request, context: Any, accept: str) -> Response:
        """The answer to a POST request: the same as from ``run``, without the cases that cannot occur here."""
        try:
            result = await self.execute_single(
                request=request,
                request_adapter=CheckedRequest(request),
                sub_response=NOTHING_ADDED,
                context=context,
                root_value=None,
                request_data=_operation_of(request.scope[READ], "http"),
            )
        except (Problem, HTTPException) as error:
            return refused(error, accept)
        content = self.encode_json(await self.process_result(request, result))
        media = _preferred(accept)
        return Response(content, _status(request, media), _headers(request), f"{media}; charset=utf-8")

    def parse_query_params(self, params: Any) -> dict[str, Any]:
        """The operation of a GET request, with the document that it contains or names. Raises Problem."""
        request = dict(params)
        for name in ("variables", "extensions"):
            if request.get(name):
                try:
                    request[name] = self.decode_json(request[name])
                except orjson.JSONDecodeError as error:
                    raise Problem(f"'{name}' is not JSON in UTF-8.") from error
        return request | {"query": self.documents.text(request)}

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        """The answer to *result*: errors have codes and show nothing internal. If nothing ran, there is no ``data``."""
        response: GraphQLHTTPResponse = {"data": result.data}
        errors = [for_clients(error) for error in result.errors or ()]
        if errors:
            response["errors"] = list(errors)
        if result.extensions:
            response["extensions"] = result.extensions
        codes = {error["extensions"]["code"] for error in errors}
        never_ran = bool(errors) and not began(result, codes)
        if never_ran:
            response.pop("data", None)
        request.scope["fundtrail.never_ran"] = never_ran
        request.scope["fundtrail.unavailable"] = UNAVAILABLE in codes
        # The seconds until the rate allows the operation again; None if it was not above the rate.
        request.scope["fundtrail.wait"] = next(
            (error.beyond.seconds for error in result.errors or () if isinstance(error, RateLimited)), None
        )
        return response

    async def run(self, request: Any, context: Any = None, root_value: Any = None) -> Any:
        """Answer in the media type that the client prefers, with the status for that type."""
        try:
            response = await super().run(request, context=context, root_value=root_value)
        except (Problem, HTTPException) as error:
            return refused(error, request.headers.get("accept", ""))
        if request.scope["type"] != "http" or "fundtrail.never_ran" not in request.scope:
            return response
        return _as_preferred(request, response)

    async def get_sub_response(self, request: Request) -> Response:  # noqa: ARG002 - the stock router's arguments
        """The response to which resolvers could add headers; none does."""
        return NOTHING_ADDED

    def create_response(self, response_data: Any, sub_response: Response) -> Response:  # noqa: ARG002
        """The answer; ``run`` sets its media type and status afterwards."""
        return Response(self.encode_json(response_data), headers=VARIES, media_type=JSON_MEDIA)

    async def create_streaming_response(
        self,
        request: Request,
        stream: Callable[[], AsyncIterator[str]],
        sub_response: Response,  # noqa: ARG002 - the stock router's arguments
        headers: Mapping[str, str],
    ) -> EventStream:
        """The events of an operation. They end when the client disconnects, stops reading, or its token expires."""
        expires = caller_in(request.scope).expires
        seconds = None if expires is None else max(0.0, expires - time.time())
        return EventStream(stream(), {**headers, **VARIES}, seconds)

    async def render_graphql_ide(self, request: Request) -> HTMLResponse:  # noqa: ARG002 - one page for all
        """The console, for a browser that opens the page."""
        return HTMLResponse(self.console, headers={"content-security-policy": console.POLICY, **VARIES})


def began(result: ExecutionResult, codes: Iterable[object]) -> bool:
    """Whether any part of an operation ran. *codes* are the codes of its errors.

    An operation that was stopped had begun to run: it is unknown whether its command was recorded.
    """
    return result.data is not None or TIMED_OUT in codes or any(error.path is not None for error in result.errors or ())


def refused(error: Problem | HTTPException, accept: str) -> Response:
    """The answer to a request that is refused before its operation runs, in a media type that the client accepts."""
    media = _preferred(accept)
    # A valid request that cannot be answered has the same status as one whose document has errors.
    status = 400 if media == GRAPHQL_MEDIA or _wants_events(accept) else 200
    if isinstance(error, Problem):
        code = str((error.extensions or {})["code"])
        return problem(400 if code == BAD_USER_INPUT else status, error.message, code, media, VARIES)
    match error.__cause__:
        case InvalidOperationTypeError(operation_type=OperationType.SUBSCRIPTION):
            return problem(status, SUBSCRIBE, media=media, headers=VARIES)
        case InvalidOperationTypeError():
            return problem(405, ONLY_QUERIES, METHOD_NOT_ALLOWED, media, {"allow": "POST", **VARIES})
        case CannotGetOperationTypeError():
            return problem(status, sentence(error.reason), media=media, headers=VARIES)
    return problem(error.status_code, sentence(error.reason), media=media, headers=VARIES)


def is_mutation(query: str, operation_name: str | None, tokens: int) -> bool:
    """Whether the operation of this name is a mutation; without a name, the first one. False for a bad document."""
    try:
        definitions = parse(query, max_tokens=tokens).definitions
    except (GraphQLError, RecursionError):
        return False
    for definition in definitions:
        if isinstance(definition, OperationDefinitionNode):
            name = definition.name.value if definition.name else None
            if operation_name in (None, name):
                return definition.operation is GraphQLOperation.MUTATION
    return False


def _as_preferred(request: Request, response: Response) -> Response:
    """*response* in the media type that the client prefers, with the status for that type."""
    media = _preferred(request.headers.get("accept", ""))
    response.headers["content-type"] = f"{media}; charset=utf-8"
    response.headers.update(_headers(request))
    response.status_code = _status(request, media)
    return response


def _status(request: Request, media: str) -> int:
    """The status of an answer in this media type."""
    if request.scope["fundtrail.unavailable"]:
        return 503
    if request.scope["fundtrail.wait"] is not None:
        return 429
    return 400 if media == GRAPHQL_MEDIA and request.scope["fundtrail.never_ran"] else 200


def _headers(request: Request) -> dict[str, str]:
    wait = request.scope["fundtrail.wait"]
    return VARIES if wait is None else {**VARIES, "retry-after": f"{wait}"}


def _operation_of(body: Mapping[str, Any], protocol: Any) -> GraphQLRequestData:
    return GraphQLRequestData(
        query=body.get("query"),
        variables=body.get("variables"),
        operation_name=body.get("operationName"),
        extensions=body.get("extensions"),
        protocol=protocol,
    )


@lru_cache(maxsize=64)
def _preferred(accept: str) -> str:
    return preferred(accept)


@lru_cache(maxsize=64)
def _wants_events(accept: str) -> bool:
    return preferred(accept, (*OFFERED, EVENTS_MEDIA)) == EVENTS_MEDIA


def preferred(accept: str, offers: Sequence[str] = OFFERED) -> str:
    """The media type to answer in: the client's best of *offers*, application/json when it accepts none of them.

    A type that the client names exactly counts before a pattern such as ``text/*``. Among equals the first one counts.
    """
    ranks: dict[str, tuple[float, int]] = {}
    for place, part in enumerate(accept.split(",")):
        name, *parameters = part.split(";")
        ranks.setdefault(name.strip().lower(), (_quality(parameters), -place))
    best, media = (0.0, 0), JSON_MEDIA
    for offer in offers:
        names = (offer, f"{offer.partition('/')[0]}/*", "*/*")
        rank = next((ranks[name] for name in names if name in ranks), (0.0, 0))
        if rank > best:
            best, media = rank, offer
    return media


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                quality = float(value)
            except ValueError:
                return 0.0
            return min(quality, 1.0) if quality > 0 else 0.0
    return 1.0


class BodyGuard:
    """Refuses a request body that is not a GraphQL request, with a sentence and a code. It runs before the router.

    A valid request goes directly to *posted*. The routes and dependencies of *app* would take a third of the time of a
    short answer.
    """

    def __init__(self, app: App, path: str, limits: Limits, documents: Documents, posted: App) -> None:
        self._app = app
        self._posted = posted
        self._path = path
        self._limits = limits
        self._documents = documents

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != self._path or scope["method"] == "GET":
            await self._app(scope, receive, send)
            return
        checked = await self._checked(scope, receive)
        if isinstance(checked, Response):
            await checked(scope, receive, send)
        else:
            await self._posted({**scope, READ: checked}, receive, send)

    async def _checked(self, scope: Scope, receive: Receive) -> dict[str, Any] | Response:
        """The members of the request body, or the answer that refuses it."""
        headers = dict(scope["headers"])
        accept = headers.get(b"accept", b"").decode("latin-1")
        media = _preferred(accept)
        if scope["method"] not in METHODS:
            message = f"The method {scope['method']} is not supported. Use GET or POST for GraphQL."
            return problem(405, message, METHOD_NOT_ALLOWED, media, {"allow": ", ".join(METHODS), **VARIES})
        kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
        if kind != JSON_MEDIA.encode():
            return problem(415, NOT_JSON_MEDIA, media=media, headers=VARIES)
        most, seconds = self._limits.body_bytes, self._limits.operation_seconds
        try:
            async with NO_TIMEOUT if _has_arrived(receive) else asyncio.timeout(seconds):
                body = await _body_of(receive, most)
        except TimeoutError:
            message = f"The request did not arrive within {seconds:g} {'second' if seconds == 1 else 'seconds'}."
            return problem(408, message, TIMED_OUT, media, VARIES)
        if body is None:
            return too_large(most, headers.get(b"content-length", b""), media)
        try:
            request = read(body)
            unsaid.sent.set(request)
            return request | {"query": self._documents.text(request)}
        except Problem as error:
            return refused(error, accept)


NO_TIMEOUT = nullcontext()


def _has_arrived(receive: Receive) -> bool:
    """Whether the whole body has arrived. ASGI offers no way to ask: the attribute is one of uvicorn."""
    return getattr(getattr(receive, "__self__", None), "more_body", None) is False


async def _body_of(receive: Receive, most: int) -> bytes | None:
    """The body of a request; None when it is longer than *most* bytes."""
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return body
        body += message.get("body", b"")
        if len(body) > most:
            return None
        if not message.get("more_body"):
            return body


# The members of a request, and the types that each may have.
MEMBERS: dict[str, tuple[type, ...]] = {
    "query": (str, type(None)),
    "operationName": (str, type(None)),
    "variables": (dict, type(None)),
    "extensions": (dict, type(None)),
    "documentId": (str, type(None)),
}


def read(body: bytes) -> dict[str, Any]:
    """The request in *body*. Raises Problem when it is not a GraphQL request."""
    try:
        # orjson is strict: it refuses NaN, lone surrogates and nesting that is too deep.
        request = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Problem("The body is not JSON in UTF-8.") from error
    if not isinstance(request, dict):
        raise Problem("The body is not a JSON object with a query.")
    for name, kinds in MEMBERS.items():
        if not isinstance(request.get(name), kinds):
            raise Problem(f"'{name}' is not {'an object' if dict in kinds else 'a string'}.")
    return request


def is_message(message: object, most: int) -> bool:
    """Whether *message* is valid in graphql-transport-ws, with a query of at most *most* characters."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return False
    if message["type"] in ("subscribe", "complete") and not isinstance(message.get("id"), str):
        return False
    request = message.get("payload")
    return message["type"] != "subscribe" or (
        isinstance(request, dict)
        and all(isinstance(request.get(name), kinds) for name, kinds in MEMBERS.items())
        and len(request.get("query") or "") <= most
    )


def too_large(most: int, length: bytes, media: str) -> JSONResponse:
    """The answer to a body of more than *most* bytes. *length* is its Content-Length header, which may be empty."""
    asked = {"asked": int(length)} if re.fullmatch(rb"[0-9]{1,15}", length) else {}
    facts = {"limit": "bytes", "allowed": most} | asked
    message = f"The request is larger than {most} bytes."
    return problem(413, message, LIMIT_EXCEEDED, media, VARIES, facts)


def problem(
    status: int,
    message: str,
    code: str = BAD_USER_INPUT,
    media: str = JSON_MEDIA,
    headers: Mapping[str, str] | None = None,
    facts: Mapping[str, object] | None = None,
) -> JSONResponse:
    """An answer in the form of GraphQL errors, for a request that never reached GraphQL.

    *facts* are added to ``extensions``, after the code.
    """
    errors = [{"message": message, "extensions": {"code": code, **(facts or {})}}]
    return JSONResponse({"errors": errors}, status, headers, media)
