"""Support cases, what belongs to each, and the turnover of organisations."""

from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry

from api.answering.shapes import Rows, written
from api.context import Info
from api.contract.enums import enum_of
from api.contract.values import When
from api.contract.words import CLOCKS
from api.types.outcomes import Outcome
from api.types.parts.declared import (
    OrganisationType,
    Part,
    fact,
    of_organisation,
    of_stream,
    organisation_named,
    state,
    texts,
    within,
)
from api.types.people.declared import PartnershipType
from domain.support.case import NoticeSort, Problem, RecommendationResult, ReviewSort, TurnoverCause
from projections.outcomes import outcomes

# --- What belongs to a case -------------------------------------------------------------------------------------------


@strawberry.enum(description="Whether an offer of help was accepted.")
class HelpOfferState(Enum):
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"


@strawberry.type(description="An offer of help, made on the day begun.")
class HelpOffer(Part):
    state: HelpOfferState = state(HelpOfferState, "Its state. OFFERED: it was not answered yet.")
    text: str = fact(str, "text", "Which help.")
    answered: When | None = fact(When | None, "answered", "When it was accepted or declined. null before.")
    answered_by: str | None = fact(str | None, "answered_by", "Who recorded the answer.")
    because: str | None = fact(str | None, "because", "Why it was accepted or declined. null where nobody said.")
    helper: OrganisationType | None = of_organisation(
        "helper_id", "Who is to give the help. null if no organisation is named.", optional=True
    )


@written("parts", owed="coalesce(parts.remains, 0)::integer")
@strawberry.type(description="Capacity that another organisation lends, since the day begun.")
class CapacityLoan(Part):
    text: str = fact(str, "text", "What it lends, such as which staff.")
    days: int = fact(int, "days", "The days of work that it lends.")
    owed_at_first: int = fact(int, "to_give", "The days of work that were to be given back.")
    given_back: When | None = fact(When | None, "given_back", "When days were last given back. null if none were.")
    last_given_back: int | None = fact(
        int | None, "days_back", "How many days were last given back. null if none were."
    )
    lender: OrganisationType = of_organisation("lender_id", "Who lends it.")
    remains: strawberry.Private[Decimal | None]

    @strawberry.field(description="The days of work that are still owed back.")
    async def owed(self) -> int:
        return int(self.remains or 0)


@strawberry.type(description="A notice, a red flag, the result of an inspection or an intervention, of the day begun.")
class Notice(Part):
    sort: enum_of(NoticeSort) = state(enum_of(NoticeSort), "What it is.")  # type: ignore[valid-type]
    served_by: str = fact(str, "body", "The body that it comes from.")
    text: str = fact(str, "text", "What it says.")


@strawberry.enum(description="Whether a review was held.")
class ReviewState(Enum):
    PLANNED = "planned"
    HELD = "held"
    MISSED = "missed"


@strawberry.type(
    description="A peer visit, self-evaluation, external challenge or assessment, planned on the day begun."
)
class Review(Part):
    state: ReviewState = state(ReviewState, "Its state.")
    sort = fact(enum_of(ReviewSort), "sort", "What it is.")
    due: When = fact(When, "due", "The last day for it.")
    held: When | None = fact(When | None, "held", "When it was held. null if it was not.")
    days: int | None = fact(int | None, "days", "How many days it took. null if it was not held.")
    findings: str | None = fact(str | None, "findings", "What it found. null if it was not held.")
    missed: When | None = fact(When | None, "missed", "When it was missed. null if it was not.")
    because: str | None = fact(str | None, "because", "Why it was missed. null if it was not.")
    peers: list[str] = texts("peers", "Who held it: posts and authorities. Empty if nobody is named.")


@strawberry.enum(description="What became of a recommendation.")
class RecommendationState(Enum):
    MADE = "made"
    ACCEPTED = RecommendationResult.ACCEPTED.value
    REJECTED = RecommendationResult.REJECTED.value
    CARRIED_OUT = RecommendationResult.CARRIED_OUT.value


@strawberry.type(description="A recommendation, made on the day begun, and what became of it.")
class Recommendation(Part):
    state: RecommendationState = state(RecommendationState, "Its state. MADE: nothing became of it yet.")
    made_by: str = fact(str, "recommended_by", "The body that made it.")
    text: str = fact(str, "text", "What it recommends.")
    followed: When | None = fact(When | None, "followed", "When its state last changed. null if it did not.")
    became: str | None = fact(str | None, "became", "More of what became of it. null if nothing did.")


_OUTCOMES = "s.outcome_id IN (SELECT jsonb_array_elements_text(parts.facts->'outcomes')) AND " + outcomes.steps_at(
    "parts.as_at", "parts.known"
)


