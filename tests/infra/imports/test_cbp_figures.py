"""The figures that rows of the Capacity Building Programme state in words: what they become, at once or later."""

import csv
import shutil
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from domain.award import LineLeftOut, StrandAgreed
from domain.between.pooling import AgreeCharge, ChargeAgreed, ChargeFor
from domain.bid import AdviserRecorded
from domain.delivery import PlanAgreed, StatusReported, SupplierReplaced, TrafficLight
from domain.eligibility.rule import EligibilityRulePublished
from domain.history import Recorded
from domain.partnership import PartnershipFormed
from domain.values.fact import StatementReplaced
from domain.values.when import When
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from infra.imports.cbp import facts as cbp
from infra.imports.cbp import terms
from infra.imports.cbp.codes import identity
from infra.imports.cbp.figures import FILE, NO_ROW, WITH_ITS_ROW
from infra.imports.cbp.report import FileReport
from infra.imports.cbp.support import FILE as SUPPORT
from infra.log.postgres_log import PostgresLog, read_log
from tests.kit.money import desk
from tests.kit.web.served import Api, served


def imported(database: Database, folder: Path = cbp.DEMO) -> dict[str, FileReport]:
    with PostgresLog(database) as log:
        return {report.name: report for report in cbp.import_cbp(log, folder, correlation_id="test")}


def events(database: Database) -> list[Recorded]:
    with database.connect() as connection:
        return read_log(connection, 0, 100_000)


