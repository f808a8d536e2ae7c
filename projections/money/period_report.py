"""What the books of a programme hold for some days, adjustments of closed periods apart.

A posting counts in the period of its effective date. Where that period was closed before the posting was recorded, it
counts as an adjustment on the first day after it that was open then: so nothing that is recorded later ever changes the
report of a closed period. What no source dates is in no period, and told by itself.
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
    """What an event moves in a period that was closed before it was recorded, in minor units of an account."""

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
    """What a figure of the ladder moved by in a period, in major units: as it went, by adjustments, and in all."""

    figure: str
    moved: Decimal
    adjusted: Decimal

    @property
    def total(self) -> Decimal:
        """In all."""
        return self.moved + self.adjusted


@dataclass(frozen=True, slots=True)
class Adjustment:
    """An event that adjusts a figure of a closed *period*: it counts on *booked*; *amount* is in major units."""

    line: AdjustmentLine
    figure: str
    amount: Decimal
    booked: date


@dataclass(frozen=True, slots=True)
class Report:
    """The books of a programme from *starts* to *ends*, both included, as known at *position*.

    *undated* is how far each figure stands by what no source dates: it is in no period.
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
class _Moved:
    account: str
    dated: bool
    amount: int


async def report(
    connection: Connection, programme_id: str, currency: str, *, starts: date, ends: date, known: int
) -> Report:
    """The books of a programme for these days, as known at a position of the log."""
    asked = {"programme": programme_id, "currency": currency, "starts": starts, "ends": ends, "known": known}
    moved = await lines_of(
        connection,
        _Moved,
        "SELECT p.account, p.dated, sum(p.amount)::bigint AS amount FROM postings p"
        " WHERE p.programme_id = %(programme)s AND p.currency = %(currency)s AND p.position <= %(known)s"
        # Not where its day lay in a period that was closed before it was recorded.
        " AND (NOT p.dated OR (p.counts_from BETWEEN %(starts)s AND %(ends)s AND NOT EXISTS ("
        " SELECT FROM periods c WHERE c.programme_id = p.programme_id AND c.position < p.position"
        " AND p.counts_from BETWEEN c.starts AND c.ends)))"
        " GROUP BY p.account, p.dated",
        asked,
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
        asked,
    )
    closed = await periods_by(connection, "programme_id", [programme_id], known=known)
    return _report(currency, starts, ends, known, moved, _adjustments(late, closed, currency, starts, ends))


def _adjustments(
    late: Sequence[AdjustmentLine], closed: Sequence[PeriodLine], currency: str, starts: date, ends: date
) -> list[Adjustment]:
    """Those of *late* that count from *starts* to *ends*, one for each figure that they move."""
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
    currency: str, starts: date, ends: date, known: int, moved: Sequence[_Moved], adjustments: list[Adjustment]
) -> Report:
    places = minor_units(currency)
    sums = {(one.account, one.dated): one.amount for one in moved}

    def in_all(figure: str, *, dated: bool) -> Decimal:
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
                in_all(figure, dated=True),
                sum((one.amount for one in adjustments if one.figure == figure), zero),
            )
            for figure in FIGURES
        ],
        undated={figure: in_all(figure, dated=False) for figure in FIGURES},
        adjustments=adjustments,
    )
