"""The programme stream: a programme, its schemes, their budgets and criteria."""

from dataclasses import replace
from typing import TypeAlias, assert_never

from domain.fact import (
    DelayReported,
    Fact,
    GovernanceBodyEstablished,
    HappeningNoted,
    InvolvementStated,
    RuleStated,
    Source,
)
from domain.frozen import frozen
from domain.ids import OrganisationId, ProgrammeId, SchemeId
from domain.money import Money
from domain.refusal import Refused
from domain.when import When

# --- Events -----------------------------------------------------------------------------------------------------------


@frozen
class ProgrammeEstablished(Fact):
    """A programme exists. Its money is in one *currency* (ISO 4217)."""

    code: str
    name: str
    currency: str
    country: str | None = None
    funder_id: OrganisationId | None = None
    description: str | None = None
    until: When | None = None


@frozen
class SchemeEstablished(Fact):
    """A scheme (stream of funding) of the programme exists."""

    scheme_id: SchemeId
    code: str
    name: str
    kind: str
    funder_id: OrganisationId | None = None
    description: str | None = None


@frozen
class BudgetAllocated(Fact):
    """Money is set aside for the programme, or for one of its schemes."""

    scheme_id: SchemeId | None = None
    amount: Money
    purpose: str


@frozen
class AssessmentCriteriaPublished(Fact):
    """The criteria that bids to a scheme are judged by, from this date on."""

    scheme_id: SchemeId
    criteria: tuple[str, ...]


@frozen
class ProgrammeResultStated(Fact):
    """A source states a result of the programme or scheme as a whole, in its own words and units."""

    scheme_id: SchemeId | None = None
    impact: str
    level: str
    indicator: str
    unit: str | None = None
    baseline: str | None = None
    target: str | None = None
    result: str | None = None
    status: str
    evidence: str | None = None


Event: TypeAlias = (
    ProgrammeEstablished
    | SchemeEstablished
    | BudgetAllocated
    | AssessmentCriteriaPublished
    | ProgrammeResultStated
    | HappeningNoted
    | DelayReported
    | RuleStated
    | InvolvementStated
    | GovernanceBodyEstablished
)

# --- State ------------------------------------------------------------------------------------------------------------


@frozen
class Programme:
    """What the rules need to know of a programme: its currency, its schemes by id and the criteria of each."""

    code: str
    currency: str
    schemes: dict[SchemeId, str]
    criteria: dict[SchemeId, tuple[str, ...]]


def evolve(programme: Programme | None, event: Event) -> Programme:
    """The programme after *event*."""
    if isinstance(event, ProgrammeEstablished):
        return Programme(code=event.code, currency=event.currency, schemes={}, criteria={})
    assert programme is not None
    match event:
        case SchemeEstablished():
            return replace(programme, schemes={**programme.schemes, event.scheme_id: event.code})
        case AssessmentCriteriaPublished():
            return replace(programme, criteria={**programme.criteria, event.scheme_id: event.criteria})
        case BudgetAllocated() | ProgrammeResultStated():
            return programme
        case HappeningNoted() | DelayReported() | RuleStated() | InvolvementStated() | GovernanceBodyEstablished():
            return programme
        case _:
            assert_never(event)


# --- Commands ---------------------------------------------------------------------------------------------------------


@frozen
class EstablishProgramme:
    """Begin a programme."""

    programme_id: ProgrammeId
    code: str
    name: str
    currency: str
    on: When
    source: Source | None = None
    country: str | None = None
    funder_id: OrganisationId | None = None
    description: str | None = None
    until: When | None = None

    @property
    def stream(self) -> str:
        return self.programme_id


@frozen
class EstablishScheme:
    """Begin a scheme of a programme."""

    programme_id: ProgrammeId
    scheme_id: SchemeId
    code: str
    name: str
    kind: str
    on: When
    source: Source | None = None
    funder_id: OrganisationId | None = None
    description: str | None = None

    @property
    def stream(self) -> str:
        return self.programme_id


