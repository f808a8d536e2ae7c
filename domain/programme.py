"""The programme stream: a programme, its schemes, their budgets and criteria."""

from typing import ClassVar, TypeAlias, assert_never

from domain.eligibility import rule as eligibility
from domain.eligibility.rule import (
    EligibilityRuleEnded,
    EligibilityRulePublished,
    EndEligibilityRule,
    PublishEligibilityRule,
)
from domain.published import consultation
from domain.published import framework as frameworks
from domain.published.consultation import (
    ConsultationCommand,
    ConsultationEvent,
    DecideQuestion,
    GiveResponse,
    PublishReturnTemplate,
    PutQuestion,
    QuestionDecided,
    QuestionPut,
    ResponseGiven,
    ReturnTemplatePublished,
)
from domain.published.framework import FrameworkPublished, PublishFramework
from domain.values.fact import (
    CountStated,
    DateCorrected,
    DelayReported,
    Fact,
    GovernanceBodyEstablished,
    HappeningNoted,
    InvolvementStated,
    RuleStated,
    Source,
    StatementReplaced,
)
from domain.values.financial_year import LineKind, Spending
from domain.values.frozen import frozen, replace
from domain.values.ids import AwardId, OrganisationId, ProgrammeId, RoundId, SchemeId
from domain.values.money import Money, total
from domain.values.order import After, Step, Steps
from domain.values.refusal import Refused
from domain.values.waiting import Calendar, Days, Span
from domain.values.when import UNKNOWN, When

# --- Events -----------------------------------------------------------------------------------------------------------


@frozen
class ProgrammeEstablished(Fact):
    """A programme was established. All its money is in one *currency* (ISO 4217)."""

    code: str
    name: str
    currency: str
    country: str | None = None
    funder_id: OrganisationId | None = None
    description: str | None = None
    until: When | None = None


@frozen
class SchemeEstablished(Fact):
    """A scheme (a stream of funding) of the programme was established."""

    scheme_id: SchemeId
    code: str
    name: str
    kind: str
    funder_id: OrganisationId | None = None
    description: str | None = None


@frozen
class ProgrammeNameStated(Fact):
    """A source calls the programme, or one of its schemes, by another name, under the same code."""

    scheme_id: SchemeId | None = None
    name: str


@frozen
class BudgetAllocated(Fact):
    """Money was allocated to the programme, or to one of its schemes: for one financial year, if *year* names one.

    *spending* says whether it is for capital or for revenue, where that is known.
    """

    scheme_id: SchemeId | None = None
    amount: Money
    purpose: str
    year: str | None = None
    spending: Spending | None = None


@frozen
class BudgetVaried(Fact):
    """A budget was changed by *change* (negative for less), for a reason: that for *year*, if it names one."""

    scheme_id: SchemeId | None = None
    change: Money
    because: str
    year: str | None = None
    spending: Spending | None = None


@frozen
class BudgetAssigned(Fact):
    """Part of the budget of a scheme was assigned to a round."""

    scheme_id: SchemeId
    round_id: RoundId
    amount: Money


@frozen
class SchemeFundsCommitted(Fact):
    """Part of the budget of a scheme was committed to an award outside any round."""

    scheme_id: SchemeId
    award_id: AwardId
    amount: Money


@frozen
class SchemeFundsReturned(Fact):
    """Part of the commitment to an award was released."""

    scheme_id: SchemeId
    award_id: AwardId
    amount: Money


@frozen
class AssessmentCriteriaPublished(Fact):
    """The criteria by which bids to a scheme are assessed, from this date on.

    *weights* are the percentages of the total score that they count for, in the same order; none if not weighted.
    """

    scheme_id: SchemeId
    criteria: tuple[str, ...]
    weights: tuple[int, ...] = ()


@frozen
class BudgetLineRequired(Fact):
    """Each award of the scheme has a budget line of the *kind*, for offers that are made on or after *on*."""

    scheme_id: SchemeId
    kind: LineKind


@frozen
class ServiceStandardSet(Fact):
    """A span takes at most *limit* days, in the scheme or the whole programme, for spans that start on or after *on*.

    *days* says which days count. Days of a pause never count.
    """

    scheme_id: SchemeId | None = None
    span: Span
    limit: int
    days: Days


