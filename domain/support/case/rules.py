"""The rules of support cases. *done* are all events about the support of one organisation so far."""

from collections.abc import Sequence
from typing import Any, TypeAlias, TypeVar, assert_never

from domain.support.case.commands import (
    AgreeImprovementPlan,
    AnswerHelp,
    CloseSupportCase,
    EscalateSupportCase,
    FollowRecommendation,
    GiveCapacityBack,
    GiveDuty,
    HoldReview,
    LendCapacity,
    MakeRecommendation,
    MissReview,
    OfferHelp,
    OpenSupportCase,
    PlanReview,
    RecordTurnover,
    ServeNotice,
    ShareInformation,
    SupportCommand,
)
from domain.support.case.events import (
    INTERVENING,
    STEPS,
    Begun,
    CapacityGivenBack,
    CapacityLent,
    DutyGiven,
    HelpAnswered,
    HelpOffered,
    ImprovementPlanAgreed,
    InformationShared,
    NoticeServed,
    RecommendationFollowed,
    RecommendationMade,
    RecommendationResult,
    ReviewHeld,
    ReviewMissed,
    ReviewPlanned,
    ReviewSort,
    SupportCaseClosed,
    SupportCaseEscalated,
    SupportCaseOpened,
    SupportEvent,
    SupportLevel,
    TurnoverRecorded,
)
from domain.support.case.refusals import (
    CapacityNotAssessed,
    HelpAlreadyAnswered,
    LentToItself,
    LevelNotHigher,
    MoreGivenBackThanOwed,
    NoticeBeforeHelp,
    OutcomesMissing,
    RecommendationOver,
    ReviewDueBeforePlanned,
    ReviewIsOver,
    SharedWithNobody,
    SupportCaseAlreadyOpened,
    SupportCaseIsClosed,
    SupportCaseUnknown,
    SupportDaysTooFew,
    SupportNumberTaken,
    SupportStepUnknown,
    SupportUnexplained,
    TurnoverAlreadyRecorded,
    TurnoverNotPossible,
)
from domain.values.fact import Fact
from domain.values.numbers import given_or_next
from domain.values.order import in_order

Done: TypeAlias = tuple[SupportEvent, ...]
E = TypeVar("E", bound=Begun)


def decide(done: Done, command: SupportCommand) -> list[SupportEvent]:  # noqa: C901 - a case for each command
    """The events that *command* leads to. Raises the Refused subclass of the rule that it breaks."""
    match command:
        case OpenSupportCase():
            return open_case(done, command)
        case EscalateSupportCase():
            return escalate(done, command)
        case CloseSupportCase():
            return close(done, command)
        case OfferHelp():
            return offer_help(done, command)
        case AnswerHelp():
            return answer_help(done, command)
        case LendCapacity():
            return lend(done, command)
        case GiveCapacityBack():
            return give_back(done, command)
        case AgreeImprovementPlan():
            return agree_plan(done, command)
        case ServeNotice():
            return serve(done, command)
        case PlanReview():
            return plan_review(done, command)
        case HoldReview():
            return hold_review(done, command)
        case MissReview():
            return miss_review(done, command)
        case MakeRecommendation():
            return recommend(done, command)
        case FollowRecommendation():
            return follow(done, command)
        case GiveDuty():
            return give_duty(done, command)
        case ShareInformation():
            return share(done, command)
        case RecordTurnover():
            return record_turnover(done, command)
        case _:
            assert_never(command)


# --- What the rules share ---------------------------------------------------------------------------------------------


def _of(done: Done, case: int) -> dict[str, Any]:
    """The fields that all events of a case share. Raises SupportCaseUnknown."""
    for one in done:
        if isinstance(one, SupportCaseOpened) and one.case == case:
            return {"organisation_id": one.organisation_id, "partnership_id": one.partnership_id, "case": case}
    raise SupportCaseUnknown(case=case)


def _all(done: Done, kind: type[E], case: int) -> list[E]:
    """The events of a *kind* of a case."""
    return [one for one in done if isinstance(one, kind) and one.case == case]


