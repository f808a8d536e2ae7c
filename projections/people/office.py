"""The office of a programme on a day: its bodies with members, who may decide what, and duties not kept apart."""

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
    BodyLine,
    DelegationLine,
    LiftedLine,
    MemberLine,
    PersonLine,
)
from projections.register import reading as register
from projections.tables.paging import Connection


@dataclass(frozen=True, slots=True)
class DelegationShown:
    """A delegated authority as people read it: the names of its *body* and of who gave it, and *where* it holds."""

    line: DelegationLine
    body: str
    given_by: str | None
    where: str | None

    @property
    def limit(self) -> str | None:
        """The most that a decision may be about, in words; None without a limit."""
        if self.line.limit_amount is None or self.line.currency is None:
            return None
        return shown_amount(self.line.limit_amount, self.line.currency)


@dataclass(frozen=True, slots=True)
class Office:
    """Bodies by code, their *members* by the id of the body, limits by body, and *people* by id.

    *partnerships* are codes by id.
    """

    bodies: list[BodyLine]
    members: dict[str, list[MemberLine]]
    limits: list[DelegationShown]
    lifted: list[LiftedLine]
    people: dict[str, PersonLine]
    partnerships: dict[str, str]


async def office_of(connection: Connection, programme_id: str, day: date, known: int | None) -> Office:
    """The office of a programme on a *day*, as known at a position."""
    bodies: list[BodyLine] = await people.held_by(
        connection, "programme_id", [programme_id], of=BODIES, as_at=day, known=known
    )
    found: list[MemberLine] = await people.held_by(
        connection, "body_id", [one.id for one in bodies], of=MEMBERS, as_at=day, known=known
    )
    limits: list[DelegationLine] = await people.held_by(
        connection, "programme_id", [programme_id], of=DELEGATIONS, as_at=day, known=known
    )
    partnerships = await register.partnerships_by(
        connection, "id", [one.partnership_id for one in bodies if one.partnership_id]
    )
    return Office(
        bodies=bodies,
        members={one.id: [each for each in found if each.body_id == one.id] for one in bodies},
        limits=await shown_limits(connection, limits),
        lifted=await people.held_by(connection, "programme_id", [programme_id], of=LIFTED, as_at=day, known=known),
        people={one.id: one for one in await people.people_by(connection, "id", [each.person_id for each in found])},
        partnerships={one.id: one.code for one in partnerships},
    )


async def shown_limits(connection: Connection, limits: Sequence[DelegationLine]) -> list[DelegationShown]:
    """*limits* as people read them."""
    ids = {one for each in limits for one in (each.body_id, each.given_by) if one}
    names = {one.id: one.name for one in await people.held_by(connection, "id", sorted(ids), of=BODIES)}
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
