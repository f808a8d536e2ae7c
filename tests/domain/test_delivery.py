"""A delivery has one plan. Each milestone is reached once. Nothing happens after the work has ended."""

import hypothesis
import pytest
from hypothesis import strategies as st

from domain import delivery
from domain.delivery import (
    ActionDueBeforeVisit,
    ActionWithoutDueDay,
    ActivityEndsBefore,
    ActivityHeld,
    ActivityUnsaid,
    AgreePlan,
    DeliveryEnded,
    DeliveryIsOver,
    DeliveryPeriodStated,
    DeliveryUnknown,
    EndDelivery,
    MilestoneReached,
    MilestoneUnknown,
    PlanAgreed,
    PlanAlreadyAgreed,
    PlanEndsBeforeItStarts,
    PlanRedesigned,
    ReachMilestone,
    RecordActivity,
    RecordVisit,
    RedesignPlan,
    RedesignUnexplained,
    VisitAlreadyRecorded,
    VisitHeld,
)
from domain.values.frozen import replace
from domain.values.ids import PartnershipId
from domain.values.when import When
from tests.kit.examples import ACE, AWARD, DELIVERY, EVENTS, SHROPSHIRE, stated
from tests.kit.hostile_values import DATES, WORDS
from tests.kit.spec import given, what_happens

STARTS = When("2004-06")
SETS = "Action learning sets formed"
EVALUATED = "Programme evaluated"
AGREED = PlanAgreed(
    partnership_id=ACE,
    award_id=AWARD,
    title="Achieving Cumbrian Excellence, first year",
    milestones=(SETS, EVALUATED),
    on=STARTS,
    until=When("2005-03"),
)
REACHED = MilestoneReached(partnership_id=ACE, milestone=SETS, on=When("2004-09"))
REDESIGNED = PlanRedesigned(partnership_id=ACE, because="Trouble with consultants", on=When("2004-11"))
ENDED = DeliveryEnded(partnership_id=ACE, summary="The first year closes.", on=When("2005-03"))
PERIOD_STATED = DeliveryPeriodStated(
    partnership_id=ACE,
    summary="The programme's stated duration.",
    on=STARTS,
    until=When("2005-03"),
    source=stated("events.csv", "000_6fe3068b2cce47b0.txt:613"),
)


def agree(
    *,
    partnership_id: PartnershipId = ACE,
    title: str = "Achieving Cumbrian Excellence, first year",
    milestones: tuple[str, ...] = (SETS, EVALUATED),
    on: When = STARTS,
    until: When | None = When("2005-03"),
) -> AgreePlan:
    return AgreePlan(
        delivery_id=DELIVERY,
        partnership_id=partnership_id,
        award_id=AWARD,
        title=title,
        milestones=milestones,
        on=on,
        until=until,
    )


def reach(milestone: str = SETS) -> ReachMilestone:
    return ReachMilestone(delivery_id=DELIVERY, milestone=milestone, on=When("2004-09"))


def redesign(because: str = "Trouble with consultants", on: When = When("2004-11")) -> RedesignPlan:
    return RedesignPlan(delivery_id=DELIVERY, because=because, on=on)


def visited(
    findings: str = "Two of three sets have met.",
    action: str | None = "Form the third set",
    due: When | None = When("2005-01-31"),
    on: When = When("2004-11-16"),
) -> RecordVisit:
    return RecordVisit(
        delivery_id=DELIVERY, visitor="Audit Commission", findings=findings, action=action, due=due, on=on
    )


VISITED = VisitHeld(
    partnership_id=ACE,
    visitor="Audit Commission",
    findings="Two of three sets have met.",
    action="Form the third set",
    due=When("2005-01-31"),
    on=When("2004-11-16"),
)
END = EndDelivery(delivery_id=DELIVERY, summary="The first year closes.", on=When("2005-03"))

# --- Examples ---------------------------------------------------------------------------------------------------------


def test_an_activity_is_recorded_once_also_after_the_end_of_the_work() -> None:
    held = ActivityHeld(partnership_id=ACE, kind="workshop", summary="Twelve managers met", until=STARTS, on=STARTS)
    hold = RecordActivity(
        delivery_id=DELIVERY, kind="workshop", happened="Twelve managers met", until=STARTS, on=STARTS
    )
    ended = DeliveryEnded(partnership_id=ACE, summary="The first year closes.", on=When("2005-03"))
    given(delivery, AGREED, ended).when(hold).then(held)
    given(delivery, AGREED, held).when(hold).then()
    for unsaid in ({"kind": ""}, {"happened": " "}):
        given(delivery, AGREED).when(replace(hold, **unsaid)).refused(ActivityUnsaid)
    before = When("2004-05")
    given(delivery, AGREED).when(replace(hold, until=before)).refused(ActivityEndsBefore, on=STARTS, until=before)


