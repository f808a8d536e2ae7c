"""Statements of a bank as a file has them, in whichever form."""

from dataclasses import dataclass

from domain.bank.account import Statement


@dataclass(frozen=True, slots=True)
class FileStatement:
    """A statement of *account*, which the file names; *pending* entries were not booked yet and are left out."""

    account: str
    statement: Statement
    pending: int = 0
