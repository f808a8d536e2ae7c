"""The books of a programme for some days, with adjustments of closed periods shown separately.

A posting counts in the period of its effective date. If that period was closed before the posting was recorded, the
posting is an adjustment and counts on the first later day that was open then. So a later event never changes the report
of a closed period. Undated postings are in no period, and are shown separately.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from domain.books import first_open
from domain.values.money import minor_units
from projections.money.funding import FIGURES
from projections.money.periods import PeriodLine, periods_by
from projections.tables.paging import Connection, lines_of

# --- Lines ------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class AdjustmentLine:
    """A posting in a period that was closed before it was recorded; *amount* is in minor units."""

    position: int
    event: str
    effective: str
    recorded_at: datetime
    actor: str
    reference: str | None
    account: str
    amount: int
    counts_from: date
    period: str


@dataclass(frozen=True, slots=True)
class FigureMoved:
    """The change of a figure of the ladder in a period, in major units. *adjusted* is for earlier, closed periods."""

    figure: str
    moved: Decimal
    adjusted: Decimal

    @property
    def total(self) -> Decimal:
        """The whole change."""
        return self.moved + self.adjusted


@dataclass(frozen=True, slots=True)
class Adjustment:
    """The change of a figure by an event in a closed period. It counts on *booked*; *amount* is in major units."""

    line: AdjustmentLine
    figure: str
    amount: Decimal
    booked: date


@dataclass(frozen=True, slots=True)
class Report:
    """The books of a programme from *starts* to *ends*, both included, as known at *position*.

    *undated* is the part of each figure that no source dates. It is in no period.
    """

    currency: str
    starts: date
    ends: date
    position: int
    figures: list[FigureMoved]
    undated: dict[str, Decimal]
    adjustments: list[Adjustment]


# --- Reader -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _AccountTotal:
    account: str
    dated: bool
    amount: int


async def report(
    connection: Connection, programme_id: str, currency: str, *, starts: date, ends: date, known: int
) -> Report:
    """The books of a programme for these days, as known at a position of the log."""
    parameters = {"programme": programme_id, "currency": currency, "starts": starts, "ends": ends, "known": known}
    moved = await lines_of(
        connection,
        _AccountTotal,
        "SELECT p.account, p.dated, sum(p.amount)::bigint AS amount FROM postings p"
        " WHERE p.programme_id = %(programme)s AND p.currency = %(currency)s AND p.position <= %(known)s"
        # Leaves out postings in a period that was closed before they were recorded.
        " AND (NOT p.dated OR (p.counts_from BETWEEN %(starts)s AND %(ends)s AND NOT EXISTS ("
        " SELECT FROM periods c WHERE c.programme_id = p.programme_id AND c.position < p.position"
        " AND p.counts_from BETWEEN c.starts AND c.ends)))"
        " GROUP BY p.account, p.dated",
        parameters,
    )
    late = await lines_of(
        connection,
        AdjustmentLine,
        "SELECT p.position, a.name AS event, a.effective, a.recorded_at, a.actor, w.reference, p.account,"
        " p.amount, p.counts_from, c.name AS period"
        " FROM postings p JOIN periods c ON c.programme_id = p.programme_id AND c.position < p.position"
        " AND p.counts_from BETWEEN c.starts AND c.ends"
        " JOIN audit a ON a.position = p.position LEFT JOIN awards w ON w.id = p.award_id"
        " WHERE p.programme_id = %(programme)s AND p.currency = %(currency)s AND p.position <= %(known)s AND p.dated"
        " AND p.counts_from <= %(ends)s ORDER BY p.position, p.nth",
        parameters,
    )
    closed = await periods_by(connection, "programme_id", [programme_id], known=known)
    return _report(currency, starts, ends, known, moved, _adjustments(late, closed, currency, starts, ends))


def _adjustments(
    late: Sequence[AdjustmentLine], closed: Sequence[PeriodLine], currency: str, starts: date, ends: date
) -> list[Adjustment]:
    """The adjustments that count from *starts* to *ends*: one for each figure that a line of *late* changes."""
    places = minor_units(currency)
    found = []
    for line in late:
        booked = first_open(
            line.counts_from, [(one.starts, one.ends) for one in closed if one.position < line.position]
        )
        if starts <= booked <= ends:
            found += [
                Adjustment(line, figure, Decimal(sign * line.amount).scaleb(-places), booked)
                for figure, accounts in FIGURES.items()
                for account, sign in accounts.items()
                if account.value == line.account
            ]
    return found


def _report(
    currency: str, starts: date, ends: date, known: int, moved: Sequence[_AccountTotal], adjustments: list[Adjustment]
) -> Report:
    places = minor_units(currency)
    sums = {(one.account, one.dated): one.amount for one in moved}

    def figure_total(figure: str, *, dated: bool) -> Decimal:
        minor = sum(sign * sums.get((account.value, dated), 0) for account, sign in FIGURES[figure].items())
        return Decimal(minor).scaleb(-places)

    zero = Decimal(0).scaleb(-places)
    return Report(
        currency=currency,
        starts=starts,
        ends=ends,
        position=known,
        figures=[
            FigureMoved(
                figure,
                figure_total(figure, dated=True),
                sum((one.amount for one in adjustments if one.figure == figure), zero),
            )
            for figure in FIGURES
        ],
        undated={figure: figure_total(figure, dated=False) for figure in FIGURES},
        adjustments=adjustments,
    )
