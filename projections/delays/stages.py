"""The read model of delays: the spans of each bid, as known at each position of the log, and delays that sources state.

A span is a stage of a bid, or a whole way such as submission to decision. ``projections.delays.clock`` times the spans;
this module stores them, one row for each span.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import psycopg
from psycopg.sql import SQL, Identifier
from psycopg.types.json import Jsonb

from domain import award, bid, delivery, funding_round, organisation, partnership, programme
from domain.history import Recorded
from domain.values.fact import DateCorrected, DelayReported
from domain.values.money import Money
from domain.values.waiting import WHOLES, Calendar, Days, Span
from domain.values.when import When
from projections.delays import clock
from projections.delays.clock import Clock, Standard, Step, Timed
from projections.tables.corrections import NOW, apart, position_of
from projections.tables.effect import counts_from, sorts_on
from projections.tables.kinds import by_kind, of_kinds
from projections.tables.rows import add, array, columns, runs, without_waiting

# --- Table ------------------------------------------------------------------------------------------------------------

NAME = "delays"
TABLES = (
    "bid_steps",
    "timed_bids",
    "timed_awards",
    "timing_places",
    "standards",
    "spans",
    "stated_delays",
    "money_marks",
)
DEFINITION = """
-- The steps of each bid that its clock counts. Where its date was corrected, a step has several rows: each is known
-- from the position since until superseded.
CREATE TABLE bid_steps (
    bid_id text NOT NULL, position bigint NOT NULL, kind text NOT NULL, "on" text NOT NULL, number integer,
    since bigint NOT NULL, superseded bigint NOT NULL, PRIMARY KEY (bid_id, position, since)
);
CREATE TABLE timed_bids (
    id text PRIMARY KEY, partnership_id text NOT NULL, round_id text
);
CREATE TABLE timed_awards (id text PRIMARY KEY, bid_id text NOT NULL);

-- Programmes, schemes, rounds, organisations and partnerships by code, and what each belongs to. promised is the
-- position at which a programme last set a service standard or its calendar.
CREATE TABLE timing_places (
    id text PRIMARY KEY, sort text NOT NULL, code text NOT NULL, kind text, calendar text,
    scheme_id text, programme_id text, funder_id text, promised bigint, UNIQUE (sort, code)
);
CREATE TABLE standards (
    position bigint PRIMARY KEY, programme_id text NOT NULL, scheme_id text, span text NOT NULL,
    "limit" integer NOT NULL, days text NOT NULL, since date NOT NULL
);
CREATE INDEX standards_of_programme ON standards (programme_id, position);

-- Each row is known from position until superseded. The numbers of days are null until the span has ended. breach_day
-- is the first day past the standard; for a whole way, the first of any standard in the same attempt of its bid.
CREATE TABLE spans (
    bid_id text NOT NULL, attempt integer NOT NULL, nth integer NOT NULL, position bigint NOT NULL,
    superseded bigint NOT NULL DEFAULT 9223372036854775807,
    span text NOT NULL, owner text NOT NULL, outcome text,
    started text NOT NULL, started_first date, started_last date, sorts_on date NOT NULL,
    ended text, ended_first date, ended_last date, pauses jsonb NOT NULL,
    days_min integer, days_max integer, working_min integer, working_max integer,
    "limit" integer, days text, deadline date, breach_day date, calendar text NOT NULL,
    partnership_id text NOT NULL, kind text NOT NULL, scheme_id text NOT NULL, programme_id text NOT NULL,
    round_id text, funder_id text,
    PRIMARY KEY (bid_id, attempt, nth, position)
);
CREATE INDEX spans_of_bid_now ON spans (bid_id, attempt, nth) WHERE superseded = 9223372036854775807;

-- Delays that sources state. They are never part of a statistic.
CREATE TABLE stated_delays (
    position bigint PRIMARY KEY, partnership_id text, scheme_id text, programme_id text, stage text NOT NULL,
    stated_length text, min_days integer, max_days integer, consequence text NOT NULL, cites text
);