@frozen
class CalendarChosen(Fact):
    """The working days of the programme leave out the bank holidays of *calendar*."""

    calendar: Calendar


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
    | ProgrammeNameStated
    | BudgetAllocated
    | BudgetVaried
    | BudgetAssigned
    | SchemeFundsCommitted
    | SchemeFundsReturned
    | AssessmentCriteriaPublished
    | BudgetLineRequired
    | EligibilityRulePublished
    | EligibilityRuleEnded
    | FrameworkPublished
    | ConsultationEvent
    | ServiceStandardSet
    | CalendarChosen
    | ProgrammeResultStated
    | CountStated
    | HappeningNoted
    | DelayReported
    | RuleStated
    | InvolvementStated
    | GovernanceBodyEstablished
    | DateCorrected
    | StatementReplaced
)

# Each version of an eligibility rule applies on the day of the one before or later.
_OF_RULE = tuple(
    After(kind, "code", "code", also="scheme_id") for kind in (EligibilityRulePublished, EligibilityRuleEnded)
)

# How people call each step, and which steps it must not be dated before.
STEPS: Steps = {
    ProgrammeEstablished: Step("establishment of the programme"),
    SchemeEstablished: Step("establishment of a scheme"),
    BudgetAllocated: Step("allocation of a budget"),
    BudgetVaried: Step("change of a budget"),
    BudgetAssigned: Step("assignment of a budget to a round"),
    SchemeFundsCommitted: Step("commitment of money to an award"),
    SchemeFundsReturned: Step("return of money committed to an award"),
    AssessmentCriteriaPublished: Step("publication of criteria"),
    BudgetLineRequired: Step("requirement of a budget line"),
    EligibilityRulePublished: Step("eligibility rule", _OF_RULE),
    EligibilityRuleEnded: Step("end of an eligibility rule", _OF_RULE[:1]),
    FrameworkPublished: Step("publication of the framework"),
    **consultation.STEPS,
    ServiceStandardSet: Step("service standard"),
    CalendarChosen: Step("choice of a calendar"),
}

# --- State ------------------------------------------------------------------------------------------------------------

# A budget for one financial year: the scheme (None for the programme itself), the year, and what it is for.
OfYear: TypeAlias = tuple[SchemeId | None, str, Spending | None]


@frozen
class Programme:
    """What the rules need to know about a programme: its currency, schemes, criteria, budgets and standards.

    *names* are those under which the programme (None) and each scheme are known. *by_year* has the part of the budgets
    that is for a financial year each, before anything is carried from one year to another. *criteria* are all that were
    published for a scheme, in order. *entries* are its consultation, and its templates of returns.
    """

    code: str
    currency: str
    names: dict[SchemeId | None, frozenset[str]]
    schemes: dict[SchemeId, str]
    criteria: dict[SchemeId, tuple[AssessmentCriteriaPublished, ...]]
    rules: eligibility.Published
    budgets: dict[SchemeId | None, Money]
    by_year: dict[OfYear, Money]
    assigned: dict[RoundId, tuple[SchemeId, Money]]
    committed: dict[AwardId, tuple[SchemeId, Money]]
    standards: dict[tuple[SchemeId | None, Span], tuple[int, Days, When]]
    calendar: Calendar | None = None
    required_lines: frozenset[tuple[SchemeId, LineKind, When]] = frozenset()
    framework: FrameworkPublished | None = None
    entries: tuple[ConsultationEvent, ...] = ()

    def required(self, scheme_id: SchemeId, on: When) -> frozenset[LineKind]:
        """The kinds of budget lines that an award of the scheme needs that is offered on a date."""
        return frozenset(
            kind for scheme, kind, since in self.required_lines if scheme == scheme_id and since.may_precede(on)
        )

    def available(self, scheme_id: SchemeId) -> Money | None:
        """The part of the scheme's budget not yet assigned or committed; None where no budget limits the scheme."""
        if scheme_id not in self.budgets:
            return None
        left = self.budgets[scheme_id]
        for scheme, amount in [*self.assigned.values(), *self.committed.values()]:
            if scheme == scheme_id:
                left -= amount
        return left

    def criteria_on(self, scheme_id: SchemeId, on: When) -> AssessmentCriteriaPublished | None:
        """The criteria of a scheme that were published by a date; None if there were none."""
        published = self.criteria.get(scheme_id, ())
        return next((one for one in reversed(published) if one.on.may_precede(on)), None)

    @property
    def allocated(self) -> Money:
        """The total of the budgets of all schemes."""
        return total([amount for scheme, amount in self.budgets.items() if scheme is not None], self.currency)


