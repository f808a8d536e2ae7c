"""Help is offered before anybody intervenes, nobody gives back more than is owed, and each review ends once."""

from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from domain import organisation
from domain.delivery import DeliveryUnknown
from domain.desk import decide
from domain.organisation import OrganisationRegistered, OrganisationUnknown
from domain.outcome import OutcomeUnknown
from domain.partnership import PartnershipUnknown
from domain.reading import Reading
from domain.support.case import (
    AgreeImprovementPlan,
    AnswerHelp,
    CapacityGivenBack,
    CapacityLent,
    CapacityNotAssessed,
    CloseSupportCase,
    DutyGiven,
    EscalateSupportCase,
    FollowRecommendation,
    GiveCapacityBack,
    GiveDuty,
    HelpAlreadyAnswered,
    HelpAnswered,
    HelpOffered,
    HoldReview,
    ImprovementPlanAgreed,
    InformationShared,
    LendCapacity,
    LentToItself,
    LevelNotHigher,
    MakeRecommendation,
    MissReview,
    MoreGivenBackThanOwed,
    NoticeBeforeHelp,
    NoticeServed,
    NoticeSort,
    OfferHelp,
    OpenSupportCase,
    OutcomesMissing,
    PlanReview,
    Problem,
    RecommendationFollowed,
    RecommendationMade,
    RecommendationOver,
    RecommendationResult,
    RecordTurnover,
    ReviewDueBeforePlanned,
    ReviewHeld,
    ReviewIsOver,
    ReviewMissed,
    ReviewPlanned,
    ReviewSort,
    ServeNotice,
    SharedWithNobody,
    ShareInformation,
    SupportCaseAlreadyOpened,
    SupportCaseClosed,
    SupportCaseEscalated,
    SupportCaseIsClosed,
    SupportCaseOpened,
    SupportCaseUnknown,
    SupportDaysTooFew,
    SupportLevel,
    SupportNumberTaken,
    SupportStepUnknown,
    SupportUnexplained,
    TurnoverAlreadyRecorded,
    TurnoverCause,
    TurnoverNotPossible,
    TurnoverRecorded,
)
from domain.support.case.across import ConcernNotShared
from domain.support.concern import ConcernRaised, ConcernShared
from domain.values.correction import CorrectDate
from domain.values.fact import DateCorrected
from domain.values.frozen import replace
from domain.values.ids import ConcernId
from domain.values.order import StepOutOfOrder
from domain.values.when import UNKNOWN, When
from tests.kit.examples import ACE, CUMBRIA, DELIVERY, EVENTS, IDEA, ODPM, OUTCOME
from tests.kit.hostile_values import DATES, WORDS
from tests.kit.spec import MemoryLog, Scenario, at, given, given_log, what_happens

REGISTERED = OrganisationRegistered(code="odpm", name="A council", kind="authority", on=UNKNOWN)
DAY, LATER, BEFORE = When("2005-02-01"), When("2005-03-01"), When("2004-12-01")
IN: dict[str, Any] = {"organisation_id": ODPM, "case": 1, "on": DAY}
OF: dict[str, Any] = {**IN, "partnership_id": ACE}
OPENED = SupportCaseOpened(
    organisation_id=ODPM, partnership_id=ACE, case=1, problem=Problem.POLITICAL, text="No trust", on=When("2005-01-10")
)
OPEN = OpenSupportCase(
    organisation_id=ODPM, partnership_id=ACE, case=1, problem=Problem.POLITICAL, text="No trust", on=When("2005-01-10")
)
OFFER = OfferHelp(**IN, number=1, text="A mentor", helper_id=IDEA)
OFFERED = HelpOffered(**OF, number=1, text="A mentor", helper_id=IDEA)
LEND = LendCapacity(**IN, number=1, lender_id=CUMBRIA, text="An accountant", days=20, owed=5)
LENT = CapacityLent(**OF, number=1, lender_id=CUMBRIA, text="An accountant", days=20, owed=5)
PLAN = PlanReview(**IN, number=1, sort=ReviewSort.PEER_VISIT, due=LATER)
PLANNED = ReviewPlanned(**OF, number=1, sort=ReviewSort.PEER_VISIT, due=LATER)
SERVE = ServeNotice(**IN, number=1, sort=NoticeSort.IMPROVEMENT_NOTICE, served_by="Government office", text="Too slow")
SERVED = NoticeServed(
    **OF, number=1, sort=NoticeSort.IMPROVEMENT_NOTICE, served_by="Government office", text="Too slow"
)
RECOMMEND = MakeRecommendation(**IN, number=1, made_by="Peers", text="Train members")
MADE = RecommendationMade(**OF, number=1, made_by="Peers", text="Train members")
SHARE = ShareInformation(**IN, number=1, protocol="The protocol", shared_with=(IDEA,), text="Results")
AGREE = AgreeImprovementPlan(**IN, number=1, delivery_id=DELIVERY, outcomes=(OUTCOME,), monitoring="Each quarter")
GIVE = GiveDuty(**IN, number=1, text="Leads on waste")
CLOSED = SupportCaseClosed(**OF, conclusion="It is well")


