"""The bank for clients: accounts, entries with what became of them and what they may be, and reconciliations."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum

import strawberry

from api.context import Info
from api.contract import cursor
from api.contract.errors import Problem
from api.contract.inputs import plain
from api.contract.scalars import LogPosition
from api.contract.values import Money, Node, PageInfo
from api.types.awards import Award, find_award
from domain.bank.account import plain as spelled
from domain.bank.matching import PaymentKey, Proposal
from domain.bank.report import Line, Reconciliation
from domain.values import money
from projections.bank import candidates as bank_candidates
from projections.bank import reading as bank
from projections.bank.reading import AccountLine, EntryLine, Filter, ShareLine
from projections.tables.paging import Listing

ORDER = "bankEntries"
KEY = (cursor.position, cursor.text)


@strawberry.enum(description="What became of an entry of the bank.")
class BankEntryStatus(Enum):
    SETTLED = "settled"
    RETURNED = "returned"
    DUPLICATE = "duplicate"
    FEE = "fee"
    INTEREST = "interest"
    TRANSFER = "transfer"
    OTHER = "other"
    UNMATCHED = "unmatched"


@strawberry.type(description="An account of the funder's, of which statements are taken in.")
class BankAccount:
    id: strawberry.ID
    account: str = strawberry.field(description="What the bank calls it: an IBAN, or sort code and number.")
    name: str = strawberry.field(description="What people call it.")
    currency: str = strawberry.field(description="ISO 4217 code of all its money.")

    @classmethod
    def of(cls, line: AccountLine) -> "BankAccount":
        """*line* for clients."""
        return cls(id=strawberry.ID(line.id), account=line.account, name=line.name, currency=line.currency)


@strawberry.type(description="A payment that an entry of the bank is or may be, or of which it brings money back.")
class BankPayment:
    number: int = strawberry.field(description="The payment's number within its award.")
    amount: Money = strawberry.field(description="How much of the entry it is, in major units, above nothing.")
    part: int | None = strawberry.field(description="The number of the return that it is; null for what left.")
    award_id: strawberry.Private[str]

    @strawberry.field(description="The award that the payment is of.")
    async def award(self, info: Info) -> Award | None:
        return await find_award(info, self.award_id)

    @classmethod
    def of(cls, line: ShareLine) -> "BankPayment":
        """*line* for clients."""
        amount = money.Money(amount=line.amount, currency=line.currency)
        return cls(number=line.number, amount=Money.sure(amount), part=line.part, award_id=line.award_id)

    @classmethod
    def proposed(cls, one: tuple[PaymentKey, money.Money, int | None]) -> "BankPayment":
        """A payment of a proposal, for clients."""
        (award_id, number), amount, part = one
        return cls(number=number, amount=Money.sure(amount), part=part, award_id=award_id)


@strawberry.type(description="What an entry may be.")
class BankProposal:
    payments: list[BankPayment] = strawberry.field(description="The payments that it may be, which come to its amount.")
    why: list[str] = strawberry.field(description="What they have in common, the strongest reason first.")

    @classmethod
    def of(cls, one: Proposal) -> "BankProposal":
        """*one* for clients."""
        return cls(payments=[BankPayment.proposed(each) for each in one.payments], why=[why.value for why in one.why])


@strawberry.type(description="What the bank booked, once, on however many statements it stands.")
class BankEntry(Node):
    account: str = strawberry.field(description="What the bank calls the account.")
    statement: str = strawberry.field(description="The first statement that tells of it.")
    reference: str | None = strawberry.field(description="The bank's own reference; null where it gives none.")
    end_to_end: str | None = strawberry.field(description="The reference that the payer had it carry; null without.")
    amount: Money = strawberry.field(description="Below nothing where money left the account, in major units.")
    booked: date = strawberry.field(description="The day of booking.")
    counterparty: str | None = strawberry.field(description="Who paid or was paid; null where the bank does not say.")
    remittance: str | None = strawberry.field(description="The text that it carries; null without.")
    returned: str | None = strawberry.field(description="The bank's reason for giving a payment back; null without.")
    status: BankEntryStatus = strawberry.field(description="What became of it.")
    exact: bool = strawberry.field(description="Whether reference and amount said so; else a person did.")
    because: str | None = strawberry.field(description="Why, in the words of the last decision; null without one.")
    decided_by: str | None = strawberry.field(description="Who decided last; null where nobody has.")
    decided_at: datetime | None = strawberry.field(description="When that was recorded (UTC); null without one.")
    position: LogPosition = strawberry.field(description="The position of the log at which it was taken in.")
    known: strawberry.Private[int | None]

    @strawberry.field(description="The payments that it is; none unless it is settled or returned.")
    async def payments(self, info: Info) -> list[BankPayment]:
        found = await info.context.lines(bank.shares_by, "entry_id", f"{self.id}", known=self.known)
        return [BankPayment.of(line) for line in found]

    @strawberry.field(description="What it may be as things stand now, best first; none once it is decided.")
    async def proposals(self, info: Info) -> list[BankProposal]:
        found = await info.context.lines(bank_candidates.proposals_by, "entry_id", f"{self.id}")
        return [BankProposal.of(one) for line in found for one in line.proposals]

    @strawberry.field(description="The id of the entry whose reference and amount it carries too; null without one.")
    async def duplicate_of(self, info: Info) -> strawberry.ID | None:
        found = await info.context.lines(bank_candidates.proposals_by, "entry_id", f"{self.id}")
        return next((strawberry.ID(line.duplicate_of) for line in found if line.duplicate_of), None)

    @classmethod
    def of(cls, line: EntryLine, known: int | None = None) -> "BankEntry":
        """*line* for clients, as known at a position."""
        return cls(
            id=strawberry.ID(line.id),
            account=line.account,
            statement=line.statement,
            reference=line.reference,
            end_to_end=line.end_to_end,
            amount=Money.sure(line.money),
            booked=line.booked,
            counterparty=line.counterparty,
            remittance=line.remittance,
            returned=line.returned,
            status=BankEntryStatus(line.status),
            exact=bool(line.exact),
            because=line.because,
            decided_by=line.decided_by,
            decided_at=line.decided_at,
            position=LogPosition(line.position),
            known=known,
        )


async def find_bank_entry(info: Info, entry_id: str) -> BankEntry | None:
    """The entry of this id, as it stands."""
    line = await info.context.line(bank.entries_by, "id", entry_id)
    return BankEntry.of(line) if line else None


@strawberry.type(description="An entry of the bank with its cursor.")
class BankEntryEdge:
    cursor: str
    node: BankEntry


@strawberry.type(description="Entries of the bank in the order in which they were taken in.")
class BankEntryConnection:
    edges: list[BankEntryEdge]
    nodes: list[BankEntry]
    page_info: PageInfo
    listing: strawberry.Private[Listing]

    @strawberry.field(description="How many there are in all. Counted only when asked for.")
    async def total_count(self, info: Info) -> int:
        async with info.context.reads.connection() as connection:
            return await bank.count_entries(connection, self.listing)


@strawberry.input(description="Which entries; all conditions must hold.")
class BankEntryFilter:
    account: str | None = strawberry.field(default=None, description="Only of the account that the bank calls so.")
    status: BankEntryStatus | None = strawberry.field(default=None, description="Only what became this.")
    since: date | None = strawberry.field(default=None, description="Only what was booked on this day or later.")
    until: date | None = strawberry.field(default=None, description="Only what was booked on this day or before.")


@strawberry.type(description="A line of a reconciliation.")
class ReconciliationLine:
    name: str = strawberry.field(description="What the entries or payments of it are.")
    amount: Decimal = strawberry.field(description="What they come to, in major units of the account's currency.")
    number: int = strawberry.field(description="How many entries or payments it stands for.")

    @classmethod
    def of(cls, line: Line) -> "ReconciliationLine":
        """*line* for clients."""
        return cls(name=line.name, amount=line.amount, number=line.number)


@strawberry.type(description="How an account went from one balance to another over a period, to the penny.")
class BankReconciliation:
    account: BankAccount = strawberry.field(description="The account.")
    opening: Decimal = strawberry.field(description="The balance before the first day, in major units.")
    entries: list[ReconciliationLine] = strawberry.field(
        description="What led from the opening balance to the closing."
    )
    closing: Decimal = strawberry.field(description="The balance after the last day, in major units.")
    unseen_before: Decimal = strawberry.field(
        description="Released and not seen at the bank before the first day, in major units."
    )
    payments: list[ReconciliationLine] = strawberry.field(description="What led from what was not seen to what is not.")
    unseen_after: Decimal = strawberry.field(
        description="Released and not seen at the bank by the last day, in major units."
    )

    @classmethod
    def of(cls, account: AccountLine, found: Reconciliation) -> "BankReconciliation":
        """*found* for clients."""
        return cls(
            account=BankAccount.of(account),
            opening=found.opening,
            entries=[ReconciliationLine.of(line) for line in found.entries],
            closing=found.closing,
            unseen_before=found.unseen_before,
            payments=[ReconciliationLine.of(line) for line in found.payments],
            unseen_after=found.unseen_after,
        )


@strawberry.type
class BankQuery:
    @strawberry.field(description="The accounts of which statements are taken in.")
    async def bank_accounts(self, info: Info) -> list[BankAccount]:
        async with info.context.reads.connection() as connection:
            return [BankAccount.of(line) for line in await bank.accounts(connection)]

    @strawberry.field(description="Entries of the bank and what became of each, as known at a moment.")
    async def bank_entries(
        self,
        info: Info,
        filter: BankEntryFilter | None = None,  # noqa: A002 - the contract's name
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        known_at: datetime | None = None,
    ) -> BankEntryConnection:
        wanted = filter or BankEntryFilter()
        plain(wanted)
        window = cursor.window(ORDER, KEY, first=first, after=after, last=last, before=before)
        known = await info.context.known(known_at)
        status = wanted.status.value if wanted.status is not None else None
        listing = bank.listing(Filter(wanted.account, status, wanted.since, wanted.until), known=known)
        async with info.context.reads.connection() as connection:
            page = await bank.entries_page(connection, listing, window)
        edges = [
            BankEntryEdge(cursor=cursor.write(ORDER, (line.position, line.id)), node=BankEntry.of(line, known))
            for line in page.lines
        ]
        return BankEntryConnection(
            edges=edges,
            nodes=[edge.node for edge in edges],
            page_info=PageInfo.of(page, [edge.cursor for edge in edges]),
            listing=listing,
        )

    @strawberry.field(
        description="The reconciliation of the account that the bank calls so over a period; null without the account."
    )
    async def bank_reconciliation(
        self, info: Info, account: str, starts: date, ends: date, known_at: datetime | None = None
    ) -> BankReconciliation | None:
        if ends < starts:
            raise Problem("A period ends on or after the day that it starts.")
        known = await info.context.known(known_at)
        async with info.context.reads.connection() as connection:
            named = [one for one in await bank.accounts(connection) if spelled(one.account) == spelled(account)]
            if not named:
                return None
            return BankReconciliation.of(
                named[0], await bank.reconciliation(connection, named[0], starts, ends, known=known)
            )