def counting(database: Database) -> Counter[tuple[str, str]]:
    """The facts that count: the name of each, and its text without its place in the log."""
    found = events(database)
    replaced = {(one.stream, one.event.version) for one in found if isinstance(one.event, StatementReplaced)}
    return Counter(
        (one.stream, repr(one.event))
        for one in found
        if (one.stream, one.version) not in replaced and not isinstance(one.event, StatementReplaced)
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(cbp.DEMO, tmp_path / "cbp")


def figures(folder: Path) -> list[dict[str, str]]:
    with (folder / FILE).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(folder: Path, rows: list[dict[str, str]]) -> None:
    with (folder / FILE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["file", "code", "words", "figure", "value"])
        writer.writeheader()
        writer.writerows(rows)


# --- What the demo states ---------------------------------------------------------------------------------------------


def of_partnership(api: Api, code: str, fields: str) -> Any:
    return api.ask(f'{{ partnership(code: "{code}") {{ {fields} }} }}')["partnership"]


def test_kents_charge_has_payer_and_payee_and_no_known_share(shared_api: Api) -> None:
    (charge,) = of_partnership(
        shared_api,
        "kent-swindon",
        "charges { number amount { amount } met { amount } metBy { id } payer { code } payee { code }"
        " chargedFor purpose events { name } }",
    )["charges"]
    assert ("3600000.00", None, None) == (charge["amount"]["amount"], charge["met"], charge["metBy"])
    assert ("swindon-borough-council", "kent-county-council", "SERVICE") == (
        charge["payer"]["code"], charge["payee"]["code"], charge["chargedFor"]
    )  # fmt: skip
    # What the row notes of it is kept in words.
    assert "the share is not stated" in charge["purpose"]
    assert ["ChargeAgreed"] == [event["name"] for event in charge["events"]]


def test_about_a_third_of_londons_budget_is_for_one_strand(shared_api: Api) -> None:
    found = of_partnership(
        shared_api, "capital-ambition", "budgetStrands { name share amount { amount } } rules { text }"
    )
    assert [{"name": "Individual authority improvement strand", "share": "1/3", "amount": None}] == found[
        "budgetStrands"
    ]
    # The rule says "about", and stays.
    assert "About a third of the partnership budget is to be spent on it" in {one["text"] for one in found["rules"]}


def test_cumbrias_award_has_two_lines(shared_api: Api) -> None:
    awards = of_partnership(
        shared_api, "ace-cumbria", "awards { amount { amount } budget { lines { name budgeted } } }"
    )
    (award,) = awards["awards"]
    assert [("Evaluation of the programme", "25000.00"), ("Spent on the programme", "150000.00")] == [
        (line["name"], line["budgeted"]) for line in award["budget"]["lines"]
    ]
    assert "175000.00" == award["amount"]["amount"]


def test_shropshires_budget_without_a_management_line_needs_attention(shared_api: Api) -> None:
    found = shared_api.ask("""{ discrepancies(filter: { rule: "budget_line_missing" }) { nodes { message status
        partnership { code } events { name } } }
        attention(first: 50, filter: { kind: [DISCREPANCY] }) { nodes { reference partnership { code } } } }""")
    (missing,) = found["discrepancies"]["nodes"]
    message = "The budget has no line for project management, as its source states"
    assert (message, "OPEN", "shropshire-improvement") == (
        missing["message"], missing["status"], missing["partnership"]["code"]
    )  # fmt: skip
    assert ["LineLeftOut"] == [event["name"] for event in missing["events"]]
    assert message in {one["reference"] for one in found["attention"]["nodes"]}


def test_worcestershire_has_reached_one_of_five_stages_of_a_plan_that_was_redesigned(shared_api: Api) -> None:
    (plan,) = of_partnership(
        shared_api,
        "worcestershire-partnership",
        "plans { title stages { name reached { text } } currentStage { name } versions { because stages { name } } }",
    )["plans"]
    first, second = plan["versions"]
    assert (5, 5) == (len(first["stages"]), len(plan["stages"]))
    assert ("Stage two: an audit", "Stage two: exemplar projects") == (
        first["stages"][1]["name"], second["stages"][1]["name"]
    )  # fmt: skip
    assert "Trouble with consultants in stage one changes the whole plan." == second["because"]
    assert ["Stage one"] == [stage["name"] for stage in plan["stages"] if stage["reached"]]
    assert "Stage two: exemplar projects" == plan["currentStage"]["name"]


def test_two_providers_were_replaced(shared_api: Api) -> None:
    new = of_partnership(shared_api, "np-ngdp", "suppliers { state work organisation { code } replaced { code } }")
    assert [("REPLACING", "idea", "eo")] == [
        (one["state"], one["organisation"]["code"], one["replaced"]["code"]) for one in new["suppliers"]
    ]
    unnamed = of_partnership(shared_api, "ace-cumbria", "suppliers { state work organisation { code } }")
    assert [("REPLACING", "A new action learning provider takes over from the first.", None)] == [
        (one["state"], one["work"], one["organisation"]) for one in unnamed["suppliers"]
    ]


def test_race_for_success_shows_who_wrote_its_bid(shared_api: Api) -> None:
    roles = of_partnership(shared_api, "race-for-success", 'roles(organisation: "idea") { role }')["roles"]
    assert "adviser" in {one["role"] for one in roles}
    written = [one.event for one in events(shared_api.database) if isinstance(one.event, AdviserRecorded)]
    assert [("author", identity("organisation", "idea"))] == [(one.part, one.organisation_id) for one in written]


def test_of_16_rules_of_schemes_7_are_eligibility_rules_and_9_stay_statements(shared_api: Api) -> None:
    schemes = shared_api.ask("""{ programmes { schemes { code
        rules { code version kind names regime number text source statedOnly since { text } } } } }""")
    rules = [
        (scheme["code"], rule)
        for programme in schemes["programmes"]
        for scheme in programme["schemes"]
        for rule in scheme["rules"]
    ]
    assert 16 == len(rules)
    assert all(rule["statedOnly"] and rule["source"] and rule["since"]["text"] == "unknown" for _, rule in rules)
    published = {(scheme, rule["code"]): rule for scheme, rule in rules if rule["code"]}
    assert {
        ("cbp-pilots", "no-duplication"): "OTHER", ("cbp-pilots", "direct-help"): "OTHER",
        ("cbp-pilots", "lessons"): "OTHER", ("cbp-pilots", "impact-evaluation"): "OTHER",
        ("cbp-pilots", "continuation-plan"): "REQUIRED_PLANS", ("cbp-direct-support", "poor-or-weak"):
        "ASSESSMENT_CATEGORY", ("cbp-improvement-partnerships", "group"): "ORGANISATION_KIND",
    } == {key: rule["kind"] for key, rule in published.items()}  # fmt: skip
    assert {1} == {rule["version"] for rule in published.values()}
    weak = published["cbp-direct-support", "poor-or-weak"]
    assert ("CPA", ["Poor", "Weak"]) == (weak["regime"], weak["names"])


# --- What was recorded before -----------------------------------------------------------------------------------------


def as_before(monkeypatch: pytest.MonkeyPatch, database: Database, folder: Path) -> None:
    """Import as earlier versions did: every fact a plain statement."""
    rows = figures(folder)
    (folder / FILE).unlink()
    with monkeypatch.context() as earlier:
        earlier.setattr(terms, "WRITTEN", frozenset())
        earlier.setattr(terms, "REPLACEMENTS", frozenset({"provider_replaced"}))
        earlier.setattr(terms, "EVIDENCE", {})
        for later in ("_planned", "_mutual"):
            earlier.setattr(cbp, later, lambda *_: [])
        files = {name: read for name, read in cbp.FILES.items() if name not in ("impact_framework.csv", SUPPORT)}
        earlier.setattr(cbp, "FILES", files)
        assert 1240 == sum(report.events for report in imported(database, folder).values())
    write(folder, rows)


def test_importing_again_adds_what_an_earlier_import_did_not_read_once(
    database: Database, shared_programme: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_before(monkeypatch, database, folder)
    before = events(database)
    reports = imported(database, folder)
    assert [] == [line for report in reports.values() for line in report.broken]
    assert {"limits.csv": 8, "awards.csv": 7, "events.csv": 5, "outcomes.csv": 102} == {
        name: report.restated for name, report in reports.items() if report.restated
    }
    assert before == events(database)[: len(before)]
    assert counting(shared_programme) == counting(database)
    assert {0} == {report.events for report in imported(database, folder).values()}


def test_a_plan_that_is_read_later_is_shown_as_one_that_was_read_at_once(
    database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_before(monkeypatch, database, folder)
    imported(database, folder)
    project_all(database)
    with served(database) as api:
        test_worcestershire_has_reached_one_of_five_stages_of_a_plan_that_was_redesigned(api)
        test_cumbrias_award_has_two_lines(api)
        test_of_16_rules_of_schemes_7_are_eligibility_rules_and_9_stay_statements(api)


def test_a_charge_that_people_agreed_keeps_its_number(
    database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    as_before(monkeypatch, database, folder)
    with desk(database) as at:
        at.do(
            AgreeCharge(
                partnership_id=at.find("partnership", "kent-swindon"), payer_id=at.find("organisation", "idea"),
                payee_id=at.find("organisation", "lga"), charged_for=ChargeFor.STAFF, purpose="A peer",
                on=When("2005-01-10"),
            )
        )  # fmt: skip
    imported(database, folder)
    numbers = [one.event.number for one in events(database) if isinstance(one.event, ChargeAgreed)]
    assert [1, 2] == numbers


# --- The file ---------------------------------------------------------------------------------------------------------


def test_without_figures_every_row_is_a_plain_statement(database: Database, folder: Path) -> None:
    (folder / FILE).unlink()
    reports = imported(database, folder)
    assert FILE not in reports
    kinds = {type(one.event) for one in events(database)}
    assert not kinds & {StrandAgreed, LineLeftOut, EligibilityRulePublished, PlanAgreed}
    # What a column states needs no figures.
    assert {AdviserRecorded, SupplierReplaced} <= kinds


def test_a_figure_whose_words_are_in_no_row_or_in_two_is_left_out_and_counted(database: Database, folder: Path) -> None:
    kent = {"file": "awards.csv", "code": "kent-swindon", "figure": "payee", "value": "kent-county-council"}
    several = {"file": "events.csv", "code": "dip", "words": "a", "figure": "milestone", "value": "First"}
    write(folder, [*figures(folder), {**kent, "words": "no such words"}, several])
    assert {WITH_ITS_ROW: 28, NO_ROW: 2} == imported(database, folder)[FILE].left_out


@pytest.mark.parametrize(
    ("file", "code", "words", "figure", "value", "reason"),
    [
        ("limits.csv", "capital-ambition", "About a third", "share", "a third", 'The share "a third" cannot be read'),
        ("limits.csv", "lrip", "Target is development", "rule", "target", "is a rule of a scheme"),
        ("limits.csv", "cbp-pilots", "Impact is reviewed", "rule", "review", "The figure kind is"),
        ("awards.csv", "nwin", "Communities of Interest", "line_left_out", "travel", "It must be one of"),
        ("events.csv", "ipnelg", "first members' newsletter", "light", "blue", "It must be one of: green, amber, red"),
        ("events.csv", "np-ngdp", "moves from the Employers", "supplier", "nobody", 'with the code "nobody"'),
    ],
)  # fmt: skip
def test_a_figure_that_cannot_be_read_breaks_its_row(
    database: Database, folder: Path, file: str, code: str, words: str, figure: str, value: str, reason: str
) -> None:
    mine = {"file": file, "code": code, "words": words, "figure": figure, "value": value}
    others = [one for one in figures(folder) if (one["code"], one["figure"]) != (code, figure)]
    if file == "awards.csv":
        mine |= {"code": "shropshire-improvement", "words": "no project management"}
        others = [one for one in others if one["figure"] != "line_left_out"]
    write(folder, [*others, mine])
    broken = {name: report.broken for name, report in imported(database, folder).items() if report.broken}
    assert reason in broken[file][0][1]


def test_a_line_that_is_no_figure_is_reported(database: Database, folder: Path) -> None:
    write(
        folder, [*figures(folder), {"file": "delays.csv", "code": "dip", "words": "x", "figure": "days", "value": "3"}]
    )
    assert [(30, 'A row of "delays.csv" has no figure "days".')] == imported(database, folder)[FILE].broken


def test_a_traffic_light_is_recorded_where_a_row_states_one(programme: Database, folder: Path) -> None:
    """No source says which light a strand of the North East had; only that there were lights (002:774)."""
    assert not [one for one in events(programme) if isinstance(one.event, StatusReported)]
    of = {"file": "events.csv", "code": "ipnelg", "words": "Much of year one goes on a detailed action plan"}
    write(
        folder,
        [
            *figures(folder),
            {**of, "figure": "strand", "value": "Planning"},
            {**of, "figure": "light", "value": "amber"},
        ],
    )
    assert 1 == imported(programme, folder)["events.csv"].events
    (light,) = [one.event for one in events(programme) if isinstance(one.event, StatusReported)]
    assert ("Planning", TrafficLight.AMBER) == (light.strand, light.light)
    assert 0 == imported(programme, folder)["events.csv"].events


def test_a_corrected_figure_restates_its_fact(programme: Database, folder: Path) -> None:
    rows = [one | ({"value": "1/4"} if one["figure"] == "share" else {}) for one in figures(folder)]
    write(folder, rows)
    report = imported(programme, folder)["limits.csv"]
    assert (1, 2, []) == (report.restated, report.events, report.broken)
    strands = [one.event for one in events(programme) if isinstance(one.event, StrandAgreed)]
    assert [(1, 3), (1, 4)] == [(one.number, one.share.of) for one in strands if one.share]
    assert 0 == imported(programme, folder)["limits.csv"].events


def test_figures_add_no_money(shared_programme: Database) -> None:
    with shared_programme.connect() as connection:
        ((awarded,),) = connection.execute("SELECT sum(amount) FROM read.awards").fetchall()
    assert Decimal("1026997.00") == awarded
    assert 88 == sum(isinstance(one.event, PartnershipFormed) for one in events(shared_programme))
