"""Lists on pages: one page of a list, by its number; or all of it, to download."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pages.frame.page import BadAddress
from projections.tables.paging import Connection, Listing, Window, count, key_of_row, page

Line = TypeVar("Line")
# The parameter that asks for a page as a file, and the longest list that a page gives as one.
DOWNLOAD = "download"
MOST_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Listed(Generic[Line]):
    """The *lines* of page *number* of *pages*; the whole list has *count* lines."""

    lines: list[Line]
    number: int
    pages: int
    count: int


async def listed(
    connection: Connection, kind: type[Line], listing: Listing, asked: dict[str, str], most: int
) -> Listed[Line]:
    """The page of *listing* that the address asks for, with at most *most* lines, each a *kind*; or all to download.

    Raises BadAddress.
    """
    of_all = await count(connection, listing)
    number, pages = page_asked(asked, of_all, most)
    size = rows_of(asked, of_all, most)
    after = await key_of_row(connection, listing, (number - 1) * size) if number > 1 and size == most else None
    found = await page(connection, kind, listing, Window(size=size, after=after))
    return Listed(found.lines, number, pages, of_all)


def cut(lines: Sequence[Line], asked: dict[str, str], most: int) -> Listed[Line]:
    """As ``listed``, of *lines* that are at hand."""
    number, pages = page_asked(asked, len(lines), most)
    size = rows_of(asked, len(lines), most)
    return Listed([*lines[(number - 1) * most :][:size]], number, pages, len(lines))


def rows_of(asked: dict[str, str], of_all: int, most: int) -> int:
    """How many rows are read: those of one page, or all to download. Raises BadAddress for too many to download."""
    if DOWNLOAD not in asked:
        return most
    if of_all > MOST_ROWS:
        raise BadAddress(f"The list has {of_all:,} lines. A page gives at most {MOST_ROWS:,} as a file. Use an export.")
    return max(of_all, 1)


def page_asked(asked: dict[str, str], of_all: int, most: int) -> tuple[int, int]:
    """The number of the page that the address asks for, and how many pages the list has. Raises BadAddress."""
    pages = max(1, -(-of_all // most))
    text = asked.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= pages):
        raise BadAddress(f'There is no page "{text[:20]}". The list has {pages} page{"" if pages == 1 else "s"}.')
    return int(text), pages
