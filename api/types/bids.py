"""Bids in GraphQL."""

from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.answering.fields import SummedConnection
from api.answering.shapes import Rows, money, written
from api.context import Info
from api.contract.values import Money, Node, When, of_line
from api.contract.words import CLOCKS
from api.types.awards import Award, find_award
from api.types.bid_clock import OF_BID, BidClock, clock_for
from api.types.bidding.proposals import BidVersion, Silence, silences_in, versions
from api.types.lists.filters import ALL, SummedFilter
from api.types.lists.listed import connection
from api.types.log.audit import AuditEntry
from api.types.log.decisions import decisions_on
from api.types.parts.beside import Approval
from api.types.parts.declared import of_stream
from api.types.parts.of_bids import Consent, Contact, Moderation, RuleTest
from api.types.parts.of_others import Assessment, CaseOfficer, EligibilityTest, Interest, Question
from projections import bids
from projections.bidding.silences import USUAL
from projections.bids import BidLine

if TYPE_CHECKING:
    from api.types.partnerships import Partnership
    from api.types.rounds import Round


@strawberry.enum(description="The state of a bid. STATED is that of a bid that only a source states.")
class BidState(Enum):
    DRAFTED = "drafted"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    AWARDED = "awarded"
    STATED = "stated"


@written(
    "bids",
    state="upper(bids.status)",
    round=Rows("rounds WHERE rounds.id = bids.round_id"),
    requested=money("bids.requested", "bids.currency"),
    approved=money("bids.approved", "bids.currency"),
    partnership=Rows("partnerships p WHERE p.id = bids.partnership_id"),
    award=Rows("awards WHERE awards.id = bids.award_id"),
    clock=OF_BID,
)
@strawberry.type(description="A bid: what a partnership asked for, and what was decided.")
class Bid(Node):
    reference: str
    title: str
    status: str = strawberry.field(
        description="drafted, submitted, approved, declined, withdrawn or awarded. stated if a source is all that is"
        " known.",
        deprecation_reason="From 2026-11-29: use state.",
    )
    state: BidState = strawberry.field(description="Its state.")
    requested: Money | None
    approved: Money | None
    submitted: When | None
    submitted_time: str | None = strawberry.field(
        description="The time of day at which it came, such as 16:45. null if it is not known."
    )
    admitted_because: str | None = strawberry.field(
        description="Why it was admitted outside the dates of its round. null if it came within them."
    )
    decided: When | None
    partnership_id: strawberry.Private[str]
    award_id: strawberry.Private[str | None]
    round_id: strawberry.Private[str | None]

    @strawberry.field(description="The round that the bid was submitted to. null if there was none.")
    async def round(self, info: Info) -> Annotated["Round", strawberry.lazy("api.types.rounds")] | None:
        from api.types.rounds import find_round  # noqa: PLC0415 - the two types show each other

        return await find_round(info, self.round_id) if self.round_id else None

    @strawberry.field
    async def partnership(self, info: Info) -> Annotated["Partnership", strawberry.lazy("api.types.partnerships")]:
        from api.types.partnerships import partnership  # noqa: PLC0415 - the two types show each other

        return await partnership(info, self.partnership_id)

    @strawberry.field(description="The award that was offered for the bid. null if there is none.")
    async def award(self, info: Info) -> Award | None:
        return await find_award(info, self.award_id) if self.award_id else None

    @strawberry.field(
        description="How long the bid took, or has taken so far, counted for its last submission or for attempt. As at"
        " the day asAt and as known at the instant knownAt."
    )
    async def clock(
        self,
        info: Info,
        attempt: int | None = None,
        as_at: date | None = None,
        known_at: datetime | None = None,
    ) -> BidClock:
        return await clock_for(info.context, f"{self.id}", as_at, known_at, attempt)

    case_officer: CaseOfficer | None = of_stream(
        CaseOfficer, "caseofficer", "bids", f"Who has the case. null if nobody ever had it, {CLOCKS}", many=False
    )
    decisions: list[AuditEntry] = decisions_on(
        "bids", "The approvals, refusals and variations of the bid: who decided, and under which authority."
    )
    approvals: list[Approval] = of_stream(
        Approval,
        "approval",
        "bids",
        f"The amounts approved, with what was dropped, in the order recorded, {CLOCKS}",
    )
    questions: list[Question] = of_stream(Question, "question", "bids", f"The funder's questions by number, {CLOCKS}")
    assessments: list[Assessment] = of_stream(
        Assessment, "assessment", "bids", f"The scores of the bid in the order given, {CLOCKS}"
    )
    eligibility_tests: list[EligibilityTest] = of_stream(
        EligibilityTest, "eligibilitytest", "bids", f"The checks of its eligibility in the order made, {CLOCKS}"
    )
    interests: list[Interest] = of_stream(
        Interest, "interest", "bids", f"Who neither assesses nor decides the bid, and why, {CLOCKS}"
    )

    eligibility: list[RuleTest] = of_stream(
        RuleTest, "ruletest", "bids", f"The tests of the bid by eligibility rules in the order made, {CLOCKS}"
    )
    moderations: list[Moderation] = of_stream(
        Moderation, "moderation", "bids", f"The scores that were agreed in the order given, {CLOCKS}"
    )
    consents: list[Consent] = of_stream(
        Consent, "consent", "bids", f"The agreement of partners to the bid in the order given, {CLOCKS}"
    )
    contacts: list[Contact] = of_stream(
        Contact, "contact", "bids", f"The contacts that were logged about the bid, by number, {CLOCKS}"
    )

    @strawberry.field(
        description="Every version of its proposal in the order recorded, as known at the instant knownAt, with what"
        " each changed."
    )
    async def versions(self, info: Info, known_at: datetime | None = None) -> list[BidVersion]:
        return await versions(info, f"{self.id}", known_at)

    @strawberry.field(
        description="The times without any contact while the bid was pending: those of surely more than longerThan"
        f" days, by default {USUAL}. As at the day asAt and as known at the instant knownAt."
    )
    async def silences(
        self,
        info: Info,
        longer_than: Annotated[
            int, strawberry.argument(description="The number of days. Only silences of more days are returned.")
        ] = USUAL,
        as_at: date | None = None,
        known_at: datetime | None = None,
    ) -> list[Silence]:
        return await silences_in(info, f"{self.id}", longer_than, as_at, known_at)

    @classmethod
    def of(cls, line: BidLine) -> "Bid":
        """The GraphQL object for *line*."""
        requested, approved = (Money.optional(line.money(amount)) for amount in (line.requested, line.approved))
        return of_line(cls, line, requested=requested, approved=approved, state=BidState(line.status))


BidConnection = connection("Bid", Bid, "Bids. Their totals are the amounts requested.", SummedConnection)


@strawberry.input(description=f"Which bids. Amounts are those requested. {ALL}")
class BidFilter(SummedFilter):
    reference: str | None = strawberry.field(default=None, description="Only the one with this reference.")
    state: list[BidState] | None = strawberry.field(default=None, description="Only those in one of these states.")
    round: str | None = strawberry.field(default=None, description="Only those to this round: its id or code.")


# How bids are listed below a thing.
BIDS = ("bids", BidFilter, ("BidConnection", __name__), BidLine, Bid.of)


async def find_bid(info: Info, value: str, column: str = "id") -> Bid | None:
    """The bid whose *column* (id or reference) is *value*; None if there is none."""
    line = await info.context.line(bids.bids_by, column, value)
    return Bid.of(line) if line else None


async def bids_of(info: Info, partnership_id: str) -> list[Bid]:
    """The bids of a partnership, in the order in which they were recorded."""
    return [Bid.of(line) for line in await info.context.lines(bids.bids_by, "partnership_id", partnership_id)]
