"""Discrepancies for clients: what does not add up, since when, whose it is, and what was said of it."""

from datetime import date, datetime
from typing import TypeAlias

import strawberry

from api.context import Info
from api.contract import cursor
from api.contract.errors import Problem
from api.contract.inputs import plain
from api.contract.scalars import LogPosition
from api.contract.values import Node, PageInfo
from api.types.audit import AuditEntry
from api.types.partnerships import Partnership, find_partnership
from domain.values.refusal import Refused
from projections.discrepancies import reading as discrepancies
from projections.discrepancies.catalogue import CATALOGUE, Rule
from projections.discrepancies.catalogue import Severity as CatalogueSeverity
from projections.discrepancies.life import Status
from projections.discrepancies.reading import DiscrepancyLine, Filter
from projections.tables.paging import Listing
from projections.tables.present import today

ORDER = "discrepancies"
KEY = (cursor.position, cursor.text)

strawberry.enum(
    CatalogueSeverity,
    name="Severity",
    description="ERROR: it cannot be so, or must not be. WARNING: it may be so, and somebody should look.",
)
Severity: TypeAlias = CatalogueSeverity


class NothingToExplain(Refused):
    """The register holds no such discrepancy, or its cause is gone."""


class FiguresChanged(Refused):
    """The figures have changed since they were seen: read them again."""


def may_be_explained(found: DiscrepancyLine, seen: int) -> None:
    """Refuse to explain what is closed, or was seen otherwise. Raises NothingToExplain and FiguresChanged."""
    if found.status == Status.CLOSED.value:
        raise NothingToExplain(status=found.status)
    if seen < found.figures:
        raise FiguresChanged(seen=seen, changed=found.figures)


@strawberry.type(description="A rule by which something does not add up.")
class DiscrepancyRule:
    name: str
    severity: Severity
    broken_when: str = strawberry.field(description="When it is broken, in words.")
    source: str = strawberry.field(description="Who asks for it.")

    @classmethod
    def of(cls, rule: Rule) -> "DiscrepancyRule":
        """*rule* for clients."""
        return cls(name=rule.name, severity=rule.severity, broken_when=rule.broken_when, source=rule.source)


@strawberry.type(description="What somebody said of the figures of a discrepancy, as they had seen them.")
class DiscrepancyExplanation:
    kind: str = strawberry.field(description="EXPLAINED, or WAIVED: let stand under an authority.")
    because: str
    by: str = strawberry.field(description="Who said it.")
    authority: str | None = strawberry.field(description="Under which authority the figures were waived.")
    recorded_at: datetime
    message: str = strawberry.field(description="The figures that it covers, with their units.")
    position: LogPosition = strawberry.field(description="The position of the log as known at which they were seen.")
    stands: bool = strawberry.field(description="Whether it covers the figures as they are.")

    @classmethod
    def of(cls, line: DiscrepancyLine) -> "DiscrepancyExplanation | None":
        """What was said last of the discrepancy *line*; None where nothing is."""
        if line.decided is None or line.decided_at is None:
            return None
        return cls(
            kind=line.decided,
            because=line.because or "",
            by=line.decided_by or "",
            authority=line.authority,
            recorded_at=line.decided_at,
            message=line.covered or "",
            position=LogPosition(line.covers or 0),
            stands=line.status == line.decided,
        )


@strawberry.type(
    description="What does not add up. Rule and subject are its identity: gone and come again, it is the same."
)
class Discrepancy(Node):
    rule: str = strawberry.field(description="The name of the rule that it breaks: see discrepancyRules.")
    severity: Severity
    subject: str = strawberry.field(
        description="The id of what does not add up, perhaps with a part of it (/return 1); or the name or identifier"
        " that organisations share."
    )
    reference: str = strawberry.field(description="What people call the subject: a code or reference.")
    message: str = strawberry.field(description="The figures, with their units.")
    first_seen: datetime = strawberry.field(description="When the log first held it; of what is due, the day after.")
    since: datetime = strawberry.field(description="From when on it has been there without a break.")
    closed_at: datetime | None = strawberry.field(description="When its cause went; null while it is there.")
    due: date | None = strawberry.field(description="The last day on which it was not yet so; null where it has none.")
    status: str = strawberry.field(
        description="OPEN; EXPLAINED or WAIVED, as long as what was said covers the figures; CLOSED: its cause is gone."
    )
    position: LogPosition = strawberry.field(description="The position of the log from which on its figures are so.")
    owner: str | None = strawberry.field(description="Whose it is to clear up; null is nobody's.")
    age_days: int = strawberry.field(description="Calendar days (UTC) since it is there; or for which it was.")
    explanation: DiscrepancyExplanation | None = strawberry.field(
        description="What was said of it last, and whether that covers the figures as they are."
    )
    partnership_id: strawberry.Private[str | None]
    known: strawberry.Private[int | None]

    @strawberry.field(description="The partnership that it is about; null for what is about none or several.")
    async def partnership(self, info: Info) -> Partnership | None:
        return await find_partnership(info, self.partnership_id) if self.partnership_id else None

    @strawberry.field(description="The events concerned, in the order of the log.")
    async def events(self, info: Info) -> list[AuditEntry]:
        lines = await info.context.lines(discrepancies.concerned_by, "discrepancy", f"{self.id}", known=self.known)
        return [AuditEntry.of(line) for line in lines]

    @classmethod
    def of(cls, line: DiscrepancyLine, as_at: date, known: int | None) -> "Discrepancy":
        """*line* for clients, as at a day and as known at a position."""
        return cls(
            id=strawberry.ID(line.id),
            rule=line.rule,
            severity=CatalogueSeverity[line.severity],
            subject=line.subject,
            reference=line.label or line.subject,
            message=line.message,
            first_seen=line.first_seen,
            since=line.since,
            closed_at=line.closed_at,
            due=line.due,
            status=line.status,
            position=LogPosition(line.figures),
            owner=line.owner,
            age_days=line.age_days(as_at),
            explanation=DiscrepancyExplanation.of(line),
            partnership_id=line.partnership_id,
            known=known,
        )


