"""Bodies with their members and limits, rules, and duties that are not kept apart, in GraphQL."""

from datetime import date, datetime
from itertools import zip_longest
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.answering.shapes import FORM, Json, Rows, RowsFor, member, money, when, written
from api.context import Context, Info
from api.contract.enums import enum_of
from api.contract.errors import visible
from api.contract.values import Money, Node, When, of_line
from api.types.log.audit import AuditEntry, event_at, event_of, events_at, events_of
from api.types.people.declared import (
    BECAUSE,
    CLOCKS,
    UNTIL,
    HeldFor,
    OrganisationType,
    PartnershipType,
    ProgrammeType,
    SchemeType,
    body_by,
    held,
    organisation_of,
    partnership_of,
    person_by,
    programme_of,
    scheme_of,
)
from api.types.people.people import Person, find_person
from domain.governance import Deciding, Separation
from projections.people import reading as people
from projections.people.reading import BODIES, DELEGATIONS, LIFTED, MEMBERS, RULES, DelegationLine, RuleLine
from projections.people.rules import RuleKind

if TYPE_CHECKING:
    from api.types.rounds import Round


@strawberry.type
class StatedOrRecorded(HeldFor):
    """What the office recorded, or only sources state."""

    stated_only: bool = strawberry.field(description="Whether only sources state it, and the office did not record it.")
    sources: list[str] = strawberry.field(
        description="The documents and lines that state it: a text for each of statements that cites any."
    )
    statement_positions: strawberry.Private[list[int]]

    @strawberry.field(
        description="The events in which sources state it, in the order recorded. Empty if the office recorded it."
    )
    async def statements(self, info: Info) -> list[AuditEntry]:
        return await events_at(info, self.statement_positions)


# --- Bodies -----------------------------------------------------------------------------------------------------------


@written(
    "body",
    because="body.ended_because",
    merged_into=body_by("into_id", "body"),
    sources=Json("to_json(body.sources)::text"),
    statements=events_of("body.statements"),
    event=event_of("body.position"),
    end=event_of("body.ended_position"),
)
@strawberry.type(description="A board, a group or a post of a programme, or of one scheme or partnership.")
class Body(StatedOrRecorded, Node):
    code: str = strawberry.field(
        description="The code that people use for it, within its programme. One that only sources state has the code of"
        " its scheme or partnership with its name."
    )
    name: str
    kind: str = strawberry.field(
        description="The office's word for it, or its role in the word of a source. A post has one holder at a time."
    )
    quorum: int | None = strawberry.field(description="How many members a decision needs. null if not stated.")
    remit: str | None = strawberry.field(description="What it is for. null if not stated.")
    composition: str | None = strawberry.field(
        description="Who sits on it, in the words of a source. null if no source says so."
    )
    because: str | None = strawberry.field(description=BECAUSE)
    programme_id: strawberry.Private[str]
    scheme_id: strawberry.Private[str | None]
    partnership_id: strawberry.Private[str | None]
    into_id: strawberry.Private[str | None]
    programme: ProgrammeType | None = programme_of("body", "Its programme. null while it is not visible yet.")
    scheme: SchemeType | None = scheme_of("body", "The scheme that it governs. null if none is named.")
    partnership: PartnershipType | None = partnership_of(
        "body", "The partnership that it governs. null if it is of a scheme or the whole programme."
    )
    members: list[Annotated["Member", strawberry.lazy("api.types.people.bodies")]] = held(
        ("Member", "api.types.people.bodies"),
        MEMBERS,
        "body_id",
        "body",
        f"Who sits on it, in the order appointed, {CLOCKS}",
    )
    delegations: list[Annotated["Delegation", strawberry.lazy("api.types.people.bodies")]] = held(
        ("Delegation", "api.types.people.bodies"),
        DELEGATIONS,
        "body_id",
        "body",
        f"What it may decide, by code, {CLOCKS}",
    )

    @strawberry.field(description="The body that it merged into. null if it did not.")
    async def merged_into(self, info: Info) -> Annotated["Body", strawberry.lazy("api.types.people.bodies")] | None:
        return await find_body(info, self.into_id) if self.into_id else None

    @classmethod
    def of(cls, line: Any) -> "Body":
        """The GraphQL object for *line*."""
        return of_line(cls, line, because=line.ended_because, statement_positions=line.statements)


