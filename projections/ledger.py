"""The ledger: every movement of money as balanced postings between named accounts (double entry).

docs/ledger.md lists the accounts and which event posts where; a test holds it against POSTINGS below.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from enum import Enum
from typing import Any, NamedTuple

import psycopg

from domain import award, bid, partnership, programme
from domain.counters import minor
from domain.fact import Fact
from domain.history import Recorded
from domain.money import Money
from projections.effect import counts_from
from projections.rows import runs, without_waiting

# --- Table ------------------------------------------------------------------------------------------------------------

NAME = "ledger"
TABLES = ("postings", "balances", "ledger_places")
DEFINITION = """
-- amount is in minor units of its currency, positive for debit. A posting counts in the scopes that it names: an award
-- or a bid, a partnership, a scheme, a programme.
CREATE TABLE postings (
    position bigint NOT NULL, nth integer NOT NULL, account text NOT NULL, amount bigint NOT NULL,
    currency text NOT NULL, counts_from date NOT NULL, dated boolean NOT NULL,
    award_id text, bid_id text, partnership_id text, scheme_id text, programme_id text,
    PRIMARY KEY (position, nth)
);

-- What all postings of an account come to in each scope: the present figure needs no adding up.
CREATE TABLE balances (
    scope text NOT NULL, account text NOT NULL, currency text NOT NULL, dated boolean NOT NULL, amount bigint NOT NULL,
    PRIMARY KEY (scope, account, currency, dated)
);

-- Where each thing belongs. parent is the award that funds this award.
CREATE TABLE ledger_places (
    thing text PRIMARY KEY, currency text,
    partnership_id text, scheme_id text, programme_id text, bid_id text, parent text
);

