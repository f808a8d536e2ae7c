"""Programmes, schemes, organisations and partnerships for clients."""

from datetime import date, datetime
from functools import partial
from typing import Annotated, TypeVar

import strawberry
from psycopg.sql import SQL

from api.answering import written
from api.answering.whole import FORM, Pages, Thing
from api.answering.written import Paging, Shape, Word
from api.context import Context, Info
from api.contract import cursor
from api.contract.errors import NOT_YET_VISIBLE, Problem
from api.contract.inputs import plain
from api.contract.scalars import LogPosition
from api.contract.values import Lane, Node, PageInfo, When
from api.types import timeline
from api.types.awards import AWARD, Award, awards_of
from api.types.bids import Bid, bids_of
from api.types.delays import DelayChain, StatedDelay, chain_of, stated_delays_of
from api.types.funding import Funding, funding_of, ladder
from api.types.outcomes import Outcome, outcomes_of
from api.types.periods import ClosedPeriod, PeriodReport, periods_of, report_of, report_of_closed
from api.types.timeline import From, TimelineConnection, To, timeline_of
from projections import register
from projections.register import OrganisationLine, PartnershipLine, ProgrammeLine, SchemeLine
from projections.tables.paging import Listing, Window

ORDER = "partnerships"
KEY = (cursor.text,)
# The id of a partnership in a statement around what is asked of it.
OF_ROW = SQL("p.id")

T = TypeVar("T")


@strawberry.type(description="A part of a programme under which partnerships are funded.")
class Scheme(Node):
    code: str
    name: str
    kind: str

    @strawberry.field(description="Its ladder of figures: as at a date, and as known at a moment.")
    async def funding(self, info: Info, as_at: date | None = None, known_at: datetime | None = None) -> Funding:
        return await funding_of(info, "scheme_id", f"{self.id}", as_at, known_at)

    @strawberry.field(description="What sources say was slow in it, each with its consequence.")
    async def stated_delays(self, info: Info) -> list[StatedDelay]:
        return await stated_delays_of(info, "scheme_id", f"{self.id}")

    @classmethod
    def of(cls, line: SchemeLine) -> "Scheme":
        """*line* for clients."""
        return cls(id=strawberry.ID(line.id), code=line.code, name=line.name, kind=line.kind)


