"""The register at any position equals what the log up to there gives, wherever the pages of the log end."""

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

import psycopg
import pytest

from domain.award import (
    AwardNoLongerStated,
    AwardRestated,
    AwardStated,
    AwardStatedAgain,
    ComponentRestated,
    ComponentStated,
    ParticularsStated,
    PeriodStated,
    Transaction,
    TransactionStated,
    TransactionUnstated,
)
from domain.bid import BidRestated, BidStated
from domain.discrepancy import (
    RULES,
    DiscrepancyAssigned,
    DiscrepancyExplained,
    DiscrepancyWaived,
    ExplanationWithdrawn,
    identity,
)
from domain.history import Decision, Order, Recorded, Written
from domain.organisation import (
    IdentifierRecorded,
    NameStated,
    OrganisationRegistered,
    OrganisationRenamed,
    RegisterOrganisation,
)
from domain.partnership import SumStated
from domain.values.fact import Fact, StatementReplaced
from domain.values.frozen import replace
from domain.values.ids import BidId, OrganisationId, PartnershipId
from domain.values.money import Money
from domain.values.when import UNKNOWN, When
from infra.database.postgres import PROJECTOR, Database
from infra.feeding import projector
from infra.feeding.projector import project_all
from infra.log.postgres_log import PostgresLog, read_log
from projections.discrepancies import register as discrepancies
from projections.discrepancies.notes import Note, identifier_key, name_key, note, notes_of
from projections.discrepancies.payments import Payments
from projections.discrepancies.rules import Seen, findings
from tests.kit.money import gbp
from tests.kit.officers import officer_for

THINGS = 4
MOMENTS = 120
EVERY = 6


def pounds(chance: random.Random) -> Money:
    return Money(amount=Decimal(chance.choice([0, 40, 50, 60, 100, 110])), currency="GBP")


