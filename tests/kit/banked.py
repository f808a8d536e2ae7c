"""A bank account with a statement of two entries: one that a payment may be, and a fee."""

from domain.bank.account import BankEntry, OpenBankAccount, RecordStatement, Statement, account_identity
from domain.values.when import When
from tests.kit.money import Desk, gbp

ACCOUNT = "GB33BUKB20201555555555"
ACCOUNT_ID = account_identity(ACCOUNT)
PAYEE = "Devon Improvement Programme"


def paid_to(counterparty: str) -> BankEntry:
    """The entry of 310.00 that left the account."""
    return BankEntry(
        reference="N1", amount=gbp("-310.00"), booked=When("2004-08-10"), counterparty=counterparty, remittance="Grant"
    )


FEE = BankEntry(reference="N2", amount=gbp("-4.50"), booked=When("2004-08-31"), remittance="Charges")
# The paths of their pages.
PAID_PAGE, FEE_PAGE = (f"/bank/{one.identity(ACCOUNT_ID)}" for one in (paid_to(PAYEE), FEE))


def banked(at: Desk, counterparty: str = PAYEE) -> None:
    """Open the account and record its statement of August 2004, with a payment to *counterparty*."""
    at.do(
        OpenBankAccount(
            account_id=ACCOUNT_ID, account=ACCOUNT, name="Grants account", currency="GBP", on=When("2004-04-01")
        )
    )
    statement = Statement(
        identifier="2004-08",
        since=When("2004-08-01"),
        until=When("2004-08-31"),
        opening=gbp("1000.00"),
        closing=gbp("685.50"),
        entries=(paid_to(counterparty), FEE),
    )
    at.do(RecordStatement(account_id=ACCOUNT_ID, account=ACCOUNT, statement=statement, on=When("2004-09-01")))
