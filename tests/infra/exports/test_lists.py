"""Every list can be exported in every format, on both clocks, and none of its cells is a formula."""

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from domain import bid
from domain.partnership import PartnershipRenamed
from domain.values.fact import Record
from domain.values.ids import BidId
from domain.values.when import When
from infra.database.postgres import Database
from infra.exports.catalogue import NAMES
from infra.exports.columns import PART_LISTS, STAMP, columns_of
from infra.exports.jointly import ENTRIES
from infra.exports.lists import LISTS
from infra.feeding.projector import project_all
from infra.files import xlsx
from infra.files.xlsx import as_xlsx
from projections.whole_lists import Row
from tests.api.types.test_discrepancies import SOURCE
from tests.api.types.test_funding import a_life
from tests.infra.exports.test_standards import lived as lived_in_standards
from tests.infra.imports.test_iati import activity, document, of_iati
from tests.kit.command_line import fundtrail
from tests.kit.files.exported import LATE, listed
from tests.kit.files.importing import bring, grant, package, position
from tests.kit.life import called, lived
from tests.kit.money import desk, gbp

# The programme's sources tell of no payments, conditions and handed-in bids.
MAY_BE_EMPTY = {
    "bank-entries", "conditions", "delays", "payments", "ring-fences", "rounds", "year-budgets", "profiles",
    "earned-unpaid", "budget-lines", "contributions", "charges", "plans", "suppliers", "deliverables", "strands",
    *PART_LISTS, *ENTRIES,
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in NAMES if name in LISTS or name.endswith("left-out")])
def test_a_list_says_the_same_in_every_form_and_each_row_as_at_when(shared_programme: Database, name: str) -> None:
    lines = [json.loads(line) for line in listed(shared_programme, name, "jsonl").decode().splitlines()]
    rows = list(csv.DictReader(io.StringIO(listed(shared_programme, name, "csv").decode())))
    book = openpyxl.load_workbook(io.BytesIO(listed(shared_programme, name, "xlsx")))
    assert lines or name in MAY_BE_EMPTY
    assert len(lines) == len(rows) == about(book)["rows"]
    for line in lines:
        assert list(STAMP) == list(line)[-3:] or {"as_at", "position"} <= set(line)
        assert ("2030-01-01", str(position_of(book))) == (line["as_at"], str(line["log_position"]))
    head = listed(shared_programme, name, "csv").decode().splitlines()[0].split(",")
    header, *cells = book[name[:25]].values
    assert list(columns_of(name)) == list(header) == head
    assert {tuple(line) for line in lines} <= {header}
    assert len(lines) == len(cells)
    if lines:
        assert not [cell for row in book[name[:25]].iter_rows() for cell in row if cell.data_type == "f"]


def about(book: Any) -> dict[Any, Any]:
    return dict(book["about"].values)


def position_of(book: Any) -> int:
    return int(about(book)["position"])


def test_as_known_before_the_lists_are_as_they_were(programme: Database, tmp_path: Path) -> None:
    project_all(programme)
    then = position(programme)
    before = {name: listed(programme, name, "jsonl", known=then) for name in LISTS}
    lived_in_standards(programme)
    bring(programme, package(tmp_path / "a.json", [grant(1)]))
    project_all(programme)
    for name in LISTS:
        assert before[name] == listed(programme, name, "jsonl", known=then), name
    now = listed(programme, "awards", "jsonl").decode().splitlines()
    life = next(row for row in map(json.loads, now) if row["reference"] == "A-life")
    assert ("50000.00", "20000.00", "500.00", "accepted") == (
        life["awarded"], life["paid"], life["returned"], life["status"],
    )  # fmt: skip
    assert len(before["awards"].splitlines()) + 3 == len(now)


def test_a_name_in_the_ladder_is_the_one_of_the_day_and_as_known_then(programme: Database, tmp_path: Path) -> None:
    """By hand: ACE Cumbria is renamed on 1 April 2005, and the register gives its grant another title."""
    bring(programme, package(tmp_path / "a.json", [grant(1)]))
    project_all(programme)
    then = position(programme)
    bring(programme, package(tmp_path / "b.json", [grant(1, title="Pilot 1, widened")]))
    with desk(programme) as at:
        ace = at.find("partnership", "ace-cumbria")
        for name, on in (("Cumbria Together", "2005-04-01"), (None, "2005-05-01")):
            renamed = PartnershipRenamed(partnership_id=ace, name=name, on=When(on), source=SOURCE)
            at.do(Record(stream=ace, fact=renamed))
    project_all(programme)

    def name_of(code: str, day: date, known: int | None = None) -> str:
        lines = listed(programme, "ladder", "jsonl", as_at=day, known=known).decode().splitlines()
        (row,) = [row for row in map(json.loads, lines) if row["code"] == code]
        assert isinstance(row["name"], str)
        return row["name"]

    old = name_of("ace-cumbria", LATE, then)
    assert "Cumbria Together" not in old
    assert old == name_of("ace-cumbria", date(2005, 3, 31))
    assert "Cumbria Together" == name_of("ace-cumbria", date(2005, 4, 1)) == name_of("ace-cumbria", LATE)
    assert "Pilot 1" == name_of("360G-pilots-1", LATE, then)
    assert "Pilot 1, widened" == name_of("360G-pilots-1", LATE)


