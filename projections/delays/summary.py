"""How long bids took and how many wait: a list of submissions, and figures by group."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, LiteralString, NamedTuple

from psycopg.sql import SQL, Composable, Identifier, Literal, Placeholder

from domain.values.waiting import WHOLES, Owner, Span
from projections.delays.clock import shifted
from projections.delays.reading import WaitingLine, seen_at
from projections.delays.survival import Observed, Survival, percentile, survival
from projections.money.years import year_named
from projections.parts.folded import folded
from projections.register.mergers import parts_of, whole_of
from projections.tables.paging import Connection, Listing, Page, Window, page, sql

# --- Which submissions ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Filter:
    """Which submissions: by the ids or codes of what they belong to, by day of submission, by waiting or by a standard.

    *funder* is that of the award where a register names it, otherwise that of the scheme or programme. *open_only*
    selects those that still wait, *breached_only* those that are past a service standard, *waiting_over* those that
    may have begun more than so many calendar days ago, and *officer* those whose case this officer has. *due_within*
    selects those that are not late, and will be in so many days. *turn* is whose turn it is, a value of Owner: the
    bidder's while a question to the bidder is open, and otherwise the funder's.
    """

    programme: str | None = None
    scheme: str | None = None
    round: str | None = None
    partnership: str | None = None
    funder: str | None = None
    submitted_from: date | None = None
    submitted_to: date | None = None
    open_only: bool = False
    breached_only: bool = False
    waiting_over: int | None = None
    officer: str | None = None
    due_within: int | None = None
    turn: str | None = None


# What submissions can be narrowed to by id or code, each with its sort of place.
SORTS = {
    "programme": "programme",
    "scheme": "scheme",
    "round": "round",
    "partnership": "partnership",
    "funder": "organisation",
}


# The cases that the officer ever had, of which those are wanted that the officer has as at the day.
_ONCE = (
    "s.kind = 'caseofficer' AND s.stream IN (SELECT stream FROM part_steps"
    " WHERE kind = 'caseofficer' AND facts->>'officer' = %(officer)s)"
)
_WITH_OFFICER = sql(
    "s.bid_id IN (SELECT parts.stream FROM"  # noqa: S608 - made of our own names
    f" {folded(_ONCE, '%(as_at)s::date', '%(known)s::bigint')} WHERE parts.facts->>'officer' = %(officer)s)"
)


# The day and the position as at and as known at which organisations that merged are one.
_CLOCKS = ("%(as_at)s::date", "%(known)s::bigint")
# Whether a question to the bidder is open, which stops the clock of a bid.
_STOPPED = SQL("jsonb_path_exists(s.pauses, '$[last][1] ? (@ == null)')")


def _conditions(wanted: Filter, span: Span, as_at: date, known: int | None) -> tuple[list[Composable], dict[str, Any]]:
    conditions: list[Composable] = [SQL("s.span = %(span)s"), seen_at(known)]
    parameters: dict[str, Any] = {"span": span.value, "as_at": as_at, "known": known}
    for name, sort in SORTS.items():
        code = getattr(wanted, name)
        if code is not None:
            place = f"(SELECT id FROM timing_places WHERE sort = '{sort}' AND %({name})s IN (id, code))"  # noqa: S608
            one = f"ANY ({parts_of(place, *_CLOCKS)})" if name == "funder" else place
            conditions.append(sql(f"s.{name}_id = {one}"))
            parameters[name] = code
    for bound, sign in (("submitted_from", SQL(">=")), ("submitted_to", SQL("<="))):
        day = getattr(wanted, bound)
        if day is not None:
            conditions.append(SQL("s.started_last {} {}").format(sign, Placeholder(bound)))
            parameters[bound] = day
    if wanted.open_only:
        conditions.append(SQL("s.started_last IS NOT NULL AND s.outcome IS DISTINCT FROM 'stated'"))
        conditions.append(SQL("s.ended IS NULL"))
    if wanted.waiting_over is not None:
        conditions.append(SQL("%(as_at)s - s.started_first > %(waiting_over)s"))
        parameters["waiting_over"] = wanted.waiting_over
    if wanted.officer is not None:
        conditions.append(_WITH_OFFICER)
        parameters["officer"] = wanted.officer
    if wanted.breached_only:
        conditions.append(SQL("{} <= %(as_at)s").format(_any_breach_day(span, known)))
    if wanted.due_within is not None:
        conditions.append(SQL("{0} > %(as_at)s AND {0} <= %(due_by)s").format(_any_breach_day(span, known)))
        # The day after the deadline is the first that is too late.
        parameters["due_by"] = shifted(as_at, wanted.due_within + 1)
    if wanted.turn is not None:
        conditions.append(_STOPPED if wanted.turn == Owner.BIDDER.value else SQL("NOT {}").format(_STOPPED))
    return conditions, parameters


def _any_breach_day(span: Span, known: int | None) -> Composable:
    """The first day on which the bid of the span ``s`` is past any standard. It is stored with the whole ways."""
    if span in WHOLES:
        return SQL("s.any_breach_day")
    return SQL(
        "coalesce((SELECT w.any_breach_day FROM spans w WHERE w.bid_id = s.bid_id AND w.attempt = s.attempt"
        " AND w.span = {} AND {}), s.breach_day)"
    ).format(Literal(Span.TO_DECISION.value), seen_at(known, "w"))


async def unknown_places(connection: Connection, codes: Mapping[str, str]) -> list[str]:
    """The names of *codes*, which are keys of SORTS, whose code or id names nothing."""
    cursor = await connection.execute(
        "SELECT sort, id, code FROM timing_places WHERE id = ANY (%(codes)s) OR code = ANY (%(codes)s)",
        {"codes": list(codes.values())},
    )
    there = {(sort, named) for sort, *names in await cursor.fetchall() for named in names}
    return [name for name, code in codes.items() if (SORTS[name], code) not in there]


# --- Submissions ------------------------------------------------------------------------------------------------------


def listing(wanted: Filter, *, as_at: date, known: int | None, span: Span = Span.TO_DECISION) -> Listing:
    """The submissions that match *wanted*, the earliest first and undated ones last. They are open while *span* is."""
    where, parameters = _conditions(wanted, span, as_at, known)
    return Listing(
        select=SQL("s.bid_id, s.attempt, s.sorts_on, s.partnership_id, s.programme_id, s.funder_id"),
        source=SQL("spans s"),
        where=where,
        parameters=parameters,
        key=("s.sorts_on", "s.bid_id", "s.attempt"),
    )


async def delays_page(connection: Connection, listed: Listing, window: Window) -> Page[WaitingLine]:
    """One page of *listed*."""
    return await page(connection, WaitingLine, listed, window)


# --- By group ---------------------------------------------------------------------------------------------------------


class Tally(NamedTuple):
    """The *number* of submissions of one *group* with the same figures.

    *fate* is "reached", "open", "gone" (it ended without reaching the end of the span) or "undated". *least* and *most*
    are the fewest and the most calendar days that the span took, or has taken so far; *working* is the most working
    days. *breached* is how many of these submissions are past the standard of the span, *late_any* how many are past
    any standard of their bid. *met* and *missed* are how many that reached the end did so certainly within the
    standard, or certainly past it.
    """

    group: str
    fate: str
    least: int | None
    most: int | None
    working: int | None
    number: int
    breached: int
    late_any: int
    met: int
    missed: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of one group; docs/delays.md defines each.

    Days are calendar days, except *median_working*. A submission whose dates are ranges counts with its longest time;
    *median_at_least* counts it with its shortest, and *ranges* is the number of such submissions. *undated* submissions
    are counted there and in no other figure. *within* is a share from 0 to 1, to four decimal places.
    """

    group: str
    decided: int
    open: int
    gone: int
    undated: int
    ranges: int
    breached: int
    late_any: int
    within: float | None
    median: float | None
    median_at_least: float | None
    p90: float | None
    longest: int | None
    median_working: float | None
    with_open: Survival


