"""The figures of a round as at any day and as known at any moment, over GraphQL and in the exports."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from domain import award, bid, funding_round
from domain.values.correction import CorrectDate
from domain.values.ids import AwardId, BidId, ProgrammeId, RoundId, SchemeId
from domain.values.when import When
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from tests.conftest import copy_of
from tests.kit.files.exported import listed
from tests.kit.money import Desk, desk, gbp
from tests.kit.web.served import Api, served

ROUND = RoundId("round-spring")
FIGURES = """query ($day: Date, $known: DateTime) { rounds(filter: { code: "R-spring" }) { nodes {
    figures(asAt: $day, knownAt: $known) { asAt budget { amount currency } committed { amount } free { amount }
    ringFences { name amount { amount } committed { amount } free { amount } } } } } }"""


def opened(at: Desk) -> None:
    """A round of 900.00 with a ring-fence, opened in April 2004, and an award of 100.00 from the ring-fence in June."""
    scheme_id = SchemeId(at.find("scheme", "cbp-improvement-partnerships"))
    of: Any = {"programme_id": ProgrammeId(at.find("programme", "cbp")), "scheme_id": scheme_id}
    named: Any = {"round_id": ROUND, "code": "R-spring", "name": "Spring"}
    at.do(funding_round.OpenRound(**of, **named, budget=gbp("900.00"), on=When("2004-04-01")))
    at.do(funding_round.SetRingFence(round_id=ROUND, name="Rural", amount=gbp("300.00"), on=When("2004-04-02")))
    bid_id, award_id = BidId("bid-spring"), AwardId("award-spring")
    of_bid: Any = {"partnership_id": at.find("partnership", "dip"), "reference": "B-spring", "title": "Spring"}
    at.do(bid.SubmitBid(bid_id=bid_id, **of_bid, requested=gbp("100.00"), round_id=ROUND, on=When("2004-05-01")))
    at.do(bid.ApproveBid(bid_id=bid_id, approved=gbp("100.00"), on=When("2004-06-01")))
    offer: Any = {"reference": "A-spring", "amount": gbp("100.00"), "ring_fence": "Rural", "on": When("2004-06-15")}
    at.do(award.OfferAward(award_id=award_id, bid_id=bid_id, **offer))


@pytest.fixture(scope="module")
def round_api(server: Database, programme_template: str) -> Iterator[Api]:
    """The programme with the round."""
    database = copy_of(server, programme_template)
    with desk(database) as at:
        opened(at)
    project_all(database)
    with served(database, projector=False) as api:
        yield api


def figures(api: Api, day: str | None = None, known: str | None = None) -> Any:
    """What the round has on a day: its figures, and those of its ring-fences by name; None before it was open."""
    (found,) = api.ask(FIGURES, day=day, known=known)["rounds"]["nodes"]
    one = found["figures"]
    if one is None:
        return None
    assert day in (None, one["asAt"])
    fences = {fence["name"]: _amounts(fence, "amount") for fence in one["ringFences"]}
    return _amounts(one, "budget"), fences


def _amounts(of: Any, name: str) -> tuple[str, ...]:
    return tuple(of[figure]["amount"] for figure in (name, "committed", "free"))


def test_the_figures_of_a_round_are_those_of_the_day(round_api: Api) -> None:
    """By hand."""
    rural = {"Rural": ("300.00", "0.00", "300.00")}
    assert figures(round_api, "2004-03-31") is None
    assert (("900.00", "0.00", "900.00"), {}) == figures(round_api, "2004-04-01")
    assert (("900.00", "0.00", "900.00"), rural) == figures(round_api, "2004-06-14")
    now = ("900.00", "100.00", "800.00"), {"Rural": ("300.00", "100.00", "200.00")}
    assert now == figures(round_api, "2004-06-15") == figures(round_api)


def test_the_exports_of_rounds_and_ring_fences_have_the_same_figures_on_any_day(round_api: Api) -> None:
    for day in ("2004-03-31", "2004-04-01", "2004-06-14", "2004-06-15", "2030-01-01"):
        rounds, fences = (_exported(round_api.database, name, day) for name in ("rounds", "ring-fences"))
        found = figures(round_api, day)
        assert [_cells(row, "budget") for row in rounds] == ([found[0]] if found else [])
        assert {row["name"]: _cells(row, "amount") for row in fences} == (found[1] if found else {})


def _exported(database: Database, name: str, day: str) -> list[Any]:
    lines = listed(database, name, "jsonl", as_at=date.fromisoformat(day)).decode().splitlines()
    return [row for row in map(json.loads, lines) if "R-spring" in (row.get("code"), row.get("round"))]


def _cells(row: Any, name: str) -> tuple[str, ...]:
    return tuple(row[figure] for figure in (name, "committed", "free"))


def test_a_corrected_date_moves_a_figure_and_leaves_what_was_known_before(round_api: Api) -> None:
    """By hand: the opening of 1 April is corrected to 1 March, the ring-fence of 2 April to 1 June, and the award of
    15 June to 20 June.
    """
    api = round_api
    then = api.ask("{ auditLog(last: 1) { nodes { recordedAt } } }")["auditLog"]["nodes"][0]["recordedAt"]
    because: Any = {"round_id": ROUND, "because": "Mistyped", "on": When("2004-09-01")}
    with desk(api.database) as at:
        at.do(CorrectDate(**because, step="RoundOpened", date=When("2004-03-01")))
        at.do(CorrectDate(**because, step="RingFenceSet", date=When("2004-06-01")))
        at.do(funding_round.CloseRound(round_id=ROUND, on=When("2004-08-31")))
        at.do(CorrectDate(**because, step="RoundClosed", date=When("2004-08-30")))
    project_all(api.database)
    whole = ("900.00", "0.00", "900.00")
    assert (whole, {}) == figures(api, "2004-03-01") == figures(api, "2004-05-31")
    assert (whole, {"Rural": ("300.00", "0.00", "300.00")}) == figures(api, "2004-06-01")
    assert figures(api, "2004-03-31", then) is None
    assert (whole, {"Rural": ("300.00", "0.00", "300.00")}) == figures(api, "2004-05-31", then)
    with desk(api.database) as at:
        offered: Any = {"award_id": AwardId("award-spring"), "step": "AwardOffered", "date": When("2004-06-20")}
        at.do(CorrectDate(**offered, because="Mistyped", on=When("2004-09-01")))
    project_all(api.database)
    assert (whole, {"Rural": ("300.00", "0.00", "300.00")}) == figures(api, "2004-06-19")
    committed = ("900.00", "100.00", "800.00"), {"Rural": ("300.00", "100.00", "200.00")}
    assert committed == figures(api, "2004-06-20") == figures(api, "2004-06-19", then)
    ask = '{ rounds(filter: { code: "R-spring" }) { nodes { opened { text } closed { text } } } }'
    assert {"opened": {"text": "2004-03-01"}, "closed": {"text": "2004-08-30"}} == api.ask(ask)["rounds"]["nodes"][0]
    test_the_exports_of_rounds_and_ring_fences_have_the_same_figures_on_any_day(api)