def case(*events: Any) -> Scenario[Any]:
    """An organisation with a support case, after *events*."""
    return given(organisation, REGISTERED, OPENED, *events)


@pytest.mark.parametrize(
    ("command", "event"),
    [
        (OFFER, OFFERED),
        (LEND, LENT),
        (PLAN, PLANNED),
        (RECOMMEND, MADE),
        (SHARE, InformationShared(**OF, number=1, protocol="The protocol", shared_with=(IDEA,), text="Results")),
        (
            AGREE,
            ImprovementPlanAgreed(**OF, number=1, delivery_id=DELIVERY, outcomes=(OUTCOME,), monitoring="Each quarter"),
        ),
    ],
    ids=lambda one: type(one).__name__,
)
def test_what_begins_in_a_case_has_a_number_and_comes_before_the_case_is_closed(command: Any, event: Any) -> None:
    case().when(command).then(event)
    case(event).when(replace(command, on=LATER)).refused(SupportNumberTaken, case=1, number=1)
    case(CLOSED).when(command).refused(SupportCaseIsClosed, case=1)
    case().when(replace(command, on=BEFORE)).refused(StepOutOfOrder)
    given(organisation, REGISTERED).when(command).refused(SupportCaseUnknown, case=1)
    given(organisation).when(command).refused(OrganisationUnknown)


def test_a_case_is_opened_once_under_its_number() -> None:
    given(organisation, REGISTERED).when(OPEN).then(OPENED)
    case().when(replace(OPEN, text="Something else")).refused(SupportCaseAlreadyOpened, case=1)
    given(organisation, REGISTERED).when(replace(OPEN, text=" ")).refused(SupportUnexplained)


def test_a_case_passes_on_only_to_a_higher_level_until_it_is_closed() -> None:
    escalate = EscalateSupportCase(**IN, level=SupportLevel.ROUND_TABLE, because="No progress")
    escalated = SupportCaseEscalated(**OF, level=SupportLevel.ROUND_TABLE, because="No progress")
    case().when(escalate).then(escalated)
    case(escalated).when(replace(escalate, because="Again")).refused(LevelNotHigher, level="round table")
    case().when(replace(escalate, level=SupportLevel.LOCAL)).refused(LevelNotHigher, level="local")
    case(escalated).when(replace(escalate, level=SupportLevel.GOVERNMENT, on=When("2005-01-31"))).refused(
        StepOutOfOrder
    )
    case().when(replace(escalate, because="")).refused(SupportUnexplained)
    close = CloseSupportCase(**IN, conclusion="It is well")
    case().when(close).then(CLOSED)
    case(CLOSED).when(escalate).refused(SupportCaseIsClosed)
    case(CLOSED).when(replace(close, conclusion="Or not")).refused(SupportCaseIsClosed)
    case().when(replace(close, conclusion=" ")).refused(SupportUnexplained)