def test_a_plan_is_agreed_with_its_milestones() -> None:
    given(delivery).when(agree()).then(AGREED)


def test_a_plan_is_agreed_for_work_that_a_source_has_stated() -> None:
    given(delivery, PERIOD_STATED).when(agree()).then(AGREED)


@pytest.mark.parametrize("other", [agree(title="Second year"), agree(milestones=(SETS,))])
def test_another_plan_needs_a_delivery_of_its_own(other: AgreePlan) -> None:
    given(delivery, AGREED).when(other).refused(PlanAlreadyAgreed, title="Achieving Cumbrian Excellence, first year")


def test_planned_work_does_not_end_before_it_starts() -> None:
    given(delivery).when(agree(until=When("2004-05"))).refused(
        PlanEndsBeforeItStarts, starts=STARTS, ends=When("2004-05")
    )


def test_a_milestone_is_reached() -> None:
    given(delivery, AGREED).when(reach()).then(REACHED)


def test_a_milestone_that_is_not_in_the_plan_is_refused() -> None:
    given(delivery, AGREED).when(reach("Audit done")).refused(MilestoneUnknown, milestone="Audit done")
    given(delivery, PERIOD_STATED).when(reach()).refused(MilestoneUnknown, milestone=SETS)


def test_the_plan_is_changed_with_a_reason() -> None:
    given(delivery, AGREED).when(redesign()).then(REDESIGNED)


def test_the_plan_may_be_changed_again_for_the_same_reason() -> None:
    given(delivery, AGREED, REDESIGNED).when(redesign(on=When("2005-01"))).then(
        PlanRedesigned(partnership_id=ACE, because="Trouble with consultants", on=When("2005-01"))
    )


def test_a_redesigned_plan_has_its_new_milestones_and_no_longer_the_old_ones() -> None:
    new = replace(redesign(), milestones=("Audit done",))
    given(delivery, AGREED).when(new).then(replace(REDESIGNED, milestones=("Audit done",)))
    redesigned = given(delivery, AGREED, replace(REDESIGNED, milestones=("Audit done",)))
    redesigned.when(reach("Audit done")).then(replace(REACHED, milestone="Audit done"))
    redesigned.when(reach()).refused(MilestoneUnknown, milestone=SETS)


def test_a_redesign_that_names_no_milestones_leaves_the_old_ones() -> None:
    given(delivery, AGREED, REDESIGNED).when(reach()).then(REACHED)


def test_a_redesign_with_other_milestones_or_another_end_is_another_redesign() -> None:
    redesigned = given(delivery, AGREED, REDESIGNED)
    redesigned.when(redesign()).then()
    redesigned.when(replace(redesign(), milestones=(SETS,))).then(replace(REDESIGNED, milestones=(SETS,)))
    redesigned.when(replace(redesign(), until=When("2005-06"))).then(replace(REDESIGNED, until=When("2005-06")))


def test_a_redesigned_plan_does_not_end_before_it_starts() -> None:
    given(delivery, AGREED).when(replace(redesign(), until=When("2004-05"))).refused(
        PlanEndsBeforeItStarts, starts=STARTS, ends=When("2004-05")
    )
    given(delivery, PERIOD_STATED).when(replace(redesign(), until=When("2004-05"))).then(
        replace(REDESIGNED, until=When("2004-05"))
    )


def test_a_change_of_plan_without_a_reason_is_refused() -> None:
    given(delivery, AGREED).when(redesign(because="  ")).refused(RedesignUnexplained)


def test_the_funded_work_ends() -> None:
    given(delivery, AGREED, REACHED).when(END).then(ENDED)


def test_a_visit_is_recorded_with_its_findings_and_the_action_that_is_due() -> None:
    given(delivery, AGREED).when(visited()).then(VISITED)
    given(delivery, AGREED, ENDED).when(visited()).then(VISITED)
    given(delivery, AGREED, VISITED).when(visited()).then()