@strawberry.type(description="A grant programme. All its money is in one currency.")
class Programme(Node):
    code: str
    name: str
    currency: str = strawberry.field(description="ISO 4217 code.")

    @strawberry.field(description="Its schemes, by code.")
    async def schemes(self, info: Info) -> list[Scheme]:
        lines = await info.context.lines(register.schemes_by, "programme_id", f"{self.id}")
        return [Scheme.of(line) for line in lines]

    @strawberry.field(
        description="Its ladder of figures: as at a date, and as known at a moment.",
        metadata={FORM: ladder("programme_id", SQL("g.id"))},
    )
    async def funding(self, info: Info, as_at: date | None = None, known_at: datetime | None = None) -> Funding:
        return await funding_of(info, "programme_id", f"{self.id}", as_at, known_at)

    @strawberry.field(description="The periods for which its books are closed, by their days.")
    async def periods(self, info: Info) -> list[ClosedPeriod]:
        return await periods_of(info, f"{self.id}")

    @strawberry.field(
        description="Its books for a closed period by name, as they were when it was closed; or for any days, both"
        " included, as known at a moment. What was recorded after its period was closed counts as an adjustment on the"
        " first day that was open. null where no period of that name is closed."
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
            raise Problem("Give the name of a closed period, or starts and ends.")
        return await report_of(info, f"{self.id}", self.currency, starts, ends, known_at)

    @strawberry.field(
        description="What sources say was slow in any of its schemes and partnerships, each with its consequence."
    )
    async def stated_delays(self, info: Info) -> list[StatedDelay]:
        return await stated_delays_of(info, "programme_id", f"{self.id}")

    @classmethod
    def of(cls, line: ProgrammeLine) -> "Programme":
        """*line* for clients."""
        return cls(id=strawberry.ID(line.id), code=line.code, name=line.name, currency=line.currency)


@strawberry.type(description="A council, agency or other body, under its present name.")
class Organisation(Node):
    code: str
    name: str
    kind: str

    @classmethod
    def of(cls, line: OrganisationLine) -> "Organisation":
        """*line* for clients."""
        return cls(id=strawberry.ID(line.id), code=line.code, name=line.name, kind=line.kind)


@strawberry.type(description="An organisation's part in a partnership.")
class Partner:
    role: str
    joined: When
    left: When | None
    organisation_id: strawberry.Private[str]

    @strawberry.field
    async def organisation(self, info: Info) -> Organisation:
        return sure(await find_organisation(info, self.organisation_id), "organisation")


@strawberry.type(description="Organisations that work together under a scheme.")
class Partnership(Node):
    code: str
    name: str
    kind: str
    scheme_id: strawberry.Private[str]
    lead_id: strawberry.Private[str | None]

    @strawberry.field
    async def scheme(self, info: Info) -> Scheme:
        return sure(await find_scheme(info, self.scheme_id), "scheme")

    @strawberry.field(description="Who leads it; null where no source says.")
    async def lead(self, info: Info) -> Organisation | None:
        return await find_organisation(info, self.lead_id) if self.lead_id else None

    @strawberry.field(description="Who takes part, in which role; with asAt, who did on that day.")
    async def partners(
        self,
        info: Info,
        as_at: Annotated[
            date | None,
            strawberry.argument(description="The day to ask about; all who ever took part where it is left out."),
        ] = None,
    ) -> list[Partner]:
        lines = await info.context.lines(register.partners_by, "partnership_id", f"{self.id}", as_at=as_at)
        return [
            Partner(
                role=line.role,
                joined=When.read(line.joined),
                left=When.perhaps(line.left),
                organisation_id=line.organisation_id,
            )
            for line in lines
        ]

    @strawberry.field
    async def bids(self, info: Info) -> list[Bid]:
        return await bids_of(info, f"{self.id}")

    @strawberry.field
    async def awards(self, info: Info) -> list[Award]:
        return await awards_of(info, f"{self.id}")

    @strawberry.field(description="Its outcomes: as at a date, and as known at a moment.")
    async def outcomes(self, info: Info, as_at: date | None = None, known_at: datetime | None = None) -> list[Outcome]:
        return await outcomes_of(info, f"{self.id}", as_at, known_at)

    @strawberry.field(
        description="Its ladder of figures: as at a date, and as known at a moment.",
        metadata={FORM: ladder("partnership_id", OF_ROW)},
    )
    async def funding(self, info: Info, as_at: date | None = None, known_at: datetime | None = None) -> Funding:
        return await funding_of(info, "partnership_id", f"{self.id}", as_at, known_at)

    @strawberry.field(description="What sources say was slow, each with its consequence.")
    async def stated_delays(self, info: Info) -> list[StatedDelay]:
        return await stated_delays_of(info, "partnership_id", f"{self.id}")

    @strawberry.field(description="From bid to delivery: how long each link took, and what delay took from delivery.")
    async def delay_chain(self, info: Info, as_at: date | None = None, known_at: datetime | None = None) -> DelayChain:
        bids = await bids_of(info, f"{self.id}")
        return await chain_of(info, f"{self.id}", self.kind, [f"{bid.id}" for bid in bids], as_at, known_at)

    @strawberry.field(
        description="Everything that happened, in effective order (undated entries last), then log order.",
        metadata={FORM: Pages(paging=timeline.PAGING, asked=partial(timeline.asked_of, partnership_id=OF_ROW))},
    )
    async def timeline(
        self,
        info: Info,
        lanes: list[Lane] | None = None,
        start: From = None,
        to: To = None,
        known_at: datetime | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> TimelineConnection:
        listing, window = await timeline.asked_of(
            info.context,
            f"{self.id}",
            lanes=lanes,
            start=start,
            to=to,
            known_at=known_at,
            first=first,
            after=after,
            last=last,
            before=before,
        )
        return await timeline_of(info, listing, window)

    @classmethod
    def of(cls, line: PartnershipLine) -> "Partnership":
        """*line* for clients."""
        return cls(
            id=strawberry.ID(line.id),
            code=line.code,
            name=line.name,
            kind=line.kind,
            scheme_id=line.scheme_id,
            lead_id=line.lead_id,
        )


# The same in SQL, of a row of partnerships, with the awards of each.
WRITTEN = Shape(
    fields={
        "id": "p.id",
        "code": "p.code",
        "name": "p.name",
        "kind": "p.kind",
        "awards": Shape(fields=AWARD, source="awards WHERE awards.partnership_id = p.id", order="awards.position"),
    }
)
PAGING = Paging(order=ORDER, key=KEY, shape=WRITTEN)


@strawberry.type
class PartnershipEdge:
    cursor: str
    node: Partnership


@strawberry.type(description="Partnerships, by code.")
class PartnershipConnection:
    edges: list[PartnershipEdge]
    nodes: list[Partnership]
    page_info: PageInfo
    listing: strawberry.Private[Listing]

    @strawberry.field(description="How many there are in all. Counted only when asked for.")
    async def total_count(self, info: Info) -> int:
        return await info.context.count(self.listing)


@strawberry.input(
    description="Which partnerships. programme, scheme and organisation are codes; text is looked for in name and code."
)
class PartnershipFilter:
    programme: str | None = None
    scheme: str | None = None
    kind: str | None = None
    organisation: str | None = None
    text: str | None = None


PROGRAMME = Shape(fields={"id": "g.id", "code": "g.code", "name": "g.name", "currency": Word("g.currency")})


async def by_code(_: Context, code: str) -> tuple[str, str]:
    """The column by which a programme is asked for, and its value there."""
    return "code", code


async def named(
    context: Context,
    id: str | None = None,  # noqa: A002 - the contract's name
    code: str | None = None,
    at_least: LogPosition | None = None,
) -> tuple[str, str]:
    """The column by which a partnership is asked for, and its value there."""
    named_by = one_of(id=id, code=code)
    await context.caught_up(at_least)
    return named_by


async def asked_for(
    _: Context,
    filter: PartnershipFilter | None = None,  # noqa: A002 - the contract's name
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
) -> tuple[Listing, Window]:
    """The list and the window that the arguments of partnerships ask for."""
    wanted = filter or PartnershipFilter()
    plain(wanted)
    listing = register.partnership_list(
        programme=wanted.programme,
        scheme=wanted.scheme,
        kind=wanted.kind,
        organisation=wanted.organisation,
        text=wanted.text,
    )
    return listing, cursor.window(ORDER, KEY, first=first, after=after, last=last, before=before)


@strawberry.type
class RegisterQuery:
    @strawberry.field(description="Every programme, by code.")
    async def programmes(self, info: Info) -> list[Programme]:
        async with info.context.reads.connection() as connection:
            return [Programme.of(line) for line in await register.programmes(connection)]

    @strawberry.field(metadata={FORM: Thing(shape=PROGRAMME, source="programmes g", row="g", asked=by_code)})
    async def programme(self, info: Info, code: str) -> Programme | None:
        return await find_programme(info, code, "code")

    @strawberry.field(
        description="One partnership, by id or by code.",
        metadata={FORM: Thing(shape=WRITTEN, source="partnerships p", row="p", asked=named)},
    )
    async def partnership(
        self,
        info: Info,
        id: strawberry.ID | None = None,  # noqa: A002 - the contract's name
        code: str | None = None,
        at_least: LogPosition | None = None,
    ) -> Partnership | None:
        column, value = await named(info.context, id, code, at_least)
        return await find_partnership(info, value, column)

    @strawberry.field(metadata={FORM: Pages(paging=PAGING, asked=asked_for)})
    async def partnerships(
        self,
        info: Info,
        filter: PartnershipFilter | None = None,  # noqa: A002 - the contract's name
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> PartnershipConnection:
        listing, window = await asked_for(info.context, filter, first, after, last, before)
        if (ready := await written.page(info, listing, window, PAGING)) is not None:
            return PartnershipConnection(
                edges=ready.edges, nodes=ready.nodes, page_info=ready.page_info, listing=listing
            )
        page = await info.context.page(PartnershipLine, listing, window)
        edges = [
            PartnershipEdge(cursor=cursor.write(ORDER, (line.code,)), node=Partnership.of(line)) for line in page.lines
        ]
        return PartnershipConnection(
            edges=edges,
            nodes=[edge.node for edge in edges],
            page_info=PageInfo.of(page, [edge.cursor for edge in edges]),
            listing=listing,
        )


def one_of(**given: str | None) -> tuple[str, str]:
    """The name and value of the one argument that is given. Raises Problem for none and for several."""
    found = [(name, value) for name, value in given.items() if value is not None]
    if len(found) != 1:
        raise Problem(f"Give one of {' and '.join(given)}.")
    return found[0]


async def find_programme(info: Info, value: str, column: str = "id") -> Programme | None:
    """The programme whose *column* (id or code) is *value*."""
    line = await info.context.line(register.programmes_by, column, value)
    return Programme.of(line) if line else None


async def find_scheme(info: Info, scheme_id: str) -> Scheme | None:
    """The scheme of this id."""
    line = await info.context.line(register.schemes_by, "id", scheme_id)
    return Scheme.of(line) if line else None


async def find_organisation(info: Info, organisation_id: str) -> Organisation | None:
    """The organisation of this id."""
    line = await info.context.line(register.organisations_by, "id", organisation_id)
    return Organisation.of(line) if line else None


async def find_partnership(info: Info, value: str, column: str = "id") -> Partnership | None:
    """The partnership whose *column* (id or code) is *value*."""
    line = await info.context.line(register.partnerships_by, column, value)
    return Partnership.of(line) if line else None


async def partnership(info: Info, partnership_id: str) -> Partnership:
    """The partnership of this id, which the read models are sure to have sooner or later."""
    return sure(await find_partnership(info, partnership_id), "partnership")


def sure(found: T | None, what: str) -> T:
    """*found*, which one read model names and another shows. Raises Problem while the other is behind."""
    if found is None:
        raise Problem(f"The {what} is not shown yet. Ask again in a moment.", NOT_YET_VISIBLE)
    return found
