"""Reading the register: programmes, schemes, organisations, partnerships and their partners."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from psycopg.sql import SQL, Identifier

from projections.register.mergers import parts_of, whole_of
from projections.tables.corrections import NOW
from projections.tables.paging import Connection, flat, lines_of, sql

# --- Lines ------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class ProgrammeLine:
    """A programme."""

    id: str
    code: str
    name: str
    currency: str
    country: str | None
    description: str | None
    begun: str
    until: str | None
    funder_id: str | None


@dataclass(slots=True)
class SchemeLine:
    """A scheme of a programme."""

    id: str
    programme_id: str
    code: str
    name: str
    kind: str
    description: str | None = None
    funder_id: str | None = None


@dataclass(slots=True)
class OrganisationLine:
    """An organisation, with its current name."""

    id: str
    code: str
    name: str
    kind: str
    region: str | None = None
    tier: str | None = None
    notes: str | None = None


@dataclass(slots=True)
class PartnershipLine:
    """The current state of a partnership. *recorded_lead_id* is its lead as recorded, even if that has merged."""

    id: str
    code: str
    name: str
    kind: str
    scheme_id: str
    lead_id: str | None
    recorded_lead_id: str | None
    region: str | None = None
    theme: str | None = None
    starts: str | None = None
    ends: str | None = None
    notes: str | None = None


@dataclass(slots=True)
class PartnerLine:
    """An organisation in a partnership, with its role. Dates are texts of When."""

    partnership_id: str
    organisation_id: str
    role: str
    joined: str
    left: str | None


# --- Readers ----------------------------------------------------------------------------------------------------------

# The organisation that leads the partnership ``p``. If it has merged, that is the one that goes on.
LEAD = whole_of("p.lead_id")
PARTNERSHIP = sql(
    f"p.id, p.code, p.name, p.kind, p.scheme_id, {LEAD} AS lead_id, p.lead_id AS recorded_lead_id, p.region, p.theme,"
    " p.starts, p.ends, p.notes"
)
_PROGRAMME = SQL("id, code, name, currency, country, description, begun, until, funder_id")
_PARTNERSHIPS_BY = {
    column: flat(SQL("SELECT {} FROM partnerships p WHERE p.{} = ANY (%s)").format(PARTNERSHIP, Identifier(column)))
    for column in ("id", "code")
}


async def programmes(connection: Connection) -> list[ProgrammeLine]:
    """Every programme, by code."""
    statement = SQL("SELECT {} FROM programmes ORDER BY code").format(_PROGRAMME)
    return await lines_of(connection, ProgrammeLine, statement)


async def programmes_by(connection: Connection, column: str, values: Sequence[str]) -> list[ProgrammeLine]:
    """The programmes whose *column* (id or code) is one of *values*."""
    assert column in ("id", "code")
    return await lines_of(
        connection,
        ProgrammeLine,
        SQL("SELECT {} FROM programmes WHERE {} = ANY (%s)").format(_PROGRAMME, Identifier(column)),
        (list(values),),
    )


async def schemes_by(connection: Connection, column: str, values: Sequence[str]) -> list[SchemeLine]:
    """The schemes whose *column* (id, code or programme_id) is one of *values*, by code."""
    assert column in ("id", "code", "programme_id")
    statement = SQL(
        "SELECT id, programme_id, code, name, kind, description, funder_id FROM schemes WHERE {} = ANY (%s)"
        " ORDER BY code"
    )
    return await lines_of(connection, SchemeLine, statement.format(Identifier(column)), (list(values),))


async def organisations_by(connection: Connection, column: str, values: Sequence[str]) -> list[OrganisationLine]:
    """The organisations whose *column* (id or code) is one of *values*."""
    assert column in ("id", "code")
    statement = SQL("SELECT id, code, name, kind, region, tier, notes FROM organisations WHERE {} = ANY (%s)")
    return await lines_of(connection, OrganisationLine, statement.format(Identifier(column)), (list(values),))


async def partnerships_by(connection: Connection, column: str, values: Sequence[str]) -> list[PartnershipLine]:
    """The partnerships whose *column* (id or code) is one of *values*."""
    assert column in _PARTNERSHIPS_BY
    return await lines_of(connection, PartnershipLine, _PARTNERSHIPS_BY[column], (list(values),))


@dataclass(slots=True)
class NameLine:
    """The *name* that a *thing* had."""

    thing: str
    name: str


def name_then(row: str, day: str, known: str) -> str:
    """The SQL of the name that the organisation or partnership in *row* had on a day, as known at a position.

    *day* and *known* are SQL; NULL sets no limit, and without either it is the present name.
    """
    return (
        f"CASE WHEN {day} IS NULL AND {known} IS NULL THEN {row}.name ELSE coalesce((SELECT n.name FROM names n"  # noqa: S608
        f" WHERE n.thing = {row}.id AND NOT n.stated AND ({day} IS NULL OR n.counts_from <= {day})"
        f" AND n.since <= coalesce({known}, {NOW - 1}) AND n.superseded > coalesce({known}, {NOW - 1})"
        f" ORDER BY n.counts_from DESC, n.position DESC LIMIT 1), {row}.name) END"
    )


_NAMES_THEN = SQL(
    "SELECT t.id AS thing, {} AS name FROM (SELECT id, name FROM organisations WHERE id = ANY (%(ids)s)"
    " UNION ALL SELECT id, name FROM partnerships WHERE id = ANY (%(ids)s)) t"
).format(sql(name_then("t", "%(day)s::date", "%(known)s::bigint")))


async def names_by(
    connection: Connection, column: str, values: Sequence[str], *, day: date | None = None, known: int | None = None
) -> list[NameLine]:
    """The names that organisations or partnerships had on a day, as known at a position (see ``name_then``).

    A name of reduced date counts from the last day of it, and the first name always.
    """
    assert column == "thing"
    return await lines_of(connection, NameLine, _NAMES_THEN, {"ids": list(values), "day": day, "known": known})


# The funder of the award ``awards``: its own, or otherwise that of its scheme or programme.
FUNDER = """coalesce(awards.funder_id, (
    SELECT coalesce(s.funder_id, g.funder_id) FROM partnerships p
      JOIN schemes s ON s.id = p.scheme_id JOIN programmes g ON g.id = p.programme_id
     WHERE p.id = awards.partnership_id))"""


@dataclass(slots=True)
class FunderLine(OrganisationLine):
    """The funder of an award."""

    award_id: str = ""


async def funders_by(connection: Connection, column: str, values: Sequence[str]) -> list[FunderLine]:
    """The funders of the awards whose *column* (award_id) is one of *values*, where they are known."""
    assert column == "award_id"
    statement = (
        "SELECT o.id, o.code, o.name, o.kind, o.region, o.tier, o.notes, awards.id AS award_id FROM awards"  # noqa: S608 - a constant
        f" JOIN organisations o ON o.id = {FUNDER} WHERE awards.id = ANY (%s)"
    )
    return await lines_of(connection, FunderLine, statement, (list(values),))


# The awards that their registers stated once and state no longer.
_WITHDRAWN = "awards JOIN partnerships p ON p.id = awards.partnership_id WHERE awards.status = 'no longer stated'"


def _place(column: str) -> str:
    """The id of what an award belongs to: *column* is programme_id, scheme_id, partnership_id or funder_id."""
    return {"partnership_id": "awards.partnership_id", "funder_id": FUNDER}.get(column, f"p.{column}")


def _placed(column: str, scope: str) -> str:
    """The condition that an award belongs to *scope*, the SQL of an id in *column* (see ``_place``)."""
    return f"{_place(column)} = {f'ANY ({parts_of(scope)})' if column == 'funder_id' else scope}"


def withdrawn_from(column: str, scope: str, currency: str) -> str:
    """The SQL of the amount that registers no longer state in a scope, in major units.

    *scope* and *currency* are SQL too: of the id in *column* (see ``_place``), and of the currency that counts.
    """
    return (
        f"(SELECT coalesce(sum(awards.amount), 0) FROM {_WITHDRAWN}"  # noqa: S608 - constants only
        f" AND {_placed(column, scope)} AND awards.currency = {currency})"
    )


@dataclass(slots=True)
class WithdrawnLine:
    """The amount of the awards of a *scope* in a *currency* that their registers no longer state, in major units."""

    scope: str
    currency: str
    amount: Decimal


async def withdrawn_by(connection: Connection, column: str, values: Sequence[str]) -> list[WithdrawnLine]:
    """What registers no longer state in the scopes *values*, ids in *column* (see ``_place``), by currency."""
    statement = (
        f"SELECT w.scope, awards.currency, sum(awards.amount) AS amount FROM unnest(%s::text[]) w (scope),"  # noqa: S608
        f" {_WITHDRAWN} AND {_placed(column, 'w.scope')} GROUP BY 1, 2"
    )
    return await lines_of(connection, WithdrawnLine, statement, (list(values),))


# The condition that a partner takes part on a day, or ever if none is given.
TAKES_PART = "(%(day)s::date IS NULL OR joined_on <= %(day)s AND (left_on IS NULL OR left_on > %(day)s))"


def partners_where(condition: str) -> str:
    """The SQL source ``partners`` of those for which *condition* holds and that take part (``TAKES_PART``)."""
    whole = f"CASE WHEN %(day)s::date IS NULL THEN organisation_id ELSE {whole_of('organisation_id', '%(day)s')} END"
    each = "CASE WHEN %(day)s::date IS NULL THEN position END"
    return (
        f"(SELECT DISTINCT ON (partnership_id, {whole}, role, {each}) partnership_id, {whole} AS organisation_id, role,"  # noqa: S608
        f' position, joined, "left" FROM partners WHERE {condition} AND {TAKES_PART}'
        f" ORDER BY partnership_id, {whole}, role, {each}, joined_on, position) partners"
    )


async def partners_by(
    connection: Connection, column: str, values: Sequence[str], *, as_at: date | None = None
) -> list[PartnerLine]:
    """The partners of the partnerships whose *column* (partnership_id) is one of *values*, in the order recorded.

    With *as_at*, only the partners on that day; those that were one organisation by then are one partner. A joining
    date of reduced precision counts from its last day; an unknown one counts as always past.
    """
    assert column == "partnership_id"
    return await lines_of(
        connection,
        PartnerLine,
        'SELECT partnership_id, organisation_id, role, joined, "left"'  # noqa: S608
        f" FROM {partners_where('partnership_id = ANY (%(ids)s)')}"
        " ORDER BY partnership_id, position, organisation_id, role",
        {"ids": list(values), "day": as_at},
    )


@dataclass(slots=True)
class RoleLine:
    """What an organisation does for a partnership. *stated_only* says whether only a source states it."""

    partnership_id: str
    organisation_id: str
    role: str
    stated_only: bool


def roles_where(condition: str) -> str:
    """The SQL source of the roles for which *condition* holds, whenever they were held."""
    return f"""(SELECT partnership_id, organisation_id, role, bool_and(stated) AS stated_only, min(position) AS position
        FROM role_steps WHERE {condition} AND begins AND superseded = {NOW}
       GROUP BY partnership_id, organisation_id, role) roles"""  # noqa: S608


async def roles_by(
    connection: Connection, column: str, values: Sequence[str], *, organisation: str | None = None
) -> list[RoleLine]:
    """The roles in the partnerships (*column* partnership_id) *values*, in the order recorded.

    *organisation* is the id of an organisation, whose roles alone are then read.
    """
    assert column == "partnership_id"
    return await lines_of(
        connection,
        RoleLine,
        "SELECT partnership_id, organisation_id, role, stated_only"  # noqa: S608
        f" FROM {roles_where(f'partnership_id = ANY (%(ids)s) AND {OF_ORGANISATION}')}"
        " ORDER BY position, organisation_id, role",
        {"ids": list(values), "organisation": organisation},
    )


# The condition that a role is of an organisation or of those that are part of it, or of any if none is given.
OF_ORGANISATION = f"(%(organisation)s::text IS NULL OR organisation_id = ANY ({parts_of('%(organisation)s::text')}))"


@dataclass(slots=True)
class NamedLine:
    """The *id* of a thing that people name by it, or by a code."""

    name: str
    id: str


_TABLES = {
    "programme": "programmes",
    "scheme": "schemes",
    "organisation": "organisations",
    "partnership": "partnerships",
    "round": "rounds",
    "person": "people",
}


async def things_by(connection: Connection, column: str, values: Sequence[str], *, kind: str) -> list[NamedLine]:
    """The things of a *kind* (a key of _TABLES) whose id or code (*column* name) is one of *values*, ids first."""
    assert column == "name"
    statement = (
        f"SELECT n.name, t.id FROM unnest(%(names)s::text[]) n (name) JOIN {_TABLES[kind]} t"  # noqa: S608
        " ON t.id = n.name OR t.code = n.name ORDER BY t.id = n.name DESC"
    )
    return await lines_of(connection, NamedLine, statement, {"names": list(values)})


@dataclass(slots=True)
class ThingLine:
    """Something that has a timeline: its *kind* (in capitals), its code and its present name."""

    id: str
    kind: str
    code: str
    name: str


# The kinds of things that have timelines.
TOLD = ("programme", "scheme", "round", "organisation", "partnership")


def things_where(condition: str) -> str:
    """The SQL source ``thing`` of the things that have timelines, ``t``, for which *condition* holds."""
    each = (
        f"SELECT t.id, '{kind.upper()}' AS kind, t.code, t.name FROM {_TABLES[kind]} t WHERE {condition}"  # noqa: S608
        for kind in TOLD
    )
    return f"({' UNION ALL '.join(each)}) thing"


async def things_told_by(connection: Connection, column: str, values: Sequence[str]) -> list[ThingLine]:
    """The things that have timelines whose *column* (id) is one of *values*."""
    assert column == "id"
    statement = f"SELECT id, kind, code, name FROM {things_where('t.id = ANY (%(ids)s)')}"  # noqa: S608
    return await lines_of(connection, ThingLine, statement, {"ids": list(values)})


async def codes_like(connection: Connection, kind: str, text: str, most: int = 5) -> list[str]:
    """The codes of things of a *kind* (a key of _TABLES) whose code or name contains *text*, or is contained in it."""
    statement = (
        f"SELECT code FROM {_TABLES[kind]} WHERE strpos(lower(code), lower(%(text)s)) > 0"  # noqa: S608
        " OR strpos(lower(name), lower(%(text)s)) > 0 OR strpos(lower(%(text)s), lower(code)) > 0"
        " ORDER BY code LIMIT %(most)s"
    )
    cursor = await connection.execute(statement, {"text": text, "most": most})
    return [code for (code,) in await cursor.fetchall()]