def test_each_of_several_visits_is_recorded_once() -> None:
    second = replace(VISITED, on=When("2004-12-01"))
    given(delivery, AGREED, VISITED, second).when(visited()).then()
    given(delivery, AGREED, VISITED, second).when(visited(on=second.on)).then()


def test_a_redesign_that_a_source_states_is_not_recorded_again() -> None:
    given(delivery, AGREED, replace(REDESIGNED, source=PERIOD_STATED.source)).when(redesign()).then()


def test_an_action_has_a_due_day_that_is_not_before_the_visit() -> None:
    given(delivery, AGREED).when(visited(due=None)).refused(ActionWithoutDueDay)
    given(delivery, AGREED).when(visited(action=None)).refused(ActionWithoutDueDay)
    given(delivery, AGREED).when(visited(due=When("2004-11-15"))).refused(
        ActionDueBeforeVisit, due=When("2004-11-15"), visited=When("2004-11-16")
    )


def test_a_visitor_has_one_visit_a_day() -> None:
    given(delivery, AGREED, VISITED).when(visited(findings="All sets have met.")).refused(
        VisitAlreadyRecorded, visitor="Audit Commission", visited=When("2004-11-16")
    )


@pytest.mark.parametrize("command", [reach(EVALUATED), reach("Audit done"), redesign()])
def test_nothing_is_delivered_or_changed_after_the_end(command: delivery.Command) -> None:
    given(delivery, AGREED, REACHED, ENDED).when(command).refused(DeliveryIsOver)


@pytest.mark.parametrize("command", [reach(), redesign(), visited(), END])
def test_a_command_for_a_delivery_that_does_not_exist_is_refused(command: delivery.Command) -> None:
    given(delivery).when(command).refused(DeliveryUnknown)


@pytest.mark.parametrize("name", ["DeliveryPeriodStated", "SupplierEngaged", "SupplierReplaced", "ActivityHeld"])
def test_statements_of_sources_do_not_change_what_the_rules_of_delivery_know(name: str) -> None:
    given(delivery, AGREED, EVENTS[name]).when(reach()).then(REACHED)
    given(delivery, EVENTS[name]).when(END).then(ENDED)


@pytest.mark.parametrize("begun", [PERIOD_STATED, AGREED])
def test_a_partnership_does_not_plan_the_work_of_another(begun: delivery.Event) -> None:
    given(delivery, begun).when(agree(partnership_id=SHROPSHIRE)).refused(delivery.PlanOfAnotherPartnership)


def test_no_plan_is_agreed_for_work_that_has_ended() -> None:
    ended = delivery.evolve(delivery.evolve(None, PERIOD_STATED), ENDED)
    with pytest.raises(delivery.DeliveryIsOver):
        delivery.decide(ended, agree())


# --- The law ----------------------------------------------------------------------------------------------------------

MILESTONES = st.sampled_from((SETS, EVALUATED, "", "Audit done"))
COMMANDS = st.one_of(
    st.builds(
        agree,
        partnership_id=st.sampled_from((ACE, SHROPSHIRE)),
        title=WORDS,
        milestones=st.lists(MILESTONES, max_size=3).map(tuple),
        on=DATES,
        until=st.none() | DATES,
    ),
    st.builds(reach, MILESTONES),
    st.builds(reach, MILESTONES),
    st.builds(redesign, WORDS, DATES),
    st.builds(visited, WORDS, st.none() | WORDS, st.none() | DATES, DATES),
    st.just(END),
)


@hypothesis.given(st.sampled_from(([], [AGREED])), st.lists(COMMANDS, max_size=20))
def test_after_any_commands_only_planned_milestones_are_reached_once_each_and_only_visits_follow_the_end(
    begun: list[delivery.Event], commands: list[delivery.Command]
) -> None:
    to_reach: set[str] = set()
    partnerships = set()
    days: set[When] = set()
    ended = False
    for place, event in enumerate(what_happens(delivery, begun, commands)):
        assert not ended or isinstance(event, VisitHeld)
        assert (0 == place) == isinstance(event, PlanAgreed)
        match event:
            case PlanAgreed():
                to_reach = set(event.milestones)
            case MilestoneReached():
                to_reach.remove(event.milestone)
            case VisitHeld():
                assert event.on not in days
                days.add(event.on)
            case DeliveryEnded():
                ended = True
        partnerships.add(getattr(event, "partnership_id", None))
    assert 1 >= len(partnerships)
