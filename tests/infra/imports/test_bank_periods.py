"""The periods of bank statements: which entries are on which, and what balance an account has on which day."""

import itertools
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from domain.bank.account import OpenBankAccount, account_identity
from domain.values.when import When
from infra.database.postgres import Database
from infra.files.bounded import UnreadableFile
from infra.imports.bank.statements import BankReport, StatementReport
from tests.infra.imports.test_bank import MAP, Office, opened_account, refused, table
from tests.kit.files.camt import IBAN, booked, statement
from tests.kit.money import desk


@pytest.fixture
def office(programme: Database, tmp_path: Path) -> Iterator[Office]:
    with desk(programme) as at:
        opened_account(at)
        yield Office(at, programme, tmp_path, at.accepted_award("bank", "1000.00"))


def period(since: str, until: str, opening: str, closing: str, *entries: tuple[str, str], **how: str) -> str:
    """A statement from one instant to another, with these entries: the day and the amount of each."""
    identifier = how.pop("identifier", f"{since}/{until}")
    written = [booked(amount, day, f"N{day}{amount}") for day, amount in entries]
    return statement(written, opening, closing, identifier=identifier, since=since, until=until, **how)


def balances(office: Office, since: str, until: str) -> dict[str, Any]:
    """The balances of a period, and what it lacks: money on no statement, and days that no statement covers."""
    found = office.reconciled(date.fromisoformat(since), date.fromisoformat(until))
    lines = {line.name: f"{line.amount:f}" for line in found.entries if line.number and line.name == "on no statement"}
    days = [f"{days.since} {days.until}" for days in found.uncovered]
    ends = {"opening": f"{found.opening:f}", "closing": f"{found.closing:f}"}
    return ends | lines | ({"uncovered": days} if days else {})


def only(report: BankReport) -> StatementReport:
    (found,) = report.statements
    return found


# --- Months that share a day ------------------------------------------------------------------------------------------

# The months of London, in UTC.
UTC = (
    period("2025-05-31T23:00:00Z", "2025-06-30T22:59:59Z", "100.00", "150.00", ("2025-06-30", "50.00")),
    period("2025-06-30T23:00:00Z", "2025-07-31T22:59:59Z", "150.00", "160.00", ("2025-07-01", "10.00")),
)
# In winter London has the time of UTC.
WINTER = (
    period("2025-11-01T00:00:00Z", "2025-11-30T23:59:59Z", "100.00", "150.00", ("2025-11-30", "50.00")),
    period("2025-12-01T00:00:00Z", "2025-12-31T23:59:59Z", "150.00", "160.00", ("2025-12-01", "10.00")),
)
# The clocks change within the month.
OCTOBER = (
    period("2025-09-30T23:00:00Z", "2025-10-31T23:59:59Z", "100.00", "150.00", ("2025-10-31", "50.00")),
    period("2025-11-01T00:00:00Z", "2025-11-30T23:59:59Z", "150.00", "160.00", ("2025-11-01", "10.00")),
)
# The months of UTC, whatever the bank's clock: one hour of 1 July is on June's statement.
ALWAYS_UTC = (
    period("2025-06-01T00:00:00Z", "2025-06-30T23:59:59Z", "100.00", "150.00", ("2025-06-30", "50.00")),
    period("2025-07-01T00:00:00Z", "2025-07-31T23:59:59Z", "150.00", "160.00", ("2025-07-01", "10.00")),
)
# With an offset of another place.
OFFSET = (
    period("2025-06-01T01:00:00+02:00", "2025-07-01T00:59:59+02:00", "100.00", "150.00", ("2025-06-30", "50.00")),
    period("2025-07-01T01:00:00+02:00", "2025-08-01T00:59:59+02:00", "150.00", "160.00", ("2025-07-01", "10.00")),
)
# Each begins at the midnight at which the other ends.
MIDNIGHT = (
    period(
        "2025-06-01T00:00:00", "2025-07-01T00:00:00", "100.00", "150.00", ("2025-06-30", "50.00"), closed="2025-06-30"
    ),
    period(
        "2025-07-01T00:00:00", "2025-08-01T00:00:00", "150.00", "160.00", ("2025-07-01", "10.00"), closed="2025-07-31"
    ),
)
# The bank writes a day as its first moment.
FIRST_MOMENTS = (
    period(
        "2025-06-01T00:00:00", "2025-06-30T00:00:00", "100.00", "150.00", ("2025-06-30", "50.00"), closed="2025-06-30"
    ),
    period(
        "2025-07-01T00:00:00", "2025-07-31T00:00:00", "150.00", "160.00", ("2025-07-01", "10.00"), closed="2025-07-31"
    ),
)
# The bank's day ends at 18:00.
CUT_OFF = (
    period("2025-02-28T18:00:00", "2025-03-31T18:00:00", "100.00", "150.00", ("2025-03-31", "50.00")),
    period("2025-03-31T18:00:00", "2025-04-30T18:00:00", "150.00", "160.00", ("2025-04-01", "10.00")),
)