def test_an_offer_of_help_is_answered_once_and_whoever_declines_says_why() -> None:
    answer = AnswerHelp(**IN, number=1, accepted=False, because="We have one")
    answered = HelpAnswered(**OF, number=1, accepted=False, because="We have one")
    case(OFFERED).when(answer).then(answered)
    case(OFFERED).when(replace(answer, accepted=True, because=None)).then(
        replace(answered, accepted=True, because=None)
    )
    case(OFFERED, answered).when(replace(answer, accepted=True)).refused(HelpAlreadyAnswered, number=1)
    case(OFFERED).when(replace(answer, because=" ")).refused(SupportUnexplained)
    case(OFFERED).when(replace(answer, on=When("2005-01-31"))).refused(StepOutOfOrder)
    case().when(answer).refused(SupportStepUnknown, case=1, number=1)
    # An answer may come after the case is closed.
    case(OFFERED, CLOSED).when(answer).then(answered)


def test_a_notice_comes_only_after_an_offer_of_help_in_its_case() -> None:
    case(OFFERED).when(SERVE).then(SERVED)
    case().when(SERVE).refused(NoticeBeforeHelp, case=1, on=DAY)
    case(replace(OFFERED, on=LATER)).when(SERVE).refused(NoticeBeforeHelp)
    case(replace(OFFERED, case=2)).when(SERVE).refused(NoticeBeforeHelp)
    case().when(replace(SERVE, sort=NoticeSort.INTERVENTION)).refused(NoticeBeforeHelp)
    # An inspector is not held up by that.
    for sort in (NoticeSort.RED_FLAG, NoticeSort.INSPECTION_RESULT):
        case().when(replace(SERVE, sort=sort)).then(replace(SERVED, sort=sort))
    case(OFFERED).when(replace(SERVE, served_by="")).refused(SupportUnexplained)


def test_no_more_is_given_back_than_is_owed() -> None:
    give = GiveCapacityBack(**IN, number=1, days=3)
    back = CapacityGivenBack(**OF, number=1, days=3)
    case(LENT).when(replace(give, days=2)).then_each_time(replace(back, days=2))
    case(LENT, back).when(give).refused(MoreGivenBackThanOwed, back=3, owed=2)
    case(LENT).when(replace(give, days=0)).refused(SupportDaysTooFew, days=0)
    case(LENT).when(replace(give, on=When("2005-01-31"))).refused(StepOutOfOrder)
    case().when(give).refused(SupportStepUnknown)
    case().when(replace(LEND, lender_id=ODPM)).refused(LentToItself)
    case().when(replace(LEND, days=0)).refused(SupportDaysTooFew)
    case().when(replace(LEND, owed=-1)).refused(SupportDaysTooFew, days=-1)
    case().when(replace(LEND, owed=0)).then(replace(LENT, owed=0))


def test_a_review_is_held_or_missed_once() -> None:
    hold = HoldReview(**IN, number=1, days=3, peers=("A leader",), findings="Weak scrutiny")
    held = ReviewHeld(**OF, number=1, days=3, peers=("A leader",), findings="Weak scrutiny")
    miss, missed = (
        MissReview(**IN, number=1, because="Nobody came"),
        ReviewMissed(**OF, number=1, because="Nobody came"),
    )
    case(PLANNED).when(hold).then(held)
    case(PLANNED).when(miss).then(missed)
    case(PLANNED, held).when(miss).refused(ReviewIsOver, number=1)
    case(PLANNED, missed).when(hold).refused(ReviewIsOver)
    case(PLANNED).when(replace(hold, days=0)).refused(SupportDaysTooFew)
    case(PLANNED).when(replace(hold, peers=("",))).refused(SupportUnexplained)
    case(PLANNED).when(replace(hold, on=When("2005-01-31"))).refused(StepOutOfOrder)
    case(PLANNED).when(replace(miss, because="")).refused(SupportUnexplained)
    case().when(hold).refused(SupportStepUnknown)
    case().when(replace(PLAN, due=BEFORE)).refused(ReviewDueBeforePlanned, due=BEFORE, planned=DAY)