def test_money_in_a_further_currency_stands_beside_the_ladder_and_is_in_no_sum_of_it(
    programme: Database, tmp_path: Path
) -> None:
    """By hand: 100.00 GBP awarded, 30.00 EUR and 5.00 GBP paid; the newer edition has the 30.00 in GBP."""
    in_euro: dict[str, Any] = {"value": 30, "currency": "EUR", "transactionDate": "2004-07-01"}
    paid = [in_euro, {"value": 5, "transactionDate": "2004-07-02"}]
    bring(programme, package(tmp_path / "a.json", [grant(1, amountAwarded=100, disbursementTransaction=paid)]))
    project_all(programme)
    then = position(programme)
    text = fundtrail(programme, "funding", "360G-pilots-1").stdout
    assert "in EUR and in none of these figures: paid 30.00 EUR, available -30.00 EUR" in text
    assert ["EUR"] == [
        one["currency"] for one in json.loads(fundtrail(programme, "funding", "360G-pilots", "--json").stdout)["beside"]
    ]
    paid = [in_euro | {"currency": "GBP"}, paid[1]]
    bring(programme, package(tmp_path / "b.json", [grant(1, amountAwarded=100, disbursementTransaction=paid)]))
    project_all(programme)

    def paid_of(code: str, day: date, known: int | None = None) -> dict[str, tuple[str, str]]:
        rows = map(json.loads, listed(programme, "ladder", "jsonl", as_at=day, known=known).decode().splitlines())
        return {row["currency"]: (row["awarded"], row["paid"]) for row in rows if row["code"] == code}

    for code in ("360G-pilots", "360G-pilots-1"):
        assert {"GBP": ("100.00", "5.00"), "EUR": ("0.00", "30.00")} == paid_of(code, LATE, then)
        assert {"GBP": ("100.00", "0.00")} == paid_of(code, date(2004, 6, 30), then)
        assert {"GBP": ("100.00", "35.00")} == paid_of(code, LATE)


def test_delays_show_the_status_of_a_bid_on_the_day_as_the_list_of_bids_does(programme: Database) -> None:
    with desk(programme) as at:
        a_life(at)
        for name, handed_in in (("one", "2004-03-01"), ("two", "2004-04"), ("three", "2004-05-04")):
            at.submitted_bid(name, handed_in)
        at.do(bid.DeclineBid(bid_id=BidId("bid-one"), because="Repeats another", on=When("2004-06-15")))
        at.do(bid.WithdrawBid(bid_id=BidId("bid-two"), on=When("2004-05-31")))
        again = bid.ResubmitBid(bid_id=BidId("bid-one"), title="one", requested=gbp("900.00"), on=When("2004-09-30"))
        at.do(again)
    project_all(programme)
    seen = set()
    for day in (date(2004, 5, 30), *DAYS):
        stood = {row["reference"]: row["status"] for row in rows_as_at(programme, "bids", day)}
        for row in rows_as_at(programme, "delays", day):
            assert stood[row["reference"]] == row["status"], (day, row)
            seen.add((row["reference"], row["status"]))
    assert {("one", "submitted"), ("one", "declined"), ("two", "submitted"), ("two", "withdrawn")} <= seen
    assert "awarded" in {status for _, status in seen}


DAYS = [date(2004, 6, 17), date(2004, 9, 30), date(2005, 1, 31), date(2005, 4, 30), LATE]
FIGURES = ("awarded", "paid", "returned", "spent", "requested")


