"""The read model of delays: the spans of each bid on both clocks, and delays that sources state.

A span is a stage of a bid, or a whole way such as submission to decision. ``projections.delays.clock`` times the spans
of a bid from its steps. This module stores them as at each day, timed from the steps that count by that day, and as
known at each position of the log. So nothing that counts from a later day is in an answer as at an earlier one.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import psycopg
from psycopg.sql import SQL, Identifier
from psycopg.types.json import Jsonb

from domain import award, bid, delivery, funding_round, organisation, partnership, programme
from domain.history import Recorded
from domain.values.fact import CORRECTIONS, DateCorrected, DelayReported, StatementReplaced
from domain.values.money import Money
from domain.values.waiting import WHOLES, Calendar, Days, Span
from domain.values.when import When
from projections.delays import clock
from projections.delays.clock import Clock, Standard, Step, Timed
from projections.tables.corrections import NOW, apart, position_of, supersede
from projections.tables.effect import ALWAYS, NEVER, counts_from, sorts_on
from projections.tables.kinds import by_kind, of_kinds
from projections.tables.rows import add, array, columns, runs, without_waiting

# --- Table ------------------------------------------------------------------------------------------------------------

NAME = "delays"
TABLES = (
    "bid_steps",
    "timed_awards",
    "award_funders",
    "timing_places",
    "timing_changes",
    "standards",
    "spans",
    "stated_delays",
    "money_marks",
)
DEFINITION = """
-- The steps of each bid that its clock counts. A step that begins or moves a bid names its partnership and round. Where
-- its date was corrected, a step has several rows: each is known from the position since until superseded.
CREATE TABLE bid_steps (
    bid_id text NOT NULL, position bigint NOT NULL, kind text NOT NULL, "on" text NOT NULL, number integer,
    partnership_id text, round_id text, since bigint NOT NULL, superseded bigint NOT NULL,
    PRIMARY KEY (bid_id, position, since)
);
CREATE INDEX timed_bids_of_partnership ON bid_steps (partnership_id) WHERE partnership_id IS NOT NULL;
CREATE TABLE timed_awards (id text PRIMARY KEY, bid_id text NOT NULL);
-- The funder that a register names for an award, and the bid of the award. The bid has that funder as at every day.
CREATE TABLE award_funders (award_id text PRIMARY KEY, bid_id text, funder_id text);
CREATE INDEX award_funders_of_bid ON award_funders (bid_id) WHERE bid_id IS NOT NULL;

-- Programmes, schemes, rounds, organisations and partnerships by code, and what each belongs to. first_kind is the kind
-- with which a partnership was formed. promised is the position at which a programme last set a service standard or its
-- calendar.
CREATE TABLE timing_places (
    id text PRIMARY KEY, sort text NOT NULL, code text NOT NULL, kind text, first_kind text,
    scheme_id text, programme_id text, funder_id text, promised bigint, UNIQUE (sort, code)
);
-- The calendars that a programme chose and the later kinds of a partnership, each with the day from which it counts.
CREATE TABLE timing_changes (position bigint PRIMARY KEY, id text NOT NULL, day date NOT NULL, value text NOT NULL);
CREATE INDEX timing_changes_of_place ON timing_changes (id, position);
CREATE TABLE standards (
    position bigint PRIMARY KEY, programme_id text NOT NULL, scheme_id text, span text NOT NULL,
    "limit" integer NOT NULL, days text NOT NULL, since date NOT NULL
);
CREATE INDEX standards_of_programme ON standards (programme_id, position);

-- Each row is known from position until superseded, and is the answer as at each day from seen_from to seen_to. The
-- numbers of days are null until the span has ended. breach_day is the first day past the standard of the span, met
-- whether a span that reached its end met it (null if nobody knows). any_breach_day, of a whole way only, is the first
-- day past any standard in the same attempt of its bid.
CREATE TABLE spans (
    bid_id text NOT NULL, attempt integer NOT NULL, nth integer NOT NULL, position bigint NOT NULL,
    superseded bigint NOT NULL DEFAULT 9223372036854775807,
    seen_from date NOT NULL DEFAULT '0001-01-01', seen_to date NOT NULL DEFAULT '9999-12-31',
    span text NOT NULL, owner text NOT NULL, outcome text,
    started text NOT NULL, started_first date, started_last date, sorts_on date NOT NULL,
    ended text, ended_first date, ended_last date, pauses jsonb NOT NULL,
    days_min integer, days_max integer, working_min integer, working_max integer,
    "limit" integer, days text, deadline date, breach_day date, met boolean, any_breach_day date,
    calendar text NOT NULL, partnership_id text NOT NULL, kind text NOT NULL, scheme_id text NOT NULL,
    programme_id text NOT NULL, round_id text, funder_id text,
    PRIMARY KEY (bid_id, attempt, nth, seen_from, position)
);
CREATE INDEX spans_of_bid_now ON spans (bid_id, attempt, nth, seen_from) WHERE superseded = 9223372036854775807;

