"""An account, what the bank states of it, and payments it may be about: words for the tests of the bank."""

from dataclasses import replace
from typing import Any

from domain.award import AwardOffered
from domain.bank.account import BankAccountOpened, BankEntry, RecordStatement, Statement, StatementRecorded
from domain.bank.entry import EntryBooked
from domain.history import Written
from domain.values.money import total
from domain.values.when import When
from tests.kit.awards import ACCEPTED, OFFERED
from tests.kit.examples import AWARD, BANK_ACCOUNT, OTHER_AWARD
from tests.kit.spec import at, gbp

IBAN = "GB29 NWBK 6016 1331 9268 19"
OPENED = BankAccountOpened(account=IBAN, name="Grants account", currency="GBP", on=When("2004-04-01"))
DECIDED_ON = When("2004-08-02")
OFFERED_OTHER: AwardOffered = replace(OFFERED, reference="CBP-P26")
AWARDED = [*at(AWARD, OFFERED, ACCEPTED), *at(OTHER_AWARD, OFFERED_OTHER, ACCEPTED)]


def entry(amount: str, **said: Any) -> BankEntry:
    """An entry booked on 8 July 2004, below nothing where money left; by default under the reference of payment 1."""
    told: dict[str, Any] = {"reference": "NWB1", "booked": When("2004-07-08"), "end_to_end": "BACS 0407 0001"}
    return BankEntry(amount=gbp(amount), **(told | said))


def statement(*entries: BankEntry, **said: Any) -> Statement:
    """The statement of July 2004, with these entries, from 1,000.00 to what they come to."""
    told: dict[str, Any] = {
        "identifier": "2004-07", "since": When("2004-07-01"), "until": When("2004-07-31"), "opening": gbp("1000.00"),
        "closing": gbp("1000.00") + total([one.amount for one in entries], "GBP"),
    }  # fmt: skip
    return Statement(entries=entries, **(told | said))


def record(*entries: BankEntry, account: str = IBAN, **said: Any) -> RecordStatement:
    """Record that statement."""
    return RecordStatement(
        account_id=BANK_ACCOUNT, account=account, statement=statement(*entries, **said), on=DECIDED_ON
    )


def recorded(told: Statement) -> StatementRecorded:
    """That *told* was recorded."""
    return StatementRecorded(
        identifier=told.identifier, since=told.since, until=told.until, opening=told.opening, closing=told.closing,
        entries=len(told.entries), digest=told.digest, on=told.until,
    )  # fmt: skip


def booked(*entries: BankEntry) -> list[Written]:
    """The account, its statement of these entries, and the entries."""
    told = statement(*entries)
    return [*at(BANK_ACCOUNT, OPENED, recorded(told)), *(one for each in entries for one in of_entry(each))]


def of_entry(one: BankEntry) -> list[Written]:
    """That this entry was booked."""
    return at(
        one.identity(BANK_ACCOUNT),
        EntryBooked(account_id=BANK_ACCOUNT, statement="2004-07", entry=one, on=one.booked),
    )