def test_the_list_of_awards_says_of_each_what_its_ladder_says_as_at_any_day(
    programme: Database, tmp_path: Path
) -> None:
    """Two ways to the same figures: the facts read again from the log, and the postings of the ledger."""
    with desk(programme) as at:
        a_life(at)
    paid = [{"value": 30, "transactionDate": "2004-07-01"}, {"value": -5.5, "transactionDate": "2005-02-01"}]
    bring(programme, package(tmp_path / "a.json", [grant(1, disbursementTransaction=paid), grant(2)]))
    of_iati(programme, document(tmp_path / "in.xml", activity()))
    bring(programme, package(tmp_path / "b.json", [grant(1, awardDate="2004-09-01"), grant(2, amountAwarded=90)]))
    project_all(programme)
    for day in DAYS:
        awards = {row["reference"]: row for row in rows_as_at(programme, "awards", day)}
        ladders = {row["code"]: row for row in rows_as_at(programme, "ladder", day) if row["kind"] == "award"}
        assert len(awards) >= 8
        for reference, row in awards.items():
            for figure in FIGURES:
                if row[figure] is not None and not (figure == "requested" and reference not in OF_REGISTERS):
                    assert ladders[reference][figure] == row[figure], (day, reference, figure)


# What our own awards were asked for stands in the ladder of their bids.
OF_REGISTERS = ("360G-pilots-1", "360G-pilots-2", "GB-GOV-1-pilot-25")


def rows_as_at(database: Database, name: str, day: date) -> list[Row]:
    return [json.loads(line) for line in listed(database, name, "jsonl", as_at=day).decode().splitlines()]


# --- Who decided ------------------------------------------------------------------------------------------------------


@pytest.fixture
def life(programme: Database) -> Database:
    """The programme with an award that has every kind of part, a round, and a bid that was declined and came again."""
    with desk(programme) as at:
        lived(at)
        called(at, "one")
        at.submitted_bid("again", "2004-03-01")
        of: dict[str, Any] = {"bid_id": BidId("bid-again")}
        at.do(bid.DeclineBid(**of, because="Repeats another", on=When("2004-06-15")), "head of grants")
        at.do(bid.ResubmitBid(**of, title="again", requested=gbp("900.00"), on=When("2004-09-30")))
    project_all(programme)
    return programme


def test_a_bid_says_who_decided_it_until_it_is_handed_in_again(life: Database) -> None:
    def decided(day: date) -> tuple[Any, ...]:
        (row,) = [row for row in rows_as_at(life, "bids", day) if row["reference"] == "again"]
        return row["status"], row["decided"], row["decided_by"]

    assert ("submitted", None, None) == decided(date(2004, 6, 14))
    assert ("declined", "2004-06-15", "head of grants") == decided(date(2004, 6, 15))
    assert ("submitted", None, None) == decided(LATE)


def test_a_payment_names_its_payee_its_reference_its_reversal_and_what_corrects_it(life: Database) -> None:
    first, second = (row for row in rows_as_at(life, "payments", LATE) if row["number"] in (1, 2))
    lead = next(row["lead"] for row in rows_as_at(life, "partnerships", LATE) if row["code"] == "dip")
    for row in (first, second):
        assert lead == row["payee"]
    assert ("BACS 1", "2004-08-06", "tester", "Entered twice", 2) == (
        first["bank_reference"], first["reversed_on"], first["reversed_by"], first["reversed_because"],
        first["corrected_by"],
    )  # fmt: skip
    assert ("BACS 2", 1, None) == (second["bank_reference"], second["corrects"], second["reversed_on"])
    before = next(row for row in rows_as_at(life, "payments", date(2004, 8, 5)) if row["number"] == 1)
    assert ("released", None) == (before["status"], before["reversed_by"])


def test_an_award_names_its_payee_who_approved_its_bid_and_who_offered_it(life: Database) -> None:
    (row,) = [row for row in rows_as_at(life, "awards", LATE) if row["reference"] == "A-lived"]
    assert ("tester", "tester") == (row["approved_by"], row["offered_by"])
    stated = [row for row in rows_as_at(life, "awards", LATE) if row["status"] == "stated"]
    assert {(None, None)} == {(row["approved_by"], row["offered_by"]) for row in stated}, "nobody recorded who"


