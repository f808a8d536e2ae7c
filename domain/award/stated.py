"""Events for what a register of others states about an award, in its first edition and in later ones.

The first statement is recorded as it is. If a later edition differs, the difference is recorded, on the date that the
register gives. So present figures are those of the newest edition, and the figures known on an earlier day are those of
the edition known then.
"""

from enum import Enum

from domain.values.fact import Fact
from domain.values.financial_year import LineKind
from domain.values.frozen import frozen
from domain.values.ids import BidId, OrganisationId, OutcomeId, PartnershipId
from domain.values.money import Money
from domain.values.when import When


class Transaction(Enum):
    """The kind of a transaction that a register states.

    DISBURSED_IN_ALL is a total disbursed so far, without single payments. INCOMING is money that the funded activity
    received from others, PLANNED a future payment, OTHER a kind that no figure of ours counts.
    """

    COMMITMENT = "commitment"
    DISBURSEMENT = "disbursement"
    DISBURSED_IN_ALL = "disbursed_in_all"
    RETURN = "return"
    EXPENDITURE = "expenditure"
    INCOMING = "incoming"
    PLANNED = "planned"
    OTHER = "other"


@frozen
class Particular:
    """A field of the register's row: the register's own name for it, and its value."""

    name: str
    value: str


@frozen
class AwardRestated(Fact):
    """The register now states an award of *amount*, which is *change* more than before (negative for less).

    If the date changes, one event takes the whole amount away on the old date and another adds it on the new date.
    """

    partnership_id: PartnershipId
    amount: Money
    change: Money


@frozen
class LineLeftOut(Fact):
    """A source states that the budget of the award has no line of this kind."""

    partnership_id: PartnershipId
    kind: LineKind


@frozen
class ComponentRestated(Fact):
    """The register now states *amount* for this part of the award; None if it no longer states the part."""

    partnership_id: PartnershipId
    purpose: str
    amount: Money | None = None


@frozen
class TransactionStated(Fact):
    """The register states a transaction. *number* counts the transactions of the award from 1.

    *reference* is the register's own reference. The amount of a return is what came back. A negative commitment or
    expenditure corrects an earlier one. *sense* is the register's own word for the kind, if it says more than *kind*.
    *until* is the end of a planned period.
    """

    partnership_id: PartnershipId
    number: int
    kind: Transaction
    amount: Money
    reference: str | None = None
    payer_id: OrganisationId | None = None
    payee_id: OrganisationId | None = None
    description: str | None = None
    sense: str | None = None
    until: When | None = None


@frozen
class TransactionUnstated(Fact):
    """The register no longer states transaction *number*, or now states it differently, under a new number."""

    partnership_id: PartnershipId
    number: int
    kind: Transaction
    amount: Money
    because: str


@frozen
class PeriodStated(Fact):
    """The register states a period of the work, from *on* to *until*.

    *number* counts the periods of each *sense* ("planned" or "actual") from 1. A new statement replaces the earlier
    one. If neither date is known, the register no longer states the period.
    """

    partnership_id: PartnershipId
    sense: str
    number: int
    until: When | None = None


@frozen
class ParticularsStated(Fact):
    """What else the register states about the award. A new statement replaces the earlier one.

    *disbursed* is the total disbursed, with or without single payments. *regrant* describes the grants that the
    recipient itself gives. *related* names other awards. *outcomes* are the results stated. *modified* is when the
    register changed the row. *said* is the whole row in the register's own words.
    """

    partnership_id: PartnershipId
    bid_id: BidId | None = None
    title: str
    description: str | None = None
    disbursed: Money | None = None
    regrant: str | None = None
    related: tuple[str, ...] = ()
    outcomes: tuple[OutcomeId, ...] = ()
    modified: When | None = None
    said: tuple[Particular, ...] = ()


@frozen
class AwardReassigned(Fact):
    """The register now names other recipients, another scheme or another funder, so the award moves from partnership
    *before*. *funder_id* is its funder from now on, if that is another one.
    """

    partnership_id: PartnershipId
    before: PartnershipId
    funder_id: OrganisationId | None = None


@frozen
class AwardNoLongerStated(Fact):
    """A later edition of the register does not contain the award. No amount changes; a person must explain it."""

    partnership_id: PartnershipId


@frozen
class AwardStatedAgain(Fact):
    """The register states the award again, after an edition that did not contain it."""

    partnership_id: PartnershipId
