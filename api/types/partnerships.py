"""Programmes, schemes, organisations and partnerships in GraphQL."""

from datetime import date, datetime
from typing import Annotated, Any

import strawberry

from api.answering.fields import Connection
from api.answering.shapes import Moment, Named, Rows, RowsFor, Word, when, written
from api.context import Context, Info
from api.contract.errors import Problem, visible
from api.contract.scalars import LogPosition
from api.contract.values import Node, When, of_line
from api.contract.words import CLOCKS
from api.types.awards import AWARDS, Award, awards_of
from api.types.bids import BIDS, Bid, bids_of
from api.types.books.evidence import EvidencePack, evidence
from api.types.books.periods import ClosedPeriod, PeriodReport, periods_of, report_of, report_of_closed
from api.types.books.years import (
    CarryForward,
    FundingYears,
    YearBudget,
    YearEnd,
    carry_forwards,
    year_budgets,
    year_end,
    years,
)
from api.types.delays import OF_PARTNERSHIP as CHAIN
from api.types.delays import DelayChain, StatedDelay, chain_of, stated_delays_of, stated_in
from api.types.framework import FRAMEWORK, FrameworkCell
from api.types.funding import Funding, funding_if_any, funding_of, ladder
from api.types.held import (
    AssessmentCategory,
    HeldRole,
    Involvement,
    OrganisationName,
    Origin,
    PartnershipKind,
    TakeUp,
    categories_held,
    involved_in,
    kinds_held,
    merged_into,
    merger,
    names_held,
    origins,
    roles_held,
    successors,
    take_up_in,
    took_over,
)
from api.types.lists.listed import below, everywhere
from api.types.lists.one import one
from api.types.lists.support import support_of
from api.types.outcomes import OF_PARTNERSHIP as OUTCOMES
from api.types.outcomes import OF_PROGRAMME as STATED_RESULTS
from api.types.outcomes import OF_SCHEME as RESULTS_OF_SCHEME
from api.types.outcomes import OUTCOMES as LISTED_OUTCOMES
from api.types.outcomes import Outcome, StatedResult, outcomes_of, stated_results
from api.types.parts import certified, of_capacity, of_partners, of_places
from api.types.parts.beside import BudgetStrand, Charge, PoolDivision
from api.types.parts.declared import of_stream
from api.types.parts.of_awards import PAYMENTS, RECOVERIES
from api.types.parts.of_deliveries import DELIVERABLES, HOLD_UPS, PROCUREMENT, STRANDS, SUPPLIERS
from api.types.parts.of_others import Identifier, PayeeAccount
from api.types.parts.of_support import OF_ORGANISATION as CASES_OF_ORGANISATION
from api.types.parts.of_support import OF_PARTNERSHIP as CASES_OF_PARTNERSHIP
from api.types.parts.of_support import TURNOVER
from api.types.parts.plans import (
    COMMITTED_LATE,
    HOLD_UPS_BY_CAUSE,
    PLANS,
    HoldUpCount,
    LateCommitment,
    Peer,
    Plan,
    peers_beside,
)
from api.types.people.bodies import (
    Body,
    Delegation,
    LiftedSeparation,
    Rule,
    bodies_of,
    criteria_of,
    delegations_of,
    lifted_of,
    rules_of,
)
from api.types.people.declared import CLOCKS as HELD
from api.types.people.people import Person
from api.types.people.people import people_of_organisation as people_of
from api.types.timeline import IN_ORDER, timeline_of
from projections.register import reading as register
from projections.register.reading import OrganisationLine, PartnershipLine, ProgrammeLine, SchemeLine


@strawberry.input(
    description="Which partnerships. All conditions must be met; fields that you leave out are ignored. programme,"
    " scheme, organisation and funder are ids or codes. funder is that of an award. text is searched for in name and"
    " code."
)
class PartnershipFilter:
    programme: str | None = None
    scheme: str | None = None
    kind: str | None = None
    region: str | None = None
    theme: str | None = None
    organisation: str | None = None
    funder: str | None = None
    code: str | None = None
    text: str | None = None


