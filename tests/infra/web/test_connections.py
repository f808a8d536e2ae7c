"""What is refused before a request is parsed: it costs little, delays nobody, and each refusal has a code."""

import json
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from api.limits.weighing import Limits
from infra.database.postgres import Database
from tests.infra.web.test_slow_readers import served_ports
from tests.kit.web.served import PATIENCE, Api, meanwhile, served, until

MEGABYTE = 1024 * 1024
HUGE = 150
GET = b"GET /health HTTP/1.1\r\nhost: localhost\r\n"


@pytest.fixture(scope="module")
def impatient(shared_programme: Database) -> Iterator[Api]:
    """An application that waits 1.5 seconds for headers."""
    with served(shared_programme, projector=False, limits=Limits(header_seconds=1.5)) as api:
        yield api


@contextmanager
def connected(api: Api) -> Iterator[socket.socket]:
    """An open connection to the application."""
    host, port = api.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as opened:
        yield opened


def answered(opened: socket.socket, *pieces: bytes) -> tuple[int, dict[str, Any]]:
    """The status and the body of the answer to *pieces*, after which the server closes the connection."""
    for piece in pieces:
        opened.sendall(piece)
    received = b"".join(iter(lambda: opened.recv(65536), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


def refusal(api: Api, *pieces: bytes) -> tuple[int, str, str]:
    """The status, the code and the limit of the refusal of *pieces*."""
    with connected(api) as opened:
        status, answer = answered(opened, *pieces)
    (error,) = answer["errors"]
    assert error["message"].endswith(".")
    return status, error["extensions"]["code"], error["extensions"].get("limit", "")


def longest_wait(api: Api, stop: threading.Event, waits: list[float]) -> None:
    """Ask for /health until *stop*, and note how long each answer took."""
    with httpx.Client(base_url=api.url, timeout=PATIENCE) as client:
        while not stop.is_set():
            began = time.monotonic()
            assert 200 == client.get("/health").status_code
            waits.append(time.monotonic() - began)
            time.sleep(0.01)


# --- Headers and URLs that are too large ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "refused"),
    [
        (GET + b"x-large: ", (431, "LIMIT_EXCEEDED", "header_bytes")),
        (GET, (431, "LIMIT_EXCEEDED", "header_bytes")),
        (b"GET /", (414, "LIMIT_EXCEEDED", "url_bytes")),
        (b"GET /graphql?query=", (414, "LIMIT_EXCEEDED", "url_bytes")),
    ],
    ids=["value of a header", "name of a header", "path", "query string"],
)
def test_a_header_or_url_of_150_megabytes_is_refused_and_delays_nobody(
    shared_api: Api, start: bytes, refused: tuple[int, str, str]
) -> None:
    waits: list[float] = []
    with meanwhile(lambda stop: longest_wait(shared_api, stop, waits)):
        until(lambda: waits, "the first answer came")
        assert refused == refusal(shared_api, start, *[b"x" * MEGABYTE] * HUGE)
    assert max(waits) < 1, max(waits)


def test_many_small_headers_are_refused_together(shared_api: Api) -> None:
    many = b"".join(b"x-%d: y\r\n" % number for number in range(8000))
    assert (431, "LIMIT_EXCEEDED", "header_bytes") == refusal(shared_api, GET, many, b"\r\n")


def test_empty_lines_before_a_request_are_bounded(shared_api: Api) -> None:
    assert 431 == refusal(shared_api, b"\r\n" * MEGABYTE)[0]


def test_headers_after_a_body_in_chunks_are_bounded(shared_api: Api) -> None:
    start = GET.replace(b"GET", b"POST") + b"transfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nx-large: "
    with connected(shared_api) as opened:
        opened.sendall(start)
        assert opened.recv(65536).startswith(b"HTTP/1.1 405")
        assert 431 == answered(opened, *[b"x" * MEGABYTE] * HUGE)[0]


@pytest.mark.parametrize("size", [60_000, 65_000])
def test_headers_within_64_kilobytes_are_accepted(shared_api: Api, size: int) -> None:
    """The control."""
    assert 200 == shared_api.http.get("/health", headers={"x-large": "y" * size}).status_code


def test_a_url_within_48_kilobytes_is_accepted(shared_api: Api) -> None:
    """The control."""
    query = "{ log { position } }" + " " * 45_000
    answer = shared_api.http.get(f"/graphql?query={query.replace(' ', '+')}", headers={"accept": "application/json"})
    assert 200 == answer.status_code
    assert "position" in answer.text


def test_what_is_not_http_is_refused_with_a_code(shared_api: Api) -> None:
    assert (400, "BAD_USER_INPUT", "") == refusal(shared_api, b"\x16\x03\x01 hello\r\n\r\n")


# --- Headers that are too slow ----------------------------------------------------------------------------------------


def open_of(api: Api, connections: Iterable[socket.socket]) -> int:
    """How many of *connections* the server keeps open."""
    return len({one.getsockname()[1] for one in connections} & served_ports(api))


@pytest.mark.parametrize("start", [GET, b"GET /hea", b"\r\n", b""], ids=["header", "url", "empty line", "nothing"])
def test_300_connections_with_slow_headers_are_closed(impatient: Api, start: bytes) -> None:
    with ExitStack() as stack:
        opened = [stack.enter_context(connected(impatient)) for _ in range(300)]
        for one in opened:
            one.sendall(start)
        until(lambda: 300 == open_of(impatient, opened), "all are connected", seconds=1.4)
        assert 200 == httpx.get(f"{impatient.url}/health").status_code
        until(lambda: 0 == open_of(impatient, opened), "all are closed", seconds=5)


def test_a_header_that_comes_drop_by_drop_is_answered_with_408(impatient: Api) -> None:
    with connected(impatient) as opened:
        opened.sendall(GET)
        with meanwhile(lambda stop: drops(opened, stop)):
            status, answer = answered(opened)
    assert (408, "TIMED_OUT") == (status, answer["errors"][0]["extensions"]["code"])


def drops(opened: socket.socket, stop: threading.Event) -> None:
    """Send a byte of a header every tenth of a second."""
    while not stop.wait(0.1):
        try:
            opened.sendall(b"x")
        except OSError:
            return


def test_the_second_request_of_a_connection_has_the_same_time(impatient: Api) -> None:
    with connected(impatient) as opened:
        opened.sendall(GET + b"\r\n")
        assert opened.recv(65536).startswith(b"HTTP/1.1 200")
        opened.sendall(GET)
        status, _ = answered(opened)
    assert 408 == status


def test_a_request_that_is_being_answered_has_no_such_time(impatient: Api) -> None:
    """The control: a stream of events lasts longer than headers may take."""
    query = "subscription { events { position } }"
    body = {"query": query}
    accept = {"accept": "text/event-stream"}
    with httpx.stream("POST", f"{impatient.url}/graphql", json=body, headers=accept, timeout=PATIENCE) as stream:
        port = stream.extensions["network_stream"].get_extra_info("client_addr")[1]
        time.sleep(2)
        assert port in served_ports(impatient)


# --- Too many connections ---------------------------------------------------------------------------------------------


def test_one_connection_too_many_is_refused_with_503_and_one_less_lets_the_next_in(shared_programme: Database) -> None:
    with served(shared_programme, projector=False, limits=Limits(connections=5)) as api, ExitStack() as stack:
        opened = [stack.enter_context(connected(api)) for _ in range(5)]
        until(lambda: 5 == open_of(api, opened), "all are connected")
        assert (503, "UNAVAILABLE", "") == refusal(api)
        opened[0].close()
        until(lambda: 4 == open_of(api, opened[1:]), "one has gone")
        until(lambda: 200 == status_of_health(api), "the next is answered")


def status_of_health(api: Api) -> int:
    """The status that a new connection gets; 0 when it is closed before its request is read."""
    try:
        return httpx.get(f"{api.url}/health").status_code
    except httpx.TransportError:
        return 0


# --- Headers that decide something ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("X-Fundtrail-Actor", ("jo", "sam")),
        ("X-Fundtrail-Actor", ("jo", "jo")),
        ("Content-Type", ("application/json", "text/plain")),
        ("Origin", ("http://localhost", "https://elsewhere.example")),
        ("Host", ("localhost", "localhost")),
    ],
)
@pytest.mark.parametrize("path", ["/graphql", "/health", "/export/awards.csv"])
def test_two_headers_are_refused_where_one_decides(
    shared_api: Api, name: str, values: tuple[str, str], path: str
) -> None:
    body = b'{"query":"{log{position}}"}'
    head = f"POST {path} HTTP/1.1\r\ncontent-length: {len(body)}\r\nconnection: close\r\n"
    given = [(name, value) for value in values]
    given += [
        (each, value) for each, value in (("Host", "localhost"), ("Content-Type", "application/json")) if each != name
    ]
    sent = head + "".join(f"{each}: {value}\r\n" for each, value in given) + "\r\n"
    with connected(shared_api) as opened:
        status, answer = answered(opened, sent.encode() + body)
    (error,) = answer["errors"]
    assert (400, "BAD_USER_INPUT") == (status, error["extensions"]["code"])
    assert name in error["message"]


