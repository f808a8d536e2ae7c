"""Pages of lists in GraphQL, as graphql-core reads them."""

from collections.abc import Callable
from typing import Any, TypeVar

import strawberry

from api.context import Context, Info
from api.contract import cursor
from api.contract.values import PageInfo
from projections.tables.paging import Listing, Window

T = TypeVar("T", bound="Connection")
Line = TypeVar("Line")


@strawberry.type
class Connection:
    """A page of a list; each kind of list adds its edges and nodes."""

    page_info: PageInfo
    listing: strawberry.Private[Listing]

    @strawberry.field(description="How many entries there are in total. Counted only if you ask for it.")
    async def total_count(self, info: Info) -> int:
        return await info.context.count(self.listing)


async def page_of(
    context: Context,
    kind: type[T],
    edge: Callable[..., Any],
    order: str,
    page: tuple[Listing, Window],
    line: type[Line],
    node: Callable[[Line], Any],
) -> T:
    """The *page* of a list as a connection of a *kind*. Its rows are each a *line*, of which *node* makes an object."""
    listing, window = page
    found = await context.page(line, listing, window)
    key = [column.rpartition(".")[2] for column in listing.key]
    cursors = [cursor.write(order, tuple(getattr(one, column) for column in key)) for one in found.lines]
    nodes = [node(one) for one in found.lines]
    edges = [edge(cursor=at, node=one) for at, one in zip(cursors, nodes, strict=True)]
    return kind(edges=edges, nodes=nodes, page_info=PageInfo.of(found, cursors), listing=listing)  # type: ignore[call-arg]
