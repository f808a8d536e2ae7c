"""The parts of awards: payments, conditions, instalments, variations, holds, expenditure, returns and recoveries."""

from enum import Enum

import strawberry

from api.answering.fields import SummedConnection
from api.answering.shapes import Moment, Rows, money, written
from api.context import Info
from api.contract.enums import enum_of
from api.contract.values import Money, When
from api.types.lists.filters import ALL, SummedFilter
from api.types.lists.listed import connection
from api.types.parts.certified import ReturnAnswer
from api.types.parts.declared import (
    AwardPart,
    BankEntryType,
    OrganisationType,
    beside,
    fact,
    listed,
    organisation_in,
    organisation_named,
    state,
)
from domain.award import SettledBy, Variation
from domain.values import money as amounts
from domain.values.financial_year import Spending
from projections.bank import reading as bank
from projections.parts.reading import PartLine

# --- Awards -----------------------------------------------------------------------------------------------------------


class PaymentState(Enum):
    REQUESTED = "requested"
    APPROVED = "approved"
    RELEASED = "released"
    SETTLED = "settled"
    REVERSED = "reversed"
    STATED = "stated"
    WITHDRAWN = "withdrawn"


class MoneyBackState(Enum):
    RETURNED = "returned"
    UNDONE = "undone"


class ConditionState(Enum):
    OPEN = "open"
    MET = "met"
    WAIVED = "waived"


class InstalmentState(Enum):
    SCHEDULED = "scheduled"
    CHANGED = "changed"
    CANCELLED = "cancelled"


class ProfileState(Enum):
    AGREED = "agreed"
    CHANGED = "changed"


class HoldState(Enum):
    PLACED = "placed"
    LIFTED = "lifted"


class ReturnState(Enum):
    REQUIRED = "required"
    PREPARED = "prepared"
    CERTIFIED = "certified"


class RecoveryState(Enum):
    RAISED = "raised"
    APPROVED = "approved"
    SETTLED = "settled"
    WRITTEN_OFF = "written_off"
    WITHDRAWN = "withdrawn"


for _kind, _meaning in {
    PaymentState: "The state of a payment. STATED and WITHDRAWN are those of a payment that a register states.",
    MoneyBackState: "Whether money that came back counts as returned.",
    ConditionState: "The state of a condition.",
    InstalmentState: "The state of a planned instalment: as first planned, changed since, or cancelled.",
    ProfileState: "Whether a profile is the one first agreed, or a later one.",
    HoldState: "Whether a hold stops payments.",
    ReturnState: "Whether a return that is owed has been received.",
    RecoveryState: "The state of a recovery. SETTLED: all of it came back. APPROVED: some of it is outstanding.",
}.items():
    strawberry.enum(_kind, description=_meaning)


@strawberry.type(description="Money of a payment that came back to the funder.")
class MoneyBack(AwardPart):
    part: int = strawberry.field(description="The number of the return within its payment, from 1.")
    amount: Money = strawberry.field(description="What came back.")
    state: MoneyBackState = state(MoneyBackState, "Whether it counts.")
    because: str = fact(str, "returned_because", "Why it came back.")
    undone: When | None = fact(When | None, "undone", "When the return was undone. null if it counts.")
    undone_because: str | None = fact(str | None, "undone_because", "Why it was undone. null if it counts.")


_PAYEE = """coalesce(parts.facts->>'payee_id', (SELECT p.lead_id FROM awards a
    JOIN partnerships p ON p.id = a.partnership_id WHERE a.id = parts.stream))"""
_MATCHED = "SELECT substr(key, 9) FROM jsonb_each_text(parts.facts) WHERE starts_with(key, 'matched ')"
_IN_STEPS = "It is that of the day and the moment asked about."


