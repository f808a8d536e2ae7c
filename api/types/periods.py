"""Periods for clients: which are closed, and what the books hold for some days."""

from datetime import date, datetime
from decimal import Decimal

import strawberry

from api.context import Info
from api.contract.errors import Problem
from api.contract.scalars import LogPosition
from api.contract.values import When
from api.types.audit import AuditEntry, event_at
from projections import progress
from projections.money import period_report, periods
from projections.money.period_report import Adjustment, Report
from projections.money.periods import PeriodLine


@strawberry.type(description="What a figure of the ladder moved by, in major units of the programme's currency.")
class PeriodFigure:
    figure: str = strawberry.field(description="requested, approved, awarded, payable, paid, returned and so on.")
    moved: Decimal = strawberry.field(description="By what took effect in these days, in major units.")
    adjusted: Decimal = strawberry.field(
        description="By what took effect in a period that was closed before it was recorded, in major units."
    )
    total: Decimal = strawberry.field(description="moved plus adjusted, in major units")
    undated: Decimal = strawberry.field(
        description="How far it stands by what no source dates, in major units; it is in no period."
    )


@strawberry.type(description="An event recorded after the period of its effective date was closed.")
class PeriodAdjustment:
    figure: str = strawberry.field(description="The figure of the ladder that it moves.")
    amount: Decimal = strawberry.field(description="In major units of the programme's currency.")
    effective: When = strawberry.field(description="When it took effect, by what was recorded.")
    period: str = strawberry.field(description="The name of the closed period that it is of.")
    booked: date = strawberry.field(description="The day on which it counts: the first that was open after it.")
    award: str | None = strawberry.field(description="The reference of the award.")
    line: strawberry.Private[Adjustment]

    @strawberry.field(description="The event itself, with everything that was recorded.")
    async def event(self, info: Info) -> AuditEntry:
        return await event_at(info, self.line.line.position)

    @classmethod
    def of(cls, one: Adjustment) -> "PeriodAdjustment":
        """*one* for clients."""
        return cls(
            figure=one.figure,
            amount=one.amount,
            effective=When.read(one.line.effective),
            period=one.line.period,
            booked=one.booked,
            award=one.line.reference,
            line=one,
        )


@strawberry.type(
    description="The books of a programme for some days, both included, as known at a position of the log."
)
class PeriodReport:
    currency: str = strawberry.field(description="ISO 4217 code; every amount is in it.")
    starts: date = strawberry.field(description="Its first day.")
    ends: date = strawberry.field(description="Its last day.")
    position: LogPosition = strawberry.field(description="The last position of the log that counts.")
    figures: list[PeriodFigure] = strawberry.field(description="One for each figure of the ladder.")
    adjustments: list[PeriodAdjustment] = strawberry.field(description="In the order of the log.")

    @classmethod
    def of(cls, report: Report) -> "PeriodReport":
        """*report* for clients."""
        return cls(
            currency=report.currency,
            starts=report.starts,
            ends=report.ends,
            position=LogPosition(report.position),
            figures=[
                PeriodFigure(
                    figure=one.figure,
                    moved=one.moved,
                    adjusted=one.adjusted,
                    total=one.total,
                    undated=report.undated[one.figure],
                )
                for one in report.figures
            ],
            adjustments=[PeriodAdjustment.of(one) for one in report.adjustments],
        )


@strawberry.type(
    description="Days for which the books are closed. Its report never changes, whatever is recorded later."
)
class ClosedPeriod:
    name: str = strawberry.field(description="What it is called, within its programme.")
    starts: date = strawberry.field(description="Its first day.")
    ends: date = strawberry.field(description="Its last day.")
    closed_on: When = strawberry.field(description="When it was decided to close it.")
    recorded_at: datetime = strawberry.field(description="When that was recorded.")
    closed_by: str = strawberry.field(description="Who closed it.")
    position: LogPosition = strawberry.field(description="The last position of the log that its report knows.")

    @classmethod
    def of(cls, line: PeriodLine) -> "ClosedPeriod":
        """*line* for clients."""
        return cls(
            name=line.name,
            starts=line.starts,
            ends=line.ends,
            closed_on=When.read(line.closed_on),
            recorded_at=line.recorded_at,
            closed_by=line.actor,
            position=LogPosition(line.position),
        )


async def periods_of(info: Info, programme_id: str) -> list[ClosedPeriod]:
    """The closed periods of a programme, by their days."""
    lines = await info.context.lines(periods.periods_by, "programme_id", programme_id)
    return [ClosedPeriod.of(line) for line in lines]


async def report_of_closed(info: Info, programme_id: str, currency: str, name: str) -> PeriodReport | None:
    """The books of a programme when the period of this name was closed; None where none is."""
    for line in await info.context.lines(periods.periods_by, "programme_id", programme_id):
        if line.name == name:
            return await _report(info, programme_id, currency, line.starts, line.ends, line.position)
    return None


async def report_of(
    info: Info, programme_id: str, currency: str, starts: date, ends: date, known_at: datetime | None
) -> PeriodReport:
    """The books of a programme for any days, as known at a moment. Raises Problem where they end before they start."""
    if ends < starts:
        raise Problem("A period ends on or after the day that it starts.")
    return await _report(info, programme_id, currency, starts, ends, await info.context.known(known_at))


async def _report(
    info: Info, programme_id: str, currency: str, starts: date, ends: date, known: int | None
) -> PeriodReport:
    async with info.context.reads.connection() as connection:
        position = known if known is not None else await progress.reached(connection)
        found = await period_report.report(connection, programme_id, currency, starts=starts, ends=ends, known=position)
    return PeriodReport.of(found)
