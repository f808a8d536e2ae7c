"""What is known, shaped for a question. Adding a read model is adding a module and a line here."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import psycopg

from domain.history import Recorded
from projections import audit, awards, bids, outcomes, register, timeline
from projections.bank import entries as bank
from projections.delays import stages as delays
from projections.discrepancies import register as discrepancies
from projections.money import ledger, periods


class ReadModel(Protocol):
    """A module with its tables, its writer and its readers. All it holds can be thrown away and comes back equal."""

    @property
    def NAME(self) -> str:  # noqa: N802 - a module's constant
        """What the read model is called."""

    @property
    def TABLES(self) -> tuple[str, ...]:  # noqa: N802 - a module's constant
        """Its tables. Names without a schema: they are filled in ``read``, or beside it while they are built anew."""

    @property
    def DEFINITION(self) -> str:  # noqa: N802 - a module's constant
        """The SQL that makes them, and what belongs to them, in the first schema of the search path."""

    @property
    def INDEXES(self) -> str:  # noqa: N802 - a module's constant
        """The SQL of the indexes that only its readers need: a whole log is taken in before they are made."""

    def write(self, cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
        """Take in a page of the log. Each event comes once, in order; where a page ends makes no difference."""


@runtime_checkable
class FilledReadModel(ReadModel, Protocol):
    """A read model that tells what the log says in as many words: PostgreSQL fills it in by itself."""

    @property
    def FILL(self) -> str:  # noqa: N802 - a module's constant
        """The statement that takes in the events after a position, up to another."""


READ_MODELS: tuple[ReadModel, ...] = (
    register,
    timeline,
    audit,
    bids,
    awards,
    outcomes,
    ledger,
    delays,
    discrepancies,
    periods,
    bank,
)
