"""A client that stops reading is told so and disconnected. Little memory is kept for it, and it can resume."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from api.limits.weighing import Limits
from infra.database.postgres import Database
from infra.web.slow_readers import CLOSED_FOR_SLOWNESS
from projections.audit import reading as audit
from tests.api.types.test_subscription import Socket, head
from tests.conftest import copy_of
from tests.infra.web.test_event_stream import shown
from tests.kit.web.served import PATIENCE, Api, served, until

# Each event fills a large part of the buffers of a connection.
LARGE = "subscription ($after: LogPosition) { events(after: $after) { position "
LARGE += " ".join(f"d{number}: data" for number in range(40)) + " } }"
SMALL = 4096


@pytest.fixture(scope="module")
def impatient(server: Database, programme_template: str) -> Iterator[Api]:
    """An application that waits 1.5 seconds for its clients to read."""
    limits = Limits(reading_seconds=1.5)
    with served(copy_of(server, programme_template), projector=False, limits=limits) as api:
        yield api


@pytest.fixture(scope="module")
def patient(server: Database, programme_template: str) -> Iterator[Api]:
    """The same application, which waits a minute."""
    limits = Limits(reading_seconds=60)
    with served(copy_of(server, programme_template), projector=False, limits=limits) as api:
        yield api


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The first position of each page of the log that subscriptions read."""
    read: list[int] = []
    entries = audit.entries

    async def counting(*args: Any) -> Any:
        page = await entries(*args)
        read.append(page.lines[0].position if page.lines else 0)
        return page

    monkeypatch.setattr(audit, "entries", counting)
    return read


def connected(api: Api) -> socket.socket:
    """A connection with small buffers."""
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
    opened.settimeout(PATIENCE)
    host, port = api.url.removeprefix("http://").split(":")
    opened.connect((host, int(port)))
    return opened


def listening(api: Api, after: int = 0) -> socket.socket:
    """A connection with a stream of the events after a position, of which nothing has been read yet."""
    opened = connected(api)
    body = json.dumps({"query": LARGE, "variables": {"after": f"{after}"}}).encode()
    request = [
        "POST /graphql HTTP/1.1",
        "host: localhost",
        "content-type: application/json",
        "accept: text/event-stream",
        f"content-length: {len(body)}",
    ]
    opened.sendall("\r\n".join([*request, "", ""]).encode() + body)
    return opened


def lines(opened: socket.socket, pause: float = 0) -> Iterator[str]:
    """The lines that arrive until the connection ends, read with a *pause* before each piece."""
    rest = b""
    while piece := opened.recv(65536):
        time.sleep(pause)
        *whole, rest = (rest + piece).split(b"\n")
        # The lengths of chunks are between the events, and may be inside an event.
        yield from (line.decode().rstrip("\r") for line in whole)


def events(opened: socket.socket, pause: float = 0) -> tuple[list[int], list[str]]:
    """The positions of the complete events, and the codes of the errors."""
    heard: list[int] = []
    codes: list[str] = []
    for name, answer in shown(lines(opened, pause)):
        if name == "next" and answer.get("data"):
            heard.append(int(answer["data"]["events"]["position"]))
        elif name == "next":
            codes += [error["extensions"]["code"] for error in answer["errors"]]
    return heard, codes


def still(pages: list[int], seconds: float = 0.6) -> bool:
    """Whether no page is read for some time."""
    before = len(pages)
    time.sleep(seconds)
    return before == len(pages)


# --- Server-sent events -----------------------------------------------------------------------------------------------


def test_a_stream_that_is_not_read_ends_with_a_code_and_nothing_is_lost(impatient: Api, pages: list[int]) -> None:
    last = head(impatient)
    with listening(impatient) as opened:
        until(lambda: pages, "the subscription began")
        until(lambda: still(pages), "nothing more is read for it")
        assert max(pages) < last - 500, "all was read for who reads nothing"
        time.sleep(1.6)
        heard, codes = events(opened)
    assert ["SLOW_READER"] == codes
    assert list(range(1, len(heard) + 1)) == heard
    with listening(impatient, after=heard[-1]) as opened:
        name, answer = next(shown(lines(opened)))
        assert ("next", str(heard[-1] + 1)) == (name, answer["data"]["events"]["position"])


