"""The lists of all awards, bids, payments, recoveries, conditions and others, filtered and ordered.

Each list names its columns once. A filter is a condition on one of them, so every list takes the same filters. Each
order ends in the position of what was recorded, which is unique.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from psycopg.sql import SQL, Composable

from projections import awards, bids
from projections.outcomes.outcomes import AS_AT, outcomes_where
from projections.register.identifiers import IDENTIFIED, numbers_in
from projections.register.mergers import parts_of
from projections.register.reading import FUNDER, PARTNERSHIP
from projections.tables.corrections import NOW
from projections.tables.effect import NEVER
from projections.tables.paging import Listing, sql
from projections.tables.present import today

RECORDED, DATE, AMOUNT, CODE, NAME = "recorded", "date", "amount", "code", "name"


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a list, as SQL over its *source*; empty where it has none.

    *selected* are all that its rows have. *scope* is the id of the partnership; a round, for example, has none, but its
    *scheme* and *programme*. *funded* is the condition that its funder is the one asked for. *texts* are searched.
    *also* is another condition under which a row matches a text. *orders* maps each order to its column: the first is
    the list's own. *always* always holds. *payee* is the id of who is paid, *actors* the columns of who took a step.
    *known* is the condition that a row without a position was known at one.
    """

    selected: Composable
    source: str
    row: str
    orders: Mapping[str, str]
    status: str = ""
    amount: str = ""
    currency: str = ""
    scope: str = ""
    scheme: str = ""
    programme: str = ""
    round: str = ""
    own_funder: str = ""
    funded: str = ""
    kind: str = ""
    region: str = ""
    theme: str = ""
    level: str = ""
    impact: str = ""
    priority: str = ""
    code: str = ""
    payee: str = ""
    actors: tuple[str, ...] = ()
    known: str = ""
    texts: tuple[str, ...] = ()
    also: str = ""
    always: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter, in ids and values; None and empty ask for nothing. *states* are texts of the status column.

    *first* and *last* are days, *after_position* (not included) and *up_to* positions of the log. Organisations that
    merged are one as at the day *one_on*, which is today without one, as known at *up_to*.
    """

    programme: str | None = None
    scheme: str | None = None
    partnership: str | None = None
    organisation: str | None = None
    funder: str | None = None
    round: str | None = None
    kind: str | None = None
    region: str | None = None
    theme: str | None = None
    level: str | None = None
    impact: str | None = None
    priorities: Sequence[str] | None = None
    code: str | None = None
    payee: str | None = None
    actor: str | None = None
    states: Sequence[str] | None = None
    currency: str | None = None
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None
    first: date | None = None
    last: date | None = None
    after_position: int | None = None
    up_to: int | None = None
    one_on: date | None = None
    text: str | None = None


def _one(organisation: str) -> str:
    """What the id of an organisation is compared with: that of *organisation*, or of one that is part of it."""
    return f"ANY ({parts_of(organisation, '%(one_on)s::date', '%(up_to)s::bigint')})"


_OF_FUNDER = _one("%(funder)s::text")

_AWARDS = Columns(
    selected=awards.SELECT,
    source="awards",
    row="awards",
    orders={RECORDED: "position", DATE: "day", AMOUNT: "amount", CODE: "reference"},
    status="awards.status",
    amount="awards.amount",
    currency="awards.currency",
    scope="awards.partnership_id",
    round="awards.round_id",
    own_funder="awards.funder_id",
    code="awards.reference",
    texts=("awards.reference", "coalesce(awards.purpose, '')"),
)
_BIDS = Columns(
    selected=bids.SELECT,
    source="bids",
    row="bids",
    orders={RECORDED: "position", DATE: "day", AMOUNT: "asked", CODE: "reference"},
    status="bids.status",
    amount="bids.asked",
    currency="bids.currency",
    scope="bids.partnership_id",
    round="bids.round_id",
    own_funder="(SELECT a.funder_id FROM awards a WHERE a.id = bids.award_id)",
    code="bids.reference",
    texts=("bids.reference", "bids.title"),
)


# Who is paid: whom a register names, or the body that leads the partnership of the award ``a``.
PAYEE = "coalesce(parts.facts->>'payee_id', (SELECT p.lead_id FROM partnerships p WHERE p.id = a.partnership_id))"
# The steps of payments and recoveries that somebody takes.
STEPS_OF_PEOPLE = ("requested", "raised", "approved", "released", "settled", "reversed", "written_off", "withdrawn")


_PART = sql(
    "parts.id, parts.kind, parts.stream, parts.number, parts.part, parts.status, parts.amount, parts.currency,"
    ' parts.remains, parts."on", parts.day, parts.by, parts.position, parts.events, parts.facts,'
    " NULL::date AS as_at, NULL::bigint AS known"
)


def _parts(kind: str, *facts: str) -> Columns:
    return Columns(
        selected=_PART,
        source="parts JOIN awards a ON a.id = parts.stream",
        row="parts",
        orders={RECORDED: "position", DATE: "day", AMOUNT: "amount"},
        status="parts.status",
        amount="parts.amount",
        currency="parts.currency",
        scope="a.partnership_id",
        own_funder="a.funder_id",
        code="a.reference",
        payee=PAYEE,
        actors=("parts.by", *(f"parts.facts->>'{step}_by'" for step in STEPS_OF_PEOPLE)),
        texts=("a.reference", *(f"coalesce(parts.facts->>'{fact}', '')" for fact in facts)),
        always=(f"parts.kind = '{kind}'",),
    )


def _named(row: str) -> str:
    """The condition that a thing had been recorded at a position: it has had a name since then."""
    return f"EXISTS (SELECT FROM names n WHERE n.thing = {row}.id AND n.since <= %(up_to)s)"


# The condition that an organisation had such a name once, or that a source uses it.
_ONCE_NAMED = "organisations.id IN (SELECT n.thing FROM names n WHERE n.name ILIKE %(text)s)"

LISTS = {
    "awards": _AWARDS,
    "bids": _BIDS,
    "payments": _parts("payment", "bank_reference", "description"),
    "recoveries": _parts("recovery", "because"),
    "conditions": _parts("condition", "text"),
    # What partnerships share with others: the library.
    "outputs": Columns(
        selected=_PART,
        source="parts",
        row="parts",
        orders={RECORDED: "position", DATE: "day"},
        status="(parts.facts->>'use')",
        kind="(parts.facts->>'sort')",
        theme="(parts.facts->>'theme')",
        scope="parts.stream",
        texts=tuple(f"(parts.facts->>'{fact}')" for fact in ("title", "theme", "text")),
        always=("parts.kind = 'output'",),
    ),
    "rounds": Columns(
        selected=SQL("rounds.*"),
        source="rounds",
        row="rounds",
        orders={RECORDED: "position", DATE: "day", AMOUNT: "amount", CODE: "code", NAME: "name"},
        status="rounds.status",
        amount="rounds.amount",
        currency="rounds.currency",
        scheme="rounds.scheme_id",
        programme="rounds.programme_id",
        code="rounds.code",
        texts=("rounds.code", "rounds.name"),
    ),
    "organisations": Columns(
        selected=SQL(
            "organisations.id, organisations.code, organisations.name, organisations.kind, organisations.region,"
            " organisations.tier, organisations.notes"
        ),
        source="organisations",
        row="organisations",
        orders={CODE: "code", NAME: "name"},
        code="organisations.code",
        known=_named("organisations"),
        texts=("organisations.code", "organisations.name"),
        also=f"({IDENTIFIED} OR {_ONCE_NAMED})",
    ),
    "partnerships": Columns(
        selected=PARTNERSHIP,
        source="partnerships p",
        row="p",
        orders={CODE: "code", NAME: "name"},
        scope="p.id",
        scheme="p.scheme_id",
        programme="p.programme_id",
        funded=f"EXISTS (SELECT FROM awards WHERE awards.partnership_id = p.id AND {FUNDER} = {_OF_FUNDER})",
        kind="p.kind",
        region="p.region",
        theme="p.theme",
        code="p.code",
        known=_named("p"),
        texts=("p.name", "p.code"),
    ),
    "outcomes": Columns(
        selected=SQL("outcomes.*"),
        source=outcomes_where(AS_AT),
        row="outcomes",
        orders={RECORDED: "position"},
        scope="outcomes.partnership_id",
        status="outcomes.status",
        level="outcomes.level",
        impact="outcomes.impact",
        priority="outcomes.priority",
        texts=("outcomes.indicator", "outcomes.impact"),
    ),
}

_FUNDED = (
    "SELECT p.id FROM partnerships p JOIN schemes s ON s.id = p.scheme_id JOIN programmes g ON g.id = p.programme_id"  # noqa: S608
    f" WHERE coalesce(s.funder_id, g.funder_id) = {_OF_FUNDER}"
)


def listing(
    name: str, wanted: Wanted, order: str, *, descending: bool = False, within: tuple[str, str] | None = None
) -> Listing:
    """The list *name* of what *wanted* asks for, in *order* (a key of its ``orders``).

    *within* keeps it to what is below one thing: a key of ``WITHIN``, and the thing's id as SQL.
    """
    of = LISTS[name]
    given = [condition for condition, value in _conditions(of, wanted).items() if value is not None]
    below = [WITHIN[within[0]](of, within[1])] if within is not None else []
    pattern = like(wanted.text) if wanted.text is not None else None
    values = {one.name: getattr(wanted, one.name) for one in fields(wanted)}
    column = f"{of.row}.{of.orders[order]}"
    # A code is unique. Other orders end in the position, which is.
    last = () if order in (CODE, RECORDED) else (f"{of.row}.{'position' if RECORDED in of.orders else 'id'}",)
    return Listing(
        select=of.selected,
        source=sql(of.source),
        where=[sql(text) for text in (*of.always, *below, *given)],
        parameters=values
        | {"one_on": wanted.one_on or today()}
        | {"text": pattern, "identifiers": numbers_in(wanted.text or ""), "as_at": None, "known": None},
        key=(column, *last),
        descending=descending,
        sums=(of.amount, of.currency) if of.amount else None,
    )


def order_name(name: str, order: str, *, descending: bool) -> str:
    """The name of an order of a list, which its cursors hold."""
    own = next(iter(LISTS[name].orders))
    return name + (f"/{order}" if order != own else "") + ("/desc" if descending else "")


def _of_partnerships(of: Columns, column: str, value: str) -> str:
    """The condition that a row is of partnerships whose *column* is *value*, unless it has that column itself."""
    own = {"scheme_id": of.scheme, "programme_id": of.programme}[column]
    if own:
        return f"{own} = {value}"
    return f"{of.scope} IN (SELECT its.id FROM partnerships its WHERE its.{column} = {value})"  # noqa: S608


def _of_organisation(of: Columns, value: str) -> str:
    """The condition that a row is of partnerships in which an organisation, or one that is part of it, has a role."""
    began = f"organisation_id = {_one(value)} AND begins AND superseded = {NOW}"
    return f"{of.scope} IN (SELECT partnership_id FROM role_steps WHERE {began})"  # noqa: S608


# The condition that a row is below a thing, whose id is SQL.
WITHIN: Mapping[str, Callable[[Columns, str], str]] = {
    "programme": lambda of, value: _of_partnerships(of, "programme_id", value),
    "scheme": lambda of, value: _of_partnerships(of, "scheme_id", value),
    "partnership": lambda of, value: f"{of.scope} = {value}",
    "organisation": _of_organisation,
    "round": lambda of, value: f"{of.round} = {value}",
    "payee": lambda of, value: f"{of.payee} = {_one(value)}",
}


def _conditions(of: Columns, wanted: Wanted) -> dict[str, Any]:
    """The conditions that a filter may set, with the values that set them."""
    day = f"{of.row}.day"
    funded = of.funded or f"{of.scope} IN ({_FUNDED})"
    if of.own_funder:
        funded = f"({of.own_funder} = {_OF_FUNDER} OR {of.own_funder} IS NULL AND {funded})"
    return {
        **{condition(of, f"%({kind})s::text"): getattr(wanted, kind) for kind, condition in WITHIN.items()},
        funded: wanted.funder,
        f"{of.kind} = %(kind)s": wanted.kind,
        f"lower({of.region}) = lower(%(region)s)": wanted.region,
        f"lower({of.theme}) = lower(%(theme)s)": wanted.theme,
        f"{of.level} = %(level)s": wanted.level,
        f"lower({of.impact}) = lower(%(impact)s)": wanted.impact,
        f"{of.priority} = ANY (%(priorities)s)": wanted.priorities,
        f"{of.code} = %(code)s": wanted.code,
        f"{of.status} = ANY (%(states)s)": wanted.states,
        f"{of.currency} = %(currency)s": wanted.currency,
        f"{of.amount} >= %(amount_from)s": wanted.amount_from,
        f"{of.amount} <= %(amount_to)s": wanted.amount_to,
        f"{day} >= %(first)s AND {day} < '{NEVER}'": wanted.first,
        f"{day} <= %(last)s AND {day} < '{NEVER}'": wanted.last,
        f"{of.row}.position > %(after_position)s": wanted.after_position,
        of.known or f"{of.row}.position <= %(up_to)s": wanted.up_to,
        f"%(actor)s IN ({', '.join(of.actors)})": wanted.actor,
        f"({' OR '.join((*(f'{one} ILIKE %(text)s' for one in of.texts), *filter(None, (of.also,))))})": wanted.text,
    }


def like(text: str) -> str:
    """The pattern of texts that contain *text*."""
    return "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
