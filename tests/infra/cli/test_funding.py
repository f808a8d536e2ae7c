"""``fundtrail funding`` and ``fundtrail export`` as a finance officer uses them."""

import json
from decimal import Decimal
from typing import Any

from domain import award
from domain import programme as programme_
from domain.values.correction import CorrectDate
from domain.values.ids import ProgrammeId, SchemeId
from domain.values.when import When
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from tests.kit.command_line import fundtrail
from tests.kit.money import desk, gbp

SCHEME = "cbp-improvement-partnerships"


def test_funding_prints_the_ladder_and_explains_a_figure_by_its_events(shared_programme: Database) -> None:
    shown = fundtrail(shared_programme, "funding", "ace-cumbria", "--explain", "awarded").stdout

    assert "£175,000.00" in shown
    assert "Awarded is the sum of 1 event" in shown
    assert "AwardStated" in shown
    assert "not dated" in shown


def test_funding_as_json_says_the_same_of_partnership_award_scheme_and_programme(shared_programme: Database) -> None:
    awarded = {
        code: json.loads(fundtrail(shared_programme, "funding", code, "--json").stdout)["figures"]["awarded"]["amount"]
        for code in ("ace-cumbria", "ace-cumbria/total_stated/175000", "cbp-pilots", "cbp")
    }

    assert ["175000.00", "175000.00", "701997.00", "1026997.00"] == list(awarded.values())


def test_a_figure_that_nobody_stated_is_not_shown_as_0(shared_programme: Database) -> None:
    """No source says what Devon was awarded."""
    lines = fundtrail(shared_programme, "funding", "dip").stdout.splitlines()
    assert ["not stated"] == [" ".join(line.split()[1:3]) for line in lines if line.strip().startswith("Awarded ")]
    figures = json.loads(fundtrail(shared_programme, "funding", "dip", "--json").stdout)["figures"]
    assert {"amount": "0.00", "undated": "0.00", "stated": False} == figures["awarded"]
    rows = fundtrail(shared_programme, "export", "ladder", "--format", "jsonl").stdout.splitlines()
    awarded = {row["code"]: row["awarded"] for row in map(json.loads, rows) if row["kind"] == "partnership"}
    assert (None, "175000.00") == (awarded["dip"], awarded["ace-cumbria"])


def test_funding_as_known_before_anything_was_recorded_is_nothing(shared_programme: Database) -> None:
    shown = fundtrail(shared_programme, "funding", "cbp-pilots", "--known-at", "2020-01-01T00:00:00Z", "--json")

    assert "0.00" == json.loads(shown.stdout)["figures"]["awarded"]["amount"]


def explained(database: Database, figure: str, *clocks: str) -> tuple[str, list[tuple[str, str]]]:
    """A figure of the award A-life, and the name and the amount of each event behind it."""
    found = json.loads(fundtrail(database, "funding", "A-life", "--explain", figure, *clocks, "--json").stdout)
    return found["figures"][figure]["amount"], [(one["name"], one["amount"]) for one in found["events"]]


def test_the_events_behind_a_figure_add_up_to_it_where_a_date_was_corrected(programme: Database) -> None:
    """By hand: 310.00 is released on 9 August 2004, which is corrected to 1 February 2005."""
    with desk(programme) as at:
        of: Any = {"award_id": at.accepted_award("life", "1000.00"), "number": 1}
        at.pay(of["award_id"], 1, "310.00", "2004-08-09")
        project_all(programme)
        sent = ("PaymentReleased", "310.00")
        assert ("310.00", [sent]) == explained(programme, "paid", "--as-at", "2004-12-31")
        then = json.loads(fundtrail(programme, "audit", "--name", "PaymentReleased", "--json").stdout)[0]["recorded_at"]
        right: Any = {"step": "PaymentReleased", "date": When("2005-02-01"), "because": "Slip", "on": When("2005-03")}
        at.do(CorrectDate(**of, **right))
    project_all(programme)
    for day, figure, behind in (
        ("2004-08-08", "0.00", []),
        ("2004-12-31", "0.00", [sent, ("DateCorrected", "-310.00")]),
        ("2005-02-01", "310.00", [sent, ("DateCorrected", "0.00")]),
    ):
        assert (figure, behind) == explained(programme, "paid", "--as-at", day), day
        assert Decimal(figure) == sum((Decimal(amount) for _, amount in behind), Decimal(0))
        printed = fundtrail(programme, "funding", "A-life", "--explain", "paid", "--as-at", day).stdout
        assert f"£{figure}" == printed.split()[-1], "the sum below the events"
    assert ("310.00", [sent]) == explained(programme, "paid", "--as-at", "2004-12-31", "--known-at", then)


