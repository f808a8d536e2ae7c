"""Periods in GraphQL: which are closed, and the books for a range of days."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry

from api.answering.shapes import written
from api.context import Info
from api.contract.errors import Problem
from api.contract.scalars import LogPosition
from api.contract.values import When, of_line
from api.types.log.audit import AuditEntry, event_at
from projections import progress
from projections.money import period_report, periods
from projections.money.funding import FIGURES
from projections.money.period_report import Adjustment, Report
from projections.money.periods import PeriodLine

# The figures of the ladder.
Rung: Any = Enum("Rung", {name.upper(): name for name in FIGURES})  # type: ignore[misc]
strawberry.enum(Rung, description="A figure of Funding.")


@strawberry.type(description="How a funding figure changed, in major units of the programme's currency.")
class PeriodFigure:
    figure: str = strawberry.field(
        description="The figure, as named in Funding: requested, approved, paid and so on.",
        deprecation_reason="From 2026-11-29: use rung.",
    )
    rung: Rung = strawberry.field(description="The figure, as named in Funding.")
    moved: Decimal = strawberry.field(description="The change by events effective in these days, in major units.")
    adjusted: Decimal = strawberry.field(
        description="The change by events of an earlier period, recorded after it was closed, in major units."
    )
    total: Decimal = strawberry.field(description="moved plus adjusted, in major units.")
    undated: Decimal = strawberry.field(
        description="The part of the figure from events without a date, in major units. It belongs to no period."
    )


@strawberry.type(description="An event that was recorded after the period of its effective date was closed.")
class PeriodAdjustment:
    figure: str = strawberry.field(
        description="The funding figure that the event changes.", deprecation_reason="From 2026-11-29: use rung."
    )
    rung: Rung = strawberry.field(description="The funding figure that the event changes.")
    amount: Decimal = strawberry.field(description="The change in major units of the programme's currency.")
    effective: When = strawberry.field(description="When the event took effect, as recorded.")
    period: str = strawberry.field(description="The name of the closed period that contains the effective date.")
    booked: date = strawberry.field(description="The day on which it counts: the first open day after the period.")
    award: str | None = strawberry.field(description="The reference of the award. null if there is none.")
    line: strawberry.Private[Adjustment]

    @strawberry.field(description="The event, with everything that was recorded.")
    async def event(self, info: Info) -> AuditEntry:
        return await event_at(info, self.line.line.position)

    @classmethod
    def of(cls, one: Adjustment) -> "PeriodAdjustment":
        """The GraphQL object for *one*."""
        return cls(
            figure=one.figure,
            rung=Rung(one.figure),
            amount=one.amount,
            effective=When.read(one.line.effective),
            period=one.line.period,
            booked=one.booked,
            award=one.line.reference,
            line=one,
        )


@strawberry.type(
    description="The books of a programme from starts to ends, both included, as known at a position of the log."
)
class PeriodReport:
    currency: str = strawberry.field(description="The ISO 4217 code of the currency of every amount.")
    starts: date = strawberry.field(description="The first day of the report.")
    ends: date = strawberry.field(description="The last day of the report.")
    position: LogPosition = strawberry.field(description="The last position of the log that the report includes.")
    figures: list[PeriodFigure] = strawberry.field(description="The funding figures, one entry each.")
    adjustments: list[PeriodAdjustment] = strawberry.field(description="The adjustments, in the order of the log.")

    @classmethod
    def of(cls, report: Report) -> "PeriodReport":
        """The GraphQL object for *report*."""
        return cls(
            currency=report.currency,
            starts=report.starts,
            ends=report.ends,
            position=LogPosition(report.position),
            figures=[
                PeriodFigure(
                    figure=one.figure,
                    rung=Rung(one.figure),
                    moved=one.moved,
                    adjusted=one.adjusted,
                    total=one.total,
                    undated=report.undated[one.figure],
                )
                for one in report.figures
            ],
            adjustments=[PeriodAdjustment.of(one) for one in report.adjustments],
        )


@written("periods", closed_by="periods.actor")
@strawberry.type(
    description="A period whose books are closed. Its report never changes, even if more events are recorded."
)
class ClosedPeriod:
    name: str = strawberry.field(description="The name of the period. No other period of the programme has it.")
    starts: date = strawberry.field(description="The first day of the period.")
    ends: date = strawberry.field(description="The last day of the period.")
    closed_on: When = strawberry.field(description="The date of the decision to close the period.")
    recorded_at: datetime = strawberry.field(description="When the decision was recorded (UTC).")
    closed_by: str = strawberry.field(description="Who closed the period.")
    position: LogPosition = strawberry.field(description="The last position of the log that its report includes.")

    @classmethod
    def of(cls, line: PeriodLine) -> "ClosedPeriod":
        """The GraphQL object for *line*."""
        return of_line(cls, line, closed_by=line.actor)


async def periods_of(info: Info, programme_id: str) -> list[ClosedPeriod]:
    """The closed periods of a programme, in the order of their days."""
    lines = await info.context.lines(periods.periods_by, "programme_id", programme_id)
    return [ClosedPeriod.of(line) for line in lines]


async def report_of_closed(info: Info, programme_id: str, currency: str, name: str) -> PeriodReport | None:
    """The books of a programme when the period with this name was closed; None if there is no such period."""
    for line in await info.context.lines(periods.periods_by, "programme_id", programme_id):
        if line.name == name:
            return await _report(info, programme_id, currency, line.starts, line.ends, line.position)
    return None


async def report_of(
    info: Info, programme_id: str, currency: str, starts: date, ends: date, known_at: datetime | None
) -> PeriodReport:
    """The books of a programme from *starts* to *ends*, as known at an instant. Raises Problem if *ends* is first."""
    if ends < starts:
        raise Problem("The last day is before the first day. A period ends on its first day or later.")
    return await _report(info, programme_id, currency, starts, ends, await info.context.known(known_at))


async def _report(
    info: Info, programme_id: str, currency: str, starts: date, ends: date, known: int | None
) -> PeriodReport:
    async with info.context.reads.connection() as connection:
        position = known if known is not None else await progress.reached(connection)
        found = await period_report.report(connection, programme_id, currency, starts=starts, ends=ends, known=position)
    return PeriodReport.of(found)
