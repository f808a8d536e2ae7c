"""Closed periods and their books, over GraphQL and on the command line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain import award
from domain.values.when import When
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from tests.conftest import copy_of
from tests.kit.command_line import fundtrail
from tests.kit.money import desk
from tests.kit.web.served import Api, served

REPORT = """query ($name: String, $starts: Date, $ends: Date, $knownAt: DateTime) { programme(code: "cbp") {
  periodReport(name: $name, starts: $starts, ends: $ends, knownAt: $knownAt) { currency starts ends position
    figures { figure moved adjusted total undated }
    adjustments { figure amount effective { text } period booked award event { name } } } } }"""
# The database, what became of closing, and the report as it was told then.
Corrected = tuple[Database, list[str | None], list[str]]
YEAR = {
    "command": "ClosePeriod", "id": "close-1", "programme_id": "programme:cbp", "name": "2004-05",
    "starts": "2004-04-01", "ends": "2005-03-31", "on": "2005-05-02",
}  # fmt: skip


@pytest.fixture(scope="module")
def corrected(server: Database, programme_template: str, tmp_path_factory: pytest.TempPathFactory) -> Corrected:
    """The programme with a year closed from a file, a payment of it reversed since, and the first report."""
    database = copy_of(server, programme_template)
    with desk(database) as at:
        award_id = at.accepted_award("late", "100.00")
        at.pay(award_id, 1, "60.00", "2004-09-01")
    project_all(database)
    file: Path = tmp_path_factory.mktemp("periods") / "commands.jsonl"
    again = YEAR | {"id": "close-2", "name": "first quarter", "ends": "2004-06-30"}
    file.write_text("\n".join(map(json.dumps, (YEAR, again))))
    done = fundtrail(database, "hand-in", str(file), "--as", "Director of Finance", "--json")
    seen = [json.loads(line)["rule"] for line in done.stdout.splitlines()]
    before = [fundtrail(database, "period", "cbp", "2004-05", *words).stdout for words in ((), ("--json",))]
    with desk(database) as at:
        at.do(award.ReversePayment(award_id=award_id, number=1, because="Of another award", on=When("2004-09-01")))
    project_all(database)
    return database, seen, before


def test_a_period_is_closed_once_and_its_report_stays_the_same_byte_for_byte(corrected: Corrected) -> None:
    database, seen, before = corrected
    assert [None, "PeriodOverlaps"] == seen
    assert before == [fundtrail(database, "period", "cbp", "2004-05", *words).stdout for words in ((), ("--json",))]
    assert "60.00" == json.loads(before[1])["figures"]["paid"]["total"]
    listed = fundtrail(database, "period", "cbp").stdout
    assert "1 closed period" in listed
    assert "Director of Finance" in listed


def test_a_late_event_is_an_adjustment_of_the_open_period(corrected: Corrected) -> None:
    database, *_ = corrected
    days = ("--from", "2005-04-01", "--to", "2006-03-31")
    found = json.loads(fundtrail(database, "period", "cbp", *days, "--json").stdout)
    assert ("0.00", "-60.00", "-60.00") == tuple(
        found["figures"]["paid"][name] for name in ("moved", "adjusted", "total")
    )
    assert {("PaymentReversed", "2004-09-01", "2004-05", "2005-04-01")} == {
        (one["event"], one["effective"], one["period"], one["booked"]) for one in found["adjustments"]
    }
    printed = " ".join(fundtrail(database, "period", "cbp", *days).stdout.split())
    assert "adjustments of closed periods" in printed
    assert "PaymentReversed A-late 1 Sep 2004 2004-05 paid -60.00" in printed


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("nowhere",), 3, "There is no programme nowhere."),
        (("cbp", "1999"), 3, "There is no closed period 1999 of cbp."),
        (("cbp", "--from", "2005-04-01"), 2, "Give the name of a closed period, or both --from and --to."),
        (("cbp", "--from", "2005-04-01", "--to", "2005-03-31"), 2, "It must end on or after its first day."),
        (("cbp", "--from", "soon", "--to", "2005-03-31"), 2, "The value is not a date."),
    ],
)
def test_an_unknown_programme_or_period_is_reported_in_one_sentence(
    corrected: Corrected, words: tuple[str, ...], code: int, sentence: str
) -> None:
    answer = fundtrail(corrected[0], "period", *words)
    assert code == answer.returncode, answer.stderr
    assert sentence in " ".join(answer.stderr.split())
    assert "Traceback" not in answer.stderr


def test_clients_see_the_same(corrected: Corrected) -> None:
    database, _, before = corrected
    with served(database) as api:
        periods = api.ask('{ programme(code: "cbp") { periods { name starts ends closedOn { text } closedBy } } }')
        assert {
            "name": "2004-05", "starts": "2004-04-01", "ends": "2005-03-31", "closedOn": {"text": "2005-05-02"},
            "closedBy": "Director of Finance",
        } == periods["programme"]["periods"][0]  # fmt: skip
        seen = api.ask(REPORT, name="2004-05")["programme"]["periodReport"]
        plain = json.loads(before[1])
        assert plain["figures"] == {one.pop("figure"): one for one in seen["figures"]}
        assert f"{plain['position']}" == seen["position"]
        late = api.ask(REPORT, starts="2005-04-01", ends="2006-03-31")["programme"]["periodReport"]["adjustments"]
        assert ("A-late", "PaymentReversed") == (late[0]["award"], late[0]["event"]["name"])
        assert api.ask(REPORT, name="1999")["programme"]["periodReport"] is None


def test_a_report_is_asked_for_by_name_or_by_days(shared_api: Api) -> None:
    wrong: list[dict[str, str]] = [{}, {"name": "x", "starts": "2005-01-01"}, {"starts": "2005-01-01"}]
    for given in wrong:
        message = shared_api.error(REPORT, **given)["message"]
        assert "The period is not clear. Give the name of a closed period, or both starts and ends." == message
    assert "before the first day" in shared_api.error(REPORT, starts="2005-01-02", ends="2005-01-01")["message"]


@pytest.fixture(scope="module")
def closed_api(server: Database, programme_template: str) -> Iterator[Api]:
    """The application with a year of the programme closed, of this module alone."""
    with served(copy_of(server, programme_template)) as api:
        assert "PeriodRecorded" == closing(api)["__typename"]
        yield api


# --- Closing ----------------------------------------------------------------------------------------------------------

CLOSE = """mutation ($input: ClosePeriodInput!) { closePeriod(input: $input) { __typename
    ... on PeriodRecorded { period { name starts ends closedOn { text } closedBy position } position replayed }
    ... on Refusal { rule details } } }"""
SAID = {
    "commandId": "close-by-client", "programme": "cbp", "name": "2004-05", "starts": "2004-04-01",
    "ends": "2005-03-31", "on": "2005-05-02",
}  # fmt: skip

NEXT = {"name": "2005-06", "starts": "2005-04-01", "ends": "2006-03-31"}


def closing(api: Api, **otherwise: str) -> dict[str, Any]:
    found: dict[str, Any] = api.ask(CLOSE, input=SAID | otherwise)["closePeriod"]
    return found


def test_a_period_that_is_closed_twice_gets_the_same_answer(api: Api) -> None:
    seen = closing(api)
    assert ("PeriodRecorded", False) == (seen["__typename"], seen["replayed"])
    period = seen["period"]
    assert ["2004-05", "2004-04-01", "2005-03-31", "2005-05-02"] == [
        period["name"], period["starts"], period["ends"], period["closedOn"]["text"],
    ]  # fmt: skip
    assert seen | {"replayed": True} == closing(api)
    shown = api.ask('{ programme(code: "cbp") { periods { name closedBy } } }')["programme"]["periods"]
    assert [{"name": "2004-05", "closedBy": period["closedBy"]}] == shown
    # Closed already, and not by this command: nothing is recorded again.
    again = closing(api, commandId="close-again")
    assert period == again["period"]
    audit = api.ask('{ auditLog(filter: { names: ["PeriodClosed"] }) { totalCount } }')
    assert 1 == audit["auditLog"]["totalCount"]


@pytest.mark.parametrize(
    ("otherwise", "rule"),
    [
        ({"programme": "nowhere"}, "ProgrammeUnknown"),
        ({"ends": "2004-03-31"}, "PeriodNotOfDays"),
        (NEXT | {"on": "2006-03-31"}, "PeriodNotOver"),
        (NEXT | {"on": "2006"}, "PeriodNotOver"),
        ({"name": "first half", "ends": "2004-09-30"}, "PeriodOverlaps"),
        ({"ends": "2005-03-30"}, "PeriodNameTaken"),
    ],
)
def test_a_period_that_cannot_be_closed_is_refused_by_name(
    closed_api: Api, otherwise: dict[str, str], rule: str
) -> None:
    seen = closing(closed_api, commandId=f"close-{rule}-{otherwise}"[:100], **otherwise)
    assert ("Refusal", rule) == (seen["__typename"], seen["rule"])


@pytest.mark.parametrize(
    ("otherwise", "said"),
    [({"on": "soon"}, "on:"), ({"starts": "2004-02-30"}, "calendar"), ({"name": " "}, "name is empty"),
     ({"commandId": ""}, "commandId is empty")],
)  # fmt: skip
def test_an_invalid_period_is_an_error_with_a_code(closed_api: Api, otherwise: dict[str, str], said: str) -> None:
    error = closed_api.error(CLOSE, input=SAID | otherwise)
    assert said in error["message"]
    assert "BAD_USER_INPUT" == error["extensions"]["code"]


def test_the_same_command_id_with_other_days_is_refused(closed_api: Api) -> None:
    seen = closing(closed_api, ends="2005-02-28")
    assert ("Refusal", "CommandIdReused") == (seen["__typename"], seen["rule"])
