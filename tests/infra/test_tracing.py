"""Traces: a collector receives a span for each request, statement and batch, and no value of any of them."""

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from infra import tracing
from infra.database.postgres import Database
from infra.settings import BadSetting, settings
from tests.infra.web.edge.test_access_lines import REGISTER
from tests.kit.paths import ROOT
from tests.kit.web.served import served

TRACE, ABOVE = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CANARY = "canary-of-a-variable"
QUERY = '{ bids(filter: { text: "canary-of-a-literal" }) { nodes { id } } }'


@contextmanager
def collector() -> Iterator[tuple[str, list[Any]]]:
    """A collector of traces on loopback: its address, and the spans that it has received."""
    spans: list[Any] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            assert "/v1/traces" == self.path
            received = ExportTraceServiceRequest.FromString(body)
            spans.extend(
                span for resource in received.resource_spans for scope in resource.scope_spans for span in scope.spans
            )
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", spans
        server.shutdown()
        thread.join()


def attributes(span: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in span.attributes}


@pytest.fixture
def traced(programme: Database) -> list[Any]:
    """The spans of a question, a command and its batches."""
    with collector() as (address, spans):
        with tracing.sending(address), served(programme) as api:
            headers = {"traceparent": f"00-{TRACE}-{ABOVE}-01"}
            assert 200 == api.post(QUERY, None, **headers).status_code
            variables = {"id": CANARY, "code": CANARY}
            answer = api.post(REGISTER, variables, **headers).json()
            assert answer["data"]["registerOrganisation"]["events"]
            assert 404 == api.http.get(f"/nothing?text={CANARY}").status_code
        # What was not sent yet is sent when the sending ends.
        assert tracing.tracer is None
        return spans


def test_a_collector_receives_requests_with_their_statements_below_them(traced: list[Any]) -> None:
    requests = [span for span in traced if span.name == "POST /graphql"]
    assert 2 == len(requests)
    for request in requests:
        # The client's own span is above that of the request.
        assert (TRACE, ABOVE) == (request.trace_id.hex(), request.parent_span_id.hex())
        assert ("/graphql", 200) == tuple(
            attributes(request)[name] for name in ("http.route", "http.response.status_code")
        )
        below = [span for span in traced if span.parent_span_id == request.span_id]
        assert below
        assert {TRACE} == {span.trace_id.hex() for span in below}
        assert all(request.start_time_unix_nano <= span.start_time_unix_nano for span in below)
    names = {span.name for span in traced}
    assert any(name.startswith(("SELECT", "WITH")) for name in names), names
    (appended,) = [span for span in traced if span.name == "append"]
    assert {"fundtrail.commands": 1, "fundtrail.events": 1} == attributes(appended)
    assert appended.parent_span_id in {request.span_id for request in requests}


def test_a_batch_of_the_projector_names_its_read_models_and_counts_its_events(traced: list[Any]) -> None:
    batches = [span for span in traced if span.name == "batch"]
    assert batches
    for batch in batches:
        found = attributes(batch)
        assert 1 <= found["fundtrail.events"] <= found["fundtrail.position"]
        assert batch.start_time_unix_nano < batch.end_time_unix_nano


def test_no_span_has_a_value_of_a_request(traced: list[Any]) -> None:
    text = " ".join(str(span) for span in traced)
    assert "canary" not in text
    # The control: the names that spans may have are found in the same way.
    assert "fundtrail.events" in text


def test_a_statement_is_named_by_what_it_does_and_to_which_table() -> None:
    names = {
        "SELECT text, subject FROM log.references WHERE kind = 'secret'": "SELECT log.references",
        "  WITH found AS (SELECT 1 FROM read.bids WHERE code = 'secret') SELECT 'secret'": "WITH read.bids",
        b"INSERT INTO read.bids VALUES ('secret')": "INSERT read.bids",
        "SET statement_timeout = 5": "SET",
        "'secret'": "statement",
    }
    assert list(names.values()) == [tracing._name_of(statement) for statement in names]


LOADED = """
import sys
from infra.web.app import create_app
from infra.database.postgres import Database
create_app(Database(""))
print(sorted(name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter"))))
"""
WITHOUT_PACKAGES = """
import sys
sys.modules["opentelemetry.exporter"] = None
sys.argv = ["fundtrail", "project"]
from infra.cli.main import main
main()
"""


def ran(program: str, **environ: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], **environ}
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip


def test_without_a_collector_nothing_is_imported() -> None:
    assert "[]\n" == ran(LOADED).stdout


def test_with_a_collector_it_is() -> None:
    """The control."""
    begun = LOADED.replace('create_app(Database(""))', "from infra import tracing; tracing.sending('x').__enter__()")
    assert "opentelemetry.sdk" in ran(begun.replace("'x'", "'http://127.0.0.1:9'")).stdout


def test_without_the_packages_a_collector_is_refused_in_words(programme: Database) -> None:
    refused = ran(WITHOUT_PACKAGES, DATABASE_URL=programme.url, FUNDTRAIL_OTLP="http://127.0.0.1:9")
    assert 2 == refused.returncode
    assert "FUNDTRAIL_OTLP is set, but the packages for it are not installed." in " ".join(refused.stderr.split())
    assert "Traceback" not in refused.stderr


def test_a_collector_that_is_away_disturbs_nobody(shared_programme: Database) -> None:
    with tracing.sending("http://127.0.0.1:9"), served(shared_programme, projector=False) as api:
        answer: httpx.Response = api.post("{ log { position } }")
        assert (200, ["data", "extensions"]) == (answer.status_code, sorted(json.loads(answer.text)))


@pytest.mark.parametrize("address", ["http://127.0.0.1:4318", "http://localhost:4318/", "https://traces.example.org"])
def test_a_collector_is_on_loopback_or_reached_by_https(address: str) -> None:
    assert address.rstrip("/") == settings({"FUNDTRAIL_OTLP": address}).otlp
    assert settings({}).otlp is None


@pytest.mark.parametrize("address", ["http://traces.example.org", "127.0.0.1:4318", "ftp://x", "https://a.example/v1"])
def test_any_other_address_is_refused(address: str) -> None:
    with pytest.raises(BadSetting, match="FUNDTRAIL_OTLP"):
        settings({"FUNDTRAIL_OTLP": address})
