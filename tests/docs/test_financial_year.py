"""The page of the financial year is true: its commands are given in turn, and the figures are those that it shows."""

import json
import re
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from infra.database.postgres import Database
from infra.feeding.projector import project_all
from tests.conftest import copy_of
from tests.docs.pages import DOCS, rows
from tests.kit.command_line import fundtrail
from tests.kit.web.served import served

TEXT = (DOCS / "financial-year.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(json|text|json-answer)\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def fund(server: Database, programme_template: str, tmp_path_factory: pytest.TempPathFactory) -> Database:
    """The fund of the page, after all of its commands. What is refused is what the page says."""
    database = copy_of(server, programme_template)
    file: Path = tmp_path_factory.mktemp("fund") / "fund.jsonl"
    given, refused = 0, ""
    for kind, text in BLOCKS:
        if kind == "json":
            file.write_text(text, encoding="utf-8")
            answer = fundtrail(database, "hand-in", str(file), "--as", "programme office", "--json")
            lines = [json.loads(line) for line in answer.stdout.splitlines()]
            refusals = [f"{one['line']} {one['rule']}" for one in lines if one["rule"]]
            assert (["2 YearBudgetExceeded"] if "year-22" in text else []) == refusals, answer.stdout
            given += len(lines)
            printed = fundtrail(database, "hand-in", str(file), "--as", "programme office").stdout
            refused = " ".join(printed.split())
        elif kind == "text":
            assert " ".join(text.split()) in refused
    assert 30 == given
    project_all(database)
    return database


def plain(database: Database, *words: str) -> Any:
    return json.loads(fundtrail(database, *words, "--json").stdout)


def table(first: str) -> list[dict[str, str]]:
    """The rows of the table of the page whose first column has this head."""
    found = rows(TEXT)
    start = next(nth for nth, row in enumerate(found) if row[0] == first)
    of_table = takewhile(lambda row: re.match(r"\d{4}-\d{2}|ladder", row[0]), found[start + 1 :])
    return [dict(zip(found[start], row, strict=True)) for row in of_table]


def test_the_year_end_lists_are_those_of_the_page(fund: Database) -> None:
    answers = [json.loads(text) for kind, text in BLOCKS if kind == "json-answer"]
    assert ["2004-05", "2005-06"] == [one["year"] for one in answers]
    for one in answers:
        assert one == plain(fund, "year-end", "skills", one["year"])


def test_the_budgets_by_year_are_those_of_the_page(fund: Database) -> None:
    found = plain(fund, "years", "skills-fund", "--as-at", "2006-03-31")["budgets"]
    assert table("year") == [{name: one[name] for name in table("year")[0]} for one in found]


def test_the_figures_by_year_are_those_of_the_page_and_add_up_to_the_ladder(fund: Database) -> None:
    found = plain(fund, "years", "skills-fund", "--as-at", "2006-03-31")["periods"]
    *shown, ladder = table("period")
    names = [name for name in ladder if name != "period"]
    assert shown == [{"period": one["name"]} | {name: one["figures"][name] for name in names} for one in found]
    of_ladder = plain(fund, "funding", "skills-fund", "--as-at", "2006-03-31")["figures"]
    assert ladder == {"period": "ladder"} | {name: of_ladder[name]["amount"] for name in names}


def test_the_profile_is_that_of_the_page_and_was_as_agreed_on_the_day_of_the_first_year_end(fund: Database) -> None:
    found = plain(fund, "years", "SF-A1", "--as-at", "2006-03-31")["profile"]
    shown = [{("year" if name == "profile of" else name): value for name, value in one.items()}
             for one in table("profile of")]  # fmt: skip
    assert shown == [{name: one[name] for name in shown[0]} for one in found]
    before = plain(fund, "years", "SF-A1", "--as-at", "2005-03-31")["profile"]
    assert [("2004-05", "60000.00"), ("2005-06", "40000.00")] == [(one["year"], one["now"]) for one in before]


ASKED = """{ programme(code: "skills") {
    yearEnd(year: "2004-05") { ends earnedUnpaid { unpaid award { reference } } }
    carryForwards { number amount { amount } fromYear toYear spending allowedBy because on { text } scheme { code }
        event { name } }
    years(asAt: "2006-03-31", by: QUARTER) { firstMonth periods { name paid starts } }
    schemes { yearBudgets(asAt: "2006-03-31") { year budget left } } }
    award(reference: "SF-A1") { profileYears(asAt: "2006-03-31") { year agreed now due paid }
        profiles { number state amount { amount } because lines { year spending amount { amount } } } } }"""


def test_graphql_says_the_same(fund: Database) -> None:
    with served(fund, projector=False) as api:
        found = api.ask(ASKED)
    of = found["programme"]
    assert {"ends": "2005-03-31", "earnedUnpaid": [{"unpaid": "30000.00", "award": {"reference": "SF-A1"}}]} == of[
        "yearEnd"
    ]
    (carried,) = of["carryForwards"]
    assert ("30000.00", "2004-05", "2005-06", "REVENUE", "skills-fund", "CarriedForward") == (
        carried["amount"]["amount"], carried["fromYear"], carried["toYear"], carried["spending"],
        carried["scheme"]["code"], carried["event"]["name"],
    )  # fmt: skip
    quarters = [(one["name"], one["paid"]) for one in of["years"]["periods"] if one["paid"] != "0.00"]
    assert [("2004-05 Q3", "30000.00"), ("2005-06 Q1", "30000.00"), ("2005-06 Q3", "35000.00")] == quarters
    assert [("2004-05", "0.00"), ("2005-06", "25000.00")] == [
        (one["year"], one["left"]) for one in of["schemes"][0]["yearBudgets"]
    ]
    assert ["AGREED", "CHANGED"] == [one["state"] for one in found["award"]["profiles"]]
    assert ["REVENUE", "REVENUE", "CAPITAL"] == [one["spending"] for one in found["award"]["profiles"][1]["lines"]]


def test_a_year_that_is_none_is_refused_by_name_and_never_an_error(fund: Database) -> None:
    answer = fundtrail(fund, "year-end", "skills", "2004-06")
    assert 3 == answer.returncode
    with served(fund, projector=False) as api:
        asked = api.http.post(
            "/graphql", json={"query": '{ programme(code: "skills") { yearEnd(year: "2004") { ends } } }'}
        )
    assert 200 == asked.status_code
    assert "no financial year 2004" in asked.json()["errors"][0]["message"]
