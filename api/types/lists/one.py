"""How the root field of one thing is declared, once for both ways of answering."""

from collections.abc import Awaitable, Callable
from typing import Any

import strawberry

from api.answering.shapes import FORM, Rows, RowsFor
from api.context import Context, Info
from api.contract.errors import Problem
from api.contract.scalars import LogPosition
from api.types.lists.listed import takes


def one(
    kind: type, find: Callable[[Info, str, str], Awaitable[Any]], source: str, row: str, *, called: str = "code"
) -> Any:
    """The root field for one thing of a *kind*, by its id or by what people call it: its code or its reference.

    graphql-core asks *find* for the one whose column has a value. SQL reads *source*, in which it is the *row*.
    """

    async def rows(context: Context, at_least: LogPosition | None = None, **given: str) -> tuple[Rows, dict[str, Any]]:
        column, value = _named(given)
        await context.caught_up(at_least)
        return Rows(f"{source} WHERE {row}.{column} = %(value)s"), {"value": value}

    async def resolve(info: Info, at_least: LogPosition | None = None, **given: Any) -> Any:
        column, value = _named(given)
        await info.context.caught_up(at_least)
        return await find(info, value, column)

    def _named(given: dict[str, str]) -> tuple[str, str]:
        return one_of(**{name: given.get(name) for name in ("id", called)})

    optional = {"id": strawberry.ID | None, called: str | None, "at_least": LogPosition | None}
    takes(resolve, {"info": Info}, optional, kind | None)
    words = f"One {kind.__name__.lower()}, by id or by {called}. null if there is none."
    return strawberry.field(resolver=resolve, description=words, metadata={FORM: RowsFor(rows)})


def one_of(**given: str | None) -> tuple[str, str]:
    """The name and value of the one argument that is given. Raises Problem if none or several are."""
    found = [(name, value) for name, value in given.items() if value is not None]
    if len(found) != 1:
        given_now = "None" if not found else "More than one"
        raise Problem(f"{given_now} of {' and '.join(given)} is given. Give exactly one.")
    return found[0]
