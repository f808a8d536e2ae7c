"""What needs attention today: what is late, about to be, waiting or missing, who must act, and which rule says so.

Each kind of entry is one statement over the read models, in one list. It shows the present state as known now; the day
only decides what is late.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from domain.across.permissions import Area
from projections.outcomes.outcomes import OF_OUTCOMES
from projections.parts import late
from projections.parts.lapsed import OF_PARTNERS
from projections.parts.late import LAST_DAY as _LAST_DAY
from projections.parts.places import OF_PLACES
from projections.register.support import theme_of
from projections.tables.corrections import NOW
from projections.tables.paging import Connection, Listing, lines_of, sql, where


class Urgency(Enum):
    """How urgent an entry is, the most urgent first."""

    LATE = "late"
    """A day by which it was to be done is past."""
    DISAGREES = "disagrees"
    """The record contradicts itself, or a rule."""
    DUE = "due"
    """Its day is today or in the next seven days."""
    WAITING = "waiting"
    """Somebody has it, and no day is set or near."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of entry: what it is in words, the *rule* or need that says so, and the *area* of whoever sees it.

    *select* gives the thing, what it is of (an award or a bid, with a number), its reference, partnership_id, who must
    act, since, due, amount and currency.
    """

    name: str
    words: str
    rule: str
    area: Area
    select: str
    disagrees: bool = False


def _parts(kind: str, statuses: Sequence[str], who: str, due: str = "NULL::date", more: str = "true") -> str:
    """The parts of a *kind* of awards or bids that are in one of *statuses*."""
    listed = ", ".join(f"'{status}'" for status in statuses)
    return (
        "SELECT p.id AS thing, p.stream AS of_id, p.number, coalesce(a.reference, b.reference) || ' / ' || p.number"  # noqa: S608
        f" AS reference, p.partnership_id, '{who}' AS who, p.day AS since, {due} AS due,"
        " coalesce(p.remains, p.amount) AS amount, p.currency FROM parts p LEFT JOIN awards a ON a.id = p.stream"
        f" LEFT JOIN bids b ON b.id = p.stream WHERE p.kind = '{kind}' AND p.status IN ({listed}) AND {more}"
    )


# An instalment is paid once so much has been released of its award as was planned up to it. The first that is not
# paid shows what is missing up to the day.
_INSTALMENTS = f"""
    SELECT DISTINCT ON (i.stream) i.id AS thing, i.stream AS of_id, i.number,
           a.reference || ' / ' || i.number AS reference, i.partnership_id, 'funder' AS who,
           i.due AS since, i.due, i.until - i.paid AS amount, i.currency
      FROM (SELECT p.*, d.due, sum(p.amount) OVER (PARTITION BY p.stream ORDER BY d.due, p.number) AS until,
                   coalesce((SELECT sum(q.amount) FROM parts q WHERE q.stream = p.stream AND q.kind = 'payment'
                              AND q.status IN ('released', 'settled') AND q.currency = p.currency), 0) AS paid
              FROM parts p CROSS JOIN LATERAL (SELECT {_LAST_DAY.format("p.facts->>'due'")} AS due) d
             WHERE p.kind = 'instalment' AND p.status <> 'cancelled' AND d.due < %(day)s) i
      JOIN awards a ON a.id = i.stream AND a.status = 'accepted'
     WHERE i.until > i.paid ORDER BY i.stream, i.due, i.number"""  # noqa: S608 - our own words

# A bid that is not decided, of a partnership whose theme another partnership of one of its members has, under any
# scheme, in the same words. The work of both can still go on.
_REPEATED_BIDS = f"""
    SELECT b.id AS thing, b.id AS of_id, NULL::integer AS number, b.reference, b.partnership_id, 'funder' AS who,
           b.day AS since, NULL::date AS due, b.requested AS amount, b.currency
      FROM bids b JOIN partnerships p ON p.id = b.partnership_id
     WHERE b.status = 'submitted' AND p.theme IS NOT NULL
       AND EXISTS (SELECT FROM partners m JOIN partners o ON o.organisation_id = m.organisation_id
                     JOIN partnerships q ON q.id = o.partnership_id
                    WHERE m.partnership_id = p.id AND q.id <> p.id AND m."left" IS NULL AND o."left" IS NULL
                      AND (q.works_until IS NULL OR q.works_until >= %(day)s)
                      AND {theme_of("q")} = {theme_of("p")})"""  # noqa: S608 - our own words

KINDS: tuple[Kind, ...] = (
    Kind(
        "BID_WAITS",
        "a bid waits for its decision",
        "R006: the service standards of the scheme",
        Area.CASES,
        f"""SELECT s.bid_id AS thing, s.bid_id AS of_id, NULL::integer AS number, b.reference, s.partnership_id,
               CASE WHEN jsonb_path_exists(s.pauses, '$[last][1] ? (@ == null)') THEN 'bidder' ELSE 'funder' END AS who,
               s.started_first AS since, s.any_breach_day - 1 AS due, b.requested AS amount, b.currency
          FROM spans s JOIN bids b ON b.id = s.bid_id
         WHERE s.span = 'to_decision' AND s.superseded = {NOW} AND %(day)s BETWEEN s.seen_from AND s.seen_to
           AND s.started_last IS NOT NULL AND s.outcome IS DISTINCT FROM 'stated' AND s.ended IS NULL""",  # noqa: S608
    ),
    Kind(
        "BID_REPEATS",
        "a bid is for an activity that another partnership of a member is supported for",
        "R012: support of one activity by two streams",
        Area.CASES,
        _REPEATED_BIDS,
    ),
    Kind(
        "QUESTION_OPEN",
        "a question to the bidder is open",
        "R007: every contact and silence while a bid is pending",
        Area.CASES,
        _parts("question", ("asked",), "bidder"),
    ),
    Kind(
        "OFFER_OPEN",
        "an offer is neither accepted nor declined",
        "R015: award, release and spending are different events",
        Area.MONEY,
        "SELECT a.id AS thing, a.id AS of_id, NULL::integer AS number, a.reference, a.partnership_id, 'bidder' AS who,"
        " a.day AS since, NULL::date AS due, a.amount, a.currency FROM awards a WHERE a.status = 'offered'",
    ),
    Kind(
        "CONDITION_OPEN",
        "a condition that comes before payment is not met",
        "R023: each release is tested against the conditions",
        Area.MONEY,
        _parts("condition", ("open",), "bidder", more="a.status = 'accepted' AND (p.facts->>'precedent')::boolean"),
    ),
    Kind(
        "INSTALMENT_UNPAID",
        "an instalment is past its day and not paid",
        "R017: release against the agreed schedule",
        Area.MONEY,
        _INSTALMENTS,
    ),
    Kind(
        "PAYMENT_TO_APPROVE",
        "a payment waits for its approval",
        "R016: the gap between award and each release",
        Area.MONEY,
        _parts("payment", ("requested",), "payments officer"),
    ),
    Kind(
        "PAYMENT_TO_RELEASE",
        "a payment waits for its release",
        "R016: the gap between award and each release",
        Area.MONEY,
        _parts("payment", ("approved",), "releaser"),
    ),
    Kind(
        "HOLD_PLACED",
        "a hold stops the payments of an award",
        "R024: what can be spent of what is held",
        Area.MONEY,
        _parts("hold", ("placed",), "payments officer"),
    ),
    Kind(
        "RETURN_MISSING",
        "a return is required and was not prepared",
        "R061: returns that were agreed",
        Area.MONEY,
        _parts("return", ("required",), "partner", _LAST_DAY.format("p.facts->>'due'")),
    ),
    Kind(
        "RETURN_TO_CERTIFY",
        "a return waits for its certificate",
        "R061: returns that were agreed",
        Area.MONEY,
        _parts("return", ("prepared",), "certifier", _LAST_DAY.format("p.facts->>'due'")),
    ),
    Kind(
        "RECOVERY_TO_APPROVE",
        "a recovery waits for its approval",
        "docs/ledger.md: money that is to come back",
        Area.MONEY,
        _parts("recovery", ("raised",), "decision maker"),
    ),
    Kind(
        "RECOVERY_OPEN",
        "money that is to come back has not come",
        "docs/ledger.md: money that is to come back",
        Area.MONEY,
        _parts("recovery", ("approved",), "partner"),
    ),
    Kind(
        "BANK_ENTRY_OPEN",
        "a bank entry is matched to nothing",
        "docs/bank.md: each entry is decided",
        Area.BANK,
        "SELECT e.id AS thing, NULL::text AS of_id, NULL::integer AS number, coalesce(e.end_to_end, e.reference, e.id)"  # noqa: S608
        " AS reference, NULL::text AS partnership_id, 'payments officer' AS who, e.booked AS since, NULL::date AS due,"
        " e.amount, e.currency FROM bank_entries e WHERE NOT EXISTS (SELECT FROM bank_decisions d"
        f" WHERE d.entry_id = e.id AND d.superseded = {NOW} AND d.status <> 'unmatched')",
    ),
    *(
        Kind(*given, Area.CASES, select)
        for given, select in (late.OF_PLANS | OF_OUTCOMES | OF_PARTNERS | OF_PLACES).items()
    ),
    Kind(
        "DISCREPANCY",
        "the record contradicts itself or a rule",
        "docs/discrepancies.md",
        Area.OFFICE,
        "SELECT s.id AS thing, NULL::text AS of_id, NULL::integer AS number, s.message AS reference, s.partnership_id,"  # noqa: S608
        " coalesce(s.owner, 'programme office') AS who, s.first_seen::date AS since, NULL::date AS due,"
        f" NULL::numeric AS amount, NULL::text AS currency FROM discrepancies s WHERE s.superseded = {NOW}"
        " AND s.status = 'OPEN' AND s.rule <> 'return_overdue' AND (s.due IS NULL OR s.due < %(day)s)",
        disagrees=True,
    ),
)
BY_NAME = {kind.name: kind for kind in KINDS}
SOON_DAYS = 7


@dataclass(slots=True)
class AttentionLine:
    """Something that needs attention: the *thing*, its *reference* in words, who must act, since when and by when.

    *urgency* is a name of Urgency. *days* are calendar days: past the due day if it is late, until it if one is set,
    and since it began otherwise.
    """

    kind: str
    thing: str
    of_id: str | None
    number: int | None
    reference: str
    partnership_id: str | None
    partnership: str | None
    who: str
    since: date | None
    due: date | None
    amount: Decimal | None
    currency: str | None
    urgency: str
    days: int | None
    rank: int
    sorts_on: date


@dataclass(frozen=True, slots=True)
class Filter:
    """Entries that match every given value. *kinds* and *urgencies* are names; the others are ids, *who* is text."""

    kinds: Sequence[str] | None = None
    urgencies: Sequence[str] | None = None
    who: str | None = None
    partnership: str | None = None
    scheme: str | None = None
    programme: str | None = None


_OF = "t.partnership_id IN (SELECT o.id FROM partnerships o WHERE o.{} = %({})s)"
_ORDER = list(Urgency)
_URGENCY = "CASE t.rank " + " ".join(f"WHEN {nth} THEN '{one.name}'" for nth, one in enumerate(_ORDER)) + " END"


def _each(kind: Kind) -> str:
    """The statement of a kind, with how urgent each entry is."""
    late, due, waiting = (f"{_ORDER.index(one)}" for one in (Urgency.LATE, Urgency.DUE, Urgency.WAITING))
    rank = (
        f"{_ORDER.index(Urgency.DISAGREES)}"
        if kind.disagrees
        else f"CASE WHEN k.due < %(day)s THEN {late} WHEN k.due <= %(soon)s THEN {due} ELSE {waiting} END"
    )
    return f"SELECT '{kind.name}' AS kind, k.*, {rank} AS rank FROM ({kind.select}) k"  # noqa: S608 - our own words


def listing(wanted: Filter, sees: Collection[Area], *, day: date) -> Listing:
    """What needs attention on a *day* and matches *wanted*, the most urgent first, for whoever *sees* these areas."""
    kinds = [one for one in KINDS if one.area in sees and (wanted.kinds is None or one.name in wanted.kinds)]
    together = " UNION ALL ".join(_each(one) for one in kinds) or f"({_each(KINDS[0])} LIMIT 0)"
    conditions: dict[str, Any] = {
        f"{_URGENCY} = ANY (%(urgencies)s)": wanted.urgencies,
        "t.who = %(who)s": wanted.who,
        "t.partnership_id = %(partnership)s": wanted.partnership,
        _OF.format("scheme_id", "scheme"): wanted.scheme,
        _OF.format("programme_id", "programme"): wanted.programme,
    }
    return Listing(
        select=sql(
            "t.kind, t.thing, t.of_id, t.number, t.reference, t.partnership_id, t.who, t.since, t.due, t.amount,"  # noqa: S608
            " t.currency, t.rank, t.sorts_on, (SELECT o.code FROM partnerships o WHERE o.id = t.partnership_id)"
            f" AS partnership, {_URGENCY} AS urgency, CASE WHEN t.due < %(day)s THEN %(day)s - t.due"
            " WHEN t.due IS NOT NULL THEN t.due - %(day)s ELSE %(day)s - t.since END AS days"
        ),
        source=sql(f"(SELECT *, coalesce(due, since, '9999-12-31') AS sorts_on FROM ({together}) every) t"),  # noqa: S608
        where=[sql(text) for text, value in conditions.items() if value is not None],
        parameters={
            "day": day,
            "soon": date.fromordinal(min(day.toordinal() + SOON_DAYS, date.max.toordinal())),
            "urgencies": list(wanted.urgencies or ()),
            "who": wanted.who,
            "partnership": wanted.partnership,
            "scheme": wanted.scheme,
            "programme": wanted.programme,
        },
        key=("t.rank", "t.sorts_on", "t.kind", "t.thing"),
    )


async def counted(
    connection: Connection, wanted: Filter, sees: Collection[Area], *, day: date
) -> list[tuple[str, str, int]]:
    """How many entries of each kind and urgency match *wanted*, the most urgent first.

    Only those count that whoever *sees* these areas may read.
    """
    found = listing(wanted, sees, day=day)
    statement = sql(
        f"SELECT t.kind, {_URGENCY}, count(*) FROM {found.source.as_string(None)}"  # noqa: S608 - our own words
        f" {where(found.where).as_string(None)} GROUP BY t.kind, t.rank ORDER BY t.rank, t.kind"
    )
    return await lines_of(connection, tuple, statement, found.parameters)