async def find_body(info: Info, body_id: str) -> Body | None:
    """The body with this id; None if there is none."""
    lines = await info.context.lines(people.held_by, "id", body_id, of=BODIES, ever=True)
    return Body.of(lines[0]) if lines else None


@written(
    "member",
    because="member.ended_because",
    body=body_by("body_id", "member"),
    person=person_by("person_id", "member"),
    event=event_of("member.position"),
    end=event_of("member.ended_position"),
)
@strawberry.type(description="The time of a person on a body or in a post.")
class Member(HeldFor):
    role: str = strawberry.field(description="What the person is there, such as chair or holder.")
    speaks_for: int | None = strawberry.field(description="For how many partners the member speaks. null if not said.")
    until: When | None = strawberry.field(description=UNTIL)
    because: str | None = strawberry.field(description=BECAUSE)
    body_id: strawberry.Private[str]
    person_id: strawberry.Private[str]
    organisation_id: strawberry.Private[str | None]
    organisation: OrganisationType | None = organisation_of(
        "member", "The organisation that the member represents. null if none is named."
    )

    @strawberry.field(description="The body or post.")
    async def body(self, info: Info) -> Body:
        return visible(await find_body(info, self.body_id), "body")

    @strawberry.field(description="The person.")
    async def person(self, info: Info) -> Person:
        return visible(await find_person(info, self.person_id), "person")

    @classmethod
    def of(cls, line: Any) -> "Member":
        """The GraphQL object for *line*."""
        return of_line(cls, line, because=line.ended_because)


# --- Limits -----------------------------------------------------------------------------------------------------------


@written(
    "delegation",
    decisions=Json("upper(replace(to_json(delegation.decisions)::text, ' ', '_'))"),
    limit=money("delegation.limit_amount", "delegation.currency"),
    because="delegation.ended_because",
    sources=Json("to_json(delegation.sources)::text"),
    statements=events_of("delegation.statements"),
    body=body_by("body_id", "delegation"),
    given_by=body_by("given_by", "delegation"),
    event=event_of("delegation.position"),
    end=event_of("delegation.ended_position"),
)
@strawberry.type(description="A delegated authority: which kinds of decision a body or post may take, up to a limit.")
class Delegation(StatedOrRecorded, Node):
    code: str = strawberry.field(
        description="The code that people use for it, within its programme. One that only sources state has that of its"
        " body, and binds no command."
    )
    decisions: list[enum_of(Deciding)] = strawberry.field(  # type: ignore[valid-type]
        description="The kinds of decision. Empty if only sources state it: words are what they say."
    )
    words: str | None = strawberry.field(
        description="What may be decided, in the words of the first source. null if the office recorded it."
    )
    limit: Money | None = strawberry.field(description="The most that one decision may be about. null: no limit.")
    until: When | None = strawberry.field(description=UNTIL)
    because: str | None = strawberry.field(description=BECAUSE)
    granted_by: str = strawberry.field(description="Who recorded it.")
    body_id: strawberry.Private[str]
    given_by_id: strawberry.Private[str | None]
    scheme_id: strawberry.Private[str | None]
    partnership_id: strawberry.Private[str | None]
    scheme: SchemeType | None = scheme_of("delegation", "The one scheme in which it holds. null if none is named.")
    partnership: PartnershipType | None = partnership_of(
        "delegation", "The one partnership in which it holds. null if none is named."
    )

    @strawberry.field(description="The body or post that may decide.")
    async def body(self, info: Info) -> Body:
        return visible(await find_body(info, self.body_id), "body")

    @strawberry.field(description="The body that gave it. null if not stated.")
    async def given_by(self, info: Info) -> Body | None:
        return await find_body(info, self.given_by_id) if self.given_by_id else None

    @classmethod
    def of(cls, line: DelegationLine) -> "Delegation":
        """The GraphQL object for *line*."""
        return of_line(
            cls,
            line,
            decisions=[enum_of(Deciding)(one) for one in line.decisions],
            limit=Money.stored(line.limit_amount, line.currency),
            because=line.ended_because,
            given_by_id=line.given_by,
            statement_positions=line.statements,
        )


