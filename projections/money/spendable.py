"""What may still be paid: what is available of each award, after holds, open conditions and instalments not yet due.

docs/ledger.md has the definition.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from domain.values.money import minor_units
from domain.values.when import When
from projections.parts.folded import folded
from projections.tables.currencies import by_places
from projections.tables.effect import counts_from
from projections.tables.paging import Connection, lines_of

# The scopes that have it, and the column of ``awards`` with their id.
SCOPES = {"award_id": "id", "partnership_id": "partnership_id"}


@dataclass(slots=True)
class SpendableLine:
    """The amount that may still be paid in a *scope*, in major units of a *currency*."""

    scope: str
    currency: str
    amount: Decimal


@dataclass(slots=True)
class _Award:
    """An award of a scope. *left* is what is available of it and funds no other award, in major units."""

    scope: str
    id: str
    currency: str
    left: Decimal


@dataclass(slots=True)
class _Part:
    """A hold, condition or instalment of the award *stream*, with its facts."""

    stream: str
    kind: str
    status: str
    amount: Decimal | None
    facts: dict[str, Any]


_UNIT = by_places("a.currency", {0: "1.", 2: "0.01", 3: "0.001"})
# REGRANTED has what the award passes on to other awards, and RETURNED what came back, on the credit side.
_AWARDS = f"""
    SELECT a.{{column}} AS scope, a.id, a.currency, s.amount * {_UNIT} AS "left"
      FROM awards a CROSS JOIN LATERAL (
        SELECT coalesce(sum(CASE WHEN p.account IN ('awarded', 'regranted') THEN p.amount ELSE -p.amount END), 0)
               AS amount
          FROM postings p WHERE p.award_id = a.id AND p.account IN ('awarded', 'regranted', 'paid', 'returned')
           AND p.currency = a.currency AND p.counts_from <= %(as_at)s AND p.position <= %(known)s) s
     WHERE a.{{column}} = ANY (%(scopes)s)"""  # noqa: S608 - made of our own names
_PARTS = (
    "SELECT stream, kind, status, amount, facts FROM "  # noqa: S608
    + folded(
        "s.kind IN ('hold', 'condition', 'instalment') AND s.stream = ANY (%(awards)s)",
        "%(as_at)s::date",
        "%(known)s::bigint",
    )
)


async def spendable_by(
    connection: Connection, column: str, values: Sequence[str], *, as_at: date, known: int
) -> list[SpendableLine]:
    """What may still be paid in the scopes *values*, which are ids in *column* (a key of SCOPES), by currency."""
    given: dict[str, Any] = {"scopes": list(values), "as_at": as_at, "known": known}
    awards = await lines_of(connection, _Award, _AWARDS.format(column=SCOPES[column]), given)
    parts = await lines_of(connection, _Part, _PARTS, given | {"awards": [one.id for one in awards]})
    parts_of: dict[str, list[_Part]] = defaultdict(list)
    for part in parts:
        parts_of[part.stream].append(part)
    found: dict[tuple[str, str], Decimal] = {}
    for award in awards:
        amount = _spendable(award, parts_of[award.id], as_at)
        key = (award.scope, award.currency)
        found[key] = found.get(key, Decimal(0)) + amount
    return [SpendableLine(scope, currency, amount) for (scope, currency), amount in found.items()]


def spendable_in(currency: str, lines: Iterable[SpendableLine]) -> Decimal:
    """What may still be paid in a *currency*, of the *lines* of one scope."""
    zero = Decimal(0).scaleb(-minor_units(currency))
    return sum((line.amount for line in lines if line.currency == currency), zero)


def _spendable(award: _Award, parts: Iterable[_Part], as_at: date) -> Decimal:
    left = award.left
    for part in parts:
        stopped = part.kind == "hold" and part.status == "placed"
        barred = part.kind == "condition" and part.status == "open" and part.facts["precedent"]
        if stopped or barred:
            return award.left * 0
        if part.kind == "instalment" and part.amount and counts_from(When(part.facts["due"])) > as_at:
            left -= part.amount
    return max(left, award.left * 0)
