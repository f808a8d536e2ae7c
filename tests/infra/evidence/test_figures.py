"""What check.py adds up from the events equals the read models: over hundreds of histories, at many days."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

import msgspec
import pytest

from domain import award, books
from domain.values.fact import Fact, StatementReplaced
from domain.values.ids import AwardId, ProgrammeId
from domain.values.money import Money
from domain.values.when import When
from infra.database.pool import reading
from infra.database.postgres import Database
from infra.evidence import check
from infra.evidence.gathered import Gathered, gather
from infra.evidence.pack import stored
from infra.evidence.question import COLUMNS, PROVEN, Asked, NotThere, Unseen, question_of
from infra.feeding.projector import project_all
from infra.log.codec import CODEC
from projections.money.funding import FIGURES
from projections.tables.paging import Connection
from tests.conftest import copy_of, drop
from tests.kit.histories import History
from tests.kit.length import times
from tests.kit.money import Desk, desk, gbp
from tests.projections.money.test_two_clocks import DAYS, STEPS, beginnings, history, ladders, write_all

HISTORIES = times(300, 1000)
Found = dict[str, Decimal | None]


def event_of(stream: str, position: int, version: int, fact: Any) -> check.Event:
    body = msgspec.json.decode(CODEC.encode(fact))
    return check.Event(position, stream, version, type(fact).__name__, 1, "", "", "", None, "", "", None, body)


def figures_at(made: list[check.Posting], ids: set[str], day: date, known: int) -> Found:
    asked = {
        "kind": "ladder", "starts": "0001-01-01", "ends": day.isoformat(), "currencies": {"GBP": 2},
        "figures": [*PROVEN],
    }  # fmt: skip
    return check.figures([one for one in made if one.position <= known and ids & one.counts_in], [], asked)


def test_the_ladder_of_hundreds_of_awards_is_the_same_at_every_day_as_known_after_every_step(
    database: Database,
) -> None:
    chance = random.Random(20041122)
    ids = [AwardId(f"award-{number}") for number in range(HISTORIES)]
    lives = {one: history(one, chance) for one in ids}
    write_all(database, [(stream, place, event) for place, (stream, event) in enumerate(beginnings(), start=1)])
    events: dict[str, list[check.Event]] = defaultdict(list)
    cuts, position = [], 10
    for step in range(STEPS):
        batch = list[tuple[str, int, Fact]]()
        for one in ids:
            if step < len(lives[one]):
                position += 1
                batch.append((one, position, lives[one][step]))
                events[one].append(event_of(one, position, step + 1, lives[one][step]))
        write_all(database, batch)
        cuts.append(position)
    made = {one: check.postings(events[one])[0] for one in ids}
    compared = 0
    for cut in cuts[1::2]:
        for (scope, day), line in ladders(database, ids, cut).items():
            found = figures_at(made[AwardId(scope)], {scope}, day, cut)
            for name, figure in (line.figures | line.beside).items():
                amount = found[f"GBP-{name}"]
                assert (figure.amount if figure.stated else None) == amount, (scope, day, cut, name)
                assert figure.undated == (found.get(f"GBP-{name}-undated") or 0)
                compared += amount is not None
    assert compared > HISTORIES * len(DAYS)


# --- Whole programmes, with registers, corrections, moves and money that is passed on ---------------------------------


def _state(one: History) -> None:
    """What a register states of the first award: transactions in two currencies, some of them no longer."""
    stream = one.awards[0]
    of: dict[str, Any] = {"partnership_id": one.partnerships[0], "on": When("2004-09")}
    for number, (kind, currency) in enumerate(product(award.Transaction, ("GBP", "EUR")), start=1):
        amount = Money.of(f"{number}1.50", currency)
        one._append(stream, award.TransactionStated(**of, number=number, kind=kind, amount=amount))
        if number % 3 == 0:
            version = len(one.at.log.history(stream))
            one._append(stream, StatementReplaced(version=version, fact="TransactionStated", on=When("2004-10")))
        elif number % 3 == 1:
            unstated = award.TransactionUnstated(**of, number=number, kind=kind, amount=amount, because="So it is")
            one._append(stream, unstated)
    one._append(stream, award.ParticularsStated(**of, bid_id=one.bids[1], title="As stated"))


class Lived:
    """A programme with many histories, and positions and days to ask about."""

    def __init__(self, database: Database, cuts: list[int], asked: list[tuple[str, str]]) -> None:
        self.database, self.cuts, self.asked = database, cuts, asked


@pytest.fixture(scope="module")
def lived(server: Database, programme_template: str) -> Iterator[Lived]:
    programme = copy_of(server, programme_template)
    chance, cuts = random.Random(41), []
    with desk(programme) as at:
        histories = [History(at, f"e{nth}", chance) for nth in range(times(6, 40))]
        for one in histories:
            one.begin()
            _pass_on(at, one)
            _state(one)
        for closing in ("2003-04-01 2004-03-31", "2004-04-01 2004-12-31", "2005-04-01 2005-05-31"):
            for one in histories:
                one.happen(30)
            cuts.append(at.log.position())
            starts, ends = closing.split()
            at.do(
                books.ClosePeriod(
                    programme_id=ProgrammeId(at.find("programme", "cbp")), name=closing.replace(" ", " to "),
                    starts=When(starts), ends=When(ends), on=When("2005-12-31"),
                )
            )  # fmt: skip
        cuts.append(at.log.position())
    project_all(programme)
    with programme.connect() as connection:
        awards = [code for (code,) in connection.execute("SELECT reference FROM read.awards ORDER BY position")]
    asked = [("award", code) for code in awards]
    asked += [("partnership", code) for code in ("dip", "lrip", "ace-cumbria")]
    asked += [("programme", "cbp"), ("scheme", "cbp-improvement-partnerships"), ("scheme", "cbp-pilots")]
    yield Lived(programme, cuts, asked)
    drop(server, programme)


def _pass_on(at: Desk, one: History) -> None:
    """An award of another partnership, and one of the same, that the first award funds."""
    for nth, partnership in enumerate(("lrip", "dip")):
        name = f"{one.name}-sub{nth}"
        at.accepted_award(name, "60.00", partnership=partnership, funded_from=one.awards[0])
        at.pay(AwardId(f"award-{name}"), 1, "20.00", f"2004-0{7 + nth}-09")
        of: dict[str, Any] = {"award_id": AwardId(f"award-{name}"), "number": 1, "on": When("2004-11-01")}
        if nth:
            at.do(award.RaiseRecovery(**of, amount=gbp("5.00"), because="Not spent as agreed"))
            at.do(award.ApproveRecovery(**of))
        else:
            ended = {"award_id": of["award_id"], "because": "So it is", "on": When("2005-02-01")}
            at.do(award.TerminateAward(**ended))
            at.do(award.ReopenAward(**ended))
            at.do(award.ReversePayment(**of, because="It was entered wrongly"))


def checked(gathered: Gathered) -> Found:
    """What check.py adds up from the events of a pack."""
    rows = [stored(event) for event in gathered.events]
    events = [check.Event(**row)._replace(body=msgspec.json.decode(row["body"])) for row in rows]
    made, bids = check.postings(events)
    question = gathered.question
    ids = {question.id, bids.get(question.id) or question.id}
    asked = {
        "kind": "period" if question.is_period else "ladder", "id": question.id, "starts": question.starts.isoformat(),
        "ends": question.ends.isoformat(), "figures": list(question.figures),
        "currencies": {one.currency: 2 for one in gathered.figures},
    }  # fmt: skip
    return check.figures(
        [one for one in made if one.position <= question.position and ids & one.counts_in], events, asked
    )


def stated(gathered: Gathered) -> Found:
    """What the statement of a pack says, from the read models."""
    found: Found = {}
    for one in gathered.figures:
        found[one.key] = one.amount
        found |= {f"{one.key}-{part}": amount for part, amount in one.parts.items()}
        found |= {f"{one.key}-{line.part}-{line.line.position}": line.adds for line in one.lines}
    return found


def compare(lived: Lived, questions: list[Asked], cuts: list[int]) -> list[Gathered]:
    """Compare check.py with the read models for each question, as known at each cut."""

    async def one(connection: Connection, question: Asked, cut: int) -> Gathered | None:
        row = await (
            await connection.execute("SELECT recorded_at FROM log.moments WHERE position = %s", (cut,))
        ).fetchone()
        assert row is not None
        try:
            found = await gather(connection, await question_of(connection, replace(question, known_at=row[0])))
        except (NotThere, Unseen):
            return None
        assert stated(found) == checked(found), (question, cut)
        return found

    async def every() -> list[Gathered]:
        async with await reading(lived.database) as connection:
            found = [await one(connection, question, cut) for question in questions for cut in cuts]
        return [each for each in found if each is not None]

    return asyncio.run(every())


def test_ladders_of_hostile_histories_are_the_same_in_every_scope_on_both_clocks(lived: Lived) -> None:
    questions = [
        Asked(kind=kind, code=code, as_at=day)
        for kind, code in lived.asked
        for day in (date(2004, 6, 30), date(2004, 12, 31), date(2006, 1, 1))
    ]
    found = compare(lived, questions, lived.cuts[1::2])
    assert len(found) > len(questions)
    figures = [one for each in found for one in each.figures]
    # Every figure, undated money, money that was taken away again and several currencies are among what is compared.
    assert {one.name for one in figures if one.amount} == {*PROVEN}
    assert any(one.parts.get("undated") for one in figures)
    assert any(line.adds < 0 for one in figures for line in one.lines)
    assert {event.name for each in found for event in each.events} > {
        "DateCorrected", "StatementReplaced", "AwardReassigned", "AwardRestated", "PaymentReversed", "RecoverySettled",
        "FundsRegranted", "TransactionStated", "TransactionUnstated", "AwardReopened", "AwardTerminated",
    }  # fmt: skip


def test_the_books_of_periods_are_the_same_with_what_was_recorded_late(lived: Lived) -> None:
    firsts = (date(2003, 4, 1), date(2004, 4, 1), date(2005, 1, 1), date(2005, 6, 1))
    lasts = (date(2004, 3, 31), date(2004, 12, 31), date(2005, 3, 31), date(2006, 12, 31))
    questions = [
        Asked(kind="period", code="cbp", as_at=ends, starts=starts, ends=ends)
        for starts, ends in zip(firsts, lasts, strict=True)
    ]
    found = compare(lived, questions, lived.cuts)
    assert len(found) == len(questions) * len(lived.cuts)
    parts = {part for each in found for one in each.figures for part in one.parts}
    assert parts == {"moved", "adjusted", "undated"}
    assert any(one.parts.get("adjusted") for each in found for one in each.figures if one.name == "paid")
    assert {one.name for one in found[-1].figures} == {*FIGURES}


@pytest.mark.parametrize("scope", COLUMNS)
def test_a_check_that_counts_an_event_wrongly_would_be_noticed(
    lived: Lived, scope: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: with another table of events the figures differ, so the comparison has power."""
    monkeypatch.setitem(check.ADDS, "PaymentReleased", "amount +paid")
    questions = [Asked(kind=kind, code=code, as_at=date(2006, 1, 1)) for kind, code in lived.asked if kind == scope]
    with pytest.raises(AssertionError):
        compare(lived, questions, lived.cuts[-1:])