async def find_delegation(info: Info, delegation_id: str) -> Delegation | None:
    """The delegated authority with this id; None if there is none."""
    lines = await info.context.lines(people.held_by, "id", delegation_id, of=DELEGATIONS, ever=True)
    return Delegation.of(lines[0]) if lines else None


# --- Rules ------------------------------------------------------------------------------------------------------------


@written(
    "rule",
    kind=member(RuleKind, "rule.kind"),
    limit=money("rule.limit_amount", "rule.currency"),
    body=body_by("body_id", "rule"),
    event=event_of("rule.position"),
    end=event_of("rule.ended_position"),
    names=Json("to_json(coalesce(rule.names, '{}'))::text"),
    closes=when("rule.closes"),
    round=Rows("rounds WHERE rounds.id = rule.round_id"),
)
@strawberry.type(
    description="A rule of a programme, a scheme or a partnership: the office published it, or a source states it."
)
class Rule(HeldFor):
    about: str = strawberry.field(description="The body or the matter that it is about.")
    text: str = strawberry.field(description="What it says, in the words of the source or the office.")
    kind: enum_of(RuleKind) | None = strawberry.field(  # type: ignore[valid-type]
        description="What kind of rule it is. null if the source does not give a number that says so."
    )
    number: int | None = strawberry.field(
        description="Its number: of partners, participants or days, by its kind. null if it has none."
    )
    limit: Money | None = strawberry.field(description="The limit that it sets for a decision. null if it sets none.")
    source: str | None = strawberry.field(
        description="The documents and lines that state it. null if the office published it."
    )
    stated_only: bool = strawberry.field(
        description="Whether only a source states it, and the office did not publish it. It then binds no command."
    )
    code: str | None = strawberry.field(
        description="What people call an eligibility rule, such as min-partners. null if it is no such rule."
    )
    version: int | None = strawberry.field(
        description="The number of the version of an eligibility rule, from 1. A bid is tested by that of its day of"
        " submission."
    )
    names: list[str] = strawberry.field(
        description="What an eligibility rule asks for: kinds, tiers, categories, regions or plans. Or the criteria."
    )
    regime: str | None = strawberry.field(description="The regime of an assessment category, such as CPA.")
    closes: When | None = strawberry.field(description="The last day of a deadline. null if it is none.")
    round_id: strawberry.Private[str | None]
    programme_id: strawberry.Private[str]
    scheme_id: strawberry.Private[str | None]
    partnership_id: strawberry.Private[str | None]
    body_id: strawberry.Private[str | None]
    programme: ProgrammeType | None = programme_of("rule", "Its programme. null while it is not visible yet.")
    scheme: SchemeType | None = scheme_of("rule", "The scheme whose rule it is. null if it is not a rule of a scheme.")
    partnership: PartnershipType | None = partnership_of(
        "rule", "The partnership whose rule it is. null if it is not a rule of a partnership."
    )

    @strawberry.field(description="The body that it is about. null if no source states such a body there.")
    async def body(self, info: Info) -> Body | None:
        return await find_body(info, self.body_id) if self.body_id else None

    @strawberry.field(description="The round whose bids it is for. null if it is for all rounds.")
    async def round(self, info: Info) -> Annotated["Round", strawberry.lazy("api.types.rounds")] | None:
        from api.types.rounds import find_round  # noqa: PLC0415 - the two types show each other

        return await find_round(info, self.round_id) if self.round_id else None

    @classmethod
    def of(cls, line: RuleLine) -> "Rule":
        """The GraphQL object for *line*."""
        kind = enum_of(RuleKind)(line.kind) if line.kind else None
        closes = When.optional(line.closes)
        return of_line(
            cls,
            line,
            kind=kind,
            limit=Money.stored(line.limit_amount, line.currency),
            names=line.names or [],
            closes=closes,
        )


