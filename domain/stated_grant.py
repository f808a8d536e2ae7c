"""A grant as a register of others states it, in one shape for all standards and registers, and its commands.

The rules are in ``domain.editions``.
"""

from domain.award.stated import Particular, Transaction
from domain.values.fact import Source
from domain.values.frozen import frozen
from domain.values.ids import AwardId, BidId, OrganisationId, OutcomeId, PartnershipId, ProgrammeId, SchemeId
from domain.values.money import Money
from domain.values.when import UNKNOWN, When


@frozen
class StatedOrganisation:
    """An organisation as a row names it. *code* is its identifier in the row, such as ``GB-CHC-1159982``.

    *identifiers* are its numbers in registers of organisations: pairs of register (``GB-CHC``) and value.
    """

    code: str
    name: str
    kind: str | None = None
    identifiers: tuple[tuple[str, str], ...] = ()


@frozen
class StatedTransaction:
    """A transaction that the row states. *payer* and *payee* are codes of organisations that the grant names."""

    kind: Transaction
    amount: Money
    on: When = UNKNOWN
    until: When | None = None
    reference: str | None = None
    payer: str | None = None
    payee: str | None = None
    description: str | None = None
    sense: str | None = None


@frozen
class StatedPeriod:
    """A period of the work. *sense* is "planned" or "actual"; *number* counts the periods of a sense from 1."""

    sense: str
    number: int
    on: When
    until: When | None = None


@frozen
class StatedComponent:
    """A part of the total of the award. *purpose* is the register's name for it."""

    purpose: str
    amount: Money
    on: When = UNKNOWN


@frozen
class StatedResult:
    """An indicator in the register's words and units. *key* identifies it within the grant."""

    key: str
    impact: str
    level: str
    indicator: str
    on: When = UNKNOWN
    unit: str | None = None
    baseline: str | None = None
    target: str | None = None
    result: str | None = None
    evidence: str | None = None


@frozen
class StatedGrant:
    """A grant that a row of a register states.

    *register* and *identifier* always identify the grant. *scheme_titled* says whether the row gives its scheme a
    title; otherwise *scheme_name* stands in for it. The first recipient is responsible for the grant. *involved* are
    other organisations, each with its role. *awarded* is the amount of the award; if a register states only single
    commitments, it is the first of them, and *transactions* contain the others. *disbursed* is the total in the row.
    """

    register: str
    identifier: str
    source: Source
    programme_code: str
    programme_name: str
    scheme_code: str
    scheme_name: str
    scheme_titled: bool = True
    funder: StatedOrganisation | None = None
    recipients: tuple[StatedOrganisation, ...]
    involved: tuple[tuple[StatedOrganisation, str], ...] = ()
    title: str
    description: str | None = None
    requested: Money | None = None
    requested_on: When = UNKNOWN
    awarded: Money
    awarded_on: When = UNKNOWN
    basis: str
    disbursed: Money | None = None
    components: tuple[StatedComponent, ...] = ()
    transactions: tuple[StatedTransaction, ...] = ()
    periods: tuple[StatedPeriod, ...] = ()
    results: tuple[StatedResult, ...] = ()
    regrant: str | None = None
    related: tuple[str, ...] = ()
    modified: When | None = None
    said: tuple[Particular, ...] = ()

    @property
    def organisations(self) -> tuple[StatedOrganisation, ...]:
        """All organisations that the row names, with repeats."""
        funder = (self.funder,) if self.funder is not None else ()
        return funder + self.recipients + tuple(one for one, _ in self.involved)

    @property
    def states_a_bid(self) -> bool:
        """Whether the row states what was requested, or when."""
        return self.requested is not None or self.requested_on.is_known


@frozen
class GrantIds:
    """The ids of everything that a grant names. The import makes them; the same names always give the same ids.

    *organisations* are by code, *outcomes* by the key of the result.
    """

    programme_id: ProgrammeId
    scheme_id: SchemeId
    partnership_id: PartnershipId
    award_id: AwardId
    bid_id: BidId
    partnership_code: str
    organisations: dict[str, OrganisationId]
    outcomes: dict[str, OutcomeId]


@frozen
class StateGrant:
    """Record what a register states about a grant, if it is new."""

    grant: StatedGrant
    ids: GrantIds

    @property
    def stream(self) -> str:
        return self.ids.award_id


@frozen
class MissGrant:
    """Record that an edition of a register no longer contains a grant that it stated before."""

    award_id: AwardId
    source: Source

    @property
    def stream(self) -> str:
        return self.award_id
