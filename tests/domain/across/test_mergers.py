"""Organisations merge and separate: the dates of mergers agree, and one that has ended begins nothing new."""

import hypothesis
import pytest
from hypothesis import strategies as st

from domain import desk
from domain.across.mergers import (
    MergedWithItself,
    MergersInACircle,
    OrganisationHasMerged,
    SuccessorHasEnded,
    SuccessorMergedLater,
)
from domain.desk import DatedInFuture
from domain.history import Command, Written
from domain.organisation import (
    MergedAlready,
    MergedBeforeEarlier,
    MergeOrganisations,
    MergerUndated,
    MergerUndone,
    MergerUnexplained,
    NotMerged,
    OrganisationRegistered,
    OrganisationsMerged,
    OrganisationUnknown,
    RenameOrganisation,
    UndoMerger,
    UndoneBeforeMerged,
)
from domain.partnership import (
    AppointSupplier,
    ChangeLead,
    JoinPartnership,
    LeavePartnership,
    PartnerLeft,
    PartnershipFormed,
)
from domain.programme import EstablishProgramme, EstablishScheme, ProgrammeEstablished, SchemeEstablished
from domain.reading import Reading
from domain.values.ids import OrganisationId, PartnershipId, ProgrammeId, SchemeId
from domain.values.refusal import Refused
from domain.values.when import When
from tests.kit.spec import MemoryLog, at, given_log

ALLERDALE, CARLISLE, CUMBERLAND, COUNTY = (
    OrganisationId(f"organisation-{name}") for name in ("allerdale", "carlisle", "cumberland", "county")
)
WHY = "The Cumbria (Structural Changes) Order 2022"
VESTED = When("2023-04-01")


def registered(*organisations: OrganisationId) -> list[Written]:
    return [
        one
        for organisation_id in organisations
        for one in at(
            organisation_id,
            OrganisationRegistered(
                code=organisation_id.partition("-")[2], name=organisation_id, kind="council", on=When("1974-04-01")
            ),
        )
    ]


def merge(
    merged: OrganisationId = ALLERDALE, into: OrganisationId = CUMBERLAND, on: str = "2023-04-01", because: str = WHY
) -> MergeOrganisations:
    return MergeOrganisations(organisation_id=into, merged_id=merged, on=When(on), because=because)


def merged(one: OrganisationId = ALLERDALE, into: OrganisationId = CUMBERLAND, on: str = "2023-04-01") -> list[Written]:
    event = OrganisationsMerged(organisation_id=into, merged_id=one, because=WHY, on=When(on))
    return [Written(one, event), Written(into, event)]


def undo(one: OrganisationId = ALLERDALE, on: str = "2023-04-01", because: str = "A mistake") -> UndoMerger:
    return UndoMerger(merged_id=one, on=When(on), because=because)


def undone(one: OrganisationId = ALLERDALE, into: OrganisationId = CUMBERLAND, on: str = "2023-04-01") -> list[Written]:
    event = MergerUndone(organisation_id=into, merged_id=one, because="A mistake", on=When(on))
    return [Written(one, event), Written(into, event)]


COUNCILS = registered(ALLERDALE, CARLISLE, CUMBERLAND, COUNTY)

# --- Merging ----------------------------------------------------------------------------------------------------------


def test_a_merger_is_recorded_in_both_organisations_and_once() -> None:
    given_log(*COUNCILS).when(merge()).then(*merged())


def test_several_organisations_merge_into_one() -> None:
    given_log(*COUNCILS, *merged()).when(merge(CARLISLE)).then(*merged(CARLISLE))


def test_an_organisation_that_took_over_another_merges_later_itself() -> None:
    given_log(*COUNCILS, *merged(on="2009")).when(merge(CUMBERLAND, COUNTY)).then(*merged(CUMBERLAND, COUNTY))


def test_an_earlier_merger_into_an_organisation_that_has_ended_since_may_be_recorded_late() -> None:
    given_log(*COUNCILS, *merged(CUMBERLAND, COUNTY)).when(merge(on="2009")).then(*merged(on="2009"))


def test_a_merger_gives_a_reason_and_a_date_of_two_known_organisations() -> None:
    known = given_log(*COUNCILS)
    known.when(merge(because=" ")).refused(MergerUnexplained)
    known.when(merge(on="unknown")).refused(MergerUndated)
    known.when(merge(OrganisationId("organisation-none"))).refused(OrganisationUnknown)
    known.when(merge(into=OrganisationId("organisation-none"))).refused(OrganisationUnknown)
    known.when(merge(ALLERDALE, ALLERDALE)).refused(MergedWithItself, code="allerdale")


