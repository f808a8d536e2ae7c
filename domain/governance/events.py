"""The events of the governance of a programme, and what they name."""

from enum import Enum
from typing import TypeAlias

from domain.values.fact import Fact
from domain.values.frozen import frozen
from domain.values.ids import BodyId, DelegationId, OrganisationId, PartnershipId, PersonId, ProgrammeId, SchemeId
from domain.values.money import Money
from domain.values.when import When


class Deciding(Enum):
    """A kind of decision for which authority is delegated."""

    APPROVE_BID = "approve bid"
    OFFER_AWARD = "offer award"
    VARY = "vary"
    APPROVE_PAYMENT = "approve payment"
    RELEASE_PAYMENT = "release payment"
    WRITE_OFF = "write off"
    WAIVE_CONDITION = "waive condition"


class Separation(Enum):
    """Duties that are kept apart: nobody takes two of them in one matter."""

    PAYMENT = "payment"
    """A payment is requested, approved and released by three people."""
    DECISION = "decision and payment"
    """Whoever decided a bid does not approve payments of its award."""
    RETURN = "return"
    """Whoever prepared a return does not certify it."""
    PAYEE = "payee's account"
    """A change of a payee's account is verified by another person."""
    INTEREST = "interest"
    """Whoever has an interest in a bid neither assesses nor decides it."""


@frozen
class BodyEstablished(Fact):
    """A board, a group or a post was established. *kind* is the office's word for it; a post has one holder.

    *quorum* is how many members a decision needs. *partnership_id* is the partnership that it governs; None for one of
    the whole programme.
    """

    programme_id: ProgrammeId
    body_id: BodyId
    code: str
    name: str
    kind: str
    partnership_id: PartnershipId | None = None
    quorum: int | None = None
    remit: str | None = None


@frozen
class BodiesMerged(Fact):
    """Bodies were merged into another one. They and their limits end on that day."""

    programme_id: ProgrammeId
    body_ids: tuple[BodyId, ...]
    into_id: BodyId
    because: str
    partnership_id: PartnershipId | None = None


@frozen
class BodyClosed(Fact):
    """A body was closed. Its limits end on that day."""

    programme_id: ProgrammeId
    body_id: BodyId
    because: str
    partnership_id: PartnershipId | None = None


@frozen
class MemberAppointed(Fact):
    """A person was appointed to a body or post, in *role*. *until* is the last day, if it is known.

    *organisation_id* is the organisation that the member represents, *speaks_for* for how many partners.
    """

    programme_id: ProgrammeId
    body_id: BodyId
    person_id: PersonId
    role: str
    organisation_id: OrganisationId | None = None
    speaks_for: int | None = None
    until: When | None = None
    partnership_id: PartnershipId | None = None


@frozen
class MemberStoodDown(Fact):
    """A person left a body or post."""

    programme_id: ProgrammeId
    body_id: BodyId
    person_id: PersonId
    because: str | None = None
    partnership_id: PartnershipId | None = None


@frozen
class DelegationGranted(Fact):
    """A body or post may take these kinds of decision, each up to *limit*; None is without a limit.

    *until* is its last day. It holds in a partnership or scheme, if one is named. *given_by* is the body that gave it.
    """

    programme_id: ProgrammeId
    delegation_id: DelegationId
    code: str
    body_id: BodyId
    decisions: tuple[Deciding, ...]
    limit: Money | None = None
    scheme_id: SchemeId | None = None
    partnership_id: PartnershipId | None = None
    given_by: BodyId | None = None
    until: When | None = None


@frozen
class DelegationRevoked(Fact):
    """A delegated authority was revoked. Decisions taken under it before keep it."""

    programme_id: ProgrammeId
    delegation_id: DelegationId
    because: str
    partnership_id: PartnershipId | None = None


@frozen
class SeparationLifted(Fact):
    """The programme no longer keeps these duties apart, for a reason, until they are separated again."""

    programme_id: ProgrammeId
    separation: Separation
    because: str


@frozen
class SeparationRestored(Fact):
    """The programme keeps these duties apart again."""

    programme_id: ProgrammeId
    separation: Separation


Event: TypeAlias = (
    BodyEstablished
    | BodiesMerged
    | BodyClosed
    | MemberAppointed
    | MemberStoodDown
    | DelegationGranted
    | DelegationRevoked
    | SeparationLifted
    | SeparationRestored
)
