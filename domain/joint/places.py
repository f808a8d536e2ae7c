"""Who takes part in a programme: places, subsidies, sessions, who stays out and why, and who provides it."""

from enum import Enum
from typing import TypeAlias, assert_never

from domain.entries import Done, begun, followed, made, named
from domain.joint.base import OfPartners, OfPartnership
from domain.values.frozen import frozen
from domain.values.ids import AwardId, OrganisationId
from domain.values.money import Money
from domain.values.order import After, Step, Steps
from domain.values.refusal import Refused
from domain.values.when import When

# --- Events -----------------------------------------------------------------------------------------------------------


@frozen
class SubsidySet(OfPartners):
    """Places of the programme are subsidised from this date: for authorities of a *category*, or without one for all.

    It pays a *share* of the cost in whole per cent, or the sum *per_place*. *until* is its intended last day.
    """

    category: str | None = None
    share: int | None = None
    per_place: Money | None = None
    until: When
    because: str


@frozen
class SubsidyEnded(OfPartners):
    """A subsidy was removed. Its date is the last day on which it paid, and may be another than the intended one."""

    because: str


@frozen
class PlacesTaken(OfPartners):
    """People of an authority took places. *out_of* is how many people of the authority the programme is meant for.

    *subsidised* places were subsidised, with *amount* in all, by *funder_id*, from *award_id*, under the subsidy with
    the number *subsidy*. *cost* is what all the places cost, the subsidy included.
    """

    organisation_id: OrganisationId
    people: int
    places: int
    subsidised: int = 0
    amount: Money | None = None
    funder_id: OrganisationId | None = None
    award_id: AwardId | None = None
    subsidy: int | None = None
    cost: Money | None = None
    residential: bool = False
    out_of: int | None = None


class DeclineReason(Enum):
    """Why an authority does not take part."""

    COST = "cost"
    TIME = "time"
    CAPACITY = "capacity"
    """It has too few people, or they cannot be spared."""
    CONFIDENCE = "confidence"
    """It has no confidence in the provider, or in central bodies."""
    OTHER_SUPPORT = "other_support"
    """It has support from elsewhere."""
    OTHER = "other"


@frozen
class ParticipationDeclined(OfPartners):
    """An authority does not take part. *could_not* is whether it wanted to and could not."""

    organisation_id: OrganisationId
    reason: DeclineReason
    could_not: bool
    because: str


@frozen
class Attendee:
    """Who attended a session: the *post* of an organisation, and not the name of a person."""

    post: str
    organisation_id: OrganisationId


@frozen
class SessionHeld(OfPartners):
    """A session of a *series* was held; the same people are to attend all sessions of one. *award_id* paid for it."""

    series: str
    title: str
    attended: tuple[Attendee, ...]
    award_id: AwardId | None = None


@frozen
class ProviderTransferred(OfPartners):
    """Another organisation provides the programme from this date. *handed_over* is the data that it was given."""

    from_provider_id: OrganisationId
    to_provider_id: OrganisationId
    handed_over: str


PlaceEvent: TypeAlias = (
    SubsidySet | SubsidyEnded | PlacesTaken | ParticipationDeclined | SessionHeld | ProviderTransferred
)

STEPS: Steps = {
    SubsidySet: Step("subsidy {number}"),
    SubsidyEnded: Step("end of subsidy {number}", (After(SubsidySet, mine="number"),)),
    PlacesTaken: Step("taking of places {number}", (After(SubsidySet, mine="subsidy"),)),
    ParticipationDeclined: Step("non-participation {number}"),
    SessionHeld: Step("session {number}"),
    ProviderTransferred: Step("transfer {number}", (After(ProviderTransferred),)),
}

# --- Commands ---------------------------------------------------------------------------------------------------------


@frozen
class SetSubsidy(OfPartnership):
    """Set a subsidy for places of a programme, with its intended last day.

    *category* is the category of the authorities that get it; without one all get it. *share* is the share of the cost
    that it pays, in whole per cent. *per_place* is the sum that it pays for each place. Give one of the two. *until* is
    the intended last day.
    """

    number: int | None = None
    category: str | None = None
    share: int | None = None
    per_place: Money | None = None
    until: When
    because: str


