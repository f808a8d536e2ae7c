"""A row of somebody's register on its way in: as it was read, and believed or not."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from domain.stated_grant import StatedGrant
from infra.imports.rows.parsing import Problem


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as its file has it: its *number* from 1, its *place* for people, and what stands in it."""

    number: int
    place: str
    raw: Any


@dataclass(frozen=True, slots=True)
class AcceptedRow:
    """A row, and the grant that it states."""

    row: RawRow
    grant: StatedGrant


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row that is put aside, with everything that is wrong with it.

    *register* and *identifier* are those of its grant where they can be read: an edition that holds such a row does not
    lack the grant.
    """

    row: RawRow
    register: str | None
    identifier: str | None
    problems: tuple[Problem, ...]


RowRead: TypeAlias = AcceptedRow | QuarantinedRow
