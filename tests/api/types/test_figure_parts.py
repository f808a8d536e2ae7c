"""Figures that explain themselves: what each event adds, budgets with what is committed, and what may still be paid."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from domain import award, programme
from domain.values.ids import ProgrammeId, SchemeId
from domain.values.when import When
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from projections.money.funding import BUDGETS, SHOWN
from tests.conftest import copy_of
from tests.kit.life import called, lived
from tests.kit.money import Desk, desk, gbp
from tests.kit.web.served import Api, served

PART = "{ adds { amount currency } paymentNumber award { id } event { position name paymentNumber award { id } } }"
KINDS = ("Programme", "Scheme", "Partnership", "Award")


def funding(api: Api, node: str, shown: str, clocks: str = "") -> dict[str, Any]:
    parts = " ".join(f"... on {kind} {{ funding{clocks} {{ {shown} }} }}" for kind in KINDS)
    found = api.ask(f'{{ node(id: "{node}") {{ {parts} }} }}')["node"]["funding"]
    assert isinstance(found, dict)
    return found


def everywhere(api: Api) -> list[str]:
    """The ids of every programme, scheme, partnership and award."""
    found = []
    for one in api.ask("{ programmes { id schemes { id } } }")["programmes"]:
        found += [one["id"], *(scheme["id"] for scheme in one["schemes"])]
    for one in api.ask("{ partnerships(first: 100) { nodes { id awards { id } } } }")["partnerships"]["nodes"]:
        found += [one["id"], *(of["id"] for of in one["awards"])]
    return found


def check_parts(api: Api, node: str, clocks: str = "") -> int:
    """See that the parts of every figure of *node* are its amount and its events. Returns the number of parts."""
    parts = 0
    lists = f"parts(first: 100) {{ totalCount nodes {PART} }} events(first: 100) {{ nodes {{ position }} }}"
    for names in ([*SHOWN][at : at + 3] for at in range(0, len(SHOWN), 3)):
        found = funding(api, node, "currency " + " ".join(f"{name} {{ amount {lists} }}" for name in names), clocks)
        parts += sum(_check_figure(found[name], found["currency"]) for name in names if found[name] is not None)
    return parts


def _check_figure(figure: dict[str, Any], currency: str) -> int:
    nodes = figure["parts"]["nodes"]
    assert len(nodes) == figure["parts"]["totalCount"] <= 100
    assert Decimal(figure["amount"]) == sum((Decimal(one["adds"]["amount"]) for one in nodes), Decimal(0))
    assert {currency} >= {one["adds"]["currency"] for one in nodes}
    positions = [one["event"]["position"] for one in nodes]
    assert [one["position"] for one in figure["events"]["nodes"]] == positions
    for one in nodes:
        assert (one["event"]["paymentNumber"], one["event"]["award"]) == (one["paymentNumber"], one["award"])
    return len(nodes)


def test_the_parts_of_every_figure_of_the_demo_are_its_amount_to_the_penny(shared_api: Api) -> None:
    assert sum(check_parts(shared_api, node) for node in everywhere(shared_api)) > 50


# --- A life with budgets ----------------------------------------------------------------------------------------------

IMPROVEMENT = "cbp-improvement-partnerships"


def allocate(at: Desk, amount: str, scheme: str | None = None, on: str = "2004-01-01") -> None:
    scheme_id = SchemeId(at.find("scheme", scheme)) if scheme else None
    given: dict[str, Any] = {"programme_id": ProgrammeId(at.find("programme", "cbp")), "scheme_id": scheme_id}
    at.do(programme.AllocateBudget(**given, amount=gbp(amount), purpose="Grants", on=When(on)))


@pytest.fixture(scope="module")
def budgeted(server: Database, programme_template: str) -> Iterator[Api]:
    """The programme with a budget of a scheme, and from 2005 one of its own, and with the lives of two awards."""
    database = copy_of(server, programme_template)
    with desk(database) as at:
        allocate(at, "500000.00", IMPROVEMENT)
        lived(at)
        first = lived(at, "again", "worcestershire-partnership")
        called(at, "round")
        at.accepted_award("onward", "30.00", partnership="lrip", funded_from=first)
        allocate(at, "9000000.00", on="2005-01-01")
        given: dict[str, Any] = {"programme_id": ProgrammeId(at.find("programme", "cbp"))}
        scheme_id = SchemeId(at.find("scheme", IMPROVEMENT))
        at.do(
            programme.VaryBudget(
                **given, scheme_id=scheme_id, change=gbp("-100.00"), because="Less", on=When("2005-02-01")
            )
        )
    project_all(database)
    with served(database, projector=False) as api:
        yield api


LADDER = " ".join(f"{name} {{ amount stated }}" for name in BUDGETS) + " noBudget awarded { amount }"


def scheme_id(api: Api, code: str) -> str:
    schemes = api.ask('{ programme(code: "cbp") { schemes { id code } } }')["programme"]["schemes"]
    return str(next(one["id"] for one in schemes if one["code"] == code))


def of_budget(found: dict[str, Any]) -> list[str]:
    return [found[name]["amount"] for name in BUDGETS]


def test_the_parts_of_every_figure_of_a_life_are_its_amount_at_any_day(budgeted: Api) -> None:
    programme_id = budgeted.ask('{ programme(code: "cbp") { id } }')["programme"]["id"]
    things = budgeted.ask('{ partnership(code: "dip") { id awards { id } } }')["partnership"]
    nodes = [programme_id, scheme_id(budgeted, IMPROVEMENT), things["id"], *(one["id"] for one in things["awards"])]
    for clocks in ("", '(asAt: "2004-08-10")', '(asAt: "2004-12-31", knownAt: "2199-01-01T00:00:00Z")'):
        assert sum(check_parts(budgeted, node, clocks) for node in nodes) > 30


def test_budget_less_committed_is_free_and_committed_is_what_was_taken_from_the_budget(budgeted: Api) -> None:
    found = funding(budgeted, scheme_id(budgeted, IMPROVEMENT), LADDER)
    budget, committed, free = map(Decimal, of_budget(found))
    assert Decimal("499900.00") == budget
    # 30.00 of what is awarded come from an award of another scheme.
    assert committed + Decimal("30.00") == Decimal(found["awarded"]["amount"])
    assert budget - committed == free
    assert found["noBudget"] is None


def test_the_budget_of_a_programme_is_its_own_or_else_that_of_its_schemes(budgeted: Api) -> None:
    programme_id = budgeted.ask('{ programme(code: "cbp") { id } }')["programme"]["id"]
    before = funding(budgeted, programme_id, LADDER, '(asAt: "2004-12-31")')
    after = funding(budgeted, programme_id, LADDER, '(asAt: "2005-01-01")')
    assert ("500000.00", "9000000.00") == (before["budget"]["amount"], after["budget"]["amount"])
    for found in (before, after):
        budget, committed, free = map(Decimal, of_budget(found))
        assert budget - committed == free


def test_a_budget_that_nobody_recorded_is_null_with_a_reason(budgeted: Api) -> None:
    award_id = budgeted.ask('{ award(reference: "A-lived") { id } }')["award"]["id"]
    for node, reason in ((scheme_id(budgeted, "cbp-pilots"), "NOT_RECORDED"), (award_id, "NOT_KEPT")):
        found = funding(budgeted, node, LADDER)
        assert ([None] * 3, reason) == ([found[name] for name in BUDGETS], found["noBudget"])
    earlier = funding(budgeted, scheme_id(budgeted, IMPROVEMENT), LADDER, '(asAt: "2003-12-31")')
    assert "NOT_RECORDED" == earlier["noBudget"]


# --- What is held, and what may still be paid -------------------------------------------------------------------------


def test_held_is_paid_less_returned_less_spent(budgeted: Api) -> None:
    shown = " ".join(f"{name} {{ amount }}" for name in ("paid", "returned", "spent", "held"))
    for code in ("dip", "worcestershire-partnership"):
        node = budgeted.ask(f'{{ partnership(code: "{code}") {{ id }} }}')["partnership"]["id"]
        found = {name: Decimal(one["amount"]) for name, one in funding(budgeted, node, shown).items()}
        assert found["paid"] - found["returned"] - found["spent"] == found["held"] != 0


DAYS = {
    # A precedent condition is open from 1 to 2 July.
    "2004-06-30": "1000.00", "2004-07-01": "0.00", "2004-07-02": "1000.00",
    # Instalments of 600.00 (a month) and 200.00 are planned; then the first is 500.00, due on 1 October.
    "2004-07-04": "200.00", "2004-07-05": "300.00",
    # A reduction of 200.00, corrected by 50.00.
    "2004-07-06": "100.00", "2004-07-07": "150.00",
    # A hold of one day.
    "2004-08-01": "0.00", "2004-08-02": "150.00",
    # More is paid than was due: nothing may be paid.
    "2004-08-05": "0.00", "2004-10-01": "350.00", "2004-12-01": "570.00",
}  # fmt: skip


@pytest.mark.parametrize("day", DAYS)
def test_what_may_still_be_paid_waits_for_holds_conditions_and_instalments(budgeted: Api, day: str) -> None:
    ask = f'{{ award(reference: "A-lived") {{ funding(asAt: "{day}") {{ spendable available {{ amount }} }} }} }}'
    found = budgeted.ask(ask)["award"]["funding"]
    assert DAYS[day] == found["spendable"], found


def test_what_funds_another_award_may_not_be_paid(budgeted: Api) -> None:
    ask = '{ award(reference: "A-again") { funding { spendable available { amount } } } }'
    found = budgeted.ask(ask)["award"]["funding"]
    assert Decimal(found["available"]["amount"]) - Decimal("30.00") == Decimal(found["spendable"])


def test_what_a_partnership_may_still_be_paid_is_the_sum_over_its_awards(budgeted: Api) -> None:
    ask = '{{ partnership(code: "dip") {{ funding{0} {{ spendable }} awards {{ funding{0} {{ spendable }} }} }} }}'
    for clocks in ("", '(asAt: "2004-07-06")', '(knownAt: "2199-01-01T00:00:00Z", asAt: "2004-09-01")'):
        found = budgeted.ask(ask.format(clocks))["partnership"]
        awards = sum(Decimal(one["funding"]["spendable"]) for one in found["awards"])
        assert awards == Decimal(found["funding"]["spendable"])


def test_a_scheme_is_not_asked_what_may_still_be_paid(budgeted: Api) -> None:
    assert {"spendable": None} == funding(budgeted, scheme_id(budgeted, IMPROVEMENT), "spendable")


def test_holds_of_one_award_leave_those_of_others(budgeted: Api) -> None:
    before = budgeted.ask('{ partnership(code: "dip") { funding { spendable } } }')["partnership"]["funding"]
    ask = '{ award(reference: "A-lived") { id funding { spendable } } }'
    one = budgeted.ask(ask)["award"]
    with desk(budgeted.database) as at:
        at.do(award.PlaceHold(award_id=one["id"], number=9, because="Doubt", on=When("2005-01-01")))
    project_all(budgeted.database)
    assert "0.00" == budgeted.ask(ask)["award"]["funding"]["spendable"]
    after = budgeted.ask('{ partnership(code: "dip") { funding { spendable } } }')["partnership"]["funding"]
    less = Decimal(before["spendable"]) - Decimal(after["spendable"])
    assert less == Decimal(one["funding"]["spendable"])