def test_each_list_of_parts_has_what_was_recorded(life: Database) -> None:
    """By hand, from the life of the award: 40.00 claimed back, 15.00 and 5.00 settled, the rest written off."""
    found = {name: rows_as_at(life, name, LATE) for name in (*PART_LISTS, "rounds", "ring-fences")}
    recovery = found["recoveries"][0]
    assert ("A-lived", "40.00", "0.00", "written_off", "2004-10-03", "tester", "Too dear to claim") == (
        recovery["award"], recovery["amount"], recovery["outstanding"], recovery["status"], recovery["approved_on"],
        recovery["approved_by"], recovery["written_off_because"],
    )  # fmt: skip
    assert [("500.00", "2004-10-01", "changed"), ("200.00", "2004-12-01", "scheduled")] == [
        (row["amount"], row["due"], row["status"]) for row in found["instalments"]
    ]
    assert [("reduction", "-200.00"), ("correction", "50.00")] == [
        (row["kind"], row["amount"]) for row in found["variations"]
    ]
    assert [("lifted", "2004-08-01", "2004-08-02")] == [
        (row["status"], row["placed_on"], row["lifted_on"]) for row in found["holds"]
    ]
    assert [("certified", "2004"), ("required", "2005")] == [(row["status"], row["covers"]) for row in found["returns"]]
    assert [("90.00", "Printing")] == [(row["amount"], row["description"]) for row in found["expenditure"]]
    assert [(1, 1, "15.00", "repayment", "REC 1", None), (1, 2, "5.00", "offset", None, 3)] == [
        tuple(row[name] for name in ("recovery", "part", "amount", "by", "reference", "deducted_from"))
        for row in found["settlements"]
    ]
    assert [(2, 1, "10.00", "returned", "2004-08-11", "tester", "Bounced", None)] == [
        tuple(
            row[name]
            for name in ("payment", "part", "amount", "status", "returned_on", "returned_by", "because", "undone_on")
        )
        for row in found["money-back"]
    ]
    assert [(False, "One partner", "2004-01-10"), (True, None, "2004-01-11")] == [
        (row["eligible"], row["because"], row["tested_on"]) for row in found["eligibility-tests"]
    ]
    assert all(row["asked_by"] == "tester" for row in found["questions"])
    assert {row["bid"] for row in found["questions"]} == {row["bid"] for row in found["assessments"]}
    assert [("R-one", "900.00", "100.00", "800.00", "cbp")] == [
        (row["code"], row["budget"], row["committed"], row["free"], row["programme"]) for row in found["rounds"]
    ]
    assert [] == rows_as_at(life, "rounds", date(2004, 4, 29)), "April counts once it is over"
    assert [("Rural", "300.00", "0.00", "300.00", "tester"), ("Urban", "100.50", "0.00", "100.50", "tester")] == [
        (row["name"], row["amount"], row["committed"], row["free"], row["set_by"]) for row in found["ring-fences"]
    ]
    assert [] == rows_as_at(life, "ring-fences", date(2004, 4, 1))


def test_each_list_says_who_decided_and_who_is_paid(life: Database) -> None:
    """Every column of who did something, and every payee, has a name where its step was taken."""
    lead = next(row["lead"] for row in rows_as_at(life, "partnerships", LATE) if row["code"] == "dip")
    for name in (name for name, one in PART_LISTS.items() if one.paid):
        assert {lead} == {row["payee"] for row in rows_as_at(life, name, LATE)}, name
    for name in LISTS:
        for row in rows_as_at(life, name, LATE):
            steps = [
                column.removesuffix("_by") for column in row if column.endswith("_by") and column != "corrected_by"
            ]
            for step in steps:
                taken = [row[f"{step}_on"]] if f"{step}_on" in row else []
                assert all((on is not None) == (row[f"{step}_by"] is not None) for on in taken), (name, step, row)
    conditions = rows_as_at(life, "conditions", LATE)
    assert [("tester", "tester", None), ("tester", "tester", 'So "it" be')] == [
        (row["set_by"], row["settled_by"], row["waived_because"]) for row in conditions
    ]
    (released,) = [
        row for row in rows_as_at(life, "audit", LATE) if row["name"] == "PaymentReleased" and row["payment"] == 2
    ]
    assert ("310.00", "GBP", "A-lived", lead) == tuple(
        released[name] for name in ("amount", "currency", "award", "payee")
    )


def test_money_back_and_settlements_are_listed_from_their_day_on(life: Database) -> None:
    for name, day in (("money-back", date(2004, 8, 11)), ("settlements", date(2004, 10, 4))):
        assert [] == rows_as_at(life, name, day - timedelta(days=1)), name
        assert 1 == len(rows_as_at(life, name, day)), name


# --- Workbooks --------------------------------------------------------------------------------------------------------


async def rows_of(*rows: Row) -> AsyncIterator[Row]:
    for row in rows:
        yield row


async def book_of(*rows: Row) -> Any:
    asked = as_xlsx(rows_of(*rows), list(rows[0]), "list", {"position": "7"})
    written = b"".join([piece async for piece in asked])
    return openpyxl.load_workbook(io.BytesIO(written))


def run(wanted: Any) -> Any:
    import asyncio

    return asyncio.run(wanted)


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x")', "+1+1", "-1+1", "@SUM(A1)", "\t=1", "=1\x01"])
def test_a_text_is_a_cell_of_text_whatever_it_looks_like(text: str) -> None:
    (cell,) = run(book_of({"title": text}))["list"][2]
    assert ("s", text.replace("\x01", "\N{REPLACEMENT CHARACTER}")) == (cell.data_type, cell.value)


