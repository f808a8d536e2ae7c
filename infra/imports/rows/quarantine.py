"""A row of a register: as it was read, then accepted or quarantined.

A row is quarantined in three places. The reader of its format (``parse_row`` of ``three_sixty.grants`` and
``three_sixty.tables``, ``iati``, ``register.mapped_rows``) collects its problems, mostly by ``Fields.add_problem`` of
``rows.parsing``. ``Recording._page`` of ``editions.recording`` refuses an identifier that is repeated or belongs to
another register. And a grant that the rules refuse is quarantined when its page is decided (``_Page.outcomes`` there).
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

from domain.stated_grant import StatedGrant
from infra.imports.rows.parsing import Problem

# The rule for a row of a further sheet whose grant is not in the file.
GRANT_MISSING = "grant_missing"


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as it is in the file: its *number* from 1, its *place* for people, and its *raw* content."""

    number: int
    place: str
    raw: Any


@dataclass(frozen=True, slots=True)
class AcceptedRow:
    """A row that could be read, with the grant that it states.

    *warnings* name what was rounded, and optional fields that cannot be read and are left out.
    """

    row: RawRow
    grant: StatedGrant
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row that is put aside to be corrected, with all its *problems*.

    *register* and *identifier* are those of its grant, or None where they cannot be read. The grant does not count as
    missing from the edition.
    """

    row: RawRow
    register: str | None
    identifier: str | None
    problems: tuple[Problem, ...]


RowRead: TypeAlias = AcceptedRow | QuarantinedRow
