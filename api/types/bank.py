"""The bank in GraphQL: accounts, entries with their matches and proposals, and reconciliations."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry

from api.answering.fields import Connection, paged, waiting, worked_out
from api.answering.shapes import Made, Moment, Rows, each, written
from api.answering.shapes import money as written_money
from api.context import Context, Info
from api.contract import cursor
from api.contract.errors import Problem
from api.contract.inputs import check_texts
from api.contract.scalars import LogPosition
from api.contract.values import Money, Node, When, of_line
from api.types.awards import Award, find_award
from domain.bank.matching import PaymentKey, Proposal, RepaymentProposal
from domain.bank.report import Days, Line, Reconciliation
from domain.values import money
from domain.values.plain import plain as spelled
from projections.bank import candidates as bank_candidates
from projections.bank import reading as bank
from projections.bank.reading import AccountLine, EntryLine, Filter, RepaymentLine, ShareLine
from projections.bank.reconciling import reconciliation
from projections.tables.paging import Listing, Window

ORDER = "bankEntries"
KEY = (cursor.position, cursor.text)


@strawberry.enum(description="The status of a bank entry.")
class BankEntryStatus(Enum):
    SETTLED = "settled"
    RETURNED = "returned"
    RECOVERED = "recovered"
    DUPLICATE = "duplicate"
    FEE = "fee"
    INTEREST = "interest"
    TRANSFER = "transfer"
    OTHER = "other"
    UNMATCHED = "unmatched"


@strawberry.type(description="A bank account of the funder whose statements are imported.")
class BankAccount(Node):
    account: str = strawberry.field(description="Its number at the bank: an IBAN, or sort code and account number.")
    name: str = strawberry.field(description="The name that people use for it.")
    currency: str = strawberry.field(description="The ISO 4217 code of its currency.")
    time_zone: str = strawberry.field(
        description="The bank's time zone, such as Europe/London: instants on its statements are days there."
    )

    @classmethod
    def of(cls, line: AccountLine) -> "BankAccount":
        """The GraphQL object for *line*."""
        return of_line(cls, line)


@written(
    "share",
    amount=written_money("share.amount", "share.currency"),
    award=Rows("awards WHERE awards.id = share.award_id"),
)
@strawberry.type(description="A payment that a bank entry settles or returns, or may settle or return.")
class BankPayment:
    number: int = strawberry.field(description="The payment's number within its award.")
    amount: Money = strawberry.field(description="The part of the entry's amount, in major units. Always more than 0.")
    part: int | None = strawberry.field(description="The number of the return. null if money left the account.")
    award_id: strawberry.Private[str]

    @strawberry.field(description="The award that the payment belongs to. null while it is not visible yet.")
    async def award(self, info: Info) -> Award | None:
        return await find_award(info, self.award_id)

    @classmethod
    def of(cls, line: ShareLine) -> "BankPayment":
        """The GraphQL object for *line*."""
        amount = money.Money(amount=line.amount, currency=line.currency)
        return cls(number=line.number, amount=Money.of(amount), part=line.part, award_id=line.award_id)

    @classmethod
    def proposed(cls, one: tuple[PaymentKey, money.Money, int | None]) -> "BankPayment":
        """The GraphQL object for a payment of a proposal."""
        (award_id, number), amount, part = one
        return cls(number=number, amount=Money.of(amount), part=part, award_id=award_id)


@strawberry.type(description="Payments that may match an entry.")
class BankProposal:
    payments: list[BankPayment] = strawberry.field(description="The payments. They add up to the entry's amount.")
    why: list[str] = strawberry.field(description="Why they may match, the strongest reason first.")

    @classmethod
    def of(cls, one: Proposal) -> "BankProposal":
        """The GraphQL object for the proposal *one*."""
        return cls(payments=[BankPayment.proposed(each) for each in one.payments], why=[why.value for why in one.why])


@written(
    "repaid",
    amount=written_money("repaid.amount", "repaid.currency"),
    award=Rows("awards WHERE awards.id = repaid.award_id"),
)
@strawberry.type(description="A repayment of a recovery that a bank entry is, or may be.")
class BankRepayment:
    number: int = strawberry.field(description="The recovery's number within its award.")
    part: int = strawberry.field(description="The settlement's number within the recovery.")
    amount: Money = strawberry.field(description="The amount repaid, in major units: the whole of the entry.")
    award_id: strawberry.Private[str]

    @strawberry.field(description="The award that the recovery belongs to. null while it is not visible yet.")
    async def award(self, info: Info) -> Award | None:
        return await find_award(info, self.award_id)

    @classmethod
    def of(cls, line: RepaymentLine) -> "BankRepayment":
        """The GraphQL object for *line*."""
        amount = money.Money(amount=line.amount, currency=line.currency)
        return cls(number=line.number, part=line.part, amount=Money.of(amount), award_id=line.award_id)


@strawberry.type(description="A repayment that may match an entry.")
class BankRepaymentProposal:
    repayment: BankRepayment = strawberry.field(description="The repayment. It has the entry's amount.")
    why: list[str] = strawberry.field(description="Why it may match, the strongest reason first.")

    @classmethod
    def of(cls, one: RepaymentProposal, amount: money.Money) -> "BankRepaymentProposal":
        """The GraphQL object for the proposal *one*."""
        award_id, number, part = one.key
        repayment = BankRepayment(number=number, part=part, amount=Money.of(amount), award_id=award_id)
        return cls(repayment=repayment, why=[why.value for why in one.why])


async def _repayments(context: Context, entry_id: str) -> list[BankRepaymentProposal]:
    found = await context.lines(bank_candidates.proposals_by, "entry_id", entry_id)
    return [BankRepaymentProposal.of(one, line.amount) for line in found for one in line.repayments]


async def _proposals(context: Context, entry_id: str) -> list[BankProposal]:
    found = await context.lines(bank_candidates.proposals_by, "entry_id", entry_id)
    return [BankProposal.of(one) for line in found for one in line.proposals]


async def _duplicate_of(context: Context, entry_id: str) -> strawberry.ID | None:
    found = await context.lines(bank_candidates.proposals_by, "entry_id", entry_id)
    return next((strawberry.ID(line.duplicate_of) for line in found if line.duplicate_of), None)


@written(
    "entry",
    amount=written_money("entry.amount", "entry.currency"),
    status="upper(entry.status)",
    exact="coalesce(entry.exact, false)",
    payments=Rows(
        f"({bank.SHARES} WHERE s.entry_id = entry.id AND {bank.SHARES_KNOWN}) share",
        order="share.position",
        moment=Moment(known="known"),
    ),
    repayment=Rows(f"({bank.REPAYMENTS} WHERE s.entry_id = entry.id AND {bank.SHARES_KNOWN}) repaid"),
    repayment_proposals=Made(make=each(_repayments), key="json_build_array(entry.id)"),
    proposals=Made(make=each(_proposals), key="json_build_array(entry.id)"),
    duplicate_of=Made(make=each(_duplicate_of), key="json_build_array(entry.id)"),
)
@strawberry.type(description="A transaction that the bank booked. It is one entry, even if several statements list it.")
class BankEntry(Node):
    account: str = strawberry.field(description="The number of the account, as the bank writes it.")
    statement: str = strawberry.field(description="The first statement that lists the entry.")
    reference: str | None = strawberry.field(description="The bank's own reference. null if it gives none.")
    end_to_end: str | None = strawberry.field(description="The reference that the payer gave. null if there is none.")
    amount: Money = strawberry.field(description="The amount in major units. Negative if money left the account.")
    booked: date = strawberry.field(description="The day on which the bank booked it.")
    valued: When | None = strawberry.field(description="The value date. null if the bank gives none.")
    kind: str | None = strawberry.field(
        description="The bank's code for the kind of transaction. null if it gives none."
    )
    nth: int = strawberry.field(
        description="Its number among the entries of a statement that are otherwise alike, from 1."
    )
    counterparty: str | None = strawberry.field(description="Who paid or was paid. null if the bank does not say.")
    remittance: str | None = strawberry.field(description="The text sent with the payment. null if there is none.")
    returned: str | None = strawberry.field(description="The bank's reason for the return. null if it gives none.")
    status: BankEntryStatus = strawberry.field(description="Whether it was matched or set aside, and as what.")
    exact: bool = strawberry.field(
        description="true if reference and amount matched exactly; false if a person decided, or nobody has yet."
    )
    because: str | None = strawberry.field(description="The reason for the last decision. null if there is none.")
    decided_by: str | None = strawberry.field(description="Who made the last decision. null if nobody has.")
    decided_at: datetime | None = strawberry.field(
        description="When the last decision was recorded (UTC). null if there is none."
    )
    position: LogPosition = strawberry.field(description="The position in the log at which the entry was imported.")
    known: strawberry.Private[int | None]

    @strawberry.field(description="The matched payments. Empty unless the status is SETTLED or RETURNED.")
    async def payments(self, info: Info) -> list[BankPayment]:
        info.context.names_as_of(info.path, None, self.known)
        found = await info.context.lines(bank.shares_by, "entry_id", f"{self.id}", known=self.known)
        return [BankPayment.of(line) for line in found]

    @strawberry.field(description="The matched repayment of a recovery. null unless the status is RECOVERED.")
    async def repayment(self, info: Info) -> BankRepayment | None:
        found = await info.context.lines(bank.repayments_by, "entry_id", f"{self.id}", known=self.known)
        return BankRepayment.of(found[0]) if found else None

    @strawberry.field(description="Repayments that may match now, the best match first. Empty once it is decided.")
    async def repayment_proposals(self, info: Info) -> list[BankRepaymentProposal]:
        return await _repayments(info.context, f"{self.id}")

    @strawberry.field(description="Payments that may match now, the best match first. Empty once it is decided.")
    async def proposals(self, info: Info) -> list[BankProposal]:
        return await _proposals(info.context, f"{self.id}")

    @strawberry.field(description="The id of another entry with the same reference and amount. null if there is none.")
    async def duplicate_of(self, info: Info) -> strawberry.ID | None:
        return await _duplicate_of(info.context, f"{self.id}")

    @classmethod
    def of(cls, line: EntryLine, known: int | None = None) -> "BankEntry":
        """The GraphQL object for *line*, as known at a position."""
        return of_line(
            cls,
            line,
            amount=Money.of(line.money),
            status=BankEntryStatus(line.status),
            exact=bool(line.exact),
            known=known,
        )


async def find_bank_entry(info: Info, entry_id: str) -> BankEntry | None:
    """The current entry with this id; None if there is none."""
    line = await info.context.line(bank.entries_by, "id", entry_id)
    return BankEntry.of(line) if line else None


async def find_bank_account(info: Info, account_id: str) -> BankAccount | None:
    """The account with this id; None if there is none."""
    async with info.context.reads.connection() as connection:
        return next((BankAccount.of(one) for one in await bank.accounts(connection) if one.id == account_id), None)


@strawberry.type(description="A bank entry and its cursor.")
class BankEntryEdge:
    cursor: str
    node: BankEntry


@strawberry.type(description="Bank entries in the order in which they were imported.")
class BankEntryConnection(Connection):
    edges: list[BankEntryEdge]
    nodes: list[BankEntry]


@strawberry.input(description="Which entries. All conditions must be met; fields that you leave out are ignored.")
class BankEntryFilter:
    account: str | None = strawberry.field(default=None, description="Only the account with this number at the bank.")
    status: BankEntryStatus | None = strawberry.field(default=None, description="Only this status.")
    since: date | None = strawberry.field(default=None, description="Only entries booked on this day or later.")
    until: date | None = strawberry.field(default=None, description="Only entries booked on this day or earlier.")


@strawberry.type(description="A line of a reconciliation.")
class ReconciliationLine:
    name: str = strawberry.field(description="What the entries or payments of the line are.")
    amount: Decimal = strawberry.field(description="Their total, in major units of the account's currency.")
    number: int = strawberry.field(description="How many entries or payments the line contains.")

    @classmethod
    def of(cls, line: Line) -> "ReconciliationLine":
        """The GraphQL object for *line*."""
        return of_line(cls, line)


@strawberry.type(description="Days in a row, the first and the last included.")
class DaySpan:
    since: date = strawberry.field(description="The first day.")
    until: date = strawberry.field(description="The last day.")
    number: int = strawberry.field(description="How many days they are.")

    @classmethod
    def of(cls, days: Days) -> "DaySpan":
        """The GraphQL object for *days*."""
        return of_line(cls, days)


@strawberry.type(
    description="What changed the balance of an account over a period. Amounts are in the account's currency."
)
class BankReconciliation:
    account: BankAccount = strawberry.field(description="The account.")
    opening: Decimal = strawberry.field(
        description="The balance before the first day, in major units. 0 for an account without any statement."
    )
    entries: list[ReconciliationLine] = strawberry.field(
        description="The lines that lead from the opening to the closing balance."
    )
    uncovered: list[DaySpan] = strawberry.field(
        description="The days of the period that no statement covers. What happened on them is not known."
    )
    closing: Decimal = strawberry.field(description="The balance after the last day, in major units.")
    unseen_before: Decimal = strawberry.field(
        description="Payments released before the first day and not booked by the bank before it, in major units."
    )
    payments: list[ReconciliationLine] = strawberry.field(
        description="The lines that lead from unseenBefore to unseenAfter."
    )
    unseen_after: Decimal = strawberry.field(
        description="Payments released by the last day and not booked by the bank by then, in major units."
    )

    @classmethod
    def of(cls, account: AccountLine, found: Reconciliation) -> "BankReconciliation":
        """The GraphQL object for *found*."""
        return cls(
            account=BankAccount.of(account),
            opening=found.opening,
            entries=[ReconciliationLine.of(line) for line in found.entries],
            uncovered=[DaySpan.of(days) for days in found.uncovered],
            closing=found.closing,
            unseen_before=found.unseen_before,
            payments=[ReconciliationLine.of(line) for line in found.payments],
            unseen_after=found.unseen_after,
        )


async def listing_for(
    context: Context,
    filter: BankEntryFilter | None = None,  # noqa: A002 - the contract's name
    known_at: datetime | None = None,
    **asked: Any,
) -> tuple[Listing, Window]:
    """The list and the window for the arguments of ``bankEntries``."""
    wanted = filter or BankEntryFilter()
    check_texts(wanted)
    if wanted.account is not None:
        async with context.reads.connection() as connection:
            if all(wanted.account not in (one.id, one.account) for one in await bank.accounts(connection)):
                raise Problem("There is no bank account with this id or number.")
    window = cursor.window(ORDER, KEY, **asked)
    status = wanted.status.value if wanted.status is not None else None
    kept = Filter(wanted.account, status, wanted.since, wanted.until)
    return bank.listing(kept, known=await context.known(known_at)), window


async def reconciliation_for(
    context: Context, account: str, starts: date, ends: date, known_at: datetime | None = None
) -> BankReconciliation | None:
    """The reconciliation for the arguments of ``bankReconciliation``. Raises Problem if *ends* is before *starts*."""
    if ends < starts:
        raise Problem("The last day is before the first day. A period ends on its first day or later.")
    known = await context.known(known_at)
    async with context.reads.connection() as connection:
        named = [one for one in await bank.accounts(connection) if spelled(one.account) == spelled(account)]
        if not named:
            return None
        found = await reconciliation(connection, named[0], starts, ends, known=known)
    return BankReconciliation.of(named[0], found)


def _entry(line: EntryLine, listing: Listing) -> BankEntry:
    return BankEntry.of(line, listing.parameters["known"])


async def accounts_for(context: Context) -> list[BankAccount]:
    """The bank accounts, by number."""
    async with context.reads.connection() as connection:
        return [BankAccount.of(line) for line in await bank.accounts(connection)]


@strawberry.type
class BankQuery:
    bank_accounts: list[BankAccount] = worked_out(
        waiting(accounts_for), "The bank accounts whose statements are imported."
    )
    bank_entries: BankEntryConnection = paged(
        waiting(listing_for),
        BankEntryConnection,
        EntryLine,
        _entry,
        "Bank entries with the status of each, as known at the instant knownAt.",
    )
    bank_reconciliation: BankReconciliation | None = worked_out(
        waiting(reconciliation_for),
        "The reconciliation of an account over a period. null if no account has the number.",
    )
