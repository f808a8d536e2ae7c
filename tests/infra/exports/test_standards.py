"""Awards in the standards of others, on both clocks: nothing is invented, and what is left out is named."""

import json
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from domain import award
from domain.values.when import When
from infra.database.postgres import Database
from infra.exports.standards.publisher import BadPublisher, Publisher, publisher
from infra.imports.iati import _canonical_text
from tests.infra.exports.test_three_sixty import schemas
from tests.infra.imports.test_iati import RESULT, activity, document, of_iati
from tests.kit.files.exported import errors_of, exported, whole
from tests.kit.files.importing import bring, counts, grant, package, position, rows_of, shared
from tests.kit.money import desk, gbp


def valid_iati(path: Path) -> Any:
    """The activities of a file that the standard's own schema finds nothing wrong with."""
    tree = etree.parse(path)
    etree.XMLSchema(etree.parse(shared("iati/iati-activities-schema.xsd"))).assertValid(tree)
    return tree.getroot()


# --- Activities that came in by the standard --------------------------------------------------------------------------


def test_an_activity_goes_out_valid_and_comes_in_again_without_a_change(database: Database, tmp_path: Path) -> None:
    of_iati(database, document(tmp_path / "in.xml", activity(results=RESULT.format(actual=96))))
    assert [] == exported(database, "iati", tmp_path / "out.xml")
    root = valid_iati(tmp_path / "out.xml")
    (came_in,) = etree.parse(tmp_path / "in.xml").getroot()
    went_out = root.find("iati-activity")
    assert went_out is not None
    assert _canonical_text(came_in) == _canonical_text(went_out)
    before = position(database)
    assert {"unchanged": 1} == counts(of_iati(database, tmp_path / "out.xml"))
    assert before == position(database)


def test_as_at_a_day_an_activity_shows_what_had_happened_by_then(database: Database, tmp_path: Path) -> None:
    of_iati(database, document(tmp_path / "in.xml", activity(results=RESULT.format(actual=96))))
    exported(database, "iati", tmp_path / "out.xml", as_at=date(2004, 10, 31))
    root = valid_iati(tmp_path / "out.xml")
    days = root.xpath("//transaction/transaction-date/@iso-date")
    assert (["2004-05-01", "2004-06-15", "2004-07-01"], []) == (sorted(days), root.xpath("//actual"))
    assert "2004-10-31" == root.get("{urn:fundtrail:export}as-at")


def test_an_activity_that_lacks_what_the_standard_demands_is_left_out_by_name(
    database: Database, tmp_path: Path
) -> None:
    without = activity("pilot-1").replace('<activity-status code="2"/>', "")
    of_iati(database, document(tmp_path / "in.xml", without, activity("pilot-2")))
    (left_out,) = exported(database, "iati", tmp_path / "out.xml")
    assert ("GB-GOV-1-pilot-1", True, "required", "activity-status") == (
        left_out.reference, left_out.whole, left_out.rule, left_out.field,
    )  # fmt: skip
    assert 1 == len(valid_iati(tmp_path / "out.xml").findall("iati-activity"))


# --- Grants that came in by the standard, on both clocks --------------------------------------------------------------


def test_as_known_before_a_later_edition_the_file_is_of_the_edition_before(database: Database, tmp_path: Path) -> None:
    bring(database, package(tmp_path / "a.json", [grant(1), grant(2)]))
    then = position(database)
    bring(database, package(tmp_path / "b.json", [grant(1, amountAwarded=99)]))
    left_out = exported(database, "360giving", tmp_path / "now.json")
    assert {"360G-pilots-2": "no_longer_stated"} == whole(left_out)
    assert [99] == [row["amountAwarded"] for row in rows_of(tmp_path / "now.json")]
    exported(database, "360giving", tmp_path / "then.json", known=then)
    assert {row["id"]: row for row in rows_of(tmp_path / "a.json")} == {
        row["id"]: row for row in rows_of(tmp_path / "then.json")
    }
    times = json.loads((tmp_path / "then.json").read_text())["fundtrail"]
    assert ("2030-01-01", str(then)) == (times["asAt"], times["position"])
    assert times["knownAt"].startswith("20")