def evolve(programme: Programme | None, event: Event) -> Programme:  # noqa: C901 - a case for each event
    """The programme after *event*."""
    if isinstance(event, ProgrammeEstablished):
        return Programme(
            code=event.code,
            currency=event.currency,
            names={None: frozenset({event.name})},
            schemes={},
            criteria={},
            rules={},
            budgets={},
            by_year={},
            assigned={},
            committed={},
            standards={},
        )
    assert programme is not None
    match event:
        case SchemeEstablished():
            schemes = {**programme.schemes, event.scheme_id: event.code}
            return replace(_named(programme, event.scheme_id, event.name), schemes=schemes)
        case ProgrammeNameStated():
            return _named(programme, event.scheme_id, event.name)
        case AssessmentCriteriaPublished():
            published = (*programme.criteria.get(event.scheme_id, ()), event)
            return replace(programme, criteria={**programme.criteria, event.scheme_id: published})
        case BudgetLineRequired():
            required = programme.required_lines | {(event.scheme_id, event.kind, event.on)}
            return replace(programme, required_lines=required)
        case EligibilityRulePublished() | EligibilityRuleEnded():
            return replace(programme, rules=eligibility.with_version(programme.rules, event))
        case FrameworkPublished():
            return replace(programme, framework=event)
        case QuestionPut() | ResponseGiven() | QuestionDecided() | ReturnTemplatePublished():
            return replace(programme, entries=(*programme.entries, event))
        case BudgetAllocated():
            return _budgeted(programme, event, event.amount)
        case BudgetVaried():
            return _budgeted(programme, event, event.change)
        case BudgetAssigned():
            return replace(programme, assigned={**programme.assigned, event.round_id: (event.scheme_id, event.amount)})
        case SchemeFundsCommitted():
            return _committed(programme, event, event.amount)
        case SchemeFundsReturned():
            return _committed(programme, event, Money.zero(event.amount.currency) - event.amount)
        case ServiceStandardSet():
            standard = (event.limit, event.days, event.on)
            return replace(programme, standards={**programme.standards, (event.scheme_id, event.span): standard})
        case CalendarChosen():
            return replace(programme, calendar=event.calendar)
        case ProgrammeResultStated() | CountStated():
            return programme
        case HappeningNoted() | DelayReported() | RuleStated() | InvolvementStated() | GovernanceBodyEstablished():
            return programme
        case DateCorrected() | StatementReplaced():
            return programme  # domain.reading folds the corrected history.
        case _:
            assert_never(event)


def _named(programme: Programme, scheme_id: SchemeId | None, name: str) -> Programme:
    names = programme.names.get(scheme_id, frozenset()) | {name}
    return replace(programme, names={**programme.names, scheme_id: names})


def _budgeted(programme: Programme, event: BudgetAllocated | BudgetVaried, change: Money) -> Programme:
    nothing, by_year = Money.zero(programme.currency), programme.by_year
    if event.year is not None:
        of_year = (event.scheme_id, event.year, event.spending)
        by_year = {**by_year, of_year: by_year.get(of_year, nothing) + change}
    after = programme.budgets.get(event.scheme_id, nothing) + change
    return replace(programme, budgets={**programme.budgets, event.scheme_id: after}, by_year=by_year)


def _committed(programme: Programme, event: SchemeFundsCommitted | SchemeFundsReturned, change: Money) -> Programme:
    _, before = programme.committed.get(event.award_id, (event.scheme_id, Money.zero(programme.currency)))
    return replace(programme, committed={**programme.committed, event.award_id: (event.scheme_id, before + change)})


# --- Commands ---------------------------------------------------------------------------------------------------------


@frozen
class EstablishProgramme:
    """Establish a programme."""

    begins: ClassVar = "programme_id"

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
    """Establish a scheme of a programme."""

    begins: ClassVar = "scheme_id"

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
    """Allocate a budget to a programme or a scheme. It may be for one financial year, and for capital or revenue."""

    programme_id: ProgrammeId
    scheme_id: SchemeId | None = None
    amount: Money
    purpose: str
    year: str | None = None
    spending: Spending | None = None
    on: When

    @property
    def stream(self) -> str:
        return self.programme_id


