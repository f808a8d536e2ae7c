"""Awards in GraphQL, with their payments and conditions."""

from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.answering.fields import SummedConnection
from api.answering.shapes import Rows, money, written
from api.context import Info
from api.contract.values import Money, Node, When, of_line
from api.contract.words import CLOCKS
from api.types.books.budget import AwardBudget, budget
from api.types.books.evidence import EvidencePack, evidence
from api.types.books.years import FundingYears, ProfileYear, profile_years, years
from api.types.funding import Funding, funding_of, ladder
from api.types.lists.filters import ALL, SummedFilter
from api.types.lists.listed import connection
from api.types.log.audit import AuditEntry
from api.types.log.decisions import decisions_on
from api.types.parts.beside import Contribution, Pledge
from api.types.parts.certified import OF_AWARD as CERTIFICATES
from api.types.parts.declared import of_stream
from api.types.parts.of_awards import (
    Condition,
    Expenditure,
    Hold,
    Instalment,
    Payment,
    Profile,
    Recovery,
    Return,
    VariationMade,
)
from projections import awards
from projections.awards import AwardLine
from projections.behind.affected import unshown, unshown_by
from projections.register.reading import FUNDER, funders_by

if TYPE_CHECKING:
    from api.types.bids import Bid
    from api.types.partnerships import Organisation, Partnership
    from api.types.rounds import Round


@strawberry.enum(
    description="The state of an award. STATED and NO_LONGER_STATED are those of an award that only a register states."
)
class AwardState(Enum):
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CLOSED = "closed"
    TERMINATED = "terminated"
    STATED = "stated"
    NO_LONGER_STATED = "no longer stated"


# The awards around an award: those that it funds, and the ones that its money came through, itself last.
_SUB_AWARDS = "(SELECT awards.id AS source) own JOIN awards ON awards.funded_from = own.source"
_TRACE = """(WITH RECURSIVE trace AS (
    SELECT a.*, 0 AS back FROM awards a WHERE a.id = awards.id
     UNION ALL SELECT a.*, trace.back + 1 FROM trace JOIN awards a ON a.id = trace.funded_from) TABLE trace) awards"""


