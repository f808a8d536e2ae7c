"""The parts of bids and of organisations: questions, scores, checks of eligibility, identifiers."""

from enum import Enum

import strawberry

from api.answering.shapes import Rows, written
from api.context import Info
from api.contract.values import When
from api.types.parts.declared import BidPart, Part, fact, state
from api.types.people.people import Person, find_person
from projections.people.reading import people_where

# --- Bids -------------------------------------------------------------------------------------------------------------


@strawberry.enum(description="Whether a question has been answered.")
class QuestionState(Enum):
    ASKED = "asked"
    ANSWERED = "answered"


@strawberry.type(description="A question that the funder asks the bidder. The clock stops until it is answered.")
class Question(BidPart):
    state: QuestionState = state(QuestionState, "Its state.")
    text: str = fact(str, "text", "The question.")
    answered: When | None = fact(When | None, "answered", "When it was answered. null while it is open.")
    answered_by: str | None = fact(str | None, "answered_by", "Who recorded the answer.")


@strawberry.type(description="A score that an assessor gave a bid for a criterion. Every score is kept.")
class Assessment(BidPart):
    criterion: str = fact(str, "criterion", "The criterion.")
    score: int = fact(int, "score", "The number of points, from 0 to 10.")
    justification: str = fact(str, "justification", "Why the bid has this score.")


@strawberry.type(description="A check of whether a bid is eligible.")
class EligibilityTest(BidPart):
    eligible: bool = fact(bool, "eligible", "Whether the bid is eligible.")
    because: str | None = fact(str | None, "because", "Why it is not eligible. null if it is.")


@strawberry.enum(description="Whether a person declared an interest in a bid, or was recused from it.")
class InterestState(Enum):
    DECLARED = "declared"
    RECUSED = "recused"


@written("parts", person=Rows(people_where("t.id = parts.facts->>'person_id'")))
@strawberry.type(description="Why a person neither assesses nor decides a bid, since the day begun.")
class Interest(BidPart):
    state: InterestState = state(InterestState, "Its state.")
    person_id: str = fact(str, "person_id", "The id of the person.")

    @strawberry.field(description="The person.")
    async def person(self, info: Info) -> Person | None:
        return await find_person(info, self.facts["person_id"])

    nature: str = fact(str, "nature", "What the interest is, or why the person was recused.")
    organisation_id: str | None = fact(
        str | None, "organisation_id", "The id of the organisation that the interest is in. null if it is in none."
    )


@strawberry.enum(description="Whether somebody has the case of a bid.")
class CaseState(Enum):
    ASSIGNED = "assigned"
    RELEASED = "released"


@strawberry.type(description="Who has the case of a bid, since the day begun.")
class CaseOfficer(BidPart):
    state: CaseState = state(CaseState, "Its state.")
    officer: str | None = fact(str | None, "officer", "The officer's post or role. null if the bid was released.")


# --- Organisations ----------------------------------------------------------------------------------------------------


@strawberry.enum(description="Whether another person has verified the account that an organisation is paid into.")
class PayeeAccountState(Enum):
    CHANGED = "changed"
    VERIFIED = "verified"


@strawberry.type(description="The bank account that an organisation is paid into, since the day begun.")
class PayeeAccount(Part):
    state: PayeeAccountState = state(PayeeAccountState, "Its state. Payments wait while it is CHANGED.")
    ends: str = fact(str, "ends", "The last four characters of its number. The log does not hold the number.")
    digest: str = fact(str, "digest", "The SHA-256 of its number, without spaces and in capitals.")
    changed_by: str = fact(str, "changed_by", "Who changed it.")
    verified: When | None = fact(When | None, "verified", "When it was verified. null while payments wait.")
    verified_by: str | None = fact(str | None, "verified_by", "Who verified it.")
    evidence: str | None = fact(str | None, "evidence", "How it was verified.")


@strawberry.type(description="An identifier of an organisation in a register, such as GB-LAE or GB-CHC.")
class Identifier(Part):
    register: str = fact(str, "register", "The register.")
    value: str = fact(str, "value", "The identifier, as written in the register.")