def _next(done: Done, kind: type[Begun], command: Any) -> int:
    return given_or_next(command.number, (one.number for one in _all(done, kind, command.case)))


def _explained(*texts: str) -> None:
    if not all(text.strip() for text in texts):
        raise SupportUnexplained


def _open(done: Done, case: int) -> None:
    if any(isinstance(one, SupportCaseClosed) and one.case == case for one in done):
        raise SupportCaseIsClosed(case=case)


def _begun(done: Done, event: Begun, *texts: str) -> list[SupportEvent]:
    """*event*, which begins something in its case. *texts* are those that it needs."""
    if any(one.number == event.number for one in _all(done, type(event), event.case)):
        raise SupportNumberTaken(case=event.case, number=event.number)
    _open(done, event.case)
    _explained(*texts)
    in_order(STEPS, done, [event])
    return [event]


def _found(done: Done, kind: type[E], case: int, number: int) -> E:
    """What a step follows. Raises SupportStepUnknown."""
    for one in _all(done, kind, case):
        if one.number == number:
            return one
    raise SupportStepUnknown(case=case, number=number)


def _long_enough(days: int, least: int = 1) -> None:
    if days < least:
        raise SupportDaysTooFew(days=days)


# --- Cases ------------------------------------------------------------------------------------------------------------


def open_case(done: Done, command: OpenSupportCase) -> list[SupportEvent]:
    taken = [one.case for one in done if isinstance(one, SupportCaseOpened)]
    opened = SupportCaseOpened(
        organisation_id=command.organisation_id,
        partnership_id=command.partnership_id,
        case=given_or_next(command.case, taken),
        problem=command.problem,
        text=command.text,
        concern_id=command.concern_id,
        on=command.on,
    )
    if opened in done:
        return []
    if opened.case in taken:
        raise SupportCaseAlreadyOpened(case=opened.case)
    _explained(command.text)
    return [opened]


def level_of(done: Done, case: int) -> SupportLevel:
    """The level of a case after all that was *done*."""
    levels = [one.level for one in done if isinstance(one, SupportCaseEscalated) and one.case == case]
    return levels[-1] if levels else SupportLevel.LOCAL


def escalate(done: Done, command: EscalateSupportCase) -> list[SupportEvent]:
    escalated = SupportCaseEscalated(
        **_of(done, command.case), level=command.level, because=command.because, on=command.on
    )
    if escalated in done:
        return []
    _open(done, command.case)
    levels, level = [*SupportLevel], level_of(done, command.case)
    if levels.index(command.level) <= levels.index(level):
        raise LevelNotHigher(level=level.value.replace("_", " "))
    _explained(command.because)
    in_order(STEPS, done, [escalated])
    return [escalated]


def close(done: Done, command: CloseSupportCase) -> list[SupportEvent]:
    closed = SupportCaseClosed(**_of(done, command.case), conclusion=command.conclusion, on=command.on)
    if closed in done:
        return []
    _open(done, command.case)
    _explained(command.conclusion)
    in_order(STEPS, done, [closed])
    return [closed]


# --- Help -------------------------------------------------------------------------------------------------------------


def offer_help(done: Done, command: OfferHelp) -> list[SupportEvent]:
    offered = HelpOffered(
        **_of(done, command.case),
        number=_next(done, HelpOffered, command),
        text=command.text,
        helper_id=command.helper_id,
        on=command.on,
    )
    return [] if offered in done else _begun(done, offered, command.text)


def answer_help(done: Done, command: AnswerHelp) -> list[SupportEvent]:
    answered = HelpAnswered(
        **_of(done, command.case),
        number=command.number,
        accepted=command.accepted,
        because=command.because,
        on=command.on,
    )
    if answered in done:
        return []
    _found(done, HelpOffered, command.case, command.number)
    for one in done:
        if isinstance(one, HelpAnswered) and (one.case, one.number) == (command.case, command.number):
            raise HelpAlreadyAnswered(number=command.number)
    if not command.accepted:
        _explained(command.because or "")
    in_order(STEPS, done, [answered])
    return [answered]


