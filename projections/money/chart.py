"""The chart of accounts of the ledger. docs/ledger.md says what each account holds."""

from enum import Enum


class Account(Enum):
    """A named account. Some are figures of the ladder; the others are their counterparts."""

    REQUESTED = "requested"
    DEMAND = "demand"
    APPROVED = "approved"
    DECISIONS = "decisions"
    BUDGET = "budget"
    APPROPRIATION = "appropriation"
    AWARDED = "awarded"
    REGRANTED = "regranted"
    PAYABLE = "payable"
    PAID = "paid"
    UNDRAWN = "undrawn"
    RETURNED = "returned"
    SPENT = "spent"
    ACCOUNTED = "accounted"
    RECOVERABLE = "recoverable"
    CLAIMS = "claims"
    WRITTEN_OFF = "written_off"