def test_a_recommendation_ends_as_rejected_or_carried_out() -> None:
    follow = FollowRecommendation(**IN, number=1, state=RecommendationResult.ACCEPTED, text="The council agrees")
    accepted = RecommendationFollowed(**OF, number=1, state=RecommendationResult.ACCEPTED, text="The council agrees")
    case(MADE).when(follow).then(accepted)
    done = replace(accepted, state=RecommendationResult.CARRIED_OUT, on=LATER)
    case(MADE, accepted).when(replace(follow, state=RecommendationResult.CARRIED_OUT, on=LATER)).then(done)
    case(MADE, accepted, done).when(replace(follow, state=RecommendationResult.REJECTED)).refused(
        RecommendationOver, number=1, state="carried out"
    )
    case(MADE, accepted).when(replace(follow, text="Again")).refused(RecommendationOver, state="accepted")
    case(MADE).when(replace(follow, text="")).refused(SupportUnexplained)
    case(MADE).when(replace(follow, on=When("2005-01-31"))).refused(StepOutOfOrder)
    case().when(follow).refused(SupportStepUnknown)


def test_a_further_responsibility_comes_after_an_assessment_of_capacity() -> None:
    planned = replace(PLANNED, sort=ReviewSort.CAPACITY_ASSESSMENT)
    held = ReviewHeld(**OF, number=1, days=1, findings="It can")
    duty = DutyGiven(**OF, number=1, text="Leads on waste")
    case(planned, held).when(GIVE).then(duty)
    for before in (
        (),
        (planned,),
        (PLANNED, held),
        (planned, replace(held, on=LATER)),
        (replace(planned, case=2), held),
    ):
        case(*before).when(GIVE).refused(CapacityNotAssessed, case=1, on=DAY)


def test_what_names_nobody_or_nothing_is_refused() -> None:
    case().when(replace(SHARE, shared_with=())).refused(SharedWithNobody)
    case().when(replace(AGREE, outcomes=())).refused(OutcomesMissing)
    case().when(replace(SHARE, protocol=" ")).refused(SupportUnexplained)


def test_no_more_posts_change_hands_than_there_are() -> None:
    of: dict[str, Any] = {"organisation_id": ODPM, "number": 1, "cause": TurnoverCause.ELECTION, "on": DAY}
    record = RecordTurnover(changed=19, posts=52, effect="Training begins again", **of)
    recorded = TurnoverRecorded(changed=19, posts=52, effect="Training begins again", **of)
    given(organisation, REGISTERED).when(record).then(recorded)
    for changed in (0, 53):
        given(organisation, REGISTERED).when(replace(record, changed=changed)).refused(
            TurnoverNotPossible, changed=changed, posts=52
        )
    given(organisation, REGISTERED).when(replace(record, effect="")).refused(SupportUnexplained)
    given(organisation, REGISTERED, recorded).when(replace(record, posts=60)).refused(TurnoverAlreadyRecorded, number=1)


@pytest.mark.parametrize("command", [OFFER, LEND, PLAN, RECOMMEND, SHARE, AGREE])
def test_what_has_no_number_gets_the_next_one_of_its_case(command: Any) -> None:
    history = what_happens(
        organisation, (REGISTERED, OPENED), [command, replace(command, number=None, on=LATER)], (type(command),)
    )
    assert [1, 2] == [getattr(event, "number", None) for event in history[2:]]


# --- The law ----------------------------------------------------------------------------------------------------------

OF_ANY: dict[str, Any] = {"organisation_id": st.just(ODPM), "case": st.integers(0, 2), "on": DATES}
NUMBERS, SOME_DAYS = st.integers(0, 2), st.integers(-1, 9)
COMMANDS = st.one_of(
    st.builds(OpenSupportCase, organisation_id=st.just(ODPM), case=st.integers(0, 2), text=WORDS, on=DATES),
    st.builds(CloseSupportCase, **OF_ANY, conclusion=WORDS),
    st.builds(EscalateSupportCase, **OF_ANY, level=st.sampled_from(SupportLevel), because=WORDS),
    st.builds(OfferHelp, **OF_ANY, number=NUMBERS, text=WORDS),
    st.builds(AnswerHelp, **OF_ANY, number=NUMBERS, accepted=st.booleans(), because=WORDS),
    st.builds(ServeNotice, **OF_ANY, number=NUMBERS, sort=st.sampled_from(NoticeSort), served_by=WORDS, text=WORDS),
    st.builds(
        LendCapacity, **OF_ANY, number=NUMBERS, lender_id=st.sampled_from([ODPM, IDEA]), text=WORDS, days=SOME_DAYS,
        owed=SOME_DAYS,
    ),
    st.builds(GiveCapacityBack, **OF_ANY, number=NUMBERS, days=SOME_DAYS),
    st.builds(PlanReview, **OF_ANY, number=NUMBERS, sort=st.sampled_from(ReviewSort), due=DATES),
    st.builds(HoldReview, **OF_ANY, number=NUMBERS, days=SOME_DAYS, findings=WORDS),
    st.builds(MissReview, **OF_ANY, number=NUMBERS, because=WORDS),
    st.builds(GiveDuty, **OF_ANY, number=NUMBERS, text=WORDS),
)  # fmt: skip