def test_nobody_answers_to_the_name_of_a_test_server(shared_api: Api) -> None:
    assert 400 == shared_api.http.get("/health", headers={"host": "testserver"}).status_code


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/health"),
        ("GET", "/metrics"),
        ("GET", "/graphql"),
        ("GET", "/nothing"),
        ("POST", "/graphql"),
        ("GET", "/export/awards.csv"),
        ("GET", "/export/awards.xlsx"),
        ("GET", f"/{'x' * 50_000}"),
    ],
)
def test_no_browser_guesses_a_type(shared_api: Api, method: str, path: str) -> None:
    answer = shared_api.http.request(method, path)
    assert ["nosniff"] == answer.headers.get_list("x-content-type-options")


# --- WebSockets from pages of other sites -----------------------------------------------------------------------------


def handshake(api: Api, origin: str | None, **headers: str) -> int:
    """The status of the answer to a request for a WebSocket by a page of *origin*."""
    url = f"{api.url.replace('http', 'ws')}/graphql"
    protocols = [Subprotocol("graphql-transport-ws")]
    try:
        with connect(
            url, origin=None if origin is None else Origin(origin), subprotocols=protocols, additional_headers=headers
        ) as opened:
            assert opened.response is not None
            return opened.response.status_code
    except InvalidStatus as refused:
        return refused.response.status_code


@pytest.mark.parametrize(
    "origin",
    [
        "https://elsewhere.example",
        "http://localhost.elsewhere.example",
        "http://127.0.0.1.elsewhere.example",
        "http://127.0.0.1:1",
        "http://127.0.0.1",
        "null",
        "file://",
        "",
        "http://localhost@elsewhere.example",
    ],
)
def test_a_page_of_another_site_opens_no_websocket(shared_api: Api, origin: str) -> None:
    assert 403 == handshake(shared_api, origin)


def test_our_own_page_and_programs_open_a_websocket(shared_api: Api) -> None:
    """The control."""
    assert 101 == handshake(shared_api, shared_api.url)
    assert 101 == handshake(shared_api, None)


def test_a_websocket_has_one_actor_too(shared_api: Api) -> None:
    url = f"{shared_api.url.replace('http', 'ws')}/graphql"
    twice = [("X-Fundtrail-Actor", "jo"), ("X-Fundtrail-Actor", "sam")]
    with pytest.raises(InvalidStatus) as refused, connect(url, additional_headers=twice):
        pass
    assert 400 == refused.value.response.status_code
