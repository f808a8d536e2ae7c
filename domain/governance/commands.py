"""The commands that people give to the governance of a programme."""

from typing import ClassVar, TypeAlias

from domain.governance.events import Deciding, Separation
from domain.values.frozen import frozen
from domain.values.ids import BodyId, DelegationId, OrganisationId, PartnershipId, PersonId, ProgrammeId, SchemeId
from domain.values.money import Money
from domain.values.when import When


def stream_of(programme_id: ProgrammeId) -> str:
    """The stream of the governance of a programme."""
    return f"governance-{programme_id.partition('-')[2]}"


@frozen
class _OfGovernance:
    """A command that is decided on the governance of the programme."""

    programme_id: ProgrammeId
    on: When

    @property
    def stream(self) -> str:
        """The id of the stream that decides the command."""
        return stream_of(self.programme_id)


@frozen
class EstablishBody(_OfGovernance):
    """Establish a board, a group or a post of a programme, or of one partnership.

    *quorum* is how many members a decision needs.
    """

    begins: ClassVar = "body_id"

    body_id: BodyId
    code: str
    name: str
    kind: str
    partnership_id: PartnershipId | None = None
    quorum: int | None = None
    remit: str | None = None


@frozen
class MergeBodies(_OfGovernance):
    """Merge bodies into another body of the programme, with a reason. Their limits end."""

    body_ids: tuple[BodyId, ...]
    into_id: BodyId
    because: str


@frozen
class CloseBody(_OfGovernance):
    """Close a body, with a reason. Its limits end."""

    body_id: BodyId
    because: str


@frozen
class AppointMember(_OfGovernance):
    """Appoint a person to a body or post, with the organisation that the person represents.

    *until* is the last day, if it is known. *speaks_for* is for how many partners the member speaks.
    """

    body_id: BodyId
    person_id: PersonId
    role: str
    organisation_id: OrganisationId | None = None
    speaks_for: int | None = None
    until: When | None = None


@frozen
class StandDownMember(_OfGovernance):
    """Record that a person leaves a body or post."""

    body_id: BodyId
    person_id: PersonId
    because: str | None = None


@frozen
class GrantDelegation(_OfGovernance):
    """Let a body or post take kinds of decision, each up to a limit.

    Without a limit the decisions have none. *until* is the last day. *given_by* is the body that gives it.
    """

    begins: ClassVar = "delegation_id"

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
class RevokeDelegation(_OfGovernance):
    """Revoke a delegated authority, with a reason. Decisions taken under it keep it."""

    delegation_id: DelegationId
    because: str


@frozen
class LiftSeparation(_OfGovernance):
    """Stop keeping duties apart in a programme, with a reason, such as a small office."""

    separation: Separation
    because: str


@frozen
class RestoreSeparation(_OfGovernance):
    """Keep duties apart again in a programme."""

    separation: Separation


Command: TypeAlias = (
    EstablishBody
    | MergeBodies
    | CloseBody
    | AppointMember
    | StandDownMember
    | GrantDelegation
    | RevokeDelegation
    | LiftSeparation
    | RestoreSeparation
)
