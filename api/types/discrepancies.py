"""Discrepancies in GraphQL: which figures do not agree, since when, who is to resolve it, and the explanation."""

from datetime import date, datetime
from typing import Any, TypeAlias

import strawberry

from api.answering.fields import Connection, paged, waiting, worked_out
from api.answering.shapes import Moment, Rows, Shape, written
from api.context import Context, Info
from api.contract import cursor
from api.contract.errors import Problem
from api.contract.inputs import check_texts
from api.contract.scalars import LogPosition
from api.contract.values import Node, of_line
from api.types.log.audit import AuditEntry
from api.types.partnerships import Partnership, find_partnership
from domain.values.day import ZONE
from projections.discrepancies import reading as discrepancies
from projections.discrepancies.catalogue import CATALOGUE, Rule
from projections.discrepancies.catalogue import Severity as CatalogueSeverity
from projections.discrepancies.life import Status
from projections.discrepancies.reading import DiscrepancyLine, Filter
from projections.tables.paging import Listing, Window
from projections.tables.present import today

ORDER = "discrepancies"
KEY = (cursor.position, cursor.text)

strawberry.enum(
    CatalogueSeverity,
    name="Severity",
    description="ERROR: the figures cannot be right, or break a rule. WARNING: they may be right, but somebody should"
    " check them.",
)
Severity: TypeAlias = CatalogueSeverity
strawberry.enum(
    Status, name="DiscrepancyState", description="Whether a discrepancy is to be resolved, or how it was resolved."
)
DiscrepancyState: TypeAlias = Status


@strawberry.type(description="A rule that finds discrepancies.")
class DiscrepancyRule:
    name: str
    severity: Severity
    broken_when: str = strawberry.field(description="When the rule is broken, in words.")
    source: str = strawberry.field(description="Where the rule comes from.")

    @classmethod
    def of(cls, rule: Rule) -> "DiscrepancyRule":
        """The GraphQL object for *rule*."""
        return of_line(cls, rule)


@strawberry.type(description="An explanation or waiver of a discrepancy. It covers the figures that its author saw.")
class DiscrepancyExplanation:
    kind: str = strawberry.field(
        description="EXPLAINED, or WAIVED: accepted under an authority.",
        deprecation_reason="From 2026-11-29: use decision.",
    )
    decision: DiscrepancyState = strawberry.field(description="EXPLAINED, or WAIVED: accepted under an authority.")
    because: str
    by: str = strawberry.field(description="Who gave the explanation.")
    authority: str | None = strawberry.field(
        description="The authority under which the figures were waived. null for an explanation."
    )
    recorded_at: datetime
    message: str = strawberry.field(description="The figures that it covers, with their units.")
    position: LogPosition = strawberry.field(description="The position of the log at which its author saw the figures.")
    stands: bool = strawberry.field(description="Whether it covers the current figures.")

    @classmethod
    def of(cls, line: DiscrepancyLine) -> "DiscrepancyExplanation | None":
        """The last explanation of the discrepancy *line*; None if there is none."""
        if line.decided is None or line.decided_at is None:
            return None
        return cls(
            kind=line.decided,
            decision=Status(line.decided),
            because=line.because or "",
            by=line.decided_by or "",
            authority=line.authority,
            recorded_at=line.decided_at,
            message=line.covered or "",
            position=LogPosition(line.covers or 0),
            stands=line.status == line.decided,
        )


# Over a row of the list. Times are by the calendar of UTC.
_LAST_DAY = f"least(coalesce((d.closed_at AT TIME ZONE '{ZONE.key}')::date, %(as_at)s::date), %(as_at)s::date)"
_EXPLANATION = Shape(
    row="",
    fields={
        "kind": "d.decided",
        "decision": "d.decided",
        "because": "coalesce(d.because, '')",
        "by": "coalesce(d.decided_by, '')",
        "authority": "d.authority",
        "recorded_at": "d.decided_at",
        "message": "coalesce(d.covered, '')",
        "position": "coalesce(d.covers, 0)",
        "stands": "d.status = d.decided",
    },
    present="d.decided IS NOT NULL AND d.decided_at IS NOT NULL",
)