@written(
    "awards",
    amount=money("awards.amount", "awards.currency"),
    state="upper(replace(awards.status, ' ', '_'))",
    partnership=Rows("partnerships p WHERE p.id = awards.partnership_id"),
    funder=Rows(f"organisations WHERE organisations.id = {FUNDER}"),
    bid=Rows("bids WHERE bids.id = awards.bid_id"),
    round=Rows("rounds WHERE rounds.id = awards.round_id"),
    funding=ladder("award_id", "awards.id"),
    funded_from=Rows("(SELECT awards.funded_from AS source) own JOIN awards ON awards.id = own.source"),
    sub_awards=Rows(_SUB_AWARDS, order="awards.position"),
    trace=Rows(_TRACE, order="awards.back DESC"),
    unshown_events=unshown("awards.id"),
)
@strawberry.type(description="Money granted to a partnership.")
class Award(Node):
    reference: str
    status: str = strawberry.field(
        description="offered, accepted, declined, closed or terminated. stated if a source is all that is known.",
        deprecation_reason="From 2026-11-29: use state.",
    )
    state: AwardState = strawberry.field(description="Its state.")
    amount: Money = strawberry.field(
        description="The amount offered, with later changes, or the total that a source states, in major units."
    )
    amount_stated: bool = strawberry.field(
        description="false if a source states no amount of the award. Its amount is then 0, but nobody said so."
    )
    purpose: str | None
    basis: str | None = strawberry.field(
        description="What kind of amount the source states. null for an award made through this service."
    )
    on: When = strawberry.field(description="When the award was offered. Its text is unknown if no source says.")
    partnership_id: strawberry.Private[str]
    ring_fence: str | None = strawberry.field(
        description="The ring-fence of the round that the money comes from. null if it comes from none."
    )
    bid_id: strawberry.Private[str | None]
    round_id: strawberry.Private[str | None]
    source_id: strawberry.Private[str | None]

    @strawberry.field
    async def partnership(self, info: Info) -> Annotated["Partnership", strawberry.lazy("api.types.partnerships")]:
        from api.types.partnerships import partnership  # noqa: PLC0415 - the two types show each other

        return await partnership(info, self.partnership_id)

    @strawberry.field(
        description="The organisation that funds the award: as its register states, or that of its scheme or programme."
        " null if no source says."
    )
    async def funder(self, info: Info) -> Annotated["Organisation", strawberry.lazy("api.types.partnerships")] | None:
        from api.types.partnerships import Organisation  # noqa: PLC0415 - the two types show each other

        line = await info.context.line(funders_by, "award_id", f"{self.id}")
        return Organisation.of(line) if line else None

    @strawberry.field(description="The bid that the award was offered for. null if no source names one.")
    async def bid(self, info: Info) -> Annotated["Bid", strawberry.lazy("api.types.bids")] | None:
        from api.types.bids import find_bid  # noqa: PLC0415 - the two types show each other

        return await find_bid(info, self.bid_id) if self.bid_id else None

    @strawberry.field(description="The round whose budget funds the award. null if none does.")
    async def round(self, info: Info) -> Annotated["Round", strawberry.lazy("api.types.rounds")] | None:
        from api.types.rounds import find_round  # noqa: PLC0415 - the two types show each other

        return await find_round(info, self.round_id) if self.round_id else None

    @strawberry.field(description="Its funding figures, as at the day asAt and as known at the instant knownAt.")
    async def funding(self, info: Info, as_at: date | None = None, known_at: datetime | None = None) -> Funding:
        return await funding_of(info, "award_id", f"{self.id}", as_at, known_at)

    @strawberry.field(description="The award that funds this one. null if a budget funds it.")
    async def funded_from(self, info: Info) -> Annotated["Award", strawberry.lazy("api.types.awards")] | None:
        return await find_award(info, self.source_id) if self.source_id else None

    @strawberry.field(description="The awards that this one funds.")
    async def sub_awards(self, info: Info) -> list[Annotated["Award", strawberry.lazy("api.types.awards")]]:
        lines = await info.context.lines(awards.awards_by, "funded_from", f"{self.id}")
        return [Award.of(line) for line in lines]

    @strawberry.field(description="The awards that the money came through: the one from a budget first, this one last.")
    async def trace(self, info: Info) -> list[Annotated["Award", strawberry.lazy("api.types.awards")]]:
        steps = [self]
        while (source := steps[0].source_id) is not None:
            found = await find_award(info, source)
            if found is None:
                break
            steps.insert(0, found)
        return steps

    @strawberry.field(
        description="How many of its events are recorded and not in every read model yet. Its figures are up to date if"
        " it is 0, even while a read model has stopped."
    )
    async def unshown_events(self, info: Info) -> int:
        (line,) = await info.context.lines(unshown_by, "stream", f"{self.id}")
        return line.events

    decisions: list[AuditEntry] = decisions_on(
        "awards",
        "The decisions on it, from the offer on: who took each, and under which authority. Those on its payments, its"
        " recoveries and its conditions are among them.",
    )
    payments: list[Payment] = of_stream(Payment, "payment", "awards", f"Its payments by number, {CLOCKS}")
    conditions: list[Condition] = of_stream(Condition, "condition", "awards", f"Its conditions by number, {CLOCKS}")
    instalments: list[Instalment] = of_stream(
        Instalment, "instalment", "awards", f"Its planned instalments by number, {CLOCKS}"
    )
    profiles: list[Profile] = of_stream(
        Profile, "profile", "awards", f"Its profiles over financial years, the first agreed first, {CLOCKS}"
    )
    profile_years: list[ProfileYear] = profile_years("awards")
    years: FundingYears = years("award_id", "awards")
    evidence: EvidencePack = evidence("award", "awards", "reference")
    variations: list[VariationMade] = of_stream(
        VariationMade, "variation", "awards", f"Its variations by number, {CLOCKS}"
    )
    holds: list[Hold] = of_stream(Hold, "hold", "awards", f"Its holds by number, {CLOCKS}")
    expenditure: list[Expenditure] = of_stream(
        Expenditure, "expenditure", "awards", f"The expenditure reported, by number, {CLOCKS}"
    )
    budget: AwardBudget = budget("awards")
    pledges: list[Pledge] = of_stream(
        Pledge, "pledge", "awards", f"What others promise to contribute beside it, by number, {CLOCKS}"
    )
    contributions: list[Contribution] = of_stream(
        Contribution, "contribution", "awards", f"What others have contributed beside it, by number, {CLOCKS}"
    )
    returns: list[Return] = of_stream(Return, "return", "awards", f"The returns that are owed, by number, {CLOCKS}")
    certificates = CERTIFICATES
    recoveries: list[Recovery] = of_stream(Recovery, "recovery", "awards", f"Its recoveries by number, {CLOCKS}")

    @classmethod
    def of(cls, line: AwardLine) -> "Award":
        """The GraphQL object for *line*."""
        return of_line(
            cls,
            line,
            amount=Money.of(line.money),
            state=AwardState(line.status),
            source_id=line.funded_from,
        )


AwardConnection = connection("Award", Award, "Awards.", SummedConnection)


@strawberry.input(description=f"Which awards. {ALL}")
class AwardFilter(SummedFilter):
    reference: str | None = strawberry.field(default=None, description="Only the one with this reference.")
    state: list[AwardState] | None = strawberry.field(default=None, description="Only those in one of these states.")


# How awards are listed below a thing.
AWARDS = ("awards", AwardFilter, ("AwardConnection", __name__), AwardLine, Award.of)


async def find_award(info: Info, value: str, column: str = "id") -> Award | None:
    """The award whose *column* (id or reference) is *value*; None if there is none."""
    line = await info.context.line(awards.awards_by, column, value)
    return Award.of(line) if line else None


async def awards_of(info: Info, partnership_id: str) -> list[Award]:
    """The awards of a partnership, in the order in which they were recorded."""
    lines = await info.context.lines(awards.awards_by, "partnership_id", partnership_id)
    return [Award.of(line) for line in lines]
