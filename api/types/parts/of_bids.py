"""Parts of bids that pass between the partners, the bidder and the funder: tests of rules, consents, contacts."""

from enum import Enum

import strawberry

from api.answering.shapes import written
from api.context import Info
from api.contract.enums import enum_of
from api.contract.values import When
from api.types.parts.declared import BidPart, OrganisationType, fact, organisation_in, organisation_named, state
from domain.bid.events import ContactDirection


@strawberry.type(description="The test of a bid by a version of an eligibility rule. Every test is kept.")
class RuleTest(BidPart):
    rule: str = fact(str, "rule", "The code of the rule.")
    version: int = fact(int, "version", "The number of the version of the rule.")
    text: str = fact(str, "text", "What the rule says.")
    met: bool = fact(bool, "met", "Whether the bid meets the rule.")
    found: str = fact(str, "found", "What was found, such as how many partners there are. Empty if nobody said.")
    judged: bool = fact(bool, "judged", "Whether a person found it. Otherwise it was tested at the submission.")
    admitted_because: str | None = fact(
        str | None, "admitted_because", "Why the bid was admitted all the same. null if it meets the rule."
    )


@strawberry.type(description="A score that was agreed after the assessors gave theirs. It counts in the total.")
class Moderation(BidPart):
    criterion: str = fact(str, "criterion", "The criterion.")
    score: int = fact(int, "score", "The number of points, from 0 to 10.")
    because: str = fact(str, "because", "Why this score was agreed.")


@strawberry.enum(description="Whether a partner agrees to a bid.")
class ConsentState(Enum):
    GIVEN = "given"
    WITHDRAWN = "withdrawn"


@written("parts", organisation=organisation_in("organisation_id"))
@strawberry.type(description="The agreement of a partner to a bid, since the day begun.")
class Consent(BidPart):
    state: ConsentState = state(ConsentState, "Its state.")
    organisation_id: str = fact(str, "organisation_id", "The id of the partner.")

    @strawberry.field(description="The partner.")
    async def organisation(self, info: Info) -> OrganisationType | None:
        return await organisation_named(info, self.facts["organisation_id"])

    withdrawn: When | None = fact(When | None, "withdrawn", "When it was withdrawn. null while it stands.")
    withdrawn_because: str | None = fact(str | None, "withdrawn_because", "Why it was withdrawn.")


@strawberry.type(description="A contact between the bidder and the funder about a bid.")
class Contact(BidPart):
    direction = fact(enum_of(ContactDirection), "direction", "Who turned to whom.")
    with_whom: str = fact(str, "with_whom", "The post or body that was spoken to.")
    summary: str = fact(str, "summary", "What was said.")
