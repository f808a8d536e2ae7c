"""The ledger: every movement of money as balanced postings between named accounts (double entry).

``accounts`` says which event moves money between which accounts. This module posts it to the scopes where it counts.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import psycopg

from domain import award, bid, partnership, programme
from domain.counters import minor
from domain.history import Recorded
from domain.values.fact import CORRECTIONS, DateCorrected
from projections.money.accounts import MOVING, entries
from projections.money.chart import Account
from projections.tables.corrections import Correction, apart, position_of
from projections.tables.effect import counts_from
from projections.tables.kinds import of_kinds
from projections.tables.rows import add, add_at_once, array, columns

# --- Table ------------------------------------------------------------------------------------------------------------

NAME = "ledger"
TABLES = ("postings", "balances", "ledger_places")
DEFINITION = """
-- amount is in minor units of its currency, positive for debit. A posting counts in each scope that it names: an award
-- or a bid, a partnership, a scheme, a programme, the funder of the award.
-- live: our own event, not one that a source states. made: 1, or -1 for what a correction takes away from a wrong date.
CREATE TABLE postings (
    position bigint NOT NULL, nth integer NOT NULL, account text NOT NULL, amount bigint NOT NULL,
    currency text NOT NULL, counts_from date NOT NULL, dated boolean NOT NULL,
    award_id text, bid_id text, partnership_id text, scheme_id text, programme_id text,
    funder_id text, live boolean NOT NULL, made integer NOT NULL, PRIMARY KEY (position, nth)
);

-- The total of all postings of an account in each scope, so that current figures need no sums. made is their number
-- without those taken away, live the number of those of our own events.
CREATE TABLE balances (
    scope text NOT NULL, account text NOT NULL, currency text NOT NULL, dated boolean NOT NULL, amount bigint NOT NULL,
    made bigint NOT NULL, live bigint NOT NULL, PRIMARY KEY (scope, account, currency, dated)
);

-- The partnership, scheme, programme and funder of each thing. parent is the award that funds this award. own: the
-- funder is that which a register names for the award, or for the award of the bid; otherwise it is that of the scheme.
CREATE TABLE ledger_places (
    thing text PRIMARY KEY, currency text, partnership_id text, scheme_id text, programme_id text, bid_id text,
    parent text, funder_id text, own boolean NOT NULL DEFAULT false
);

CREATE OR REPLACE FUNCTION balance_postings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM added GROUP BY position, currency HAVING sum(amount) <> 0;
    IF FOUND THEN
        RAISE EXCEPTION 'the postings of an event do not add up to 0' USING ERRCODE = '23514',
            CONSTRAINT = 'postings_balance';
    END IF;
    INSERT INTO balances AS b (scope, account, currency, dated, amount, made, live)
    SELECT s.scope, a.account, a.currency, a.dated, sum(a.amount), sum(a.made),
           coalesce(sum(a.made) FILTER (WHERE a.live), 0)
      FROM added a
     CROSS JOIN LATERAL unnest(
           ARRAY[a.award_id, a.bid_id, a.partnership_id, a.scheme_id, a.programme_id, a.funder_id]) s (scope)
     WHERE s.scope IS NOT NULL
     GROUP BY s.scope, a.account, a.currency, a.dated
     ORDER BY s.scope, a.account, a.currency, a.dated
        ON CONFLICT (scope, account, currency, dated) DO UPDATE
       SET amount = b.amount + excluded.amount, made = b.made + excluded.made, live = b.live + excluded.live;
    RETURN NULL;