@written("parts", outcomes=Rows(outcomes.outcomes_where(_OUTCOMES), order="outcomes.position"))
@strawberry.type(description="The outcomes that a plan is for, as agreed with an organisation on the day begun.")
class ImprovementPlan(Part):
    delivery: strawberry.ID = fact(str, "delivery_id", "The id of the delivery with the plan: Plan.delivery has it.")
    monitoring: str = fact(str, "monitoring", "Who looks at plan and outcomes, and how often.")

    @strawberry.field(description="Its outcomes, each with its measure, in the order recorded.")
    async def outcomes(self, info: Info) -> list[Outcome]:
        clocks: dict[str, Any] = {"as_at": self.as_at, "known": self.known}
        found = [
            line
            for one in dict.fromkeys(self.facts["outcomes"])
            for line in await info.context.lines(outcomes.outcomes_by, "id", one, **clocks)
        ]
        return [Outcome.of(line) for line in sorted(found, key=lambda line: line.position)]


@strawberry.type(description="A further responsibility that was given on the day begun, after an assessment.")
class Duty(Part):
    text: str = fact(str, "text", "Which responsibility.")


_SHARED_WITH = "organisations WHERE organisations.id IN (SELECT jsonb_array_elements_text(parts.facts->'shared_with'))"


@written("parts", shared_with=Rows(_SHARED_WITH, order="organisations.code"))
@strawberry.type(description="Information about performance that was shared with other bodies on the day begun.")
class Sharing(Part):
    protocol: str = fact(str, "protocol", "The agreement that allows it.")
    text: str = fact(str, "text", "What was shared.")

    @strawberry.field(description="The bodies that it was shared with, by code.")
    async def shared_with(self, info: Info) -> list[OrganisationType]:
        found = [await organisation_named(info, one) for one in dict.fromkeys(self.facts["shared_with"])]
        return sorted((one for one in found if one is not None), key=lambda one: one.code)


# --- Cases ------------------------------------------------------------------------------------------------------------


@strawberry.enum(description="Who deals with a support case.")
class SupportCaseState(Enum):
    LOCAL = "local"
    ROUND_TABLE = "round_table"
    GOVERNMENT = "government"
    CLOSED = "closed"


@written("parts", partnership=Rows("partnerships p WHERE p.id = parts.partnership_id"))
@strawberry.type(
    description="Support of an organisation, since the day begun. Cases are in the order of their numbers."
)
class SupportCase(Part):
    state: SupportCaseState = state(SupportCaseState, "Who deals with it, or that it is closed.")
    problem = fact(enum_of(Problem) | None, "problem", "What it is about. null if no problem is known.")
    text: str = fact(str, "text", "What it is about, in words.")
    concern: strawberry.ID | None = fact(str | None, "concern_id", "The id of the shared concern that led to it.")
    escalated: When | None = fact(When | None, "escalated", "When it was last passed on to a higher level.")
    escalated_because: str | None = fact(str | None, "escalated_because", "Why it was.")
    closed: When | None = fact(When | None, "closed", "When it was closed. null before.")
    conclusion: str | None = fact(str | None, "conclusion", "What became of it. null before it is closed.")
    organisation: OrganisationType = of_organisation("organisation_id", "The organisation that is supported.")
    partnership_id: strawberry.Private[str | None]

    @strawberry.field(description="The partnership that it concerns. null if it concerns none.")
    async def partnership(self, info: Info) -> PartnershipType | None:
        from api.types.partnerships import find_partnership  # noqa: PLC0415 - the types show each other

        return await find_partnership(info, self.partnership_id) if self.partnership_id else None

    offers: list[HelpOffer] = within(HelpOffer, "helpoffer", "The offers of help, in the order made.")
    loans: list[CapacityLoan] = within(CapacityLoan, "capacityloan", "The capacity lent, in the order recorded.")
    improvement_plans: list[ImprovementPlan] = within(ImprovementPlan, "improvementplan", "The plans agreed.")
    notices: list[Notice] = within(Notice, "notice", "Notices, red flags, results of inspections, interventions.")
    reviews: list[Review] = within(Review, "review", "Visits, self-evaluations, challenges and assessments.")
    recommendations: list[Recommendation] = within(Recommendation, "recommendation", "What was recommended.")
    duties: list[Duty] = within(Duty, "duty", "The further responsibilities that were given.")
    sharings: list[Sharing] = within(Sharing, "sharing", "What was shared with which bodies.")


@strawberry.type(description="How many posts changed hands by the day begun, and what that means.")
class Turnover(Part):
    cause = fact(enum_of(TurnoverCause), "cause", "Why.")
    changed: int = fact(int, "changed", "How many posts changed hands.")
    posts: int = fact(int, "posts", "How many posts there are.")
    effect: str = fact(str, "effect", "What it means for the priorities of the organisation.")


OF_ORGANISATION: Any = of_stream(SupportCase, "supportcase", "organisations", f"The support cases of it, {CLOCKS}")
OF_PARTNERSHIP: Any = of_stream(
    SupportCase, "supportcase", "p", f"The support cases that concern it, {CLOCKS}", column="partnership_id"
)
TURNOVER: Any = of_stream(Turnover, "turnover", "organisations", f"When posts of it changed hands, {CLOCKS}")
