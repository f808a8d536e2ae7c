"""What partners need to learn, what is offered for it, and what they learn from each other."""

from enum import Enum
from typing import TypeAlias, assert_never

from domain.entries import Done, begun, followed, made, named
from domain.joint.base import OfPartners, OfPartnership
from domain.values.frozen import frozen
from domain.values.ids import OrganisationId
from domain.values.money import Money
from domain.values.order import After, Step, Steps
from domain.values.refusal import Refused
from domain.values.when import When

# --- Events -----------------------------------------------------------------------------------------------------------


@frozen
class NeedIdentified(OfPartners):
    """So many *people* of an organisation need to learn something. *theme* is what, in a word or two."""

    organisation_id: OrganisationId
    theme: str
    text: str
    people: int


@frozen
class ProvisionOffered(OfPartners):
    """A provider offers training or material on a *theme*, for so many *people*. *cost* is what it costs to make."""

    provider_id: OrganisationId
    theme: str
    text: str
    people: int
    cost: Money | None = None


@frozen
class NeedMet(OfPartners):
    """So many *people* with the need of this number were served by the *provision* with that number."""

    provision: int
    people: int


class LearningSort(Enum):
    """How people learn at work."""

    SECONDMENT = "secondment"
    SHADOWING = "shadowing"
    MENTORING = "mentoring"
    VISIT = "visit"


@frozen
class LearningBegun(OfPartners):
    """A *post* of one organisation learns in another one, under a *protocol* that says what and how."""

    sort: LearningSort
    organisation_id: OrganisationId
    host_id: OrganisationId
    post: str
    protocol: str
    until: When | None = None


@frozen
class LearningEnded(OfPartners):
    """It ended; *outcome* is what was learnt, and what became of it."""

    outcome: str


LearningEvent: TypeAlias = NeedIdentified | ProvisionOffered | NeedMet | LearningBegun | LearningEnded

STEPS: Steps = {
    NeedIdentified: Step("need {number}"),
    ProvisionOffered: Step("provision {number}"),
    NeedMet: Step(
        "meeting of need {number}", (After(NeedIdentified, mine="number"), After(ProvisionOffered, mine="provision"))
    ),
    LearningBegun: Step("learning {number}"),
    LearningEnded: Step("end of learning {number}", (After(LearningBegun, mine="number"),)),
}

# --- Commands ---------------------------------------------------------------------------------------------------------


@frozen
class IdentifyNeed(OfPartnership):
    """Record what people of an organisation need to learn.

    *theme* is what, in a word or two: needs with one theme are added up. *people* is how many need it.
    """

    number: int | None = None
    organisation_id: OrganisationId
    theme: str
    text: str
    people: int


@frozen
class OfferProvision(OfPartnership):
    """Record training or material that a provider offers on a theme.

    *provider_id* is the organisation that gives it. *theme* is what it is about, in the words of the needs. *people* is
    how many it is for. *cost* is what it costs to make.
    """

    number: int | None = None
    provider_id: OrganisationId
    theme: str
    text: str
    people: int
    cost: Money | None = None


@frozen
class MeetNeed(OfPartnership):
    """Record that people with a need were served by a provision on its theme.

    *provision* is the number of the provision. *people* is how many were served.
    """

    number: int
    provision: int
    people: int


@frozen
class BeginLearning(OfPartnership):
    """Record a secondment, shadowing, mentoring or visit, with the protocol that says what is to be learnt.

    *organisation_id* is where the learner comes from. *host_id* is where it learns. *post* is its post. *protocol* says
    what is to be learnt, and how it is brought home. *until* is the last day that is planned.
    """

    number: int | None = None
    sort: LearningSort
    organisation_id: OrganisationId
    host_id: OrganisationId
    post: str
    protocol: str
    until: When | None = None


@frozen
class EndLearning(OfPartnership):
    """Record that a secondment, shadowing, mentoring or visit ended, and what came of it.

    *outcome* is what was learnt, and what became of it.
    """

    number: int
    outcome: str


LearningCommand: TypeAlias = IdentifyNeed | OfferProvision | MeetNeed | BeginLearning | EndLearning

# --- Rules ------------------------------------------------------------------------------------------------------------


class PeopleTooFew(Refused):
    """The number of people is {people}. It is 1 or more."""


class ProvisionCostNotPositive(Refused):
    """The cost is {cost}. It is more than 0, or is left out."""


class ThemeDiffers(Refused):
    """The need is about {need}, but the provision is about {provision}. A need is met by what has its theme."""


class MoreServedThanNeed(Refused):
    """{people} more people would be served, but {left} are left. No more are served than the need has."""


class MoreServedThanOffered(Refused):
    """{people} more people would be served, but the provision has room for {left}. No more are served than it has room
    for.
    """


class LearningAtHome(Refused):
    """The learner and the host are of the same organisation. This is for learning from another one."""


def decide(done: Done, command: LearningCommand) -> list[LearningEvent]:
    """The events that *command* leads to. Raises the Refused subclass of the rule that it breaks."""
    match command:
        case IdentifyNeed():
            return [*begun(STEPS, done, made(NeedIdentified, done, command), _some)]
        case OfferProvision():
            return [*begun(STEPS, done, made(ProvisionOffered, done, command), _some, _costs)]
        case MeetNeed():
            return [*followed(STEPS, done, made(NeedMet, done, command), NeedIdentified, _some, _fits, again=True)]
        case BeginLearning():
            return [*begun(STEPS, done, made(LearningBegun, done, command), _elsewhere)]
        case EndLearning():
            return [*followed(STEPS, done, made(LearningEnded, done, command), LearningBegun, ends=(LearningEnded,))]
        case _:
            assert_never(command)


def _some(_: Done, event: NeedIdentified | ProvisionOffered | NeedMet) -> None:
    if event.people < 1:
        raise PeopleTooFew(people=event.people)


def _costs(_: Done, event: ProvisionOffered) -> None:
    if event.cost is not None and not event.cost.is_positive:
        raise ProvisionCostNotPositive(cost=event.cost)


def _fits(done: Done, event: NeedMet) -> None:
    named(done, ProvisionOffered, event.provision, STEPS)
    (need,) = (one for one in done if isinstance(one, NeedIdentified) and one.number == event.number)
    (offer,) = (one for one in done if isinstance(one, ProvisionOffered) and one.number == event.provision)
    if one_theme(need.theme) != one_theme(offer.theme):
        raise ThemeDiffers(need=need.theme, provision=offer.theme)
    served = [one for one in done if isinstance(one, NeedMet)]
    left = need.people - sum(one.people for one in served if one.number == event.number)
    if event.people > left:
        raise MoreServedThanNeed(people=event.people, left=left)
    room = offer.people - sum(one.people for one in served if one.provision == event.provision)
    if event.people > room:
        raise MoreServedThanOffered(people=event.people, left=room)


def one_theme(theme: str) -> str:
    """A theme in one form, whatever its capitals and spaces."""
    return " ".join(theme.split()).lower()


def _elsewhere(_: Done, event: LearningBegun) -> None:
    if event.organisation_id == event.host_id:
        raise LearningAtHome
