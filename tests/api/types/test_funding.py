"""The funding ladder over HTTP, and the exports of ledger and ladder."""

import csv
import io
import json
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest

from domain import award, bid
from domain.award import SettledBy, Variation
from domain.values.ids import AwardId, BidId
from domain.values.when import UNKNOWN, When
from infra.files.csv_and_jsonl import safe_cell
from infra.log.codec import CODEC
from projections.money.funding import FIGURES
from projections.tables.present import today
from tests.kit.money import Desk, adds, desk, gbp
from tests.kit.web.served import Api, until

LADDER = "{ currency asAt knownAt position " + " ".join(f"{figure} {{ amount undated }}" for figure in FIGURES) + " }"
PILOTS = {
    "portsmouth-future-leaders": "34459.00", "sussex-training-consortium": "58183.00", "race-for-success": "32000.00",
    "worcestershire-partnership": "75000.00", "ace-cumbria": "175000.00", "shropshire-improvement": "171300.00",
    "older-people-shared-priority": "156055.00",
}  # fmt: skip


def everywhere(api: Api) -> list[str]:
    """The ids of every programme, scheme, partnership and award."""
    found = []
    for programme in api.ask("{ programmes { id schemes { id } } }")["programmes"]:
        found += [programme["id"], *(scheme["id"] for scheme in programme["schemes"])]
    for partnership in api.ask("{ partnerships(first: 100) { nodes { id awards { id } } } }")["partnerships"]["nodes"]:
        found += [partnership["id"], *(one["id"] for one in partnership["awards"])]
    return found


def sums_of_events(api: Api, node: str) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """Each figure of *node*, and the sum of the events that it names."""
    events = "{ totalCount nodes { name data } pageInfo { hasNextPage } }"
    figures = " ".join(f"{figure} {{ amount events(first: 100) {events} }}" for figure in FIGURES)
    kinds = ("Programme", "Scheme", "Partnership", "Award")
    parts = " ".join(f"... on {kind} {{ funding {{ {figures} }} }}" for kind in kinds)
    ladder = api.ask(f'{{ node(id: "{node}") {{ {parts} }} }}')["node"]["funding"]
    shown, added = {}, {}
    for figure in FIGURES:
        page = ladder[figure]["events"]
        assert not page["pageInfo"]["hasNextPage"]
        assert page["totalCount"] == len(page["nodes"])
        shown[figure] = Decimal(ladder[figure]["amount"])
        decoded = [CODEC.decode(event["name"], 1, event["data"].encode()) for event in page["nodes"]]
        contributions = [adds(event).get(figure, Decimal(0)) for event in decoded]
        # Exactly the events that it is the sum of: none is named that adds nothing.
        assert Decimal(0) not in contributions, figure
        added[figure] = sum(contributions, Decimal(0))
    return shown, added


def a_life(at: Desk) -> None:
    """An award with every kind of money movement, and an award that it funds in another partnership of the scheme."""
    first = at.accepted_award("life", "50000.00")
    at.do(bid.VaryApproval(bid_id=BidId("bid-life"), approved=gbp("50000.00"), because="as it was", on=UNKNOWN))
    for number, day in ((1, "2004-07-01"), (2, "2004-10"), (3, "2005-03-20")):
        at.pay(first, number, "10000.00", day)
    back = award.ReturnPayment(
        award_id=first, number=2, part=1, amount=gbp("500.00"), because="Unspent", on=When("2005-01-10")
    )
    at.do(back)
    at.do(award.ReversePayment(award_id=first, number=3, because="Entered twice", on=When("2005-03-20")))
    at.do(
        award.VaryAward(
            award_id=first,
            number=1,
            kind=Variation.REDUCTION,
            change=gbp("-5000.00"),
            because="Fewer places",
            on=When("2005-02"),
        )
    )
    at.do(
        award.ReportExpenditure(
            award_id=first, number=1, amount=gbp("1234.56"), description="Rooms", on=When("2005-01-31")
        )
    )
    at.do(award.RaiseRecovery(award_id=first, number=1, amount=gbp("900.00"), because="Missed", on=When("2005-04-01")))
    at.do(award.ApproveRecovery(award_id=first, number=1, on=When("2005-04-02")))
    at.do(
        award.SettleRecovery(
            award_id=first, number=1, part=1, amount=gbp("400.00"), by=SettledBy.REPAYMENT, on=When("2005-05-01")
        )
    )
    at.do(award.WriteOffRecovery(award_id=first, number=1, because="Too small", on=When("2005-06-01")))
    at.accepted_award("onward", "3000.00", partnership="lrip", funded_from=first)


