"""What the commands share: exit codes, the two clocks, and how they ask the read models."""

import re
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Annotated, Any, TypeVar

import typer

from api.contract.errors import Problem
from api.contract.inputs import words
from infra.database.postgres import Database
from infra.database.reads import query
from infra.exports.two_clocks import clocks_asked
from projections import progress
from projections.tables.paging import Connection

T = TypeVar("T")


class NotThere(Exception):
    """What a command names is not there: the sentence says what."""


# Exit codes that scripts can trust; docs/operations.md has them all.
NOT_FOUND, BROKEN, UNAVAILABLE = 3, 4, 5
AsAt = Annotated[
    str | None,
    typer.Option("--as-at", metavar="DATE", help="What was effective by this day; that of --known-at, else today."),
]
KnownAt = Annotated[
    str | None,
    typer.Option("--known-at", metavar="INSTANT", help="What had been recorded by then, such as 2005-04-01T09:00Z."),
]

# A name is one line; half a surrogate pair is no character at all.
_NO_NAME = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def actor_named(given: str) -> str:
    """Who gives a command, kept with what it leads to for good. Raises Problem for what names nobody."""
    if _NO_NAME.search(given):
        raise Problem("--as holds characters that are no text.")
    return words("--as", given)


def clocks(as_at: str | None, known_at: str | None, fail: Callable[[str, int], Any]) -> tuple[date, datetime | None]:
    """The two clocks of a command; by default the day of *known_at*, else today, and everything known."""
    try:
        return clocks_asked(as_at, known_at)
    except Problem as problem:
        fail(problem.message, 2)
        raise


def ask(where: Database, question: Callable[[Connection], Awaitable[T]], fail: Callable[[str, int], Any]) -> T:
    """What *question* answers on a connection to the read models; a Problem or NotThere fails the command with it."""
    try:
        return query(where, question)
    except NotThere as missing:
        fail(str(missing), NOT_FOUND)
        raise
    except Problem as problem:
        fail(problem.message, UNAVAILABLE)
        raise


async def known_by(connection: Connection, instant: datetime | None) -> int:
    """The position that counts for what was known at *instant*; without one, what every read model shows.

    Raises Problem while the read models do not show all of it yet: the answer would change later.
    """
    reached = await progress.reached(connection)
    if instant is None:
        return reached
    known = await progress.position_at(connection, instant)
    if known > reached:
        raise Problem(
            f"The read models are at {reached} of {known}. Run `fundtrail project`, or ask again in a moment."
        )
    return known
