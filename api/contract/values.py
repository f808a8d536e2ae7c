"""Values of the contract: money, dates of reduced precision, pages."""

from datetime import date
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any, TypeAlias

import strawberry

from domain.values import money, when
from domain.values.fact import Lane as DomainLane
from projections.tables.paging import Page


@strawberry.type(description="An exact amount in one currency (ISO 4217), in major units.")
class Money:
    amount: Decimal = strawberry.field(description="The amount in major units, with the currency's minor-unit places.")
    currency: str = strawberry.field(description="ISO 4217 code, such as GBP.")

    @classmethod
    def of(cls, value: money.Money | None) -> "Money | None":
        """*value* for clients; None stays None."""
        return cls(amount=value.amount, currency=value.currency) if value is not None else None

    @classmethod
    def sure(cls, value: money.Money) -> "Money":
        """*value* for clients."""
        return cls(amount=value.amount, currency=value.currency)


@strawberry.enum(description="How well a date is known.")
class Precision(Enum):
    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    RANGE = "range"
    UNKNOWN = "unknown"


@strawberry.type(
    description="A date as well as it is known. earliest and latest are the first and last day it can be; null where"
    " open."
)
class When:
    text: str = strawberry.field(description="ISO 8601 in reduced precision, a range a/b, or 'unknown'; ~ is about.")
    precision: Precision
    earliest: date | None
    latest: date | None
    approximate: bool = strawberry.field(description="Whether the source gives it as approximate.")

    @classmethod
    @lru_cache(maxsize=8192)  # The same days stand in many rows. Nobody changes a value that was read.
    def read(cls, text: str) -> "When":
        """The date that a read model holds as *text*."""
        found = when.When(text)
        return cls(
            text=found.text,
            precision=Precision(found.precision.value),
            earliest=found.earliest,
            latest=found.latest,
            approximate=found.approximate,
        )

    @classmethod
    def perhaps(cls, text: str | None) -> "When | None":
        """The date that a read model holds as *text*; None stays None."""
        return cls.read(text) if text is not None else None


strawberry.enum(DomainLane, name="Lane", description="Which part of a partnership's life an entry belongs to.")
Lane: TypeAlias = DomainLane


@strawberry.interface(description="Something with an identity of its own, for ever.")
class Node:
    id: strawberry.ID


@strawberry.type(description="Whether there is more on either side of a page, and where it begins and ends.")
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None

    @classmethod
    def of(cls, page: Page[Any], cursors: list[str]) -> "PageInfo":
        """The page information of *page*, whose rows have *cursors*."""
        return cls(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        )
