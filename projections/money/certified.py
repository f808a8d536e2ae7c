"""What has changed in the figures of an award since they were certified, and by which events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.values.money import minor_units
from projections.money.funding import FIGURES, HELD
from projections.tables.paging import Connection, lines_of


@dataclass(frozen=True, slots=True)
class Since:
    """What was added to a *figure* since a certificate, in major units, and the *positions* of the events."""

    figure: str
    amount: Decimal
    positions: Sequence[int]


# What counts now and did not count in the certificate. The certificate has what was recorded before it, as at its day.
_SINCE = """
SELECT p.account, sum(p.amount)::bigint, array_agg(DISTINCT p.position ORDER BY p.position) FROM postings p
 WHERE p.award_id = %(award)s AND p.position <= %(known)s AND p.counts_from <= %(day)s
   AND NOT (p.position < %(position)s AND p.counts_from <= %(as_at)s)
 GROUP BY p.account
"""


async def since_certified(
    connection: Connection, award_id: str, currency: str, position: int, as_at: date, *, day: date, known: int
) -> list[Since]:
    """What was added to the figures of an award since the certificate at *position*, which has them *as_at* a day.

    The answer is as at *day* and as known at the position *known*. Figures to which nothing was added are not in it.
    """
    asked = {"award": award_id, "known": known, "day": day, "position": position, "as_at": as_at}
    moved = {account: (units, at) for account, units, at in await lines_of(connection, tuple, _SINCE, asked)}
    found: list[Since] = []
    for figure, accounts in (FIGURES | HELD).items():
        units = sum(sign * moved[account.value][0] for account, sign in accounts.items() if account.value in moved)
        at = {one for account in accounts if account.value in moved for one in moved[account.value][1]}
        if at:
            found.append(Since(figure, Decimal(units).scaleb(-minor_units(currency)), sorted(at)))
    return found
