"""A bank statement as it is in a file of any form."""

from dataclasses import dataclass

from domain.bank.account import Statement


@dataclass(frozen=True, slots=True)
class FileStatement:
    """A statement of *account*, the number in the file. *pending* counts entries that are not booked and left out."""

    account: str
    statement: Statement
    pending: int = 0