# How partnerships are listed below a thing.
PARTNERSHIPS = (
    "partnerships", PartnershipFilter, ("PartnershipConnection", __name__), PartnershipLine,
    lambda line: Partnership.of(line),  # noqa: PLW0108 - the type is declared below
)  # fmt: skip


@written(
    "schemes",
    funder=Rows("organisations WHERE organisations.id = schemes.funder_id"),
    funding=ladder("scheme_id", "schemes.id"),
    stated_delays=stated_in("scheme_id", "schemes.id"),
    stated_results=RESULTS_OF_SCHEME,
)
@strawberry.type(description="A part of a programme that funds partnerships.")
class Scheme(Node):
    code: str
    name: str
    kind: str
    description: str | None = strawberry.field(
        description="What it is, in the words of its source. null if not stated."
    )
    funder_id: strawberry.Private[str | None]

    @strawberry.field(description="Its funder. null if it is that of the programme, or if no source says.")
    async def funder(self, info: Info) -> Annotated["Organisation", strawberry.lazy("api.types.partnerships")] | None:
        return await find_organisation(info, self.funder_id) if self.funder_id else None

    partnerships = below("schemes", "scheme", *PARTNERSHIPS, "Its partnerships, by code.")
    awards = below("schemes", "scheme", *AWARDS, "The awards of its partnerships.")
    bids = below("schemes", "scheme", *BIDS, "The bids of its partnerships.")

    bodies: list[Body] = bodies_of(
        "scheme_id", "schemes", f"Its own bodies, without those of its partnerships, by code, {HELD}"
    )
    rules: list[Rule] = rules_of("scheme_id", "schemes", "Its own rules, without those of its partnerships")
    criteria = criteria_of(f"The criteria that were published for its bids by the day asAt, in their order, {CLOCKS}")
    outcomes = below("schemes", "scheme", *LISTED_OUTCOMES, "The outcomes of its partnerships, as now.")
    involved: list[Involvement] = involved_in(
        "schemes", f"Who took part in it, as sources state, beside those in its partnerships, {CLOCKS}"
    )

    take_up: list[TakeUp] = take_up_in(
        "schemes", "scheme_id", f"The last count of each national programme in it, {CLOCKS}"
    )

    @strawberry.field(description="The results that sources state for it as a whole, in the order recorded.")
    async def stated_results(self, info: Info) -> list[StatedResult]:
        return await stated_results(info, "scheme_id", f"{self.id}")

    timeline = timeline_of("scheme", "schemes", f"What happened to it, {IN_ORDER} By default its own entries alone.")

    @strawberry.field(description="Its funding figures, as at the day asAt and as known at the instant knownAt.")
    async def funding(self, info: Info, as_at: date | None = None, known_at: datetime | None = None) -> Funding:
        return await funding_of(info, "scheme_id", f"{self.id}", as_at, known_at)

    years: FundingYears = years("scheme_id", "schemes")
    evidence: EvidencePack = evidence("scheme", "schemes")
    year_budgets: list[YearBudget] = year_budgets("scheme_id", "schemes")
    carry_forwards: list[CarryForward] = carry_forwards("scheme_id", "schemes")

    @strawberry.field(description="The delays that sources state for the scheme, each with its consequence.")
    async def stated_delays(self, info: Info) -> list[StatedDelay]:
        return await stated_delays_of(info, "scheme_id", f"{self.id}")

    @classmethod
    def of(cls, line: SchemeLine) -> "Scheme":
        """The GraphQL object for *line*."""
        return of_line(cls, line)


