"""A connection to the database that a test can cut at the worst moment."""

import select
import socket
import threading
from contextlib import suppress
from enum import Enum

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from infra.database.postgres import Database

# The message of the server after a statement: its transaction is committed, and the server is ready for the next.
READY = b"Z\x00\x00\x00\x05I"


class Cut(Enum):
    """Which message is lost: the client's question or the server's answer."""

    QUESTION = "question"
    ANSWER = "answer"


class Wire:
    """Carries bytes between clients on a port of 127.0.0.1 and the socket of the *database* server.

    When it is armed with a word, it cuts the connection of the next message that contains the word, once: before the
    message reaches the server, or after the server has answered and before the client receives the answer. Use as
    a context manager.
    """

    def __init__(self, database: Database) -> None:
        given = conninfo_to_dict(database.url)
        self._server = f"{given['host']}/.s.PGSQL.{given.get('port') or 5432}"
        self._door = socket.create_server(("127.0.0.1", 0))
        self.database = Database(
            make_conninfo(
                database.url,
                host="127.0.0.1",
                port=self._door.getsockname()[1],
                sslmode="disable",
                gssencmode="disable",
            )
        )
        self.cuts = 0
        self._armed: tuple[bytes, Cut] | None = None
        self._closing = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> "Wire":
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        for thread in self._threads:
            thread.join()
        self._door.close()

    def arm(self, word: str, cut: Cut) -> None:
        """Cut the connection that next carries *word* to the server."""
        self._armed = (word.encode(), cut)

    def _accept(self) -> None:
        while not self._closing.is_set():
            if select.select([self._door], [], [], 0.05)[0]:
                client, _ = self._door.accept()
                self._threads.append(threading.Thread(target=self._carry, args=(client,), daemon=True))
                self._threads[-1].start()

    def _carry(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, suppress(OSError):
            server.connect(self._server)
            while not self._closing.is_set():
                for source in select.select([client, server], [], [], 0.05)[0]:
                    data = source.recv(1 << 16)
                    if not data:
                        return
                    if source is client and self._cuts(data, server):
                        return
                    (server if source is client else client).sendall(data)

    def _cuts(self, data: bytes, server: socket.socket) -> bool:
        if self._armed is None or self._armed[0] not in data:
            return False
        _, cut = self._armed
        self._armed = None
        self.cuts += 1
        if cut is Cut.ANSWER:
            server.sendall(data)
            answer = b""
            while not answer.endswith(READY):
                more = server.recv(1 << 16)
                assert more, "the server has gone away before it answered"
                answer += more
        return True
