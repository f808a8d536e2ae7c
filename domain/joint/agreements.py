"""What partners agree with each other and with others: agreements, commitments to them, sponsors and roles."""

from enum import Enum
from typing import TypeAlias, assert_never

from domain.entries import Done, begun, followed, made
from domain.joint.base import OfPartners, OfPartnership
from domain.values.frozen import frozen
from domain.values.ids import OrganisationId
from domain.values.order import After, Step, Steps
from domain.values.refusal import Refused
from domain.values.when import When

# --- Events -----------------------------------------------------------------------------------------------------------


class AgreementSort(Enum):
    """What an agreement is about."""

    PARTNERSHIP = "partnership"
    """How the partners, or the tiers of government, work together."""
    MUTUALITY = "mutuality"
    """A statement of mutuality: how authorities help each other, and what each owes the others."""
    EXPECTATIONS = "expectations"
    """What each partner expects of a bid before it is made together."""


@frozen
class Term:
    """A condition of an agreement. *organisation_id* is the party that it binds; without one it binds all."""

    text: str
    organisation_id: OrganisationId | None = None


@frozen
class AgreementMade(OfPartners):
    """An agreement with these *terms* was made. It binds those who sign it. *until* is its last day, if it has one."""

    sort: AgreementSort
    title: str
    terms: tuple[Term, ...]
    until: When | None = None


@frozen
class AgreementSigned(OfPartners):
    """An organisation signed an agreement; *post* is the post of whoever signed for it."""

    organisation_id: OrganisationId
    post: str


@frozen
class AgreementLeft(OfPartners):
    """An organisation that had signed an agreement withdrew from it."""

    organisation_id: OrganisationId
    because: str


class Response(Enum):
    """How signatories answer what one of them does under an agreement."""

    REWARD = "reward"
    SANCTION = "sanction"


@frozen
class AgreementUpheld(OfPartners):
    """A signatory was rewarded for keeping an agreement, or met a sanction for breaking it; *text* says how."""

    organisation_id: OrganisationId
    response: Response
    text: str


@frozen
class CommitmentGiven(OfPartners):
    """An organisation, such as a body of the centre, promised the partnership something, by *until* if that is said."""

    organisation_id: OrganisationId
    text: str
    until: When | None = None


@frozen
class CommitmentAnswered(OfPartners):
    """A commitment was kept, or it was broken; *text* says how."""

    kept: bool
    text: str


@frozen
class SponsorNamed(OfPartners):
    """A senior *post* of a partner stands behind the partnership, until *until* if that is said."""

    organisation_id: OrganisationId
    post: str
    until: When | None = None


@frozen
class SponsorLapsed(OfPartners):
    """The sponsor no longer stands behind the partnership, such as when the post changed hands."""

    because: str


class RoleSort(Enum):
    """Who works for a partnership without being a partner."""

    CONSULTANT = "consultant"
    FACILITATOR = "facilitator"
    BUDDY = "buddy"
    STEERING_MEMBER = "steering_member"


@frozen
class RoleDefined(OfPartners):
    """What a consultant, a facilitator, a buddy or a member of a steering group is to do, and what not.

    *holder* is the post or firm that has the role, *organisation_id* where it comes from.
    """

    sort: RoleSort
    holder: str
    remit: str
    organisation_id: OrganisationId | None = None
    until: When | None = None


AgreementEvent: TypeAlias = (
    AgreementMade
    | AgreementSigned
    | AgreementLeft
    | AgreementUpheld
    | CommitmentGiven
    | CommitmentAnswered
    | SponsorNamed
    | SponsorLapsed
    | RoleDefined
)

_SIGNED = After(AgreementSigned, mine="number", also="organisation_id")
STEPS: Steps = {
    AgreementMade: Step("agreement {number}"),
    AgreementSigned: Step("signing of agreement {number}", (After(AgreementMade, mine="number"),)),
    AgreementLeft: Step("withdrawal from agreement {number}", (_SIGNED,)),
    AgreementUpheld: Step("upholding of agreement {number}", (_SIGNED,)),
    CommitmentGiven: Step("commitment {number}"),
    CommitmentAnswered: Step("answer to commitment {number}", (After(CommitmentGiven, mine="number"),)),
    SponsorNamed: Step("sponsor {number}"),
    SponsorLapsed: Step("lapse of sponsor {number}", (After(SponsorNamed, mine="number"),)),
    RoleDefined: Step("role {number}"),
}

# --- Commands ---------------------------------------------------------------------------------------------------------


@frozen
class MakeAgreement(OfPartnership):
    """Record an agreement between partners, or between tiers of government, with its terms.

    *sort* says what it is about. *terms* are its conditions: each binds one party, or all. *until* is its last day.
    """

    number: int | None = None
    sort: AgreementSort
    title: str
    terms: tuple[Term, ...]
    until: When | None = None