_CRITERIA = f"t.scheme_id = schemes.id AND t.kind = '{RuleKind.CRITERIA.value}'"
_EACH = "CROSS JOIN LATERAL unnest(rule.names, rule.weights) WITH ORDINALITY criterion (name, weight, nth)"


@written("criterion", since=when("rule.since"), event=event_of("rule.position"))
@strawberry.type(description="A criterion by which the bids to a scheme are assessed.")
class Criterion:
    name: str = strawberry.field(description="What is assessed.")
    weight: int | None = strawberry.field(
        description="Its share of the total score, in per cent. null if the criteria have no weights."
    )
    since: When = strawberry.field(description="From when it was published to apply.")
    position: strawberry.Private[int]

    @strawberry.field(description="The event that published it.")
    async def event(self, info: Info) -> AuditEntry:
        return await event_at(info, self.position)


def criteria_of(description: str) -> Any:
    """The field with the criteria of a scheme, as at a day and as known at an instant."""

    async def rows(context: Context, as_at: date | None = None, known_at: datetime | None = None) -> Any:
        day, known = await context.moment(as_at, known_at)
        source = f"{people.rows_of(RULES, _CRITERIA, *people.AS_ASKED)} {_EACH}"
        return Rows(source, order="rule.position, criterion.nth"), {"as_at": day, "known": known}

    async def resolve(
        root: Any, info: Info, as_at: date | None = None, known_at: datetime | None = None
    ) -> list[Criterion]:
        day, known = await info.context.moment(as_at, known_at)
        lines = await info.context.lines(people.held_by, "scheme_id", f"{root.id}", of=RULES, as_at=day, known=known)
        return [
            Criterion(name=name, weight=weight, since=When.read(line.since), position=line.position)
            for line in lines
            if line.kind == RuleKind.CRITERIA.value
            for name, weight in zip_longest(line.names, line.weights or [])
        ]

    return strawberry.field(resolver=resolve, description=description, metadata={FORM: RowsFor(rows)})


# --- Duties -----------------------------------------------------------------------------------------------------------

_SEPARATIONS = " ".join(f"WHEN '{one.value.replace(chr(39), chr(39) * 2)}' THEN '{one.name}'" for one in Separation)


@written(
    "lifted",
    separation=f"CASE lifted.separation {_SEPARATIONS} END",
    event=event_of("lifted.position"),
    end=event_of("lifted.ended_position"),
)
@strawberry.type(description="A time in which a programme did not keep duties apart.")
class LiftedSeparation(HeldFor):
    separation: enum_of(Separation) = strawberry.field(  # type: ignore[valid-type]
        description="The duties that are not kept apart."
    )
    because: str = strawberry.field(description="Why they are not kept apart.")
    lifted_by: str = strawberry.field(description="Who recorded it.")

    @classmethod
    def of(cls, line: Any) -> "LiftedSeparation":
        """The GraphQL object for *line*."""
        return of_line(cls, line, separation=enum_of(Separation)(line.separation))


# --- Fields of the register ---

BODIES_BY_CODE = f"Its bodies and posts, by code, {CLOCKS}"


def bodies_of(column: str, row: str, description: str = BODIES_BY_CODE) -> Any:
    """The field for the bodies whose *column* is the id of *row*."""
    return held(("Body", "api.types.people.bodies"), BODIES, column, row, description)


def delegations_of(column: str, row: str) -> Any:
    """The field for the delegated authorities whose *column* is the id of *row*."""
    return held(
        ("Delegation", "api.types.people.bodies"),
        DELEGATIONS,
        column,
        row,
        f"Who may decide what, up to which limit, by code, {CLOCKS}",
    )


def rules_of(column: str, row: str, whose: str = "Its rules") -> Any:
    """The field for the rules whose *column* is the id of *row*."""
    return held(("Rule", "api.types.people.bodies"), RULES, column, row, f"{whose}, in the order recorded, {CLOCKS}")


def lifted_of(row: str) -> Any:
    """The field for the duties that a programme does not keep apart."""
    return held(
        ("LiftedSeparation", "api.types.people.bodies"),
        LIFTED,
        "programme_id",
        row,
        f"The duties that it does not keep apart, and why, {CLOCKS}",
    )
