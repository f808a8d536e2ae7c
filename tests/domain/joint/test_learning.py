"""Needs are met by what is offered on their theme, and no more people are served than there are."""

from typing import Any

import hypothesis
from hypothesis import strategies as st

from domain import partnership
from domain.entries import EntryIsOver, EntryUnknown
from domain.joint import learning as n
from domain.values.order import StepOutOfOrder
from domain.values.when import When
from tests.kit.examples import ACE, CARLISLE, CUMBRIA, EVENTS, IDEA
from tests.kit.spec import gbp, given, what_happens

FORMED = EVENTS["PartnershipFormed"]
ON, LATER = When("2004-10-01"), When("2004-12-01")
OF: dict[str, Any] = {"partnership_id": ACE, "number": 1}
NEED = n.NeedIdentified(
    organisation_id=CARLISLE, theme="Procurement", text="To write a specification", people=12, on=ON, **OF
)
OFFER = n.ProvisionOffered(provider_id=IDEA, theme=" procurement", text="A course", people=8, on=ON, **OF)


def meet(people: int, number: int = 1, provision: int = 1, on: When = LATER) -> n.MeetNeed:
    return n.MeetNeed(partnership_id=ACE, number=number, provision=provision, people=people, on=on)


def identify(people: int = 12, number: int = 1, theme: str = "Procurement") -> n.IdentifyNeed:
    return n.IdentifyNeed(
        partnership_id=ACE, number=number, organisation_id=CARLISLE, theme=theme, text="To write a specification",
        people=people, on=ON,
    )  # fmt: skip


def offer(people: int = 8, number: int = 1, theme: str = " procurement", **more: Any) -> n.OfferProvision:
    return n.OfferProvision(
        partnership_id=ACE, number=number, provider_id=IDEA, theme=theme, text="A course", people=people, on=ON, **more
    )


def test_a_need_is_of_one_person_or_more() -> None:
    given(partnership, FORMED).when(identify()).then(NEED)
    given(partnership, FORMED).when(identify(0)).refused(n.PeopleTooFew, people=0)


def test_a_provision_costs_something_or_its_cost_is_left_out() -> None:
    given(partnership, FORMED).when(offer()).then(OFFER)
    given(partnership, FORMED).when(offer(cost=gbp("0.00"))).refused(n.ProvisionCostNotPositive, cost=gbp("0.00"))
    given(partnership, FORMED).when(offer(-1)).refused(n.PeopleTooFew, people=-1)


def test_a_need_is_met_by_a_provision_on_its_theme() -> None:
    both = given(partnership, FORMED, NEED, OFFER)
    # Whatever the capitals and spaces, it is one theme.
    assert 1 == len(both.when(meet(5))._decide([FORMED, NEED, OFFER]))
    other = n.ProvisionOffered(provider_id=IDEA, theme="Waste", text="A visit", people=8, on=ON, **OF | {"number": 2})
    given(partnership, FORMED, NEED, OFFER, other).when(meet(5, provision=2)).refused(
        n.ThemeDiffers, need="Procurement", provision="Waste"
    )
    both.when(meet(5, provision=3)).refused(EntryUnknown, entry="provision 3")
    both.when(meet(5, number=3)).refused(EntryUnknown, entry="need 3")
    both.when(meet(5, on=When("2004-09-01"))).refused(StepOutOfOrder)


def test_no_more_people_are_served_than_have_the_need_or_than_there_is_room_for() -> None:
    served = n.NeedMet(people=6, provision=1, on=LATER, **OF)
    given(partnership, FORMED, NEED, OFFER, served).when(meet(3)).refused(n.MoreServedThanOffered, people=3, left=2)
    small = n.NeedIdentified(organisation_id=CARLISLE, theme="Procurement", text="It", people=4, on=ON, **OF)
    given(partnership, FORMED, small, OFFER).when(meet(5)).refused(n.MoreServedThanNeed, people=5, left=4)


def test_people_learn_in_another_organisation_under_a_protocol() -> None:
    said: dict[str, Any] = {
        "sort": n.LearningSort.SECONDMENT, "organisation_id": CARLISLE, "host_id": CUMBRIA, "post": "Head of waste",
        "protocol": "Reports each month",
    }  # fmt: skip
    begun, ended = n.LearningBegun(on=ON, **said, **OF), n.LearningEnded(outcome="One contract", on=LATER, **OF)
    given(partnership, FORMED).when(n.BeginLearning(on=ON, **said, **OF)).then(begun)
    home = n.BeginLearning(on=ON, **said | {"host_id": CARLISLE}, **OF)
    given(partnership, FORMED).when(home).refused(n.LearningAtHome)
    given(partnership, FORMED, begun).when(n.EndLearning(outcome="One contract", on=LATER, **OF)).then(ended)
    again = n.EndLearning(outcome="Two", on=LATER, **OF)
    given(partnership, FORMED, begun, ended).when(again).refused(EntryIsOver)


THEME = st.sampled_from(("Procurement", "procurement ", "Waste"))
COMMANDS = st.one_of(
    st.builds(identify, st.integers(-1, 9), st.integers(1, 2), THEME),
    st.builds(offer, st.integers(-1, 9), st.integers(1, 2), THEME),
    st.builds(meet, st.integers(-1, 5), st.integers(1, 2), st.integers(1, 2)),
)


@hypothesis.given(st.lists(COMMANDS, max_size=20))
def test_after_any_commands_nobody_is_served_twice(commands: list[Any]) -> None:
    history = what_happens(partnership, [FORMED], commands, each_time=(n.MeetNeed,))
    served = [one for one in history if isinstance(one, n.NeedMet)]
    for one in history:
        if isinstance(one, n.NeedIdentified):
            assert sum(met.people for met in served if met.number == one.number) <= one.people
        if isinstance(one, n.ProvisionOffered):
            assert sum(met.people for met in served if met.provision == one.number) <= one.people
