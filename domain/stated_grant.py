"""A grant as a register of others states it: one shape for every standard and every register, and what is asked of it.

``domain.editions`` has the rules.
"""

from domain.award.stated import Particular, Transaction
from domain.values.fact import Source
from domain.values.frozen import frozen
from domain.values.ids import AwardId, BidId, OrganisationId, OutcomeId, PartnershipId, ProgrammeId, SchemeId
from domain.values.money import Money
from domain.values.when import UNKNOWN, When


@frozen
class StatedOrganisation:
    """An organisation as a row names it. *code* is its identifier in the register, such as ``GB-CHC-1159982``.

    *identifiers* are those of registers of organisations, each with the register (``GB-CHC``) and the value there.
    """

    code: str
    name: str
    kind: str | None = None
    identifiers: tuple[tuple[str, str], ...] = ()


@frozen
class StatedTransaction:
    """What the row states of one transaction; *payer* and *payee* are codes of organisations that the grant names."""

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
    """From when until when the work is "planned", or was done ("actual"); the *number*-th of its sense, from 1."""

    sense: str
    number: int
    on: When
    until: When | None = None


@frozen
class StatedComponent:
    """Part of the award's total, under the register's name for it."""

    purpose: str
    amount: Money
    on: When = UNKNOWN


@frozen
class StatedResult:
    """An indicator in the register's words and units. *key* tells it apart within the grant."""

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
    """What a row of a register states of a grant.

    *register* and *identifier* name the grant for ever. The first recipient answers for it. *involved* takes part
    otherwise, each in a role. *awarded* is the award's amount; where a register tells only single commitments it is
    the first of them, and *transactions* hold the others. *disbursed* is the total that the row gives.
    """

    register: str
    identifier: str
    source: Source
    programme_code: str
    programme_name: str
    scheme_code: str
    scheme_name: str
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
        """Everybody whom the row names, as often as it does."""
        funder = (self.funder,) if self.funder is not None else ()
        return funder + self.recipients + tuple(one for one, _ in self.involved)

    @property
    def tells_of_a_bid(self) -> bool:
        """Whether the row says anything of what was asked for, or when."""
        return self.requested is not None or self.requested_on.is_known


@frozen
class GrantIds:
    """The ids of what a grant names: made by whoever hands it in, the same for the same names.

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
    """Record what a register states of a grant, as far as it has not said so before."""

    grant: StatedGrant
    ids: GrantIds

    @property
    def stream(self) -> str:
        return self.ids.award_id


@frozen
class MissGrant:
    """Record that an edition of *source*'s register comes without a grant that it stated before."""

    award_id: AwardId
    source: Source

    @property
    def stream(self) -> str:
        return self.award_id