@frozen
class VaryBudget:
    """Increase or reduce a budget, or the part of it for one financial year, with a reason."""

    programme_id: ProgrammeId
    scheme_id: SchemeId | None = None
    change: Money
    because: str
    year: str | None = None
    spending: Spending | None = None
    on: When

    @property
    def stream(self) -> str:
        return self.programme_id


@frozen
class AssignBudget:
    """Assign part of the budget of a scheme to a round. It is only ever part of opening that round."""

    programme_id: ProgrammeId
    scheme_id: SchemeId
    round_id: RoundId
    amount: Money
    on: When

    @property
    def stream(self) -> str:
        return self.programme_id


@frozen
class CommitSchemeFunds:
    """Set the amount that a scheme commits to an award. It is only ever part of a command about that award."""

    programme_id: ProgrammeId
    scheme_id: SchemeId
    award_id: AwardId
    total: Money
    on: When

    @property
    def stream(self) -> str:
        return self.programme_id


@frozen
class PublishCriteria:
    """Publish the criteria by which bids to a scheme are assessed.

    *weights* are the percentages of the total score that the criteria count for, in the same order.
    """

    programme_id: ProgrammeId
    scheme_id: SchemeId
    criteria: tuple[str, ...]
    weights: tuple[int, ...] = ()
    on: When

    @property
    def stream(self) -> str:
        return self.programme_id


@frozen
class RequireBudgetLine:
    """Require a budget line of a kind in each award of a scheme that is offered from a date on."""

    programme_id: ProgrammeId
    scheme_id: SchemeId
    kind: LineKind
    on: When

    @property
    def stream(self) -> str:
        return self.programme_id


@frozen
class SetServiceStandard:
    """Set a service standard: the most days that a span may take, in a scheme or in the whole programme."""

    programme_id: ProgrammeId
    scheme_id: SchemeId | None = None
    span: Span
    limit: int
    days: Days
    on: When

    @property
    def stream(self) -> str:
        return self.programme_id


@frozen
class ChooseCalendar:
    """Choose the bank holidays of a programme. Without this they are those of England and Wales."""

    programme_id: ProgrammeId
    calendar: Calendar
    on: When

    @property
    def stream(self) -> str:
        return self.programme_id


Command: TypeAlias = (
    EstablishProgramme
    | EstablishScheme
    | AllocateBudget
    | VaryBudget
    | AssignBudget
    | CommitSchemeFunds
    | PublishCriteria
    | RequireBudgetLine
    | PublishEligibilityRule
    | EndEligibilityRule
    | PublishFramework
    | ConsultationCommand
    | SetServiceStandard
    | ChooseCalendar
)

# --- Rules ------------------------------------------------------------------------------------------------------------


class ProgrammeUnknown(Refused):
    """There is no programme with this id or code."""


class ProgrammeAlreadyEstablished(Refused):
    """Programme {code} was established under this id, with other details. Use another id for another programme."""


class SchemeUnknown(Refused):
    """The programme has no such scheme. Name a scheme of the programme."""


class SchemeAlreadyEstablished(Refused):
    """The programme already has a scheme with this id, or with the code {code}. Each scheme has its own id and
    code.
    """


class BudgetNotPositive(Refused):
    """The amount is {amount}. A budget must be more than 0."""


class BudgetCurrencyDiffers(Refused):
    """The amount is in {budget} and the programme is in {programme}. Use the currency of the programme."""


class BudgetUnknown(Refused):
    """No such budget has been allocated. A budget is varied only after it is allocated."""


class BudgetVariationUnexplained(Refused):
    """No reason was given. Give a reason for changing the budget."""


class ProgrammeBudgetExceeded(Refused):
    """The budgets of the schemes would add up to more than the budget of the programme. Allocate more to the
    programme, or less to its schemes.
    """


class SchemeBudgetExceeded(Refused):
    """This needs {wanted}, but only {available} is available. Rounds and awards may not exceed the budget of the
    scheme.
    """


class SchemeCommitmentNegative(Refused):
    """The total for the award would be {total}. The total must be 0 or more."""


class StandardOutOfRange(Refused):
    """The limit is {limit} days. A service standard must be between 1 and 3,660 days."""


LONGEST_STANDARD = 3660
# What the weights of criteria add up to.
WHOLE = 100


