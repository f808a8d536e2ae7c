"""What people decide of the bank's entries: which payments they are, that they are none, and that it was wrong."""

from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any

import strawberry

from api.commands.by_hand import STANDS, Conflict, MoneyInput, Refusal, Taken, hand_in_command
from api.context import Info
from api.contract.inputs import LONG, day, identity, money, words
from api.types.bank import BankEntry, find_bank_entry
from domain.bank.entry import Aside, MatchEntry, RejectMatch, ReopenEntry, SetEntryAside, Share
from domain.history import Command
from domain.values.ids import AwardId, EntryId


@strawberry.type(description=STANDS)
class BankEntryRecorded(Taken):
    entry: BankEntry = strawberry.field(description="The entry as it stands now.")


BankEntryResult = Annotated[
    BankEntryRecorded | Refusal | Conflict,
    strawberry.union("BankEntryResult", description="What came of a command about an entry of the bank."),
]


@strawberry.enum(description="What an entry is that no payment of ours has to do with.")
class BankAside(Enum):
    DUPLICATE = "duplicate"
    FEE = "fee"
    INTEREST = "interest"
    TRANSFER = "transfer"
    OTHER = "other"


@strawberry.input(description="A payment that an entry is, or of which it brings money back.")
class BankPaymentInput:
    award: strawberry.ID = strawberry.field(description="The global id of the award.")
    number: int = strawberry.field(description="The payment's number within its award.")
    amount: MoneyInput = strawberry.field(description="How much of the entry it is, above nothing.")
    part: int | None = strawberry.field(
        default=None, description="The number of the recorded return that it is; a new return without it."
    )


@strawberry.input(description="The payments come to the amount of the entry.")
class MatchBankEntryInput:
    command_id: strawberry.ID
    entry: strawberry.ID = strawberry.field(description="The global id of the entry.")
    payments: list[BankPaymentInput] = strawberry.field(description="The payments that it is; 100 at most.")
    because: str
    on: str


@strawberry.input(description="An entry that no payment of ours has to do with.")
class SetBankEntryAsideInput:
    command_id: strawberry.ID
    entry: strawberry.ID = strawberry.field(description="The global id of the entry.")
    aside: BankAside = strawberry.field(description="What it is.")
    because: str
    on: str


@strawberry.input(description="A payment that an entry is not.")
class RejectBankMatchInput:
    command_id: strawberry.ID
    entry: strawberry.ID = strawberry.field(description="The global id of the entry.")
    award: strawberry.ID = strawberry.field(description="The global id of the award.")
    number: int = strawberry.field(description="The payment's number within its award.")
    because: str
    on: str


@strawberry.input(description="An entry of which something wrong was decided.")
class ReopenBankEntryInput:
    command_id: strawberry.ID
    entry: strawberry.ID = strawberry.field(description="The global id of the entry.")
    because: str
    on: str


@strawberry.type
class BankMutation:
    @strawberry.mutation(description="Say which payments an entry is: they are settled by it, or one is returned.")
    async def match_bank_entry(
        self,
        info: Info,
        input: MatchBankEntryInput,  # noqa: A002 - the contract's name
    ) -> BankEntryResult:
        shares = tuple(
            Share(
                award_id=AwardId(identity("award", "award", one.award)),
                number=one.number,
                amount=money("amount", one.amount.amount, one.amount.currency),
                part=one.part,
            )
            for one in input.payments[:100]
        )
        return await _decide(info, "matchBankEntry", input, MatchEntry(shares=shares, **_said(input)))

    @strawberry.mutation(description="Say that no payment of ours has to do with an entry, and what it is.")
    async def set_bank_entry_aside(
        self,
        info: Info,
        input: SetBankEntryAsideInput,  # noqa: A002 - the contract's name
    ) -> BankEntryResult:
        aside = SetEntryAside(aside=Aside(input.aside.value), **_said(input))
        return await _decide(info, "setBankEntryAside", input, aside)

    @strawberry.mutation(description="Say that an entry is not this payment: it is not proposed again.")
    async def reject_bank_match(
        self,
        info: Info,
        input: RejectBankMatchInput,  # noqa: A002 - the contract's name
    ) -> BankEntryResult:
        award_id = AwardId(identity("award", "award", input.award))
        reject = RejectMatch(award_id=award_id, number=input.number, **_said(input))
        return await _decide(info, "rejectBankMatch", input, reject)

    @strawberry.mutation(description="Take back what was decided of an entry: its payments are as they were before.")
    async def reopen_bank_entry(
        self,
        info: Info,
        input: ReopenBankEntryInput,  # noqa: A002 - the contract's name
    ) -> BankEntryResult:
        return await _decide(info, "reopenBankEntry", input, ReopenEntry(**_said(input)))


def _said(said: Any) -> dict[str, Any]:
    """Of which entry something is said, why, and on which day. Raises Problem naming the field."""
    return {
        "entry_id": EntryId(identity("entry", "bankentry", said.entry)),
        "because": words("because", said.because, LONG),
        "on": day("on", said.on),
    }


async def _decide(info: Info, mutation: str, said: Any, command: Command) -> BankEntryRecorded | Refusal | Conflict:
    return await hand_in_command(info, mutation, said, lambda: command, find_bank_entry, _recorded)


def _recorded(thing: BankEntry, taken: Mapping[str, Any]) -> BankEntryRecorded:
    return BankEntryRecorded(entry=thing, **taken)