@hypothesis.given(st.lists(COMMANDS, max_size=30))
def test_whatever_is_asked_nobody_intervenes_before_help_and_nothing_ends_twice(commands: list[Any]) -> None:
    history = what_happens(organisation, [REGISTERED], commands, (GiveCapacityBack,))
    for place, event in enumerate(history):
        if isinstance(event, NoticeServed) and event.sort.name in ("IMPROVEMENT_NOTICE", "INTERVENTION"):
            assert any(
                isinstance(one, HelpOffered) and one.case == event.case and one.on.may_precede(event.on)
                for one in history[:place]
            )
    reviews = [(one.case, one.number) for one in history if isinstance(one, ReviewHeld | ReviewMissed)]
    assert len(reviews) == len(set(reviews))
    for lent in history:
        if isinstance(lent, CapacityLent):
            back = [one for one in history if isinstance(one, CapacityGivenBack)]
            given_back = sum(one.days for one in back if (one.case, one.number) == (lent.case, lent.number))
            assert 0 <= given_back <= lent.owed


# --- What a case names ------------------------------------------------------------------------------------------------

RAISED = ConcernRaised(organisation_id=ODPM, text="No trust", heard_from="A peer", on=DAY)
SHARED = ConcernShared(organisation_id=ODPM, text="No trust", raised=DAY, on=DAY)
ABOUT = replace(OPEN, partnership_id=None, concern_id=ConcernId("concern-1"), on=LATER)


def test_a_case_names_a_concern_only_after_it_was_shared() -> None:
    there = at(ODPM, REGISTERED)
    for concern in ((), at("concern-1", RAISED)):
        given_log(*there, *concern).when(ABOUT).refused(ConcernNotShared)
    opened = replace(OPENED, partnership_id=None, concern_id=ConcernId("concern-1"), on=LATER)
    given_log(*there, *at("concern-1", RAISED, SHARED)).when(ABOUT).then(*at(ODPM, opened))


def test_what_a_case_names_must_exist() -> None:
    there = at(ODPM, REGISTERED, OPENED)
    given_log(*at(ODPM, REGISTERED)).when(OPEN).refused(PartnershipUnknown)
    for command in (OFFER, LEND, SHARE):
        given_log(*there).when(command).refused(OrganisationUnknown)
    given_log(*there).when(AGREE).refused(DeliveryUnknown)
    given_log(*there, *at(DELIVERY, EVENTS["PlanAgreed"])).when(AGREE).refused(OutcomeUnknown)


def test_a_date_is_not_corrected_so_that_a_notice_comes_before_help() -> None:
    correct = CorrectDate(organisation_id=ODPM, step="HelpOffered", date=LATER, because="Mistyped", on=When("2006"))
    given_log(*at(ODPM, REGISTERED, OPENED, OFFERED, SERVED)).when(correct).refused(NoticeBeforeHelp)
    planned = at(ODPM, REGISTERED, OPENED, PLANNED)
    late = replace(correct, step="ReviewPlanned", date=When("2005-04-01"))
    given_log(*planned).when(late).refused(ReviewDueBeforePlanned)
    # What a source states holds nobody up.
    stated_notice = replace(SERVED, source=EVENTS["HoldUpEnded"].source)
    (written,) = decide(Reading(MemoryLog(*at(ODPM, REGISTERED, OPENED, OFFERED, stated_notice))), correct)
    assert isinstance(written.event, DateCorrected)