def test_a_merger_is_not_dated_ahead() -> None:
    with pytest.raises(DatedInFuture):
        desk.decide(Reading(MemoryLog(*COUNCILS)), merge(), When("2023-03-31").earliest)


def test_an_organisation_that_has_ended_does_not_end_again() -> None:
    ended = given_log(*COUNCILS, *merged())
    ended.when(merge(into=CARLISLE)).refused(MergedAlready, code="allerdale", since=VESTED)
    ended.when(merge(on="2023-04-02")).refused(MergedAlready, code="allerdale", since=VESTED)


def test_nothing_merges_into_an_organisation_that_had_ended_by_then() -> None:
    ended = given_log(*COUNCILS, *merged())
    refused = ended.when(merge(CARLISLE, ALLERDALE, on="2024"))
    refused.refused(SuccessorHasEnded, code="allerdale", into="cumberland", since=VESTED)


def test_mergers_never_go_in_a_circle() -> None:
    chain = given_log(*COUNCILS, *merged(), *merged(CUMBERLAND, COUNTY))
    chain.when(merge(CUMBERLAND, ALLERDALE, on="2025")).refused(MergedAlready)
    chain.when(merge(COUNTY, ALLERDALE, on="2025")).refused(MergersInACircle, into="allerdale", code="county")
    pair = given_log(*COUNCILS, *merged())
    pair.when(merge(CUMBERLAND, ALLERDALE, on="2001")).refused(MergedBeforeEarlier)


def test_an_organisation_does_not_end_before_it_took_over_another() -> None:
    took_over = given_log(*COUNCILS, *merged())
    took_over.when(merge(CUMBERLAND, COUNTY, on="2023-03-31")).refused(
        MergedBeforeEarlier, code="cumberland", since=VESTED
    )


# --- Undoing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("on", ["2023-04-01", "2025-06-30"])
def test_a_merger_is_undone_as_a_mistake_on_its_own_day_or_as_a_separation_later(on: str) -> None:
    history = [*COUNCILS, *merged()]
    assert undone(on=on) == desk.decide(Reading(MemoryLog(*history)), undo(on=on))


def test_a_merger_that_was_undone_is_not_undone_again() -> None:
    given_log(*COUNCILS, *merged(), *undone()).when(undo()).refused(NotMerged, code="allerdale")
    given_log(*COUNCILS).when(undo()).refused(NotMerged, code="allerdale")
    given_log(*COUNCILS).when(undo(OrganisationId("organisation-none"))).refused(OrganisationUnknown)


def test_undoing_a_merger_gives_a_reason_and_a_date_on_or_after_the_merger() -> None:
    ended = given_log(*COUNCILS, *merged())
    ended.when(undo(because="")).refused(MergerUnexplained)
    ended.when(undo(on="unknown")).refused(MergerUndated)
    ended.when(undo(on="2023-03-31")).refused(UndoneBeforeMerged, on=When("2023-03-31"), since=VESTED)


def test_the_newest_merger_of_a_chain_is_undone_first() -> None:
    chain = given_log(*COUNCILS, *merged(on="2009"), *merged(CUMBERLAND, COUNTY))
    chain.when(undo(on="2024")).refused(SuccessorMergedLater, code="cumberland", into="county", since=VESTED)


def test_after_a_mistake_the_right_merger_is_recorded_with_any_date() -> None:
    mistaken = given_log(*COUNCILS, *merged(), *undone())
    mistaken.when(merge(into=COUNTY, on="2009")).then(*merged(into=COUNTY, on="2009"))


def test_after_a_separation_an_organisation_merges_again_from_then_on_only() -> None:
    separated = given_log(*COUNCILS, *merged(), *undone(on="2025-06-30"))
    separated.when(merge(into=COUNTY, on="2024")).refused(MergedBeforeEarlier, since=When("2025-06-30"))
    separated.when(merge(into=COUNTY, on="2025-06-30")).then(*merged(into=COUNTY, on="2025-06-30"))


# --- What an organisation that has ended may still do -----------------------------------------------------------------

PROGRAMME, SCHEME, ACE = ProgrammeId("programme-cbp"), SchemeId("scheme-pilot"), PartnershipId("partnership-ace")
FORMED = [
    *at(
        PROGRAMME,
        ProgrammeEstablished(code="cbp", name="CBP", currency="GBP", on=When("2003")),
        SchemeEstablished(scheme_id=SCHEME, code="pilot", name="Pilot", kind="pilot", on=When("2003")),
    ),
    *at(
        ACE,
        PartnershipFormed(
            partnership_id=ACE, code="ace", name="ACE", kind="pilot", scheme_id=SCHEME, programme_id=PROGRAMME,
            lead_id=ALLERDALE, on=When("2004"),
        ),
    ),
]  # fmt: skip