@frozen
class EndSubsidy(OfPartnership):
    """End a subsidy, with a reason. The date is the last day on which it pays."""

    number: int
    because: str


@frozen
class TakePlaces(OfPartnership):
    """Record how many people of an authority took how many places, and who subsidised how many of them.

    *people* is how many people took part. *places* is how many places they took. *subsidised* is how many places were
    subsidised. *amount* is the subsidy in all. *funder_id* is who subsidised them. *award_id* is the award that it came
    from. *subsidy* is the number of the subsidy that applies. *cost* is what all the places cost. *residential* is
    whether people stayed overnight. *out_of* is how many people of the authority the programme is meant for.
    """

    number: int | None = None
    organisation_id: OrganisationId
    people: int
    places: int
    subsidised: int = 0
    amount: Money | None = None
    funder_id: OrganisationId | None = None
    award_id: AwardId | None = None
    subsidy: int | None = None
    cost: Money | None = None
    residential: bool = False
    out_of: int | None = None


@frozen
class DeclineParticipation(OfPartnership):
    """Record that an authority does not take part in a programme, and why.

    *could_not* is true if it wanted to take part and could not, and false if it did not want to.
    """

    number: int | None = None
    organisation_id: OrganisationId
    reason: DeclineReason
    could_not: bool
    because: str


@frozen
class HoldSession(OfPartnership):
    """Record a session of a programme, with the posts that attended it.

    *series* is the name of the series; the same people are to attend all sessions of one. *attended* are the posts that
    attended, and not names of people. *award_id* is the award that paid for it.
    """

    number: int | None = None
    series: str
    title: str
    attended: tuple[Attendee, ...]
    award_id: AwardId | None = None


@frozen
class TransferProvider(OfPartnership):
    """Record that a programme moved from one provider to another, with the data handed over.

    *from_provider_id* is the provider before. *to_provider_id* is the provider from this date. *handed_over* is the
    data that the new provider was given.
    """

    number: int | None = None
    from_provider_id: OrganisationId
    to_provider_id: OrganisationId
    handed_over: str


PlaceCommand: TypeAlias = SetSubsidy | EndSubsidy | TakePlaces | DeclineParticipation | HoldSession | TransferProvider

# --- Rules ------------------------------------------------------------------------------------------------------------

# The most people, and the most places, of one entry.
MOST = 100_000


class SubsidyNotClear(Refused):
    """The subsidy has both a share and a sum for each place, or neither. Give one of the two."""


class SubsidyShareNotPossible(Refused):
    """The share is {share} per cent. A subsidy pays between 1 and 100 per cent of the cost."""


class PlaceMoneyNotPositive(Refused):
    """The {field} is {amount}. It must be more than 0."""


class PlacesNotPossible(Refused):
    """The entry has {people} people and {places} places. Each is a number from 1 to 100,000."""


class SubsidisedNotPossible(Refused):
    """{subsidised} of {places} places are subsidised. The number is between 0 and the number of places."""


class MorePeopleThanMeant(Refused):
    """{people} people took part, and the programme is meant for {out_of} people of the authority. No more take part
    than it is meant for.
    """


class SubsidyOfNoPlace(Refused):
    """No place is subsidised, and the entry names a subsidy. Only subsidised places have an amount, a funder, an award
    or a subsidy.
    """


class SubsidisedByNobody(Refused):
    """The entry has subsidised places and does not say who paid. Name the funder or the award."""


class SubsidyAboveCost(Refused):
    """The places were subsidised with {amount} and cost {cost}. A subsidy is not more than the cost, and is in the same
    currency.
    """


class SubsidyIsOver(Refused):
    """Subsidy {number} had its last day on {until}, and the places were taken on {on}. A subsidy pays for places that
    are taken while it runs.
    """


class SessionOfNobody(Refused):
    """Nobody attended the session. A session has at least one attendee."""


class AttendeeEmpty(Refused):
    """The post of an attendee is empty. Name the post."""


class AttendeeTwice(Refused):
    """The post {post} of one organisation is listed twice. List each post once, such as with its number."""


class TransferredToItself(Refused):
    """Both providers are the same organisation. A programme is transferred to another one."""


class NotTheProvider(Refused):
    """The programme was not with this provider: transfer {number} gave it to another one. A transfer is from the
    provider that has the programme.
    """