CREATE OR REPLACE FUNCTION balance_postings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM added GROUP BY position, currency HAVING sum(amount) <> 0;
    IF FOUND THEN
        RAISE EXCEPTION 'the postings of an event do not come to zero' USING ERRCODE = '23514',
            CONSTRAINT = 'postings_balance';
    END IF;
    INSERT INTO balances AS b (scope, account, currency, dated, amount)
    SELECT s.scope, a.account, a.currency, a.dated, sum(a.amount)
      FROM added a
     CROSS JOIN LATERAL unnest(ARRAY[a.award_id, a.bid_id, a.partnership_id, a.scheme_id, a.programme_id]) s (scope)
     WHERE s.scope IS NOT NULL
     GROUP BY s.scope, a.account, a.currency, a.dated
     ORDER BY s.scope, a.account, a.currency, a.dated
        ON CONFLICT (scope, account, currency, dated) DO UPDATE SET amount = b.amount + excluded.amount;
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
"""

# --- Accounts ---------------------------------------------------------------------------------------------------------


class Account(Enum):
    """A named account. Figures of the ladder are accounts; the others stand opposite them."""

    REQUESTED = "requested"
    DEMAND = "demand"
    APPROVED = "approved"
    DECISIONS = "decisions"
    BUDGET = "budget"
    APPROPRIATION = "appropriation"
    AWARDED = "awarded"
    REGRANTED = "regranted"
    PAYABLE = "payable"
    PAID = "paid"
    UNDRAWN = "undrawn"
    RETURNED = "returned"
    SPENT = "spent"
    ACCOUNTED = "accounted"
    RECOVERABLE = "recoverable"
    CLAIMS = "claims"
    WRITTEN_OFF = "written_off"


class Entry(NamedTuple):
    """*amount* moves from the *credit* account to the *debit* account."""

    debit: Account
    credit: Account
    amount: Money


def entries(event: Fact) -> list[Entry]:
    """The entries that *event* makes; none where it moves no money. Each is balanced in itself."""
    for kind in (_bid_entries, _award_entries, _payment_entries, _stated_entries):
        made = list(kind(event))
        if made:
            return made
    return []


def _bid_entries(event: Fact) -> Iterator[Entry]:
    match event:
        case bid.BidSubmitted(requested=Money() as amount) | bid.BidStated(requested=Money() as amount):
            yield Entry(Account.REQUESTED, Account.DEMAND, amount)
        case bid.BidRevised() | bid.BidResubmitted() if event.change.amount:
            yield Entry(Account.REQUESTED, Account.DEMAND, event.change)
        case bid.BidRestated() if event.change.amount:
            yield Entry(Account.REQUESTED, Account.DEMAND, event.change)
        case bid.BidWithdrawn(requested=Money() as amount):
            yield Entry(Account.DEMAND, Account.REQUESTED, amount)
        case bid.BidApproved():
            yield Entry(Account.APPROVED, Account.DECISIONS, event.approved)
        case bid.ApprovalVaried():
            yield Entry(Account.APPROVED, Account.DECISIONS, event.change)
        case programme.BudgetAllocated():
            yield Entry(Account.BUDGET, Account.APPROPRIATION, event.amount)
        case programme.BudgetVaried():
            yield Entry(Account.BUDGET, Account.APPROPRIATION, event.change)


def _award_entries(event: Fact) -> Iterator[Entry]:
    match event:
        case award.AwardOffered() | award.AwardStated():
            yield Entry(Account.AWARDED, Account.BUDGET, event.amount)
        case award.AwardVaried() | award.AwardRestated() if event.change.amount:
            yield Entry(Account.AWARDED, Account.BUDGET, event.change)
        case award.OfferDeclined() | award.AwardClosed() | award.AwardTerminated() | award.UnspentGivenBack() if (
            event.given_back.amount
        ):
            yield Entry(Account.BUDGET, Account.AWARDED, event.given_back)
        case award.ExpenditureReported():
            yield Entry(Account.SPENT, Account.ACCOUNTED, event.amount)
        case award.RecoveryApproved():
            yield Entry(Account.RECOVERABLE, Account.CLAIMS, event.amount)
        case award.RecoverySettled():
            yield Entry(Account.CLAIMS, Account.RECOVERABLE, event.amount)
            yield Entry(Account.UNDRAWN, Account.RETURNED, event.amount)
        case award.RecoveryWrittenOff():
            yield Entry(Account.WRITTEN_OFF, Account.RECOVERABLE, event.amount)


def _payment_entries(event: Fact) -> Iterator[Entry]:
    match event:
        case award.PaymentApproved():
            yield Entry(Account.PAYABLE, Account.UNDRAWN, event.amount)
        case award.PaymentReleased():
            yield Entry(Account.PAID, Account.PAYABLE, event.amount)
        case award.PaymentReturned():
            yield Entry(Account.UNDRAWN, Account.RETURNED, event.amount)
        case award.ReturnUndone():
            yield Entry(Account.RETURNED, Account.UNDRAWN, event.amount)
        case award.PaymentReversed(was="approved"):
            yield Entry(Account.UNDRAWN, Account.PAYABLE, event.amount)
        case award.PaymentReversed(was="released" | "settled"):
            yield Entry(Account.UNDRAWN, Account.PAID, event.amount)


# Which way the money goes that a register tells of; its other transactions are in no figure.
STATED: dict[award.Transaction, tuple[Account, Account]] = {
    award.Transaction.COMMITMENT: (Account.AWARDED, Account.BUDGET),
    award.Transaction.DISBURSEMENT: (Account.PAID, Account.UNDRAWN),
    award.Transaction.DISBURSED_IN_ALL: (Account.PAID, Account.UNDRAWN),
    award.Transaction.RETURN: (Account.UNDRAWN, Account.RETURNED),
    award.Transaction.EXPENDITURE: (Account.SPENT, Account.ACCOUNTED),
}


def _stated_entries(event: Fact) -> Iterator[Entry]:
    match event:
        case award.TransactionStated() if event.kind in STATED:
            debit, credit = STATED[event.kind]
            yield Entry(debit, credit, event.amount)
        case award.TransactionUnstated() if event.kind in STATED:
            debit, credit = STATED[event.kind]
            yield Entry(credit, debit, event.amount)


# --- Writer -----------------------------------------------------------------------------------------------------------


def write(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    """Take in a page of the log."""
    for run in runs(page, CHANGES_PLACES):
        with without_waiting(cursor, run):
            for recorded in run:
                _place(cursor, recorded)
        legs = [leg for recorded in run for leg in _legs(recorded)]
        if legs:
            _post(cursor, legs)


# After these a thing belongs elsewhere; what came before counts where it belonged then.
CHANGES_PLACES = (bid.BidReassigned, award.AwardReassigned)


def _place(cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
    """Note where a thing belongs that money will be posted to."""
    match recorded.event:
        case programme.ProgrammeEstablished() as event:
            cursor.execute(
                "INSERT INTO ledger_places (thing, currency, programme_id) VALUES (%s, %s, %s)",
                (recorded.stream, event.currency, recorded.stream),
            )
        case programme.SchemeEstablished() as event:
            cursor.execute(
                "INSERT INTO ledger_places (thing, currency, scheme_id, programme_id)"
                " SELECT %s, currency, %s, programme_id FROM ledger_places WHERE thing = %s",
                (event.scheme_id, event.scheme_id, recorded.stream),
            )
        case partnership.PartnershipFormed() as event:
            cursor.execute(
                "INSERT INTO ledger_places (thing, currency, partnership_id, scheme_id, programme_id)"
                " VALUES (%s, (SELECT currency FROM ledger_places WHERE thing = %s), %s, %s, %s)",
                (recorded.stream, event.programme_id, recorded.stream, event.scheme_id, event.programme_id),
            )
        case bid.BidSubmitted() | bid.BidStated() | bid.BidDrafted() as event:
            _place_under(cursor, recorded.stream, event.partnership_id)
        case award.AwardOffered() as event:
            _place_under(
                cursor,
                recorded.stream,
                event.partnership_id,
                currency=event.amount.currency,
                bid_id=event.bid_id,
                parent=event.funded_from,
            )
        case award.AwardStated() as event:
            _place_under(cursor, recorded.stream, event.partnership_id, currency=event.amount.currency)
        case award.ParticularsStated(bid_id=str() as bid_id):
            cursor.execute(
                "UPDATE ledger_places SET bid_id = %s WHERE thing = %s AND bid_id IS DISTINCT FROM %s",
                (bid_id, recorded.stream, bid_id),
            )
        case bid.BidReassigned() | award.AwardReassigned() as event:
            cursor.execute(
                "UPDATE ledger_places t SET partnership_id = p.partnership_id, scheme_id = p.scheme_id,"
                " programme_id = p.programme_id FROM ledger_places p WHERE t.thing = %s AND p.thing = %s",
                (recorded.stream, event.partnership_id),
            )


def _place_under(
    cursor: psycopg.Cursor[Any],
    thing: str,
    partnership_id: str,
    *,
    currency: str | None = None,
    bid_id: str | None = None,
    parent: str | None = None,
) -> None:
    cursor.execute(
        "INSERT INTO ledger_places (thing, currency, partnership_id, scheme_id, programme_id, bid_id, parent)"
        " SELECT %s, coalesce(%s, currency), partnership_id, scheme_id, programme_id, %s, %s"
        " FROM ledger_places WHERE thing = %s ON CONFLICT (thing) DO NOTHING",
        (thing, currency, bid_id, parent, partnership_id),
    )


class Leg(NamedTuple):
    """One side of an entry, in minor units: more than nothing is a debit."""

    position: int
    nth: int
    account: str
    amount: int
    currency: str
    counts_from: date
    dated: bool
    kind: str
    thing: str


def _legs(recorded: Recorded) -> list[Leg]:
    """The postings of an event: all debits, then all credits."""
    made = entries(recorded.event)
    if not made:
        return []
    thing, on = _thing(recorded), recorded.event.on
    sides = [(entry.debit, minor(entry.amount)) for entry in made] + [
        (entry.credit, -minor(entry.amount)) for entry in made
    ]
    return [
        Leg(
            recorded.position, nth, account.value, amount, made[0].amount.currency, counts_from(on), on.is_known,
            thing.partition("-")[0], thing,
        )
        for nth, (account, amount) in enumerate(sides, start=1)
    ]  # fmt: skip


def _post(cursor: psycopg.Cursor[Any], legs: Sequence[Leg]) -> None:
    """Post *legs*, each to the thing that its event is of.

    What one award takes from another is the same money: where both lie in one scope, it counts there once, in the
    first. Expenditure alone counts where it is reported: there the money ends.
    """
    cursor.execute(
        """
        INSERT INTO postings
        SELECT l.position, l.nth,
               CASE WHEN f.taken THEN 'regranted' ELSE l.account END,
               l.amount, l.currency, l.counts_from, l.dated,
               CASE WHEN l.account = 'budget' THEN p.parent WHEN l.kind = 'award' THEN p.thing END,
               CASE WHEN l.kind = 'bid' THEN p.thing END,
               CASE WHEN f.own OR p.partnership_id IS DISTINCT FROM o.partnership_id
                    THEN CASE WHEN f.taken THEN o.partnership_id ELSE p.partnership_id END END,
               CASE WHEN f.own OR p.scheme_id IS DISTINCT FROM o.scheme_id
                    THEN CASE WHEN f.taken THEN o.scheme_id ELSE p.scheme_id END END,
               CASE WHEN f.own OR p.programme_id IS DISTINCT FROM o.programme_id
                    THEN CASE WHEN f.taken THEN o.programme_id ELSE p.programme_id END END
          FROM unnest(%b::bigint[], %b::integer[], %b::text[], %b::bigint[], %b::text[], %b::date[], %b::boolean[],
                      %b::text[], %b::text[])
               AS l (position, nth, account, amount, currency, counts_from, dated, kind, thing)
          JOIN ledger_places p ON p.thing = l.thing
          LEFT JOIN ledger_places o ON o.thing = p.parent
         CROSS JOIN LATERAL (
               SELECT l.account IN ('spent', 'accounted') AS own,
                      l.account = 'budget' AND p.parent IS NOT NULL AS taken) f
        RETURNING nth
        """,
        [[leg[place] for leg in legs] for place in range(len(Leg._fields))],
    )
    if len(cursor.fetchall()) != len(legs):
        raise LookupError(f"nobody knows where some of {sorted({leg.thing for leg in legs})[:3]} belong")


def _thing(recorded: Recorded) -> str:
    match recorded.event:
        case (
            programme.BudgetAllocated(scheme_id=str() as scheme_id)
            | programme.BudgetVaried(scheme_id=str() as scheme_id)
        ):
            return scheme_id
    return recorded.stream
