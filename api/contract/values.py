"""Types that the whole schema uses: money, dates of reduced precision, pages."""

from dataclasses import fields
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache, lru_cache
from typing import Any, TypeAlias, TypeVar, cast

import strawberry

from domain.values import money, when
from domain.values.fact import Lane as DomainLane
from projections.tables.paging import Page

T = TypeVar("T")


@strawberry.type(description="An exact amount in one currency (ISO 4217), in major units.")
class Money:
    amount: Decimal = strawberry.field(description="The amount in major units, with the currency's minor-unit places.")
    currency: str = strawberry.field(description="The ISO 4217 code of the currency, such as GBP.")

    @classmethod
    def optional(cls, value: money.Money | None) -> "Money | None":
        """The GraphQL object for *value*; None for None."""
        return cls(amount=value.amount, currency=value.currency) if value is not None else None

    @classmethod
    def of(cls, value: money.Money) -> "Money":
        """The GraphQL object for *value*."""
        return cls(amount=value.amount, currency=value.currency)

    @classmethod
    def stored(cls, amount: Decimal | None, currency: str | None) -> "Money | None":
        """The sum of a stored *amount* and *currency*; None without either."""
        return cls.of(money.Money(amount=amount, currency=currency)) if amount is not None and currency else None


@strawberry.enum(description="How exactly a date is known.")
class Precision(Enum):
    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    RANGE = "range"
    UNKNOWN = "unknown"


@strawberry.type(
    description="A date, as exactly as it is known. earliest and latest are the first and the last possible day."
)
class When:
    text: str = strawberry.field(
        description="The date as ISO 8601: 2004, 2004-03, 2004-03-15, a range such as 2004-03/2004-05, or unknown. ~"
        " after a date means about."
    )
    precision: Precision
    earliest: date | None
    latest: date | None
    approximate: bool = strawberry.field(description="Whether the source says that the date is approximate.")

    @classmethod
    @lru_cache(maxsize=8192)  # Many rows have the same dates, and no code changes a When.
    def read(cls, text: str) -> "When":
        """The date that a read model stores as *text*."""
        found = when.When(text)
        return cls(
            text=found.text,
            precision=Precision(found.precision.value),
            earliest=found.earliest,
            latest=found.latest,
            approximate=found.approximate,
        )

    @classmethod
    def optional(cls, text: str | None) -> "When | None":
        """The date that a read model stores as *text*; None for None."""
        return cls.read(text) if text is not None else None


strawberry.enum(DomainLane, name="Lane", description="The part of a partnership's work that an entry belongs to.")
Lane: TypeAlias = DomainLane


@strawberry.interface(description="An item with a global id that never changes.")
class Node:
    id: strawberry.ID


@strawberry.type(description="Where a page begins and ends, and whether there are entries before or after it.")
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None

    @classmethod
    def of(cls, page: Page[Any], cursors: list[str]) -> "PageInfo":
        """The page information of *page*; *cursors* are those of its rows, or of the first and the last."""
        return cls(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        )


def of_line(kind: type[T], line: object, /, **others: Any) -> T:
    """A *kind* of object from a row of a read model: its fields have the names of the columns, except *others*.

    Columns of dates are texts.
    """
    values = {}
    for name, is_date in _parts(cast(Any, kind)):
        if name in others:
            values[name] = others[name]
        else:
            value = getattr(line, name)
            values[name] = When.optional(value) if is_date else value
    return kind(**values)


@cache
def _parts(kind: Any) -> list[tuple[str, bool]]:
    """The fields of a *kind* by name, and whether each is a date."""
    dates = {
        field.python_name
        for field in kind.__strawberry_definition__.fields
        if field.is_basic_field and getattr(field.type, "of_type", field.type) is When
    }
    return [(field.name, field.name in dates) for field in fields(kind) if field.init]