# The expression by which each kind of group is formed, and the name of a group ``g``.
_CODE = "(SELECT code FROM timing_places WHERE id = g)"
GROUPS = {
    "programme": ("s.programme_id", _CODE),
    "scheme": ("s.scheme_id", _CODE),
    "round": ("s.round_id", _CODE),
    "funder": (whole_of("s.funder_id", *_CLOCKS), _CODE),
    "kind": ("s.kind", "g"),
    "owner": ("s.owner", "g"),
    "month": ("date_trunc('month', s.started_last::timestamp)", "to_char(g, 'YYYY-MM')"),
    "quarter": ("date_trunc('quarter', s.started_last::timestamp)", "to_char(g, 'YYYY\"-Q\"Q')"),
    "financial_year": (year_named("s.started_last", "s.programme_id", *_CLOCKS), "g"),
    "year": ("date_trunc('year', s.started_last::timestamp)", "to_char(g, 'YYYY')"),
}


async def summaries(
    connection: Connection, wanted: Filter, span: Span, group: str, *, as_at: date, known: int | None = None
) -> list[Summary]:
    """The figures of each *group* (a key of GROUPS) for *span*, a stage or a whole way, in the order of group names."""
    return by_group(await tallies(connection, wanted, span, group, as_at=as_at, known=known))


def by_group(found: Iterable[Tally]) -> list[Summary]:
    """The figures of each group in *found*, which is in the order of group names."""
    return [summary(name, of_group) for name, of_group in groupby(found, key=lambda tally: tally.group)]


@dataclass(frozen=True, slots=True)
class ComputedLine:
    """The figures of one *scope*: a partnership, scheme or programme by its id."""

    scope: str
    summary: Summary


async def computed_by(
    connection: Connection,
    column: str,
    values: Sequence[str],
    *,
    span: Span,
    as_at: date,
    known: int | None = None,
) -> list[ComputedLine]:
    """The figures of the scopes *values*, which are ids in *column* (partnership_id, scheme_id or programme_id)."""
    assert column in ("partnership_id", "scheme_id", "programme_id")
    where, parameters = _conditions(Filter(), span, as_at, known)
    where.append(SQL("s.{} = ANY (%(ids)s)").format(Identifier(column)))
    found = await _tallied(connection, (f"s.{column}", "g"), where, parameters | {"ids": list(values)})
    return [ComputedLine(figures.group, figures) for figures in by_group(found)]


