"""Commands about bank entries: match an entry with payments, set it aside, reject a match, or reopen it."""

from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any

import strawberry

from api.commands.by_hand import SUCCEEDED, Conflict, MoneyInput, Refusal, Success, hand_in_command
from api.context import Info
from api.contract.inputs import LONG, day, identity, money, words
from api.types.bank import BankEntry, find_bank_entry
from domain.bank.entry import Aside, MatchEntry, RejectMatch, ReopenEntry, SetEntryAside, Share
from domain.history import Command
from domain.values.ids import AwardId, EntryId


@strawberry.type(description=SUCCEEDED)
class BankEntryRecorded(Success):
    entry: BankEntry = strawberry.field(description="The entry after the command.")


BankEntryResult = Annotated[
    BankEntryRecorded | Refusal | Conflict,
    strawberry.union("BankEntryResult", description="The result of a command about a bank entry."),
]


@strawberry.enum(description="What an entry is if it is not a payment of the funder.")
class BankAside(Enum):
    DUPLICATE = "duplicate"
    FEE = "fee"
    INTEREST = "interest"
    TRANSFER = "transfer"
    OTHER = "other"


@strawberry.input(description="A payment that an entry settles or returns.")
class BankPaymentInput:
    award: strawberry.ID = strawberry.field(description="The global id of the award.")
    number: int = strawberry.field(description="The payment's number within its award.")
    amount: MoneyInput = strawberry.field(description="The part of the entry's amount. It must be more than 0.")
    part: int | None = strawberry.field(
        default=None, description="The number of a recorded return. If you leave it out, it is a new return."
    )


@strawberry.input(description="Match a bank entry with payments. They must add up to the amount of the entry.")
class MatchBankEntryInput:
    command_id: strawberry.ID
    entry: strawberry.ID = strawberry.field(description="The global id of the entry.")
    payments: list[BankPaymentInput] = strawberry.field(description="The payments, at most 100.")
    because: str
    on: str


@strawberry.input(description="Set aside a bank entry that is not a payment of the funder.")
class SetBankEntryAsideInput:
    command_id: strawberry.ID
    entry: strawberry.ID = strawberry.field(description="The global id of the entry.")
    aside: BankAside = strawberry.field(description="What the entry is.")
    because: str
    on: str


@strawberry.input(description="Reject a payment as a match of a bank entry.")
class RejectBankMatchInput:
    command_id: strawberry.ID
    entry: strawberry.ID = strawberry.field(description="The global id of the entry.")
    award: strawberry.ID = strawberry.field(description="The global id of the award.")
    number: int = strawberry.field(description="The payment's number within its award.")
    because: str
    on: str


@strawberry.input(description="Reopen a bank entry because the decision about it was wrong.")
class ReopenBankEntryInput:
    command_id: strawberry.ID
    entry: strawberry.ID = strawberry.field(description="The global id of the entry.")
    because: str
    on: str


@strawberry.type
class BankMutation:
    @strawberry.mutation(description="Match an entry with payments: it settles them, or returns one of them.")
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
        return await _decide(info, "matchBankEntry", input, MatchEntry(shares=shares, **_common_fields(input)))

    @strawberry.mutation(description="Set aside an entry that is not a payment of the funder, and say what it is.")
    async def set_bank_entry_aside(
        self,
        info: Info,
        input: SetBankEntryAsideInput,  # noqa: A002 - the contract's name
    ) -> BankEntryResult:
        aside = SetEntryAside(aside=Aside(input.aside.value), **_common_fields(input))
        return await _decide(info, "setBankEntryAside", input, aside)

    @strawberry.mutation(description="Reject a payment as a match of an entry. It is not proposed again.")
    async def reject_bank_match(
        self,
        info: Info,
        input: RejectBankMatchInput,  # noqa: A002 - the contract's name
    ) -> BankEntryResult:
        award_id = AwardId(identity("award", "award", input.award))
        reject = RejectMatch(award_id=award_id, number=input.number, **_common_fields(input))
        return await _decide(info, "rejectBankMatch", input, reject)

    @strawberry.mutation(description="Undo the decision about an entry. Its payments return to their status before it.")
    async def reopen_bank_entry(
        self,
        info: Info,
        input: ReopenBankEntryInput,  # noqa: A002 - the contract's name
    ) -> BankEntryResult:
        return await _decide(info, "reopenBankEntry", input, ReopenEntry(**_common_fields(input)))


def _common_fields(given: Any) -> dict[str, Any]:
    """The entry, the reason and the day that an input gives. Raises Problem naming the field."""
    return {
        "entry_id": EntryId(identity("entry", "bankentry", given.entry)),
        "because": words("because", given.because, LONG),
        "on": day("on", given.on),
    }


async def _decide(info: Info, mutation: str, given: Any, command: Command) -> BankEntryRecorded | Refusal | Conflict:
    return await hand_in_command(info, mutation, given, lambda: command, find_bank_entry, _recorded)


def _recorded(found: BankEntry, common: Mapping[str, Any]) -> BankEntryRecorded:
    return BankEntryRecorded(entry=found, **common)
