"""``fundtrail funding`` and ``fundtrail export`` as a finance officer uses them."""

import json

from infra.database.postgres import Database
from tests.kit.command_line import fundtrail


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


def test_funding_refuses_what_it_cannot_tell_in_one_sentence(shared_programme: Database) -> None:
    for words, code, sentence in (
        (("funding", "nowhere"), 3, "There is no partnership, award, scheme, programme or funder nowhere."),
        (("funding", "dip", "--explain", "profit"), 3, "There is no figure profit."),
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