class CriteriaEmpty(Refused):
    """No criteria were given. Give at least one criterion."""


class WeightsDoNotFit(Refused):
    """There are {criteria} criteria, and the weights are {weights}. Each criterion has a weight of at least 1, is named
    once, and the weights add up to 100.
    """


def decide(programme: Programme | None, command: Command) -> list[Event]:
    """The events that *command* leads to. Raises the Refused subclass of the rule that it breaks."""
    match command:
        case EstablishProgramme():
            return establish(programme, command)
        case EstablishScheme():
            return establish_scheme(known(programme), command)
        case AllocateBudget():
            return allocate(known(programme), command)
        case VaryBudget():
            return vary_budget(known(programme), command)
        case AssignBudget():
            return assign(known(programme), command)
        case CommitSchemeFunds():
            return commit(known(programme), command)
        case PublishCriteria():
            return publish_criteria(known(programme), command)
        case RequireBudgetLine():
            return require_line(known(programme), command)
        case PublishEligibilityRule():
            return publish_rule(known(programme), command)
        case EndEligibilityRule():
            return end_rule(known(programme), command)
        case PublishFramework():
            return [*frameworks.publish(known(programme).framework, command)]
        case PutQuestion() | GiveResponse() | DecideQuestion() | PublishReturnTemplate():
            return [*consultation.decide(known(programme).entries, command)]
        case SetServiceStandard():
            return set_standard(known(programme), command)
        case ChooseCalendar():
            return choose_calendar(known(programme), command)
        case _:
            assert_never(command)


def known(programme: Programme | None) -> Programme:
    """The programme, which must exist. Raises ProgrammeUnknown."""
    if programme is None:
        raise ProgrammeUnknown
    return programme


def establish(programme: Programme | None, command: EstablishProgramme) -> list[Event]:
    if programme is not None:
        named_otherwise = name_stated(programme, None, command.name, command.source)
        differs = (programme.code, programme.currency) != (command.code, command.currency)
        if differs or (named_otherwise and command.source is None):
            raise ProgrammeAlreadyEstablished(code=programme.code)
        return named_otherwise
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


def name_stated(programme: Programme, scheme_id: SchemeId | None, name: str, source: Source | None) -> list[Event]:
    """The event for a name under which the programme, or its scheme, was not known; none if it was."""
    if name in programme.names[scheme_id]:
        return []
    return [ProgrammeNameStated(scheme_id=scheme_id, name=name, on=UNKNOWN, source=source)]


def establish_scheme(programme: Programme, command: EstablishScheme) -> list[Event]:
    if programme.schemes.get(command.scheme_id) == command.code:
        named_otherwise = name_stated(programme, command.scheme_id, command.name, command.source)
        if named_otherwise and command.source is None:
            raise SchemeAlreadyEstablished(code=command.code)
        return named_otherwise
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
    _same_currency(programme, command.amount)
    _within_programme(programme, command.scheme_id, command.amount)
    return [
        BudgetAllocated(
            scheme_id=command.scheme_id,
            amount=command.amount,
            purpose=command.purpose,
            year=command.year,
            spending=command.spending,
            on=command.on,
        )
    ]


def vary_budget(programme: Programme, command: VaryBudget) -> list[Event]:
    _same_currency(programme, command.change)
    if command.scheme_id not in programme.budgets:
        raise BudgetUnknown(scheme=command.scheme_id)
    if not command.because.strip():
        raise BudgetVariationUnexplained
    if not command.change.amount:
        return []
    _within_programme(programme, command.scheme_id, command.change)
    if command.scheme_id is not None:
        _within_scheme(programme, command.scheme_id, Money.zero(programme.currency) - command.change)
    return [
        BudgetVaried(
            scheme_id=command.scheme_id,
            change=command.change,
            because=command.because,
            year=command.year,
            spending=command.spending,
            on=command.on,
        )
    ]


def assign(programme: Programme, command: AssignBudget) -> list[Event]:
    if programme.assigned.get(command.round_id) == (command.scheme_id, command.amount):
        return []
    _within_scheme(programme, command.scheme_id, command.amount)
    return [
        BudgetAssigned(scheme_id=command.scheme_id, round_id=command.round_id, amount=command.amount, on=command.on)
    ]


