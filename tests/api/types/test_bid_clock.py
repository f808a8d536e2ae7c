"""A cached clock has the same text as a new one, whatever was recorded in between."""

import json
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.answering import roots, shapes, statements
from api.answering.roots import RootsInSql
from api.answering.statements import Lasting, Worked
from api.schema import schema
from api.types.bid_clock import OF_SUBMISSION
from api.types.delays import Delay
from domain import award, bid, programme
from domain.history import Command
from domain.values.ids import AwardId, BidId, ProgrammeId, SchemeId
from domain.values.refusal import Refused
from domain.values.waiting import Calendar
from domain.values.when import When
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from tests.api.answering.test_statements import statements as statements_of
from tests.api.types.test_delays import CLOCK
from tests.kit.length import times
from tests.kit.money import Desk, desk, gbp
from tests.kit.web.served import Api, served
from tests.projections.delays.test_delays_as_known import some_command

ROUNDS = times(12, 200)
BIDS = 6
DAYS = ("2004-06-15", "2004-12-31")
NODES = {
    "all of the clock": f"bid {{ reference }} clock {CLOCK}",
    "a little of it, twice": "a: clock { standing stages { name } } b: clock { stages { n: name days { max } } }",
}
QUESTIONS = [
    f"query ($day: Date, $then: DateTime) {{ delays(first: 20, asAt: $day, knownAt: $then) {{ nodes {{ {nodes} }} }} }}"
    for nodes in NODES.values()
]
Clocks = tuple[str, str | None]