async def discrepancy_line(info: Info, discrepancy_id: str) -> DiscrepancyLine | None:
    """The discrepancy of this id as it is today."""
    day = today()
    found = await info.context.lines(discrepancies.discrepancies_by, "id", discrepancy_id, as_at=day)
    return found[0] if found else None


async def find_discrepancy(info: Info, discrepancy_id: str) -> Discrepancy | None:
    """The discrepancy of this id as it is today, for clients."""
    day = today()
    line = await discrepancy_line(info, discrepancy_id)
    return Discrepancy.of(line, day, None) if line else None


@strawberry.type
class DiscrepancyEdge:
    cursor: str
    node: Discrepancy


@strawberry.type(description="Discrepancies in the order in which they were first found.")
class DiscrepancyConnection:
    edges: list[DiscrepancyEdge]
    nodes: list[Discrepancy]
    page_info: PageInfo
    listing: strawberry.Private[Listing]

    @strawberry.field(description="How many there are in all. Counted only when asked for.")
    async def total_count(self, info: Info) -> int:
        async with info.context.reads.connection() as connection:
            return await discrepancies.count_discrepancies(connection, self.listing)


@strawberry.input(
    description="Which discrepancies; all conditions must hold. status is OPEN, EXPLAINED, WAIVED or CLOSED."
)
class DiscrepancyFilter:
    partnership: strawberry.ID | None = None
    rule: str | None = None
    severity: Severity | None = None
    status: str | None = None
    owner: str | None = None

    def read(self) -> Filter:
        """The filter as the read model takes it. Raises Problem for a rule or status that there is not."""
        plain(self)
        known_rule(self.rule)
        known_status(self.status)
        return Filter(
            partnership=self.partnership,
            rule=self.rule,
            severity=self.severity.name if self.severity is not None else None,
            status=self.status,
            owner=self.owner,
        )


def known_rule(rule: str | None) -> None:
    """Refuse the name of no rule. Raises Problem."""
    if rule is not None and rule not in CATALOGUE:
        raise Problem(f"There is no such rule. There are: {', '.join(CATALOGUE)}.")


def known_status(status: str | None) -> None:
    """Refuse what is no status. Raises Problem."""
    if status is not None and status not in Status.__members__:
        raise Problem(f"There is no such status. There are: {', '.join(Status.__members__)}.")


@strawberry.type
class DiscrepancyQuery:
    @strawberry.field(
        description="What does not add up: as at a day (by default today, or the day of knownAt), as known at a moment."
    )
    async def discrepancies(
        self,
        info: Info,
        filter: DiscrepancyFilter | None = None,  # noqa: A002 - the contract's name
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        as_at: date | None = None,
        known_at: datetime | None = None,
    ) -> DiscrepancyConnection:
        wanted = (filter or DiscrepancyFilter()).read()
        window = cursor.window(ORDER, KEY, first=first, after=after, last=last, before=before)
        day, known = await info.context.moment(as_at, known_at)
        listing = discrepancies.listing(wanted, as_at=day, known=known)
        async with info.context.reads.connection() as connection:
            page = await discrepancies.discrepancies_page(connection, listing, window)
        edges = [
            DiscrepancyEdge(cursor=cursor.write(ORDER, (line.opened, line.id)), node=Discrepancy.of(line, day, known))
            for line in page.lines
        ]
        return DiscrepancyConnection(
            edges=edges,
            nodes=[edge.node for edge in edges],
            page_info=PageInfo.of(page, [edge.cursor for edge in edges]),
            listing=listing,
        )

    @strawberry.field(description="The rules by which something does not add up, by name.")
    def discrepancy_rules(self) -> list[DiscrepancyRule]:
        return [DiscrepancyRule.of(rule) for rule in CATALOGUE.values()]
