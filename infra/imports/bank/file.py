"""A bank statement as it is in a file of any form."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias
from zoneinfo import ZoneInfo

from domain.bank.account import Statement

# The time zone of the account with this number at the bank.
Zones: TypeAlias = Callable[[str], ZoneInfo]


@dataclass(frozen=True, slots=True)
class FileStatement:
    """A statement of *account*, the number in the file, and what was left out of it or read in another way.

    *pending* counts entries that are not booked, *of_zero* entries of 0: both are left out. *by_value_date* counts
    entries without a booking date, whose value date stands in. *unread* counts value dates that are no dates.
    """

    account: str
    statement: Statement
    pending: int = 0
    of_zero: int = 0
    by_value_date: int = 0
    unread: int = 0

    @property
    def outside(self) -> int:
        """The number of entries that are booked on a day outside the statement's period."""
        first, last = self.statement.since.text, self.statement.until.text
        return sum(not first <= entry.booked.text <= last for entry in self.statement.entries)


@dataclass(frozen=True, slots=True)
class StatementAside:
    """A statement that cannot be taken: its place in the file, and why, with a *code* for scripts."""

    place: str
    code: str
    message: str


Read: TypeAlias = FileStatement | StatementAside