-- Delays that sources state. They are never part of a statistic. Each is known from its position until superseded.
CREATE TABLE stated_delays (
    position bigint PRIMARY KEY, partnership_id text, scheme_id text, programme_id text, stage text NOT NULL,
    stated_length text, min_days integer, max_days integer, consequence text NOT NULL, cites text,
    counts_from date NOT NULL, superseded bigint NOT NULL
);

-- What was planned for the money of a partnership, and what was done with it: the rest of the way from bid to delivery.
-- plan is the stream of the delivery or award that the mark is of.
CREATE TABLE money_marks (
    position bigint NOT NULL, partnership_id text NOT NULL, award_id text, mark text NOT NULL,
    "on" text NOT NULL, until text, number integer, amount numeric, said text, plan text NOT NULL,
    since bigint NOT NULL, superseded bigint NOT NULL, PRIMARY KEY (position, since)
);
"""
INDEXES = """
CREATE INDEX spans_now ON spans (span, sorts_on, bid_id, attempt) WHERE superseded = 9223372036854775807;
CREATE INDEX spans_seen ON spans (span, seen_to, seen_from) WHERE superseded = 9223372036854775807;
CREATE INDEX spans_open ON spans (span, seen_to, seen_from) INCLUDE (any_breach_day)
    WHERE superseded = 9223372036854775807 AND ended IS NULL AND started_last IS NOT NULL
      AND outcome IS DISTINCT FROM 'stated';
CREATE INDEX spans_stopped ON spans (span, seen_to, seen_from)
    WHERE superseded = 9223372036854775807 AND ended IS NULL AND started_last IS NOT NULL
      AND outcome IS DISTINCT FROM 'stated' AND jsonb_path_exists(pauses, '$[last][1] ? (@ == null)');
