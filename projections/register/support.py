"""Which organisation is supported by which scheme of a programme on a day, and where an activity is supported twice.

An organisation is supported by the scheme of each partnership that it leads, or is a partner of, on the day. A
partnership whose stated work had ended by then, or had not begun, supports nobody. What an organisation only does for a
partnership is no support: it funds, supplies or advises it, or a source names it beside the partners.

Support by several schemes on one day is an overlap, to be looked at. A theme that two of the partnerships have in the
same words is an activity that is supported twice: a warning. Similar words are never compared.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg.sql import SQL, Composable

from projections.register.mergers import parts_of
from projections.register.reading import partners_where
from projections.tables.paging import Listing, sql


@dataclass(slots=True)
class SupportLine:
    """An organisation that a partnership of *scheme_id* supports, in a *role*, *since* a date: the text of a When.

    *until* is when it left, if it did later. *activity* is the theme of the partnership. *overlapping* are its other
    partnerships under other schemes, *repeating* those with the same theme. *warning* says that there are such.
    """

    position: int
    organisation_id: str
    scheme_id: str
    partnership_id: str
    role: str
    since: str
    until: str | None
    activity: str | None
    overlapping: list[str]
    repeating: list[str]
    warning: str | None


def theme_of(row: str) -> str:
    """The SQL of the theme of the partnership in *row*: the same for those that differ in spaces and capitals alone."""
    return f"lower(regexp_replace(btrim({row}.theme), '\\s+', ' ', 'g'))"


_REPEATED = f"{theme_of('d')} = {theme_of('o')}"
_COLUMNS = ", ".join(f"support.{name}" for name in SupportLine.__dataclass_fields__)


def _works_on(day: str) -> str:
    """The condition that the stated work of the partnership ``p`` can lie on a day."""
    return f"(p.works_from IS NULL OR p.works_from <= {day}) AND (p.works_until IS NULL OR p.works_until >= {day})"


def _support(programme: str) -> str:
    """The SQL source ``support`` of a programme on a day: *programme* is the SQL of its id."""
    within = f"partnership_id IN (SELECT p.id FROM partnerships p WHERE p.programme_id = {programme})"  # noqa: S608
    others = "array_agg(DISTINCT o.partnership_id ORDER BY o.partnership_id)"
    return f"""(WITH on_day AS MATERIALIZED (
        SELECT partners.*, p.scheme_id, p.theme FROM {partners_where(within)}
          JOIN partnerships p ON p.id = partners.partnership_id WHERE {_works_on("%(day)s::date")}
      ), beside AS (
        SELECT d.position, d.organisation_id,
               coalesce({others} FILTER (WHERE o.scheme_id <> d.scheme_id), '{{}}') AS overlapping,
               coalesce({others} FILTER (WHERE {_REPEATED}), '{{}}') AS repeating
          FROM on_day d LEFT JOIN on_day o
            ON o.organisation_id = d.organisation_id AND o.partnership_id <> d.partnership_id
         GROUP BY d.position, d.organisation_id)
      SELECT d.position, d.organisation_id, d.scheme_id, d.partnership_id, d.role, d.joined AS since, d."left" AS until,
             d.theme AS activity, b.overlapping, b.repeating,
             CASE WHEN b.repeating <> '{{}}' THEN 'The activity "' || d.theme || '" is supported in '
                  || cardinality(b.repeating) + 1 || ' partnerships of this organisation.' END AS warning
        FROM on_day d JOIN beside b USING (position, organisation_id)) support"""  # noqa: S608


def support_list(
    programme: str | SQL,
    day: date,
    *,
    organisation: str | None = None,
    partnership: str | None = None,
    overlapping: bool = False,
    twice: bool = False,
) -> Listing:
    """Who is supported by the schemes of a programme on a *day*, in the order recorded.

    *programme* is an id, or the SQL for it in a statement around the list. *partnership* keeps organisations that take
    part in it on the day, by whichever partnerships they are supported. *overlapping* keeps those that several
    schemes support, *twice* those of whom an activity is supported twice.
    """
    of = programme.as_string(None) if isinstance(programme, SQL) else "%(programme)s"
    conditions: list[Composable] = []
    if organisation is not None:
        conditions.append(sql(f"support.organisation_id = ANY ({parts_of('%(organisation)s::text', '%(day)s::date')})"))
    if partnership is not None:
        taking_part = f"SELECT partners.organisation_id FROM {partners_where('partnership_id = %(partnership)s')}"  # noqa: S608
        conditions.append(sql(f"support.organisation_id IN ({taking_part})"))
    if overlapping:
        conditions.append(SQL("support.overlapping <> '{}'"))
    if twice:
        conditions.append(SQL("support.repeating <> '{}'"))
    given: dict[str, Any] = {"programme": programme, "day": day}
    given |= {"organisation": organisation, "partnership": partnership}
    return Listing(
        select=sql(_COLUMNS), source=sql(_support(of)), where=conditions, parameters=given, key=("support.position",)
    )
