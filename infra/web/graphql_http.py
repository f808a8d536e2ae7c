"""GraphQL over HTTP: what the draft specification asks for where the stock router answers otherwise.

Draft: https://graphql.github.io/graphql-over-http/draft/
"""

import asyncio
import re
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
from infra.web import console
from infra.web.documents import Documents
from infra.web.slow_readers import CLOSED_FOR_SLOWNESS, LAST_WORDS, App, EventStream, Receive, Scope, Send, TooSlow

GRAPHQL_MEDIA = "application/graphql-response+json"
JSON_MEDIA = "application/json"
EVENTS_MEDIA = "text/event-stream"
HTML_MEDIA = "text/html"
# What there is for one answer, the first of it for who takes any.
OFFERED = (JSON_MEDIA, GRAPHQL_MEDIA)
# Whoever keeps answers must keep those for one Accept from those for another.
VARIES = {"vary": "Accept"}
METHODS = ("GET", "POST")
METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
NOTHING_ADDED = Response()
# Under this name a request's scope holds what was read of its body.
READ = "fundtrail.read"
SUBSCRIBE = "Subscriptions go over a WebSocket that speaks graphql-transport-ws, or as text/event-stream."


class TextFrames(ASGIWebSocketAdapter):
    """WebSocket messages as text: clients of graphql-transport-ws refuse binary frames."""

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
                await self.close(CLOSED_FOR_SLOWNESS, LAST_WORDS)
            raise WebSocketDisconnected from error


