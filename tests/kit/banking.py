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
    shown: dict[str, Any] = {"reference": "NWB1", "booked": When("2004-07-08"), "end_to_end": "BACS 0407 0001"}
    return BankEntry(amount=gbp(amount), **(shown | said))


def statement(*entries: BankEntry, **said: Any) -> Statement:
    """The statement of July 2004, with these entries, from 1,000.00 to what they come to."""
    shown: dict[str, Any] = {
        "identifier": "2004-07", "since": When("2004-07-01"), "until": When("2004-07-31"), "opening": gbp("1000.00"),
        "closing": gbp("1000.00") + total([one.amount for one in entries], "GBP"),
    }  # fmt: skip
    return Statement(entries=entries, **(shown | said))


def record(*entries: BankEntry, account: str = IBAN, **said: Any) -> RecordStatement:
    """Record that statement."""
    return RecordStatement(
        account_id=BANK_ACCOUNT, account=account, statement=statement(*entries, **said), on=DECIDED_ON
    )


def recorded(stated: Statement) -> StatementRecorded:
    """The event that *stated* was recorded as."""
    return StatementRecorded(
        identifier=stated.identifier, since=stated.since, until=stated.until, opening=stated.opening,
        closing=stated.closing, entries=len(stated.entries), digest=stated.digest, on=stated.until,
    )  # fmt: skip


def booked(*entries: BankEntry) -> list[Written]:
    """The account, its statement of these entries, and the entries."""
    shown = statement(*entries)
    return [*at(BANK_ACCOUNT, OPENED, recorded(shown)), *(one for each in entries for one in of_entry(each))]


def of_entry(one: BankEntry) -> list[Written]:
    """That this entry was booked."""
    return at(
        one.identity(BANK_ACCOUNT),
        EntryBooked(account_id=BANK_ACCOUNT, statement="2004-07", entry=one, on=one.booked),
    )
