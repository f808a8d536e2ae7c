"""Import IATI activities: money committed, paid, returned, spent and planned, organisations, and results."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from domain.award import (
    AwardStated,
    ParticularsStated,
    PeriodStated,
    Transaction,
    TransactionStated,
    TransactionUnstated,
)
from domain.organisation import IdentifierRecorded, OrganisationRegistered
from domain.outcome import OutcomeRestated, OutcomeStated
from domain.values.fact import InvolvementStated
from infra.database.postgres import Database
from infra.files.bounded import UnreadableFile
from infra.imports import iati
from infra.imports.editions.report import EditionReport
from infra.log.postgres_log import read_log
from tests.kit.files.importing import bring, counts, figures, position, shared

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<iati-activities version="2.03">'
PAID = """
  <transaction ref="t2"><transaction-type code="3"/><transaction-date iso-date="2004-07-01"/>
    <value value-date="2004-07-01">15000.50</value><receiver-org ref="GB-LAE-CAR"/></transaction>"""
RETURNED = """
  <transaction ref="t3"><transaction-type code="3"/><transaction-date iso-date="2004-12-01"/>
    <value value-date="2004-12-01">-500.25</value></transaction>"""
RESULT = """
  <result type="1" aggregation-status="1"><title><narrative>Leadership</narrative></title>
    <indicator measure="1" ascending="1"><title><narrative>Members trained</narrative></title>
      <baseline year="2003" iso-date="2003-04-01" value="0"/>
      <period><period-start iso-date="2004-04-01"/><period-end iso-date="2005-03-31"/>
        <target value="120"/>
        <actual value="{actual}"><comment><narrative>Attendance lists</narrative></comment></actual>
      </period></indicator></result>"""
MONEY = f"""
  <planned-disbursement type="1"><period-start iso-date="2004-10-01"/><period-end iso-date="2004-12-31"/>
    <value value-date="2004-10-01">15000</value></planned-disbursement>
  <transaction ref="t0"><transaction-type code="1"/><transaction-date iso-date="2004-05-01"/>
    <value value-date="2004-05-01">9000</value>
    <provider-org ref="XI-IATI-EC"><narrative>European Commission</narrative></provider-org></transaction>
  <transaction ref="t1"><transaction-type code="2"/><transaction-date iso-date="2004-06-15"/>
    <value value-date="2004-06-15">175000</value></transaction>
  <transaction ref="t1b"><transaction-type code="2"/><transaction-date iso-date="2004-11-01"/>
    <value value-date="2004-11-01">-5000</value></transaction>{PAID}{RETURNED}
  <transaction><transaction-type code="4"/><transaction-date iso-date="2005-01-31"/>
    <value value-date="2005-01-31">12000</value></transaction>
  <transaction><transaction-type code="7"/><transaction-date iso-date="2005-02-01"/>
    <value value-date="2005-02-01">7</value></transaction>"""


def activity(name: str = "pilot-25", money: str = MONEY, results: str = "", **otherwise: str) -> str:
    """An activity, in the order of the standard."""
    currency = otherwise.get("currency", "GBP")
    return f"""
<iati-activity default-currency="{currency}" last-updated-datetime="2005-02-01T00:00:00Z" hierarchy="1">
  <iati-identifier>GB-GOV-1-{name}</iati-identifier>
  <reporting-org ref="GB-GOV-1" type="10"><narrative>Office of the Deputy Prime Minister</narrative></reporting-org>
  <title><narrative>{otherwise.get("title", "Achieving Cumbrian Excellence")}</narrative></title>
  <description><narrative>Leadership &amp; member development</narrative></description>
  <participating-org role="1" ref="GB-GOV-1" type="10"/>
  <participating-org role="2" ref="GB-LAE-CMA"><narrative>Cumbria County Council</narrative></participating-org>
  <participating-org role="4" ref="GB-LAE-CAR"><narrative>Carlisle City Council</narrative></participating-org>
  <activity-status code="2"/>
  <activity-date type="1" iso-date="2004-06-01"/>
  <activity-date type="2" iso-date="2004-07-01"/>
  <activity-date type="3" iso-date="2005-03-31"/>{money}
  <related-activity ref="GB-GOV-1-CBP" type="1"/>{results}
