"""The office of a programme on a day: bodies with members, who may decide what, rules, and duties not kept apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.values.shown import shown_amount
from projections.people import reading as people
from projections.people.reading import (
    BODIES,
    DELEGATIONS,
    LIFTED,
    MEMBERS,
    RULES,
    BodyLine,
    DelegationLine,
    LiftedLine,
    MemberLine,
    PersonLine,
    RuleLine,
)
from projections.register import reading as register
from projections.tables.paging import Connection


@dataclass(frozen=True, slots=True)
class DelegationShown:
    """A delegated authority as people read it: the names of its *body* and of who gave it, and *where* it holds.

    One that only sources state is for what they say, and they do not say who gave it.
    """

    line: DelegationLine
    body: str
    given_by: str | None
    where: str | None

    @property
    def decisions(self) -> str:
        """The kinds of decision, or what a source says instead."""
        return ", ".join(self.line.decisions) or self.line.words or ""

    @property
    def limit(self) -> str | None:
        """The most that a decision may be about, in words; None without a limit."""
        return limit_of(self.line)


def limit_of(line: DelegationLine | RuleLine) -> str | None:
    """The limit of an authority or a rule in words; None without a limit."""
    if line.limit_amount is None or line.currency is None:
        return None
    return shown_amount(line.limit_amount, line.currency)


@dataclass(frozen=True, slots=True)
class Governed:
    """The bodies, limits and rules of a programme, a scheme or a partnership."""

    bodies: list[BodyLine]
    limits: list[DelegationLine]
    rules: list[RuleLine]

    @property
    def stated(self) -> list[BodyLine]:
        """The bodies that only sources state."""
        return [one for one in self.bodies if one.stated_only]

    def limits_of(self, body: BodyLine) -> list[str]:
        """The limits of a body, in words."""
        return [limit_of(one) or "no limit" for one in self.limits if one.body_id == body.id]


@dataclass(frozen=True, slots=True)
class Place:
    """A scheme or a partnership. *folder* is that of its page."""

    folder: str
    code: str
    name: str


class Places(dict[str, Place]):
    """Schemes and partnerships by id."""

    def of(self, line: BodyLine | RuleLine) -> Place | None:
        """The scheme or partnership that a body or rule is of; None for the programme as a whole."""
        return self.get(line.partnership_id or line.scheme_id or "")


@dataclass(frozen=True, slots=True)
class Office:
    """What is *governed*, its *limits* as people read them, its *members* by the id of the body, and *people* by id."""

    governed: Governed
    limits: list[DelegationShown]
    places: Places
    members: dict[str, list[MemberLine]]
    lifted: list[LiftedLine]
    people: dict[str, PersonLine]


async def office_of(connection: Connection, programme_id: str, day: date, known: int | None) -> Office:
    """The office of a programme on a *day*, as known at a position."""
    governed = await governed_of(connection, "programme_id", programme_id, day, known)
    bodies = [one.id for one in governed.bodies]
    found: list[MemberLine] = await people.held_by(connection, "body_id", bodies, of=MEMBERS, as_at=day, known=known)
    return Office(
        governed=governed,
        limits=await shown_limits(connection, governed.limits),
        places=await places_of(connection, governed),
        members={one: [each for each in found if each.body_id == one] for one in bodies},
        lifted=await people.held_by(connection, "programme_id", [programme_id], of=LIFTED, as_at=day, known=known),
        people={one.id: one for one in await people.people_by(connection, "id", [each.person_id for each in found])},
    )


async def governed_of(connection: Connection, column: str, value: str, day: date, known: int | None) -> Governed:
    """The bodies and rules whose *column* is *value*, with limits, on a *day*, as known at a position."""
    bodies: list[BodyLine] = await people.held_by(connection, column, [value], of=BODIES, as_at=day, known=known)
    ids = [one.id for one in bodies]
    return Governed(
        bodies=bodies,
        limits=await people.held_by(connection, "body_id", ids, of=DELEGATIONS, as_at=day, known=known) if ids else [],
        rules=await people.held_by(connection, column, [value], of=RULES, as_at=day, known=known),
    )


async def places_of(connection: Connection, governed: Governed) -> Places:
    """The schemes and partnerships whose bodies and rules they are."""
    found: list[BodyLine | RuleLine] = [*governed.bodies, *governed.rules]
    schemes = sorted({one.scheme_id for one in found if one.scheme_id})
    partnerships = sorted({one.partnership_id for one in found if one.partnership_id})
    places = Places()
    for one in await register.schemes_by(connection, "id", schemes):
        places[one.id] = Place("schemes", one.code, one.name)
    for each in await register.partnerships_by(connection, "id", partnerships):
        places[each.id] = Place("partnerships", each.code, each.name)
    return places


async def shown_limits(connection: Connection, limits: Sequence[DelegationLine]) -> list[DelegationShown]:
    """*limits* as people read them."""
    ids = {one for each in limits for one in (each.body_id, each.given_by) if one}
    names = {one.id: one.name for one in await people.held_by(connection, "id", sorted(ids), of=BODIES, ever=True)}
    of_partnership = {one.partnership_id for one in limits if one.partnership_id}
    of_scheme = {one.scheme_id for one in limits if one.scheme_id}
    where = {one.id: one.name for one in await register.partnerships_by(connection, "id", sorted(of_partnership))}
    where |= {one.id: one.name for one in await register.schemes_by(connection, "id", sorted(of_scheme))}
    return [
        DelegationShown(
            line=one,
            body=names[one.body_id],
            given_by=names[one.given_by] if one.given_by else None,
            where=where.get(one.partnership_id or "") or where.get(one.scheme_id or ""),
        )
        for one in limits
    ]