def test_with_more_time_the_same_client_gets_everything(patient: Api, pages: list[int]) -> None:
    """The control: the time limit ends the stream."""
    last = head(patient)
    with listening(patient) as opened:
        until(lambda: pages and still(pages), "nothing more is read for it")
        time.sleep(1.6)
        coming = shown(lines(opened))
        heard = [int(next(coming)[1]["data"]["events"]["position"]) for _ in range(last)]
    assert list(range(1, last + 1)) == heard


def test_a_client_that_reads_a_little_at_a_time_may_continue(impatient: Api) -> None:
    """The control: a client is disconnected when it stops reading, not when it is slow."""
    began = time.monotonic()
    with listening(impatient) as opened:
        coming = shown(lines(opened, pause=0.006))
        heard = [int(next(coming)[1]["data"]["events"]["position"]) for _ in range(150)]
    assert time.monotonic() - began > 1.5
    assert list(range(1, 151)) == heard


def test_a_client_that_never_reads_again_is_disconnected(impatient: Api) -> None:
    with listening(impatient) as opened:
        mine = opened.getsockname()[1]
        until(lambda: mine in served_ports(impatient), "the connection is served")
        until(lambda: mine not in served_ports(impatient), "the connection is closed")


def served_ports(api: Api) -> set[int]:
    """The ports of the clients whose connections are open."""
    port = int(api.url.rpartition(":")[2])
    return {
        one.raddr.port
        for one in psutil.Process().net_connections("tcp")
        if one.laddr.port == port and one.raddr and one.status == psutil.CONN_ESTABLISHED
    }


# --- WebSockets -------------------------------------------------------------------------------------------------------


@contextmanager
def websocket(api: Api) -> Iterator[Socket]:
    """A WebSocket over a connection with small buffers."""
    url = f"{api.url.replace('http', 'ws')}/graphql"
    protocols = [Subprotocol("graphql-transport-ws")]
    with connect(
        url, sock=connected(api), subprotocols=protocols, close_timeout=1, max_queue=1, compression=None
    ) as connection:
        opened = Socket(connection)
        opened.begin()
        yield opened


def test_a_websocket_that_is_not_read_is_closed_with_a_code_and_nothing_is_lost(
    impatient: Api, pages: list[int]
) -> None:
    last = head(impatient)
    heard: list[int] = []
    with websocket(impatient) as asking:
        asking.subscribe(LARGE)
        until(lambda: pages and still(pages), "nothing more is read for it")
        assert max(pages) < last - 500, "all was read for who reads nothing"
        time.sleep(1.6)
        with pytest.raises(ConnectionClosed) as closed:
            heard.extend(int(asking.receive()["payload"]["data"]["events"]["position"]) for _ in range(last))
    assert closed.value.rcvd is not None
    assert (CLOSED_FOR_SLOWNESS, True) == (closed.value.rcvd.code, "position" in closed.value.rcvd.reason)
    assert list(range(1, len(heard) + 1)) == heard
    assert len(heard) < last
    with websocket(impatient) as asking:
        asking.subscribe(LARGE, after=str(heard[-1]))
        assert str(heard[-1] + 1) == asking.receive()["payload"]["data"]["events"]["position"]


def test_with_more_time_the_same_websocket_gets_everything(patient: Api, pages: list[int]) -> None:
    """The control: the time limit closes the WebSocket."""
    last = head(patient)
    with websocket(patient) as asking:
        asking.subscribe(LARGE)
        until(lambda: pages and still(pages), "nothing more is read for it")
        time.sleep(1.6)
        heard = [int(asking.receive()["payload"]["data"]["events"]["position"]) for _ in range(last)]
    assert list(range(1, last + 1)) == heard