@written(
    "d",
    reference="coalesce(d.label, d.subject)",
    position="d.figures",
    state="d.status",
    age_days=f"greatest(0, {_LAST_DAY} - (d.since AT TIME ZONE '{ZONE.key}')::date)",
    explanation=_EXPLANATION,
    partnership=Rows("partnerships p WHERE p.id = d.partnership_id"),
    events=Rows(f"({discrepancies.CONCERNED.format('d.events')}) event", order="event.position"),
)
@strawberry.type(
    description="Figures that do not agree with a rule. Rule and subject identify it: if its cause goes and comes back,"
    " it is the same discrepancy."
)
class Discrepancy(Node):
    rule: str = strawberry.field(description="The name of the rule that is broken. See discrepancyRules.")
    severity: Severity
    subject: str = strawberry.field(
        description="The id of the item with the figures, sometimes with a part of it (/return 1). Or the name or"
        " identifier that organisations share."
    )
    reference: str = strawberry.field(description="The code or reference that people use for the subject.")
    message: str = strawberry.field(description="The figures, with their units.")
    first_seen: datetime = strawberry.field(
        description="When it first appeared in the log. If something is overdue: the day after the due day."
    )
    since: datetime = strawberry.field(description="Since when it has existed without a break.")
    closed_at: datetime | None = strawberry.field(description="When its cause went. null while the cause exists.")
    due: date | None = strawberry.field(
        description="The due day: it is a discrepancy from the day after. null if nothing is due."
    )
    status: str = strawberry.field(
        description="OPEN. EXPLAINED or WAIVED, while the explanation covers the current figures. CLOSED: its cause is"
        " gone.",
        deprecation_reason="From 2026-11-29: use state.",
    )
    state: DiscrepancyState = strawberry.field(
        description="OPEN. EXPLAINED or WAIVED, while the explanation covers the current figures. CLOSED: its cause is"
        " gone."
    )
    position: LogPosition = strawberry.field(description="The position in the log since which its figures are valid.")
    owner: str | None = strawberry.field(description="Who is to resolve it. null if nobody is assigned.")
    age_days: int = strawberry.field(description="For how many calendar days it has existed, or existed.")
    explanation: DiscrepancyExplanation | None = strawberry.field(
        description="The last explanation or waiver, and whether it covers the current figures. null if there is none."
    )
    partnership_id: strawberry.Private[str | None]
    known: strawberry.Private[int | None]

    @strawberry.field(description="The partnership concerned. null if there is none, or more than one.")
    async def partnership(self, info: Info) -> Partnership | None:
        return await find_partnership(info, self.partnership_id) if self.partnership_id else None

    @strawberry.field(description="The events concerned, in the order of the log.")
    async def events(self, info: Info) -> list[AuditEntry]:
        lines = await info.context.lines(discrepancies.concerned_by, "discrepancy", f"{self.id}", known=self.known)
        return [AuditEntry.of(line) for line in lines]

    @classmethod
    def of(cls, line: DiscrepancyLine, as_at: date, known: int | None) -> "Discrepancy":
        """The GraphQL object for *line*, as at a day and as known at a position."""
        return of_line(
            cls,
            line,
            severity=CatalogueSeverity[line.severity],
            state=Status(line.status),
            reference=line.label or line.subject,
            position=LogPosition(line.figures),
            age_days=line.age_days(as_at),
            explanation=DiscrepancyExplanation.of(line),
            known=known,
        )


async def discrepancy_line(info: Info, discrepancy_id: str) -> DiscrepancyLine | None:
    """The row of the discrepancy with this id, as at today; None if there is none."""
    day = today()
    found = await info.context.lines(discrepancies.discrepancies_by, "id", discrepancy_id, as_at=day)
    return found[0] if found else None


async def find_discrepancy(info: Info, discrepancy_id: str) -> Discrepancy | None:
    """The discrepancy with this id, as at today; None if there is none."""
    day = today()
    line = await discrepancy_line(info, discrepancy_id)
    return Discrepancy.of(line, day, None) if line else None


@strawberry.type
class DiscrepancyEdge:
    cursor: str
    node: Discrepancy


@strawberry.type(description="Discrepancies in the order in which they were first found.")
class DiscrepancyConnection(Connection):
    edges: list[DiscrepancyEdge]
    nodes: list[Discrepancy]


@strawberry.input(description="Which discrepancies. All conditions must be met; fields that you leave out are ignored.")
class DiscrepancyFilter:
    partnership: strawberry.ID | None = None
    rule: str | None = None
    severity: Severity | None = None
    state: list[DiscrepancyState] | None = None
    status: str | None = strawberry.field(default=None, deprecation_reason="From 2026-11-29: use state.")
    owner: str | None = None

    async def read(self, context: Context) -> Filter:
        """The filter as the read model takes it. Raises Problem for an unknown partnership, rule or status."""
        check_texts(self)
        known_rule(self.rule)
        known_status(self.status)
        return Filter(
            partnership=await context.id_of("partnership", self.partnership),
            rule=self.rule,
            severity=self.severity.name if self.severity is not None else None,
            states=self._states(),
            owner=self.owner,
        )

    def _states(self) -> list[str] | None:
        """The states that *state* and *status* both allow; None if neither is given."""
        states = None if self.state is None else [one.value for one in self.state]
        if self.status is None:
            return states
        return [self.status] if states is None or self.status in states else []


def known_rule(rule: str | None) -> None:
    """Check that *rule* is None or the name of a rule. Raises Problem."""
    if rule is not None and rule not in CATALOGUE:
        raise Problem(f"There is no rule with this name. The rules are: {', '.join(CATALOGUE)}.")


def known_status(status: str | None) -> None:
    """Check that *status* is None or a status. Raises Problem."""
    if status is not None and status not in Status.__members__:
        raise Problem(f"There is no status with this name. The statuses are: {', '.join(Status.__members__)}.")


async def listing_for(
    context: Context,
    filter: DiscrepancyFilter | None = None,  # noqa: A002 - the contract's name
    as_at: date | None = None,
    known_at: datetime | None = None,
    **asked: Any,
) -> tuple[Listing, Window]:
    """The list and the window for the arguments of ``discrepancies``."""
    wanted = await (filter or DiscrepancyFilter()).read(context)
    window = cursor.window(ORDER, KEY, **asked)
    day, known = await context.moment(as_at, known_at)
    return discrepancies.listing(wanted, as_at=day, known=known), window


async def _rules(_: Context) -> list[DiscrepancyRule]:
    return [DiscrepancyRule.of(rule) for rule in CATALOGUE.values()]


def _node(line: DiscrepancyLine, listing: Listing) -> Discrepancy:
    return Discrepancy.of(line, listing.parameters["as_at"], listing.parameters["known"])


@strawberry.type
class DiscrepancyQuery:
    discrepancies: DiscrepancyConnection = paged(
        waiting(listing_for),
        DiscrepancyConnection,
        DiscrepancyLine,
        _node,
        "Discrepancies, as at the day asAt and as known at the instant knownAt.",
        Moment("as_at", "known"),
    )
    discrepancy_rules: list[DiscrepancyRule] = worked_out(
        waiting(_rules), "The rules that find discrepancies, by name."
    )