def something(chance: random.Random, partnership_id: PartnershipId, begun: set[str], position: int) -> Written:
    """Any statement of a register, or decision of a person, about a few things; a thing that is new is begun first."""
    nth = chance.randrange(THINGS)
    award_id, bid_id, organisation_id = f"award-{nth}", BidId(f"bid-{nth}"), OrganisationId(f"organisation-{nth}")
    day = date(2004, 1, 1) + timedelta(days=chance.randrange(60))
    on = chance.choice([When(day.isoformat()), When(day.isoformat()), When(day.isoformat()[:7]), UNKNOWN])
    number, amount = chance.randrange(1, 3), pounds(chance)
    of: dict[str, Any] = {"partnership_id": partnership_id, "on": on}
    if award_id not in begun:
        begun.add(award_id)
        return Written(award_id, AwardStated(reference=f"A-{nth}", amount=amount, purpose="p", basis="b", **of))
    if bid_id not in begun:
        begun.add(bid_id)
        return Written(bid_id, BidStated(reference=f"B-{nth}", title="t", kind="k", requested=amount, **of))
    if organisation_id not in begun:
        begun.add(organisation_id)
        return Written(organisation_id, OrganisationRegistered(code=f"o-{nth}", name="One", kind="k", on=on))
    kind = chance.choice(
        [Transaction.DISBURSEMENT, Transaction.EXPENDITURE, Transaction.DISBURSED_IN_ALL, Transaction.COMMITMENT]
    )
    about: dict[str, Any] = {
        "rule": chance.choice(sorted(RULES)), "subject": award_id, "partnership_id": partnership_id, "on": on,
    }  # fmt: skip
    seen = chance.choice([position, position // 2, 10**9])
    facts: list[tuple[str, Fact]] = [
        (award_id, AwardRestated(amount=amount, change=gbp("0.00"), **of)),
        (award_id, ComponentStated(amount=amount, purpose=f"part {number}", **of)),
        (award_id, ComponentRestated(amount=amount, purpose=f"part {number}", **of)),
        (award_id, TransactionStated(number=number, kind=kind, amount=amount, **of)),
        (award_id, TransactionUnstated(number=number, kind=kind, amount=amount, because="b", **of)),
        (award_id, PeriodStated(sense="planned", number=1, **of)),
        (award_id, ParticularsStated(bid_id=bid_id, title="t", disbursed=amount, **of)),
        (award_id, AwardNoLongerStated(**of)),
        (award_id, AwardStatedAgain(**of)),
        (bid_id, BidRestated(requested=amount, change=gbp("0.00"), **of)),
        (partnership_id, SumStated(basis=chance.choice(["x_total", "x_component"]), amount=amount, purpose="p", **of)),
        (organisation_id, NameStated(name=chance.choice(["One", "Two"]), on=on)),
        (organisation_id, OrganisationRenamed(name=chance.choice(["One", "Two", "Three"]), on=on)),
        (organisation_id, IdentifierRecorded(register="GB-CHC", value=chance.choice("12"), on=on)),
    ]
    decisions: list[Fact] = [
        DiscrepancyExplained(seen=seen, message="m", because="b", **about),
        DiscrepancyWaived(seen=seen, message="m", authority="a", because="b", **about),
        ExplanationWithdrawn(was="waived", because="b", **about),
        DiscrepancyAssigned(owner=chance.choice([None, "o"]), **about),
    ]
    facts += [(identity(about["rule"], about["subject"]), one) for one in decisions] * 2
    return Written(*chance.choice(facts))


def write(log: PostgresLog, chance: random.Random, partnership_id: PartnershipId) -> None:
    """Append events without deciding them, a few in each transaction."""
    begun: set[str] = set()
    for nth in range(MOMENTS):
        written = [something(chance, partnership_id, begun, log.position()) for _ in range(chance.randrange(1, 6))]
        append(log, f"moment-{nth}", *written)


@pytest.mark.parametrize("seed", range(2))
def test_the_register_is_the_same_wherever_pages_end_and_equals_the_log_at_each_position(
    programme: Database, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    before = written(programme, seed)
    kept = [fed(programme, monkeypatch, before, size) for size in (500, 3, 1)]
    assert kept[0] == kept[1] == kept[2]
    assert len(kept[0]) > MOMENTS / 2, "too little was found"
    with programme.connect(PROJECTOR) as connection:
        for known, expected in found_from_the_log(connection):
            if known > before:
                assert expected == found_in_the_register(connection, known), known


def test_the_law_would_notice_a_register_that_kept_what_was_so_only_within_a_moment(
    programme: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = written(programme, 0)
    monkeypatch.setattr(discrepancies._Register, "_undo", lambda *_: None)
    assert fed(programme, monkeypatch, before, 500) != fed(programme, monkeypatch, before, 1)


def test_a_finding_goes_when_its_source_states_the_fact_otherwise(programme: Database) -> None:
    """Of 100.00 in all only 40.00 is in parts: until the total is replaced by 40.00."""
    with PostgresLog(programme) as log:
        partnership_id = PartnershipId(log.find("partnership", "dip") or "")
        of: dict[str, Any] = {"partnership_id": partnership_id, "purpose": "p", "on": UNKNOWN}
        total = SumStated(basis="x_total", amount=gbp("100.00"), **of)
        part = SumStated(basis="x_component", amount=gbp("40.00"), **of)
        version = len(log.history(partnership_id)) + 1
        append(log, "stated", Written(partnership_id, total), Written(partnership_id, part))
        project_all(programme)
        with programme.connect(PROJECTOR) as connection:
            before = found_in_the_register(connection, log.position())
        again = replace(total, amount=gbp("40.00"))
        replaced = StatementReplaced(version=version, fact="SumStated", on=UNKNOWN)
        append(log, "restated", Written(partnership_id, replaced), Written(partnership_id, again))
        project_all(programme)
        with programme.connect(PROJECTOR) as connection:
            after = found_in_the_register(connection, log.position())
    assert ["100.00" in before[one] for one in before.keys() - after.keys()] == [True]
    assert set() == after.keys() - before.keys()


def append(log: PostgresLog, command_id: str, *written: Written) -> None:
    """Append events without deciding them."""
    command = RegisterOrganisation(
        organisation_id=OrganisationId("organisation-0"), code="o", name="n", kind="k", on=UNKNOWN
    )
    order = Order(command_id=command_id, command=command, said="", actor=officer_for(command, "somebody"))
    seen = {stream: len(log.history(stream)) for stream, _ in written}
    log.append([Decision(order=order, written=written, seen=seen)])


def written(database: Database, seed: int) -> int:
    """Write to the log; return its position before."""
    with PostgresLog(database) as log:
        before = log.position()
        write(log, random.Random(seed), PartnershipId(log.find("partnership", "dip") or ""))
    return before


def fed(database: Database, monkeypatch: pytest.MonkeyPatch, before: int, size: int) -> list[Any]:
    """The rows of the register after it reads the events after *before* in pages of *size*."""
    monkeypatch.setattr(projector, "PAGE", size)
    monkeypatch.setattr(projector, "LONG_PAGE", size)
    monkeypatch.setattr(projector, "pages", projector.Pages())
    rewind(database, before)
    project_all(database)
    with database.connect() as connection:
        return connection.execute("SELECT * FROM read.discrepancies ORDER BY id, position").fetchall()


def rewind(database: Database, position: int) -> None:
    """Reset the register to *position*, with the programme as it was then."""
    with database.connect() as connection:
        for statement in (
            "DELETE FROM read.discrepancies WHERE opened > %s",
            "UPDATE read.discrepancies SET superseded = 9223372036854775807, ended = NULL WHERE superseded > %s",
            "DELETE FROM read.discrepancy_notes WHERE position > %s",
            "DELETE FROM read.discrepancy_links WHERE %s > 0",
            "DELETE FROM read.discrepancy_payments WHERE %s > 0",
            "DELETE FROM read.discrepancy_ties WHERE id LIKE 'award-%%' AND %s > 0",
            "UPDATE read.projections SET position = %s WHERE name = 'discrepancies'",
        ):
            connection.execute(statement, (position,))


def found_in_the_register(connection: psycopg.Connection[Any], known: int) -> dict[tuple[str, str], str]:
    rows = connection.execute(
        "SELECT rule, subject, message FROM read.discrepancies WHERE position <= %(known)s AND superseded > %(known)s"
        " AND status <> 'CLOSED'",
        {"known": known},
    ).fetchall()
    return {(rule, subject): message for rule, subject, message in rows}


def found_from_the_log(connection: psycopg.Connection[Any]) -> Iterator[tuple[int, dict[tuple[str, str], str]]]:
    """All discrepancies by the whole log so far, every few moments and at its end."""
    topics: dict[str, list[Note]] = {}
    payments = Payments({}, {})
    beside: dict[str, str] = {}
    listed = scheme_of(connection)
    log = read_log(connection, 0, 10**6)
    head = log[-1].position
    for nth, (_, together) in enumerate(groupby(log, key=lambda one: one.recorded_at)):
        last = 0
        for recorded in together:
            last = recorded.position
            for topic, added in [
                *left(topics, recorded),
                *notes_of(recorded),
                *payments.notes(recorded),
                *listed.get(recorded.position, ()),
            ]:
                topics.setdefault(topic, []).append(added)
            if isinstance(recorded.event, ParticularsStated) and recorded.event.bid_id:
                beside[recorded.stream] = recorded.event.bid_id
        if nth % EVERY and last < head:
            continue
        found = {}
        for topic, notes in topics.items():
            names: dict[str, str] = {}
            for one in findings(Seen(topic, notes, topics.get(beside.get(topic, ""), ()), Codes(connection, names))):
                found[one.rule, one.subject] = one.message
        yield last, found


class Codes(dict[str, str]):
    """The codes of organisations and references of awards, read when they are needed."""

    def __init__(self, connection: psycopg.Connection[Any], known: dict[str, str]) -> None:
        super().__init__(known)
        self._connection = connection

    def get(self, thing: str, default: Any = None) -> Any:
        row = self._connection.execute(
            "SELECT code FROM read.organisations WHERE id = %(id)s UNION ALL"
            " SELECT label FROM read.discrepancy_places WHERE id = %(id)s AND id LIKE 'award-%%'",
            {"id": thing},
        ).fetchone()
        return row[0] if row else default


def scheme_of(connection: psycopg.Connection[Any]) -> dict[int, Sequence[tuple[str, Note]]]:
    """The notes of the list of pilots, by position. The list is the scheme's, and only the register knows which."""
    rows = connection.execute(
        'SELECT position, topic, kind, "on", recorded, until, amount, currency, number, said'
        " FROM read.discrepancy_notes WHERE kind = 'PilotListed'"
    ).fetchall()
    return {row[0]: [(row[1], Note(row[0], *row[2:]))] for row in rows}


def left(topics: dict[str, list[Note]], recorded: Recorded) -> list[tuple[str, Note]]:
    """The notes that an organisation gave up a name, or an identifier in a register, that it had."""
    gone = note(recorded, said=recorded.stream)._replace(kind="Left")
    own = topics.get(recorded.stream, [])
    match recorded.event:
        case OrganisationRenamed():
            kinds = ("OrganisationRegistered", "OrganisationRenamed")
            return [(name_key(one.said or ""), gone) for one in own if one.kind in kinds][-1:]
        case IdentifierRecorded() as event:
            held = [one.said or "" for one in own if one.kind == "IdentifierRecorded"]
            return [(identifier_key(one), gone) for one in held if one.startswith(f"{event.register}-")][-1:]
    return []
