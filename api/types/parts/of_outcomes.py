"""The parts of outcomes: goals, results, evidence, explanations, links and savings."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from api.answering.shapes import Rows, written
from api.context import Info
from api.contract.enums import enum_of
from api.contract.values import Money, When
from api.types.parts.declared import Part, fact
from domain.outcome import Confidence, EvidenceKind, Explanation, SavingKind
from projections.outcomes.outcomes import PRESENT, outcomes_where

if TYPE_CHECKING:
    from api.types.outcomes import Outcome

OutcomeType = Annotated["Outcome", strawberry.lazy("api.types.outcomes")]


@strawberry.type(description="A goal as agreed, or as changed later: its number is the version of its event.")
class OutcomeGoal(Part):
    indicator: str | None = fact(str | None, "indicator", "What is measured. null if only the target changed.")
    target: str | None = fact(str | None, "target", "The target. null if only the indicator changed, or there is none.")
    baseline: str | None = fact(str | None, "baseline", "The value at the beginning. null for a change, or if unknown.")
    unit: str | None = fact(str | None, "unit", "The unit of target and baseline. null for a change, or if unknown.")
    expected_by: When | None = fact(When | None, "expected_by", "When the target is expected. null if not agreed.")
    because: str | None = fact(str | None, "because", "Why it was changed. null for the agreement.")
    comparable: bool | None = fact(
        bool | None, "comparable", "Whether results before and after are comparable. null if the indicator is the same."
    )


@strawberry.type(description="A result that was reported, on the day begun. Each report is kept.")
class ReportedResult(Part):
    value: str = fact(str, "value", "The value, in the unit of the outcome.")
    evidence: str | None = fact(str | None, "evidence", "The evidence given with it. null if none was.")


@strawberry.type(description="Evidence for what became of an indicator.")
class Evidence(Part):
    kind = fact(enum_of(EvidenceKind), "sort", "What the evidence is.")
    text: str = fact(str, "text", "What it says.")
    cites: str | None = fact(str | None, "cites", "Where it is written. null if nobody says.")
    document: str | None = fact(str | None, "document", "The SHA-256 digest of the document. null if none.")
    confidence = fact(enum_of(Confidence), "confidence", "How sure the finding is.")


@strawberry.type(description="What contributed to an outcome, what else may have caused it, or what it teaches.")
class OutcomeExplanation(Part):
    kind = fact(enum_of(Explanation), "sort", "What the explanation says.")
    text: str = fact(str, "text", "The explanation.")


# The outcome that a link leads to, as now.
_LATER = outcomes_where(f"s.outcome_id = parts.facts->>'leads_to_id' AND {PRESENT}")


@written("parts", leads_to=Rows(_LATER))
@strawberry.type(description="That one outcome led to another, such as a skill of a person to a change in a council.")
class OutcomeLink(Part):
    because: str = fact(str, "because", "How the one led to the other.")

    @strawberry.field(description="The later outcome, as now.")
    async def leads_to(self, info: Info) -> OutcomeType | None:
        from api.types.outcomes import find_outcome  # noqa: PLC0415 - the two types show each other

        return await find_outcome(info, self.facts["leads_to_id"])


@strawberry.type(description="A saving that an outcome brings. It is in no figure of Funding.")
class Saving(Part):
    amount: Money = strawberry.field(description="What is saved.")
    kind = fact(enum_of(SavingKind), "sort", "Whether it is claimed, expected, or worked out from figures.")
    basis: str = fact(str, "basis", "How the amount was found.")
    apart: Money | None = fact(
        Money | None, "apart", "What buying separately would have cost. null if it is not from buying together."
    )
