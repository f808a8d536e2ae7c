"""Bank statements from files: imported whole, matched where that is exact, and reconciled to the penny."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from domain.award import (
    ApprovePayment,
    ApproveRecovery,
    RaiseRecovery,
    ReleasePayment,
    RequestPayment,
    SettledBy,
    SettleRecovery,
)
from domain.bank.account import OpenBankAccount, account_identity
from domain.bank.entry import Aside, MatchEntry, MatchRepayment, ReopenEntry, SetEntryAside, Share
from domain.bank.report import Reconciliation
from domain.values.ids import AwardId, EntryId
from domain.values.when import When
from infra.cli.ask.bank import one_row
from infra.database.pool import query
from infra.database.postgres import Database
from infra.exports.columns import BANK_MATCHES
from infra.feeding import projector
from infra.feeding.projector import project_all
from infra.files.bounded import UnreadableFile
from infra.imports.bank import statements as bank_import
from infra.imports.bank.statements import BankReport
from infra.imports.bank.table import StatementOptions, find_mapping
from infra.imports.register.mapping import BadMapping
from projections.bank import candidates as bank_candidates
from projections.bank import reading as bank
from projections.bank.reading import EntryLine, Filter, listing
from projections.bank.reconciling import reconciliation
from projections.tables.paging import Window
from tests.kit.command_line import fundtrail
from tests.kit.database.feeding import fed_slowly
from tests.kit.database.writing import read_tables
from tests.kit.files.camt import IBAN, SPACE, booked, camt, statement
from tests.kit.files.exported import listed
from tests.kit.files.importing import bring, grant, package
from tests.kit.money import Desk, desk, gbp

JULY = (date(2004, 7, 1), date(2004, 7, 31))


@dataclass
class Office:
    """A finance office with an account and an award of 1,000.00 that releases payments."""

    at: Desk
    database: Database
    folder: Path
    award_id: AwardId

    def release(self, number: int, amount: str, reference: str | None, on: str = "2004-07-06") -> None:
        """Request, approve and release a payment."""
        about: dict[str, Any] = {"award_id": self.award_id, "number": number, "on": When(on)}
        self.at.do(RequestPayment(amount=gbp(amount), **about), "requester")
        self.at.do(ApprovePayment(**about), "approver")
        self.at.do(ReleasePayment(bank_reference=reference, **about), "releaser")

    def take_in(self, *statements: str, dry: bool = False, **how: Any) -> BankReport:
        """What became of a file of these statements."""
        file = camt(self.folder / "statement.xml", *statements, **how)
        return self.bring_in(file, dry=dry)

    def bring_in(self, file: Path, mapping: Path | None = None, *, dry: bool = False, **beside: Any) -> BankReport:
        zones = bank_import.zones_of(self.database)
        read = bank_import.read(file, find_mapping(mapping) if mapping else None, StatementOptions(**beside), zones)
        return bank_import.import_statements(self.database, self.at.log, file.name, read, actor="accountant", dry=dry)

    def entries(self, **wanted: Any) -> list[EntryLine]:
        project_all(self.database)
        found = listing(Filter(**wanted))
        return query(self.database, lambda connection: bank.entries_page(connection, found, Window(size=100))).lines

    def became(self) -> list[tuple[str, str]]:
        return [(f"{one.amount:f}", one.status) for one in self.entries()]

    def payment(self, number: int) -> str:
        award = self.at.log.history(self.award_id)
        steps = [type(event).__name__ for event in award if getattr(event, "number", None) == number]
        return steps[-1]

    def reconciled(self, since: date, until: date) -> Reconciliation:
        project_all(self.database)
        (account,) = query(self.database, bank.accounts)
        return query(self.database, lambda connection: reconciliation(connection, account, since, until))

    def report(self, since: date = JULY[0], until: date = JULY[1]) -> dict[str, Any]:
        found = self.reconciled(since, until)
        assert Decimal(0) == found.difference
        lines = {line.name: f"{line.amount:f}" for line in (*found.entries, *found.payments) if line.number}
        ends = {"opening": f"{found.opening:f}", "closing": f"{found.closing:f}"}
        return ends | lines | {"unseen": f"{found.unseen_after:f}"}


def opened_account(at: Desk) -> None:
    """Open the account, so that its statements can be imported."""
    at.do(
        OpenBankAccount(
            account_id=account_identity(IBAN), account=IBAN, name="Grants", currency="GBP", on=When("2004-04-01")
        )
    )


@pytest.fixture
def office(programme: Database, tmp_path: Path) -> Iterator[Office]:
    with desk(programme) as at:
        opened_account(at)
        yield Office(at, programme, tmp_path, at.accepted_award("bank", "1000.00"))


def a_month(office: Office) -> str:
    """Payments 1 and 2 leave, 2 is given back, 3 leaves without its reference, a fee is charged; 4 does not leave."""
    for number, amount in ((1, "100.00"), (2, "200.00"), (3, "300.00"), (4, "50.00")):
        office.release(number, amount, f"BACS 0407 000{number}")
    return statement(
        [
            booked("-100.00", "2004-07-08", "NWB1", "BACS 0407 0001", payee="Eden District Council"),
            booked("-200.00", "2004-07-08", "NWB2", "BACS 0407 0002"),
            booked("200.00", "2004-07-12", "NWB3", "BACS 0407 0002", returned="AC04"),
            booked("-300.00", "2004-07-13", "NWB4", text="Grant, third instalment"),
            booked("-1.50", "2004-07-31", "NWB5", text="Charges"),
            booked("-9.00", "2004-07-31", "NWB6", status="<Cd>PDNG</Cd>"),
        ],
        "1000.00",
        "598.50",
    )


def test_a_month_of_statements_settles_and_returns_what_is_exact_and_leaves_the_rest_to_a_person(
    office: Office,
) -> None:
    report = office.take_in(a_month(office))
    assert (5, 0, 3, 2) == (report.new, report.repeated, report.matched, report.waiting)
    assert 1 == report.statements[0].pending
    assert [
        ("-100.00", "settled"), ("-200.00", "settled"), ("200.00", "returned"), ("-300.00", "unmatched"),
        ("-1.50", "unmatched"),
    ] == office.became()  # fmt: skip
    assert ["PaymentMatched", "PaymentMatched", "PaymentReleased"] == [office.payment(number) for number in (1, 2, 3)]
    assert {
        "opening": "1000.00", "settled": "-300.00", "returned": "200.00", "unmatched": "-301.50", "closing": "598.50",
        "released": "650.00", "unseen": "350.00",
    } == office.report()  # fmt: skip

    third, fee = (EntryId(one.id) for one in office.entries(status="unmatched"))
    proposals = query(office.database, bank_candidates.matches).proposals
    assert [(3, ("amount", "date"))] == [
        (one.payments[0][0].number, tuple(why.value for why in one.why)) for one in proposals[third]
    ]
    office.at.do(
        MatchEntry(
            entry_id=third,
            shares=(Share(award_id=office.award_id, number=3, amount=gbp("300.00")),),
            because="The remittance advice says so",
            on=When("2004-08-02"),
        )
    )
    office.at.do(SetEntryAside(entry_id=fee, aside=Aside.FEE, because="Charges for July", on=When("2004-08-02")))
    assert {
        "opening": "1000.00", "settled": "-600.00", "returned": "200.00", "fee": "-1.50", "closing": "598.50",
        "released": "650.00", "unseen": "50.00",
    } == office.report()  # fmt: skip
    unseen = query(office.database, lambda connection: bank_candidates.unseen(connection, "GBP"))
    assert [(4, Decimal("50.00"))] == [(one.number, one.left) for one in unseen]

    office.at.do(ReopenEntry(entry_id=third, because="It was another grant", on=When("2004-08-03")))
    assert "MatchUndone" == office.payment(3)
    assert "-300.00" == office.report()["unmatched"]


@pytest.mark.parametrize(("waits", "matched"), [(projector.LONGEST_WAIT_SECONDS, 3), (0.0, 0)])
def test_the_projector_of_a_server_that_is_behind_is_waited_for(
    office: Office, monkeypatch: pytest.MonkeyPatch, waits: float, matched: int
) -> None:
    """The control does not wait: what is exact is not matched then."""
    monkeypatch.setattr(projector, "LONGEST_WAIT_SECONDS", waits)
    month = a_month(office)
    with fed_slowly(office.database):
        assert matched == office.take_in(month).matched


def test_payments_that_a_register_states_are_proposed_matched_and_counted_as_far_as_the_bank_shows_them(
    office: Office, tmp_path: Path
) -> None:
    """By hand: of 30.00 and 20.00 that a register states, the bank shows the first; the second is not missing."""
    paid = [
        {"id": "R-1", "transactionDate": "2004-07-06", "value": 30},
        {"id": "R-2", "transactionDate": "2004-07-20", "value": 20},
        {"transactionDate": "2004-07-25", "value": -5},
    ]
    theirs = package(tmp_path / "a.json", [grant(1, disbursementTransaction=paid)])
    bring(office.database, theirs)
    office.release(1, "100.00", "BACS 0407 0001")
    entries = [
        booked("-30.00", "2004-07-08", "NWB1", payee="Council 1"),
        booked("-100.00", "2004-07-08", "NWB2", "BACS 0407 0001"),
        booked("5.00", "2004-07-26", "NWB3"),
    ]
    report = office.take_in(statement(entries, "1000.00", "875.00"))
    assert (1, 2) == (report.matched, report.waiting)
    project_all(office.database)
    proposals = query(office.database, bank_candidates.matches).proposals
    out, back = (EntryId(one.id) for one in office.entries(status="unmatched"))
    reasons = {name: [tuple(why.value for why in one.why) for one in found] for name, found in proposals.items()}
    assert {out: [("amount", "payee", "date")], back: [("amount", "date")]} == reasons
    before = office.report()
    assert ("-25.00", "0.00") == (before["unmatched"], before["unseen"])
    for entry in (out, back):
        ((key, amount, part),) = proposals[entry][0].payments
        shares = (Share(award_id=key.award_id, number=key.number, amount=amount, part=part),)
        office.at.do(MatchEntry(entry_id=entry, shares=shares, because="As its register says", on=When("2004-08-02")))
    assert {
        "opening": "1000.00", "settled": "-130.00", "returned": "5.00", "closing": "875.00", "released": "100.00",
        "stated by a register": "30.00", "unseen": "0.00",
    } == office.report()  # fmt: skip
    # A newer edition tells of the first otherwise: what was found stays found, and balances.
    paid[0]["value"] = 31
    bring(office.database, package(tmp_path / "b.json", [grant(1, disbursementTransaction=paid)]))
    assert "30.00" == office.report()["stated by a register"]
    office.at.do(ReopenEntry(entry_id=out, because="Restated", on=When("2004-08-03")))
    assert ("-30.00", "0.00") == (office.report()["unmatched"], office.report()["unseen"])


def test_entries_go_out_as_a_list_by_the_day_of_booking_and_as_known_then(office: Office) -> None:
    """By hand, from the month above: the entries booked by 12 July; then a person sets the fee aside."""
    office.take_in(a_month(office))
    (fee,) = [one for one in office.entries() if one.amount == Decimal("-1.50")]
    then = office.at.log.position()

    def rows(**wanted: Any) -> list[list[str]]:
        text = listed(office.database, "bank-entries", "csv", **wanted).decode()
        rows = csv.DictReader(io.StringIO(text))
        return [[row[name] for name in ("booked", "amount", "status", "payments", "decided_by")] for row in rows]

    before = rows(as_at=date(2004, 7, 12))
    assert [
        ["2004-07-08", "-100.00", "settled", "A-bank/1: 100.00", "accountant"],
        ["2004-07-08", "-200.00", "settled", "A-bank/2: 200.00", "accountant"],
        ["2004-07-12", "200.00", "returned", "A-bank/2 return 1: 200.00", "accountant"],
    ] == before
    assert ["2004-07-31", "-1.50", "unmatched", "", ""] == rows()[-1]
    about: dict[str, Any] = {"entry_id": EntryId(fee.id), "because": "Charges", "on": When("2004-08-02")}
    office.at.do(SetEntryAside(aside=Aside.FEE, **about), "accountant")
    project_all(office.database)
    assert ["2004-07-31", "-1.50", "fee", "", "accountant"] == rows()[-1]
    assert ["2004-07-31", "-1.50", "unmatched", "", ""] == rows(known=then)[-1]
    assert before == rows(as_at=date(2004, 7, 12), known=then)


def test_the_same_file_again_changes_nothing_and_an_overlapping_one_repeats_no_entry(office: Office) -> None:
    month = a_month(office)
    office.take_in(month)
    before = read_tables(office.database)
    again = office.take_in(month)
    assert ("unchanged", 0, 5, 0) == (again.statements[0].became, again.new, again.repeated, again.matched)
    assert before == read_tables(office.database)
    later = statement(
        [booked("-1.50", "2004-07-31", "NWB5", text="Charges"), booked("0.42", "2004-07-31", "NWB7", text="Interest")],
        "600.00", "598.92", identifier="2004-07/2",
    )  # fmt: skip
    overlapping = office.take_in(later)
    assert (1, 1) == (overlapping.new, overlapping.repeated)
    assert 6 == len(office.entries())


def test_a_second_entry_for_one_payment_is_a_duplicate_until_a_person_says_otherwise(office: Office) -> None:
    office.release(1, "100.00", "BACS 0407 0001")
    twice = [booked("-100.00", f"2004-07-0{day}", f"NWB{day}", "BACS 0407 0001") for day in (7, 8)]
    office.take_in(statement(twice[:1], "1000.00", "900.00"))
    report = office.take_in(statement(twice, "1000.00", "800.00", identifier="2004-07/2"))
    assert (0, 1, 1) == (report.matched, report.duplicates, report.waiting)
    assert [("-100.00", "settled"), ("-100.00", "unmatched")] == office.became()
    (twin,) = office.entries(status="unmatched")
    office.at.do(
        SetEntryAside(entry_id=EntryId(twin.id), aside=Aside.DUPLICATE, because="Paid twice", on=When("2004-08-02"))
    )
    assert "-100.00" == office.report()["duplicate"]


def test_a_dry_run_reports_the_same_and_records_nothing(office: Office) -> None:
    month = a_month(office)
    project_all(office.database)
    before = read_tables(office.database)
    dry = office.take_in(month, dry=True)
    assert before == read_tables(office.database)
    real = office.take_in(month)
    assert (dry.new, dry.matched, dry.proposed) == (real.new, real.matched, real.proposed)


def test_a_batch_is_read_as_its_payments(office: Office) -> None:
    for number, amount in ((1, "100.00"), (2, "200.00")):
        office.release(number, amount, f"BACS 0407 000{number}")
    details = "".join(
        f'<TxDtls><Refs><EndToEndId>BACS 0407 000{number}</EndToEndId></Refs><Amt Ccy="GBP">{amount}</Amt></TxDtls>'
        for number, amount in ((1, "100.00"), (2, "200.00"))
    )
    report = office.take_in(statement([booked("-300.00", "2004-07-08", "NWB1", more=details)], "300.00", "0.00"))
    assert (2, 2) == (report.new, report.matched)


def refused(office: Office, *statements: str, **how: Any) -> str:
    """The code with which a file is refused. Nothing of it may have been recorded."""
    project_all(office.database)
    before = read_tables(office.database)
    with pytest.raises(UnreadableFile) as caught:
        office.take_in(*statements, **how)
    project_all(office.database)
    assert before == read_tables(office.database), "something was recorded"
    return caught.value.code


ONE = booked("-100.00", "2004-07-08", "NWB1")
RIGHT = statement([ONE], "1000.00", "900.00")


@pytest.mark.parametrize(
    ("statements", "how", "code"),
    [
        ([RIGHT, statement([ONE], "900.00", "800.01", identifier="2")], {}, "StatementUnbalanced"),
        ([statement([ONE], "1000.00", "900.00", account="GB00X")], {}, "BankAccountUnknown"),
        ([RIGHT.replace('"GBP"', '"EUR"')], {}, "StatementCurrencyDiffers"),
        ([RIGHT.replace("CLBD", "ITBD")], {}, "balance_missing"),
        ([RIGHT.replace("100.00", "1e2")], {}, "not_an_amount"),
        ([RIGHT.replace("DBIT", "LEFT")], {}, "no_direction"),
        ([RIGHT.replace("2004-07-08", "yesterday!")], {}, "not_a_date"),
        ([RIGHT.replace("<Id>2004-07</Id>", "")], {}, "missing"),
        ([RIGHT.replace("</Ntry>", "")], {}, "not_xml"),
        ([RIGHT.replace("NWB1", "&what;")], {}, "entity"),
        ([RIGHT], {"before": "<!DOCTYPE Document [<!ENTITY what SYSTEM 'file:///etc/passwd'>]>"}, "doctype"),
        ([RIGHT], {"space": SPACE.replace("053", "052")}, "not_camt053"),
        ([], {}, "no_statement"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused_by_a_code_and_nothing_of_it_recorded(
    office: Office, statements: list[str], how: dict[str, str], code: str
) -> None:
    assert code == refused(office, *statements, **how)


def test_a_table_without_a_mapping_is_refused_with_the_option_to_use(office: Office, tmp_path: Path) -> None:
    (tmp_path / "july.csv").write_text(TABLE)
    with pytest.raises(UnreadableFile, match="with a mapping") as caught:
        office.bring_in(tmp_path / "july.csv")
    assert "not_xml" == caught.value.code


def test_a_truncated_file_is_refused(office: Office, tmp_path: Path) -> None:
    whole = camt(tmp_path / "whole.xml", RIGHT).read_bytes()
    (tmp_path / "half.xml").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableFile, match="in the middle") as caught:
        office.bring_in(tmp_path / "half.xml")
    assert "truncated" == caught.value.code


# --- Repayments -------------------------------------------------------------------------------------------------------


def recover(office: Office, *repaid: tuple[str, str | None]) -> None:
    """Pay 400.00, claim 300.00 back, and record what was repaid: the amount and the reference of each."""
    about: dict[str, Any] = {"award_id": office.award_id, "number": 1, "on": When("2004-07-06")}
    office.release(1, "400.00", "BACS 0407 0001")
    office.at.do(RaiseRecovery(amount=gbp("300.00"), because="A partner has left", **about))
    office.at.do(ApproveRecovery(**about), "approver")
    for amount, reference in repaid:
        office.at.do(SettleRecovery(amount=gbp(amount), by=SettledBy.REPAYMENT, reference=reference, **about))


def test_the_repayment_of_a_recovery_is_matched_to_its_entry_and_the_account_balances(office: Office) -> None:
    """By hand: 400.00 leave, 100.00 and 50.00 come back. The first has its reference, the second only its amount."""
    recover(office, ("100.00", "REC 1"), ("50.00", None))
    entries = [
        booked("-400.00", "2004-07-08", "NWB1", "BACS 0407 0001"),
        booked("100.00", "2004-07-12", "NWB2", "rec1"),
        booked("50.00", "2004-07-13", "NWB3"),
    ]
    dry = office.take_in(statement(entries, "1000.00", "750.00"), dry=True)
    report = office.take_in(statement(entries, "1000.00", "750.00"))
    assert (2, 1, 0) == (report.matched, report.proposed, report.unmatched)
    assert (2, 1, 0) == (dry.matched, dry.proposed, dry.unmatched)
    assert [("-400.00", "settled"), ("100.00", "recovered"), ("50.00", "unmatched")] == office.became()
    (second,) = (EntryId(one.id) for one in office.entries(status="unmatched"))
    (proposed,) = query(office.database, bank_candidates.matches).repayments[second]
    assert (1, 2, ("amount", "date")) == (
        proposed.key.number, proposed.key.part, tuple(why.value for why in proposed.why),
    )  # fmt: skip
    about: dict[str, Any] = {"entry_id": second, "award_id": office.award_id, "number": 1, "on": When("2004-08-02")}
    office.at.do(MatchRepayment(part=2, because="As they wrote", **about))
    whole = {
        "opening": "1000.00", "settled": "-400.00", "recovered": "150.00", "closing": "750.00", "released": "400.00",
        "unseen": "0.00",
    }  # fmt: skip
    assert whole == office.report()
    text = listed(office.database, "bank-entries", "csv").decode()
    assert ["A-bank/1: 400.00", "A-bank recovery 1 part 1: 100.00", "A-bank recovery 1 part 2: 50.00"] == [
        row["payments"] for row in csv.DictReader(io.StringIO(text))
    ]
    then = office.at.log.position()
    office.at.do(ReopenEntry(entry_id=second, because="Another award's", on=When("2004-08-03")))
    assert ("100.00", "50.00") == (office.report()["recovered"], office.report()["unmatched"])
    assert [2] == [one.key.part for one in query(office.database, bank_candidates.matches).repayments[second]]
    then_text = listed(office.database, "bank-entries", "csv", known=then).decode()
    assert "A-bank recovery 1 part 2: 50.00" in then_text


# --- Tables -----------------------------------------------------------------------------------------------------------

MAP = f"""
account = {{ text = "{IBAN}" }}
dates = "uk"
order = "newest"
amounts = {{ thousands = "," }}
[fields]
booked = "Date"
paid_in = "In"
paid_out = "Out"
balance = "Balance"
remittance = "Details"
end_to_end = {{ column = "Details", pattern = "BACS [0-9 ]+[0-9]" }}
"""
TABLE = """Date,Details,Out,In,Balance
31/07/2004,Charges,1.50,,"898.50"
08/07/2004,Payment BACS 0407 0001,100.00,,900.00
07/07/2004,Transfer,,"1,000.00","1,000.00"
"""


def table(folder: Path, text: str = TABLE, mapping: str = MAP) -> tuple[Path, Path]:
    (folder / "july.csv").write_text(text, encoding="utf-8")
    (folder / "bank.toml").write_text(mapping, encoding="utf-8")
    return folder / "july.csv", folder / "bank.toml"


def test_a_table_is_read_by_its_mapping_and_its_balances_are_checked(office: Office) -> None:
    office.release(1, "100.00", "BACS 0407 0001")
    report = office.bring_in(*table(office.folder))
    (only,) = report.statements
    assert ("2004-07-07/2004-07-31", "0.00 GBP", "898.50 GBP") == (
        only.identifier,
        only.opening,
        only.closing,
    )
    assert [("1000.00", "unmatched"), ("-100.00", "settled"), ("-1.50", "unmatched")] == office.became()
    assert {
        "opening": "0.00", "settled": "-100.00", "unmatched": "998.50", "closing": "898.50", "released": "100.00",
        "unseen": "0.00",
    } == office.report()  # fmt: skip


@pytest.mark.parametrize(
    ("text", "mapping", "beside", "code"),
    [
        (TABLE.replace('"898.50"', "898.51"), MAP, {}, "balance_broken"),
        (TABLE, MAP.replace('"newest"', '"oldest"'), {}, "balance_broken"),
        (TABLE, MAP.replace('balance = "Balance"', ""), {}, "balance_missing"),
        (TABLE, MAP.replace('balance = "Balance"', ""), {"opening": "lots"}, "not_an_amount"),
        (TABLE, MAP, {"closing": "898.51"}, "StatementUnbalanced"),
        (TABLE.replace("08/07/2004", "31/02/2004"), MAP, {}, "not_in_the_calendar"),
        (TABLE.replace("08/07/2004", ""), MAP, {}, "missing"),
        (TABLE.replace(",100.00,", ",-100.00,"), MAP, {}, "negative"),
        (TABLE.replace(",100.00,", ",a hundred,"), MAP, {}, "not_an_amount"),
        ("Date,Details,Out,In,Balance\n", MAP, {}, "no_statement"),
        (TABLE.replace("Details", "Detail"), MAP, {}, "columns_missing"),
        (TABLE.replace(",Out,", ",Paid,"), MAP, {}, "columns_missing"),
        (TABLE, MAP.replace(f'account = {{ text = "{IBAN}" }}', 'account = "Account"'), {}, "columns_missing"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_whole(
    office: Office, text: str, mapping: str, beside: dict[str, Any], code: str
) -> None:
    with pytest.raises(UnreadableFile) as caught:
        office.bring_in(*table(office.folder, text, mapping), **beside)
    assert code == caught.value.code
    assert [] == office.entries()


@pytest.mark.parametrize("mapping", ["", "account = 1", MAP.replace('paid_in = "In"', ""), MAP + "strange = 1\n", "["])
def test_a_mapping_that_cannot_be_used_says_why(tmp_path: Path, mapping: str) -> None:
    with pytest.raises(BadMapping):
        find_mapping(table(tmp_path, mapping=mapping)[1])


# --- The command line -------------------------------------------------------------------------------------------------


def test_an_accountant_opens_an_account_imports_a_statement_and_reconciles_it(
    programme: Database, tmp_path: Path
) -> None:
    def ran(*words: str) -> str:
        answer = fundtrail(programme, *words)
        assert 0 == answer.returncode, answer.stderr
        return answer.stdout

    file = str(camt(tmp_path / "july.xml", statement([booked("-1.50", "2004-07-31", "N1")], "2.00", "0.50")))
    unknown = fundtrail(programme, "import", "bank", file, "--json")
    assert (2, "BankAccountUnknown") == (unknown.returncode, json.loads(unknown.stdout)["error"]["code"])
    assert "`fundtrail bank open`" in unknown.stdout
    ran("bank", "open", IBAN, "--name", "Grants account")
    assert 1 == json.loads(ran("import", "bank", file, "--json"))["new"]
    (waiting,) = json.loads(ran("bank", "matches", "--json"))["entries"]
    assert list(BANK_MATCHES) == list(one_row(waiting))
    assert ("-1.50", []) == (waiting["amount"], waiting["proposals"])
    aside = {"command": "SetEntryAside", "id": "fee-1", "entry_id": waiting["id"], "aside": "fee", "because": "Charges"}
    (tmp_path / "said.jsonl").write_text(json.dumps(aside | {"on": "2004-08-02"}), encoding="utf-8")
    ran("hand-in", str(tmp_path / "said.jsonl"), "--as", "accountant")
    period = ("bank", "report", IBAN, "--from", "2004-07-01", "--to", "2004-07-31")
    reconciliation = json.loads(ran(*period, "--json"))
    assert ("2.00", "0.50", "0.00") == (
        reconciliation["opening"],
        reconciliation["closing"],
        reconciliation["difference"],
    )
    assert {"line": "fee", "amount": "-1.50", "number": 1} in reconciliation["entries"]
    assert "Closing balance" in ran(*period)
    assert ([], False) == (reconciliation["uncovered"], "No statement covers" in ran(*period))
    august = ("bank", "report", IBAN, "--from", "2004-08-01", "--to", "2004-08-31")
    assert [{"from": "2004-08-01", "to": "2004-08-31", "days": 31}] == json.loads(ran(*august, "--json"))["uncovered"]
    assert "No statement covers 2004-08-01 to 2004-08-31 (31 days)." in " ".join(ran(*august).split())
    assert "bank,no statement covers 2004-08-01 to 2004-08-31,,31" in ran(*august, "--csv")
    assert "bank,opening balance,2.00" in ran(*period, "--csv")
    assert "0 entries wait" in ran("bank", "matches")
    # A list of nothing has its header all the same.
    assert [",".join(BANK_MATCHES)] == ran("bank", "matches", "--csv").splitlines()
    assert 3 == fundtrail(programme, "bank", "report", "GB00", "--from", "2004-07-01", "--to", "2004-07-31").returncode