def commit(programme: Programme, command: CommitSchemeFunds) -> list[Event]:
    _same_currency(programme, command.total)
    if command.total < Money.zero(programme.currency):
        raise SchemeCommitmentNegative(total=command.total)
    _, before = programme.committed.get(command.award_id, (command.scheme_id, Money.zero(programme.currency)))
    change = command.total - before
    if change.is_positive:
        _within_scheme(programme, command.scheme_id, change)
        return [
            SchemeFundsCommitted(scheme_id=command.scheme_id, award_id=command.award_id, amount=change, on=command.on)
        ]
    if command.total < before:
        return [
            SchemeFundsReturned(
                scheme_id=command.scheme_id,
                award_id=command.award_id,
                amount=before - command.total,
                on=command.on,
            )
        ]
    return []


def set_standard(programme: Programme, command: SetServiceStandard) -> list[Event]:
    if command.scheme_id is not None and command.scheme_id not in programme.schemes:
        raise SchemeUnknown(scheme=command.scheme_id)
    if not 1 <= command.limit <= LONGEST_STANDARD:
        raise StandardOutOfRange(limit=command.limit)
    standard = (command.limit, command.days, command.on)
    if programme.standards.get((command.scheme_id, command.span)) == standard:
        return []
    return [
        ServiceStandardSet(
            scheme_id=command.scheme_id, span=command.span, limit=command.limit, days=command.days, on=command.on
        )
    ]


def choose_calendar(programme: Programme, command: ChooseCalendar) -> list[Event]:
    if programme.calendar is command.calendar:
        return []
    return [CalendarChosen(calendar=command.calendar, on=command.on)]


def _same_currency(programme: Programme, amount: Money) -> None:
    if amount.currency != programme.currency:
        raise BudgetCurrencyDiffers(programme=programme.currency, budget=amount.currency)


def _within_programme(programme: Programme, scheme_id: SchemeId | None, change: Money) -> None:
    if scheme_id is None:
        after = programme.budgets.get(None, Money.zero(programme.currency)) + change
        if after < programme.allocated:
            raise ProgrammeBudgetExceeded(allocated=programme.allocated, budget=after)
        return
    # A programme without a budget does not limit its schemes. A reduction is always allowed.
    if None not in programme.budgets or not change.is_positive:
        return
    left = programme.budgets[None] - programme.allocated
    if change > left:
        raise ProgrammeBudgetExceeded(available=left, wanted=change)


def _within_scheme(programme: Programme, scheme_id: SchemeId, change: Money) -> None:
    available = programme.available(scheme_id)
    if available is not None and change > available:
        raise SchemeBudgetExceeded(available=available, wanted=change)


def publish_criteria(programme: Programme, command: PublishCriteria) -> list[Event]:
    if command.scheme_id not in programme.schemes:
        raise SchemeUnknown(scheme=command.scheme_id)
    if not command.criteria:
        raise CriteriaEmpty
    before = programme.criteria.get(command.scheme_id, ())
    if before and (before[-1].criteria, before[-1].weights) == (command.criteria, command.weights):
        return []
    if command.weights:
        whole = sum(command.weights) == WHOLE and min(command.weights) > 0
        alike = len(command.weights) == len(command.criteria) == len(set(command.criteria))
        if not whole or not alike:
            raise WeightsDoNotFit(criteria=len(command.criteria), weights=command.weights)
    return [
        AssessmentCriteriaPublished(
            scheme_id=command.scheme_id, criteria=command.criteria, weights=command.weights, on=command.on
        )
    ]


def require_line(programme: Programme, command: RequireBudgetLine) -> list[Event]:
    if command.scheme_id not in programme.schemes:
        raise SchemeUnknown(scheme=command.scheme_id)
    if command.kind in programme.required(command.scheme_id, command.on):
        return []
    return [BudgetLineRequired(scheme_id=command.scheme_id, kind=command.kind, on=command.on)]


def publish_rule(programme: Programme, command: PublishEligibilityRule) -> list[Event]:
    if command.scheme_id not in programme.schemes:
        raise SchemeUnknown(scheme=command.scheme_id)
    return [*eligibility.publish(programme.rules, command)]


def end_rule(programme: Programme, command: EndEligibilityRule) -> list[Event]:
    if command.scheme_id not in programme.schemes:
        raise SchemeUnknown(scheme=command.scheme_id)
    return [*eligibility.end(programme.rules, command)]