class Asking:
    """Questions to one API. Its cache of clocks is kept between questions, unless they are asked cold."""

    def __init__(self, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        self.api = api
        self._monkeypatch = monkeypatch
        self._kept = Lasting()

    def hot(self, question: str, at: Clocks) -> bytes:
        """The answer with the cache."""
        return self._answer(question, at, RootsInSql, self._kept)

    def cold(self, question: str, at: Clocks) -> bytes:
        """The answer with an empty cache."""
        return self._answer(question, at, RootsInSql, Lasting())

    def plain(self, question: str, at: Clocks) -> bytes:
        """The answer of graphql-core, which has no cache."""
        return self._answer(question, at, StrawberryGraphQLCoreExecutionContext, Lasting())

    def _answer(self, question: str, at: Clocks, way: type[Any], kept: Lasting) -> bytes:
        self._monkeypatch.setattr(schema, "execution_context_class", way)
        self._monkeypatch.setattr(statements, "lasting", kept)
        answer = self.api.post(question, {"day": at[0], "then": at[1]})
        assert b'"errors"' not in answer.content, answer.text
        return answer.content


def something(chance: random.Random, at: Desk, ids: tuple[ProgrammeId, SchemeId]) -> Command:
    """An event that may change a clock, on any day."""
    number = chance.randrange(BIDS)
    bid_id, award_id, payment = BidId(f"bid-{number}"), AwardId(f"award-{number}"), chance.randrange(1, 3)
    on = When(f"2004-{chance.randrange(1, 13):02}")
    commands: list[Command] = [
        award.OfferAward(award_id=award_id, bid_id=bid_id, reference=f"A{number}", amount=gbp("90.00"), on=on),
        award.AcceptOffer(award_id=award_id, on=on),
        bid.LapseOffer(bid_id=bid_id, award_id=award_id, on=on),
        award.ReversePayment(award_id=award_id, number=payment, because="Twice", on=on),
        award.TerminateAward(award_id=award_id, because="Over", on=on),
        award.ReopenAward(award_id=award_id, because="Not over", on=on),
        programme.ChooseCalendar(programme_id=ids[0], calendar=chance.choice(list(Calendar)), on=on),
    ]
    return chance.choice([*commands, *(some_command(chance, number, at, ids) for _ in range(2 * len(commands)))])


def happen(chance: random.Random, at: Desk) -> None:
    """Hand in some commands about bids and their programme; some are refused."""
    ids = (ProgrammeId(at.find("programme", "cbp")), SchemeId(at.find("scheme", "cbp-improvement-partnerships")))
    for _ in range(10):
        with suppress(Refused):
            if chance.random() < 0.1:
                at.pay(AwardId(f"award-{chance.randrange(2)}"), chance.randrange(1, 3), "10.00", "2004-07-01")
            else:
                at.do(something(chance, at, ids))


def resubmitted_bid(at: Desk, name: str) -> None:
    """A bid with two clocks: it was declined and submitted again."""
    bid_id = at.submitted_bid(name, "2004-01-05")
    at.do(bid.DeclineBid(bid_id=bid_id, because="Thin", on=When("2004-02-02")))
    at.do(bid.ResubmitBid(bid_id=bid_id, title=name, requested=gbp("90.00"), on=When("2004-03-01")))


def hold(asking: Asking, database: Database, seed: int) -> None:
    """Ask with the cache, without it and graphql-core after each of many commands. The answers must be equal."""
    chance = random.Random(seed)
    known: dict[tuple[str, Clocks], bytes] = {}
    with desk(database) as at:
        for number in range(2):
            at.accepted_award(f"{number}", "100.00")
        resubmitted_bid(at, str(BIDS - 1))
        for _ in range(ROUNDS):
            happen(chance, at)
            project_all(database)
            then = asking.api.ask("{ log { recordedAt } }")["log"]["recordedAt"]
            asked: list[tuple[str, Clocks]] = [
                (question, (day, moment)) for question in QUESTIONS for day in DAYS for moment in (None, then)
            ]
            for one in asked:
                hot = asking.hot(*one)
                assert hot == asking.cold(*one)
                assert hot == asking.plain(*one)
                if one[1][1] is not None:
                    known[one] = hot
    # What was known at a moment is answered for ever.
    for one in chance.sample(list(known), 12):
        assert known[one] == asking.hot(*one) == asking.plain(*one)


@pytest.fixture
def asking(programme: Database, monkeypatch: pytest.MonkeyPatch) -> Any:
    with served(programme, projector=False) as api:
        yield Asking(api, monkeypatch)


@pytest.mark.parametrize("seed", range(times(2, 10)))
def test_a_cached_clock_equals_a_new_one(asking: Asking, programme: Database, seed: int) -> None:
    hold(asking, programme, seed)


# The parts of the key of a clock, in its order.
PARTS = ("bid", "attempt", "version", "day")


def without(part: str) -> Callable[[pytest.MonkeyPatch], None]:
    """A cache key without one of its parts."""
    of, keep = Lasting.of, Lasting.keep

    def less(key: str) -> str:
        parts = json.loads(key)
        assert len(PARTS) == len(parts)
        return json.dumps([None if name == part else one for name, one in zip(PARTS, parts, strict=True)])

    def spoil(monkeypatch: pytest.MonkeyPatch) -> None:
        def short_of(kept: Lasting, value: Worked, key: str) -> str | None:
            return of(kept, value, less(key))

        def short_keep(kept: Lasting, value: Worked, key: str, text: str) -> None:
            keep(kept, value, less(key), text)

        monkeypatch.setattr(Lasting, "of", short_of)
        monkeypatch.setattr(Lasting, "keep", short_keep)

    return spoil


def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ignore standards and calendars in the version of a bid."""
    assert "SELECT promised" in OF_SUBMISSION.key
    clock = replace(OF_SUBMISSION, key=OF_SUBMISSION.key.replace("SELECT promised", "SELECT 0"))
    shape = shapes._SHAPES[Delay]
    monkeypatch.setitem(shapes._SHAPES, Delay, replace(shape, fields={**shape.fields, "clock": clock}))
    monkeypatch.setattr(roots, "kept", roots.Kept())


SPOILT = {**{f"without the {part}": without(part) for part in PARTS}, "blind": blind}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_cache_key_that_is_too_short_is_noticed(
    asking: Asking, programme: Database, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[pytest.MonkeyPatch], None]
) -> None:
    """The control of the test above."""
    spoil(monkeypatch)
    with pytest.raises(AssertionError):
        hold(asking, programme, seed=0)


def test_the_cache_keeps_the_clocks_used_last(
    asking: Asking, programme: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with desk(programme) as at:
        for number in range(4):
            at.submitted_bid(f"{number}", f"2004-01-0{number + 1}")
    project_all(programme)
    monkeypatch.setattr(statements, "lasting", Lasting(kept=2))
    query = "query ($day: Date!) { delays(first: 1, asAt: $day) { nodes { clock { asAt openDays } } } }"

    def read(day: int) -> bool:
        return statements_of(asking.api, query, day=f"2004-05-0{day}") > 1

    assert [True, False, True, False, True] == [read(day) for day in (1, 1, 2, 1, 3)]
    # The second day has made room for the third, for the first was asked for since.
    assert [False, True] == [read(day) for day in (1, 2)]
