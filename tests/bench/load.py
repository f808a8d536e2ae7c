"""So many clients at once, and what a server spends on them: clients run in this process, the server in its own."""

import os
import re
import socket
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_LENGTH = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)
_TICK = os.sysconf("SC_CLK_TCK")


def post(path: str, body: bytes) -> bytes:
    """The request, as bytes, that posts *body* as JSON."""
    return (
        f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        f"accept: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    ).encode() + body


def get(path: str) -> bytes:
    """The request, as bytes, that gets *path*."""
    return f"GET {path} HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n\r\n".encode()


class Client:
    """One connection that is kept. It costs next to nothing, so that what is measured is the server."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> bytes:
        """The body of the answer, which must be 200 with its length."""
        self._socket.sendall(request)
        got = b""
        while (end := got.find(b"\r\n\r\n")) < 0:
            got += self._more()
        found = _LENGTH.search(got, 0, end)
        assert got.startswith(b"HTTP/1.1 200"), got[:2000]
        assert found is not None, got[:end]
        parts, missing = [got[end + 4 :]], int(found[1]) - (len(got) - end - 4)
        while missing > 0:
            parts.append(self._more())
            missing -= len(parts[-1])
        return b"".join(parts)

    def _more(self) -> bytes:
        part = self._socket.recv(1 << 18)
        assert part, "the server closed the connection"
        return part

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def spent(pid: int) -> tuple[float, int]:
    """Processor time in seconds and minor page faults of a process until now; none of one that is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0, 0
    return (int(fields[11]) + int(fields[12])) / _TICK, int(fields[7])


def children(pid: int) -> list[int]:
    """The processes that *pid* has started and that are still there."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def load(port: int, request: bytes, *, server: int, postmaster: int, clients: int, seconds: float) -> dict[str, float]:
    """Requests a second of *clients* at once, their times in ms, and what *server* and the database spend on each."""
    before, database = spent(server), {pid: spent(pid)[0] for pid in children(postmaster)}
    began = time.perf_counter()

    def work(_: int) -> list[float]:
        client = Client(port)
        took = []
        while (asked := time.perf_counter()) < began + seconds:
            assert b'"errors"' not in client.ask(request)
            took.append((time.perf_counter() - asked) * 1000)
        client.close()
        return took

    with ThreadPoolExecutor(clients) as pool:
        took = sorted(one for of_one in pool.map(work, range(clients)) for one in of_one)
    lasted = time.perf_counter() - began
    after, working = spent(server), sum(max(0.0, spent(pid)[0] - first) for pid, first in database.items())
    return {
        "a_second": len(took) / lasted,
        "p50_ms": statistics.median(took),
        "p99_ms": took[int(len(took) * 0.99) - 1],
        "cpu_ms": (after[0] - before[0]) * 1000 / len(took),
        "database_cpu_ms": working * 1000 / len(took),
        "faults": (after[1] - before[1]) / len(took),
    }
