"""Reading who acts: people, roles, bodies and their members, limits, rules, and duties that are not kept apart.

Each source is the SQL of rows, as known at a position and as they held on a day. Without a day it has all that ever
held. What is dated in a month may hold on each of its days, and what is not dated on any day. A body that ended ends
its limits and the time of its members.

Several sources may state one body or limit. It is one row, with the words of the first; *sources* and *statements* are
what each cites, and the positions of their events. What the office recorded itself has none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from psycopg.sql import SQL

from projections.tables.corrections import NOW
from projections.tables.paging import Connection, Listing, lines_of, sql

T = TypeVar("T")

# --- Lines ------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class PersonLine:
    """A person. *number* counts people in the order in which they were registered, from 1."""

    id: str
    number: int
    code: str
    organisation_id: str | None
    since: str
    position: int
    erased: bool


@dataclass(slots=True)
class HeldLine:
    """What held from *since*, to the last day *until* that was named then, and ended on *ended*, the first day after.

    Dates are texts of When. *position* and *ended_position* are of the events that began and ended it.
    """

    since: str
    until: str | None
    position: int
    ended: str | None
    ended_position: int | None
    ended_because: str | None


@dataclass(slots=True)
class RoleLine(HeldLine):
    """A role of a person, in a programme, a scheme or a partnership; everywhere if none is named."""

    person_id: str
    role: str
    programme_id: str | None
    scheme_id: str | None
    partnership_id: str | None
    granted_by: str


@dataclass(slots=True)
class StatedLine(HeldLine):
    """What the office recorded, or what only sources state."""

    stated_only: bool
    sources: list[str]
    statements: list[int]


@dataclass(slots=True)
class BodyLine(StatedLine):
    """A body or a post of a programme, or of one scheme or partnership. *into_id* is the body that it merged into."""

    id: str
    programme_id: str
    scheme_id: str | None
    partnership_id: str | None
    code: str
    name: str
    kind: str
    quorum: int | None
    remit: str | None
    composition: str | None
    into_id: str | None


@dataclass(slots=True)
class MemberLine(HeldLine):
    """The time of a person on a body, who speaks for *speaks_for* partners."""

    body_id: str
    person_id: str
    role: str
    organisation_id: str | None
    speaks_for: int | None


@dataclass(slots=True)
class DelegationLine(StatedLine):
    """A delegated authority. *limit_amount* is in major units of *currency*; None is without a limit.

    Sources do not say which kinds of *decisions* it is for: *words* are what they say.
    """

    id: str
    programme_id: str
    partnership_id: str | None
    scheme_id: str | None
    code: str
    body_id: str
    decisions: list[str]
    words: str | None
    limit_amount: Decimal | None
    currency: str | None
    given_by: str | None
    granted_by: str


@dataclass(slots=True)
class LiftedLine(HeldLine):
    """A time in which a programme did not keep duties apart, and why."""

    programme_id: str
    separation: str
    because: str
    lifted_by: str


@dataclass(slots=True)
class RuleLine(HeldLine):
    """A rule of a programme, or of one scheme or partnership. *body_id* is the id of a body, if there is one.

    *about* is the body or the matter that it is about. *kind* is the value of a RuleKind, *number* its number.
    Rules for eligibility have a *code* and a *version*. *names* are what such a rule asks for, or criteria with their
    *weights*.
    """

    programme_id: str
    scheme_id: str | None
    partnership_id: str | None
    body_id: str | None
    about: str
    text: str
    kind: str | None
    number: int | None
    limit_amount: Decimal | None
    currency: str | None
    source: str | None
    stated_only: bool
    code: str | None
    version: int | None
    round_id: str | None
    names: list[str] | None
    weights: list[int] | None
    regime: str | None
    closes: str | None


# --- Sources ----------------------------------------------------------------------------------------------------------


class Held(NamedTuple):
    """How the rows of a table are read: each is a *line*, named *row* in a query, in *order*.

    *until* is the column of the last day that was named. *of_body* is True for what ends with its body, *stated* for
    what sources state, and *replaced* for what ends when another one takes its place.
    """

    line: type[Any]
    table: str
    row: str
    columns: str
    order: str
    until: str = "t.until"
    of_body: bool = False
    stated: bool = False
    replaced: bool = False


ROLES = Held(
    RoleLine, "roles", "role", "person_id, role, programme_id, scheme_id, partnership_id, granted_by", "role.position"
)
BODIES = Held(
    BodyLine,
    "bodies",
    "body",
    "id, programme_id, scheme_id, partnership_id, code, name, kind, quorum, remit, composition, into_id, stated_only",
    "body.code, body.id",
    until="NULL::text",
    stated=True,
)
MEMBERS = Held(
    MemberLine,
    "members",
    "member",
    "body_id, person_id, role, organisation_id, speaks_for",
    "member.position",
    of_body=True,
)
DELEGATIONS = Held(
    DelegationLine,
    "delegations",
    "delegation",
    "id, programme_id, partnership_id, scheme_id, code, body_id, decisions, words, limit_amount, currency, given_by,"
    " granted_by, stated_only",
    "delegation.code, delegation.id",
    of_body=True,
    stated=True,
)
RULES = Held(
    RuleLine,
    "rules",
    "rule",
    "programme_id, scheme_id, partnership_id, body_id, about, text, kind, number, limit_amount, currency, source,"
    " stated_only, code, version, round_id, names, weights, regime, closes",
    "rule.position",
    until="NULL::text",
    replaced=True,
)
LIFTED = Held(
    LiftedLine,
    "lifted_separations",
    "lifted",
    "programme_id, separation, because, lifted_by",
    "lifted.position",
    until="NULL::text",
)
_ANY_DAY, _NOW = "NULL::date", "NULL::bigint"
# The clocks of a list as parameters.
AS_ASKED = ("%(as_at)s::date", "%(known)s::bigint")


def rows_of(held: Held, condition: str, day: str = _ANY_DAY, known: str = _NOW, *, ever: bool = False) -> str:
    """The rows of *held* for a FROM clause, where *condition* is true of ``t``.

    *day* and *known* are expressions: NULL sets no limit. With *ever* also what sources stated once and now state
    otherwise, in its last words: for what is looked up by an id that was shown before.
    """
    there = [condition, _known("t.position", known), _on(held, day)]
    bodies = ""
    if held.of_body:
        bodies = "JOIN bodies of_body ON of_body.id = t.body_id"
        there += [_known("of_body.position", known), *_one_of("bodies", "of_body", known, ever=ever)]
    columns = ", ".join(f"t.{name}" for name in held.columns.split(", "))
    into = f"CASE WHEN {_known('ended.at', known)} THEN t.into_id END"
    columns = columns.replace("t.into_id", f"{into} AS into_id")
    if held.stated:
        columns += "".join(f", {_stated(held, name, known)}" for name in ("source", "position"))
        there += _one_of(held.table, "t", known, ever=ever)
    if held.replaced:
        there += ["NOT t.is_end", _stands("t", known), _known("t.known_from", known)]
    return f"""(SELECT {columns}, t.since, {held.until} AS until, t.position, ended.day AS ended,
        ended.at AS ended_position, ended.because AS ended_because
        FROM {held.table} t {bodies} LEFT JOIN LATERAL ({_end(held, known)}) ended ON true
        WHERE {" AND ".join(there)}) {held.row}"""  # noqa: S608 - our names


def _stands(row: str, known: str) -> str:
    """Whether nothing took the place of what a row states, as far as it is known."""
    return f"{row}.superseded > coalesce({known}, {NOW - 1})"


def _one_of(table: str, row: str, known: str, *, ever: bool) -> list[str]:
    """The conditions of the one row that is shown of those that state one thing: the first that stands."""
    others = f"FROM {table} other WHERE other.id = {row}.id"
    if ever:
        better = f"(other.superseded, -other.position) > ({row}.superseded, -{row}.position)"
        return [f"NOT EXISTS (SELECT {others} AND {better})"]
    before = f"other.position < {row}.position AND {_stands('other', known)}"
    return [_stands(row, known), f"NOT EXISTS (SELECT {others} AND {before})"]


def _stated(held: Held, column: str, known: str) -> str:
    """A *column* of all rows that state one thing, in the order in which they became known."""
    wanted = f"each.id = t.id AND each.stated_only AND {_known('each.position', known)} AND {_stands('each', known)}"
    name = {"source": "sources", "position": "statements"}[column]
    return f"""ARRAY(SELECT each.{column} FROM {held.table} each
        WHERE {wanted} AND each.{column} IS NOT NULL ORDER BY each.position) AS {name}"""  # noqa: S608 - our names


def people_where(condition: str, known: str = _NOW) -> str:
    """The rows of people for a FROM clause, where *condition* is true of ``t``."""
    erased = f"(t.erased_position IS NOT NULL AND {_known('t.erased_position', known)})"
    return f"""(SELECT t.id, t.number, t.code, t.organisation_id, t.since, t.position, {erased} AS erased
        FROM people t WHERE {condition} AND {_known("t.position", known)}) person"""  # noqa: S608 - our names


def _known(position: str, known: str) -> str:
    return f"({known} IS NULL OR {position} <= {known})"


def _end(held: Held, known: str) -> str:
    """The end of a row, or that of its body if it is earlier, as far as it is known."""
    if held.replaced:
        later, this = (f"({_first(f'{row}.since')}, {row}.position)" for row in ("later", "t"))
        return f"""SELECT later.since AS day, later.position AS at, NULL::text AS because FROM {held.table} later
            WHERE later.replaces = t.replaces AND {later} > {this} AND {_stands("later", known)}
              AND {_known("later.known_from", known)} ORDER BY {later} LIMIT 1"""  # noqa: S608 - our names
    ends = ", ".join(
        f"({row}.ended_on, {row}.ended_position, {row}.ended_because)"
        for row in (("t", "of_body") if held.of_body else ("t",))
    )
    return f"""SELECT * FROM (VALUES {ends}) v (day, at, because)
        WHERE at IS NOT NULL AND {_known("at", known)} ORDER BY day COLLATE "C", at LIMIT 1"""  # noqa: S608 - our names


def _on(held: Held, day: str) -> str:
    """Whether a row may hold on *day*. Dates of less precision are prefixes of days, and "unknown" sorts after all."""
    begun = f"""(t.since = 'unknown' OR {_first("t.since")} <= {day}::text)"""
    last = f"""({held.until} IS NULL OR left({day}::text, length({held.until})) COLLATE "C" <= {held.until})"""
    going_on = f"""(ended.day IS NULL OR {_first("ended.day")} > {day}::text)"""
    return f"({day} IS NULL OR ({begun} AND {last} AND {going_on}))"


def _first(column: str) -> str:
    return f"""split_part(replace({column}, '~', ''), '/', 1) COLLATE "C\""""