@pytest.fixture
def living(api: Api) -> Api:
    with desk(api.database) as at:
        a_life(at)
        position = at.log.position()
    until(lambda: reached(api) >= position, "the read models had it")
    return api


def reached(api: Api) -> int:
    return min(int(one["position"]) for one in api.ask("{ log { projections { position } } }")["log"]["projections"])


def test_every_figure_of_the_demo_equals_the_sum_of_the_events_that_it_names(shared_api: Api) -> None:
    for node in everywhere(shared_api):
        shown, added = sums_of_events(shared_api, node)
        assert added == shown, node


def test_every_figure_of_a_full_life_equals_the_sum_of_the_events_that_it_names(living: Api) -> None:
    for code in ("dip", "lrip"):
        awards = living.ask(f'{{ partnership(code: "{code}") {{ awards {{ id }} }} }}')["partnership"]["awards"]
        for node in [one["id"] for one in awards]:
            shown, added = sums_of_events(living, node)
            assert added == shown, node
    improvement = next(
        scheme["id"]
        for scheme in living.ask('{ programme(code: "cbp") { schemes { id code } } }')["programme"]["schemes"]
        if scheme["code"] == "cbp-improvement-partnerships"
    )
    shown, _ = sums_of_events(living, improvement)
    # The 3,000 that one award passes on to another are not 3,000 more.
    assert Decimal("325000.00") + Decimal("45000.00") == shown["awarded"]


def test_funding_of_each_of_the_seven_pilots_is_its_award_and_cumbria_counts_once(shared_api: Api) -> None:
    query = '{ partnerships(filter: { scheme: "cbp-pilots" }, first: 100) { nodes { code funding ' + LADDER + " } } }"
    nodes = shared_api.ask(query)["partnerships"]["nodes"]
    awarded = {
        node["code"]: node["funding"]["awarded"] for node in nodes if node["funding"]["awarded"]["amount"] != "0.00"
    }

    assert PILOTS == {code: figure["amount"] for code, figure in awarded.items()}
    # No source dates any of them, and the ladder says so.
    assert PILOTS == {code: figure["undated"] for code, figure in awarded.items()}


def test_estimates_budgets_and_charges_are_not_awards(shared_api: Api) -> None:
    for code in ("cpp-scotland-all", "nwin", "kent-swindon", "hull-peer-panels"):
        ladder = shared_api.ask(f'{{ partnership(code: "{code}") {{ awards {{ id }} funding {LADDER} }} }}')[
            "partnership"
        ]
        assert [] == ladder["awards"]
        assert {"0.00"} == {ladder["funding"][figure]["amount"] for figure in FIGURES}


def test_an_answer_can_be_repeated_for_ever_with_its_known_at(living: Api) -> None:
    query = 'query ($knownAt: DateTime) { award(reference: "A-life") { funding(knownAt: $knownAt) ' + LADDER + " } }"
    before = living.ask(query)["award"]["funding"]
    with desk(living.database) as at:
        at.do(
            award.ReportExpenditure(
                award_id=AwardId("award-life"), number=7, amount=gbp("1.00"), description="Late", on=UNKNOWN
            )
        )
        position = at.log.position()
    until(lambda: reached(living) >= position, "the read models had it")

    assert before == living.ask(query, knownAt=before["knownAt"])["award"]["funding"]
    assert "1235.56" == living.ask(query)["award"]["funding"]["spent"]["amount"]