def test_funding_shows_what_is_held_and_spendable_and_a_budget_with_what_is_free(programme: Database) -> None:
    """By hand: of 5,000.00, 1,000.00 is awarded, of which 300.00 is paid and 90.00 reported as spent."""
    with desk(programme) as at:
        cbp, scheme_id = ProgrammeId(at.find("programme", "cbp")), SchemeId(at.find("scheme", SCHEME))
        given: Any = {"programme_id": cbp, "scheme_id": scheme_id, "purpose": "Grants", "on": When("2004-01-01")}
        project_all(programme)
        before = Decimal(figures_of(programme, SCHEME)["awarded"]["amount"])
        at.do(programme_.AllocateBudget(**given, amount=gbp(f"{before + 5000}")))
        of: Any = {"award_id": at.accepted_award("life", "1000.00"), "number": 1}
        at.pay(of["award_id"], 1, "300.00", "2004-08-09")
        at.do(award.ReportExpenditure(**of, amount=gbp("90.00"), description="Printing", on=When("2004-09-01")))
    project_all(programme)
    found = json.loads(fundtrail(programme, "funding", "A-life", "--json").stdout)
    assert ("210.00", "700.00", "not_kept") == (
        found["figures"]["held"]["amount"], found["spendable"], found["no_budget"],
    )  # fmt: skip
    figures = figures_of(programme, SCHEME)
    assert "4000.00" == figures["free"]["amount"]
    assert Decimal(figures["budget"]["amount"]) - Decimal(figures["committed"]["amount"]) == 4000
    printed = fundtrail(programme, "funding", SCHEME, "--explain", "free").stdout
    assert "£4,000.00" == printed.split()[-1], "the sum below the events"
    assert "Spendable" not in printed
    assert "not recorded" in fundtrail(programme, "funding", "cbp-pilots").stdout


def test_funding_of_a_code_that_a_programme_and_a_scheme_have_says_so(shared_programme: Database) -> None:
    answer = fundtrail(shared_programme, "funding", "caa")
    assert "programme caa, as at" in answer.stdout
    assert "There is also a scheme caa: --of scheme shows it." in answer.stdout
    assert "scheme caa, as at" in fundtrail(shared_programme, "funding", "caa", "--of", "scheme").stdout
    assert "There is also" not in fundtrail(shared_programme, "funding", "dip").stdout


def figures_of(database: Database, code: str) -> Any:
    return json.loads(fundtrail(database, "funding", code, "--json").stdout)["figures"]


def test_funding_refuses_what_it_cannot_tell_in_one_sentence(shared_programme: Database) -> None:
    for words, code, sentence in (
        (("funding", "nowhere"), 3, "There is no partnership, award, scheme, programme or funder nowhere."),
        (("funding", "dip", "--explain", "profit"), 3, "There is no figure profit."),
        (
            ("funding", "dip", "--explain", "free"),
            3,
            "There is no figure free of the partnership dip: only programmes and schemes have a budget.",
        ),
        (
            ("funding", "cbp", "--explain", "budget"),
            3,
            "There is no figure budget of the programme cbp: no budget is recorded.",
        ),
        (("funding", "dip", "--of", "scheme"), 3, "There is no scheme dip."),
        (("funding", "dip", "--of", "bid"), 2, "There is no kind bid. There are: partnership, award"),
        (("funding", "dip", "--as-at", "soon"), 2, "The value is not a date."),
        (("funding", "dip", "--known-at", "2005-04-01T09:00:00"), 2, "The value is not an instant."),
        (("funding", "dip", "--known-at", "2999-04-01T09:00:00Z"), 2, "2999-04-01T09:00:00Z has not come yet"),
        (("funding", "dip", "--known-at", ""), 2, "The value is not an instant."),
        (("export", "ledger", "--known-at", "2999-04-01T09:00:00Z"), 2, "2999-04-01T09:00:00Z has not come yet"),
        (
            ("export", "ledger", "--format", "xml"),
            3,
            "ledger cannot be exported as xml. Choose from: csv, jsonl, xlsx.",
        ),
        (("export", "secrets"), 3, "There is no export secrets. There are: ledger, ladder"),
    ):
        answer = fundtrail(shared_programme, *words)
        assert code == answer.returncode, answer.stderr
        assert sentence in " ".join(answer.stderr.split())
        assert "Traceback" not in answer.stderr


def test_export_writes_the_ledger_and_the_ladder_to_standard_output(shared_programme: Database) -> None:
    ledger = fundtrail(shared_programme, "export", "ledger").stdout.splitlines()
    ladder = fundtrail(shared_programme, "export", "ladder", "--format", "jsonl").stdout.splitlines()

    # Eight awards are stated, each with a debit and a credit.
    assert 1 + 2 * 8 == len(ledger)
    assert {"programme", "scheme", "partnership", "award", "funder"} == {json.loads(line)["kind"] for line in ladder}