def test_as_at_a_day_a_grant_shows_the_payments_by_then_and_their_sum(database: Database, tmp_path: Path) -> None:
    paid = [{"value": 30, "transactionDate": "2004-07-01"}, {"value": 20.5, "transactionDate": "2005-07-01"}]
    bring(
        database,
        package(
            tmp_path / "a.json",
            [grant(1, amountDisbursed=50.5, disbursementTransaction=paid), grant(2, awardDate="2005-06-15")],
        ),
    )
    exported(database, "360giving", tmp_path / "out.json", as_at=date(2004, 12, 31))
    (only,) = rows_of(tmp_path / "out.json")
    assert ("360G-pilots-1", Decimal("30.00"), paid[:1]) == (
        only["id"], only["amountDisbursed"], only["disbursementTransaction"],
    )  # fmt: skip
    assert [] == errors_of(json.loads((tmp_path / "out.json").read_text()), schemas())


@pytest.mark.parametrize(
    ("field", "value", "out", "rule"),
    [
        ("fromOpenCall", "Y", None, "form"),
        ("dateModified", "2005-02-01", None, "form"),
        ("url", "www.example.org", None, "form"),
        ("beneficiaryLocation", [{"countryCode": "UK", "name": "Carlisle"}], [{"name": "Carlisle"}], "form"),
    ],
)
def test_a_field_in_no_form_of_the_standard_is_left_out_by_name_and_the_grant_stays(
    database: Database, tmp_path: Path, field: str, value: Any, out: Any, rule: str
) -> None:
    bring(database, package(tmp_path / "a.json", [grant(1, **{field: value})]))
    (left_out,) = exported(database, "360giving", tmp_path / "out.json")
    assert (field, False, rule) == (left_out.field.split("/")[0], left_out.whole, left_out.rule)
    (only,) = rows_of(tmp_path / "out.json")
    assert out == only.get(field)
    assert [] == errors_of(json.loads((tmp_path / "out.json").read_text()), schemas())


@pytest.mark.parametrize(("field", "value"), [("description", None), ("awardDate", "2004-06"), ("currency", "ZZZ")])
def test_a_grant_without_what_the_standard_demands_is_left_out_by_name(
    database: Database, tmp_path: Path, field: str, value: Any
) -> None:
    bring(database, package(tmp_path / "a.json", [grant(1, **{field: value}), grant(2)]))
    left_out = exported(database, "360giving", tmp_path / "out.json")
    assert [("360G-pilots-1", field, "required")] == [
        (one.reference, one.field, one.rule) for one in left_out if one.whole
    ]
    assert ["360G-pilots-2"] == [row["id"] for row in rows_of(tmp_path / "out.json")]


def test_an_award_imported_from_one_standard_is_not_exported_in_the_other(database: Database, tmp_path: Path) -> None:
    bring(database, package(tmp_path / "a.json", [grant(1)]))
    of_iati(database, document(tmp_path / "in.xml", activity()))
    assert {"GB-GOV-1-pilot-25": "of_another_standard"} == whole(exported(database, "360giving", tmp_path / "a.out"))
    assert {"360G-pilots-1": "of_another_standard"} == whole(exported(database, "iati", tmp_path / "b.out"))


def test_of_one_programme_alone(database: Database, tmp_path: Path) -> None:
    other = grant(3) | {"id": "360G-other-3"}
    bring(database, package(tmp_path / "a.json", [grant(1), other]))
    exported(database, "360giving", tmp_path / "out.json", programme="360G-other")
    assert ["360G-other-3"] == [row["id"] for row in rows_of(tmp_path / "out.json")]


# --- Our own ----------------------------------------------------------------------------------------------------------


