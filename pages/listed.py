"""Lists on pages: one page of a list, by its number."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from pages.page import BadAddress
from projections.tables.paging import Connection, Listing, Window, count, page

Line = TypeVar("Line")


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
    """The page of *listing* that the address asks for, with at most *most* lines, each a *kind*. Raises BadAddress."""
    of_all = await count(connection, listing)
    number, pages = page_asked(asked, of_all, most)
    found = await page(connection, kind, listing, Window(size=number * most))
    return Listed(found.lines[(number - 1) * most :], number, pages, of_all)


def page_asked(asked: dict[str, str], of_all: int, most: int) -> tuple[int, int]:
    """The number of the page that the address asks for, and how many pages the list has. Raises BadAddress."""
    pages = max(1, -(-of_all // most))
    text = asked.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= pages):
        raise BadAddress(f'There is no page "{text[:20]}". The list has {pages} page{"" if pages == 1 else "s"}.')
    return int(text), pages