def test_amounts_are_numbers_until_a_spreadsheet_would_round_them() -> None:
    small, large, code = run(book_of({"amount": "-12.50", "debit": "99999999999999.99", "code": "007"}))["list"][2]
    assert (-12.5, "99999999999999.99", "007") == (small.value, large.value, code.value)


def test_an_amount_has_the_places_of_its_currency_and_hides_no_digit() -> None:
    rows: list[Row] = [
        {"amount": amount, "currency": currency}
        for amount, currency in (("1250.00", "GBP"), ("1250", "JPY"), ("1.005", "KWD"), ("0.125", "GBP"))
    ]
    cells = [row[0] for row in run(book_of(*rows))["list"].iter_rows(min_row=2)]
    assert [1250, 1250, 1.005, 0.125] == [cell.value for cell in cells]
    assert ["#,##0.00", "#,##0", "#,##0.000", "#,##0.000"] == [cell.number_format for cell in cells]


def test_a_day_is_a_date_and_anything_less_exact_is_a_text() -> None:
    texts = ("2004-03-15", "2004-03", "2004-03-15~", "2004-07/2005-03", "unknown", "1899-12-31")
    rows: list[Row] = [{"submitted": text, "title": text} for text in texts]
    cells = list(run(book_of(*rows))["list"].iter_rows(min_row=2))
    assert [(datetime(2004, 3, 15), "yyyy-mm-dd")] == [
        (date.value, date.number_format) for date, _ in cells if date.data_type == "d"
    ]
    assert [*texts[1:]] == [date.value for date, _ in cells if date.data_type == "s"]
    assert [*texts] == [title.value for _, title in cells], "only in a column of dates"


def test_the_header_stays_in_view_with_filters_and_columns_are_as_wide_as_their_headings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 3)
    rows: list[Row] = [{"number": number, "written_off_because": "x"} for number in range(3)]
    first, second = run(book_of(*rows)).worksheets[:2]
    assert [("A2", "A1:B3"), ("A2", "A1:B2")] == [(one.freeze_panes, one.auto_filter.ref) for one in (first, second)]
    for column, title in (("A", "number"), ("B", "written_off_because")):
        assert first.column_dimensions[column].width > len(title) + 2
    (empty,) = [book for book in run(empty_book()).worksheets if book.title == "list"]
    assert "A1:A1" == empty.auto_filter.ref


async def empty_book() -> Any:
    written = b"".join([piece async for piece in as_xlsx(rows_of(), ["title"], "list", {})])
    return openpyxl.load_workbook(io.BytesIO(written))


def test_a_text_that_no_cell_holds_is_cut_and_says_so() -> None:
    (cell,) = run(book_of({"body": "x" * 40_000}))["list"][2]
    assert 32_767 == len(cell.value)
    assert cell.value.endswith("[cut: 40000 characters]")


def test_a_list_goes_on_in_a_further_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 3)
    rows: list[Row] = [{"number": number} for number in range(5)]
    book = run(book_of(*rows))
    assert ["list", "list 2", "list 3", "about"] == book.sheetnames
    assert [("number",), (4,)] == list(book["list 3"].values)


def test_an_abandoned_list_leaves_nothing_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def written_so_far() -> list[Path]:
        return list(tmp_path.iterdir())

    async def breaks() -> AsyncIterator[Row]:
        yield {"title": "one"}
        assert written_so_far()
        raise RuntimeError("the database went away")

    async def written() -> None:
        async for _ in as_xlsx(breaks(), ["title"], "list", {}):
            pass

    with pytest.raises(RuntimeError):
        run(written())
    assert [] == written_so_far()


def test_a_list_is_limited_to_a_programme_or_says_that_it_cannot_be(shared_programme: Database) -> None:
    unknown, narrow = (
        "There is no programme nosuch.",
        "cannot be limited to one programme. These exports can: awards, payments,",
    )
    for name, code, sentence in (
        ("ledger", 2, narrow), ("audit", 2, narrow), ("awards", 3, unknown), ("360giving", 3, unknown),
    ):  # fmt: skip
        answer = fundtrail(shared_programme, "export", name, "--programme", "nosuch")
        assert (code, "") == (answer.returncode, answer.stdout), name
        assert sentence in answer.stderr, name
    whole, of_it = (
        fundtrail(shared_programme, "export", "awards", *words).stdout for words in ([], ["--programme", "cbp"])
    )
    assert whole == of_it