def test_known_at_sets_the_day_unless_as_at_is_given(living: Api) -> None:
    query = """query ($k: DateTime) { partnership(code: "dip") { funding(knownAt: $k) { asAt }
        named: funding(knownAt: $k, asAt: "2005-03-31") { asAt } bids { clock(knownAt: $k) { asAt } } } }"""
    for instant, day in (
        ("2026-01-02T23:30:00-01:00", "2026-01-03"),
        ("2199-01-01T00:00:00Z", today().isoformat()),
        (None, today().isoformat()),
    ):
        found = living.ask(query, k=instant)["partnership"]
        assert (day, "2005-03-31") == (found["funding"]["asAt"], found["named"]["asAt"])
        assert {day} >= {bid["clock"]["asAt"] for bid in found["bids"]}


def test_a_month_counts_from_its_last_day(living: Api) -> None:
    def paid(day: str) -> str:
        query = f'{{ award(reference: "A-life") {{ funding(asAt: "{day}") {{ paid {{ amount }} }} }} }}'
        amount: str = living.ask(query)["award"]["funding"]["paid"]["amount"]
        return amount

    assert ("10000.00", "20000.00") == (paid("2004-10-30"), paid("2004-10-31"))


def test_each_pound_can_be_followed_from_source_to_project_in_one_query(living: Api) -> None:
    found = living.ask(
        '{ award(reference: "A-onward") { fundedFrom { reference subAwards { reference } } trace { reference'
        " partnership { code } } } }"
    )["award"]

    assert {"reference": "A-life", "subAwards": [{"reference": "A-onward"}]} == found["fundedFrom"]
    assert [("A-life", "dip"), ("A-onward", "lrip")] == [
        (step["reference"], step["partnership"]["code"]) for step in found["trace"]
    ]


def test_the_exported_ledger_balances_event_by_event_and_both_forms_say_the_same(living: Api) -> None:
    rows = list(csv.DictReader(io.StringIO(living.http.get("/export/ledger.csv").text)))
    lines = [json.loads(line) for line in living.http.get("/export/ledger.jsonl").text.splitlines()]
    balance: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        balance[row["position"]] += Decimal(row["debit"] or 0) - Decimal(row["credit"] or 0)

    assert {Decimal(0)} == set(balance.values())
    assert [{k: "" if v is None else str(v) for k, v in line.items()} for line in lines] == rows


def test_the_exported_ladder_says_what_funding_says(living: Api) -> None:
    response = living.http.get("/export/ladder.csv", params={"asAt": "2005-03-31"})
    rows = {(row["kind"], row["code"]): row for row in csv.DictReader(io.StringIO(response.text))}
    funding = living.ask(f'{{ award(reference: "A-life") {{ funding(asAt: "2005-03-31") {LADDER} }} }}')["award"][
        "funding"
    ]

    assert {figure: funding[figure]["amount"] for figure in FIGURES} == {
        figure: rows["award", "A-life"][figure] for figure in FIGURES
    }
    assert funding["position"] == response.headers["x-fundtrail-position"]


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"), ("+44 20", "'+44 20"), ("@cmd", "'@cmd"), ("-1+1", "'-1+1"), ("\t=1", "'\t=1"),
        ("-12.50", "-12.50"), ("plain", "plain"), (None, ""), (12, "12"), ("\n=1", "'\n=1"),
        ("\uff1d1+1", "'\uff1d1+1"), ("\uff0b44", "'\uff0b44"), ("\uff0d1+1", "'\uff0d1+1"),
        ("\uff20cmd", "'\uff20cmd"),
    ],
)  # fmt: skip
def test_no_exported_cell_is_a_formula(cell: Any, safe: str) -> None:
    assert safe == safe_cell(cell)


@pytest.mark.parametrize("path", ["/export/ledger.xml", "/export/secrets.csv", "/export/ledger.csv?asAt=soon"])
def test_an_unknown_export_is_refused_with_a_code(shared_api: Api, path: str) -> None:
    response = shared_api.http.get(path)

    assert response.status_code in (400, 404)
    assert response.json()["errors"][0]["extensions"]["code"] in ("NOT_FOUND", "BAD_USER_INPUT")