CREATE INDEX stated_delays_of_partnership ON stated_delays (partnership_id, position);
CREATE INDEX money_marks_of_partnership ON money_marks (partnership_id, position);
"""

# --- Writer -----------------------------------------------------------------------------------------------------------


def write(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    """Process a page of the log."""
    for events, correction in apart(of_kinds(page, _TAKEN)):
        if correction is None:
            _write(cursor, events)
        elif isinstance(correction, DateCorrected):
            _correct(cursor, events[0], correction)
        else:
            _take_away(cursor, events[0], correction)


def _take_away(cursor: psycopg.Cursor[Any], recorded: Recorded, correction: StatementReplaced) -> None:
    """End what a source stated, and now states otherwise."""
    for table in ("stated_delays", "money_marks"):
        supersede(cursor, table, recorded, correction)
    cursor.execute(
        'UPDATE bid_steps SET superseded = %s WHERE position = %s AND superseded = %s RETURNING bid_id, "on"',
        (recorded.position, position_of(cursor, recorded.stream, correction.version), NOW),
    )
    _time_anew(cursor, recorded, [(bid_id, counts_from(When(on))) for bid_id, on in cursor.fetchall()])


def _time_anew(cursor: psycopg.Cursor[Any], recorded: Recorded, bids: Sequence[tuple[str, date]]) -> None:
    """Time each of the *bids* anew, as at its day and later."""
    if bids:
        timing = _Timing(cursor, [bid_id for bid_id, _ in bids])
        for bid_id, since in bids:
            timing.time_anew(bid_id, recorded.position, since)
        timing.keep()


def _correct(cursor: psycopg.Cursor[Any], recorded: Recorded, correction: DateCorrected) -> None:
    """Give a step its right date from this position on, and time its bid anew."""
    given = {
        "at": recorded.position,
        "of": position_of(cursor, recorded.stream, correction.version),
        "now": NOW,
        "on": correction.date.text,
    }
    cursor.execute(
        "WITH old AS (UPDATE money_marks SET superseded = %(at)s"
        " WHERE position = %(of)s AND superseded = %(now)s RETURNING *) INSERT INTO money_marks"
        " SELECT position, partnership_id, award_id, mark, %(on)s, until, number, amount, said, plan, %(at)s, %(now)s"
        " FROM old",
        given,
    )
    cursor.execute(
        "WITH old AS (UPDATE bid_steps SET superseded = %(at)s"
        " WHERE position = %(of)s AND superseded = %(now)s RETURNING *) INSERT INTO bid_steps"
        " SELECT bid_id, position, kind, %(on)s, number, partnership_id, round_id, %(at)s, %(now)s FROM old"
        " RETURNING bid_id",
        given,
    )
    bid_ids = [bid_id for (bid_id,) in cursor.fetchall()]
    if correction.step in _PROMISES:
        bid_ids = _promise_again(cursor, recorded, correction)
    since = min(counts_from(correction.was), counts_from(correction.date))
    _time_anew(cursor, recorded, [(bid_id, since) for bid_id in bid_ids])


def _promise_again(cursor: psycopg.Cursor[Any], recorded: Recorded, correction: DateCorrected) -> list[str]:
    """Let a standard or calendar of a programme count from another day. Returns the bids that it may concern."""
    at, day = position_of(cursor, recorded.stream, correction.version), counts_from(correction.date)
    cursor.execute("UPDATE standards SET since = %s WHERE position = %s", (day, at))
    cursor.execute("UPDATE timing_changes SET day = %s WHERE position = %s", (day, at))
    return _promised(cursor, recorded)


def _promised(cursor: psycopg.Cursor[Any], recorded: Recorded) -> list[str]:
    """The bids of a programme whose standards or calendar changed at this position."""
    cursor.execute("UPDATE timing_places SET promised = %s WHERE id = %s", (recorded.position, recorded.stream))
    cursor.execute(
        "SELECT DISTINCT bid_id FROM spans WHERE programme_id = %s AND superseded = %s ORDER BY bid_id",
        (recorded.stream, NOW),
    )
    return [bid_id for (bid_id,) in cursor.fetchall()]


def _write(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    for run in runs(page, CHANGES_PLACES):
        _change(cursor, run[0])
        _place(cursor, run)
        _time(cursor, run)
    marked = of_kinds(page, _MARKED)
    add(cursor, "money_marks", (row for one in marked for row in _MARKED[type(one.event)](one, one.event)))
    with without_waiting(cursor, page):
        for recorded in page:
            if isinstance(recorded.event, DelayReported):
                _state(cursor, recorded, recorded.event)


# These events change how bids are timed, all at once. Steps before them in the log are timed by the earlier state.
CHANGES_PLACES = (programme.ServiceStandardSet, programme.CalendarChosen, partnership.PartnershipReclassified)
_PROMISES = ("ServiceStandardSet", "CalendarChosen")


def _change(cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
    """Record a standard or calendar of a programme, or another kind of a partnership, and time its bids anew."""
    place, day = recorded.stream, counts_from(recorded.event.on)
    match recorded.event:
        case programme.ServiceStandardSet() as event:
            cursor.execute(
                "INSERT INTO standards VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (
                    recorded.position, place, event.scheme_id, event.span.value, event.limit, event.days.value, day,
                ),
            )  # fmt: skip
        case (
            programme.CalendarChosen(calendar=Calendar(value=str() as value))
            | partnership.PartnershipReclassified(kind=str() as value)
        ):
            cursor.execute("INSERT INTO timing_changes VALUES (%s, %s, %s, %s)", (recorded.position, place, day, value))
        case _:
            return
    if isinstance(recorded.event, partnership.PartnershipReclassified):
        cursor.execute("UPDATE timing_places SET kind = %s WHERE id = %s", (recorded.event.kind, place))
        cursor.execute("SELECT DISTINCT bid_id FROM bid_steps WHERE partnership_id = %s ORDER BY bid_id", (place,))
        bid_ids = [bid_id for (bid_id,) in cursor.fetchall()]
    else:
        bid_ids = _promised(cursor, recorded)
    timing = _Timing(cursor, bid_ids)
    for bid_id in bid_ids:
        timing.time(bid_id, recorded.position, day)
    timing.keep()


# The step that each event of a bid is for its clock.
OF_BIDS: dict[type[Any], str] = {
    bid.BidDrafted: "drafted",
    bid.BidSubmitted: "submitted",
    bid.BidResubmitted: "resubmitted",
    bid.BidStated: "stated",
    bid.BidRestated: "restated",
    bid.BidReassigned: "reassigned",
    bid.BidAcknowledged: "acknowledged",
    bid.ClarificationRequested: "asked",
    bid.ClarificationReceived: "answered",
    bid.EligibilityTested: "tested",
    bid.BidAssessed: "assessed",
    bid.BidApproved: "approved",
    bid.BidDeclined: "declined",
    bid.BidWithdrawn: "withdrawn",
    bid.DecisionNotified: "notified",
    bid.BidAwarded: "offered",
    bid.OfferLapsed: "lapsed",
}
# The step that each event of an award is for the clock of its bid.
OF_AWARDS: dict[type[Any], str] = {
    award.OfferAccepted: "accepted",
    award.PaymentReleased: "released",
    award.PaymentReversed: "reversed",
    award.AwardClosed: "ended",
    award.AwardTerminated: "ended",
    award.AwardReopened: "reopened",
}
STEPS = OF_BIDS | OF_AWARDS


def step_of(event: Any) -> Step | None:
    """The step that *event* is for the clock of its bid, if any. The reversal of an unreleased payment is none."""
    kind = STEPS.get(type(event))
    if kind is None or (isinstance(event, award.PaymentReversed) and event.was not in ("released", "settled")):
        return None
    return Step(kind, event.on, getattr(event, "number", None))


def _place(cursor: psycopg.Cursor[Any], happened: Sequence[Recorded]) -> None:
    """Store the code of each new thing and what it belongs to."""
    placed = of_kinds(happened, _PLACED)
    add(cursor, "timing_places", (_PLACED[type(one.event)](one.stream, one.event) for one in placed))
    offered = [(one.stream, one.event.bid_id) for one in happened if isinstance(one.event, award.AwardOffered)]
    add(cursor, "timed_awards", offered)


# Id, sort, code, kind, first kind, scheme, programme, funder, and the position of the last promise, at first empty.
Placed = tuple[str, str, str, str | None, str | None, str | None, str | None, str | None, None]


def _programme(stream: str, event: programme.ProgrammeEstablished) -> Placed:
    return stream, "programme", event.code, None, None, None, stream, event.funder_id, None


def _scheme(stream: str, event: programme.SchemeEstablished) -> Placed:
    return event.scheme_id, "scheme", event.code, event.kind, None, event.scheme_id, stream, event.funder_id, None


def _round(stream: str, event: funding_round.RoundOpened) -> Placed:
    return stream, "round", event.code, None, None, event.scheme_id, event.programme_id, None, None


def _organisation(stream: str, event: organisation.OrganisationRegistered) -> Placed:
    return stream, "organisation", event.code, event.kind, None, None, None, None, None


def _partnership(stream: str, event: partnership.PartnershipFormed) -> Placed:
    return stream, "partnership", event.code, event.kind, event.kind, event.scheme_id, event.programme_id, None, None


_PLACED = by_kind(_programme, _scheme, _round, _organisation, _partnership)


def _marks(
    recorded: Recorded,
    event: award.AwardOffered
    | award.InstalmentScheduled
    | award.InstalmentChanged
    | award.PaymentReleased
    | award.PaymentReversed
    | award.PeriodStated
    | delivery.PlanAgreed
    | delivery.DeliveryPeriodStated
    | delivery.PlanRedesigned
    | delivery.MilestoneReached,
) -> list[tuple[Any, ...]]:
    """The rows for what an event plans for the money, or does with it."""
    until: When | None = None
    number: int | None = None
    amount: Money | None = None
    text: str | None = None
    award_id: str | None = recorded.stream
    match event:
        case award.PaymentReleased():
            mark, number, amount = "released", event.number, event.amount
        case award.AwardOffered():
            mark, until, amount, text = "offered", event.until, event.amount, event.reference
        case award.InstalmentScheduled() | award.InstalmentChanged():
            mark, until, number, amount = "planned", event.due, event.number, event.amount
        case award.PaymentReversed(was="released" | "settled"):
            mark, number, amount = "reversed", event.number, event.amount
        case award.PeriodStated(sense="planned"):
            mark, until, number = "window", event.until, event.number
        case delivery.PlanAgreed():
            mark, until, text, award_id = "window", event.until, event.title, event.award_id
        case delivery.DeliveryPeriodStated():
            mark, until, text, award_id = "window", event.until, event.summary, None
        case delivery.PlanRedesigned(until=When()):
            mark, until, award_id = "redesigned", event.until, None
        case delivery.MilestoneReached():
            mark, text, award_id = "milestone", event.milestone, None
        case _:
            return []
    return [
        (
            recorded.position, event.partnership_id, award_id, mark, event.on.text, until.text if until else None,
            number, amount.amount if amount else None, text, recorded.stream, recorded.position, NOW,
        )
    ]  # fmt: skip


_MARKED = by_kind(_marks)
# The events that say who funds an award, or for which bid it is.
_FUNDED = (award.AwardStated, award.ParticularsStated, award.AwardReassigned)
_TAKEN = frozenset(
    (*STEPS, *_PLACED, award.AwardOffered, *_MARKED, *_FUNDED, *CHANGES_PLACES, *CORRECTIONS, DelayReported)
)


def _state(cursor: psycopg.Cursor[Any], recorded: Recorded, event: DelayReported) -> None:
    cursor.execute(
        "INSERT INTO stated_delays SELECT %(position)s, %(partnership)s, %(scheme)s,"
        " (SELECT programme_id FROM timing_places WHERE id = coalesce(%(scheme)s, %(stream)s)),"
        " %(stage)s, %(length)s, %(min)s, %(max)s, %(consequence)s, %(cites)s, %(day)s, %(now)s",
        {
            "position": recorded.position,
            "partnership": event.partnership_id,
            "scheme": event.scheme_id,
            "stream": recorded.stream,
            "stage": event.stage,
            "length": event.stated_length,
            "min": event.min_days,
            "max": event.max_days,
            "consequence": event.consequence,
            "day": counts_from(event.on),
            "cites": event.source.cites if event.source else None,
            "now": NOW,
        },
    )


# The columns of a span that are compared and stored, in the order of the table.
_KEPT = (
    "span", "owner", "outcome", "started", "started_first", "started_last", "sorts_on", "ended", "ended_first",
    "ended_last", "pauses", "days_min", "days_max", "working_min", "working_max", "limit", "days", "deadline",
    "breach_day", "met", "any_breach_day", "calendar", "partnership_id", "kind", "scheme_id",
    "programme_id", "round_id", "funder_id",
)  # fmt: skip


_ANY_BREACH, _PAUSES = _KEPT.index("any_breach_day"), _KEPT.index("pauses")
_SELECT = SQL(
    "SELECT bid_id, attempt, nth, seen_from, seen_to, {} FROM spans WHERE bid_id = ANY (%s::text[]) AND superseded = %s"
    " ORDER BY seen_from"
).format(SQL(", ").join(Identifier(name) for name in _KEPT))
_SUPERSEDE = """
    UPDATE spans s SET superseded = g.position
      FROM unnest(%s::text[], %s::integer[], %s::integer[], %s::date[], %s::bigint[])
           AS g (bid_id, attempt, nth, seen_from, position)
     WHERE s.bid_id = g.bid_id AND s.attempt = g.attempt AND s.nth = g.nth AND s.seen_from = g.seen_from
       AND s.superseded = 9223372036854775807"""
Kept = tuple[Any, ...]
# A span by its attempt and its number within the bid.
Key = tuple[int, int]


class Place(NamedTuple):
    """What a bid belongs to, and the calendar of bank holidays that counts for it."""

    partnership_id: str
    round_id: str | None
    kind: str
    scheme_id: str
    programme_id: str
    funder_id: str | None
    calendar: Calendar


class Taken(NamedTuple):
    """A step of a bid and the day from which it counts. One that begins or moves the bid names what it belongs to."""

    day: date
    step: Step
    partnership_id: str | None
    round_id: str | None


class Seen(NamedTuple):
    """The values stored of a span, which are the answer as at each day from *since* to *until*."""

    since: date
    until: date
    kept: Kept


def _taken(event: Any, step: Step) -> Taken:
    belongs = getattr(event, "partnership_id", None) if type(event) in _BELONGS else None
    return Taken(counts_from(step.on), step, belongs, getattr(event, "round_id", None))


# These steps name the partnership of the bid. Those that begin it name its round too, or none.
_BEGINS = frozenset(("drafted", "submitted", "resubmitted", "stated"))
_BELONGS = (bid.BidDrafted, bid.BidSubmitted, bid.BidResubmitted, bid.BidStated, bid.BidReassigned)


# What the clock of a bid takes from an event: a step, or the funder that the bid has from then on.
Change = Taken | str


def _time(cursor: psycopg.Cursor[Any], run: Sequence[Recorded]) -> None:
    """Apply the steps and funders of bids, and store their spans after each."""
    given, funded = _funders_in(cursor, run)
    changes = sorted([*_steps_in(cursor, run), *given], key=lambda change: change[1])
    if changes:
        _apply(cursor, changes)
    # Only now: until here the table has the funders from before the run.
    _keep_funders(cursor, funded)


def _apply(cursor: psycopg.Cursor[Any], changes: Sequence[tuple[str, int, Change]]) -> None:
    steps = [(bid_id, position, change) for bid_id, position, change in changes if isinstance(change, Taken)]
    partnership_ids = {taken.partnership_id for _, _, taken in steps if taken.partnership_id is not None}
    timing = _Timing(cursor, sorted({bid_id for bid_id, _, _ in changes}), partnership_ids)
    for bid_id, position, change in changes:
        if isinstance(change, Taken):
            timing.take(bid_id, change)
            timing.time(bid_id, position, change.day)
        else:
            timing.fund(bid_id, change)
            timing.time(bid_id, position, ALWAYS)
    timing.keep()
    add(
        cursor,
        "bid_steps",
        (
            (
                bid_id, position, taken.step.kind, taken.step.on.text, taken.step.number,
                taken.partnership_id, taken.round_id, position, NOW,
            )
            for bid_id, position, taken in steps
        ),
    )  # fmt: skip


def _steps_in(cursor: psycopg.Cursor[Any], run: Sequence[Recorded]) -> list[tuple[str, int, Change]]:
    """The steps in *run*, each with its bid and position."""
    happened = [(recorded, step) for recorded in run if (step := step_of(recorded.event)) is not None]
    if not happened:
        return []
    awards = {recorded.stream for recorded, _ in happened if type(recorded.event) in OF_AWARDS}
    cursor.execute("SELECT id, bid_id FROM timed_awards WHERE id = ANY (%s::text[])", (array(sorted(awards)),))
    bid_of = dict(cursor.fetchall())
    return [
        # An award that only a source states has no bid whose clock could run.
        (bid_id, recorded.position, _taken(recorded.event, step))
        for recorded, step in happened
        if (bid_id := bid_of.get(recorded.stream) if recorded.stream in awards else recorded.stream) is not None
    ]


# The bid and the funder of awards, by award.
Funded = dict[str, tuple[str | None, str | None]]


def _funders_in(cursor: psycopg.Cursor[Any], run: Sequence[Recorded]) -> tuple[list[tuple[str, int, Change]], Funded]:
    """The funders in *run* that registers name, each with its bid and position; and those of the awards after it."""
    named = of_kinds(run, _FUNDED)
    if not named:
        return [], {}
    award_ids = array(sorted({recorded.stream for recorded in named}))
    cursor.execute("SELECT * FROM award_funders WHERE award_id = ANY (%s::text[])", (award_ids,))
    known: Funded = {one: (of, funder) for one, of, funder in cursor.fetchall()}
    found: list[tuple[str, int, Change]] = []
    for recorded in named:
        before = known.get(recorded.stream, (None, None))
        bid_id = getattr(recorded.event, "bid_id", None) or before[0]
        funder_id = getattr(recorded.event, "funder_id", None) or before[1]
        known[recorded.stream] = bid_id, funder_id
        if bid_id is not None and funder_id is not None and (bid_id, funder_id) != before:
            found.append((bid_id, recorded.position, funder_id))
    return found, known


def _keep_funders(cursor: psycopg.Cursor[Any], funded: Funded) -> None:
    if funded:
        cursor.execute(
            "INSERT INTO award_funders SELECT * FROM unnest(%s::text[], %s::text[], %s::text[])"
            " ON CONFLICT (award_id) DO UPDATE SET bid_id = excluded.bid_id, funder_id = excluded.funder_id",
            columns((award_id, *funded[award_id]) for award_id in sorted(funded)),
        )


class _Timing:
    """The spans of some bids: changed in memory, written at the end. A changed span supersedes the earlier one.

    A bid has a clock for each day from which a step counts: the steps up to that day, in the order of the log.
    """

    def __init__(
        self, cursor: psycopg.Cursor[Any], bid_ids: Sequence[str], partnership_ids: Iterable[str] = ()
    ) -> None:
        self._cursor = cursor
        self._clocks: dict[str, dict[date, Clock]] = {bid_id: {} for bid_id in bid_ids}
        self._taken: dict[str, list[Taken]] = {bid_id: [] for bid_id in bid_ids}
        self._now = _seen_before(cursor, bid_ids)
        self._funders = _funders(cursor, bid_ids)
        self._memo: dict[tuple[str, Place], Memo] = {}
        self._new: dict[tuple[str, Key, date], tuple[int, Seen]] = {}
        self._rows: list[tuple[Any, ...]] = []
        self._superseded: list[tuple[str, int, int, date, int]] = []
        steps = _steps(cursor, bid_ids)
        belonged = {taken.partnership_id for _, taken in steps if taken.partnership_id is not None}
        self._places = _places(cursor, belonged.union(partnership_ids))
        programme_ids = {place.programme_id for place in self._places.values()}
        self._standards = _standards(cursor, programme_ids)
        self._changes = _changes(cursor, programme_ids.union(self._places))
        for bid_id, taken in steps:
            self.take(bid_id, taken)

    def take(self, bid_id: str, taken: Taken) -> None:
        """Apply one more step to a bid."""
        self._taken[bid_id].append(taken)
        clocks = self._clocks[bid_id]
        self._begin(clocks, taken.day)
        if taken.partnership_id is not None:
            place = self._places[taken.partnership_id]
            for place_id in (taken.partnership_id, place.programme_id):
                for day, _ in self._changes.get(place_id, ()):
                    self._begin(clocks, day)
        for day in clocks:
            if day < taken.day:
                continue
            if clocks[day].revised_by(taken.step):
                clocks[day] = Clock.of([one.step for one in self._taken[bid_id] if one.day <= day])
            else:
                clocks[day].take(taken.step)

    def fund(self, bid_id: str, funder_id: str) -> None:
        """Give a bid the funder of its award. The register does not say since when, so it counts for every day."""
        self._funders[bid_id] = funder_id

    @staticmethod
    def _begin(clocks: dict[date, Clock], day: date) -> None:
        """Give *day* a clock of its own, which begins as that of the day before it."""
        if day not in clocks:
            before = max((other for other in clocks if other < day), default=None)
            clocks[day] = clocks[before].copy() if before is not None else Clock()

    def time_anew(self, bid_id: str, position: int, since: date) -> None:
        """Time the spans of a bid as at *since* and later, even if no step counts from that day any more."""
        self._begin(self._clocks[bid_id], since)
        self.time(bid_id, position, since)

    def time(self, bid_id: str, position: int, since: date) -> None:
        """Time the spans of a bid as at *since* and later, after the step or the change at *position*."""
        found = [(day, self._timings(bid_id, day)) for day in sorted(self._clocks[bid_id]) if day >= since]
        now = self._now[bid_id]
        for key in {*now, *(key for _, kept in found for key in kept)}:
            before = now.get(key, [])
            after = seen_after(before, since, [(day, kept.get(key)) for day, kept in found])
            now[key] = after
            for seen in before:
                if seen not in after:
                    self._supersede(bid_id, key, seen.since, position)
            for seen in after:
                if seen not in before:
                    self._new[bid_id, key, seen.since] = (position, seen)

    def _timings(self, bid_id: str, day: date) -> dict[Key, Kept]:
        """The spans of a bid as at a day; none if it has not begun by then."""
        place = self._place(bid_id, day)
        if place is None:
            return {}
        standards, memo = self._standards.get(place.programme_id, []), self._memo.setdefault((bid_id, place), {})
        timed = self._clocks[bid_id][day].timed()
        return {(one.attempt, one.nth): kept for one, kept in timings(timed, place, standards, memo)}

    def _place(self, bid_id: str, day: date) -> Place | None:
        by_then = [taken for taken in self._taken[bid_id] if taken.day <= day]
        place = next((self._places[one.partnership_id] for one in reversed(by_then) if one.partnership_id), None)
        if place is None:
            return None
        round_id = next((one.round_id for one in reversed(by_then) if one.step.kind in _BEGINS), None)
        kind, calendar = (
            next((value for since, value in reversed(self._changes.get(place_id, ())) if since <= day), None)
            for place_id in (place.partnership_id, place.programme_id)
        )
        return place._replace(
            round_id=round_id,
            kind=kind or place.kind,
            funder_id=self._funders.get(bid_id, place.funder_id),
            calendar=Calendar(calendar) if calendar else place.calendar,
        )

    def _supersede(self, bid_id: str, key: Key, since: date, position: int) -> None:
        if (bid_id, key, since) in self._new:
            begun, seen = self._new.pop((bid_id, key, since))
            self._rows.append(_row(bid_id, key, begun, position, seen))
        else:
            self._superseded.append((bid_id, *key, since, position))

    def keep(self) -> None:
        """Write the changes to the table."""
        if self._superseded:
            self._cursor.execute(_SUPERSEDE, columns(self._superseded))
        new = (_row(bid_id, key, begun, NOW, seen) for (bid_id, key, _), (begun, seen) in self._new.items())
        add(self._cursor, "spans", [*self._rows, *new])


def _row(bid_id: str, key: Key, begun: int, superseded: int, seen: Seen) -> tuple[Any, ...]:
    return (bid_id, *key, begun, superseded, seen.since, seen.until, *_adapted(seen.kept))


def seen_after(before: Sequence[Seen], since: date, found: Iterable[tuple[date, Kept | None]]) -> list[Seen]:
    """What is seen of a span, if from *since* on the values *found* are, each from its day on."""
    after = [seen for seen in before if seen.until < since]
    going = next(((seen.since, seen.kept) for seen in before if seen.since < since <= seen.until), None)
    for day, kept in found:
        if going is not None and going[1] == kept:
            continue
        if going is not None:
            after.append(Seen(going[0], day - timedelta(days=1), going[1]))
        going = (day, kept) if kept is not None else None
    if going is not None:
        after.append(Seen(going[0], NEVER, going[1]))
    return after


class Held(NamedTuple):
    """A span, the first day past its own standard, and the values stored of it."""

    timed: Timed
    breach: date | None
    kept: Kept


# The spans of one bid, by their number within the bid.
Memo = dict[int, Held]


def timings(
    spans: Sequence[Timed], place: Place, standards: Sequence[Standard], memo: Memo | None = None
) -> list[tuple[Timed, Kept]]:
    """Each of *spans* with the values stored of it. *memo* caches them for one bid, place and set of standards."""
    memo = {} if memo is None else memo
    held = []
    for timed in spans:
        known = memo.get(timed.nth)
        if known is None or known.timed != timed:
            known = memo[timed.nth] = _held(timed, place, standards)
        held.append(known)
    return [(one.timed, _with_first_breach(one, held) if one.timed.span in WHOLES else one.kept) for one in held]


def _with_first_breach(whole: Held, held: Sequence[Held]) -> Kept:
    """The values stored of a whole way, with the first day past any standard of its attempt."""
    days = [one.breach for one in held if one.timed.attempt == whole.timed.attempt and one.breach is not None]
    return (*whole.kept[:_ANY_BREACH], min(days, default=None), *whole.kept[_ANY_BREACH + 1 :])


def _held(timed: Timed, place: Place, standards: Sequence[Standard]) -> Held:
    standard = clock.standard_for(timed, place.scheme_id, standards)
    due = clock.deadline(timed, standard, place.calendar) if standard else None
    breach = clock.breach_day(timed, due)
    return Held(timed, breach, _kept(timed, place, standard, due, breach))


def _kept(
    timed: Timed, place: Place, standard: Standard | None, due: date | None, breach: date | None
) -> tuple[Any, ...]:
    start = clock.bounds(timed.started)
    end = clock.bounds(timed.ended) if timed.ended is not None else None
    took = clock.measure(timed, end.last, place.calendar) if end is not None else None
    return (
        timed.span.value,
        timed.owner.value,
        timed.outcome,
        timed.started.text,
        start.first if start else None,
        start.last if start else None,
        sorts_on(timed.started),
        timed.ended.text if timed.ended is not None else None,
        end.first if end else None,
        end.last if end else None,
        [[pause.start.text, pause.end.text if pause.end is not None else None] for pause in timed.pauses],
        took.days.min if took else None,
        took.days.max if took else None,
        took.working.min if took else None,
        took.working.max if took else None,
        standard.limit if standard else None,
        standard.days.value if standard else None,
        due,
        breach,
        clock.met(timed, took, standard, breach),
        None,
        place.calendar.value,
        place.partnership_id,
        place.kind,
        place.scheme_id,
        place.programme_id,
        place.round_id,
        place.funder_id,
    )


def _adapted(kept: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*kept[:_PAUSES], Jsonb(kept[_PAUSES]), *kept[_PAUSES + 1 :])


def _places(cursor: psycopg.Cursor[Any], partnership_ids: Iterable[str]) -> dict[str, Place]:
    """The place of each partnership before any change. Its bids have their own round."""
    cursor.execute(
        "SELECT p.id, p.first_kind, p.scheme_id, p.programme_id, coalesce(s.funder_id, g.funder_id)"
        " FROM timing_places p LEFT JOIN timing_places s ON s.id = p.scheme_id"
        " LEFT JOIN timing_places g ON g.id = p.programme_id WHERE p.id = ANY (%s::text[])",
        (array(sorted(partnership_ids)),),
    )
    return {
        partnership_id: Place(
            partnership_id=partnership_id,
            round_id=None,
            kind=kind,
            scheme_id=scheme_id,
            programme_id=programme_id,
            funder_id=funder_id,
            calendar=Calendar.ENGLAND_AND_WALES,
        )
        for partnership_id, kind, scheme_id, programme_id, funder_id in cursor.fetchall()
    }


def _changes(cursor: psycopg.Cursor[Any], place_ids: Iterable[str]) -> dict[str, list[tuple[date, str]]]:
    """The later calendars and kinds of each place, in the order of the log, each with the day from which it counts."""
    cursor.execute(
        "SELECT id, day, value FROM timing_changes WHERE id = ANY (%s::text[]) ORDER BY position",
        (array(sorted(place_ids)),),
    )
    found: dict[str, list[tuple[date, str]]] = {}
    for place_id, day, value in cursor.fetchall():
        found.setdefault(place_id, []).append((day, value))
    return found


def _steps(cursor: psycopg.Cursor[Any], bid_ids: Sequence[str]) -> list[tuple[str, Taken]]:
    # Bid by bid, to use the index: while the table is small, the planner would rather scan all of it.
    cursor.execute(
        "SELECT b.bid_id, s.* FROM unnest(%s::text[]) b (bid_id) CROSS JOIN LATERAL ("
        'SELECT kind, "on", number, partnership_id, round_id FROM bid_steps s'
        " WHERE s.bid_id = b.bid_id AND s.superseded = %s ORDER BY s.position) s",
        (array(bid_ids), NOW),
    )
    found = []
    for bid_id, kind, on, number, partnership_id, round_id in cursor.fetchall():
        step = Step(kind, When(on), number)
        found.append((bid_id, Taken(counts_from(step.on), step, partnership_id, round_id)))
    return found


def _funders(cursor: psycopg.Cursor[Any], bid_ids: Sequence[str]) -> dict[str, str]:
    """The funder of each bid, where a register names one for its award."""
    cursor.execute(
        "SELECT bid_id, funder_id FROM award_funders WHERE bid_id = ANY (%s::text[]) AND funder_id IS NOT NULL",
        (array(bid_ids),),
    )
    return dict(cursor.fetchall())


def _standards(cursor: psycopg.Cursor[Any], programme_ids: set[str]) -> dict[str, list[Standard]]:
    cursor.execute(
        'SELECT programme_id, scheme_id, span, "limit", days, since FROM standards'
        " WHERE programme_id = ANY (%s::text[]) ORDER BY position",
        (array(sorted(programme_ids)),),
    )
    found: dict[str, list[Standard]] = {}
    for programme_id, scheme_id, span, limit, days, since in cursor.fetchall():
        found.setdefault(programme_id, []).append(Standard(scheme_id, Span(span), limit, Days(days), since))
    return found


def _seen_before(cursor: psycopg.Cursor[Any], bid_ids: Sequence[str]) -> dict[str, dict[Key, list[Seen]]]:
    cursor.execute(_SELECT, (array(bid_ids), NOW))
    found: dict[str, dict[Key, list[Seen]]] = {bid_id: {} for bid_id in bid_ids}
    for bid_id, attempt, nth, since, until, *kept in cursor.fetchall():
        found[bid_id].setdefault((attempt, nth), []).append(Seen(since, until, tuple(kept)))
    return found
