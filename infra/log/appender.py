"""The connection that appends: it calls a function with arrays, in one round trip that commits as it ends.

It speaks to libpq itself: psycopg's cursors take about as long again as such a call.
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
    """For one at a time. Raises what psycopg raises; an OperationalError tells nothing of what took place."""

    def __init__(self, conninfo: str) -> None:
        self.connection = psycopg.connect(conninfo, autocommit=True, client_encoding="utf8")
        self._prepared: set[bytes] = set()

    def call(self, function: str, arrays: Sequence[Array]) -> list[list[bytes | None]]:
        """The rows that *function* gives for *arrays*, each column in binary form."""
        name = function.encode()
        libpq = self.connection.pgconn
        if name not in self._prepared:
            parameters = ", ".join(f"${nth}::{array.kind}" for nth, array in enumerate(arrays, start=1))
            question = f"SELECT * FROM {function}({parameters})"  # noqa: S608 - functions are named by us alone
            self._checked(libpq.prepare(name, question.encode()))
            self._prepared.add(name)
        binaries = [array.binary for array in arrays]
        found = self._checked(libpq.exec_prepared(name, binaries, [Format.BINARY] * len(binaries), Format.BINARY))
        return [[found.get_value(row, column) for column in range(found.nfields)] for row in range(found.ntuples)]

    def _checked(self, result: PGresult) -> PGresult:
        if result.status in {ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK}:
            return result
        if self.connection.broken:
            raise psycopg.OperationalError(result.get_error_message())
        raise psycopg.errors.error_from_result(result)

    def close(self) -> None:
        """Give the connection back."""
        self.connection.close()