@written(
    "g",
    currency=Word("g.currency"),
    on=when("g.begun"),
    funder=Rows("organisations WHERE organisations.id = g.funder_id"),
    schemes=Rows("schemes WHERE schemes.programme_id = g.id", order="schemes.code"),
    funding=ladder("programme_id", "g.id"),
    periods=Rows("periods WHERE periods.programme_id = g.id", order="periods.starts"),
    stated_delays=stated_in("programme_id", "g.id"),
    stated_results=STATED_RESULTS,
)
@strawberry.type(description="A grant programme. It has one currency.")
class Programme(Node):
    code: str
    name: str
    currency: str = strawberry.field(description="The ISO 4217 code of its currency.")
    country: str | None = strawberry.field(description="The country that it is for. null if not stated.")
    description: str | None = strawberry.field(
        description="What it is, in the words of its source. null if not stated."
    )
    on: When = strawberry.field(description="When it was established.")
    until: When | None = strawberry.field(description="When it ends. null if not stated.")
    funder_id: strawberry.Private[str | None]

    @strawberry.field(description="Its funder. null if no source says.")
    async def funder(self, info: Info) -> Annotated["Organisation", strawberry.lazy("api.types.partnerships")] | None:
        return await find_organisation(info, self.funder_id) if self.funder_id else None

    bodies: list[Body] = bodies_of(
        "programme_id", "g", f"The bodies and posts of it, its schemes and partnerships, by code, {HELD}"
    )
    rules: list[Rule] = rules_of("programme_id", "g", "The rules of it, its schemes and partnerships")
    delegations: list[Delegation] = delegations_of("programme_id", "g")
    lifted_separations: list[LiftedSeparation] = lifted_of("g")
    outcomes = below("g", "programme", *LISTED_OUTCOMES, "The outcomes of its partnerships, as now.")
    involved: list[Involvement] = involved_in(
        "g", f"Who took part in it and in its schemes, as sources state, beside those in its partnerships, {CLOCKS}"
    )
    support = support_of("g", "Which organisations its schemes support on a day, in the order recorded.")

    timeline = timeline_of("programme", "g", f"What happened to it, {IN_ORDER} By default its own entries alone.")

    @strawberry.field(description="The schemes of the programme, by code.")
    async def schemes(self, info: Info) -> list[Scheme]:
        lines = await info.context.lines(register.schemes_by, "programme_id", f"{self.id}")
        return [Scheme.of(line) for line in lines]

    @strawberry.field(description="Its funding figures, as at the day asAt and as known at the instant knownAt.")
    async def funding(self, info: Info, as_at: date | None = None, known_at: datetime | None = None) -> Funding:
        return await funding_of(info, "programme_id", f"{self.id}", as_at, known_at)

    years: FundingYears = years("programme_id", "g")
    evidence: EvidencePack = evidence("programme", "g")
    year_budgets: list[YearBudget] = year_budgets("programme_id", "g")
    carry_forwards: list[CarryForward] = carry_forwards("programme_id", "g")
    year_end: YearEnd = year_end("g")
    hold_ups: list[HoldUpCount] = HOLD_UPS_BY_CAUSE

    @strawberry.field(description="The periods whose books are closed, in the order of their days.")
    async def periods(self, info: Info) -> list[ClosedPeriod]:
        return await periods_of(info, f"{self.id}")

    @strawberry.field(
        description="The books of a closed period, given its name, as they were when it was closed. Or the books for"
        " the days from starts to ends, as known at the instant knownAt. An event recorded after its period was closed"
        " counts as an adjustment on the first day that was open. null if no closed period has the name."
    )
    async def period_report(
        self,
        info: Info,
        name: str | None = None,
        starts: date | None = None,
        ends: date | None = None,
        known_at: datetime | None = None,
    ) -> PeriodReport | None:
        if name is not None and starts is None and ends is None and known_at is None:
            return await report_of_closed(info, f"{self.id}", self.currency, name)
        if name is not None or starts is None or ends is None:
            raise Problem("The period is not clear. Give the name of a closed period, or both starts and ends.")
        return await report_of(info, f"{self.id}", self.currency, starts, ends, known_at)

    @strawberry.field(
        description="The delays that sources state for its schemes and partnerships, each with its consequence."
    )
    async def stated_delays(self, info: Info) -> list[StatedDelay]:
        return await stated_delays_of(info, "programme_id", f"{self.id}")

    framework: list[FrameworkCell] = FRAMEWORK
    demand: list[of_capacity.Demand] = of_capacity.DEMAND
    consultation = certified.CONSULTATION
    return_templates = certified.TEMPLATES
    reporting: list[certified.ReportingBurden] = certified.REPORTING

    take_up: list[TakeUp] = take_up_in(
        "g", "programme_id", f"The last count of each national programme in it, {CLOCKS}"
    )

    @strawberry.field(description="The results that sources state for it as a whole, in the order recorded.")
    async def stated_results(self, info: Info) -> list[StatedResult]:
        return await stated_results(info, "programme_id", f"{self.id}")

    @classmethod
    def of(cls, line: ProgrammeLine) -> "Programme":
        """The GraphQL object for *line*."""
        return of_line(cls, line, on=When.read(line.begun))