</iati-activity>"""


def document(path: Path, *activities: str, head: str = HEAD) -> Path:
    """Write activities as a file."""
    path.write_text(f"{head}{''.join(activities)}\n</iati-activities>\n", encoding="utf-8")
    return path


def of_iati(database: Database, path: Path, **wanted: Any) -> EditionReport:
    """Import an IATI file."""
    return bring(database, path, iati.reader(), **wanted)


def events(database: Database, kind: type[Any], after: int = 0) -> list[Any]:
    """The events of this kind after a position."""
    with database.connect() as connection:
        return [one.event for one in read_log(connection, after, 100_000) if isinstance(one.event, kind)]


# --- What an activity states ------------------------------------------------------------------------------------------


def test_the_example_of_these_tests_is_valid_by_the_standard(tmp_path: Path) -> None:
    schema = etree.XMLSchema(etree.parse(shared("iati/iati-activities-schema.xsd")))
    file = document(tmp_path / "a.xml", activity(results=RESULT.format(actual=96)))
    schema.assertValid(etree.parse(file))


def test_commitments_disbursements_returns_and_expenditure_are_kept_apart_each_on_its_day(
    database: Database, tmp_path: Path
) -> None:
    assert {"new": 1} == counts(of_iati(database, document(tmp_path / "a.xml", activity())))
    found = figures(database, "iati-GB-GOV-1")
    wanted = {"awarded": "170000.00", "paid": "15000.50", "returned": "500.25", "spent": "12000.00"}
    assert {name: Decimal(amount) for name, amount in wanted.items()} == {name: found[name] for name in wanted}
    october = figures(database, "iati-GB-GOV-1", as_at=date(2004, 10, 31))
    assert (Decimal("175000.00"), Decimal("0.00")) == (october["awarded"], october["returned"])


def test_what_is_in_no_figure_is_recorded_all_the_same(database: Database, tmp_path: Path) -> None:
    of_iati(database, document(tmp_path / "a.xml", activity()))
    by_kind = {event.kind: event for event in events(database, TransactionStated)}
    assert ("2004-10-01", "2004-12-31") == (
        by_kind[Transaction.PLANNED].on.text,
        by_kind[Transaction.PLANNED].until.text,
    )
    assert "reimbursement" == by_kind[Transaction.OTHER].sense
    assert Decimal("9000.00") == by_kind[Transaction.INCOMING].amount.amount
    assert by_kind[Transaction.INCOMING].payer_id is not None


def test_a_participating_organisation_is_a_partner_a_funder_or_involved_in_a_role(
    database: Database, tmp_path: Path
) -> None:
    of_iati(database, document(tmp_path / "a.xml", activity()))
    assert {
        "Office of the Deputy Prime Minister",
        "Cumbria County Council",
        "Carlisle City Council",
        "European Commission",
    } == {event.name for event in events(database, OrganisationRegistered)}
    assert {("GB-LAE", "CAR"), ("GB-LAE", "CMA"), ("GB-GOV", "1"), ("XI-IATI", "EC")} == {
        (event.register, event.value) for event in events(database, IdentifierRecorded)
    }
    assert {"accountable", "party to a transaction"} == {event.role for event in events(database, InvolvementStated)}


def test_planned_and_actual_dates_are_kept_apart(database: Database, tmp_path: Path) -> None:
    of_iati(database, document(tmp_path / "a.xml", activity()))
    assert [("planned", "2004-06-01", "2005-03-31"), ("actual", "2004-07-01", None)] == [
        (event.sense, event.on.text, event.until.text if event.until else None)
        for event in events(database, PeriodStated)
    ]


def test_a_result_has_its_baseline_target_and_actual(database: Database, tmp_path: Path) -> None:
    of_iati(database, document(tmp_path / "a.xml", activity(results=RESULT.format(actual=96))))
    (stated,) = events(database, OutcomeStated)
    assert ("Leadership", "output", "Members trained", "unit", "0", "120", "96", "Attendance lists", "2005-03-31") == (
        stated.impact, stated.level, stated.indicator, stated.unit, stated.baseline, stated.target, stated.result,
        stated.evidence, stated.on.text,
    )  # fmt: skip


def test_an_activity_without_a_commitment_is_an_award_of_0_that_says_so(database: Database, tmp_path: Path) -> None:
    of_iati(database, document(tmp_path / "a.xml", activity(money=PAID)))
    (stated,) = events(database, AwardStated)
    assert (Decimal("0.00"), "IATI, no commitment stated") == (stated.amount.amount, stated.basis)
    assert Decimal("15000.50") == figures(database, "iati-GB-GOV-1")["paid"]


def test_the_whole_activity_is_kept_in_its_own_words(database: Database, tmp_path: Path) -> None:
    of_iati(database, document(tmp_path / "a.xml", activity()))
    (particulars,) = events(database, ParticularsStated)
    assert ["iati-activity"] == [one.name for one in particulars.said]
    assert '<activity-status code="2">' in particulars.said[0].value


# --- Editions ---------------------------------------------------------------------------------------------------------


def test_the_same_activities_otherwise_spaced_and_ordered_are_the_same(database: Database, tmp_path: Path) -> None:
    of_iati(database, document(tmp_path / "a.xml", activity(), activity("pilot-26")))
    before = position(database)
    spaced = activity("pilot-26").replace(">\n", ">\n\n   ").replace('code="2"', "code = '2'")
    report = of_iati(database, document(tmp_path / "b.xml", "<!-- again -->", spaced, activity()))
    assert ({"unchanged": 2}, before) == (counts(report), position(database))


def test_a_newer_edition_records_its_differences_alone(database: Database, tmp_path: Path) -> None:
    first = activity(results=RESULT.format(actual=90))
    of_iati(database, document(tmp_path / "a.xml", first, activity("pilot-26")))
    known = position(database)
    second = activity(money=MONEY.replace("15000.50", "16000.50"), results=RESULT.format(actual=96))
    report = of_iati(database, document(tmp_path / "b.xml", second))
    assert {"changed": 1, "gone": 1} == counts(report)
    assert ["t2"] == [event.reference for event in events(database, TransactionStated, known)]
    assert 1 == len(events(database, TransactionUnstated, known))
    assert ["96"] == [event.result for event in events(database, OutcomeRestated, known)]
    now, then = figures(database, "iati-GB-GOV-1"), figures(database, "iati-GB-GOV-1", known=known)
    assert (Decimal("31001.00"), Decimal("30001.00")) == (now["paid"], then["paid"])


# --- Activities that are put aside -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("was", "now", "field", "rule"),
    [
        ("<iati-identifier>GB-GOV-1-x", "<iati-identifier>", "iati-identifier/0/#", "missing"),
        ('<reporting-org ref="GB-GOV-1"', "<reporting-org", "reporting-org/0/@ref", "missing"),
        ("175000</value>", "1,75</value>", "transaction/1/value/0/#", "not_an_amount"),
        ("175000</value>", "</value>", "transaction/1/value/0", "missing"),
        ("2004-06-15\"/", "15/06/2004\"/", "transaction/1/transaction-date/0/@iso-date", "date_style_undeclared"),
        ('default-currency="GBP"', 'default-currency="Pounds"', "@default-currency", "not_a_currency"),
        ('role="4"', 'role="x"', "participating-org/2/@role", "not_a_role"),
    ],
)  # fmt: skip
def test_an_activity_that_cannot_be_read_is_put_aside_with_field_and_rule(
    database: Database, tmp_path: Path, was: str, now: str, field: str, rule: str
) -> None:
    wrong = activity("x")
    assert was in wrong
    report = of_iati(database, document(tmp_path / "a.xml", wrong.replace(was, now), activity("y")))
    assert {"quarantined": 1, "new": 1} == counts(report)
    assert (field, rule) in {(one.problem.field, one.problem.rule) for one in report.problems}


def test_activities_that_were_put_aside_are_mended_in_a_file_of_their_own(database: Database, tmp_path: Path) -> None:
    wrong = activity().replace("175000</value>", "much</value>")
    aside = tmp_path / "aside.xml"
    of_iati(database, document(tmp_path / "a.xml", wrong), quarantine=aside)
    aside.write_text(aside.read_text().replace(">much<", ">175000<"))
    assert {"new": 1} == counts(of_iati(database, aside, part=True))
    assert 0 == of_iati(database, document(tmp_path / "b.xml", activity())).events


def test_a_file_of_another_version_or_another_kind_is_refused(database: Database, tmp_path: Path) -> None:
    for head, code in (
        (HEAD.replace("2.03", "1.05"), "iati_version"),
        (HEAD.replace("iati-activities", "rows"), "not_iati"),
    ):
        file = tmp_path / "a.xml"
        file.write_text(f"{head}{activity()}</{'rows' if code == 'not_iati' else 'iati-activities'}>")
        with pytest.raises(UnreadableFile) as caught:
            of_iati(database, file)
        assert (code, 0) == (caught.value.code, position(database))
