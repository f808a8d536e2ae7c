"""What every event says besides its own matter, and the facts that others recorded about programme or partnership."""

from enum import Enum

from domain.values.frozen import frozen
from domain.values.ids import OrganisationId, PartnershipId, SchemeId
from domain.values.money import Money
from domain.values.refusal import Refused
from domain.values.when import When


@frozen
class Source:
    """Where somebody else states a fact.

    *register* is the file that it came in, *row* the digest of the row's own words (line numbers move, words do not)
    and *cites* the documents and lines that the row names.
    """

    register: str
    row: str
    cites: str


@frozen
class Fact:
    """An event: when it took effect, as well as that is known, and the source where others recorded it."""

    on: When
    source: Source | None = None


class Lane(Enum):
    """Which part of a partnership's life an event belongs to."""

    GOVERNANCE = "governance"
    BID = "bid"
    AWARD = "award"
    DISBURSEMENT = "disbursement"
    DELIVERY = "delivery"
    OUTCOME = "outcome"
    SUPPORT = "support"


@frozen
class HappeningNoted(Fact):
    """A happening that a source states and for which there is no event of its own.

    *kind* is the source's word for it. *mentions* is a sum that the source names beside it: the same money as
    recorded elsewhere, never more money.
    """

    partnership_id: PartnershipId | None = None
    scheme_id: SchemeId | None = None
    kind: str
    lane: Lane
    summary: str
    until: When | None = None
    mentions: Money | None = None
    organisation_id: OrganisationId | None = None


@frozen
class DelayReported(Fact):
    """Somebody states that a stage took long. It is their statement: it is shown and never enters a statistic.

    *min_days* and *max_days* are calendar days, None where the source gives no length.
    """

    partnership_id: PartnershipId | None = None
    scheme_id: SchemeId | None = None
    stage: str
    stated_length: str | None = None
    min_days: int | None = None
    max_days: int | None = None
    consequence: str


@frozen
class RuleStated(Fact):
    """A limit, an eligibility rule or a condition, in the source's sense, on *body*. *limit* is a delegated limit."""

    partnership_id: PartnershipId | None = None
    scheme_id: SchemeId | None = None
    body: str
    rule: str
    limit: Money | None = None


@frozen
class InvolvementStated(Fact):
    """An organisation took part in a role that is not membership: consulted, visited, advised."""

    partnership_id: PartnershipId | None = None
    scheme_id: SchemeId | None = None
    organisation_id: OrganisationId
    role: str


@frozen
class GovernanceBodyEstablished(Fact):
    """A board or group exists with this composition, remit and delegated limit."""

    partnership_id: PartnershipId | None = None
    scheme_id: SchemeId | None = None
    body: str
    role: str
    composition: str | None = None
    remit: str | None = None
    limit: Money | None = None


class Listed(Enum):
    """A list of which a source may state how many entries it has."""

    PILOTS = "pilots"


@frozen
class CountStated(Fact):
    """A source states how many entries a list of the scheme has, apart from the list itself."""

    scheme_id: SchemeId
    listed: Listed
    number: int


Stated = HappeningNoted | DelayReported | RuleStated | InvolvementStated | GovernanceBodyEstablished


class SourceMissing(Refused):
    """No source was named. A fact that others recorded must name its source."""


class NothingThere(Refused):
    """Nothing is recorded under the id {stream}. A fact is recorded only about something that exists."""


class AlreadyThere(Refused):
    """Something is already recorded under the id {stream}. Its beginning is recorded only once."""


@frozen
class Record:
    """Record what a source states: *fact* becomes an event of *stream* as it stands.

    It is believed as far as it goes, also where it breaks a rule of the live programme (that is a discrepancy, not a
    refusal), and it claims no step, date or person that the source does not name.
    """

    stream: str
    fact: Fact