@written(
    "parts",
    status="parts.status",
    payee=Rows(f"organisations WHERE organisations.id = {_PAYEE}"),
    bank_entries=Rows(
        f"({bank.ENTRIES} WHERE e.id IN ({_MATCHED} AND value IS NOT NULL)) entry",
        order="entry.position, entry.id",
        moment=Moment(known="known"),
    ),
)
@strawberry.type(description="A payment of an award: who requested, approved and released it, and when.")
class Payment(AwardPart):
    status: str = strawberry.field(
        description="requested, approved, released, settled or reversed. stated or withdrawn if a published register"
        " is the source.",
        deprecation_reason="From 2026-11-29: use state.",
    )
    amount: Money
    state: PaymentState = state(PaymentState, "Its state.")
    requested: When | None = fact(When | None, "requested", "When it was requested. null if only a register states it.")
    requested_by: str | None = fact(str | None, "requested_by", "Who requested it.")
    approved: When | None = fact(When | None, "approved", "When it was approved. null if it was not.")
    approved_by: str | None = fact(str | None, "approved_by", "Who approved it.")
    released: When | None = fact(
        When | None, "released", "When the money was sent, or when a register says that it was.", otherwise="stated"
    )
    released_by: str | None = fact(str | None, "released_by", "Who released it.")
    settled: When | None = fact(When | None, "settled", "When the bank confirmed it. null if it has not.")
    settled_by: str | None = fact(str | None, "settled_by", "Who recorded the bank's confirmation.")
    bank_reference: str | None = fact(
        str | None,
        "bank_reference",
        "The reference at the bank under which it was sent.",
        otherwise="settled_reference",
    )
    description: str | None = fact(str | None, "description", "What a register says of it.")
    purpose: str | None = fact(str | None, "purpose", "What it is for, as its request says. null if it does not.")
    reversed: When | None = fact(
        When | None, "reversed", "The date from which it counts as not made. null if it counts."
    )
    reversed_by: str | None = fact(str | None, "reversed_by", "Who reversed it.")
    reversed_because: str | None = fact(str | None, "reversed_because", "Why it was reversed.")
    corrects: "Payment | None" = beside("Payment", "payment", "corrects", "The reversed payment that it replaces.")
    corrected_by: "Payment | None" = beside("Payment", "payment", "corrected_by", "The payment that replaces it.")
    returns: list[MoneyBack] = beside("MoneyBack", "moneyback", "number", "Money of it that came back.", many=True)

    @strawberry.field(description="Who is paid: as its request or a register says, or the lead of the partnership.")
    async def payee(self, info: Info) -> OrganisationType | None:
        from api.types.awards import find_award  # noqa: PLC0415 - the types show each other
        from api.types.partnerships import find_partnership  # noqa: PLC0415 - the types show each other

        payee: str | None = self.facts.get("payee_id")
        if payee is None:
            award = await find_award(info, self.stream)
            partnership = await find_partnership(info, award.partnership_id) if award else None
            payee = partnership.recorded_lead_id if partnership else None
        return await organisation_named(info, payee)

    @strawberry.field(description="The bank entries that it, or money of it that came back, is matched to.")
    async def bank_entries(self, info: Info) -> list[BankEntryType]:
        from api.types.bank import BankEntry  # noqa: PLC0415 - the two types show each other

        info.context.names_as_of(info.path, None, self.known)
        ids = [name[8:] for name, value in self.facts.items() if name.startswith("matched ") and value is not None]
        found = [await info.context.lines(bank.entries_by, "id", one, known=self.known) for one in ids]
        lines = sorted((line for lines in found for line in lines), key=lambda line: (line.position, line.id))
        return [BankEntry.of(line, self.known) for line in lines]


@written("parts", status="parts.status")
@strawberry.type(description="A condition of an award. on is when it was met or waived.")
class Condition(AwardPart):
    on: When | None = fact(When | None, "met", "When it was met or waived. null while it is open.", otherwise="waived")
    status: str = strawberry.field(description="open, met or waived.", deprecation_reason="From 2026-11-29: use state.")
    state: ConditionState = state(ConditionState, "Its state.")
    text: str = fact(str, "text", "What has to be done.")
    precedent: bool = fact(bool, "precedent", "Whether no payment is released while it is open.")
    waived_because: str | None = fact(str | None, "waived_because", "Why it was waived. null if it was not.")


