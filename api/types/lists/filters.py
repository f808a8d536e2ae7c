"""What a list may be asked for: filters, orders, and how their names and moments are read."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry

from api.context import Context
from api.contract import cursor
from api.contract.errors import Problem
from api.contract.inputs import check_texts, currency
from projections import lists
from projections.lists import AMOUNT, CODE, DATE, NAME, RECORDED, Wanted
from projections.tables.paging import Listing, Window

ALL = "All conditions must be met; fields that you leave out are ignored. Names are ids or codes."


@strawberry.enum(description="From the first to the last, or from the last to the first.")
class Direction(Enum):
    ASC = "asc"
    DESC = "desc"


@strawberry.enum(description="The order of a list. Entries with equal values are in the order recorded.")
class ListOrder(Enum):
    RECORDED = RECORDED
    DATE = DATE
    AMOUNT = AMOUNT
    CODE = CODE
    NAME = NAME


@strawberry.input(description="The order of a list.")
class OrderBy:
    field: ListOrder = strawberry.field(default=ListOrder.RECORDED, description="What the entries are ordered by.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="In which direction.")


@strawberry.input
class Texts:
    text: str | None = strawberry.field(default=None, description="Searched for in the names and texts of the entries.")


@strawberry.input
class Recorded(Texts):
    recorded_from: datetime | None = strawberry.field(default=None, description="Only what was recorded then or later.")
    recorded_to: datetime | None = strawberry.field(default=None, description="Only what was recorded by then.")


@strawberry.input
class Placed(Recorded):
    programme: str | None = strawberry.field(default=None, description="Only those of this programme: its id or code.")
    scheme: str | None = strawberry.field(default=None, description="Only those of this scheme: its id or code.")
    partnership: str | None = strawberry.field(default=None, description="Only those of this partnership: id or code.")
    organisation: str | None = strawberry.field(
        default=None,
        description="Only those of partnerships in which this organisation, or one that merged into it, has a role: its"
        " id or code.",
    )


@strawberry.input
class SummedFilter(Placed):
    funder: str | None = strawberry.field(
        default=None, description="Only those with this funder, or one that merged into it: its id or code."
    )
    currency: str | None = strawberry.field(default=None, description="Only amounts in this currency (ISO 4217).")
    amount_from: Decimal | None = strawberry.field(default=None, description="Only amounts from this, in major units.")
    amount_to: Decimal | None = strawberry.field(default=None, description="Only amounts up to this, in major units.")
    on_from: date | None = strawberry.field(
        default=None, description="Leave out what is dated before this day, and what has no date."
    )
    on_to: date | None = strawberry.field(
        default=None, description="Leave out what is dated after this day, and what has no date."
    )


# The fields of a filter that name a thing, and the kind of the thing.
NAMED = {
    "programme": "programme",
    "scheme": "scheme",
    "partnership": "partnership",
    "organisation": "organisation",
    "funder": "organisation",
    "round": "round",
}
# The names of the other fields, where a list has them under other names.
_FIELDS = {
    "on_from": "first", "on_to": "last", "reference": "code", "state": "states", "status": "states",
    "use": "states", "sort": "kind", "priority": "priorities",
}  # fmt: skip


async def asked(
    context: Context,
    name: str,
    given: Any,
    order_by: OrderBy | None = None,
    within: tuple[str, str] | None = None,
    **page: Any,
) -> tuple[Listing, Window]:
    """The list *name* and the window for a filter, an order and a page; *within* as in ``lists.listing``.

    Raises Problem for a name that names nothing, and for an order that the list does not have.
    """
    orders = lists.LISTS[name].orders
    order = order_by.field.value if order_by else next(iter(orders))
    descending = order_by is not None and order_by.direction is Direction.DESC
    if order not in orders:
        raise Problem(f"{name} has no order {order.upper()}. Its orders are {', '.join(map(str.upper, orders))}.")
    listing = lists.listing(name, await wanted(context, given), order, descending=descending, within=within)
    kinds = (_KINDS[order], cursor.position if RECORDED in orders else cursor.text)[: len(listing.key)]
    return listing, cursor.window(lists.order_name(name, order, descending=descending), kinds, **page)


_KINDS: dict[str, Callable[[Any], Any]] = {
    RECORDED: cursor.position, DATE: cursor.day, AMOUNT: cursor.amount, CODE: cursor.text, NAME: cursor.text,
}  # fmt: skip


async def wanted(context: Context, given: Any) -> Wanted:
    """What a filter asks for, in ids, values and positions.

    Raises Problem for a name that names nothing, and for a text that is no currency.
    """
    if given is None:
        return Wanted()
    check_texts(given)
    found: dict[str, Any] = {}
    for field, value in vars(given).items():
        if value is None:
            continue
        if field in NAMED:
            found[field] = await context.id_of(NAMED[field], value)
        elif field == "recorded_from":
            found["after_position"] = await context.position_at(value - timedelta(microseconds=1))
        elif field == "recorded_to":
            found["up_to"] = await context.position_at(value)
        elif field == "currency":
            found[field] = currency("currency", value)
        else:
            found[_FIELDS.get(field, field)] = _plain(value)
    return Wanted(**found)


def _plain(value: Any) -> Any:
    """The values of enumerations, as the read models have them."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.value if isinstance(value, Enum) else value