END $$;
CREATE TRIGGER balanced AFTER INSERT ON postings REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION balance_postings();
"""
INDEXES = """
CREATE INDEX postings_of_award ON postings (award_id, counts_from, position) WHERE award_id IS NOT NULL;
CREATE INDEX postings_of_bid ON postings (bid_id, counts_from, position) WHERE bid_id IS NOT NULL;
CREATE INDEX postings_of_partnership ON postings (partnership_id, counts_from, position);
CREATE INDEX postings_of_scheme ON postings (scheme_id, counts_from, position);
CREATE INDEX postings_of_programme ON postings (programme_id, counts_from, position);
CREATE INDEX ledger_places_of_bid ON ledger_places (bid_id) WHERE bid_id IS NOT NULL;
CREATE INDEX postings_of_budgets ON postings (programme_id, scheme_id) WHERE account = 'appropriation';
CREATE INDEX postings_of_funder ON postings (funder_id, counts_from, position) WHERE funder_id IS NOT NULL;
"""

# --- Writer -----------------------------------------------------------------------------------------------------------


def write(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    """Add the events of a page of the log."""
    for events, correction in apart(of_kinds(page, _RELEVANT)):
        if correction is None:
            _post(cursor, events)
        elif isinstance(correction, DateCorrected):
            _post_again(cursor, events[0], correction)
        else:
            _take_away(cursor, events[0], correction)


def _take_away(cursor: psycopg.Cursor[Any], recorded: Recorded, correction: Correction) -> None:
    """Take away the postings of a fact that its source now states otherwise."""
    cursor.execute(
        "INSERT INTO postings SELECT %s, nth, account, -amount, currency, counts_from, dated, award_id, bid_id,"
        " partnership_id, scheme_id, programme_id, funder_id, live, -1 FROM postings WHERE position = %s",
        (recorded.position, position_of(cursor, recorded.stream, correction.version)),
    )


def _post_again(cursor: psycopg.Cursor[Any], recorded: Recorded, correction: DateCorrected) -> None:
    """Take the postings of a step away on the wrong date, and post them on the right one."""
    cursor.execute(
        "INSERT INTO postings SELECT %(at)s, row_number() OVER (ORDER BY v.sign, p.nth), p.account, v.sign * p.amount,"
        " p.currency, v.since, v.dated, p.award_id, p.bid_id, p.partnership_id, p.scheme_id, p.programme_id,"
        " p.funder_id, p.live, v.sign"
        " FROM postings p CROSS JOIN (VALUES (-1, %(was)s::date, %(was_dated)s), (1, %(since)s::date, %(dated)s))"
        " v (sign, since, dated) WHERE p.position = %(of)s",
        {
            "at": recorded.position,
            "of": position_of(cursor, recorded.stream, correction.version),
            "was": counts_from(correction.was),
            "was_dated": correction.was.is_known,
            "since": counts_from(correction.date),
            "dated": correction.date.is_known,
        },
    )


def _post(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    places = _Places(cursor, page)
    postings: list[Posting] = []
    for recorded in page:
        places.take(recorded)
        postings += _postings(recorded, places)
    places.keep()
    add_at_once(cursor, "postings", postings)
    if places.bids_given:
        cursor.execute(_GIVE_BIDS, columns(places.bids_given))


# What was requested and approved in each bid, from one funder to another. It stays where it is in all other scopes.
_GIVE_BIDS = """
    INSERT INTO postings
    SELECT g.position, row_number() OVER (PARTITION BY g.position ORDER BY v.sign, b.account, b.currency, b.counts_from,
           b.dated, b.live), b.account, v.sign * b.amount, b.currency, b.counts_from, b.dated, NULL, NULL, NULL, NULL,
           NULL, v.funder_id, b.live, v.sign * b.made
      FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) g (position, bid_id, before, funder_id)
     CROSS JOIN LATERAL (
           SELECT p.account, p.currency, p.counts_from, p.dated, p.live, sum(p.amount) AS amount, sum(p.made) AS made
             FROM log.events e JOIN postings p ON p.position = e.notification_id
            WHERE e.originator_id = g.bid_id AND e.notification_id < g.position AND p.bid_id = g.bid_id
            GROUP BY p.account, p.currency, p.counts_from, p.dated, p.live) b
     CROSS JOIN LATERAL (VALUES (-1, g.before), (1, g.funder_id)) v (sign, funder_id)"""


class Place(NamedTuple):
    """The partnership, scheme, programme and funder of a thing with postings: a row of ``ledger_places``."""

    thing: str
    currency: str | None = None
    partnership_id: str | None = None
    scheme_id: str | None = None
    programme_id: str | None = None
    bid_id: str | None = None
    parent: str | None = None
    funder_id: str | None = None
    own: bool = False

    @property
    def scopes(self) -> tuple[str | None, str | None, str | None, str | None]:
        """The partnership, scheme, programme and funder."""
        return self.partnership_id, self.scheme_id, self.programme_id, self.funder_id


class _Places:
    """The places of the things in a page, event by event: a posting counts where its thing belongs at that time."""

    def __init__(self, cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
        self._cursor = cursor
        # Position, bid, the funder that it had, and its funder from then on.
        self.bids_given: list[tuple[int, str, str | None, str]] = []
        self._begun: dict[str, Place] = {}
        self._moved: dict[str, Place] = {}
        cursor.execute(
            "WITH named AS (SELECT * FROM ledger_places WHERE thing = ANY (%s::text[]))"
            " SELECT * FROM named UNION ALL SELECT * FROM ledger_places WHERE thing IN"
            " (SELECT parent FROM named UNION SELECT funder_id FROM named UNION SELECT bid_id FROM named)",
            (array(sorted({thing for recorded in page for thing in _things(recorded)})),),
        )
        self._known = {place.thing: place for place in map(Place._make, cursor.fetchall())}

    def of(self, thing: str) -> Place:
        """The current place of *thing*. Raises LookupError where it is not known."""
        try:
            return self._known[thing]
        except KeyError:
            raise LookupError(f"the place of {thing} is not known") from None

    def funding(self, place: Place) -> Place | None:
        """The place of the award that funds the one in *place*; an empty one while that award is not known."""
        return None if place.parent is None else self._known.get(place.parent, Place(place.parent))

    def take(self, recorded: Recorded) -> None:
        """Note the place of a thing where an event gives it."""
        stream = recorded.stream
        match recorded.event:
            case programme.ProgrammeEstablished() as event:
                self._begin(Place(stream, event.currency, programme_id=stream, funder_id=event.funder_id))
            case programme.SchemeEstablished() as event:
                over = self.of(stream)
                funder_id = event.funder_id or over.funder_id
                thing = event.scheme_id
                self._begin(over._replace(thing=thing, scheme_id=thing, funder_id=funder_id))
            case partnership.PartnershipFormed() as event:
                over = self._known.get(event.scheme_id) or self._known.get(event.programme_id) or Place("")
                place = Place(stream, over.currency, stream, event.scheme_id, event.programme_id)
                self._begin(place._replace(funder_id=over.funder_id))
            case bid.BidSubmitted() | bid.BidStated() | bid.BidDrafted() as event:
                self._begin_under(event.partnership_id, stream)
            case award.AwardOffered() as event:
                self._begin_under(
                    event.partnership_id,
                    stream,
                    currency=event.amount.currency,
                    bid_id=event.bid_id,
                    parent=event.funded_from,
                )
            case award.AwardStated() as event:
                funder_id = event.funder_id or self.of(event.partnership_id).funder_id
                own = event.funder_id is not None
                self._begin_under(
                    event.partnership_id, stream, currency=event.amount.currency, funder_id=funder_id, own=own
                )
            case award.ParticularsStated(bid_id=str() as bid_id):
                self._move(stream, bid_id=bid_id)
                self._give_bid(recorded)
            case bid.BidReassigned() | award.AwardReassigned() as event:
                self._reassign(stream, event)
                self._give_bid(recorded)
        self._begin_funder(stream)

    def _reassign(self, stream: str, event: bid.BidReassigned | award.AwardReassigned) -> None:
        partnership_id, scheme_id, programme_id, of_scheme = self.of(event.partnership_id).scopes
        place = self.of(stream)
        named = event.funder_id if isinstance(event, award.AwardReassigned) else None
        self._move(
            stream,
            partnership_id=partnership_id,
            scheme_id=scheme_id,
            programme_id=programme_id,
            funder_id=named or (place.funder_id if place.own else of_scheme),
            own=place.own or named is not None,
        )

    def _give_bid(self, recorded: Recorded) -> None:
        """Give the bid of an award the funder that a register names for the award."""
        place = self.of(recorded.stream)
        of_bid = self._known.get(place.bid_id) if place.bid_id is not None else None
        if of_bid is not None and place.own and place.funder_id not in (None, of_bid.funder_id):
            assert place.funder_id is not None
            self.bids_given.append((recorded.position, of_bid.thing, of_bid.funder_id, place.funder_id))
            self._move(of_bid.thing, funder_id=place.funder_id, own=True)

    def _begin_funder(self, stream: str) -> None:
        """Make the funder of an award a scope of its own. Its ladder is in the currency of its first award."""
        place = self._known.get(stream)
        if place is not None and place.funder_id is not None and place.funder_id not in self._known:
            self._begin(Place(place.funder_id, place.currency, funder_id=place.funder_id))

    def _begin(self, place: Place) -> None:
        self._known[place.thing] = self._begun[place.thing] = place

    def _begin_under(self, partnership_id: str, thing: str, **fields: Any) -> None:
        # The thing may be known: a draft bid is submitted, or a declined award is offered again.
        if thing not in self._known:
            self._begin(self.of(partnership_id)._replace(thing=thing, **fields))

    def _move(self, thing: str, **fields: Any) -> None:
        part = self._begun if thing in self._begun else self._moved
        self._known[thing] = part[thing] = self.of(thing)._replace(**fields)

    def keep(self) -> None:
        """Write the new and changed places."""
        add(self._cursor, "ledger_places", self._begun.values())
        if self._moved:
            self._cursor.execute(
                "UPDATE ledger_places p SET partnership_id = m.partnership_id, scheme_id = m.scheme_id,"
                " programme_id = m.programme_id, funder_id = m.funder_id, bid_id = m.bid_id, own = m.own"
                " FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::boolean[])"
                " AS m (thing, partnership_id, scheme_id, programme_id, funder_id, bid_id, own)"
                " WHERE p.thing = m.thing",
                columns((place.thing, *place.scopes, place.bid_id, place.own) for place in self._moved.values()),
            )


# The events that give the place of a thing.
_PLACING = frozenset(
    {
        programme.ProgrammeEstablished, programme.SchemeEstablished, partnership.PartnershipFormed,
        bid.BidDrafted, bid.BidSubmitted, bid.BidStated, bid.BidReassigned,
        award.AwardOffered, award.AwardStated, award.ParticularsStated, award.AwardReassigned,
    }
)  # fmt: skip
_RELEVANT = MOVING | _PLACING | {*CORRECTIONS}


def _things(recorded: Recorded) -> Iterator[str]:
    """The things whose places are needed for an event."""
    yield _thing(recorded)
    if type(recorded.event) in _PLACING:
        for name in ("programme_id", "scheme_id", "partnership_id", "bid_id", "funded_from", "funder_id"):
            named: str | None = getattr(recorded.event, name, None)
            if named is not None:
                yield named


# The scopes of a posting: award, bid, partnership, scheme, programme and funder. Then a row of ``postings`` with them.
Scopes = tuple[str | None, str | None, str | None, str | None, str | None, str | None]
Posting = tuple[
    int,
    int,
    str,
    int,
    str,
    date,
    bool,
    str | None,
    str | None,
    str | None,
    str | None,
    str | None,
    str | None,
    bool,
    int,
]


def _postings(recorded: Recorded, places: _Places) -> list[Posting]:
    """The postings of an event: all debits, then all credits."""
    made = entries(recorded.event)
    if not made:
        return []
    place = places.of(_thing(recorded))
    parent = places.funding(place)
    on, currency = recorded.event.on, made[0].amount.currency
    since, dated = counts_from(on), on.is_known
    sides = [(one.debit, minor(one.amount)) for one in made] + [(one.credit, -minor(one.amount)) for one in made]
    return [
        (
            recorded.position, nth, _name(account, parent), amount, currency, since, dated,
            *_scopes(account, place, parent), recorded.event.source is None, 1,
        )
        for nth, (account, amount) in enumerate(sides, start=1)
    ]  # fmt: skip


def _name(account: Account, parent: Place | None) -> str:
    """The account to post to. Money from the award in *parent* was taken from the budget before: it is REGRANTED."""
    return (Account.REGRANTED if account is Account.BUDGET and parent is not None else account).value


# Expenditure counts only where it is reported, even if another award funds it.
_OWN = (Account.SPENT, Account.ACCOUNTED)


def _scopes(account: Account, place: Place, parent: Place | None) -> Scopes:
    """The scopes in which a posting to *account* counts. *place* is of its thing, *parent* of the award that funds it.

    Money that one award passes to another is the same money. In a scope that holds both awards it counts once, for the
    first.
    """
    taken = account is Account.BUDGET
    award_id = place.parent if taken else place.thing if place.thing.startswith("award-") else None
    bid_id = place.thing if place.thing.startswith("bid-") else None
    if parent is None or account in _OWN:
        return award_id, bid_id, *place.scopes
    apart = [here != there for here, there in zip(place.scopes, parent.scopes, strict=True)]
    partnership_id, scheme_id, programme_id, funder_id = (
        scope if differs else None for scope, differs in zip((parent if taken else place).scopes, apart, strict=True)
    )
    return award_id, bid_id, partnership_id, scheme_id, programme_id, funder_id


def _thing(recorded: Recorded) -> str:
    match recorded.event:
        case (
            programme.BudgetAllocated(scheme_id=str() as scheme_id)
            | programme.BudgetVaried(scheme_id=str() as scheme_id)
        ):
            return scheme_id
    return recorded.stream