NAME = "Its present name. Below a list that takes asAt or knownAt: the name that it had then."


@written("organisations", name=Named("organisations"), funding_given=ladder("funder_id", "organisations.id"))
@strawberry.type(description="A council, agency or other body.")
class Organisation(Node):
    code: str
    kind: str
    region: str | None = strawberry.field(description="Its region. null if not stated.")
    tier: str | None = strawberry.field(description="Its tier of local government. null if not stated.")
    notes: str | None = strawberry.field(description="What a source notes about it. null if it notes nothing.")
    present_name: strawberry.Private[str]

    @strawberry.field(description=NAME)
    async def name(self, info: Info) -> str:
        return await info.context.name(info.path, f"{self.id}", self.present_name)

    names: list[OrganisationName] = names_held(
        f"The names that it has had, from the first to the present one, then those that only a source used, {CLOCKS}"
    )
    roles: list[HeldRole] = roles_held(
        f"Every role that it has or had in a partnership, in the order recorded, {CLOCKS}"
    )
    partnerships = below("organisations", "organisation", *PARTNERSHIPS, "The partnerships in which it has a role.")
    awards = below("organisations", "organisation", *AWARDS, "The awards of the partnerships in which it has a role.")
    payments = below("organisations", "payee", *PAYMENTS, "The payments that are made to it, with their totals.")
    categories: list[AssessmentCategory] = categories_held(
        f"The categories of assessment that it was put into, in the order recorded, {CLOCKS}"
    )
    support_cases = CASES_OF_ORGANISATION
    turnover = TURNOVER
    places: list[of_places.PlacesTaken] = of_places.places_of_organisation()
    payee_account: PayeeAccount | None = of_stream(
        PayeeAccount,
        "payeeaccount",
        "organisations",
        f"The account that it is paid into. null if none was recorded, {CLOCKS}",
        many=False,
    )
    identifiers: list[Identifier] = of_stream(
        Identifier, "identifier", "organisations", f"Its identifiers in the order recorded, {CLOCKS}"
    )

    people: list[Person] = people_of()
    timeline = timeline_of(
        "organisation", "organisations",
        f"What happened to it and to those that are part of it today, and what names it, {IN_ORDER}",
    )  # fmt: skip

    merged_into = merged_into(f"The organisation that it merged into, {CLOCKS} null if it goes on.")
    merger = merger(f"The event by which it merged into mergedInto, {CLOCKS} null if it goes on.")
    took_over = took_over(f"The organisations that merged into it, in the order recorded, {CLOCKS}")

    @strawberry.field(
        description="The figures of the awards that it funds, and of their bids, as at the day asAt and as known at the"
        " instant knownAt. null if it funds none."
    )
    async def funding_given(
        self, info: Info, as_at: date | None = None, known_at: datetime | None = None
    ) -> Funding | None:
        return await funding_if_any(info, "funder_id", f"{self.id}", as_at, known_at)

    @classmethod
    def of(cls, line: OrganisationLine) -> "Organisation":
        """The GraphQL object for *line*."""
        return of_line(cls, line, present_name=line.name)