-- What was planned for the money of a partnership, and what was done with it: the rest of the way from bid to delivery.
CREATE TABLE money_marks (
    position bigint NOT NULL, partnership_id text NOT NULL, award_id text, mark text NOT NULL,
    "on" text NOT NULL, until text, number integer, amount numeric, said text,
    since bigint NOT NULL, superseded bigint NOT NULL, PRIMARY KEY (position, since)
);
"""
INDEXES = """
CREATE INDEX spans_now ON spans (span, sorts_on, bid_id, attempt) WHERE superseded = 9223372036854775807;
CREATE INDEX stated_delays_of_partnership ON stated_delays (partnership_id, position);
CREATE INDEX money_marks_of_partnership ON money_marks (partnership_id, position);
"""

# --- Writer -----------------------------------------------------------------------------------------------------------


def write(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    """Process a page of the log."""
    for events, correction in apart(of_kinds(page, _TAKEN)):
        if correction is None:
            _write(cursor, events)
        else:
            _correct(cursor, events[0], correction)


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
        " SELECT position, partnership_id, award_id, mark, %(on)s, until, number, amount, said, %(at)s, %(now)s"
        " FROM old",
        given,
    )
    cursor.execute(
        "WITH old AS (UPDATE bid_steps SET superseded = %(at)s"
        " WHERE position = %(of)s AND superseded = %(now)s RETURNING *) INSERT INTO bid_steps"
        " SELECT bid_id, position, kind, %(on)s, number, %(at)s, %(now)s FROM old RETURNING bid_id",
        given,
    )
    bid_ids = [bid_id for (bid_id,) in cursor.fetchall()]
    if bid_ids:
        timing = _Timing(cursor, bid_ids)
        timing.time(bid_ids[0], recorded.position)
        timing.keep()


def _write(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    for run in runs(page, CHANGES_PLACES):
        _move(cursor, run[0])
        _promise(cursor, run[0])
        _place(cursor, run)
        _time(cursor, [(recorded, step) for recorded in run if (step := step_of(recorded.event)) is not None])
    marked = of_kinds(page, _MARKED)
    add(cursor, "money_marks", (row for one in marked for row in _MARKED[type(one.event)](one, one.event)))
    with without_waiting(cursor, page):
        for recorded in page:
            if isinstance(recorded.event, DelayReported):
                _state(cursor, recorded, recorded.event)


# These events change what a bid belongs to or how it is timed. Steps before them are timed by the earlier state.
CHANGES_PLACES = (
    programme.ServiceStandardSet,
    programme.CalendarChosen,
    partnership.PartnershipReclassified,
    bid.BidResubmitted,
    bid.BidReassigned,
)


def _move(cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
    """Record that a bid or partnership now belongs to something else."""
    match recorded.event:
        case partnership.PartnershipReclassified(kind=str() as kind):
            cursor.execute("UPDATE timing_places SET kind = %s WHERE id = %s", (kind, recorded.stream))
        case bid.BidReassigned() as event:
            cursor.execute(
                "UPDATE timed_bids SET partnership_id = %s WHERE id = %s", (event.partnership_id, recorded.stream)
            )


def _promise(cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
    """Record a standard or calendar of a programme and time its bids anew, for either may be recorded late."""
    match recorded.event:
        case programme.ServiceStandardSet() as event:
            cursor.execute(
                "INSERT INTO standards VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (
                    recorded.position, recorded.stream, event.scheme_id, event.span.value, event.limit,
                    event.days.value, counts_from(event.on),
                ),
            )  # fmt: skip
        case programme.CalendarChosen() as event:
            cursor.execute(
                "UPDATE timing_places SET calendar = %s WHERE id = %s", (event.calendar.value, recorded.stream)
            )
        case _:
            return
    cursor.execute("UPDATE timing_places SET promised = %s WHERE id = %s", (recorded.position, recorded.stream))
    cursor.execute(
        "SELECT DISTINCT bid_id FROM spans WHERE programme_id = %s AND superseded = %s ORDER BY bid_id",
        (recorded.stream, NOW),
    )
    timing = _Timing(cursor, [row[0] for row in cursor.fetchall()])
    for bid_id in timing.places:
        timing.time(bid_id, recorded.position)
    timing.keep()


# The step that each event is for the clock of its bid.
STEPS: dict[type[Any], str] = {
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
    award.OfferAccepted: "accepted",
    award.PaymentReleased: "released",
    award.PaymentReversed: "reversed",
    award.AwardClosed: "ended",
    award.AwardTerminated: "ended",
    award.AwardReopened: "reopened",
}


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
    begun: dict[str, tuple[str, str, str | None]] = {}
    for recorded in of_kinds(happened, _BEGUN):
        bid_id, partnership_id, round_id = _BEGUN[type(recorded.event)](recorded.stream, recorded.event)
        # A drafted bid already has its partnership; its submission sets the round.
        begun[bid_id] = (bid_id, begun[bid_id][1] if bid_id in begun else partnership_id, round_id)
    if begun:
        cursor.execute(
            "INSERT INTO timed_bids SELECT * FROM unnest(%s::text[], %s::text[], %s::text[])"
            " ON CONFLICT (id) DO UPDATE SET round_id = excluded.round_id",
            columns(begun.values()),
        )
    offered = [(one.stream, one.event.bid_id) for one in happened if isinstance(one.event, award.AwardOffered)]
    add(cursor, "timed_awards", offered)


# Id, sort, code, kind, calendar, scheme, programme, funder, and the position of the last promise, at first empty.
Placed = tuple[str, str, str, str | None, None, str | None, str | None, str | None, None]


def _programme(stream: str, event: programme.ProgrammeEstablished) -> Placed:
    return stream, "programme", event.code, None, None, None, stream, event.funder_id, None


def _scheme(stream: str, event: programme.SchemeEstablished) -> Placed:
    return event.scheme_id, "scheme", event.code, event.kind, None, event.scheme_id, stream, event.funder_id, None


def _round(stream: str, event: funding_round.RoundOpened) -> Placed:
    return stream, "round", event.code, None, None, event.scheme_id, event.programme_id, None, None


def _organisation(stream: str, event: organisation.OrganisationRegistered) -> Placed:
    return stream, "organisation", event.code, event.kind, None, None, None, None, None


def _partnership(stream: str, event: partnership.PartnershipFormed) -> Placed:
    return stream, "partnership", event.code, event.kind, None, event.scheme_id, event.programme_id, None, None


def _begun(stream: str, event: bid.BidDrafted | bid.BidSubmitted | bid.BidResubmitted) -> tuple[str, str, str | None]:
    return stream, event.partnership_id, getattr(event, "round_id", None)


def _stated(stream: str, event: bid.BidStated) -> tuple[str, str, str | None]:
    return stream, event.partnership_id, None


_PLACED = by_kind(_programme, _scheme, _round, _organisation, _partnership)
_BEGUN = by_kind(_begun, _stated)


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
        case delivery.MilestoneReached():
            mark, text, award_id = "milestone", event.milestone, None
        case _:
            return []
    return [
        (
            recorded.position, event.partnership_id, award_id, mark, event.on.text, until.text if until else None,
            number, amount.amount if amount else None, text, recorded.position, NOW,
        )
    ]  # fmt: skip


_MARKED = by_kind(_marks)
_TAKEN = frozenset((*STEPS, *_PLACED, *_BEGUN, *_MARKED, *CHANGES_PLACES, DateCorrected, DelayReported))


def _state(cursor: psycopg.Cursor[Any], recorded: Recorded, event: DelayReported) -> None:
    cursor.execute(
        "INSERT INTO stated_delays SELECT %(position)s, %(partnership)s, %(scheme)s,"
        " (SELECT programme_id FROM timing_places WHERE id = coalesce(%(scheme)s, %(stream)s)),"
        " %(stage)s, %(length)s, %(min)s, %(max)s, %(consequence)s, %(cites)s",
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
            "cites": event.source.cites if event.source else None,
        },
    )


# The columns of a span that are compared and stored, in the order of the table.
_KEPT = (
    "span", "owner", "outcome", "started", "started_first", "started_last", "sorts_on", "ended", "ended_first",
    "ended_last", "pauses", "days_min", "days_max", "working_min", "working_max", "limit", "days", "deadline",
    "breach_day", "calendar", "partnership_id", "kind", "scheme_id", "programme_id", "round_id", "funder_id",
)  # fmt: skip


_BREACH, _PAUSES = _KEPT.index("breach_day"), _KEPT.index("pauses")
_SELECT = SQL("SELECT bid_id, attempt, nth, {} FROM spans WHERE bid_id = ANY (%s::text[]) AND superseded = %s").format(
    SQL(", ").join(Identifier(name) for name in _KEPT)
)
_SUPERSEDE = """
    UPDATE spans s SET superseded = g.position
      FROM unnest(%s::text[], %s::integer[], %s::integer[], %s::bigint[]) AS g (bid_id, attempt, nth, position)
     WHERE s.bid_id = g.bid_id AND s.attempt = g.attempt AND s.nth = g.nth AND s.superseded = 9223372036854775807"""
Key = tuple[str, int, int]
Kept = tuple[Any, ...]


def _time(cursor: psycopg.Cursor[Any], happened: Sequence[tuple[Recorded, Step]]) -> None:
    """Apply the steps of bids, and store their spans after each step."""
    if not happened:
        return
    streams = sorted({recorded.stream for recorded, _ in happened})
    cursor.execute(
        "SELECT id, id FROM timed_bids WHERE id = ANY (%(ids)s::text[])"
        " UNION ALL SELECT id, bid_id FROM timed_awards WHERE id = ANY (%(ids)s::text[])",
        {"ids": array(streams)},
    )
    bid_of = dict(cursor.fetchall())
    # An award that only a source states has no bid whose clock could run.
    of_bids = [(bid_of[recorded.stream], recorded, step) for recorded, step in happened if recorded.stream in bid_of]
    timing = _Timing(cursor, sorted({bid_id for bid_id, _, _ in of_bids}))
    for bid_id, recorded, step in of_bids:
        timing.take(bid_id, step)
        timing.time(bid_id, recorded.position)
    timing.keep()
    add(
        cursor,
        "bid_steps",
        (
            (bid_id, recorded.position, step.kind, step.on.text, step.number, recorded.position, NOW)
            for bid_id, recorded, step in of_bids
        ),
    )


class _Timing:
    """The spans of some bids: changed in memory, written at the end. A changed span supersedes the earlier one."""

    def __init__(self, cursor: psycopg.Cursor[Any], bid_ids: Sequence[str]) -> None:
        self._cursor = cursor
        self.places = _places(cursor, bid_ids)
        self.steps = _steps(cursor, bid_ids)
        self._standards = _standards(cursor, {place.programme_id for place in self.places.values()})
        self._now: dict[str, dict[Key, Kept]] = _kept_before(cursor, bid_ids)
        self._clocks = {bid_id: Clock.of(steps) for bid_id, steps in self.steps.items()}
        self._timed: dict[str, list[Timed]] = {}
        self._memo: dict[str, Memo] = {}
        self._new: dict[Key, tuple[int, Kept]] = {}
        self._rows: list[tuple[Any, ...]] = []
        self._superseded: list[tuple[str, int, int, int]] = []

    def take(self, bid_id: str, step: Step) -> None:
        """Apply one more step to a bid."""
        self.steps[bid_id].append(step)
        if self._clocks[bid_id].revised_by(step):
            self._clocks[bid_id] = Clock.of(self.steps[bid_id])
        else:
            self._clocks[bid_id].take(step)

    def time(self, bid_id: str, position: int) -> None:
        """Time the spans of a bid after the step at *position*."""
        timed = self._clocks[bid_id].timed()
        if timed == self._timed.get(bid_id):
            return
        self._timed[bid_id] = timed
        place = self.places[bid_id]
        before = self._now.get(bid_id, {})
        standards, memo = self._standards.get(place.programme_id, []), self._memo.setdefault(bid_id, {})
        after = {(bid_id, one.attempt, one.nth): kept for one, kept in timings(timed, place, standards, memo)}
        for key, kept in before.items():
            if after.get(key) != kept:
                self._supersede(key, position)
        for key, kept in after.items():
            if before.get(key) != kept:
                self._new[key] = (position, kept)
        self._now[bid_id] = after

    def _supersede(self, key: Key, position: int) -> None:
        if key in self._new:
            begun, kept = self._new.pop(key)
            self._rows.append((*key, begun, position, *_adapted(kept)))
        else:
            self._superseded.append((*key, position))

    def keep(self) -> None:
        """Write the changes to the table."""
        if self._superseded:
            self._cursor.execute(_SUPERSEDE, columns(self._superseded))
        new = ((*key, position, NOW, *_adapted(kept)) for key, (position, kept) in self._new.items())
        add(self._cursor, "spans", [*self._rows, *new])


class Place(NamedTuple):
    """What a bid belongs to, and the calendar of bank holidays that counts for it."""

    partnership_id: str
    round_id: str | None
    kind: str
    scheme_id: str
    programme_id: str
    funder_id: str | None
    calendar: Calendar


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
    """The values stored of a whole way: it is past a standard from the first day that any part of it is."""
    days = [one.breach for one in held if one.timed.attempt == whole.timed.attempt and one.breach is not None]
    return (*whole.kept[:_BREACH], min(days, default=None), *whole.kept[_BREACH + 1 :])


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


def _places(cursor: psycopg.Cursor[Any], bid_ids: Sequence[str]) -> dict[str, Place]:
    cursor.execute(
        "SELECT b.id, b.partnership_id, b.round_id, p.kind, p.scheme_id, p.programme_id,"
        " coalesce(s.funder_id, g.funder_id), g.calendar"
        " FROM timed_bids b JOIN timing_places p ON p.id = b.partnership_id"
        " LEFT JOIN timing_places s ON s.id = p.scheme_id LEFT JOIN timing_places g ON g.id = p.programme_id"
        " WHERE b.id = ANY (%s::text[])",
        (array(bid_ids),),
    )
    return {
        bid_id: Place(
            partnership_id=partnership_id,
            round_id=round_id,
            kind=kind,
            scheme_id=scheme_id,
            programme_id=programme_id,
            funder_id=funder_id,
            calendar=Calendar(calendar) if calendar else Calendar.ENGLAND_AND_WALES,
        )
        for bid_id, partnership_id, round_id, kind, scheme_id, programme_id, funder_id, calendar in cursor.fetchall()
    }


def _steps(cursor: psycopg.Cursor[Any], bid_ids: Sequence[str]) -> dict[str, list[Step]]:
    # Bid by bid, to use the index: while the table is small, the planner would rather scan all of it.
    cursor.execute(
        "SELECT b.bid_id, s.* FROM unnest(%s::text[]) b (bid_id) CROSS JOIN LATERAL ("
        'SELECT kind, "on", number FROM bid_steps s WHERE s.bid_id = b.bid_id AND s.superseded = %s'
        " ORDER BY s.position) s",
        (array(bid_ids), NOW),
    )
    found: dict[str, list[Step]] = {bid_id: [] for bid_id in bid_ids}
    for bid_id, kind, on, number in cursor.fetchall():
        found[bid_id].append(Step(kind, When(on), number))
    return found


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


def _kept_before(cursor: psycopg.Cursor[Any], bid_ids: Sequence[str]) -> dict[str, dict[Key, Kept]]:
    cursor.execute(_SELECT, (array(bid_ids), NOW))
    found: dict[str, dict[Key, Kept]] = {}
    for bid_id, attempt, nth, *kept in cursor.fetchall():
        found.setdefault(bid_id, {})[bid_id, attempt, nth] = tuple(kept)
    return found
