"""The names that organisations and partnerships had on the day of a page."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from pages.frame.clocks import Clocks
from projections.register import reading as register
from projections.register.held import MergedLine
from projections.register.reading import OrganisationLine, PartnershipLine
from projections.tables.paging import Connection

T = TypeVar("T", OrganisationLine, MergedLine, PartnershipLine)


async def as_named(connection: Connection, lines: Sequence[T], clocks: Clocks) -> list[T]:
    """*lines* with the names that they had."""
    if clocks.is_present or not lines:
        return list(lines)
    ids = [one.id for one in lines]
    named = await register.names_by(connection, "thing", ids, day=clocks.as_at, known=clocks.position)
    names = {one.thing: one.name for one in named}
    return [replace(one, name=names.get(one.id, one.name)) for one in lines]
