"""How the field of a list is declared, once for both ways of answering: at the root, or below a thing."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib import import_module
from inspect import Parameter, Signature
from typing import Annotated, Any

import strawberry

from api.answering.fields import Connection, page_of, paged
from api.answering.shapes import FORM, Pages
from api.context import Context, Info
from api.contract.scalars import LogPosition
from api.types.lists.filters import OrderBy, asked
from projections.tables.paging import Listing


def connection(name: str, node: Any, description: str, base: type[Connection] = Connection) -> Any:
    """The type of a page of objects of the type *node*, called NameConnection."""
    edge: Any = strawberry.type(
        type(f"{name}Edge", (), {"__annotations__": {"cursor": str, "node": node}}),
        description=f"An entry of a {name}Connection, with its cursor.",
    )
    body = {"__annotations__": {"edges": list[edge], "nodes": list[node]}, "__module__": __name__}
    return strawberry.type(type(f"{name}Connection", (base,), body), description=description)


def everywhere(name: str, wanted: Any, kind: Any, line: type, node: Callable[[Any], Any], description: str) -> Any:
    """The root field of the list *name*, filtered by a *wanted*, as a connection of a *kind*."""

    async def find(context: Context, **arguments: Any) -> Any:
        await context.caught_up(arguments.pop("at_least", None))
        return await asked(context, name, arguments.pop("filter", None), arguments.pop("order_by", None), **arguments)

    optional = {"filter": wanted | None, "order_by": OrderBy | None, "at_least": LogPosition | None, **PAGE}
    takes(find, {"context": Context}, optional, Any)
    return paged(find, kind, line, lambda row, _: node(row), description)


def below(
    row: str,
    thing: str,
    name: str,
    wanted: Any,
    kind: tuple[str, str],
    line: type,
    node: Callable[[Any], Any],
    description: str,
) -> Any:
    """The field of a *thing*, which is the row named *row*, with the list *name* of what is below it.

    *kind* is the name of the connection's type and of its module.
    """

    async def of_id(context: Context, within: tuple[str, str], **arguments: Any) -> Any:
        of = {"given": arguments.pop("filter", None), "order_by": arguments.pop("order_by", None), **arguments}
        return await asked(context, name, within=within, **of)

    async def resolve(root: Any, info: Info, **arguments: Any) -> Any:
        info.context.names_of_now(info.path)
        listing, window = await of_id(info.context, (thing, "%(within)s"), **arguments)
        found: Listing = replace(listing, parameters={**listing.parameters, "within": f"{root.id}"})
        connection_type = getattr(import_module(kind[1]), kind[0])
        return await page_of(info.context, connection_type, (found, window), line, lambda one, _: node(one))

    optional = {"filter": wanted | None, "order_by": OrderBy | None, **PAGE}
    takes(resolve, {"root": Any, "info": Info}, optional, Annotated[kind[0], strawberry.lazy(kind[1])])
    return strawberry.field(
        resolver=resolve,
        description=description,
        metadata={FORM: Pages(listing=partial(of_id, within=(thing, f"{row}.id")))},
    )


PAGE: dict[str, Any] = {"first": int | None, "after": str | None, "last": int | None, "before": str | None}


def takes(function: Any, given: dict[str, Any], optional: dict[str, Any], result: Any, **defaults: Any) -> None:
    """Give *function* the parameters that Strawberry makes the arguments of a field from.

    *defaults* are the values of optional ones that are not null by default.
    """
    function.__annotations__ = {**given, **optional, "return": result}
    first = [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, annotation=kind) for name, kind in given.items()]
    rest = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=defaults.get(name), annotation=kind)
        for name, kind in optional.items()
    ]
    function.__signature__ = Signature([*first, *rest], return_annotation=result)
