"""Parts beside the money of awards: contributions, charges, divisions of pooled money, and approvals of bids."""

from enum import Enum

import strawberry

from api.answering.shapes import Rows, money, written
from api.context import Info
from api.contract.enums import enum_of
from api.contract.values import Money
from api.types.parts.declared import (
    AwardPart,
    AwardType,
    BidPart,
    OrganisationType,
    Part,
    beside,
    fact,
    organisation_in,
    organisation_named,
    state,
    texts,
)
from domain.award import ContributionKind, Towards
from domain.between.pooling import ChargeFor
from domain.values import money as amounts

# --- Contributions ----------------------------------------------------------------------------------------------------


@written("parts", contributor=organisation_in("contributor_id"), outstanding=money("parts.remains", "parts.currency"))
@strawberry.type(description="What an organisation promises to contribute. It is in no figure of Funding.")
class Pledge(AwardPart):
    amount: Money | None = strawberry.field(description="The cash, or the value of what is in kind. null: only hours.")
    outstanding: Money | None = strawberry.field(description="The amount less what was received of it.")
    hours: int | None = fact(int | None, "hours", "How many hours are promised. null if there are none.")
    kind = fact(enum_of(ContributionKind), "sort", "Whether it is cash or in kind.")
    towards = fact(enum_of(Towards), "towards", "What it goes to.")
    line: str | None = fact(str | None, "line", "The budget line that it is beside. null if it is beside none.")
    description: str = fact(str, "description", "What is promised.")

    @strawberry.field(description="Who promises it.")
    async def contributor(self, info: Info) -> OrganisationType | None:
        return await organisation_named(info, self.facts["contributor_id"])


@written("parts", contributor=organisation_in("contributor_id"))
@strawberry.type(description="What an organisation has contributed. It is in no figure of Funding.")
class Contribution(AwardPart):
    amount: Money | None = strawberry.field(description="The cash, or the value of what is in kind. null: only hours.")
    hours: int | None = fact(int | None, "hours", "How many hours of time. null if there are none.")
    kind = fact(enum_of(ContributionKind), "sort", "Whether it is cash or in kind.")
    towards = fact(enum_of(Towards), "towards", "What it goes to.")
    line: str | None = fact(str | None, "line", "The budget line that it is beside. null if it is beside none.")
    description: str = fact(str, "description", "What was contributed.")
    pledge: Pledge | None = beside(
        "Pledge", "pledge", "pledge", "The pledge that it keeps. null if it was not pledged.", module="beside"
    )

    @strawberry.field(description="Who contributed it.")
    async def contributor(self, info: Info) -> OrganisationType | None:
        return await organisation_named(info, self.facts["contributor_id"])


# --- Partnerships -----------------------------------------------------------------------------------------------------


@written(
    "parts",
    payer=organisation_in("payer_id"),
    payee=organisation_in("payee_id"),
    met_by=Rows("awards WHERE awards.id = parts.facts->>'award_id'"),
)
@strawberry.type(description="What one organisation is to pay another, and the part of it that the programme meets.")
class Charge(Part):
    amount: Money | None = strawberry.field(description="The whole charge. null if it is not known.")
    met: Money | None = fact(Money | None, "met", "The part that the programme meets. null if none, or not known.")
    charged_for = fact(enum_of(ChargeFor), "charged_for", "What is charged for.")
    purpose: str = fact(str, "purpose", "What it is for, in words.")

    @strawberry.field(description="Who pays.")
    async def payer(self, info: Info) -> OrganisationType | None:
        return await organisation_named(info, self.facts["payer_id"])

    @strawberry.field(description="Who is paid.")
    async def payee(self, info: Info) -> OrganisationType | None:
        return await organisation_named(info, self.facts["payee_id"])

    @strawberry.field(description="The award that the programme meets its part from. null if it meets none.")
    async def met_by(self, info: Info) -> AwardType | None:
        from api.types.awards import find_award  # noqa: PLC0415 - the types show each other

        found = self.facts.get("award_id")
        return await find_award(info, found) if found else None


@written(
    "share",
    amount=money("(share.amount->>'amount')::numeric", "(share.amount->>'currency')"),
    organisation=Rows("organisations WHERE organisations.id = share.organisation_id"),
)
@strawberry.type(description="The part of pooled money that goes to one organisation.")
class PoolShare:
    amount: Money = strawberry.field(description="What goes to it.")
    organisation_id: strawberry.Private[str]

    @strawberry.field(description="Who has it.")
    async def organisation(self, info: Info) -> OrganisationType | None:
        return await organisation_named(info, self.organisation_id)


_SHARES = (
    "ROWS FROM (jsonb_to_recordset(parts.facts->'shares') AS (organisation_id text, amount jsonb))"
    " WITH ORDINALITY share (organisation_id, amount, nth)"
)


@written("parts", shares=Rows(_SHARES, order="share.nth"))
@strawberry.type(description="How a partnership divided pooled money, or why it did not.")
class PoolDivision(Part):
    amount: Money = strawberry.field(description="The pooled money.")
    basis: str = fact(str, "basis", "The rule by which it is divided, or why it is not.")
    equally: bool = fact(bool, "equally", "Whether each organisation has the same.")

    @strawberry.field(description="What each organisation has, in the order given. Empty if the money stays pooled.")
    async def shares(self) -> list[PoolShare]:
        return [
            PoolShare(
                amount=Money.of(amounts.Money.of(one["amount"]["amount"], one["amount"]["currency"])),
                organisation_id=one["organisation_id"],
            )
            for one in self.facts["shares"]
        ]


@written("parts", share="(parts.facts->'share'->>'part') || '/' || (parts.facts->'share'->>'of')")
@strawberry.type(description="The share of a partnership's budget, or the amount of it, that a strand is to take.")
class BudgetStrand(Part):
    name: str = fact(str, "name", "The strand of the work.")
    amount: Money | None = strawberry.field(description="The amount. null if a share is meant.")

    @strawberry.field(description="The share, such as 1/3. null if an amount is meant.")
    def share(self) -> str | None:
        share = self.facts.get("share")
        return f"{share['part']}/{share['of']}" if share else None


# --- Bids -------------------------------------------------------------------------------------------------------------


@strawberry.enum(description="Whether an approval is the decision of the bid, or a later change of it.")
class ApprovalState(Enum):
    APPROVED = "approved"
    CHANGED = "changed"


@strawberry.type(description="A decision about the amount approved of a bid, since the day begun.")
class Approval(BidPart):
    amount: Money = strawberry.field(description="What is approved.")
    state: ApprovalState = state(ApprovalState, "Its state.")
    because: str | None = fact(str | None, "because", "Why it is less than requested, or why it was changed.")
    dropped: list[str] = texts("dropped", "The actions of the bid that it does not pay for.")
