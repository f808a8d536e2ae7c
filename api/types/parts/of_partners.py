"""What partners do jointly: agreements, commitments, sponsors, roles, decisions, documents and shared outputs."""

from enum import Enum
from typing import Any

import strawberry

from api.answering.fields import Connection
from api.answering.shapes import Rows, written
from api.context import Info
from api.contract.enums import enum_of
from api.contract.values import When
from api.types.lists.filters import ALL, Placed
from api.types.lists.listed import connection
from api.types.parts.declared import (
    AwardType,
    BidType,
    OrganisationType,
    Part,
    fact,
    listed,
    of_organisation,
    of_partnership,
    organisation_named,
    state,
    within,
)
from api.types.people.declared import PartnershipType
from domain.joint.agreements import AgreementSort, RoleSort
from domain.joint.decisions import DecisionSort, DocumentSort, GroundSort, OutputSort, PermittedUse
from projections.parts import reading as parts
from projections.parts.reading import PartLine

# --- Agreements -------------------------------------------------------------------------------------------------------


@written("parts")
@strawberry.type(description="A condition of an agreement.")
class Term:
    facts: strawberry.Private[dict[str, Any]]
    text: str = fact(str, "text", "What it says.")
    organisation: OrganisationType | None = of_organisation(
        "organisation_id", "The party that it binds. null if it binds all.", optional=True
    )


@strawberry.enum(description="What became of an agreement for one party.")
class AgreementStepState(Enum):
    SIGNED = "signed"
    LEFT = "left"
    REWARD = "reward"
    SANCTION = "sanction"


@strawberry.type(description="A signature, a withdrawal, a reward or a sanction under an agreement, of the day begun.")
class AgreementStep(Part):
    state: AgreementStepState = state(AgreementStepState, "What it is.")
    organisation: OrganisationType = of_organisation("organisation_id", "The party.")
    post: str | None = fact(str | None, "post", "The post of whoever signed. null for what is no signature.")
    text: str | None = fact(str | None, "text", "Why the party withdrew, or what the reward or sanction is.")


_SIGNATORIES = """organisations WHERE organisations.id IN (
    SELECT t.organisation_id FROM (SELECT DISTINCT ON (s.facts->>'organisation_id')
             s.facts->>'organisation_id' AS organisation_id, s.step FROM part_steps s
            WHERE s.stream = parts.stream AND s.kind = 'agreementstep' AND s.part = parts.number
              AND s.step IN ('signed', 'left') AND (parts.as_at IS NULL OR s.counts_from <= parts.as_at)
              AND greatest(s.position, s.since) <= coalesce(parts.known, 9223372036854775806)
              AND s.superseded > coalesce(parts.known, 9223372036854775806)
            ORDER BY s.facts->>'organisation_id', s.position DESC) t WHERE t.step = 'signed')"""


@written("parts", signatories=Rows(_SIGNATORIES, order="organisations.code"))
@strawberry.type(description="An agreement, made on the day begun. It binds those who signed it.")
class Agreement(Part):
    sort = fact(enum_of(AgreementSort), "sort", "What it is about.")
    title: str = fact(str, "title", "Its title.")
    terms: list[Term] = listed(Term, "terms", "Its conditions, in the order given.")
    until: When | None = fact(When | None, "until", "Its last day. null if it has none.")
    steps: list[AgreementStep] = within(AgreementStep, "agreementstep", "Who signed it, left it, was rewarded or met a"
                                        " sanction, in the order recorded.")  # fmt: skip

    @strawberry.field(description="The organisations that it binds, by code: they signed it and have not withdrawn.")
    async def signatories(self, info: Info) -> list[OrganisationType]:
        clocks: dict[str, Any] = {"as_at": self.as_at, "known": self.known}
        lines = await info.context.lines(parts.parts_by, "stream", self.stream, kind="agreementstep", **clocks)
        last = {
            one.facts["organisation_id"]: one.status
            for one in lines
            if one.part == self.number and one.status in ("signed", "left")
        }
        found = [await organisation_named(info, one) for one, status in last.items() if status == "signed"]
        return sorted((one for one in found if one is not None), key=lambda one: one.code)


@strawberry.enum(description="Whether a commitment was kept.")
class CommitmentState(Enum):
    GIVEN = "given"
    KEPT = "kept"
    BROKEN = "broken"


@strawberry.type(description="What an organisation promised a partnership on the day begun.")
class Commitment(Part):
    state: CommitmentState = state(CommitmentState, "Its state. GIVEN: nobody said yet what became of it.")
    text: str = fact(str, "text", "What it promised.")
    until: When | None = fact(When | None, "until", "The day by which it is to keep it. null if none was said.")
    answered: When | None = fact(When | None, "answered", "When it was said what became of it. null before.")
    answer: str | None = fact(str | None, "answer", "What became of it. null before that is said.")
    organisation: OrganisationType = of_organisation("organisation_id", "Who promised it.")


@strawberry.enum(description="Whether a sponsor still stands behind the partnership.")
class SponsorState(Enum):
    NAMED = "named"
    LAPSED = "lapsed"


@strawberry.type(description="A senior post of a partner that stands behind the partnership, since the day begun.")
class Sponsor(Part):
    state: SponsorState = state(SponsorState, "Its state.")
    organisation: OrganisationType = of_organisation("organisation_id", "The partner.")
    post: str = fact(str, "post", "The post.")
    until: When | None = fact(When | None, "until", "The last day for which it was promised. null if none was said.")
    lapsed: When | None = fact(When | None, "lapsed", "When it ended. null if nobody recorded that.")
    because: str | None = fact(str | None, "because", "Why it ended. null if nobody recorded that.")


