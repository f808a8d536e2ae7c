"""What a check is, and what it finds."""

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from infra.verifying.moment import Moment


class Severity(StrEnum):
    """How much a finding matters: something *differs*, or something is only to be *noted*."""

    DIFFERS = "differs"
    NOTED = "noted"


# What a finding quotes: a sentence, or a row as text by column. None where there is no such row.
Quoted = str | Mapping[str, str | None] | None


class Finding(NamedTuple):
    """Something that is not as it should be: what, where, and what was *found* and *expected* instead.

    *row* is the key of a row of *table*.
    """

    said: str
    found: Quoted = None
    expected: Quoted = None
    stream: str | None = None
    position: int | None = None
    table: str | None = None
    row: str | None = None
    severity: Severity = Severity.DIFFERS


class Looked(NamedTuple):
    """What a check has looked at: *number* of the noun *what*, or of the rows of the table *what* with its checksum."""

    what: str
    number: int
    sha256: str | None = None


class Check(NamedTuple):
    """A check by its name: *about* says what it proves. *run* yields findings, and adds what it has looked at."""

    name: str
    about: str
    run: Callable[[Moment, list[Looked]], Iterator[Finding]]


class Result(NamedTuple):
    """What a check has looked at and found. *more* findings were counted and not kept."""

    check: Check
    looked: list[Looked]
    findings: list[Finding]
    more: int
    seconds: float

    @property
    def differs(self) -> bool:
        """Whether something is not as it should be."""
        return any(finding.severity is Severity.DIFFERS for finding in self.findings)