@strawberry.type(description="A part of an award that is planned to be paid on a date.")
class Instalment(AwardPart):
    amount: Money = strawberry.field(description="What is planned to be paid.")
    state: InstalmentState = state(InstalmentState, "Its state.")
    due: When = fact(When, "due", "When it is due.")
    changed: When | None = fact(When | None, "changed", "When it was last changed. null if it never was.")
    changed_because: str | None = fact(str | None, "changed_because", "Why it was last changed.")


@written(
    "line",
    amount=money("(line.amount->>'amount')::numeric", "(line.amount->>'currency')"),
    spending="upper(line.spending)",
)
@strawberry.type(description="The part of an award that is to be paid in a financial year.")
class ProfileLine:
    year: str = strawberry.field(description="The financial year, such as 2004-05.")
    amount: Money = strawberry.field(description="What is to be paid in it.")
    spending: enum_of(Spending) | None = strawberry.field(  # type: ignore[valid-type]
        description="Whether it is capital or revenue. null if that was not said."
    )


_LINES = (
    "ROWS FROM (jsonb_to_recordset(parts.facts->'lines') AS (year text, amount jsonb, spending text))"
    " WITH ORDINALITY line (year, amount, spending, nth)"
)


@written("parts", lines=Rows(_LINES, order="line.nth"))
@strawberry.type(description="How much of an award is to be paid in each financial year. The latest one counts.")
class Profile(AwardPart):
    amount: Money = strawberry.field(description="The sum of its lines.")
    state: ProfileState = state(ProfileState, "Its state.")
    because: str | None = fact(str | None, "because", "Why it was changed. null for the first one.")

    @strawberry.field(description="Its lines, in the order given.")
    async def lines(self) -> list[ProfileLine]:
        return [
            ProfileLine(
                year=line["year"],
                amount=Money.of(amounts.Money.of(line["amount"]["amount"], line["amount"]["currency"])),
                spending=enum_of(Spending)(line["spending"]) if line["spending"] else None,
            )
            for line in self.facts["lines"]
        ]


@strawberry.type(description="A change of an award: of its amount, its budget lines or its end.")
class VariationMade(AwardPart):
    amount: Money = strawberry.field(
        description="What it adds to the award, in major units; negative if it reduces it."
    )
    kind = fact(enum_of(Variation), "sort", "What it is for.")
    because: str = fact(str, "because", "Why the award was varied.")
    until: When | None = fact(When | None, "until", "The new end of the award. null if it does not change.")
    corrects: "VariationMade | None" = beside(
        "VariationMade", "variation", "corrects", "The variation that it corrects."
    )
    corrected_by: "VariationMade | None" = beside("VariationMade", "variation", "corrected_by", "What corrects it.")


@strawberry.type(description="A hold: while it stands, no payment of the award is approved or released.")
class Hold(AwardPart):
    state: HoldState = state(HoldState, "Its state.")
    because: str = fact(str, "placed_because", "Why it was placed.")
    lifted: When | None = fact(When | None, "lifted", "When it was lifted. null while it stands.")
    lifted_by: str | None = fact(str | None, "lifted_by", "Who lifted it.")
    lifted_because: str | None = fact(str | None, "lifted_because", "Why it was lifted.")


@written("parts", payee=organisation_in("payee_id"))
@strawberry.type(description="Expenditure of an award, as the partnership reports it.")
class Expenditure(AwardPart):
    amount: Money = strawberry.field(description="What was spent.")
    line: str | None = fact(str | None, "line", "The budget line. null if the award has none.")
    description: str = fact(str, "description", "What the money was spent on.")

    @strawberry.field(description="Whom the partnership paid. null if it does not say.")
    async def payee(self, info: Info) -> OrganisationType | None:
        return await organisation_named(info, self.facts.get("payee_id"))


