"""The connection that appends: it calls a SQL function with arrays, in one round trip that also commits.

It uses libpq directly, because a cursor of psycopg would double the time of such a call.
"""

from collections.abc import Sequence
from typing import NamedTuple

import psycopg
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGresult


class Array(NamedTuple):
    """An array in PostgreSQL's binary form, and its type (``infra.log.arrays``)."""

    kind: str
    binary: bytes


class Appender:
    """A connection for one caller at a time.

    Raises the errors of psycopg. After an OperationalError it is unknown whether the append was recorded.
    """

    def __init__(self, conninfo: str) -> None:
        self.connection = psycopg.connect(conninfo, autocommit=True, client_encoding="utf8")
        self._prepared: set[bytes] = set()

    def call(self, function: str, arrays: Sequence[Array]) -> list[list[bytes | None]]:
        """The rows that *function* returns for *arrays*, each column in binary form."""
        name = function.encode()
        libpq = self.connection.pgconn
        if name not in self._prepared:
            parameters = ", ".join(f"${nth}::{array.kind}" for nth, array in enumerate(arrays, start=1))
            sql = f"SELECT * FROM {function}({parameters})"  # noqa: S608 - the name of the function is our own
            self._checked(libpq.prepare(name, sql.encode()))
            self._prepared.add(name)
        binaries = [array.binary for array in arrays]
        result = self._checked(libpq.exec_prepared(name, binaries, [Format.BINARY] * len(binaries), Format.BINARY))
        return [[result.get_value(row, column) for column in range(result.nfields)] for row in range(result.ntuples)]

    def _checked(self, result: PGresult) -> PGresult:
        if result.status in {ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK}:
            return result
        if self.connection.broken:
            raise psycopg.OperationalError(result.get_error_message())
        raise psycopg.errors.error_from_result(result)

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()
