"""What commands share: the database, the two clocks, and a question to the read models."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import date, datetime, time, timedelta
from typing import Annotated, TypeVar

import psycopg
import typer
from psycopg.conninfo import conninfo_to_dict

from domain.values.day import ZONE, end_of
from infra.cli.terminal import NOT_FOUND, UNAVAILABLE, UNUSABLE, fail
from infra.database.home import home
from infra.database.pool import reading
from infra.database.postgres import LOGINS, Database, database
from projections import progress
from projections.tables.paging import Connection
from projections.tables.present import day_asked

T = TypeVar("T")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
From = Annotated[
    str | None, typer.Option("--from", metavar="DATE", help="Leave out what is dated before this day, or not dated.")
]
To = Annotated[
    str | None, typer.Option("--to", metavar="DATE", help="Leave out what is dated after this day, or not dated.")
]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV that is safe to open in a spreadsheet.")]
AsAt = Annotated[
    str | None,
    typer.Option(
        "--as-at", metavar="DATE", help="Count what was effective by this day. The day of --known-at, or today."
    ),
]
KnownAt = Annotated[
    str | None,
    typer.Option(
        "--known-at",
        metavar="INSTANT",
        help="Count what was recorded by then, such as 2005-04-01T09:00Z. A day is its end in London.",
    ),
]

# A name is one line of text. Half of a surrogate pair is not a character.
_NOT_A_NAME = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class NotThere(Exception):
    """Something that the command names does not exist. The message says what."""


class Behind(Exception):
    """The read models do not show yet what the question asks about."""


def our_database() -> Database:
    """The database of DATABASE_URL, or the embedded one, started if it is not running. Ends the command if neither."""
    where = database(home())
    given = {"DATABASE_URL": where.url} | {LOGINS[role]: url for role, url in where.logins}
    for setting, url in given.items():
        try:
            conninfo_to_dict(url)
        except psycopg.ProgrammingError:
            fail(
                f"{setting} is not a connection string of PostgreSQL. Write it as postgresql://user@host:5432/name.",
                UNUSABLE,
            )
    return where


def actor_named(given: str) -> str:
    """The name of the person or service that gives a command; it is kept with the events. Raises Problem."""
    return a_name("--as", given)


def a_name(field: str, given: str) -> str:
    """A name in one line. Raises Problem naming the *field* that has it."""
    from api.contract.errors import Problem  # noqa: PLC0415 - commands that only read load no GraphQL
    from api.contract.inputs import words  # noqa: PLC0415

    if _NOT_A_NAME.search(given):
        raise Problem(f"{field} contains characters that are not text. Give a name in one line.")
    return words(field, given)


def clocks(as_at: str | None, known_at: str | None) -> tuple[date, datetime | None]:
    """The two clocks of a command: the day of *as_at* and the instant of *known_at*.

    No instant means all that is known. The day defaults to that of *known_at*, else to today.
    """
    if as_at is None and known_at is None:
        return day_asked(None, None), None
    from infra.exports.two_clocks import clocks_asked  # noqa: PLC0415 - the common question gives no clock

    return clocks_asked(as_at, known_at)


def days_asked(since: str, until: str) -> tuple[date, date]:
    """The first and last day of a period. Ends the command when the last comes before the first."""
    from api.contract.scalars import read_day  # noqa: PLC0415 - few questions ask for a period

    days = read_day(since), read_day(until)
    if days[1] < days[0]:
        fail(
            f"The period ends on {until}, before it starts on {since}. It must end on or after its first day.", UNUSABLE
        )
    return days


def range_asked(since: str | None, until: str | None) -> tuple[date | None, date | None]:
    """The days of --from and --to, of which either may be left out. Ends the command when they leave no day."""
    if since is None and until is None:
        return None, None
    first, last = _day("--from", since), _day("--to", until)
    if first is not None and last is not None and last < first:
        fail(f"--from is {since}, later than --to, which is {until}.", UNUSABLE)
    return first, last


def _day(option: str, given: str | None) -> date | None:
    if given is None:
        return None
    from api.contract.errors import Problem  # noqa: PLC0415 - few questions ask for a period
    from api.contract.scalars import read_day  # noqa: PLC0415

    try:
        return read_day(given)
    except Problem:
        fail(f"{option} is {given}. Write a calendar day, such as 2004-03-15.", UNUSABLE)


def recording_asked(
    from_: str, since: str | None, to: str, until: str | None
) -> tuple[datetime | None, datetime | None]:
    """The first and last instant of recording that the options named *from_* and *to* give.

    A day stands for its first instant as *since*, and for its last as *until*. Ends the command when they leave no
    instant.
    """
    first = _instant(from_, since, lambda day: datetime.combine(day, time.min, ZONE))
    last = _instant(to, until, end_of)
    if first is not None and last is not None and last < first:
        fail(f"{from_} is {since}, later than {to}, which is {until}.", UNUSABLE)
    return first, last


def _instant(option: str, given: str | None, of_day: Callable[[date], datetime]) -> datetime | None:
    if given is None:
        return None
    from api.contract.errors import Problem  # noqa: PLC0415 - few questions ask for a time of recording
    from api.contract.scalars import read_day, read_instant  # noqa: PLC0415

    try:
        return read_instant(given) if "T" in given else of_day(read_day(given))
    except Problem:
        fail(f"{option} is {given}. Write a day or an instant, such as 2005-04-01 or 2005-04-01T09:00Z.", UNUSABLE)


async def recording_positions(
    connection: Connection, recorded: tuple[datetime | None, datetime | None]
) -> tuple[int | None, int | None]:
    """The position before what was recorded from the first instant, and that of the last event by the last one."""
    first, last = recorded
    return (
        await progress.position_at(connection, first - timedelta(microseconds=1)) if first is not None else None,
        await progress.position_at(connection, last) if last is not None else None,
    )


def ask(question: Callable[[Connection], Awaitable[T]]) -> T:
    """The answer of *question*, asked on one connection to the read models of our database.

    Ends the command when something that it names does not exist, or when the read models are behind.
    """
    where = our_database()

    async def answer() -> T:
        async with await reading(where) as connection:
            return await question(connection)

    try:
        return asyncio.run(answer())
    except NotThere as missing:
        fail(str(missing), NOT_FOUND)
    except Behind as behind:
        fail(str(behind), UNAVAILABLE)


async def known_by(connection: Connection, instant: datetime | None) -> int:
    """The position of the last event known at *instant*; without one, the position that every read model shows.

    Raises Behind while the read models do not show all of it: the answer would change later.
    """
    reached = await progress.reached(connection)
    if instant is None:
        return reached
    known = await progress.position_at(connection, instant)
    if known > reached:
        raise Behind(f"The read models are at {reached} of {known}. Run `fundtrail project`, or ask again in a moment.")
    return known
