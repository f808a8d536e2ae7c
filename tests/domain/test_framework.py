"""A framework says which impacts are expected at which levels. A later one replaces it; both stay on record."""

from typing import Any

import hypothesis
from hypothesis import strategies as st

from domain import programme
from domain.programme import ProgrammeUnknown
from domain.published.framework import (
    LEVELS,
    ExpectedImpact,
    FrameworkEmpty,
    FrameworkLevelUnknown,
    FrameworkPublished,
    ImpactTwice,
    PublishFramework,
)
from domain.values.ids import ProgrammeId
from domain.values.when import When
from tests.kit.examples import EVENTS
from tests.kit.hostile_values import WORDS
from tests.kit.spec import given, what_happens

ESTABLISHED = EVENTS["ProgrammeEstablished"]
SKILLS = ExpectedImpact(impact="New skills", levels=("individual", "team"), evidence="What people report")
SERVICES = ExpectedImpact(impact="Better services", levels=("authority",))
ON = When("2004-04-01")


def publish(*impacts: ExpectedImpact, on: When = ON) -> PublishFramework:
    return PublishFramework(programme_id=ProgrammeId("programme-1"), impacts=impacts, on=on)


def test_a_framework_is_published_and_replaced() -> None:
    first, second = FrameworkPublished(impacts=(SKILLS,), on=ON), FrameworkPublished(impacts=(SKILLS, SERVICES), on=ON)
    given(programme, ESTABLISHED).when(publish(SKILLS)).then(first)
    given(programme, ESTABLISHED, first).when(publish(SKILLS)).then()
    given(programme, ESTABLISHED, first).when(publish(SKILLS, SERVICES)).then(second)
    given(programme).when(publish(SKILLS)).refused(ProgrammeUnknown)


def test_each_impact_has_a_name_and_levels() -> None:
    known = given(programme, ESTABLISHED)
    known.when(publish()).refused(FrameworkEmpty, impacts=0)
    known.when(publish(SKILLS, ExpectedImpact(impact=" ", levels=("team",)))).refused(FrameworkEmpty, impacts=2)
    known.when(publish(ExpectedImpact(impact="New skills", levels=()))).refused(FrameworkEmpty)
    galaxy = ExpectedImpact(impact="New skills", levels=("team", "galaxy"))
    known.when(publish(galaxy)).refused(FrameworkLevelUnknown, level="galaxy")


def test_each_impact_stands_once() -> None:
    twice = ExpectedImpact(impact="new SKILLS ", levels=("sector",))
    given(programme, ESTABLISHED).when(publish(SKILLS, twice)).refused(ImpactTwice, impact="new SKILLS ")


def test_an_impact_has_other_names_and_no_name_is_of_two_impacts() -> None:
    known = given(programme, ESTABLISHED)
    called = ExpectedImpact(impact="New skills", levels=("team",), called=("learning", "training"))
    known.when(publish(called, SERVICES)).then(FrameworkPublished(impacts=(called, SERVICES), on=ON))
    again = ExpectedImpact(impact="Services", levels=("team",), called=("Training ",))
    known.when(publish(called, again)).refused(ImpactTwice, impact="Training ")
    known.when(publish(ExpectedImpact(impact="Skills", levels=("team",), called=(" ",)))).refused(FrameworkEmpty)


IMPACTS = st.builds(
    ExpectedImpact, impact=WORDS, levels=st.lists(st.sampled_from((*LEVELS, "galaxy")), max_size=3).map(tuple)
)


@hypothesis.given(st.lists(st.lists(IMPACTS, max_size=3).map(lambda many: publish(*many)), max_size=10))
def test_after_any_commands_each_framework_has_each_impact_once_at_known_levels(commands: list[Any]) -> None:
    published = [one for one in what_happens(programme, [ESTABLISHED], commands) if isinstance(one, FrameworkPublished)]
    for one in published:
        names = [each.impact.strip().casefold() for each in one.impacts]
        assert names
        assert len(names) == len({*names})
        assert all(names)
        assert all(each.levels and {*each.levels} <= {*LEVELS} for each in one.impacts)