@strawberry.type(description="A return that the partnership owes the funder: a statement of what covers names.")
class Return(AwardPart):
    state: ReturnState = state(ReturnState, "Its state.")
    covers: str = fact(str, "covers", "What the statement is about.")
    due: When = fact(When, "due", "By when it is owed.")
    prepared: When | None = fact(When | None, "prepared", "When it was ready to be certified. null if it was not.")
    prepared_by: str | None = fact(str | None, "prepared_by", "Who prepared it.")
    filed: When | None = fact(When | None, "filed", "When it was last filed in a template. null if it was not.")
    template: int | None = fact(int | None, "template", "The number of the template's version. null without one.")
    answers: list[ReturnAnswer] = listed(ReturnAnswer, "answers", "Its answers, by field of the template.")
    hours: int | None = fact(int | None, "hours", "How many hours of work it took. null if it is not filed.")
    judged: When | None = fact(When | None, "judged", "When it was accepted or queried. null since the last filing.")
    accepted: bool | None = fact(bool | None, "accepted", "Whether it was accepted, or queried. null before that.")
    judged_because: str | None = fact(str | None, "judged_because", "What was queried, or why it was accepted.")
    certified: When | None = fact(When | None, "certified", "When it was received. null while it is owed.")
    certified_by: str | None = fact(str | None, "certified_by", "Who recorded that it was received.")


@strawberry.type(description="Money of a recovery that came back: repaid, or deducted from a payment.")
class Settlement(AwardPart):
    part: int = strawberry.field(description="The number of the settlement within its recovery, from 1.")
    amount: Money = strawberry.field(description="What came back.")
    by = fact(enum_of(SettledBy), "by", "How the money came back.")
    reference: str | None = fact(str | None, "reference", "The bank reference of the repayment. null if none is known.")
    deducted_from: Payment | None = beside("Payment", "payment", "payment", "The payment that it was deducted from.")


@written("parts", outstanding=money("parts.remains", "parts.currency"))
@strawberry.type(description="Money that the funder claims back.")
class Recovery(AwardPart):
    amount: Money = strawberry.field(description="What is claimed back.")
    state: RecoveryState = state(RecoveryState, "Its state.")
    because: str = fact(str, "because", "Why the money is claimed back.")
    outstanding: Money = strawberry.field(description="What has neither come back nor been written off or withdrawn.")
    approved: When | None = fact(When | None, "approved", "When the claim was approved. null if it was not.")
    approved_by: str | None = fact(str | None, "approved_by", "Who approved it.")
    written_off: When | None = fact(When | None, "written_off", "When the rest was written off. null if it was not.")
    written_off_by: str | None = fact(str | None, "written_off_by", "Who wrote it off.")
    written_off_because: str | None = fact(str | None, "written_off_because", "Why it was written off.")
    withdrawn: When | None = fact(When | None, "withdrawn", "When the claim was withdrawn. null if it was not.")
    withdrawn_because: str | None = fact(str | None, "withdrawn_because", "Why it was withdrawn.")
    of_payment: Payment | None = beside("Payment", "payment", "payment", "The payment whose money is claimed back.")
    settlements: list[Settlement] = beside("Settlement", "settlement", "number", "What came back of it.", many=True)


PaymentConnection = connection("Payment", Payment, "Payments of awards.", SummedConnection)
RecoveryConnection = connection("Recovery", Recovery, "Recoveries of awards.", SummedConnection)


@strawberry.input(description=f"Which payments. A date is that of the request, or of what a register states. {ALL}")
class PaymentFilter(SummedFilter):
    reference: str | None = strawberry.field(default=None, description="Only those of the award with this reference.")
    state: list[PaymentState] | None = strawberry.field(default=None, description="Only those in one of these states.")


@strawberry.input(description=f"Which recoveries. A date is that on which the money was claimed. {ALL}")
class RecoveryFilter(SummedFilter):
    reference: str | None = strawberry.field(default=None, description="Only those of the award with this reference.")
    state: list[RecoveryState] | None = strawberry.field(default=None, description="Only those in one of these states.")


# How payments and recoveries are listed below a thing.
PAYMENTS = ("payments", PaymentFilter, ("PaymentConnection", __name__), PartLine, Payment.of)
RECOVERIES = ("recoveries", RecoveryFilter, ("RecoveryConnection", __name__), PartLine, Recovery.of)