@strawberry.type(description="What a consultant, facilitator, buddy or steering member is to do, from the day begun.")
class PartnerRole(Part):
    sort = fact(enum_of(RoleSort), "sort", "Which role it is.")
    holder: str = fact(str, "holder", "The post or firm that has it.")
    remit: str = fact(str, "remit", "What it is to do, and what not.")
    until: When | None = fact(When | None, "until", "Its last day. null if it has none.")
    organisation: OrganisationType | None = of_organisation(
        "organisation_id", "Where the holder comes from. null if no organisation is named.", optional=True
    )


# --- Decisions --------------------------------------------------------------------------------------------------------


@written("parts")
@strawberry.type(description="What a decision rests on.")
class Ground:
    facts: strawberry.Private[dict[str, Any]]
    sort = fact(enum_of(GroundSort), "sort", "What it is evidence of.")
    text: str = fact(str, "text", "The evidence, in words.")


@written(
    "parts",
    bid=Rows("bids WHERE bids.id = parts.facts->>'bid_id'"),
    award=Rows("awards WHERE awards.id = parts.facts->>'award_id'"),
)
@strawberry.type(description="A document, attached on the day begun to what it supports.")
class Document(Part):
    sort = fact(enum_of(DocumentSort), "sort", "What it is.")
    title: str = fact(str, "title", "Its title.")
    digest: str = fact(str, "digest", "The SHA-256 digest of its bytes, as 64 hexadecimal digits.")
    part: int | None = strawberry.field(
        name="decision", description="The number of the decision that it supports. null for none."
    )

    @strawberry.field(description="The bid that it supports. null if it supports none.")
    async def bid(self, info: Info) -> BidType | None:
        from api.types.bids import find_bid  # noqa: PLC0415 - the two types show each other

        return await find_bid(info, self.facts["bid_id"]) if self.facts.get("bid_id") else None

    @strawberry.field(description="The award that it supports. null if it supports none.")
    async def award(self, info: Info) -> AwardType | None:
        from api.types.awards import find_award  # noqa: PLC0415 - the two types show each other

        return await find_award(info, self.facts["award_id"]) if self.facts.get("award_id") else None


@strawberry.type(description="What a body of a partnership decided on the day begun.")
class Decision(Part):
    sort = fact(enum_of(DecisionSort), "sort", "What it is about.")
    body: str = fact(str, "body", "The body that decided.")
    level: str = fact(str, "level", "Its level of governance, such as district or region.")
    text: str = fact(str, "text", "What it decided.")
    grounds: list[Ground] = listed(Ground, "grounds", "What it rests on, in the order given.")
    present: int | None = fact(int | None, "present", "How many people took part. null if nobody counted.")
    elected: int | None = fact(int | None, "elected", "How many of them are elected members. null if nobody counted.")
    documents: list[Document] = within(Document, "document", "The documents behind it, by number.")


# --- The library ------------------------------------------------------------------------------------------------------


@strawberry.type(description="That an organisation used a shared output, on the day begun.")
class OutputUse(Part):
    organisation: OrganisationType = of_organisation("organisation_id", "Who used it.")
    text: str = fact(str, "text", "What it used it for.")


@written("parts", partnership=Rows("partnerships p WHERE p.id = parts.stream"))
@strawberry.type(description="What a partnership shares with others, since the day begun.")
class Output(Part):
    sort = fact(enum_of(OutputSort), "sort", "What it is.")
    title: str = fact(str, "title", "Its title.")
    theme: str = fact(str, "theme", "What it is about.")
    text: str = fact(str, "text", "What it is good for.")
    owner: OrganisationType = of_organisation("owner_id", "Who owns it.")
    use = fact(enum_of(PermittedUse), "use", "Who may use it.")
    address: str | None = fact(str | None, "address", "Where it can be had. null if that is not said.")
    digest: str | None = fact(str | None, "digest", "The SHA-256 digest of its file. null if it is not given.")
    uses: list[OutputUse] = within(OutputUse, "outputuse", "Who used it, in the order recorded.")

    @strawberry.field(description="The partnership that shares it.")
    async def partnership(self, info: Info) -> PartnershipType | None:
        from api.types.partnerships import find_partnership  # noqa: PLC0415 - the types show each other

        return await find_partnership(info, self.stream)


@strawberry.input(description=f"Which outputs. {ALL}")
class OutputFilter(Placed):
    theme: str | None = strawberry.field(default=None, description="Only those of this theme, whatever its capitals.")
    sort: enum_of(OutputSort) | None = strawberry.field(  # type: ignore[valid-type]
        default=None, description="Only those of this kind, such as designs that others can build on."
    )
    use: list[enum_of(PermittedUse)] | None = strawberry.field(  # type: ignore[valid-type]
        default=None, description="Only those that these may use."
    )


OutputConnection = connection("Output", Output, "Outputs that partnerships share.", Connection)
LIBRARY = ("outputs", OutputFilter, ("OutputConnection", __name__), PartLine, Output.of)


AGREEMENTS: Any = of_partnership(Agreement, "agreement", "What it agreed with others, or its partners with each other")
COMMITMENTS: Any = of_partnership(Commitment, "commitment", "What others, such as bodies of the centre, promised it")
SPONSORS: Any = of_partnership(Sponsor, "sponsor", "Who of its partners stands behind it")
ROLES: Any = of_partnership(PartnerRole, "partnerrole", "What consultants, facilitators and others are to do for it")
DECISIONS: Any = of_partnership(Decision, "decision", "What its bodies decided")
DOCUMENTS: Any = of_partnership(Document, "document", "The documents behind its decisions, bids and awards")
OUTPUTS: Any = of_partnership(Output, "output", "What it shares with others")
