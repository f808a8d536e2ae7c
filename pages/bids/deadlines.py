"""The next deadlines of bids that wait, as a calendar (RFC 5545) that calendar programs subscribe to."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from pages.bids.waiting import Waiting, waiting_bids, wanted
from pages.frame.clocks import Clocks, address
from pages.frame.page import BadAddress
from pages.frame.words import in_words
from projections.delays import summary
from projections.delays.clock import shifted
from projections.tables.paging import Connection, count

# A longer calendar helps nobody, and is asked for again and again.
MOST = 2_000
# The longest line, in octets without its end.
LONGEST = 75


async def deadlines(connection: Connection, clocks: Clocks, asked: dict[str, str], site: str) -> str:
    """The calendar of the bids that the address asks for, as the board does. *site* is where the pages are.

    Raises BadAddress, also for more bids than a calendar has.
    """
    which, until = await wanted(connection, asked)
    listing = summary.listing(which, as_at=clocks.as_at, known=clocks.then, span=until)
    of_all = await count(connection, listing)
    if of_all > MOST:
        raise BadAddress(f"{of_all:,} bids wait. A calendar has at most {MOST:,}. Ask for those of a case officer.")
    bids = await waiting_bids(connection, clocks, listing, MOST)
    return written([*_calendar(bids, clocks, site)])


def _calendar(bids: list[Waiting], clocks: Clocks, site: str) -> Iterator[tuple[str, str]]:
    """The lines of the calendar: the name of each with its parameters, and its value."""
    yield "BEGIN", "VCALENDAR"
    yield "VERSION", "2.0"
    yield "PRODID", "-//Fundtrail//Deadlines of bids//EN"
    yield "CALSCALE", "GREGORIAN"
    yield "X-WR-CALNAME", text("Deadlines of bids")
    for bid in bids:
        if bid.deadline is not None:
            yield from _event(bid, bid.deadline, clocks.recorded_at or datetime(1970, 1, 1, tzinfo=UTC), site)
    yield "END", "VCALENDAR"


def _event(bid: Waiting, deadline: date, recorded: datetime, site: str) -> Iterator[tuple[str, str]]:
    """The deadline of a bid as an event that takes the day. It keeps its id when the deadline moves."""
    yield "BEGIN", "VEVENT"
    yield "UID", text(f"{bid.line.id}@fundtrail")
    yield "DTSTAMP", f"{recorded.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield "DTSTART;VALUE=DATE", deadline.strftime("%Y%m%d")
    yield "DTEND;VALUE=DATE", shifted(deadline, 1).strftime("%Y%m%d")
    yield "SUMMARY", text(f"{'Late' if bid.late else 'Due'}: {bid.line.reference}, {bid.line.title}")
    yield "DESCRIPTION", text(f"{in_words(bid.span.value)}, with the {bid.owner}. {bid.case}.\n{bid.place.name}")
    yield "URL", site + address(f"/bids/{bid.line.id}")
    yield "TRANSP", "TRANSPARENT"
    yield "END", "VEVENT"


def text(value: str) -> str:
    """*value* as a text of a calendar: what has a meaning there is escaped, and what is not text is left out."""
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
    return "".join(letter for letter in escaped if letter >= " " and letter != "\x7f")


def written(lines: list[tuple[str, str]]) -> str:
    """The lines as they are sent: each ends with CRLF, and a long one goes on in the next, after a space."""
    return "".join(f"{_folded(f'{name}:{value}')}\r\n" for name, value in lines)


def _folded(line: str) -> str:
    parts: list[str] = []
    part = ""
    for letter in line:
        # The space at the beginning of a part counts. A letter of several octets is never cut.
        if len(f"{' ' * bool(parts)}{part}{letter}".encode()) > LONGEST:
            parts.append(part)
            part = ""
        part += letter
    return "\r\n ".join([*parts, part])
