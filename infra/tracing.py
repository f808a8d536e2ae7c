"""Traces for a collector of OpenTelemetry: a span for each request, SQL statement and batch of events.

Nothing is imported and nothing is recorded unless a collector is set. A span has names and counts, never values.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.sql import Composable

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Tracer

PACKAGES = (
    "FUNDTRAIL_OTLP is set, but the packages for it are not installed. Install what pyproject.toml lists as"
    " `telemetry`: opentelemetry-sdk and opentelemetry-exporter-otlp-proto-http."
)
SERVICE = "fundtrail"
_NOTHING = nullcontext()
_STATEMENT = re.compile(r"^\s*(?:/\*.*?\*/\s*)?([A-Za-z]+)", re.DOTALL)
_RELATION = re.compile(r'\b(?:FROM|INTO|UPDATE|JOIN|COPY)\s+((?:"?[a-z_]+"?\.)?"?[a-z_]+"?)(?![\w(.])', re.IGNORECASE)

# Makes spans; None without a collector.
tracer: "Tracer | None" = None


class NotInstalled(Exception):
    """A collector is set, and the packages that send traces are not installed."""


@contextmanager
def sending(collector: str | None) -> Iterator[None]:
    """Send traces to *collector* until the end of the block; None sends none. Raises NotInstalled."""
    global tracer  # noqa: PLW0603 - a process has one collector, and what is traced is everywhere
    if collector is None:
        yield
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise NotInstalled(PACKAGES) from error
    exporter: SpanExporter = OTLPSpanExporter(endpoint=f"{collector}/v1/traces")
    provider = TracerProvider(resource=Resource.create({"service.name": SERVICE}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer(SERVICE)
    try:
        with _statements():
            yield
    finally:
        tracer = None
        provider.shutdown()


def request(scope: Mapping[str, Any], path: str, status: Callable[[], int]) -> AbstractContextManager[Any]:
    """The span of a request, below that of the client if it names one. *path* is its name among the metrics."""
    return _NOTHING if tracer is None else _request(tracer, scope, path, status)


@contextmanager
def _request(tracer: "Tracer", scope: Mapping[str, Any], path: str, status: Callable[[], int]) -> Iterator[None]:
    from opentelemetry.trace import SpanKind, StatusCode
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    given = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    above = TraceContextTextMapPropagator().extract(given)
    method = scope.get("method", "WEBSOCKET")
    with tracer.start_as_current_span(
        f"{method} {path}", above, SpanKind.SERVER, {"http.request.method": method, "http.route": path},
        record_exception=False, set_status_on_exception=False,
    ) as span:  # fmt: skip
        try:
            yield
        finally:
            span.set_attribute("http.response.status_code", status())
            if status() == 0 or status() >= 500:
                span.set_status(StatusCode.ERROR)


def span(name: str, **facts: int | str) -> AbstractContextManager[Any]:
    """A span within what is under way. An error is named by its class only, because its message may quote values."""
    return _NOTHING if tracer is None else _span(tracer, name, facts)


@contextmanager
def _span(tracer: "Tracer", name: str, facts: Mapping[str, int | str]) -> Iterator[None]:
    from opentelemetry.trace import SpanKind, StatusCode

    attributes = {f"fundtrail.{key}": value for key, value in facts.items()}
    with tracer.start_as_current_span(
        name, None, SpanKind.INTERNAL, attributes, record_exception=False, set_status_on_exception=False
    ) as made:
        try:
            yield
        except BaseException as error:
            made.set_attribute("error.type", type(error).__name__)
            made.set_status(StatusCode.ERROR)
            raise


def batch(models: list[str], events: int, reached: int, seconds: float) -> None:
    """The span of a batch of the projector that ends now, with the position that its *models* have *reached*."""
    if tracer is None:
        return
    attributes: dict[str, Any] = {"fundtrail.models": models, "fundtrail.events": events, "fundtrail.position": reached}
    ended = time.time_ns()
    tracer.start_span("batch", attributes=attributes, start_time=ended - int(seconds * 1e9)).end(ended)


def _name_of(statement: Any) -> str:
    """What is done, and the first table: "SELECT read.awards". A name has no values."""
    if isinstance(statement, Composable):
        statement = statement.as_string(None)
    text = statement.decode(errors="replace") if isinstance(statement, bytes) else str(statement)
    verb, relation = _STATEMENT.match(text), _RELATION.search(text)
    return " ".join(found[1] for found in (verb, relation) if found) or "statement"


@contextmanager
def _statements() -> Iterator[None]:
    """Make each statement within a request a span, whatever cursor runs it, until the end of the block."""
    execute, execute_async = psycopg.Cursor.execute, psycopg.AsyncCursor.execute

    def traced(cursor: Any, query: Any, *given: Any, **options: Any) -> Any:
        with _statement(query):
            return execute(cursor, query, *given, **options)

    async def traced_async(cursor: Any, query: Any, *given: Any, **options: Any) -> Any:
        with _statement(query):
            return await execute_async(cursor, query, *given, **options)

    # psycopg has no hook, and a factory of cursors would miss the cursors that are made by their class.
    setattr(psycopg.Cursor, "execute", traced)  # noqa: B010 - mypy takes a method for a constant
    setattr(psycopg.AsyncCursor, "execute", traced_async)  # noqa: B010
    try:
        yield
    finally:
        setattr(psycopg.Cursor, "execute", execute)  # noqa: B010
        setattr(psycopg.AsyncCursor, "execute", execute_async)  # noqa: B010


def _statement(query: Any) -> AbstractContextManager[Any]:
    from opentelemetry.trace import get_current_span

    return span(_name_of(query), db="postgresql") if get_current_span().is_recording() else _NOTHING