# --- Readers ----------------------------------------------------------------------------------------------------------

_COLUMNS = frozenset({
    "id", "code", "person_id", "body_id", "programme_id", "scheme_id", "partnership_id", "organisation_id",
})  # fmt: skip


async def held_by(
    connection: Connection,
    column: str,
    values: Sequence[str],
    *,
    of: Held,
    as_at: Any = None,
    known: int | None = None,
    ever: bool = False,
) -> list[Any]:
    """The rows of a table (*of*) whose *column* is one of *values*, in its order, each as a line of it.

    *ever* is as in ``rows_of``.
    """
    assert column in _COLUMNS
    source = rows_of(of, f"t.{column} = ANY (%(values)s)", *AS_ASKED, ever=ever)
    return await lines_of(
        connection,
        of.line,
        f"SELECT * FROM {source} ORDER BY {of.order}",  # noqa: S608 - our names
        {"values": list(values), "as_at": as_at, "known": known},
    )


async def people_by(
    connection: Connection, column: str, values: Sequence[str], *, known: int | None = None
) -> list[PersonLine]:
    """The people whose *column* (id, code or organisation_id) is one of *values*, in the order registered."""
    assert column in _COLUMNS
    source = people_where(f"t.{column} = ANY (%(values)s)", "%(known)s::bigint")
    return await lines_of(
        connection,
        PersonLine,
        f"SELECT * FROM {source} ORDER BY number",  # noqa: S608 - our names
        {"values": list(values), "known": known},
    )


def people_list() -> Listing:
    """Everybody who was registered, in the order of numbers."""
    return Listing(
        select=SQL("person.*"), source=sql(people_where("true")), where=[], parameters={}, key=("person.number",)
    )
