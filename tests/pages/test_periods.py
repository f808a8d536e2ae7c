"""The books of a programme on pages: figures that lead from opening to closing, and what to look at before closing."""

import csv
import io
import re
from decimal import Decimal

import pytest

from domain import award
from domain.books import ClosePeriod
from domain.values.ids import ProgrammeId
from domain.values.when import When
from tests.kit.database.feeding import caught_up
from tests.kit.money import Desk, desk
from tests.kit.web.served import Api


def closed(at: Desk, name: str, starts: str, ends: str) -> None:
    """Close the books of the Capacity Building Programme for these days."""
    programme_id = ProgrammeId(at.find("programme", "cbp"))
    on = When("2026-01-05")
    at.do(ClosePeriod(programme_id=programme_id, name=name, starts=When(starts), ends=When(ends), on=on), "director")


def figures(api: Api, path: str) -> dict[str, dict[str, Decimal]]:
    """The figures of a period, by name."""
    rows = csv.DictReader(io.StringIO(api.http.get(f"{path}&download=csv").text))
    names = ("opening", "moved", "adjusted", "closing", "undated")
    return {row["figure"]: {name: Decimal(row[name]) for name in names} for row in rows}


def funding(api: Api, as_at: str, names: list[str]) -> dict[str, Decimal]:
    """The ladder of the programme, as known now."""
    asked = " ".join(f"{name} {{ amount }}" for name in names)
    found = api.ask(f'{{ programme(code: "cbp") {{ funding(asAt: "{as_at}") {{ {asked} }} }} }}')
    return {name: Decimal(one["amount"]) for name, one in found["programme"]["funding"].items()}


PERIODS = (
    ("name=2004-05", 'name: "2004-05"'),
    ("from=2005-04-01&to=2006-03-31", 'starts: "2005-04-01", ends: "2006-03-31"'),
    ("from=2004-01-01&to=2004-03-31", 'starts: "2004-01-01", ends: "2004-03-31"'),
)


@pytest.mark.parametrize(("asked", "named"), PERIODS)
def test_the_figures_of_a_period_are_those_of_its_report(lives: Api, asked: str, named: str) -> None:
    shown = figures(lives, f"/periods/cbp?{asked}")
    query = (
        f'{{ programme(code: "cbp") {{ periodReport({named}) {{ figures {{ figure moved adjusted undated }} }} }} }}'
    )
    report = lives.ask(query)["programme"]["periodReport"]["figures"]
    assert {one["figure"] for one in report} == set(shown)
    for one in report:
        for name in ("moved", "adjusted", "undated"):
            assert Decimal(one[name]) == shown[one["figure"]][name]


def test_a_period_opens_with_what_the_one_before_closed_with_and_closes_with_the_ladder(lives: Api) -> None:
    """Nothing is recorded after the adjustments, so the ladder of today has what the books have."""
    before, after = (
        figures(lives, "/periods/cbp?name=2004-05"),
        figures(lives, "/periods/cbp?from=2005-04-01&to=2006-03-31"),
    )
    ladder = funding(lives, "2006-03-31", list(after))
    assert any(one["adjusted"] for one in after.values()), "nothing shows that adjustments count"
    # Bids of early 2004 were recorded later, and those days were never closed.
    assert before.pop("requested")["closing"] < after["requested"]["opening"]
    for name, one in after.items():
        assert name == "requested" or before[name]["closing"] == one["opening"], name
        assert one["opening"] + one["moved"] + one["adjusted"] == one["closing"], name
        assert ladder[name] == one["closing"] + one["undated"], name


def test_a_closed_period_shows_what_was_recorded_since_and_its_figures_stay(api: Api) -> None:
    path = "/periods/cbp?name=2004-05"
    with desk(api.database) as at:
        award_id = at.accepted_award("books", "500.00")
        at.pay(award_id, 1, "60.00", "2004-09-01")
        closed(at, "2004-05", "2004-04-01", "2005-03-31")
    caught_up(api.database)
    before = figures(api, path)
    assert "Nothing that took effect in this period was recorded since" in api.http.get(path).text
    with desk(api.database) as at:
        at.pay(award_id, 2, "40.00", "2004-10-01")
    caught_up(api.database)
    assert before == figures(api, path)
    since = api.http.get(path).text.split("Adjustments since it was closed", 1)[1]
    assert re.search(r'Payment released</a></td><td>A-books</td><td>Paid</td><td class="r">40.00</td>', since)
    assert Decimal("40.00") == figures(api, "/periods/cbp?from=2005-04-01&to=2006-03-31")["paid"]["adjusted"]


CHECK = re.compile(r'<tr><td class="r">(?:<b>)?([\d,]+)(?:</b>)?</td><td>(?:<a href="([^"]*)">)?([^<]*)')


def checks(api: Api, path: str = "/periods/cbp?from=2005-04-01&to=2005-06-30") -> dict[str, tuple[int, str]]:
    """The numbers and addresses of a checklist, by words."""
    shown = api.http.get(path).text.split('aria-label="Checklist"', 1)[1].split("</table>", 1)[0]
    return {words: (int(number.replace(",", "")), link) for number, link, words in CHECK.findall(shown)}


def test_each_number_of_the_checklist_is_that_of_its_list(lives: Api) -> None:
    found = checks(lives)
    assert 7 == len(found)
    compared = 0
    for words, (number, link) in found.items():
        if link and not link.startswith("#"):
            listed = re.search(r"([\d,]+) (entry|entries|discrepanc)", lives.http.get(link.replace("&amp;", "&")).text)
            assert listed is not None
            assert number == int(listed[1].replace(",", "")), words
            compared += 1
    assert compared >= 2
    assert 2 == found["bank entries to decide"][0]
    assert (1, "#accounts") == found["accounts with days that no statement covers"]
    assert found["returns that are late"][0] >= 3


def test_a_condition_is_on_the_checklist_until_it_is_met(api: Api) -> None:
    path = "/periods/cbp?from=2004-04-01&to=2005-03-31"
    with desk(api.database) as at:
        award_id = at.accepted_award("conditional", "500.00")
        on = When("2004-07-01")
        at.do(award.SetCondition(award_id=award_id, number=1, text="An <i>evaluator</i>", precedent=False, on=on))
    caught_up(api.database)
    assert (1, "#conditions") == checks(api, path)["open conditions of awards"]
    assert "An &lt;i&gt;evaluator&lt;/i&gt;" in api.http.get(path).text
    with desk(api.database) as at:
        at.do(award.MeetCondition(award_id=award_id, number=1, on=When("2004-08-01")))
    caught_up(api.database)
    assert (0, "") == checks(api, path)["open conditions of awards"]


def test_days_that_no_statement_covers_are_named(lives: Api) -> None:
    text = lives.http.get("/periods/cbp?from=2004-07-01&to=2004-09-30").text
    assert "No statement covers 1 Jul 2004 to 31 Jul 2004 (31 days), 1 Sep 2004 to 30 Sep 2004 (30 days)." in text
    assert "No statement covers" not in lives.http.get("/periods/cbp?from=2004-08-01&to=2004-08-31").text


@pytest.mark.parametrize(
    "days", ["from=9999-05-01", "from=0001-01-01", "from=0001-01-01&to=9999-12-31", "to=9999-12-31"]
)
def test_days_at_the_ends_of_the_calendar_are_shown(lives: Api, days: str) -> None:
    assert 200 == lives.http.get(f"/periods/cbp?{days}").status_code