class Conversation(BaseGraphQLTransportWSHandler[Any, None]):
    """The messages of a WebSocket, each of which must have the form of the protocol before it is acted on."""

    async def handle_message(self, message: Any) -> None:
        """Act on *message*, or close the connection with 4400."""
        limits = self.view.limits if isinstance(self.view, Router) else Limits()
        if not is_message(message, limits.body_bytes):
            await self.handle_invalid_message("The message is none of graphql-transport-ws")
            return
        if message["type"] == "subscribe" and self.connection_acknowledged:
            try:
                self._refuse_one_more(message["id"])
                documents = self.view.documents if isinstance(self.view, Router) else Documents()
                message["payload"]["query"] = documents.text(message["payload"])
            except Problem as refused:
                errors = [ClientError(refused).formatted]
                await self.send_message(ErrorMessage(id=message["id"], type="error", payload=errors))
                return
        await super().handle_message(message)

    def _refuse_one_more(self, asked: str) -> None:
        """Refuse an operation beside so many others. Raises Problem LIMIT_EXCEEDED."""
        most = self.max_subscriptions_per_connection
        if most is not None and asked not in self.operations and len(self.operations) >= most:
            raise Problem(
                f"One connection has at most {most} operations at a time.",
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
        """None: a document that cannot be read is an error of its own, and the other operations go on."""
        return None

    async def handle_task_exception(self, error: Exception) -> None:
        """Log *error*, unless it is that the client is gone."""
        if not isinstance(error, WebSocketDisconnected):
            await super().handle_task_exception(error)


async def _with_refusals(results: AsyncIterator[Any]) -> AsyncGenerator[Any, None]:
    """*results*, the first as one that ends the operation where nothing ran, as the library tells some of them."""
    first = True
    async for result in results:
        errors = (result.errors or []) if first and isinstance(result, ExecutionResult) else []
        refused = bool(errors) and not began(result, [(error.extensions or {}).get("code") for error in errors])
        yield PreExecutionError(data=None, errors=errors) if refused else result
        first = False


class Events(SSETransport):
    """Operations of which each is a stream of events of its own: graphql-sse in its mode of distinct connections.

    https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
    """

    def accepts(self, accept: str) -> bool:
        """Whether the client would rather have events than a single answer."""
        return _wants_events(accept)


class Asked(StarletteRequestAdapter):
    """A request, with what BodyGuard has *read* of it; None where it has not."""

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self.read: dict[str, Any] | None = request.scope.get(READ)


class Router(GraphQLRouter[Any, None]):
    """The router: coded errors, the right media type and status, and a console of our own for browsers."""

    request_adapter_class = Asked
    websocket_adapter_class = TextFrames
    graphql_transport_ws_handler_class = Conversation
    stream_transport_classes_by_protocol: Mapping[str, type[HTTPStreamTransport]] = {GRAPHQL_SSE_PROTOCOL: Events}
    console: str = ""
    limits = Limits()
    documents = Documents()

    def __init__(self, schema: Schema, path: str, asking: Callable[[HTTPConnection], Awaitable[Any]]) -> None:
        """*asking* gives the context of a request."""
        super().__init__(
            schema,
            path=path,
            context_getter=asking,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL],
        )
        self._asking = asking

    def encode_json(self, data: object) -> bytes:
        """JSON by orjson."""
        return orjson.dumps(data)

    def decode_json(self, data: str | bytes) -> object:
        """JSON by orjson."""
        return orjson.loads(data)

    def should_render_graphql_ide(self, request: BaseRequestProtocol) -> bool:
        """Whether a browser came by, rather than a client that names a document."""
        asked = {"query", "documentId", "extensions"} & set(request.query_params)
        accept = request.headers.get("accept", "")
        return request.method == "GET" and not asked and preferred(accept, (HTML_MEDIA, *OFFERED)) == HTML_MEDIA

    async def parse_http_body(self, request: Any) -> Any:
        """What is asked for: what BodyGuard has read, where it has."""
        asked = request.read
        if asked is None:
            wanted: Any = await super().parse_http_body(request)
            # As events it would be told too late for a status.
            if wanted.protocol != "http" and is_mutation(wanted.query, wanted.operation_name, self.limits.tokens):
                raise HTTPException(405, "") from InvalidOperationTypeError(OperationType.MUTATION)
            return wanted
        transport = self._get_stream_transport_from_headers(request.headers)
        return _asked_for(asked, transport.protocol if transport else "http")

    async def posted(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what is posted, of which BodyGuard has read the body."""
        request = Request(scope, receive)
        context = await self._asking(request)
        if _wants_events(request.headers.get("accept", "")):
            answer = await self.run(request, context=context, root_value=None)
        else:
            answer = await self._at_once(request, context)
        await answer(scope, receive, send)

    async def _at_once(self, request: Request, context: Any) -> Response:
        """The one answer to what is posted: all that ``run`` comes to for it, which looks for much else."""
        try:
            result = await self.execute_single(
                request=request,
                request_adapter=Asked(request),
                sub_response=NOTHING_ADDED,
                context=context,
                root_value=None,
                request_data=_asked_for(request.scope[READ], "http"),
            )
        except (Problem, HTTPException) as error:
            return refused(error, request.headers.get("accept", ""))
        told = self.encode_json(await self.process_result(request, result))
        media = _preferred(request.headers.get("accept", ""))
        return Response(told, _status(request, media), VARIES, f"{media}; charset=utf-8")

    def parse_query_params(self, params: Any) -> dict[str, Any]:
        """What a GET asks for, with the document that it names. Raises Problem."""
        request = dict(params)
        for name in ("variables", "extensions"):
            if request.get(name):
                try:
                    request[name] = self.decode_json(request[name])
                except orjson.JSONDecodeError as error:
                    raise Problem(f"'{name}' is not JSON in UTF-8.") from error
        return request | {"query": self.documents.text(request)}

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        """Tell errors with a code and without internals; a request that never ran has no ``data`` entry."""
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
        return response

    async def run(self, request: Any, context: Any = None, root_value: Any = None) -> Any:
        """Answer, with the media type that the client prefers and the status that goes with it."""
        try:
            response = await super().run(request, context=context, root_value=root_value)
        except (Problem, HTTPException) as error:
            return refused(error, request.headers.get("accept", ""))
        if request.scope["type"] != "http" or "fundtrail.never_ran" not in request.scope:
            return response
        return _as_preferred(request, response)

    async def get_sub_response(self, request: Request) -> Response:  # noqa: ARG002 - the stock router's arguments
        """What a resolver could add headers to; none does."""
        return NOTHING_ADDED

    def create_response(self, response_data: Any, sub_response: Response) -> Response:  # noqa: ARG002
        """The answer; its media type and status are those that the client prefers."""
        return Response(self.encode_json(response_data), headers=VARIES, media_type=JSON_MEDIA)

    async def create_streaming_response(
        self,
        request: Request,  # noqa: ARG002 - the stock router's arguments
        stream: Callable[[], AsyncIterator[str]],
        sub_response: Response,  # noqa: ARG002 - the stock router's arguments
        headers: Mapping[str, str],
    ) -> EventStream:
        """The events of an operation, which end when the client goes or does not read."""
        return EventStream(stream(), headers={**headers, **VARIES})

    async def render_graphql_ide(self, request: Request) -> HTMLResponse:  # noqa: ARG002 - one page for all
        """The console, for a browser that comes by."""
        return HTMLResponse(self.console, headers={"content-security-policy": console.POLICY, **VARIES})


def began(result: ExecutionResult, codes: Iterable[object]) -> bool:
    """Whether anything of an operation ran, whose errors have these *codes*.

    What was stopped had begun: of a command nobody knows whether it took place.
    """
    return result.data is not None or TIMED_OUT in codes or any(error.path is not None for error in result.errors or ())


def refused(error: Problem | HTTPException, accept: str) -> Response:
    """The answer to what is refused before it comes to an operation, in what the client will *accept*."""
    media = _preferred(accept)
    # What is a request, and cannot be answered, is told under the same status as what comes of other such requests.
    status = 400 if media == GRAPHQL_MEDIA or _wants_events(accept) else 200
    if isinstance(error, Problem):
        code = str((error.extensions or {})["code"])
        return problem(400 if code == BAD_USER_INPUT else status, error.message, code, media, VARIES)
    match error.__cause__:
        case InvalidOperationTypeError(operation_type=OperationType.SUBSCRIPTION):
            return problem(status, SUBSCRIBE, media=media, headers=VARIES)
        case InvalidOperationTypeError():
            return problem(405, "Only queries go by GET.", METHOD_NOT_ALLOWED, media, {"allow": "POST", **VARIES})
        case CannotGetOperationTypeError():
            return problem(status, sentence(error.reason), media=media, headers=VARIES)
    return problem(error.status_code, sentence(error.reason), media=media, headers=VARIES)


def is_mutation(query: str, operation_name: str | None, tokens: int) -> bool:
    """Whether the operation of this name, the first without one, is a mutation; not where the document is none."""
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
    """*response* to what an operation came to, with the media type that the client prefers and the status for it."""
    media = _preferred(request.headers.get("accept", ""))
    response.headers["content-type"] = f"{media}; charset=utf-8"
    response.status_code = _status(request, media)
    return response


def _status(request: Request, media: str) -> int:
    """The status for what an operation came to, in this media type."""
    if request.scope["fundtrail.unavailable"]:
        return 503
    return 400 if media == GRAPHQL_MEDIA and request.scope["fundtrail.never_ran"] else 200


def _asked_for(asked: Mapping[str, Any], protocol: Any) -> GraphQLRequestData:
    return GraphQLRequestData(
        query=asked.get("query"),
        variables=asked.get("variables"),
        operation_name=asked.get("operationName"),
        extensions=asked.get("extensions"),
        protocol=protocol,
    )


@lru_cache(maxsize=64)
def _preferred(accept: str) -> str:
    return preferred(accept)


@lru_cache(maxsize=64)
def _wants_events(accept: str) -> bool:
    return preferred(accept, (*OFFERED, EVENTS_MEDIA)) == EVENTS_MEDIA


def preferred(accept: str, offers: Sequence[str] = OFFERED) -> str:
    """The media type to answer in: the client's best of *offers*, application/json where it takes none of them.

    What it says of a type counts before what it says of types like it, and of equals that which it names first.
    """
    said: dict[str, tuple[float, int]] = {}
    for place, part in enumerate(accept.split(",")):
        name, *parameters = part.split(";")
        said.setdefault(name.strip().lower(), (_quality(parameters), -place))
    best, media = (0.0, 0), JSON_MEDIA
    for offer in offers:
        names = (offer, f"{offer.partition('/')[0]}/*", "*/*")
        found = next((said[name] for name in names if name in said), (0.0, 0))
        if found > best:
            best, media = found, offer
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
    """In front of the router: a body that cannot be a GraphQL request is refused, by a clear sentence and a code.

    One that can goes to *posted*, past the routes and dependencies of *app*, which would take a third of a short
    answer's time.
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
        asked = await self._asked(scope, receive)
        if isinstance(asked, Response):
            await asked(scope, receive, send)
        else:
            await self._posted({**scope, READ: asked}, receive, send)

    async def _asked(self, scope: Scope, receive: Receive) -> dict[str, Any] | Response:
        """What is asked for, or the answer that refuses it."""
        headers = dict(scope["headers"])
        accept = headers.get(b"accept", b"").decode("latin-1")
        media = _preferred(accept)
        if scope["method"] not in METHODS:
            message = f"GraphQL is asked by GET or POST, not {scope['method']}."
            return problem(405, message, METHOD_NOT_ALLOWED, media, {"allow": ", ".join(METHODS), **VARIES})
        kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
        if kind != JSON_MEDIA.encode():
            return problem(415, "Send the request as application/json.", media=media, headers=VARIES)
        most, seconds = self._limits.body_bytes, self._limits.operation_seconds
        try:
            async with NO_HURRY if _is_here(receive) else asyncio.timeout(seconds):
                body = await _whole(receive, most)
        except TimeoutError:
            message = f"The request did not arrive within {seconds:g} seconds."
            return problem(408, message, TIMED_OUT, media, VARIES)
        if body is None:
            return too_large(most, headers.get(b"content-length", b""), media)
        try:
            request = read(body)
            return request | {"query": self._documents.text(request)}
        except Problem as error:
            return refused(error, accept)


NO_HURRY = nullcontext()


def _is_here(receive: Receive) -> bool:
    """Whether all of the body has arrived already. ASGI has no word for it: this is uvicorn's own."""
    return getattr(getattr(receive, "__self__", None), "more_body", None) is False


async def _whole(receive: Receive, most: int) -> bytes | None:
    """The body; None when it is longer than *most* bytes."""
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


MEMBERS: dict[str, tuple[type, ...]] = {
    "query": (str, type(None)),
    "operationName": (str, type(None)),
    "variables": (dict, type(None)),
    "extensions": (dict, type(None)),
    "documentId": (str, type(None)),
}


def read(body: bytes) -> dict[str, Any]:
    """The request that *body* holds. Raises Problem, saying why it is none."""
    try:
        # The strict reader: it refuses NaN, lone surrogates and nesting that is too deep.
        request = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Problem("The body is not JSON in UTF-8.") from error
    if not isinstance(request, dict):
        raise Problem("The body is not a JSON object with a query.")
    for name, kinds in MEMBERS.items():
        if not isinstance(request.get(name), kinds):
            raise Problem(f"'{name}' is of the wrong kind.")
    return request


def is_message(message: object, most: int) -> bool:
    """Whether *message* has the form of graphql-transport-ws, so far as its kind needs one, and no more than *most*."""
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


def too_large(most: int, told: bytes, media: str) -> JSONResponse:
    """The answer to a body of more than *most* bytes. How many more there are is known where *told* ahead, or not."""
    facts = {"limit": "bytes", "allowed": most} | ({"asked": int(told)} if re.fullmatch(rb"[0-9]{1,15}", told) else {})
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
    """An answer in the form of GraphQL errors, for what never reached GraphQL. *facts* go beside the code."""
    errors = [{"message": message, "extensions": {"code": code, **(facts or {})}}]
    return JSONResponse({"errors": errors}, status, headers, media)