def lend(done: Done, command: LendCapacity) -> list[SupportEvent]:
    lent = CapacityLent(
        **_of(done, command.case),
        number=_next(done, CapacityLent, command),
        lender_id=command.lender_id,
        text=command.text,
        days=command.days,
        owed=command.owed,
        on=command.on,
    )
    if lent in done:
        return []
    if command.lender_id == command.organisation_id:
        raise LentToItself
    _long_enough(command.days)
    _long_enough(command.owed, 0)
    return _begun(done, lent, command.text)


def owed(done: Done, case: int, number: int) -> int:
    """The days of work that are still owed for a loan. Raises SupportStepUnknown."""
    lent = _found(done, CapacityLent, case, number)
    back = [one for one in done if isinstance(one, CapacityGivenBack) and (one.case, one.number) == (case, number)]
    return lent.owed - sum(one.days for one in back)


def give_back(done: Done, command: GiveCapacityBack) -> list[SupportEvent]:
    """Two equal days given back on one date are told apart by nothing but the command."""
    back = CapacityGivenBack(**_of(done, command.case), number=command.number, days=command.days, on=command.on)
    _long_enough(command.days)
    left = owed(done, command.case, command.number)
    if command.days > left:
        raise MoreGivenBackThanOwed(back=command.days, owed=left)
    in_order(STEPS, done, [back])
    return [back]


def agree_plan(done: Done, command: AgreeImprovementPlan) -> list[SupportEvent]:
    agreed = ImprovementPlanAgreed(
        **_of(done, command.case),
        number=_next(done, ImprovementPlanAgreed, command),
        delivery_id=command.delivery_id,
        outcomes=command.outcomes,
        monitoring=command.monitoring,
        on=command.on,
    )
    if agreed in done:
        return []
    if not command.outcomes:
        raise OutcomesMissing
    return _begun(done, agreed, command.monitoring)


# --- Judgement --------------------------------------------------------------------------------------------------------


def serve(done: Done, command: ServeNotice) -> list[SupportEvent]:
    served = NoticeServed(
        **_of(done, command.case),
        number=_next(done, NoticeServed, command),
        sort=command.sort,
        served_by=command.served_by,
        text=command.text,
        on=command.on,
    )
    if served in done:
        return []
    begun = _begun(done, served, command.served_by, command.text)
    _after_help(done, served)
    return begun


def _after_help(done: Done, served: NoticeServed) -> None:
    """Check that help was offered before a notice that needs it. Raises NoticeBeforeHelp."""
    offers = [one.on for one in _all(done, HelpOffered, served.case) if one.on.may_precede(served.on)]
    if served.sort in INTERVENING and not offers:
        raise NoticeBeforeHelp(case=served.case, on=served.on)


def plan_review(done: Done, command: PlanReview) -> list[SupportEvent]:
    planned = ReviewPlanned(
        **_of(done, command.case),
        number=_next(done, ReviewPlanned, command),
        sort=command.sort,
        due=command.due,
        on=command.on,
    )
    if planned in done:
        return []
    _due_later(planned)
    return _begun(done, planned)


def _due_later(planned: ReviewPlanned) -> None:
    if not planned.on.may_precede(planned.due):
        raise ReviewDueBeforePlanned(due=planned.due, planned=planned.on)


def hold_review(done: Done, command: HoldReview) -> list[SupportEvent]:
    held = ReviewHeld(
        **_of(done, command.case),
        number=command.number,
        days=command.days,
        peers=command.peers,
        findings=command.findings,
        on=command.on,
    )
    if held in done:
        return []
    _explained(command.findings, *command.peers)
    _long_enough(command.days)
    return _reviewed(done, held)


def miss_review(done: Done, command: MissReview) -> list[SupportEvent]:
    missed = ReviewMissed(**_of(done, command.case), number=command.number, because=command.because, on=command.on)
    if missed in done:
        return []
    _explained(command.because)
    return _reviewed(done, missed)