def decide(done: Done, command: PlaceCommand) -> list[PlaceEvent]:
    """The events that *command* leads to. Raises the Refused subclass of the rule that it breaks."""
    match command:
        case SetSubsidy():
            return [*begun(STEPS, done, made(SubsidySet, done, command), _share_or_sum)]
        case EndSubsidy():
            ended = made(SubsidyEnded, done, command)
            return [*followed(STEPS, done, ended, SubsidySet, _after_its_places, ends=(SubsidyEnded,))]
        case TakePlaces():
            return [
                *begun(
                    STEPS, done, made(PlacesTaken, done, command), _counted, _subsidised, _under_subsidy, _while_it_runs
                )
            ]
        case DeclineParticipation():
            return [*begun(STEPS, done, made(ParticipationDeclined, done, command))]
        case HoldSession():
            return [*begun(STEPS, done, made(SessionHeld, done, command), _attended)]
        case TransferProvider():
            return [*begun(STEPS, done, made(ProviderTransferred, done, command), _from_the_provider)]
        case _:
            assert_never(command)


def _share_or_sum(_: Done, event: SubsidySet) -> None:
    if (event.share is None) == (event.per_place is None):
        raise SubsidyNotClear
    if event.share is not None and not 1 <= event.share <= 100:
        raise SubsidyShareNotPossible(share=event.share)
    _positive("sum for each place", event.per_place)


def _positive(field: str, amount: Money | None) -> None:
    if amount is not None and not amount.is_positive:
        raise PlaceMoneyNotPositive(field=field, amount=amount)


def _counted(_: Done, event: PlacesTaken) -> None:
    if not (1 <= event.people <= MOST and 1 <= event.places <= MOST):
        raise PlacesNotPossible(people=event.people, places=event.places)
    if not 0 <= event.subsidised <= event.places:
        raise SubsidisedNotPossible(subsidised=event.subsidised, places=event.places)
    if event.out_of is not None and event.people > event.out_of:
        raise MorePeopleThanMeant(people=event.people, out_of=event.out_of)


def _subsidised(_: Done, event: PlacesTaken) -> None:
    _positive("amount", event.amount)
    _positive("cost", event.cost)
    payers = (event.funder_id, event.award_id)
    if event.subsidised and not any(payers):
        raise SubsidisedByNobody
    if not event.subsidised and any(one is not None for one in (event.amount, event.subsidy, *payers)):
        raise SubsidyOfNoPlace
    amount, cost = event.amount, event.cost
    if amount and cost and (amount.currency != cost.currency or amount > cost):
        raise SubsidyAboveCost(amount=amount, cost=cost)


def _under_subsidy(done: Done, event: PlacesTaken) -> None:
    named(done, SubsidySet, event.subsidy, STEPS)


def _while_it_runs(done: Done, event: PlacesTaken) -> None:
    last: When | None = None
    for one in done:
        if isinstance(one, SubsidySet | SubsidyEnded) and one.number == event.subsidy:
            last = one.until if isinstance(one, SubsidySet) else one.on
    if last is not None and not event.on.may_precede(last):
        raise SubsidyIsOver(number=event.subsidy, until=last, on=event.on)


def _after_its_places(done: Done, event: SubsidyEnded) -> None:
    dated([*done, event])


def dated(done: Done) -> None:
    """Check that the places that people recorded were taken while their subsidy ran. Raises SubsidyIsOver."""
    for one in done:
        if isinstance(one, PlacesTaken) and one.source is None:
            _while_it_runs(done, one)


def _attended(_: Done, event: SessionHeld) -> None:
    if not event.attended:
        raise SessionOfNobody
    for nth, one in enumerate(event.attended):
        if not one.post.strip():
            raise AttendeeEmpty
        if one in event.attended[:nth]:
            raise AttendeeTwice(post=one.post)


def _from_the_provider(done: Done, event: ProviderTransferred) -> None:
    if event.from_provider_id == event.to_provider_id:
        raise TransferredToItself
    for one in reversed(done):
        if isinstance(one, ProviderTransferred):
            if one.to_provider_id != event.from_provider_id:
                raise NotTheProvider(number=one.number)
            return
