"""Bank statements are recorded whole or not at all; people and exact matches decide about their entries."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from domain import award, desk
from domain.award import (
    AbovePayment,
    AwardStated,
    MatchAbovePayment,
    MatchUndone,
    PaymentIsAtBank,
    PaymentMatched,
    PaymentNotReleased,
    PaymentReturned,
    PaymentSettled,
    PaymentUnknown,
    RecoverySettled,
    ReturnIsAtBank,
    ReturnKept,
    ReturnUndone,
    ReversePayment,
    SettledBy,
    Transaction,
    TransactionStated,
    TransactionUnstated,
)
from domain.award.state import Paying
from domain.bank import account as bank_account
from domain.bank.account import (
    WHOLE_DAYS,
    BankAccountTaken,
    BankAccountUnknown,
    BankAccountUnnamed,
    EntryDayUnknown,
    EntryOfNothing,
    EntryRepeatedOnStatement,
    OpenBankAccount,
    RecordStatement,
    StatementChanged,
    StatementCurrencyDiffers,
    StatementOfOtherAccount,
    StatementPeriodWrong,
    StatementUnbalanced,
    StatementUnnamed,
    TimeZoneUnknown,
    account_identity,
    is_same,
    may_repeat,
    numbered,
)
from domain.bank.entry import (
    Aside,
    EntryBooked,
    EntryDecided,
    EntryMatched,
    EntryNotDecided,
    EntryReopened,
    EntryRepeated,
    EntrySetAside,
    EntryUnexplained,
    EntryUnknown,
    MatchEntry,
    MatchNotExact,
    MatchRejected,
    NoReturnOfMoneySent,
    RejectMatch,
    ReopenEntry,
    ReturnOfSeveral,
    SetEntryAside,
    Share,
    SharesUnequalToEntry,
)
from domain.history import Command, Order, Written
from domain.reading import Reading
from domain.values.fact import Fact
from domain.values.ids import AwardId, BankAccountId, EntryId
from domain.values.money import Money
from domain.values.refusal import Refused
from domain.values.when import UNKNOWN, When
from tests.kit.awards import ACCEPTED, CLOSED, OFFERED, PAID, RAISED, RECOVERABLE, SETTLED, payment
from tests.kit.banking import AWARDED, DECIDED_ON, IBAN, OPENED, booked, entry, of_entry, record, recorded, statement
from tests.kit.examples import ACE, AWARD, BANK_ACCOUNT, stated
from tests.kit.officers import officer_for
from tests.kit.spec import Asked, MemoryLog, at, gbp, given, given_log

WHY = "Seen on the remittance advice"
OUT, BACK = entry("-400.00"), entry("400.00", reference="NWB9", returned="AC04 account closed")
OUT_ID, BACK_ID = OUT.identity(BANK_ACCOUNT), BACK.identity(BANK_ACCOUNT)
SENT = [*AWARDED, *at(AWARD, *PAID)]


def open_account(account: str = IBAN, **fields: Any) -> OpenBankAccount:
    values = {"account_id": BANK_ACCOUNT, "account": account, "name": "Grants account", "currency": "GBP"} | fields
    return OpenBankAccount(**values, on=OPENED.on)


def match(entry_id: EntryId, *shares: Share, exact: bool = False, because: str = WHY) -> MatchEntry:
    return MatchEntry(entry_id=entry_id, shares=shares, exact=exact, because=because, on=DECIDED_ON)


def share(amount: str, number: int = 1, award_id: Any = AWARD, part: int | None = None) -> Share:
    return Share(award_id=award_id, number=number, amount=gbp(amount), part=part)


def matched(*shares: Share, exact: bool = False) -> EntryMatched:
    return EntryMatched(shares=shares, exact=exact, because=WHY, on=DECIDED_ON)


def found(amount: str, entry_id: EntryId = OUT_ID, *, part: int | None = None, recorded: bool = True) -> PaymentMatched:
    return PaymentMatched(
        partnership_id=ACE, number=1, part=part, entry_id=entry_id, amount=gbp(amount), recorded=recorded, on=OUT.booked
    )


def returned(amount: str = "400.00", part: int = 1) -> PaymentReturned:
    why = "Given back by the bank: AC04 account closed"
    return PaymentReturned(partnership_id=ACE, number=1, part=part, amount=gbp(amount), because=why, on=BACK.booked)


def done(*commands: Command, begun: list[Written]) -> MemoryLog:
    """The log after *commands*, each given once."""
    log = MemoryLog(*begun)
    for place, command in enumerate(commands):
        desk.submit(
            log, Order(command_id=str(place), command=command, said="", actor=officer_for(command, "accountant"))
        )
    return log


# --- Accounts ---------------------------------------------------------------------------------------------------------


def test_an_account_is_opened_once_and_may_be_renamed() -> None:
    given(bank_account).when(open_account()).then(OPENED)
    given(bank_account, OPENED).when(open_account(IBAN.replace(" ", ""))).then()
    given(bank_account, OPENED).when(open_account(name="Main account")).then(replace(OPENED, name="Main account"))


@pytest.mark.parametrize(
    "fields",
    [
        {"account": " "},
        {"name": ""},
        {"currency": "gbp"},
        {"currency": "POUNDS"},
        {"currency": "GB"},
        {"currency": "ÉUR"},
    ],
)
def test_an_account_needs_names_and_a_currency(fields: dict[str, str]) -> None:
    shown = {"account": IBAN, "name": "Grants account", "currency": "GBP"} | fields
    given(bank_account).when(open_account(**fields)).refused(BankAccountUnnamed, **shown)


@pytest.mark.parametrize("fields", [{"currency": "EUR"}, {"account": "DE02120300000000202051"}])
def test_an_account_keeps_its_currency_and_its_identity(fields: dict[str, str]) -> None:
    given(bank_account, OPENED).when(open_account(**fields)).refused(BankAccountTaken, account=IBAN)
    given(bank_account).when(open_account(account_id=BankAccountId("bankaccount-1"))).refused(BankAccountTaken)


def test_an_account_has_the_time_zone_of_its_bank_and_london_without_one() -> None:
    in_paris = replace(OPENED, time_zone="Europe/Paris")
    assert "Europe/London" == OPENED.time_zone
    given(bank_account).when(open_account(time_zone="Europe/Paris")).then(in_paris)
    given(bank_account, OPENED).when(open_account(time_zone="Europe/Paris")).then(in_paris)
    # A new name leaves the time zone as it was.
    given(bank_account, in_paris).when(open_account()).then()
    given(bank_account, in_paris).when(open_account(name="Main")).then(replace(in_paris, name="Main"))


@pytest.mark.parametrize("time_zone", ["London", "Europe", "../Europe/London", "GMT+25"])
def test_a_time_zone_that_nobody_knows_is_refused(time_zone: str) -> None:
    given(bank_account).when(open_account(time_zone=time_zone)).refused(TimeZoneUnknown, time_zone=time_zone)


def test_an_account_has_one_identity_despite_spaces_in_its_number() -> None:
    assert BANK_ACCOUNT == account_identity(IBAN) == account_identity("gb29nwbk60161331926819")


# --- Statements -------------------------------------------------------------------------------------------------------


def test_a_statement_is_recorded_whole_with_each_of_its_entries() -> None:
    given_log(*at(BANK_ACCOUNT, OPENED)).when(record(OUT, BACK)).then(
        *at(BANK_ACCOUNT, recorded(statement(OUT, BACK))), *of_entry(OUT), *of_entry(BACK)
    )


def test_a_statement_without_entries_moves_nothing() -> None:
    given_log(*at(BANK_ACCOUNT, OPENED)).when(record()).then(*at(BANK_ACCOUNT, recorded(statement())))


def test_the_same_entry_on_an_overlapping_statement_is_recorded_once() -> None:
    fee = entry("-1.00", reference="NWB2", end_to_end=None)
    later = record(OUT, fee, identifier="2004-07/2")
    given_log(*booked(OUT)).when(later).then(
        *at(BANK_ACCOUNT, recorded(later.statement)),
        *at(OUT_ID, EntryRepeated(statement="2004-07/2", on=DECIDED_ON)),
        *(replace_statement(one, "2004-07/2") for one in of_entry(fee)),
    )


def replace_statement(written: Written, identifier: str) -> Written:
    changed: Any = replace(written.event, statement=identifier)  # type: ignore[call-arg]
    return Written(written.stream, changed)


def test_entries_that_are_alike_are_numbered_from_1_in_their_order() -> None:
    found = numbered([entry("-1.00"), entry("-2.00"), entry("-1.00"), entry("-1.00")])
    assert [1, 1, 2, 3] == [one.nth for one in found]


@pytest.mark.parametrize("text", ["end_to_end", "counterparty", "remittance", "kind"])
def test_without_a_reference_of_the_bank_each_other_text_tells_entries_apart(text: str) -> None:
    bare: dict[str, Any] = {"reference": None, "end_to_end": None}
    one, other = (entry("-1.00", **(bare | {text: words})) for words in ("One", "Another"))
    assert one.identity(BANK_ACCOUNT) != other.identity(BANK_ACCOUNT)


def test_an_account_keeps_its_statements_when_it_is_renamed() -> None:
    renamed = replace(OPENED, name="Main account")
    given(bank_account, OPENED, recorded(statement(OUT)), renamed).when(record(OUT)).then()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # They begin, or end, with one balance, although each has an entry that the other lacks.
        (("1000.00", "-50.00"), ("1000.00", "-3.00")),
        (("1050.00", "-50.00"), ("1003.00", "-3.00")),
        # One begins with the charge with which the other ends.
        (("1100.00", "-100.00"), ("1000.00", "-49.00")),
        (("1000.00", "-49.00"), ("1100.00", "-100.00")),
    ],
)
def test_statements_of_the_same_days_have_an_entry_in_common_where_a_balance_allows_it(
    first: tuple[str, str], second: tuple[str, str]
) -> None:
    def page(number: str, opening: str, other: str) -> RecordStatement:
        return record(CHARGE, entry(other, reference=f"NWB{number}"), identifier=number, opening=gbp(opening),
                      closing=gbp(opening) + gbp(other) + CHARGE.amount)  # fmt: skip

    log = done(page("1", *first), page("2", *second), begun=at(BANK_ACCOUNT, OPENED))
    assert 3 == len([one for one in log.written if isinstance(one.event, EntryBooked)])


def test_two_entries_that_are_alike_on_one_statement_both_count() -> None:
    """Two charges of a pound on one day, without any reference: the balances show that both are real."""
    first, second = (entry("-1.00", reference=None, end_to_end=None, nth=nth) for nth in (1, 2))
    assert first.identity(BANK_ACCOUNT) != second.identity(BANK_ACCOUNT)
    given_log(*at(BANK_ACCOUNT, OPENED)).when(record(first, second)).then(
        *at(BANK_ACCOUNT, recorded(statement(first, second))), *of_entry(first), *of_entry(second)
    )


CHARGE = entry("-1.00", reference=None, end_to_end=None, booked=When("2004-07-31"))
JULY = statement(CHARGE, closing=gbp("999.00"))


@pytest.mark.parametrize(
    ("days", "opening", "closing", "numbers"),
    [
        # It follows July on July's last day: the account moved twice.
        (("2004-07-31", "2004-08-31"), "999.00", "998.00", [2]),
        # It begins before the charge, and contains it.
        (("2004-07-31", "2004-08-31"), "1000.00", "999.00", [1]),
        # It ends on the day on which July begins: before the charge, and with it.
        (("2004-06-01", "2004-07-01"), "1001.00", "1000.00", [2]),
        (("2004-06-01", "2004-07-01"), "1000.00", "999.00", [1]),
        # The same days: another page of July, the whole of July, and the rest of July.
        (("2004-07-01", "2004-07-31"), "999.00", "998.00", [2]),
        (("2004-07-01", "2004-07-31"), "1000.00", "999.00", [1]),
        (("2004-07-01", "2004-07-31"), "1000.00", "998.00", [1, 2]),
        (("2004-07-01", "2004-07-31"), "1001.00", "999.00", [1, 2]),
        (("2004-07-01", "2004-07-31"), "900.00", "899.00", [2]),
        # No day in common, and days within July.
        (("2004-08-01", "2004-08-31"), "999.00", "998.00", [2]),
        (("2004-07-30", "2004-07-31"), "1000.00", "999.00", [1]),
        (("2004-07-10", "2004-08-10"), "1000.00", "999.00", [1]),
    ],
)
def test_the_balances_show_whether_a_like_entry_on_another_statement_is_the_same(
    days: tuple[str, str], opening: str, closing: str, numbers: list[int]
) -> None:
    count = int(gbp(opening).amount - gbp(closing).amount)
    later = record(
        *(replace(CHARGE, nth=nth) for nth in range(1, count + 1)),
        identifier="2", since=When(days[0]), until=When(days[1]), opening=gbp(opening), closing=gbp(closing),
    )  # fmt: skip
    begun = [*at(BANK_ACCOUNT, OPENED, recorded(JULY)), *of_entry(CHARGE)]
    log = done(later, begun=begun)
    ids = [replace(CHARGE, nth=nth).identity(BANK_ACCOUNT) for nth in numbers]
    assert ids == [one.stream for one in log.written[len(begun) + 1 :]]


def test_only_statements_of_the_day_of_an_entry_tell_whether_it_is_the_same() -> None:
    """The charge of July is on no day of the statement from 10 to 20 August, though its balance is that of August."""
    begun = [*at(BANK_ACCOUNT, OPENED, recorded(JULY)), *of_entry(CHARGE)]
    middle = record(identifier="m", since=When("2004-08-10"), until=When("2004-08-20"), opening=gbp("999.00"),
                    closing=gbp("999.00"))  # fmt: skip
    august = record(CHARGE, identifier="8", since=When("2004-08-01"), until=When("2004-08-31"), opening=gbp("999.00"),
                    closing=gbp("998.00"))  # fmt: skip
    log = done(middle, august, begun=begun)
    assert replace(CHARGE, nth=2).identity(BANK_ACCOUNT) == log.written[-1].stream


@pytest.mark.parametrize(
    ("period", "repeats"),
    [
        # July ends at six in the evening of its last day, and August begins then: no hour in common.
        ("2004-07-31T18:00:00+01:00/2004-08-31T18:00:00+01:00", False),
        ("2004-07-31T19:00:00+01:00/2004-08-31T18:00:00+01:00", False),
        ("2004-07-31T17:59:59+01:00/2004-08-31T18:00:00+01:00", True),
        # It ends before July begins.
        ("2004-06-01T18:00:00+01:00/2004-07-01T00:00:00+01:00", False),
        ("2004-06-01T18:00:00+01:00/2004-07-01T00:00:01+01:00", True),
        # Instants of other forms and offsets, and whole days, are not put in order by their texts.
        ("2004-07-31T18:00:00+02:00/2004-08-31T18:00:00+02:00", True),
        ("2004-07-31T18:00:00Z/2004-08-31T18:00:00Z", True),
        (WHOLE_DAYS, True),
    ],
)
def test_statements_without_an_hour_in_common_have_no_entry_in_common(period: str, repeats: bool) -> None:
    july = replace(JULY, period="2004-07-01T00:00:00+01:00/2004-07-31T18:00:00+01:00")
    days = ("2004-06-01", "2004-07-01") if period.startswith("2004-06") else ("2004-07-31", "2004-08-31")
    # Their balances allow it: each opens with what the other closes with, less the charge.
    other = replace(
        july, identifier="2", since=When(days[0]), until=When(days[1]), opening=gbp("1000.00"), closing=gbp("999.00"),
        period=period,
    )  # fmt: skip
    assert repeats is may_repeat(replace(recorded(july), period=july.period), other, gbp("-1.00"))


def test_statements_without_a_day_in_common_have_no_entry_in_common() -> None:
    august = replace(JULY, since=When("2004-08-01"), until=When("2004-08-31"))
    june = replace(JULY, since=When("2004-06-01"), until=When("2004-06-30"))
    for other in (august, june):
        assert not may_repeat(recorded(JULY), other, gbp("-1.00"))
        assert not may_repeat(recorded(other), JULY, gbp("-1.00"))


def test_a_statement_is_the_same_by_its_identifier_and_its_days_or_hours() -> None:
    hours = "2004-07-01T01:00:00+02:00/2004-08-01T00:30:00+02:00"
    by_hours = replace(JULY, period=hours)
    assert (When("2004-07-01"), When("2004-08-01")) == by_hours.days_as_written
    known = replace(recorded(JULY), period=hours)
    assert is_same(known, by_hours)
    assert not is_same(known, replace(by_hours, identifier="2004-08"))
    assert not is_same(known, replace(by_hours, period=hours.replace("00:30", "01:30")))
    assert is_same(recorded(JULY), JULY)
    assert is_same(recorded(JULY), replace(by_hours, since=JULY.since))
    # Once recorded with the days as the bank wrote them, and without their hours.
    assert is_same(replace(recorded(JULY), until=When("2004-08-01")), by_hours)
    assert not is_same(replace(recorded(JULY), until=When("2004-08-02")), by_hours)
    assert by_hours.digest != JULY.digest
    assert by_hours.digest == replace(by_hours, since=When("2004-06-30")).digest


def recording(**fields: Any) -> Asked[Written]:
    """Record a statement of one payment, with *fields* changed."""
    entries = fields.pop("entries", (OUT,))
    return given_log(*at(BANK_ACCOUNT, OPENED)).when(record(*entries, **fields))


def test_a_statement_that_contradicts_itself_is_refused_and_nothing_of_it_recorded() -> None:
    recording(account="GB00 OTHER").refused(StatementOfOtherAccount)
    recording(identifier=" ").refused(StatementUnnamed)
    recording(entries=(entry("-1.00", booked=When("2004-07")),)).refused(EntryDayUnknown)
    recording(since=When("2004-08-01")).refused(StatementPeriodWrong)
    recording(since=When("2004")).refused(StatementPeriodWrong)
    recording(until=When("2004")).refused(StatementPeriodWrong)
    recording(entries=(entry("0.00"),)).refused(EntryOfNothing)
    recording(entries=(OUT, OUT)).refused(EntryRepeatedOnStatement, entries=2, alike=1)
    recording(entries=(OUT, OUT, BACK, OUT)).refused(EntryRepeatedOnStatement, entries=4, alike=2)
    recording(entries=(entry("-1.00", nth=0),)).refused(EntryRepeatedOnStatement)
    recording(opening=Money.of("1000.00", "EUR")).refused(StatementCurrencyDiffers)


def test_a_statement_may_be_of_one_day() -> None:
    one_day = {"since": OUT.booked, "until": OUT.booked}
    recording(**one_day).then(*at(BANK_ACCOUNT, recorded(statement(OUT, **one_day))), *of_entry(OUT))


def test_a_statement_that_misses_its_closing_balance_by_a_penny_is_refused_with_the_difference() -> None:
    given_log(*at(BANK_ACCOUNT, OPENED)).when(record(OUT, closing=gbp("600.01"))).refused(
        StatementUnbalanced, comes_to=gbp("600.00"), difference=gbp("0.01")
    )


def test_an_unknown_account_has_no_statements_and_an_identifier_is_used_once() -> None:
    given_log().when(record(OUT)).refused(BankAccountUnknown)
    given_log(*booked(OUT)).when(record(BACK)).refused(StatementChanged)


# --- Matching ---------------------------------------------------------------------------------------------------------


def test_an_exact_entry_settles_the_payment_of_its_reference_on_the_day_of_booking() -> None:
    given_log(*SENT, *booked(OUT)).when(match(OUT_ID, share("400.00"), exact=True)).then(
        *at(OUT_ID, matched(share("400.00"), exact=True)),
        *at(AWARD, replace(SETTLED, on=OUT.booked), found("400.00")),
    )


@pytest.mark.parametrize(
    ("one", "shares"),
    [
        (entry("-400.00", end_to_end="BACS 0407 0002"), (share("400.00"),)),
        (entry("-399.99"), (share("399.99"),)),
        (entry("-400.00"), (share("100.00"), share("300.00", number=2))),
    ],
)
def test_an_inexact_match_is_never_recorded_as_exact(one: Any, shares: tuple[Share, ...]) -> None:
    begun = [*SENT, *at(AWARD, *payment(2, "300.00")), *booked(one)]
    given_log(*begun).when(match(one.identity(BANK_ACCOUNT), *shares, exact=True)).refused(MatchNotExact)


def test_a_person_matches_one_entry_to_two_payments_and_both_are_settled() -> None:
    one = entry("-700.00")
    both = (share("400.00"), share("300.00", number=2))
    log = done(match(one.identity(BANK_ACCOUNT), *both), begun=[*SENT, *at(AWARD, *payment(2, "300.00")), *booked(one)])
    found_ = Reading(log).award(AWARD)
    assert found_ is not None
    assert {1: Paying.SETTLED, 2: Paying.SETTLED} == {number: each.status for number, each in found_.payments.items()}


def test_a_payment_that_left_in_two_parts_is_settled_by_the_second() -> None:
    first, second = entry("-150.00"), entry("-250.00", reference="NWB2")
    begun = [*SENT, *booked(first, second)]
    half = match(first.identity(BANK_ACCOUNT), share("150.00"))
    given_log(*begun).when(half).then(
        *at(half.entry_id, matched(share("150.00"))),
        *at(AWARD, found("150.00", half.entry_id, recorded=False)),
    )
    log = done(half, match(second.identity(BANK_ACCOUNT), share("250.00")), begun=begun)
    assert Paying.SETTLED is Reading(log).award(AWARD).payments[1].status  # type: ignore[union-attr]


def test_a_second_entry_for_a_fully_matched_payment_is_refused() -> None:
    twin = entry("-400.00", reference="NWB2")
    log = done(match(OUT_ID, share("400.00"), exact=True), begun=[*SENT, *booked(OUT, twin)])
    again = match(twin.identity(BANK_ACCOUNT), share("400.00"))
    given_log(*log.written).when(again).refused(MatchAbovePayment)
    given_log(*log.written).when(replace(again, exact=True)).refused(MatchNotExact)


def test_a_payment_that_a_person_settled_before_is_found_at_the_bank_once() -> None:
    begun = [*SENT, *at(AWARD, SETTLED), *booked(OUT)]
    given_log(*begun).when(match(OUT_ID, share("400.00"), exact=True)).then(
        *at(OUT_ID, matched(share("400.00"), exact=True)), *at(AWARD, found("400.00", recorded=False))
    )


def test_a_payment_that_was_not_released_is_not_matched() -> None:
    begun = [*AWARDED, *at(AWARD, *payment(1, "400.00", "approved")), *booked(OUT)]
    given_log(*begun).when(match(OUT_ID, share("400.00"))).refused(PaymentNotReleased)


@pytest.mark.parametrize(
    "shares",
    [(), (share("399.99"),), (share("200.00"), share("200.00")), (share("401.00"), share("-1.00", number=2))],
)
def test_the_payments_of_an_entry_add_up_to_its_amount_each_named_once(shares: tuple[Share, ...]) -> None:
    given_log(*SENT, *booked(OUT)).when(match(OUT_ID, *shares)).refused(SharesUnequalToEntry)


def test_money_that_left_is_not_a_return_nor_is_a_part_of_it() -> None:
    in_part = match(OUT_ID, share("300.00", part=1), share("100.00", 2))
    given_log(*SENT, *booked(OUT)).when(in_part).refused(NoReturnOfMoneySent)
    given_log(*SENT, *booked(OUT)).when(match(OUT_ID, share("400.00", part=1))).refused(NoReturnOfMoneySent)


def test_nothing_is_decided_about_an_unknown_entry() -> None:
    given_log(*SENT).when(match(OUT_ID, share("400.00"))).refused(EntryUnknown)


@pytest.mark.parametrize(
    "command",
    [
        match(OUT_ID, share("400.00"), because=" "),
        SetEntryAside(entry_id=OUT_ID, aside=Aside.FEE, because="", on=DECIDED_ON),
        RejectMatch(entry_id=OUT_ID, award_id=AWARD, number=1, because="", on=DECIDED_ON),
    ],
)
def test_a_decision_about_an_entry_needs_a_reason(command: Any) -> None:
    given_log(*SENT, *booked(OUT)).when(command).refused(EntryUnexplained)


# --- Returned ---------------------------------------------------------------------------------------------------------


def test_money_that_the_bank_gives_back_is_a_return_of_the_payment() -> None:
    given_log(*SENT, *booked(BACK)).when(match(BACK_ID, share("400.00"), exact=True)).then(
        *at(BACK_ID, matched(share("400.00"), exact=True)),
        *at(AWARD, returned(), found("400.00", BACK_ID, part=1)),
    )


def test_money_of_a_payment_that_was_found_at_the_bank_comes_back_exactly() -> None:
    sent = done(match(OUT_ID, share("400.00"), exact=True), begun=[*SENT, *booked(OUT, BACK)]).written
    given_log(*sent).when(match(BACK_ID, share("400.00"), exact=True)).then(
        *at(BACK_ID, matched(share("400.00"), exact=True)),
        *at(AWARD, returned(), found("400.00", BACK_ID, part=1)),
    )


def test_a_return_that_a_person_recorded_before_is_found_and_not_recorded_again() -> None:
    begun = [*SENT, *at(AWARD, returned()), *booked(BACK)]
    known = share("400.00", part=1)
    given_log(*begun).when(match(BACK_ID, known)).then(
        *at(BACK_ID, matched(known)), *at(AWARD, found("400.00", BACK_ID, part=1, recorded=False))
    )
    for part in (1, 2):
        other = [*SENT, *at(AWARD, returned("300.00")), *booked(BACK)]
        given_log(*other).when(match(BACK_ID, share("400.00", part=part))).refused(ReturnIsAtBank)


def test_one_credit_gives_back_one_payment() -> None:
    both = (share("200.00"), share("200.00", number=2))
    given_log(*SENT, *booked(BACK)).when(match(BACK_ID, *both)).refused(ReturnOfSeveral)


# --- Undone -----------------------------------------------------------------------------------------------------------


def undo(entry_id: EntryId, because: str = WHY) -> ReopenEntry:
    return ReopenEntry(entry_id=entry_id, because=because, on=DECIDED_ON)


REOPENED = EntryReopened(was="matched", because=WHY, on=DECIDED_ON)


@pytest.mark.parametrize(("before", "unsettled"), [([], True), ([SETTLED], False)])
def test_a_wrong_match_is_undone_and_the_payment_is_as_it_was(before: list[PaymentSettled], unsettled: bool) -> None:
    log = done(match(OUT_ID, share("400.00")), begun=[*SENT, *at(AWARD, *before), *booked(OUT)])
    gone = MatchUndone(partnership_id=ACE, number=1, entry_id=OUT_ID, unsettled=unsettled, because=WHY, on=DECIDED_ON)
    given_log(*log.written).when(undo(OUT_ID)).then(*at(OUT_ID, REOPENED), *at(AWARD, gone))


def test_a_wrong_return_is_undone_and_its_number_is_not_used_again() -> None:
    begun = [*SENT, *booked(BACK)]
    log = done(match(BACK_ID, share("400.00")), begun=begun)
    given_log(*log.written).when(undo(BACK_ID)).then(
        *at(BACK_ID, REOPENED),
        *at(
            AWARD,
            # On the day of the return: the money did not come back to this payment on any day.
            ReturnUndone(partnership_id=ACE, number=1, part=1, amount=gbp("400.00"), because=WHY, on=BACK.booked),
            MatchUndone(partnership_id=ACE, number=1, entry_id=BACK_ID, unsettled=False, because=WHY, on=DECIDED_ON),
        ),
    )
    again = done(
        match(BACK_ID, share("400.00")), undo(BACK_ID), match(BACK_ID, share("400.00"), because="x"), begun=begun
    )
    assert {2} == set(Reading(again).award(AWARD).payments[1].returns)  # type: ignore[union-attr]


def test_a_return_is_kept_if_the_money_was_requested_again_or_the_award_has_ended() -> None:
    back = done(match(BACK_ID, share("400.00")), begun=[*SENT, *booked(BACK)]).written
    given_log(*back, *at(AWARD, *payment(2, "601.00"))).when(undo(BACK_ID)).refused(ReturnKept)
    given_log(*back, *at(AWARD, CLOSED)).when(undo(BACK_ID)).refused(ReturnKept)


def test_a_match_that_a_person_undid_or_rejected_is_never_automatic_again() -> None:
    exact = match(OUT_ID, share("400.00"), exact=True)
    undone = done(exact, undo(OUT_ID), begun=[*SENT, *booked(OUT)]).written
    given_log(*undone).when(replace(exact, because="Again")).refused(MatchNotExact)
    reject = RejectMatch(entry_id=OUT_ID, award_id=AWARD, number=1, because=WHY, on=DECIDED_ON)
    given_log(*SENT, *booked(OUT)).when(reject).then(
        *at(OUT_ID, MatchRejected(award_id=AWARD, number=1, because=WHY, on=DECIDED_ON))
    )
    turned_down = done(reject, begun=[*SENT, *booked(OUT)]).written
    given_log(*turned_down).when(exact).refused(MatchNotExact)
    matched_by_hand = done(match(OUT_ID, share("400.00")), begun=[*SENT, *booked(OUT)]).written
    given_log(*matched_by_hand).when(reject).refused(EntryDecided)


def test_an_entry_that_is_not_a_payment_is_set_aside_and_may_be_reopened() -> None:
    fee = SetEntryAside(entry_id=OUT_ID, aside=Aside.FEE, because="Charge for July", on=DECIDED_ON)
    begun = [*SENT, *booked(OUT)]
    given_log(*begun).when(fee).then(
        *at(OUT_ID, EntrySetAside(aside=Aside.FEE, because="Charge for July", on=DECIDED_ON))
    )
    aside = done(fee, begun=begun).written
    given_log(*aside).when(match(OUT_ID, share("400.00"))).refused(EntryDecided, was="set aside")
    given_log(*aside).when(undo(OUT_ID)).then(*at(OUT_ID, replace(REOPENED, was="set aside")))
    given_log(*begun).when(undo(OUT_ID)).refused(EntryNotDecided)


def test_a_payment_that_was_found_at_the_bank_is_not_reversed() -> None:
    log = done(match(OUT_ID, share("400.00")), begun=[*SENT, *booked(OUT)])
    reverse = ReversePayment(award_id=AWARD, number=1, because=WHY, on=DECIDED_ON)
    given_log(*log.written).when(reverse).refused(PaymentIsAtBank)
    freed = done(match(OUT_ID, share("400.00")), undo(OUT_ID), reverse, begun=[*SENT, *booked(OUT)])
    assert Paying.REVERSED is Reading(freed).award(AWARD).payments[1].status  # type: ignore[union-attr]


def test_a_return_of_a_wrong_amount_is_refused_by_the_award() -> None:
    too_much = entry("400.01", reference="NWB9")
    given_log(*SENT, *booked(too_much)).when(match(too_much.identity(BANK_ACCOUNT), share("400.01"))).refused(
        AbovePayment
    )


# --- Payments that a register states ----------------------------------------------------------------------------------

SOURCE = stated("grants.json", "grants/0")
STATED_ID = AwardId("award-of-a-register")


def transaction(number: int, amount: str, kind: Transaction = Transaction.DISBURSEMENT) -> TransactionStated:
    return TransactionStated(
        partnership_id=ACE, number=number, kind=kind, amount=gbp(amount), on=When("2004-07-06"), source=SOURCE
    )


STATED = at(
    STATED_ID,
    AwardStated(
        partnership_id=ACE, reference="R-1", amount=gbp("500.00"), purpose="p", basis="b", on=UNKNOWN, source=SOURCE
    ),
    transaction(1, "400.00"),
    transaction(2, "50.00", Transaction.RETURN),
)
UNSTATED = TransactionUnstated(
    partnership_id=ACE, number=1, kind=Transaction.DISBURSEMENT, amount=gbp("400.00"), because="no longer stated",
    on=When("2004-07-06"), source=SOURCE,
)  # fmt: skip


def of_stated(amount: str, number: int = 1) -> Share:
    return share(amount, number, STATED_ID)


def test_a_payment_that_a_register_states_is_matched_and_nothing_is_settled() -> None:
    begun = [*STATED, *booked(OUT)]
    event = replace(found("400.00", recorded=False), number=1)
    given_log(*begun).when(match(OUT_ID, of_stated("400.00"))).then(
        *at(OUT_ID, matched(of_stated("400.00"))), *at(STATED_ID, event)
    )
    log = done(match(OUT_ID, of_stated("400.00")), begun=begun)
    gone = MatchUndone(partnership_id=ACE, number=1, entry_id=OUT_ID, unsettled=False, because=WHY, on=DECIDED_ON)
    given_log(*log.written).when(undo(OUT_ID)).then(*at(OUT_ID, REOPENED), *at(STATED_ID, gone))
    # After an undo it can be matched again. If the register drops it, the match can still be undone.
    again = done(match(OUT_ID, of_stated("400.00")), undo(OUT_ID), begun=begun)
    given_log(*again.written).when(match(OUT_ID, of_stated("400.00"), because="x")).then(
        *at(OUT_ID, replace(matched(of_stated("400.00")), because="x")), *at(STATED_ID, event)
    )
    given_log(*log.written, *at(STATED_ID, UNSTATED)).when(undo(OUT_ID)).then(
        *at(OUT_ID, REOPENED), *at(STATED_ID, gone)
    )


def test_a_return_that_a_register_states_is_matched_to_money_that_came_in() -> None:
    back = entry("50.00", reference="NWB9")
    back_id = back.identity(BANK_ACCOUNT)
    event = replace(found("50.00", back_id, recorded=False), number=2, on=back.booked)
    given_log(*STATED, *booked(back)).when(match(back_id, of_stated("50.00", 2))).then(
        *at(back_id, matched(of_stated("50.00", 2))), *at(STATED_ID, event)
    )


@pytest.mark.parametrize(
    ("shared", "more", "rule"),
    [
        (of_stated("400.00", 2), [], PaymentUnknown),
        (of_stated("400.00", 3), [], PaymentUnknown),
        (of_stated("400.00"), [UNSTATED], PaymentUnknown),
    ],
)
def test_a_payment_that_no_register_states_is_not_matched(shared: Share, more: list[Fact], rule: type[Refused]) -> None:
    given_log(*STATED, *at(STATED_ID, *more), *booked(OUT)).when(match(OUT_ID, shared)).refused(rule)


def test_no_more_is_matched_than_the_register_states_and_never_automatically() -> None:
    more = entry("-400.01")
    given_log(*STATED, *booked(more)).when(match(more.identity(BANK_ACCOUNT), of_stated("400.01"))).refused(
        MatchAbovePayment
    )
    given_log(*STATED, *booked(OUT)).when(match(OUT_ID, of_stated("400.00"), exact=True)).refused(MatchNotExact)
    back = entry("50.00", reference="NWB9")
    part = replace(of_stated("50.00", 2), part=1)
    given_log(*STATED, *booked(back)).when(match(back.identity(BANK_ACCOUNT), part)).refused(ReturnIsAtBank)


# --- What the award itself says of a match ----------------------------------------------------------------------------


def find(amount: str, number: int = 1, entry_id: EntryId = OUT_ID, **fields: Any) -> award.MatchPayment:
    return award.MatchPayment(
        award_id=AWARD, number=number, entry_id=entry_id, amount=gbp(amount), on=OUT.booked, **fields
    )


def come_back(amount: str, number: int = 1, part: int | None = None, entry_id: EntryId = BACK_ID) -> award.MatchReturn:
    return award.MatchReturn(
        award_id=AWARD, number=number, part=part, entry_id=entry_id, amount=gbp(amount), because=WHY, on=BACK.booked
    )


def take_back(entry_id: EntryId = OUT_ID, number: int = 1, because: str = WHY) -> award.UndoMatch:
    return award.UndoMatch(award_id=AWARD, number=number, entry_id=entry_id, because=because, on=DECIDED_ON)


def decided(history: Iterable[award.Event], command: award.Command) -> list[award.Event]:
    state: award.Award | None = None
    for event in history:
        state = award.evolve(state, event)
    return award.decide(state, command)


EUROS = Money.of("400.00", "EUR")
OWN = (OFFERED, ACCEPTED, *PAID)
REGISTERED = tuple(event for _, event in STATED)


@pytest.mark.parametrize("history", [OWN, REGISTERED], ids=["our own", "of a register"])
def test_a_positive_amount_in_its_currency_is_matched_up_to_what_is_left_of_a_payment(
    history: tuple[Fact, ...],
) -> None:
    given(award, *history).when(replace(find("1.00"), amount=EUROS)).refused(award.CurrencyDiffers)
    given(award, *history).when(find("0.00")).refused(award.PaymentNotPositive)
    given(award, *history).when(find("1.00", number=9)).refused(PaymentUnknown, number=9)
    part = found("399.99", recorded=False)
    given(award, *history).when(find("399.99")).then(part)
    other = EntryId("bankentry-2")
    given(award, *history, part).when(find("0.02", entry_id=other)).refused(
        MatchAbovePayment, left=gbp("0.01"), entry=gbp("0.02"), number=1
    )
    # The same entry is the same match, whatever else is said of it.
    given(award, *history, part).when(find("1000.00")).then()


def test_the_match_of_all_of_a_payment_settles_it_under_the_reference_of_the_bank() -> None:
    settled = replace(SETTLED, bank_reference="NWB1", on=OUT.booked)
    given(award, *OWN).when(find("400.00", bank_reference="NWB1")).then(settled, found("400.00"))


def test_what_was_deducted_from_a_payment_never_shows_at_the_bank() -> None:
    deducted = RecoverySettled(
        partnership_id=ACE, number=1, part=1, amount=gbp("100.00"), by=SettledBy.OFFSET, payment=2, on=OUT.booked
    )
    asked, agreed, sent = payment(2, "400.00")
    history = (*OWN, RAISED, RECOVERABLE, asked, agreed, deducted, sent)
    given(award, *history).when(find("300.01", number=2)).refused(MatchAbovePayment, left=gbp("300.00"))
    settles, _ = decided(history, find("300.00", number=2))
    assert isinstance(settles, PaymentSettled)


def test_money_that_came_back_is_no_part_of_what_was_found_to_have_left() -> None:
    came_back = (returned("100.00"), found("100.00", BACK_ID, part=1))
    history = (*OWN, found("300.00"), *came_back)
    assert decided(history, find("100.00", entry_id=EntryId("another")))
    given(award, *history).when(find("100.01", entry_id=EntryId("another"))).refused(MatchAbovePayment)


def test_a_return_is_matched_once_and_numbered_after_those_that_were_undone() -> None:
    known = returned("100.00", part=2)
    match_of = found("100.00", BACK_ID, part=2, recorded=False)
    given(award, *OWN, known).when(come_back("100.00", part=2)).then(match_of)
    again = come_back("100.00", part=2, entry_id=EntryId("bankentry-2"))
    given(award, *OWN, known, match_of).when(again).refused(ReturnIsAtBank, part=2, returned=gbp("100.00"))
    given(award, *OWN, known).when(come_back("100.00")).then(
        replace(returned("100.00", part=3), because=WHY), found("100.00", BACK_ID, part=3)
    )
    given(award, *OWN).when(replace(come_back("100.00"), amount=EUROS)).refused(award.CurrencyDiffers)
    given(award, *OWN, match_of).when(come_back("100.00", number=9)).refused(PaymentUnknown)


def test_a_payment_that_a_person_settled_stays_settled_whatever_is_undone() -> None:
    history = (*OWN, SETTLED, found("400.00", recorded=False), returned("100.00"), found("100.00", BACK_ID, part=1))
    for entry_id in (OUT_ID, BACK_ID):
        gone = decided(history, take_back(entry_id))[-1]
        assert isinstance(gone, MatchUndone)
        assert not gone.unsettled


def test_a_return_that_a_person_recorded_stays_where_its_match_is_undone() -> None:
    history = (*OWN, returned("100.00"), found("100.00", BACK_ID, part=1, recorded=False))
    given(award, *history).when(take_back(BACK_ID)).then(
        MatchUndone(partnership_id=ACE, number=1, entry_id=BACK_ID, unsettled=False, because=WHY, on=DECIDED_ON)
    )


@pytest.mark.parametrize("history", [OWN, REGISTERED], ids=["our own", "of a register"])
def test_a_match_is_undone_once_with_a_reason(history: tuple[Fact, ...]) -> None:
    match_of = found("400.00", recorded=False)
    given(award, *history).when(take_back()).then()
    given(award, *history, match_of).when(take_back()).then(
        MatchUndone(partnership_id=ACE, number=1, entry_id=OUT_ID, unsettled=False, because=WHY, on=DECIDED_ON)
    )
    given(award, *history, match_of).when(take_back(because=" ")).refused(award.ReasonEmpty)
    given(award, *history, match_of).when(take_back(number=9)).refused(PaymentUnknown, number=9)


def test_a_return_is_undone_as_long_as_its_money_is_there_to_the_last_penny() -> None:
    history = (*OWN, returned("400.00"), found("400.00", BACK_ID, part=1))
    rest = tuple(payment(2, "600.00"))
    assert 2 == len(decided((*history, *rest), take_back(BACK_ID)))
    given(award, *history, *payment(2, "600.01")).when(take_back(BACK_ID)).refused(
        ReturnKept, available=gbp("399.99"), returned=gbp("400.00")
    )


def test_a_return_that_a_register_states_is_matched_by_money_that_came_in_alone() -> None:
    given(award, *REGISTERED).when(find("50.00", number=2)).refused(PaymentUnknown)
    given(award, *REGISTERED).when(come_back("50.00", number=1)).refused(PaymentUnknown)
    given(award, *REGISTERED).when(come_back("50.00", number=2, part=1)).refused(
        ReturnIsAtBank, part=1, returned=None, entry=gbp("50.00")
    )
    given(award, *REGISTERED).when(come_back("50.00", number=2)).then(
        replace(found("50.00", BACK_ID, recorded=False), number=2, on=BACK.booked)
    )


def test_a_payment_that_two_entries_settled_is_unsettled_once() -> None:
    second = EntryId("bankentry-2")
    history: list[Any] = [*OWN, found("150.00", recorded=False), SETTLED, found("250.00", second)]
    first_gone = decided(history, take_back())
    assert [True] == [event.unsettled for event in first_gone if isinstance(event, MatchUndone)]
    second_gone = decided([*history, *first_gone], take_back(second))
    assert [False] == [event.unsettled for event in second_gone if isinstance(event, MatchUndone)]


def test_a_match_to_two_payments_is_rejected_for_neither() -> None:
    one = entry("-700.00")
    both = match(one.identity(BANK_ACCOUNT), share("400.00"), share("300.00", number=2))
    log = done(both, begun=[*SENT, *at(AWARD, *payment(2, "300.00")), *booked(one)])
    for number in (1, 2):
        reject = RejectMatch(entry_id=both.entry_id, award_id=AWARD, number=number, because=WHY, on=DECIDED_ON)
        given_log(*log.written).when(reject).refused(EntryDecided, was="matched")
    other = RejectMatch(entry_id=both.entry_id, award_id=AWARD, number=3, because=WHY, on=DECIDED_ON)
    given_log(*log.written).when(other).then(
        *at(both.entry_id, MatchRejected(award_id=AWARD, number=3, because=WHY, on=DECIDED_ON))
    )