@pytest.mark.parametrize(
    ("statements", "first", "second"),
    [
        (UTC, ("2025-06-01", "2025-06-30"), ("2025-07-01", "2025-07-31")),
        (WINTER, ("2025-11-01", "2025-11-30"), ("2025-12-01", "2025-12-31")),
        (OCTOBER, ("2025-10-01", "2025-10-31"), ("2025-11-01", "2025-11-30")),
        (ALWAYS_UTC, ("2025-06-01", "2025-06-30"), ("2025-07-01", "2025-07-31")),
        (OFFSET, ("2025-06-01", "2025-06-30"), ("2025-07-01", "2025-07-31")),
        (MIDNIGHT, ("2025-06-01", "2025-06-30"), ("2025-07-01", "2025-07-31")),
        (FIRST_MOMENTS, ("2025-06-01", "2025-06-30"), ("2025-07-01", "2025-07-31")),
        (CUT_OFF, ("2025-03-01", "2025-03-31"), ("2025-04-01", "2025-04-30")),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_a_month_has_its_own_balances_whatever_comes_in_before_or_after_it(
    office: Office, statements: tuple[str, str], first: tuple[str, str], second: tuple[str, str], turned: bool
) -> None:
    """By hand: the account opens at 100.00; 50.00 come in on the last day of one month, 10.00 on the first after it."""
    months = [(statements[0], first, ("100.00", "150.00")), (statements[1], second, ("150.00", "160.00"))]
    for nth in (1, 2):
        known = (months[::-1] if turned else months)[:nth]
        office.take_in(known[-1][0])
        for _, days, (opening, closing) in known:
            assert {"opening": opening, "closing": closing} == balances(office, *days)


def test_both_days_of_a_month_are_covered_and_no_more(office: Office) -> None:
    """Without the bank's time zone June would begin on 31 May."""
    report = office.take_in(UTC[0])
    assert ("2025-06-01", "2025-06-30", 0) == (only(report).since, only(report).until, only(report).outside)
    assert ["2025-05-31 2025-05-31"] == balances(office, "2025-05-31", "2025-06-30")["uncovered"]


def in_zone(time_zone: str | None) -> OpenBankAccount:
    """Open the account again, with the bank's time zone."""
    return OpenBankAccount(
        account_id=account_identity(IBAN),
        account=IBAN,
        name="Grants",
        currency="GBP",
        time_zone=time_zone,
        on=When("2004-04-01"),
    )


def test_instants_are_days_in_the_time_zone_of_the_account(office: Office) -> None:
    """One minute past midnight in Paris is 23:01 in London, on the day before."""
    month = period("2025-05-31T22:00:00Z", "2025-06-30T21:59:59Z", "100.00", "150.00", ("2025-06-30", "50.00"))
    instant = month.replace("<BookgDt><Dt>2025-06-30</Dt>", "<BookgDt><DtTm>2025-06-29T22:01:00Z</DtTm>")
    in_london = only(office.take_in(instant, dry=True))
    assert ("2025-05-31", "2025-06-30") == (in_london.since, in_london.until)
    office.at.do(in_zone("Europe/Paris"))
    in_paris = only(office.take_in(instant))
    assert ("2025-06-01", "2025-06-30") == (in_paris.since, in_paris.until)
    assert [date(2025, 6, 30)] == [one.booked for one in office.entries()]


def test_a_statement_is_the_same_in_whatever_time_zone_it_is_read(office: Office) -> None:
    office.take_in(UTC[0])
    office.at.do(in_zone("Asia/Tokyo"))
    assert "unchanged" == only(office.take_in(UTC[0])).became


# --- Several statements on one day ------------------------------------------------------------------------------------


def intraday(number: int, opening: str, closing: str, *amounts: str, text: str = "", **how: str) -> str:
    """Statement *number* of 3 March: by default the bank gives the day and no hours, and its entries are alike."""
    written = [booked(amount, "2025-03-03", "NOTPROVIDED", text=text) for amount in amounts]
    shown = {"since": "2025-03-03T00:00:00", "until": "2025-03-03T23:59:59", "closed": "2025-03-03"} | how
    return statement(written, opening, closing, identifier=shown.pop("identifier", f"{number}"), **shown)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_statements_of_one_day_follow_each_other_by_their_balances(office: Office, order: tuple[int, ...]) -> None:
    """10.00 come in three times without any reference: the balances show that each is real."""
    day = [intraday(nth, f"{90 + 10 * nth}.00", f"{100 + 10 * nth}.00", "10.00") for nth in (1, 2, 3)]
    for place in order:
        office.take_in(day[place])
    assert {"opening": "100.00", "closing": "130.00"} == balances(office, "2025-03-03", "2025-03-03")
    assert 3 == len(office.entries())


def test_a_statement_that_contains_an_earlier_one_of_its_day_repeats_its_entries(office: Office) -> None:
    office.take_in(intraday(1, "100.00", "110.00", "10.00"))
    report = office.take_in(intraday(2, "100.00", "120.00", "10.00", "10.00"))
    assert (1, 1) == (report.new, report.repeated)
    assert {"opening": "100.00", "closing": "120.00"} == balances(office, "2025-03-03", "2025-03-03")


@pytest.mark.parametrize(("amounts", "closing"), [(("10.00",), "110.00"), (("10.00", "-10.00"), "100.00")])
def test_a_statement_sent_twice_under_another_identifier_counts_once(
    office: Office, amounts: tuple[str, ...], closing: str
) -> None:
    """Also if its entries add up to 0, so that it seems to follow itself."""
    office.take_in(intraday(1, "100.00", closing, *amounts))
    again = office.take_in(intraday(2, "100.00", closing, *amounts))
    assert (0, len(amounts)) == (again.new, again.repeated)
    assert {"opening": "100.00", "closing": closing} == balances(office, "2025-03-03", "2025-03-03")


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_hours_tell_apart_what_equal_balances_do_not(office: Office, order: tuple[int, ...]) -> None:
    """10.00 come in, leave, and come in again, without any reference."""
    moves = (("100.00", "110.00", "10.00"), ("110.00", "100.00", "-10.00"), ("100.00", "110.00", "10.00"))
    for place in order:
        hours = {"since": f"2025-03-03T1{place}:00:00", "until": f"2025-03-03T1{place}:59:59"}
        office.take_in(intraday(place, *moves[place], **hours))
    assert 3 == len(office.entries())
    assert {"opening": "100.00", "closing": "110.00"} == balances(office, "2025-03-03", "2025-03-03")


@pytest.mark.parametrize("turned", [False, True])
def test_a_statement_of_a_month_repeats_the_entries_of_its_days_and_they_those_of_the_month(
    office: Office, turned: bool
) -> None:
    days = [
        period(f"2025-03-{day}T00:00:00", f"2025-03-{day}T23:59:59", opening, closing, (f"2025-03-{day}", "10.00"))
        for day, opening, closing in (
            ("01", "100.00", "110.00"),
            ("10", "110.00", "120.00"),
            ("31", "120.00", "130.00"),
        )
    ]
    entries = (("2025-03-01", "10.00"), ("2025-03-10", "10.00"), ("2025-03-31", "10.00"))
    month = period("2025-03-01T00:00:00", "2025-03-31T23:59:59", "100.00", "130.00", *entries)
    for one in (month, *days) if turned else (*days, month):
        office.take_in(one)
    assert 3 == len(office.entries())
    assert {"opening": "100.00", "closing": "130.00"} == balances(office, "2025-03-01", "2025-03-31")
    assert {"opening": "110.00", "closing": "120.00"} == balances(office, "2025-03-02", "2025-03-30")


def test_a_bank_that_numbers_its_statements_from_1_every_day_has_each_of_them_taken(office: Office) -> None:
    monday = period(
        "2025-03-03T00:00:00", "2025-03-03T23:59:59", "100.00", "150.00", ("2025-03-03", "50.00"), identifier="1"
    )
    tuesday = period(
        "2025-03-04T00:00:00", "2025-03-04T23:59:59", "150.00", "160.00", ("2025-03-04", "10.00"), identifier="1"
    )
    office.take_in(monday)
    assert "new" == only(office.take_in(tuesday)).became
    assert {"opening": "100.00", "closing": "160.00"} == balances(office, "2025-03-03", "2025-03-04")
    assert {"opening": "100.00", "closing": "150.00"} == balances(office, "2025-03-03", "2025-03-03")
    # Each is known again, and neither may change.
    assert ["unchanged", "unchanged"] == [only(office.take_in(one)).became for one in (monday, tuesday)]
    assert "StatementChanged" == refused(office, tuesday.replace("160.00", "170.00").replace(">10.00", ">20.00"))


def test_statements_of_one_identifier_and_other_hours_are_two(office: Office) -> None:
    morning = intraday(1, "100.00", "110.00", "10.00", until="2025-03-03T12:00:00")
    office.take_in(morning)
    evening = intraday(1, "110.00", "120.00", "10.00", since="2025-03-03T12:00:00")
    assert "new" == only(office.take_in(evening)).became
    assert {"opening": "100.00", "closing": "120.00"} == balances(office, "2025-03-03", "2025-03-03")


# --- Entries dated outside their statement ----------------------------------------------------------------------------

MONDAY = period("2025-03-03T00:00:00", "2025-03-03T23:59:59", "100.00", "150.00", ("2025-03-01", "50.00"))


def test_an_entry_booked_before_its_statement_is_taken_with_a_note_and_counts_on_the_first_day(office: Office) -> None:
    report = only(office.take_in(MONDAY))
    assert 1 == report.outside
    assert ["1 entry is booked outside the period: it counts on the nearest day of the statement."] == report.notes
    assert {"opening": "100.00", "closing": "150.00"} == balances(office, "2025-03-03", "2025-03-03")
    assert [date(2025, 3, 1)] == [one.booked for one in office.entries()]


def test_an_entry_of_another_month_counts_where_the_balance_of_the_bank_changes(office: Office) -> None:
    """Booked on Friday 28 February, on the statement of March; and one of 1 April on that statement."""
    february = period("2025-02-01T00:00:00", "2025-02-28T23:59:59", "90.00", "100.00", ("2025-02-10", "10.00"))
    march = period(
        "2025-03-01T00:00:00",
        "2025-03-31T23:59:59",
        "100.00",
        "155.00",
        ("2025-02-28", "50.00"),
        ("2025-04-01", "5.00"),
    )
    april = period("2025-04-01T00:00:00", "2025-04-30T23:59:59", "155.00", "155.00")
    for one in (april, march, february):
        office.take_in(one)
    assert {"opening": "90.00", "closing": "100.00"} == balances(office, "2025-02-01", "2025-02-28")
    assert {"opening": "100.00", "closing": "155.00"} == balances(office, "2025-03-01", "2025-03-31")
    assert {"opening": "155.00", "closing": "155.00"} == balances(office, "2025-04-01", "2025-04-30")


def test_a_month_that_no_statement_covers_says_so(office: Office) -> None:
    assert ["2025-06-01 2025-06-30"] == balances(office, "2025-06-01", "2025-06-30")["uncovered"]
    office.take_in(UTC[1])
    assert ["2025-06-01 2025-06-30"] == balances(office, "2025-06-01", "2025-06-30")["uncovered"]
    office.take_in(UTC[0])
    assert "uncovered" not in balances(office, "2025-06-01", "2025-06-30")
    assert ["2025-08-01 2025-08-31"] == balances(office, "2025-08-01", "2025-08-31")["uncovered"]


# --- Entries that lack something --------------------------------------------------------------------------------------

FEE = booked("-1.50", "2004-07-31", "NWB5")
NO_DATE = FEE.replace("<BookgDt><Dt>2004-07-31</Dt></BookgDt>", "").replace("<ValDt><Dt>2004-07-31</Dt></ValDt>", "")


def test_an_entry_of_zero_is_counted_and_left_out(office: Office) -> None:
    """For information, also without a date, not booked, or as a part of a batch."""
    parts = "".join(f'<TxDtls><Amt Ccy="GBP">{amount}</Amt></TxDtls>' for amount in ("100.00", "0.00"))
    entries = [
        FEE,
        booked("0.00", "2004-07-10", "NWB1"),
        booked("0", "2004-07-10", "NWB2"),
        NO_DATE.replace("1.50", "0.00"),
        booked("0.00", "2004-07-10", "NWB3", status="<Cd>PDNG</Cd>"),
        booked("100.00", "2004-07-10", "NWB4", more=parts),
    ]
    report = only(office.take_in(statement(entries, "10.00", "108.50")))
    assert (2, 4, 1) == (report.entries, report.of_zero, report.pending)
    assert ["1 entry is not booked yet, and was left out.", "4 entries of 0.00 were left out."] == report.notes
    assert [("-1.50", "unmatched"), ("100.00", "unmatched")] == office.became()


def test_an_entry_of_zero_with_transactions_that_move_money_is_those_transactions(office: Office) -> None:
    parts = "".join(
        f'<TxDtls><Amt Ccy="GBP">5.00</Amt><CdtDbtInd>{way}</CdtDbtInd></TxDtls>' for way in ("CRDT", "DBIT")
    )
    report = only(office.take_in(statement([booked("0.00", "2004-07-10", "NWB1", more=parts)], "10.00", "10.00")))
    assert (2, 0) == (report.entries, report.of_zero)


def test_a_value_date_stands_in_for_a_booking_date_and_the_report_says_so(office: Office) -> None:
    report = only(
        office.take_in(statement([FEE.replace("<BookgDt><Dt>2004-07-31</Dt></BookgDt>", "")], "10.00", "8.50"))
    )
    assert 1 == report.by_value_date
    assert ["1 entry has no booking date: the value date stands in."] == report.notes
    assert [date(2004, 7, 31)] == [one.booked for one in office.entries()]


def test_an_entry_without_any_date_cannot_be_taken(office: Office) -> None:
    assert "missing" == refused(office, statement([NO_DATE], "10.00", "8.50"))


def test_a_value_date_that_is_no_date_is_left_out_and_the_entry_comes_in(office: Office) -> None:
    report = only(office.take_in(statement([FEE.replace("<ValDt><Dt>2004-07-31", "<ValDt><Dt>soon")], "10.00", "8.50")))
    assert ["1 entry has a value date that is not a date: it was left out."] == report.notes
    assert [None] == [one.valued for one in office.entries()]


def test_transactions_whose_amounts_cannot_be_read_leave_their_entry_whole(office: Office) -> None:
    parts = "".join(f'<TxDtls><Amt Ccy="GBP">{amount}</Amt></TxDtls>' for amount in ("100.00", "lots"))
    office.take_in(statement([booked("100.00", "2004-07-10", "NWB4", more=parts)], "0.00", "100.00"))
    assert [("100.00", "unmatched")] == office.became()


def test_balances_that_a_statement_does_not_need_may_be_odd(office: Office) -> None:
    odd = '<Bal><Tp><CdOrPrtry><Cd>FWAV</Cd></CdOrPrtry></Tp><Amt Ccy="GBP">soon</Amt></Bal>'
    report = office.take_in(statement([FEE], "10.00", "8.50").replace("<Bal>", f"{odd}<Bal>", 1))
    assert "8.50 GBP" == only(report).closing


# --- Envelopes --------------------------------------------------------------------------------------------------------


def enveloped(
    document: str, root: str = "BizMsgEnvlp", header: str = "<AppHdr><BizMsgIdr>1</BizMsgIdr></AppHdr>"
) -> str:
    return document.replace("<Document", f'<{root} xmlns="urn:x">{header}<Document').replace(
        "</Document>", f"</Document></{root}>"
    )


@pytest.mark.parametrize("root", ["BizMsgEnvlp", "DataPDU"])
def test_a_document_inside_an_envelope_is_read(office: Office, root: str) -> None:
    file = office.folder / "enveloped.xml"
    office.take_in(statement([FEE], "10.00", "8.50"), dry=True)
    file.write_text(enveloped((office.folder / "statement.xml").read_text(), root))
    assert 1 == office.bring_in(file).new


def test_an_envelope_of_something_else_is_refused(office: Office) -> None:
    file = office.folder / "enveloped.xml"
    office.take_in(statement([FEE], "10.00", "8.50"), dry=True)
    document = (office.folder / "statement.xml").read_text()
    long = "<a/>" * 1_001
    for text in (
        enveloped(document.replace("camt.053", "camt.054")), "<a><b/></a>", enveloped(document, header=long),
        "<Document/>",
    ):  # fmt: skip
        file.write_text(text)
        with pytest.raises(UnreadableFile) as caught:
            office.bring_in(file)
        assert "not_camt053" == caught.value.code


# --- Statements put aside ---------------------------------------------------------------------------------------------

RIGHT = statement([FEE], "10.00", "8.50")


@pytest.mark.parametrize(
    ("other", "code"),
    [
        (statement([FEE], "10.00", "8.50", account="GB00X"), "BankAccountUnknown"),
        (statement([FEE], "10.00", "8.50", identifier="2").replace("CLBD", "ITBD"), "balance_missing"),
        (statement([FEE], "10.00", "8.50", identifier="2").replace("2004-07-31", "yesterday!"), "not_a_date"),
        (statement([FEE], "10.00", "8.50", identifier="2").replace('"GBP"', '"EUR"'), "StatementCurrencyDiffers"),
    ],
)
def test_a_statement_that_cannot_be_taken_is_put_aside_and_the_others_come_in(
    office: Office, other: str, code: str
) -> None:
    for statements in ((RIGHT, other), (other, RIGHT)):
        report = office.take_in(*statements)
        assert ([code], ["2004-07"]) == (
            [one.code for one in report.aside], [one.identifier for one in report.statements],
        )  # fmt: skip
    # The control: a file with nothing else is refused.
    assert code == refused(office, other)


# --- Tables -----------------------------------------------------------------------------------------------------------


def test_a_row_of_zero_is_left_out_and_a_value_date_stands_in(office: Office) -> None:
    text = """Date,Details,Out,In,Balance,Value
31/07/2004,Charges,1.50,,898.50,31/07/2004
,Payment,100.00,,900.00,08/07/2004
07/07/2004,Received,,900.00,1000.00,soon
,Brought forward,,,100.00,
"""
    report = only(office.bring_in(*table(office.folder, text, MAP + 'valued = "Value"\n')))
    assert ("100.00 GBP", "898.50 GBP", 3, 1, 1) == (
        report.opening, report.closing, report.entries, report.of_zero, report.by_value_date,
    )  # fmt: skip
    assert "1 entry has a value date that is not a date: it was left out." in report.notes
    assert ("2004-07-07", "2004-07-31") == (report.since, report.until)


def test_an_instant_in_a_table_is_a_day_of_the_bank(office: Office) -> None:
    text = "Date,Details,Out,In,Balance\n2025-06-30T23:30:00Z,Charges,1.50,,898.50\n"
    office.bring_in(*table(office.folder, text, MAP.replace('"uk"', '"iso"')))
    assert [date(2025, 7, 1)] == [one.booked for one in office.entries()]