def steps(on: str) -> list[Command]:
    """Each step that names Allerdale anew."""
    date = When(on)
    return [
        JoinPartnership(partnership_id=ACE, organisation_id=ALLERDALE, role="host", on=date),
        AppointSupplier(
            partnership_id=ACE, organisation_id=ALLERDALE, work="Training", brief="Six days", selection="A tender",
            on=date,
        ),
        ChangeLead(partnership_id=ACE, organisation_id=ALLERDALE, on=date),
        RenameOrganisation(organisation_id=ALLERDALE, name="Allerdale Area", on=date),
        EstablishProgramme(
            programme_id=ProgrammeId("programme-new"), code="new", name="New", currency="GBP", funder_id=ALLERDALE,
            on=date,
        ),
        EstablishScheme(
            programme_id=PROGRAMME, scheme_id=SchemeId("scheme-new"), code="new", name="New", kind="pilot",
            funder_id=ALLERDALE, on=date,
        ),
    ]  # fmt: skip


@pytest.mark.parametrize("step", steps("2023-04-01"), ids=lambda step: type(step).__name__)
def test_an_organisation_that_has_ended_is_named_in_no_new_step(step: Command) -> None:
    ended = given_log(*COUNCILS, *FORMED, *merged())
    ended.when(step).refused(OrganisationHasMerged, code="allerdale", into="cumberland", since=VESTED)


@pytest.mark.parametrize("step", [*steps("2023-03-31"), *steps("2023")], ids=lambda step: type(step).__name__)
def test_what_happened_before_it_ended_may_be_recorded_later(step: Command) -> None:
    desk.decide(Reading(MemoryLog(*COUNCILS, *FORMED, *merged())), step)


@pytest.mark.parametrize("step", steps("2024"), ids=lambda step: type(step).__name__)
def test_after_a_merger_was_undone_the_organisation_is_named_again(step: Command) -> None:
    desk.decide(Reading(MemoryLog(*COUNCILS, *FORMED, *merged(), *undone())), step)


def test_an_organisation_that_has_ended_may_leave_a_partnership() -> None:
    leave = LeavePartnership(partnership_id=ACE, organisation_id=ALLERDALE, on=When("2024"))
    given_log(*COUNCILS, *FORMED, *merged()).when(leave).then(
        *at(ACE, PartnerLeft(partnership_id=ACE, organisation_id=ALLERDALE, on=When("2024")))
    )


def test_an_organisation_does_not_merge_into_one_that_ended_later_in_that_year_and_goes_on_again() -> None:
    """Generated histories found it: the first merger was undone since, and held for a day together with the second."""
    again = [*merged(CARLISLE, ALLERDALE, "2000"), *undone(CARLISLE, ALLERDALE, "2001")]
    two = given_log(*COUNCILS, *again)
    two.when(merge(ALLERDALE, CARLISLE, "2000")).refused(MergersInACircle)
    two.when(merge(ALLERDALE, CARLISLE, "2002")).then(*merged(ALLERDALE, CARLISLE, "2002"))


# --- The law ----------------------------------------------------------------------------------------------------------

EACH = st.sampled_from([ALLERDALE, CARLISLE, CUMBERLAND, COUNTY])
YEARS = st.integers(2000, 2012).map(str)
COMMANDS = st.one_of(st.builds(merge, EACH, EACH, YEARS), st.builds(undo, EACH, YEARS))


@hypothesis.given(st.lists(COMMANDS, max_size=25))
def test_after_any_commands_each_organisation_is_part_of_one_other_at_most_and_never_of_itself(
    commands: list[Command],
) -> None:
    history = list(COUNCILS)
    for command in commands:
        try:
            history += desk.decide(Reading(MemoryLog(*history)), command)
        except Refused:
            continue
    reading = Reading(MemoryLog(*history))
    for year in range(2000, 2014):
        day = When(f"{year}-12-31").earliest
        assert day is not None
        part_of: dict[OrganisationId, OrganisationId] = {}
        for one in (ALLERDALE, CARLISLE, CUMBERLAND, COUNTY):
            found = reading.organisation(one)
            assert found is not None
            holding = [merger.organisation_id for merger in found.ends(one) if merger.holds(day)]
            assert len(holding) <= 1
            if holding:
                part_of[one] = holding[0]
        for one in part_of:
            way = [one]
            while way[-1] in part_of:
                way.append(part_of[way[-1]])
                assert len(way) == len(set(way)), f"in {year} {one} is part of itself"