@written("partners", organisation=Rows("organisations WHERE organisations.id = partners.organisation_id"))
@strawberry.type(description="An organisation that takes part in a partnership, with its role.")
class Partner:
    role: str
    joined: When
    left: When | None
    organisation_id: strawberry.Private[str]

    @strawberry.field
    async def organisation(self, info: Info) -> Organisation:
        return visible(await find_organisation(info, self.organisation_id), "organisation")


async def _partners(_: Context, as_at: date | None = None) -> tuple[Rows, dict[str, Any]]:
    source = register.partners_where("partners.partnership_id = p.id")
    return Rows(source, order="partners.position, partners.organisation_id, partners.role"), {"day": as_at}


@written("roles", organisation=Rows("organisations WHERE organisations.id = roles.organisation_id"))
@strawberry.type(
    description="What an organisation does for a partnership: lead, partner, funder, supplier, adviser, or the word of"
    " a source."
)
class OrganisationRole:
    role: str = strawberry.field(description="The role, in the words of the programme or of a source.")
    stated_only: bool = strawberry.field(
        description="Whether only a source states the role. No step of the partnership, its bids or awards records it."
    )
    organisation_id: strawberry.Private[str]

    @strawberry.field(description="The organisation that has the role.")
    async def organisation(self, info: Info) -> Organisation:
        return visible(await find_organisation(info, self.organisation_id), "organisation")


async def _roles(context: Context, organisation: str | None = None) -> tuple[Rows, dict[str, Any]]:
    source = register.roles_where(f"partnership_id = p.id AND {register.OF_ORGANISATION}")
    found = await context.id_of("organisation", organisation)
    return Rows(source, order="roles.position, roles.organisation_id, roles.role"), {"organisation": found}


