"""The refusals of the governance of a programme."""

from domain.values.refusal import Refused


class BodyUnknown(Refused):
    """The programme has no such body. Name a body or post of the programme by its id or code."""


class BodyAlreadyEstablished(Refused):
    """The programme already has a body with this id, or with the code {code}. Each body has its own id and code."""


class BodyEnded(Refused):
    """The body {body} does not exist on {on}. Only a body that exists then can be named."""


class BodyNameless(Refused):
    """The name, the code or the kind is empty. Give the body a name, a code and a kind."""


class QuorumOutOfRange(Refused):
    """The quorum is {quorum}. A quorum is at least 1."""


class MergedIntoItself(Refused):
    """Body {body} is among those that are merged into it. A body merges into another one."""


class NothingToMerge(Refused):
    """No body to merge was named. Name at least one."""


class GovernanceUnexplained(Refused):
    """No reason was given. Give the reason."""


class PostTaken(Refused):
    """The post {body} has a holder on {on}. A post has one holder at a time: let that person stand down first."""


class NotAMember(Refused):
    """The person is not on the body {body} on {on}. Only a member can stand down."""


class EndsBeforeItStarts(Refused):
    """The last day {until} is before the first day {on}. It must be the same day or later."""


class DelegationUnknown(Refused):
    """The programme has no such delegated authority. Name one of the programme by its id or code."""


class DelegationAlreadyGranted(Refused):
    """The programme already has an authority with this id, or with the code {code}. Each has its own id and code."""


class DelegationOfNothing(Refused):
    """No kind of decision was named. An authority names at least one."""


class LimitNotPositive(Refused):
    """The limit is {limit}. A limit is more than 0."""


class DelegationToItself(Refused):
    """The body {body} would give this authority to itself. Another body gives it."""


class DelegationRevokedAlready(Refused):
    """The authority ended on {ended}. Only one that still holds can be revoked."""


class SeparationLiftedAlready(Refused):
    """The programme does not keep these duties apart since {since}. Separate them again first."""


class SeparationInForce(Refused):
    """The programme keeps these duties apart. Only an exception can be ended."""
