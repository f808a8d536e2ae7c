"""The postings of a ladder or of a programme, one by one: what each event adds to which account, and from when on."""

from dataclasses import dataclass
from datetime import date, datetime

from projections.money.funding import Ladder, postings_of
from projections.tables.paging import Connection, lines_of, sql


@dataclass(slots=True)
class PostingLine:
    """A posting of an event: *amount*, in minor units of *currency*, counts from a day.

    *effective* is the text of a When. *dated* is False where no source dates it.
    """

    position: int
    account: str
    amount: int
    currency: str
    counts_from: date
    dated: bool
    name: str
    effective: str
    recorded_at: datetime
    actor: str
    stream: str


async def postings_in(connection: Connection, column: str, scope: str, *, known: int) -> list[PostingLine]:
    """All postings of the *scope* in *column*, in every currency, up to the position *known*."""
    condition = postings_of(column, Ladder(currency="p.currency"))
    statement = sql(
        "SELECT p.position, p.account, p.amount, p.currency, p.counts_from, p.dated, a.name, a.effective,"  # noqa: S608
        " a.recorded_at, a.actor, a.stream FROM postings p JOIN audit a ON a.position = p.position"
        f" WHERE {condition} AND p.position <= %(known)s ORDER BY p.position, p.nth"
    )
    return await lines_of(connection, PostingLine, statement, {"scope": scope, "known": known})