@written(
    "p",
    scheme=Rows("schemes WHERE schemes.id = p.scheme_id"),
    lead=Rows(f"organisations WHERE organisations.id = {register.LEAD}"),
    name=Named("p"),
    partners=RowsFor(_partners, moment=Moment("day")),
    roles=RowsFor(_roles),
    bids=Rows("bids WHERE bids.partnership_id = p.id", order="bids.position"),
    awards=Rows("awards WHERE awards.partnership_id = p.id", order="awards.position"),
    outcomes=OUTCOMES,
    funding=ladder("partnership_id", "p.id"),
    stated_delays=stated_in("partnership_id", "p.id"),
    delay_chain=CHAIN,
)
@strawberry.type(description="Organisations that work together under a scheme.")
class Partnership(Node):
    code: str
    kind: str
    region: str | None = strawberry.field(description="Its region. null if not stated.")
    theme: str | None = strawberry.field(description="The theme of its work. null if not stated.")
    starts: When | None = strawberry.field(description="The first date of the funded work. null if not stated.")
    ends: When | None = strawberry.field(description="The last date of the funded work. null if not stated.")
    notes: str | None = strawberry.field(description="What a source notes about it. null if it notes nothing.")
    present_name: strawberry.Private[str]
    scheme_id: strawberry.Private[str]
    lead_id: strawberry.Private[str | None]
    recorded_lead_id: strawberry.Private[str | None]

    @strawberry.field(description=NAME)
    async def name(self, info: Info) -> str:
        return await info.context.name(info.path, f"{self.id}", self.present_name)

    @strawberry.field
    async def scheme(self, info: Info) -> Scheme:
        return visible(await find_scheme(info, self.scheme_id), "scheme")

    @strawberry.field(description="The organisation that leads the partnership. null if no source says.")
    async def lead(self, info: Info) -> Organisation | None:
        return await find_organisation(info, self.lead_id) if self.lead_id else None

    charges: list[Charge] = of_stream(
        Charge, "charge", "p", f"What one organisation is to pay another, by number, {CLOCKS}"
    )
    budget_strands: list[BudgetStrand] = of_stream(
        BudgetStrand, "strand", "p", f"What strands of its work are to take of its budget, by number, {CLOCKS}"
    )
    pool_divisions: list[PoolDivision] = of_stream(
        PoolDivision, "pooldivision", "p", f"How it divided pooled money, by number, {CLOCKS}"
    )

    @strawberry.field(
        description="The organisations that take part, with their roles, under the names of the day asAt."
    )
    async def partners(
        self,
        info: Info,
        as_at: Annotated[
            date | None,
            strawberry.argument(description="The day to ask about. By default all that ever took part are returned."),
        ] = None,
    ) -> list[Partner]:
        info.context.names_as_of(info.path, as_at, None)
        lines = await info.context.lines(register.partners_by, "partnership_id", f"{self.id}", as_at=as_at)
        return [of_line(Partner, line) for line in lines]

    kinds: list[PartnershipKind] = kinds_held(f"The kinds that it was of, in the order recorded, {CLOCKS}")
    grew_from: list[Origin] = origins(f"The partnerships that it grew from, in the order recorded, {CLOCKS}")
    grew_into: list[Origin] = successors(f"The partnerships that grew from it, in the order recorded, {CLOCKS}")

    @strawberry.field(description="Every role of an organisation in the partnership, in the order recorded.")
    async def roles(
        self,
        info: Info,
        organisation: Annotated[
            str | None,
            strawberry.argument(description="The id or code of an organisation. By default, of all of them."),
        ] = None,
    ) -> list[OrganisationRole]:
        info.context.names_of_now(info.path)
        found = await info.context.id_of("organisation", organisation)
        lines = await info.context.lines(register.roles_by, "partnership_id", f"{self.id}", organisation=found)
        return [of_line(OrganisationRole, line) for line in lines]

    @strawberry.field
    async def bids(self, info: Info) -> list[Bid]:
        return await bids_of(info, f"{self.id}")

    @strawberry.field
    async def awards(self, info: Info) -> list[Award]:
        return await awards_of(info, f"{self.id}")

    awards_connection = below("p", "partnership", *AWARDS, "Its awards, in pages.")
    bids_connection = below("p", "partnership", *BIDS, "Its bids, in pages.")
    payments = below("p", "partnership", *PAYMENTS, "The payments of its awards.")
    bodies: list[Body] = bodies_of("partnership_id", "p")
    rules: list[Rule] = rules_of("partnership_id", "p", "Its own rules, without those of its scheme")
    recoveries = below("p", "partnership", *RECOVERIES, "The recoveries of its awards.")

    @strawberry.field(description="Its outcomes, as at the day asAt and as known at the instant knownAt.")
    async def outcomes(self, info: Info, as_at: date | None = None, known_at: datetime | None = None) -> list[Outcome]:
        day, known = await info.context.moment(as_at, known_at)
        info.context.names_as_of(info.path, day, known)
        return await outcomes_of(info, f"{self.id}", day, known)

    @strawberry.field(description="Its funding figures, as at the day asAt and as known at the instant knownAt.")
    async def funding(self, info: Info, as_at: date | None = None, known_at: datetime | None = None) -> Funding:
        return await funding_of(info, "partnership_id", f"{self.id}", as_at, known_at)

    years: FundingYears = years("partnership_id", "p")
    evidence: EvidencePack = evidence("partnership", "p")

    plans: list[Plan] = PLANS
    procurement = PROCUREMENT
    suppliers = SUPPLIERS
    deliverables = DELIVERABLES
    strands = STRANDS
    hold_ups = HOLD_UPS
    support_cases = CASES_OF_PARTNERSHIP
    agreements = of_partners.AGREEMENTS
    commitments = of_partners.COMMITMENTS
    sponsors = of_partners.SPONSORS
    defined_roles = of_partners.ROLES
    decisions = of_partners.DECISIONS
    documents = of_partners.DOCUMENTS
    outputs = of_partners.OUTPUTS
    capacity_plans = of_capacity.PLANS
    policy_targets = of_capacity.TARGETS
    learning_needs = of_capacity.NEEDS
    provisions = of_capacity.PROVISIONS
    learning = of_capacity.LEARNING
    provision_fits: list[of_capacity.ProvisionFit] = of_capacity.FITS
    subsidies = of_places.SUBSIDIES
    places = of_places.PLACES
    declined = of_places.DECLINED
    sessions = of_places.SESSIONS
    transfers = of_places.TRANSFERS
    peers: list[Peer] = peers_beside()
    committed_after_end: list[LateCommitment] = COMMITTED_LATE

    @strawberry.field(description="The delays that sources state for the partnership, each with its consequence.")
    async def stated_delays(self, info: Info) -> list[StatedDelay]:
        return await stated_delays_of(info, "partnership_id", f"{self.id}")

    @strawberry.field(description="The time from bid to delivery, link by link, and how much of it delay used up.")
    async def delay_chain(self, info: Info, as_at: date | None = None, known_at: datetime | None = None) -> DelayChain:
        return await chain_of(info.context, f"{self.id}", self.kind, as_at, known_at)

    timeline = timeline_of(
        "partnership", "p",
        f"Everything that happened, {IN_ORDER}",
    )  # fmt: skip

    @classmethod
    def of(cls, line: PartnershipLine) -> "Partnership":
        """The GraphQL object for *line*."""
        return of_line(cls, line, present_name=line.name)