@frozen
class AllocateBudget:
    """Set money aside for the programme or a scheme."""

    programme_id: ProgrammeId
    scheme_id: SchemeId | None = None
    amount: Money
    purpose: str
    on: When

    @property
    def stream(self) -> str:
        return self.programme_id


@frozen
class PublishCriteria:
    """Publish the criteria that bids to a scheme are judged by."""

    programme_id: ProgrammeId
    scheme_id: SchemeId
    criteria: tuple[str, ...]
    on: When

    @property
    def stream(self) -> str:
        return self.programme_id


Command: TypeAlias = EstablishProgramme | EstablishScheme | AllocateBudget | PublishCriteria

# --- Rules ------------------------------------------------------------------------------------------------------------


class ProgrammeUnknown(Refused):
    """There is no such programme."""


class ProgrammeAlreadyEstablished(Refused):
    """A programme stands under this identity already, with other particulars."""


class SchemeUnknown(Refused):
    """The programme has no such scheme."""


class SchemeAlreadyEstablished(Refused):
    """The programme has a scheme of this identity or code already."""


class BudgetNotPositive(Refused):
    """A budget is more than nothing."""


class BudgetCurrencyDiffers(Refused):
    """A budget is in the currency of its programme."""


class CriteriaEmpty(Refused):
    """Published criteria name at least one criterion."""


def decide(programme: Programme | None, command: Command) -> list[Event]:
    """What happens when *command* is given to the programme. Raises a Refused by the name of the rule."""
    match command:
        case EstablishProgramme():
            return establish(programme, command)
        case EstablishScheme():
            return establish_scheme(known(programme), command)
        case AllocateBudget():
            return allocate(known(programme), command)
        case PublishCriteria():
            return publish_criteria(known(programme), command)
        case _:
            assert_never(command)


def known(programme: Programme | None) -> Programme:
    """The programme, which must exist. Raises ProgrammeUnknown."""
    if programme is None:
        raise ProgrammeUnknown
    return programme


def establish(programme: Programme | None, command: EstablishProgramme) -> list[Event]:
    if programme is not None:
        if (programme.code, programme.currency) == (command.code, command.currency):
            return []
        raise ProgrammeAlreadyEstablished(code=programme.code)
    return [
        ProgrammeEstablished(
            code=command.code,
            name=command.name,
            currency=command.currency,
            country=command.country,
            funder_id=command.funder_id,
            description=command.description,
            on=command.on,
            until=command.until,
            source=command.source,
        )
    ]


def establish_scheme(programme: Programme, command: EstablishScheme) -> list[Event]:
    if programme.schemes.get(command.scheme_id) == command.code:
        return []
    if command.scheme_id in programme.schemes or command.code in programme.schemes.values():
        raise SchemeAlreadyEstablished(code=command.code)
    return [
        SchemeEstablished(
            scheme_id=command.scheme_id,
            code=command.code,
            name=command.name,
            kind=command.kind,
            funder_id=command.funder_id,
            description=command.description,
            on=command.on,
            source=command.source,
        )
    ]


def allocate(programme: Programme, command: AllocateBudget) -> list[Event]:
    if command.scheme_id is not None and command.scheme_id not in programme.schemes:
        raise SchemeUnknown(scheme=command.scheme_id)
    if not command.amount.is_positive:
        raise BudgetNotPositive(amount=command.amount)
    if command.amount.currency != programme.currency:
        raise BudgetCurrencyDiffers(programme=programme.currency, budget=command.amount.currency)
    return [BudgetAllocated(scheme_id=command.scheme_id, amount=command.amount, purpose=command.purpose, on=command.on)]


def publish_criteria(programme: Programme, command: PublishCriteria) -> list[Event]:
    if command.scheme_id not in programme.schemes:
        raise SchemeUnknown(scheme=command.scheme_id)
    if not command.criteria:
        raise CriteriaEmpty
    if programme.criteria.get(command.scheme_id) == command.criteria:
        return []
    return [AssessmentCriteriaPublished(scheme_id=command.scheme_id, criteria=command.criteria, on=command.on)]
