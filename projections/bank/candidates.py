"""The payments that bank entries may settle: those released, and those that registers state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from psycopg.sql import SQL

from domain.bank import matching as bank_matching
from domain.bank.account import BankEntry
from domain.bank.matching import Open, PaymentKey, Proposal, Repaid, RepaymentKey, RepaymentProposal, Seen, Why
from domain.values.ids import AwardId, EntryId
from domain.values.money import Money
from domain.values.plain import plain
from projections.bank.entries import OPEN_END
from projections.bank.reading import SELECT, EntryLine, Filter, known_in, listing
from projections.tables.paging import Connection, lines_of

# --- Lines ------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class ProposalLine:
    """The payments that an entry may settle, best first. *duplicate_of* is an entry that looks the same.

    *repayments* are the repayments that it may be, best first, each with its amount, which is that of the entry.
    """

    entry_id: str
    duplicate_of: str | None
    proposals: tuple[Proposal, ...]
    repayments: tuple[RepaymentProposal, ...]
    amount: Money


@dataclass(slots=True)
class RejectionLine:
    """A payment that a person has ruled out for an entry."""

    entry_id: str
    award_id: str
    number: int


@dataclass(slots=True)
class PaymentLine:
    """A payment that was released. *settled* has left the bank, *returned* has come back.

    *parts* and *amounts* are the numbers and amounts of its returns that were not matched at the bank. *payees* are the
    names of its possible recipients.
    """

    award_id: str
    award: str
    partnership: str | None
    number: int
    amount: Decimal
    currency: str
    reference: str | None
    released: date
    settled: Decimal
    returned: Decimal
    parts: list[int]
    amounts: list[Decimal]
    payees: list[str]

    @property
    def left(self) -> Decimal:
        """The amount that has not been seen to leave the bank."""
        return self.amount - self.settled

    @property
    def open(self) -> Open:
        """The payment in the form that matching takes."""
        return Open(
            key=PaymentKey(AwardId(self.award_id), self.number),
            sent=self._money(self.amount),
            left=self._money(self.left),
            back=self._money(max(self.amount - self.returned, Decimal(0))),
            released=self.released,
            reference=self.reference,
            payees=tuple(self.payees),
            known_back=tuple(
                (part, self._money(amount)) for part, amount in zip(self.parts, self.amounts, strict=True)
            ),
        )

    def _money(self, amount: Decimal) -> Money:
        return Money(amount=amount, currency=self.currency)


@dataclass(slots=True)
class StatedLine:
    """A payment that a register states, or with *back* a return. *found* is the amount matched at the bank."""

    award_id: str
    number: int
    back: bool
    amount: Decimal
    currency: str
    reference: str | None
    day: date | None
    found: Decimal
    payees: list[str]

    @property
    def open(self) -> Open:
        """The payment in the form that matching takes."""
        left = Money(amount=self.amount - self.found, currency=self.currency)
        nothing = Money.zero(self.currency)
        return Open(
            key=PaymentKey(AwardId(self.award_id), self.number),
            sent=Money(amount=self.amount, currency=self.currency),
            left=nothing if self.back else left,
            back=left if self.back else nothing,
            released=self.day,
            reference=self.reference,
            payees=tuple(self.payees),
            stated=True,
        )


@dataclass(slots=True)
class RepaidLine:
    """A repayment of a recovery. It is *open* while it is not matched to the bank."""

    award_id: str
    number: int
    part: int
    amount: Decimal
    currency: str
    reference: str | None
    day: date
    open: bool
    payees: list[str]

    @property
    def repaid(self) -> Repaid:
        """The repayment in the form that matching takes."""
        return Repaid(
            key=RepaymentKey(AwardId(self.award_id), self.number, self.part),
            amount=Money(amount=self.amount, currency=self.currency),
            day=self.day,
            reference=self.reference,
            payees=tuple(self.payees),
            open=self.open,
        )


# --- Readers ----------------------------------------------------------------------------------------------------------

_PAYMENTS = """
    SELECT p.award_id, coalesce(w.reference, p.award_id) AS award, h.code AS partnership, p.number, p.amount,
           p.currency, p.reference, p.released, coalesce(s.settled, 0) AS settled, coalesce(r.returned, 0) AS returned,
           coalesce(r.parts, '{{}}') AS parts, coalesce(r.amounts, '{{}}') AS amounts,
           array_remove(ARRAY[h.name, o.name], NULL) AS payees
      FROM bank_payments p
      LEFT JOIN awards w ON w.id = p.award_id
      LEFT JOIN partnerships h ON h.id = w.partnership_id
      LEFT JOIN organisations o ON o.id = h.lead_id
      LEFT JOIN LATERAL (
          SELECT sum(f.amount) AS settled FROM bank_found f JOIN bank_entries e ON e.id = f.entry_id
           WHERE f.award_id = p.award_id AND f.number = p.number AND f.part IS NULL AND {found}
             AND (%(until)s::date IS NULL OR e.booked <= %(until)s)) s ON true
      LEFT JOIN LATERAL (
          SELECT sum(b.amount) AS returned,
                 array_agg(b.part ORDER BY b.part) FILTER (WHERE f.entry_id IS NULL) AS parts,
                 array_agg(b.amount ORDER BY b.part) FILTER (WHERE f.entry_id IS NULL) AS amounts
            FROM bank_returns b
            LEFT JOIN bank_found f ON f.award_id = b.award_id AND f.number = b.number AND f.part = b.part AND {found}
           WHERE b.award_id = p.award_id AND b.number = p.number AND {returns}) r ON true
     WHERE {where} ORDER BY p.released, p.position"""


async def _payments(
    connection: Connection, where: str, *, known: int | None = None, until: date | None = None, **values: Any
) -> list[PaymentLine]:
    statement = SQL(_PAYMENTS).format(found=known_in("f", known), returns=known_in("b", known), where=SQL(where))
    return await lines_of(connection, PaymentLine, statement, {"known": known, "until": until, **values})


async def payments_near(connection: Connection, entries: Sequence[BankEntry]) -> list[PaymentLine]:
    """The payments, not reversed, with the amount or reference of any of *entries*, or with a reference in its text."""
    if not entries:
        return []
    return await _payments(
        connection,
        f"""p.withdrawn = {OPEN_END} AND (p.alike = ANY (%(references)s)
            OR p.amount = ANY (%(sizes)s) OR p.amount - coalesce(s.settled, 0) = ANY (%(sizes)s)
            OR p.amount - coalesce(r.returned, 0) = ANY (%(sizes)s) OR r.amounts && %(sizes)s
            OR (length(p.alike) >= 4 AND EXISTS (
                SELECT FROM unnest(%(texts)s::text[]) t (words) WHERE strpos(t.words, p.alike) > 0)))""",
        references=sorted({reference for one in entries for reference in one.references}),
        sizes=[abs(one.amount.amount) for one in entries],
        texts=[plain(one.remittance) for one in entries if one.remittance],
    )


async def stated_near(connection: Connection, entries: Sequence[BankEntry]) -> list[StatedLine]:
    """The payments that registers state with the amount of any of *entries* near its day, or with its reference.

    There may be millions, so the texts of entries are not searched for their references.
    """
    if not entries:
        return []
    spans = [bank_matching.days_about(one) for one in entries]
    return await lines_of(
        connection,
        StatedLine,
        """
        WITH near AS (
            SELECT s.award_id, s.number, s.position
              FROM unnest(%(sizes)s::numeric[], %(since)s::date[], %(until)s::date[]) AS e (size, since, until)
              JOIN bank_stated s ON s.amount = e.size AND s.day BETWEEN e.since AND e.until
             UNION
            SELECT s.award_id, s.number, s.position FROM bank_stated s WHERE s.alike = ANY (%(references)s))
        SELECT s.award_id, s.number, s.back, s.amount, s.currency, s.reference, s.day,
               coalesce(f.found, 0) AS found, array_remove(ARRAY[y.name, h.name, o.name], NULL) AS payees
          FROM near JOIN bank_stated s USING (award_id, number, position)
          LEFT JOIN awards w ON w.id = s.award_id
          LEFT JOIN partnerships h ON h.id = w.partnership_id
          LEFT JOIN organisations o ON o.id = h.lead_id
          LEFT JOIN organisations y ON y.id = s.payee_id
          LEFT JOIN LATERAL (
              SELECT sum(b.amount) AS found FROM bank_found b
               WHERE b.award_id = s.award_id AND b.number = s.number AND b.superseded = %(now)s) f ON true
         WHERE s.withdrawn = %(now)s
         ORDER BY s.award_id, s.number""",
        {
            "sizes": [abs(one.amount.amount) for one in entries],
            "since": [since for since, _ in spans],
            "until": [until for _, until in spans],
            "references": sorted({reference for one in entries for reference in one.references}),
            "now": OPEN_END,
        },
    )


async def candidates(connection: Connection, entries: Sequence[Seen]) -> list[Open]:
    """The payments that unmatched *entries* may settle: those released, and those that registers state."""
    unmatched = [one.entry for one in entries if one.open]
    released = [one.open for one in await payments_near(connection, unmatched)]
    return released + [one.open for one in await stated_near(connection, unmatched)]


async def repaid_near(connection: Connection, entries: Sequence[Seen]) -> list[Repaid]:
    """The repayments of recoveries with the amount or a reference of an entry that waits."""
    received = [one.entry for one in entries if one.open and one.entry.amount.is_positive]
    if not received:
        return []
    lines = await lines_of(
        connection,
        RepaidLine,
        """
        SELECT r.award_id, r.number, r.part, r.amount, r.currency, r.reference, r.day,
               NOT EXISTS (SELECT FROM bank_repaid m WHERE m.award_id = r.award_id AND m.number = r.number
                              AND m.part = r.part AND m.superseded = %(now)s) AS open,
               array_remove(ARRAY[h.name, o.name], NULL) AS payees
          FROM bank_repayments r
          LEFT JOIN awards w ON w.id = r.award_id
          LEFT JOIN partnerships h ON h.id = w.partnership_id
          LEFT JOIN organisations o ON o.id = h.lead_id
         WHERE r.amount = ANY (%(sizes)s) OR r.alike = ANY (%(references)s)
         ORDER BY r.day, r.position""",
        {
            "sizes": [one.amount.amount for one in received],
            "references": sorted({reference for one in received for reference in one.references}),
            "now": OPEN_END,
        },
    )
    return [line.repaid for line in lines]


async def unseen(
    connection: Connection, currency: str, *, until: date | None = None, known: int | None = None
) -> list[PaymentLine]:
    """The payments in *currency* released by *until* that had not wholly left the bank by then, oldest first."""
    return await _payments(
        connection,
        "p.currency = %(currency)s AND (%(until)s::date IS NULL OR p.released <= %(until)s)"
        " AND (%(known)s::bigint IS NULL OR p.position <= %(known)s) AND p.amount > coalesce(s.settled, 0)"
        " AND (p.unmade IS NULL OR p.withdrawn > coalesce(%(known)s, p.withdrawn) OR p.unmade > %(until)s)",
        currency=currency,
        until=until,
        known=known,
    )


async def waiting(
    connection: Connection, account_id: str | None = None, ids: Sequence[str] | None = None
) -> list[Seen]:
    """The entries that matching needs, of one account or all: unmatched entries, and entries that look the same.

    With *ids*, only those entries and the entries that look the same.
    """
    lines = await lines_of(
        connection,
        EntryLine,
        SQL(
            "SELECT {} FROM {} WHERE (%(of)s::text IS NULL OR e.account_id = %(of)s)"
            " AND (coalesce(d.status, 'unmatched') = 'unmatched' OR EXISTS (SELECT FROM bank_entries t"
            " LEFT JOIN bank_decisions c ON c.entry_id = t.id AND {}"
            " WHERE t.end_to_end = e.end_to_end AND t.amount = e.amount AND t.id <> e.id"
            " AND coalesce(c.status, 'unmatched') = 'unmatched'))"
            " AND (%(ids)s::text[] IS NULL OR e.id = ANY (%(ids)s) OR EXISTS (SELECT FROM bank_entries t"
            " WHERE t.id = ANY (%(ids)s) AND t.end_to_end = e.end_to_end AND t.amount = e.amount)) ORDER BY e.position"
        ).format(SELECT, listing(Filter()).source, known_in("c", None)),
        {"of": account_id, "known": None, "ids": list(ids) if ids is not None else None},
    )
    return await seen(connection, lines)


async def seen(connection: Connection, lines: Sequence[EntryLine]) -> list[Seen]:
    """*lines* in the form that matching takes, each with the payments that were ruled out for it."""
    rejections = await lines_of(
        connection,
        RejectionLine,
        "SELECT entry_id, award_id, number FROM bank_rejections WHERE entry_id = ANY (%(ids)s)",
        {"ids": [line.id for line in lines]},
    )
    rejected: dict[str, set[PaymentKey]] = {}
    for one in rejections:
        rejected.setdefault(one.entry_id, set()).add(PaymentKey(AwardId(one.award_id), one.number))
    return [
        Seen(
            entry_id=EntryId(line.id),
            entry=line.entry,
            open=line.status == "unmatched",
            # A decision about it was reversed: from then on only a person decides.
            exact=line.because is None,
            rejected=frozenset(rejected.get(line.id, ())),
        )
        for line in lines
    ]


async def matches(
    connection: Connection, account_id: str | None = None, more: Sequence[Seen] = ()
) -> bank_matching.Matches:
    """The matches of the unmatched entries, of one account or all, and of *more* that are not recorded."""
    known = await waiting(connection, account_id)
    entries = [*known, *more]
    return bank_matching.match(entries, await candidates(connection, entries), await repaid_near(connection, entries))


async def proposals_by(connection: Connection, column: str, values: Sequence[str]) -> list[ProposalLine]:
    """The payments that the unmatched entries (*column* entry_id) *values* may settle, one line for each entry."""
    assert column == "entry_id"
    entries = await waiting(connection, ids=values)
    found = bank_matching.match(entries, await candidates(connection, entries), await repaid_near(connection, entries))
    return [
        ProposalLine(
            entry_id=one.entry_id,
            duplicate_of=found.duplicates.get(one.entry_id),
            proposals=(found.exact[one.entry_id],)
            if one.entry_id in found.exact
            else found.proposals.get(one.entry_id, ()),
            repayments=(RepaymentProposal(found.repaid[one.entry_id], (Why.REFERENCE, Why.AMOUNT)),)
            if one.entry_id in found.repaid
            else found.repayments.get(one.entry_id, ()),
            amount=one.entry.amount,
        )
        for one in entries
        if one.open
    ]
