"""Fields that are declared once for both ways of answering: the form in SQL, and the resolver for graphql-core."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import strawberry

from api.answering.shapes import FORM, Made, Moment, Pages, each
from api.context import Context, Info
from api.contract import cursor
from api.contract.scalars import LogPosition
from api.contract.values import Money, PageInfo
from domain.values.money import minor_units
from projections.tables.paging import Listing, Window, totals

T = TypeVar("T", bound="Connection")
Line = TypeVar("Line")
# A list and the window of it that is asked for.
Asked = tuple[Listing, Window]


@strawberry.type
class Connection:
    """A page of a list; each kind of list adds its edges and nodes."""

    page_info: PageInfo
    listing: strawberry.Private[Listing]

    @strawberry.field(description="How many entries there are in total. Counted only if you ask for it.")
    async def total_count(self, info: Info) -> int:
        return await info.context.count(self.listing)


@strawberry.type
class SummedConnection(Connection):
    """A page of a list of sums of money."""

    @strawberry.field(description="The totals of the whole list, one for each currency. Summed only if you ask for it.")
    async def totals(self, info: Info) -> list[Money]:
        async with info.context.reads.connection() as connection:
            found = await totals(connection, self.listing)
        return [Money(amount=round(one.amount, minor_units(one.currency)), currency=one.currency) for one in found]


def waiting(make: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """*make* of a root field, with the argument atLeast: the read models are awaited first."""

    async def waits(context: Context, **arguments: Any) -> Any:
        await context.caught_up(arguments.pop("at_least", None))
        return await make(context, **arguments)

    signature = inspect.signature(make)
    given = [one for one in signature.parameters.values() if one.kind is not inspect.Parameter.VAR_KEYWORD]
    rest = [one for one in signature.parameters.values() if one.kind is inspect.Parameter.VAR_KEYWORD]
    at_least = inspect.Parameter(
        "at_least", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=LogPosition | None
    )
    made: Any = waits
    made.__signature__ = signature.replace(parameters=[*given, at_least, *rest])
    return waits


def worked_out(make: Callable[..., Awaitable[Any]], description: str) -> Any:
    """A field whose value *make* makes in Python, for the context and the arguments."""
    return strawberry.field(resolver=_resolver(make), description=description, metadata={FORM: Made(make=each(make))})


def paged(
    listing: Callable[..., Awaitable[Asked]],
    kind: type[T],
    line: type[Line],
    node: Callable[[Line, Listing], Any],
    description: str,
    moment: Moment | None = None,
) -> Any:
    """A connection field. *listing* returns the list and the window for the context and the arguments.

    For graphql-core each row is a *line*, of which *node* makes an object. Names below it are of *moment*.
    """

    async def page(context: Context, **arguments: Any) -> T:
        return await page_of(context, kind, await listing(context, **arguments), line, node)

    return strawberry.field(
        resolver=_resolver(page, like=listing, kind=kind, moment=moment),
        description=description,
        metadata={FORM: Pages(listing=listing, moment=moment)},
    )


async def page_of(
    context: Context, kind: type[T], asked: Asked, line: type[Line], node: Callable[[Line, Listing], Any]
) -> T:
    """A page as a connection of a *kind*. Its rows are each a *line*, of which *node* makes an object."""
    listing, window = asked
    found = await context.page(line, listing, window)
    key = [column.rpartition(".")[2] for column in listing.key]
    cursors = [cursor.write(window.order, tuple(getattr(one, column) for column in key)) for one in found.lines]
    nodes = [node(one, listing) for one in found.lines]
    edge: Any = inspect.get_annotations(kind)["edges"].__args__[0]
    edges = [edge(cursor=at, node=one) for at, one in zip(cursors, nodes, strict=True)]
    return kind(edges=edges, nodes=nodes, page_info=PageInfo.of(found, cursors), listing=listing)  # type: ignore[call-arg]


def _resolver(
    make: Callable[..., Awaitable[Any]], like: Any = None, kind: Any = None, moment: Moment | None = None
) -> Any:
    """The resolver that calls *make* with the context. It takes the arguments of *like*, by default those of *make*.

    Further arguments of *like* by any name are those of a page.
    """
    signature = inspect.signature(like or make)
    _, *arguments = signature.parameters.values()
    if arguments and arguments[-1].kind is inspect.Parameter.VAR_KEYWORD:
        arguments[-1:] = list(inspect.signature(cursor.window).parameters.values())[2:]

    async def resolve(info: Info, **given: Any) -> Any:
        found = await make(info.context, **given)
        if moment is not None:
            asked = found.listing.parameters
            info.context.names_as_of(info.path, asked.get(moment.day), asked.get(moment.known))
        elif kind is not None:
            info.context.names_of_now(info.path)
        return found

    made: Any = resolve
    made.__annotations__ = {one.name: one.annotation for one in arguments} | {
        "info": Info,
        "return": kind or signature.return_annotation,
    }
    info = inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Info)
    made.__signature__ = inspect.Signature(
        [info, *(one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in arguments)],
        return_annotation=made.__annotations__["return"],
    )
    return made
