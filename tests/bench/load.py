"""Load from several clients at once, and what it costs the server. Clients run here, the server in its own process."""

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
    """A POST request with the JSON *body*, as bytes."""
    return (
        f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        f"accept: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    ).encode() + body


def get(path: str) -> bytes:
    """A GET request of *path*, as bytes."""
    return f"GET {path} HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n\r\n".encode()


class Client:
    """One open connection. It takes almost no processor time, so the server is what is measured."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> bytes:
        """The body of the answer, which must have status 200 and a content length."""
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
        """Close the connection."""
        self._socket.close()


def spent(pid: int) -> tuple[float, int]:
    """Processor time in seconds and minor page faults of a process so far; zero for a process that has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0, 0
    return (int(fields[11]) + int(fields[12])) / _TICK, int(fields[7])


def children(pid: int) -> list[int]:
    """The running child processes of *pid*."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def load(port: int, request: bytes, *, server: int, postmaster: int, clients: int, seconds: float) -> dict[str, float]:
    """Requests a second of *clients* at once, their times in ms, and the processor time of *server* and database."""
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
