"""The two clocks of a page: which day it is about, and what of the log it may know."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import quote, urlencode

from domain.values.day import day_of, end_of
from pages.frame.page import BadAddress, Behind
from projections import progress
from projections.tables.paging import Connection
from projections.tables.present import day_asked, today

AS_AT, KNOWN, POSITION = "as-at", "known", "position"
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Clocks:
    """What is effective by the day *as_at*, as it was known at *position* of the log.

    *asked* are the parameters of the address that set them. *then* is the position, or None where all that is known
    counts. *recorded_at* is when the event at the position was recorded. *is_fed* is false while a
    read model has stopped or is paused.
    """

    as_at: date
    position: int
    then: int | None
    asked: dict[str, str]
    recorded_at: datetime | None
    is_fed: bool = True

    @property
    def is_present(self) -> bool:
        """Whether it is about today, as known now."""
        return self.then is None and self.as_at >= today()

    @property
    def known_day(self) -> date:
        """The day in the programme's time zone on which the last event was recorded."""
        return day_of(self.recorded_at) if self.recorded_at is not None else today()

    def link(self, path: str, **parameters: object) -> str:
        """The address of another page under the same clocks."""
        return address(
            path, **{key: str(value) for key, value in parameters.items() if value is not None}, **self.asked
        )

    def evidence(self, kind: str, code: str, **parameters: object) -> str:
        """The address of the evidence pack of a *kind* for the thing called *code*, under the same clocks."""
        given = {name: str(value) for name, value in parameters.items()}
        if kind != "period":
            given[AS_AT] = self.as_at.isoformat()
        if self.then is not None and self.recorded_at is not None:
            given["known-at"] = self.recorded_at.isoformat()
        return address(f"/evidence/{kind}/{code}.zip", **given)

    def permanent(self, path: str, asked: dict[str, str]) -> str:
        """The address under which *path* with what is *asked* of it will always show what it shows now."""
        return address(path, **asked, **{AS_AT: self.as_at.isoformat(), POSITION: str(self.position)})


def address(path: str, **parameters: str) -> str:
    """The address of *path* with its *parameters*. Both may have any characters."""
    return f"{quote(path)}?{urlencode(parameters)}" if parameters else quote(path)


async def clocks_asked(connection: Connection, asked: dict[str, str]) -> Clocks:
    """The clocks that the parameters of an address set: a day, and a day or a position of knowledge.

    Raises BadAddress for what is neither and for a position that the log does not have, and Behind while the read
    models do not show all that was known on the day: the page would change later.
    """
    given = {name: asked[name].strip() for name in (AS_AT, KNOWN, POSITION) if asked.get(name, "").strip()}
    if KNOWN in given and POSITION in given:
        raise BadAddress("The address names a day and a position of knowledge. Name one of them.")
    reached, is_fed = await progress.reached_and_fed(connection)
    moment, then = None, None
    if KNOWN in given:
        moment = end_of(read_day(KNOWN, given[KNOWN]))
        then = await progress.position_at(connection, moment)
        if then > reached:
            raise Behind(f"The read models are at {reached:,} of {then:,}. Ask again in a moment.")
    elif POSITION in given:
        then = await _position(connection, given[POSITION], reached)
    position = reached if then is None else then
    recorded_at = await progress.recorded_at(connection, position)
    known_at = moment if moment is not None else recorded_at if then is not None else None
    as_at = read_day(AS_AT, given[AS_AT]) if AS_AT in given else day_asked(None, known_at)
    return Clocks(as_at, position, then, given, recorded_at, is_fed)


async def _position(connection: Connection, text: str, reached: int) -> int:
    """The position that *text* names. Raises BadAddress, and on a standby Behind for one that it may have soon."""
    try:
        return read_position(text, reached)
    except BadAddress as refusal:
        if text.isdigit() and (await progress.head(connection)).in_recovery:
            raise Behind(f"This server is a standby and is at {reached:,}. Ask again in a moment.") from refusal
        raise


def read_day(name: str, text: str) -> date:
    """The day that the parameter *name* of an address gives. Raises BadAddress."""
    # Python also reads 2005-W13-4.
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else _no_day(name, text)
    except ValueError:
        return _no_day(name, text)


def days_asked(asked: Mapping[str, str]) -> tuple[date | None, date | None]:
    """The days of the parameters ``from`` and ``to``; None for one that is not given. Raises BadAddress."""
    first, last = (
        read_day(name, asked[name].strip()) if asked.get(name, "").strip() else None for name in ("from", "to")
    )
    if first is not None and last is not None and last < first:
        raise BadAddress("The last day is before the first day.")
    return first, last


def _no_day(name: str, text: str) -> date:
    raise BadAddress(f'"{text[:40]}" is not a day. Write {name} as a year, a month and a day: 2005-03-31.')


def read_position(text: str, reached: int) -> int:
    """The position of the log that *text* names, which has been read up to *reached*. Raises BadAddress."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise BadAddress(f'"{text[:40]}" is not a position of the log. A position is a whole number.')
    if int(text) > reached:
        raise BadAddress(f"The log has been read up to position {reached:,}. It has no position {int(text):,} yet.")
    return int(text)
