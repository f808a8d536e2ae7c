"""A cursor that is safe in a pipeline."""

from typing import Any

import psycopg
from psycopg.abc import Params
from psycopg.rows import TupleRow


class OwnRows(psycopg.Cursor[TupleRow]):
    """A cursor whose rows are those of its last statement, in a pipeline too.

    In a pipeline psycopg's own cursor takes the result of an earlier statement for that of the last one, if it arrives
    while the last one is sent: it then gives other rows, or none. Here each statement has a cursor to itself.
    """

    _last: psycopg.Cursor[TupleRow]

    def execute(
        self, query: Any, params: Params | None = None, *, prepare: bool | None = None, binary: bool | None = None
    ) -> "OwnRows":
        """Execute one statement."""
        self._last = psycopg.Cursor(self.connection, row_factory=self.row_factory)
        self._last.execute(query, params, prepare=prepare, binary=binary)
        return self

    def fetchone(self) -> TupleRow | None:
        """The next row of the last statement; None after the last row."""
        return self._last.fetchone()

    def fetchall(self) -> list[Any]:
        """The rows of the last statement that were not read yet."""
        return self._last.fetchall()
