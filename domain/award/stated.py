"""What a register of others states of an award: first, and otherwise in its later editions.

What a register tells is recorded as it stands; where a later edition tells it otherwise, the difference is recorded, at
the day that the register gives for it. So the present figures are those of the newest edition, and what was known on an
earlier day is what the register said by then.
"""

from enum import Enum

from domain.values.fact import Fact
from domain.values.frozen import frozen
from domain.values.ids import BidId, OrganisationId, OutcomeId, PartnershipId
from domain.values.money import Money
from domain.values.when import When


class Transaction(Enum):
    """What money did, by the word of a register.

    DISBURSED_IN_ALL is what a register gives as disbursed so far without telling single payments. INCOMING is money
    that the funded activity had from elsewhere, PLANNED a payment to come, OTHER what has no figure in the ladder.
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
    """A field of the register's row, by the register's own name for it, and what stands in it."""

    name: str
    value: str


@frozen
class AwardRestated(Fact):
    """The register now states the award as of *amount*, by *change* more than before (negative for less).

    Where it is given another day, all of it goes at the old day and comes back at the new one.
    """

    partnership_id: PartnershipId
    amount: Money
    change: Money


@frozen
class ComponentRestated(Fact):
    """The register now gives *amount* for this part of the award's total; None: it gives the part no longer."""

    partnership_id: PartnershipId
    purpose: str
    amount: Money | None = None


@frozen
class TransactionStated(Fact):
    """The register states a transaction of the award. *number* counts them from 1, *reference* is the register's own.

    The amount of a return is what came back. Commitments and expenditure may be negative: they correct earlier ones.
    *sense* is the register's own word for the kind, where it says more than *kind*. *until* ends a planned period.
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
    """The register states the transaction of this number no longer, or states it otherwise, as a further one."""

    partnership_id: PartnershipId
    number: int
    kind: Transaction
    amount: Money
    because: str


@frozen
class PeriodStated(Fact):
    """The register gives from when (*on*) until when the work is planned, or was done.

    *number* counts the periods of a *sense* ("planned" or "actual") from 1. What is stated again replaces what was
    stated before; unknown on both sides, it is given no longer.
    """

    partnership_id: PartnershipId
    sense: str
    number: int
    until: When | None = None


@frozen
class ParticularsStated(Fact):
    """What else the register says of the award. What is stated again replaces what was stated before.

    *disbursed* is the total that it gives, whether it tells single payments or not; *regrant* says that the recipient
    gives grants itself, and how; *related* names other awards; *outcomes* are the results that it states; *modified* is
    when the register says that it changed the row. *said* is the whole row in the register's own words.
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
    """By the register the award belongs to another partnership than *before*: it names other recipients or schemes."""

    partnership_id: PartnershipId
    before: PartnershipId


@frozen
class AwardNoLongerStated(Fact):
    """A later edition of the register comes without the award. That takes nothing back: it is to be explained."""

    partnership_id: PartnershipId


@frozen
class AwardStatedAgain(Fact):
    """The register states the award again, after an edition without it."""

    partnership_id: PartnershipId