def _reviewed(done: Done, event: ReviewHeld | ReviewMissed) -> list[SupportEvent]:
    """The end of a review. Raises SupportStepUnknown, ReviewIsOver and StepOutOfOrder."""
    _found(done, ReviewPlanned, event.case, event.number)
    for one in done:
        if isinstance(one, ReviewHeld | ReviewMissed) and (one.case, one.number) == (event.case, event.number):
            raise ReviewIsOver(number=event.number)
    in_order(STEPS, done, [event])
    return [event]


def recommend(done: Done, command: MakeRecommendation) -> list[SupportEvent]:
    made = RecommendationMade(
        **_of(done, command.case),
        number=_next(done, RecommendationMade, command),
        made_by=command.made_by,
        text=command.text,
        on=command.on,
    )
    return [] if made in done else _begun(done, made, command.made_by, command.text)


def follow(done: Done, command: FollowRecommendation) -> list[SupportEvent]:
    """What was accepted may still be rejected or carried out. Nothing follows either of these."""
    followed = RecommendationFollowed(
        **_of(done, command.case), number=command.number, state=command.state, text=command.text, on=command.on
    )
    if followed in done:
        return []
    _found(done, RecommendationMade, command.case, command.number)
    for one in done:
        if not isinstance(one, RecommendationFollowed) or (one.case, one.number) != (command.case, command.number):
            continue
        if command.state is one.state or one.state is not RecommendationResult.ACCEPTED:
            raise RecommendationOver(number=one.number, state=one.state.value.replace("_", " "))
    _explained(command.text)
    in_order(STEPS, done, [followed])
    return [followed]


def give_duty(done: Done, command: GiveDuty) -> list[SupportEvent]:
    given = DutyGiven(
        **_of(done, command.case), number=_next(done, DutyGiven, command), text=command.text, on=command.on
    )
    if given in done:
        return []
    begun = _begun(done, given, command.text)
    _after_assessment(done, given)
    return begun


def _after_assessment(done: Done, given: DutyGiven) -> None:
    """Check that the capacity was assessed before a further responsibility. Raises CapacityNotAssessed."""
    assessing = {
        one.number for one in _all(done, ReviewPlanned, given.case) if one.sort is ReviewSort.CAPACITY_ASSESSMENT
    }
    for one in done:
        held = isinstance(one, ReviewHeld) and one.case == given.case and one.number in assessing
        if held and one.on.may_precede(given.on):
            return
    raise CapacityNotAssessed(case=given.case, on=given.on)


def share(done: Done, command: ShareInformation) -> list[SupportEvent]:
    shared = InformationShared(
        **_of(done, command.case),
        number=_next(done, InformationShared, command),
        protocol=command.protocol,
        shared_with=command.shared_with,
        text=command.text,
        on=command.on,
    )
    if shared in done:
        return []
    if not command.shared_with:
        raise SharedWithNobody
    return _begun(done, shared, command.protocol, command.text)


# --- Turnover ---------------------------------------------------------------------------------------------------------


def record_turnover(done: Done, command: RecordTurnover) -> list[SupportEvent]:
    taken = [one.number for one in done if isinstance(one, TurnoverRecorded)]
    recorded = TurnoverRecorded(
        organisation_id=command.organisation_id,
        number=given_or_next(command.number, taken),
        cause=command.cause,
        changed=command.changed,
        posts=command.posts,
        effect=command.effect,
        on=command.on,
    )
    if recorded in done:
        return []
    if recorded.number in taken:
        raise TurnoverAlreadyRecorded(number=recorded.number)
    if not 1 <= command.changed <= command.posts:
        raise TurnoverNotPossible(changed=command.changed, posts=command.posts)
    _explained(command.effect)
    return [recorded]


# --- Dates ------------------------------------------------------------------------------------------------------------


def dated(history: Sequence[Fact]) -> None:
    """Check that each step that people recorded may have its date, as the commands that recorded them do.

    Raises NoticeBeforeHelp, ReviewDueBeforePlanned and CapacityNotAssessed.
    """
    done = tuple(one for one in history if isinstance(one, SupportEvent))
    for one in done:
        if one.source is not None:
            continue
        match one:
            case NoticeServed():
                _after_help(done, one)
            case ReviewPlanned():
                _due_later(one)
            case DutyGiven():
                _after_assessment(done, one)
