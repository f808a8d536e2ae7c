"""Read models: tables made from the log, each for one kind of question. A new one is a module and a line here."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import psycopg

from domain.history import Recorded
from projections import awards, bids, rounds
from projections.audit import trail as audit
from projections.bank import entries as bank
from projections.delays import stages as delays
from projections.discrepancies import register as discrepancies
from projections.money import ledger, periods, years
from projections.outcomes import outcomes
from projections.parts import parts
from projections.people import offices as people
from projections.register import things as register
from projections.support import concerns
from projections.timeline import entries as timeline


class ReadModel(Protocol):
    """A module with tables, a writer and readers. Its tables can be dropped and rebuilt from the log."""

    @property
    def NAME(self) -> str:  # noqa: N802 - a module's constant
        """The name of the read model."""

    @property
    def TABLES(self) -> tuple[str, ...]:  # noqa: N802 - a module's constant
        """The names of its tables, without a schema: they are in ``read``, or in another schema during a rebuild."""

    @property
    def DEFINITION(self) -> str:  # noqa: N802 - a module's constant
        """The SQL that creates the tables and their constraints, in the first schema of the search path."""

    @property
    def INDEXES(self) -> str:  # noqa: N802 - a module's constant
        """The SQL of the indexes that only readers need. A rebuild creates them after all events are written."""

    def write(self, cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
        """Add the events of a page of the log. Each event comes once, in order. Pages may end anywhere."""


@runtime_checkable
class FilledReadModel(ReadModel, Protocol):
    """A read model whose rows PostgreSQL can make from the log on its own, without Python."""

    @property
    def FILL(self) -> str:  # noqa: N802 - a module's constant
        """The statement that adds the events after one position, up to and including another."""


READ_MODELS: tuple[ReadModel, ...] = (
    register,
    timeline,
    audit,
    rounds,
    bids,
    awards,
    parts,
    outcomes,
    ledger,
    delays,
    discrepancies,
    periods,
    years,
    bank,
    people,
    concerns,
)