async def tallies(
    connection: Connection, wanted: Filter, span: Span, group: str, *, as_at: date, known: int | None
) -> list[Tally]:
    """The tallies of each group, in the order of group names; a submission that belongs to no group has the name ''."""
    return await _tallied(connection, GROUPS[group], *_conditions(wanted, span, as_at, known))


async def _tallied(
    connection: Connection,
    group: tuple[str, LiteralString],
    where: list[Composable],
    parameters: dict[str, Any],
) -> list[Tally]:
    column, name = group
    any_breach_day = _any_breach_day(Span(parameters["span"]), parameters["known"])
    statement = SQL(
        """
        SELECT coalesce({name}, ''), fate, least, most, working, number, breached, late_any, met, missed FROM (
            SELECT {column} AS g, f.fate, days.least, days.most,
                   CASE f.fate WHEN 'reached' THEN s.working_max END AS working,
                   count(*)::integer AS number,
                   (count(*) FILTER (WHERE s.breach_day <= %(as_at)s))::integer AS breached,
                   (count(*) FILTER (WHERE {any_breach_day} <= %(as_at)s))::integer AS late_any,
                   (count(*) FILTER (WHERE s.met))::integer AS met,
                   (count(*) FILTER (WHERE NOT s.met))::integer AS missed
              FROM spans s
             CROSS JOIN LATERAL (SELECT CASE
                   WHEN s.started_last IS NULL OR s.outcome = 'stated' THEN 'undated'
                   WHEN s.ended IS NOT NULL AND s.ended_last IS NULL THEN 'undated'
                   WHEN s.ended IS NULL THEN 'open'
                   WHEN s.outcome = 'reached' THEN 'reached' ELSE 'gone' END AS fate) f
             CROSS JOIN LATERAL (SELECT
                   CASE f.fate WHEN 'undated' THEN NULL
                        WHEN 'open' THEN greatest(0, %(as_at)s - s.started_last) ELSE s.days_min END AS least,
                   CASE f.fate WHEN 'undated' THEN NULL
                        WHEN 'open' THEN greatest(0, %(as_at)s - s.started_first) ELSE s.days_max END AS most) days
             WHERE {where}
             GROUP BY 1, 2, 3, 4, 5) one
        """
    ).format(column=sql(column), name=SQL(name), where=SQL(" AND ").join(where), any_breach_day=any_breach_day)
    cursor = await connection.execute(statement, parameters)
    return sorted((Tally(*row) for row in await cursor.fetchall()), key=lambda tally: tally.group)


def summary(name: str, of_group: Iterable[Tally]) -> Summary:
    """The figures of the group *name*."""
    of_group = list(of_group)
    reached = [one for one in of_group if one.fate == "reached"]
    most = [(one.most, one.number) for one in reached if one.most is not None]
    return Summary(
        group=name,
        decided=_number(reached),
        open=_number(one for one in of_group if one.fate == "open"),
        gone=_number(one for one in of_group if one.fate == "gone"),
        undated=_number(one for one in of_group if one.fate == "undated"),
        ranges=_number(one for one in of_group if one.least != one.most),
        breached=sum(one.breached for one in of_group),
        late_any=sum(one.late_any for one in of_group),
        within=_share(sum(one.met for one in of_group), sum(one.missed for one in of_group)),
        median=percentile(most, 0.5),
        median_at_least=percentile([(one.least, one.number) for one in reached if one.least is not None], 0.5),
        p90=percentile(most, 0.9),
        longest=max((days for days, _ in most), default=None),
        median_working=percentile([(one.working, one.number) for one in reached if one.working is not None], 0.5),
        with_open=survival(observed(of_group)),
    )


def plain(one: Summary) -> dict[str, Any]:
    """The figures of a group in plain types, for JSON and CSV. Days are calendar days unless called working days."""
    return {
        "group": one.group,
        "decided": one.decided,
        "open": one.open,
        "gone": one.gone,
        "undated": one.undated,
        "ranges": one.ranges,
        "breached": one.breached,
        "late_any": one.late_any,
        "within_standard": one.within,
        "median_days": one.median,
        "median_days_at_least": one.median_at_least,
        "p90_days": one.p90,
        "max_days": one.longest,
        "median_working_days": one.median_working,
        "median_days_with_open": one.with_open.median,
        "median_days_with_open_low": one.with_open.low,
        "median_days_with_open_high": one.with_open.high,
    }


def observed(of_group: Iterable[Tally]) -> list[Observed]:
    """The waiting times of a group, those that still go on included; a range counts with its longest time."""
    return [
        Observed(days=one.most, reached=one.fate == "reached", number=one.number)
        for one in of_group
        if one.most is not None
    ]


def _share(met: int, missed: int) -> float | None:
    return round(met / (met + missed), 4) if met + missed else None


def _number(tallies_: Iterable[Tally]) -> int:
    return sum(tally.number for tally in tallies_)