def lived(database: Database) -> None:
    """An award of ours that is paid, partly returned and spent, each on a day."""
    with desk(database) as at:
        first = at.accepted_award("life", "50000.00", partnership="worcestershire-partnership")
        for number, day in ((1, "2004-07-01"), (2, "2004-10-04")):
            at.pay(first, number, "10000.00", day)
        at.do(
            award.ReturnPayment(
                award_id=first, number=2, part=1, amount=gbp("500.00"), because="Unspent", on=When("2005-01-10")
            )
        )
        at.do(
            award.VaryAward(
                award_id=first, number=1, kind=award.Variation.EXTENSION, change=gbp("0.00"),
                until=When("2005-12-31"), because="Late start", on=When("2005-02-01"),
            )
        )  # fmt: skip
        at.accepted_award("bare", "3000.00", partnership="worcestershire-partnership")


def test_awards_of_our_own_go_out_under_our_prefix_or_are_left_out_by_name(programme: Database, tmp_path: Path) -> None:
    lived(programme)
    left_out = exported(programme, "360giving", tmp_path / "out.json")
    found = json.loads((tmp_path / "out.json").read_text())
    grants = {one["id"]: one for one in found["grants"]}
    life = grants["360G-local-A-life"]
    assert (50000, 19500, [10000, 10000, -500]) == (
        life["amountAwarded"],
        life["amountDisbursed"],
        [one["value"] for one in life["disbursementTransaction"]],
    )
    assert [] == errors_of(found, schemas())
    # No source of the programme says on which day it made its awards.
    reasons = whole(left_out)
    assert "not_to_the_day" == reasons["ace-cumbria/total_stated/175000"]
    assert "Local Pilots" == found["publisher"]["name"]


def test_an_activity_of_ours_shows_what_was_paid_less_what_was_returned(programme: Database, tmp_path: Path) -> None:
    lived(programme)
    left_out = whole(exported(programme, "iati", tmp_path / "out.xml"))
    root = valid_iati(tmp_path / "out.xml")
    (life,) = root.findall("iati-activity")
    assert "GB-GOV-99-A-life" == life.findtext("iati-identifier")
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in life.findall("transaction"):
        sums[one.find("transaction-type").get("code")] += Decimal(one.findtext("value"))
    assert {"2": Decimal(50000), "3": Decimal(19500)} == dict(sums)
    # Of the other nobody said when it ends.
    assert "required" == left_out["A-bare"]


def test_without_a_publisher_none_of_our_awards_is_exported_under_an_invented_name(
    programme: Database, tmp_path: Path
) -> None:
    lived(programme)
    bring(programme, package(tmp_path / "a.json", [grant(1)]))
    left_out = whole(exported(programme, "360giving", tmp_path / "out.json", publisher=Publisher()))
    assert "no_prefix" == left_out["A-life"]
    assert ["360G-pilots-1"] == [row["id"] for row in rows_of(tmp_path / "out.json")]


def test_a_file_without_any_award_is_refused_and_not_written_empty(database: Database, tmp_path: Path) -> None:
    from infra.exports.standards.files import NothingToExport

    with pytest.raises(NothingToExport):
        exported(database, "360giving", tmp_path / "out.json")
    assert b"" == (tmp_path / "out.json").read_bytes()


@pytest.mark.parametrize(
    "wrong",
    [{"FUNDTRAIL_360GIVING_PREFIX": "local"}, {"FUNDTRAIL_IATI_REF": "one two"}, {"FUNDTRAIL_IATI_TYPE": "ten"}],
)
def test_a_publisher_with_a_wrong_setting_is_refused_at_the_start(wrong: dict[str, str]) -> None:
    with pytest.raises(BadPublisher, match=next(iter(wrong))):
        publisher(wrong)


def test_the_schema_finds_what_is_wrong(database: Database, tmp_path: Path) -> None:
    """The control: the checks above can fail."""
    bring(database, package(tmp_path / "a.json", [grant(1)]))
    exported(database, "360giving", tmp_path / "out.json")
    found = json.loads((tmp_path / "out.json").read_text())
    for name, wrong in (("awardDate", "15/06/2004"), ("dateModified", "2005-02-01"), ("fromOpenCall", "Y")):
        assert errors_of(found | {"grants": [found["grants"][0] | {name: wrong}]}, schemas()), name