@strawberry.type
class PartnershipEdge:
    cursor: str
    node: Partnership


BY_CODE = "Partnerships, by code."


@strawberry.type(description=BY_CODE)
class PartnershipConnection(Connection):
    edges: list[PartnershipEdge]
    nodes: list[Partnership]


async def _programmes(context: Context, at_least: LogPosition | None = None) -> tuple[Rows, dict[str, Any]]:
    await context.caught_up(at_least)
    return Rows("programmes g", order="g.code"), {}


async def _programme(context: Context, code: str, at_least: LogPosition | None = None) -> tuple[Rows, dict[str, Any]]:
    await context.caught_up(at_least)
    return Rows("programmes g WHERE g.code = %(code)s"), {"code": code}


async def find_programme(info: Info, value: str, column: str = "id") -> Programme | None:
    """The programme whose *column* (id or code) is *value*; None if there is none."""
    line = await info.context.line(register.programmes_by, column, value)
    return Programme.of(line) if line else None


async def find_scheme(info: Info, value: str, column: str = "id") -> Scheme | None:
    """The scheme whose *column* (id or code) is *value*; None if there is none."""
    line = await info.context.line(register.schemes_by, column, value)
    return Scheme.of(line) if line else None


async def find_organisation(info: Info, value: str, column: str = "id") -> Organisation | None:
    """The organisation whose *column* (id or code) is *value*; None if there is none."""
    line = await info.context.line(register.organisations_by, column, value)
    return Organisation.of(line) if line else None


async def find_partnership(info: Info, value: str, column: str = "id") -> Partnership | None:
    """The partnership whose *column* (id or code) is *value*; None if there is none."""
    line = await info.context.line(register.partnerships_by, column, value)
    return Partnership.of(line) if line else None


async def partnership(info: Info, partnership_id: str) -> Partnership:
    """The partnership with this id. Raises Problem NOT_YET_VISIBLE while its read model is behind."""
    return visible(await find_partnership(info, partnership_id), "partnership")


@written("", programmes=RowsFor(_programmes), programme=RowsFor(_programme))
@strawberry.type
class RegisterQuery:
    @strawberry.field(description="Every programme, by code.")
    async def programmes(self, info: Info, at_least: LogPosition | None = None) -> list[Programme]:
        await info.context.caught_up(at_least)
        async with info.context.reads.connection() as connection:
            return [Programme.of(line) for line in await register.programmes(connection)]

    @strawberry.field
    async def programme(self, info: Info, code: str, at_least: LogPosition | None = None) -> Programme | None:
        await info.context.caught_up(at_least)
        return await find_programme(info, code, "code")

    partnership = one(Partnership, find_partnership, "partnerships p", "p")
    scheme = one(Scheme, find_scheme, "schemes", "schemes")
    organisation = one(Organisation, find_organisation, "organisations", "organisations")
    partnerships: PartnershipConnection = everywhere(
        "partnerships", PartnershipFilter, PartnershipConnection, PartnershipLine, Partnership.of, BY_CODE
    )