@frozen
class SignAgreement(OfPartnership):
    """Record that an organisation signed an agreement, and on which day.

    *post* is the post of whoever signed for it.
    """

    number: int
    organisation_id: OrganisationId
    post: str


@frozen
class LeaveAgreement(OfPartnership):
    """Record that an organisation withdrew from an agreement that it had signed, and why."""

    number: int
    organisation_id: OrganisationId
    because: str


@frozen
class UpholdAgreement(OfPartnership):
    """Record what a signatory gets for keeping an agreement, or what follows when it breaks it.

    *response* is a reward or a sanction. *text* says what it is, and for what.
    """

    number: int
    organisation_id: OrganisationId
    response: Response
    text: str


@frozen
class GiveCommitment(OfPartnership):
    """Record what an organisation, such as a body of the centre, promises a partnership.

    *text* says what it promises. *until* is the day by which it is to keep it.
    """

    number: int | None = None
    organisation_id: OrganisationId
    text: str
    until: When | None = None


@frozen
class AnswerCommitment(OfPartnership):
    """Record that a commitment was kept, or that it was broken.

    *kept* is whether it was kept. *text* says how.
    """

    number: int
    kept: bool
    text: str


@frozen
class NameSponsor(OfPartnership):
    """Record which senior post of a partner stands behind the partnership.

    *post* is the post, not the name of a person. *until* is the last day for which it is promised.
    """

    number: int | None = None
    organisation_id: OrganisationId
    post: str
    until: When | None = None


@frozen
class LapseSponsor(OfPartnership):
    """Record that a sponsor no longer stands behind the partnership, and why."""

    number: int
    because: str


@frozen
class DefineRole(OfPartnership):
    """Define the role of a consultant, facilitator, buddy or steering member of a partnership.

    *holder* is the post or firm that has it. *remit* is what it is to do, and what not. *until* is its last day.
    """

    number: int | None = None
    sort: RoleSort
    holder: str
    remit: str
    organisation_id: OrganisationId | None = None
    until: When | None = None


AgreementCommand: TypeAlias = (
    MakeAgreement
    | SignAgreement
    | LeaveAgreement
    | UpholdAgreement
    | GiveCommitment
    | AnswerCommitment
    | NameSponsor
    | LapseSponsor
    | DefineRole
)

# --- Rules ------------------------------------------------------------------------------------------------------------


class TermsMissing(Refused):
    """The agreement has no terms, or one of them is empty. Say what its parties agree."""


class AlreadySigned(Refused):
    """The organisation already signed agreement {number}. It signs again only after it withdrew."""


class NotSigned(Refused):
    """The organisation has not signed agreement {number}, or withdrew from it. Only a signatory may do this."""


def decide(done: Done, command: AgreementCommand) -> list[AgreementEvent]:
    """The events that *command* leads to. Raises the Refused subclass of the rule that it breaks."""
    match command:
        case MakeAgreement():
            return [*begun(STEPS, done, made(AgreementMade, done, command), _with_terms)]
        case SignAgreement():
            return [*followed(STEPS, done, made(AgreementSigned, done, command), AgreementMade, _not_signed)]
        case LeaveAgreement():
            return [*followed(STEPS, done, made(AgreementLeft, done, command), AgreementMade, _signed)]
        case UpholdAgreement():
            return [*followed(STEPS, done, made(AgreementUpheld, done, command), AgreementMade, _signed)]
        case GiveCommitment():
            return [*begun(STEPS, done, made(CommitmentGiven, done, command))]
        case AnswerCommitment():
            answered = made(CommitmentAnswered, done, command)
            return [*followed(STEPS, done, answered, CommitmentGiven, ends=(CommitmentAnswered,))]
        case NameSponsor():
            return [*begun(STEPS, done, made(SponsorNamed, done, command))]
        case LapseSponsor():
            return [*followed(STEPS, done, made(SponsorLapsed, done, command), SponsorNamed, ends=(SponsorLapsed,))]
        case DefineRole():
            return [*begun(STEPS, done, made(RoleDefined, done, command))]
        case _:
            assert_never(command)


def _with_terms(_: Done, event: AgreementMade) -> None:
    if not event.terms or not all(term.text.strip() for term in event.terms):
        raise TermsMissing


def is_signed(done: Done, number: int, organisation_id: OrganisationId) -> bool:
    """Whether an organisation is bound by an agreement: it signed it, and has not withdrawn since."""
    bound = False
    for one in done:
        if isinstance(one, AgreementSigned | AgreementLeft) and (one.number, one.organisation_id) == (
            number,
            organisation_id,
        ):
            bound = isinstance(one, AgreementSigned)
    return bound


def _not_signed(done: Done, event: AgreementSigned) -> None:
    if is_signed(done, event.number, event.organisation_id):
        raise AlreadySigned(number=event.number)


def _signed(done: Done, event: AgreementLeft | AgreementUpheld) -> None:
    if not is_signed(done, event.number, event.organisation_id):
        raise NotSigned(number=event.number)
