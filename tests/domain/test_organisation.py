"""An organisation keeps its code. Its names and identifiers may change, and it always has a name."""

from itertools import pairwise

import hypothesis
import pytest
from hypothesis import strategies as st

from domain import organisation
from domain.organisation import (
    AssessmentCategoryRecorded,
    CategoryEmpty,
    IdentifierRecorded,
    NameEmpty,
    NameStated,
    OrganisationAlreadyRegistered,
    OrganisationRegistered,
    OrganisationRenamed,
    OrganisationUnknown,
    RecordCategory,
    RecordIdentifier,
    RegisterOrganisation,
    RenameOrganisation,
)
from domain.values.frozen import replace
from domain.values.when import UNKNOWN, When
from tests.kit.examples import EVENTS, ODPM, stated
from tests.kit.hostile_values import DATES, WORDS
from tests.kit.spec import given, what_happens

SOURCE = stated("organisations.csv", "001_e3882102bbbe1f2a.txt:281-284")
REGISTERED = OrganisationRegistered(
    code="odpm", name="Office of the Deputy Prime Minister", kind="central-government", on=UNKNOWN
)
RENAMED = OrganisationRenamed(name="Communities and Local Government", on=When("2006-05"))
IDENTIFIED = IdentifierRecorded(register="GB-GOVUK", value="D4", on=When("2006"))


def register(
    *, code: str = "odpm", name: str = "Office of the Deputy Prime Minister", kind: str = "central-government"
) -> RegisterOrganisation:
    return RegisterOrganisation(organisation_id=ODPM, code=code, name=name, kind=kind, on=UNKNOWN)


def rename(name: str) -> RenameOrganisation:
    return RenameOrganisation(organisation_id=ODPM, name=name, on=When("2006-05"))


def identify(value: str) -> RecordIdentifier:
    return RecordIdentifier(organisation_id=ODPM, register="GB-GOVUK", value=value, on=When("2006"))


def test_an_identifier_is_recorded_in_one_form_and_once() -> None:
    company = RecordIdentifier(organisation_id=ODPM, register="gb-coh", value=" sc 12345", on=When("2006"))
    recorded = IdentifierRecorded(register="GB-COH", value="SC012345", on=When("2006"))
    given(organisation, REGISTERED).when(company).then(recorded)
    given(organisation, REGISTERED, recorded).when(company).then()


def test_only_a_company_number_is_filled_up_to_eight_characters() -> None:
    for register, value in (("GB-CHC", "12345"), ("GB-COH", "123456789"), ("GB-COH", "SC-123")):
        command = RecordIdentifier(organisation_id=ODPM, register=register, value=value, on=When("2006"))
        recorded = IdentifierRecorded(register=register, value=value, on=When("2006"))
        given(organisation, REGISTERED).when(command).then(recorded)


@pytest.mark.parametrize(
    ("written", "code"),
    [(" gb-coh - sc 12345 ", "GB-COH-SC012345"), ("GB-CHC-1159982", "GB-CHC-1159982"), (" odpm\n", "odpm")],
)
def test_a_code_that_is_an_identifier_is_registered_in_one_form_and_another_is_trimmed(written: str, code: str) -> None:
    given(organisation).when(register(code=written)).then(replace(REGISTERED, code=code))


def test_an_organisation_is_known_by_every_name_and_identifier_that_it_has_had() -> None:
    also = NameStated(name="The Department", on=UNKNOWN, source=SOURCE)
    later = replace(IDENTIFIED, value="D5")
    company = IdentifierRecorded(register="GB-COH", value="SC012345", on=When("2006"))
    state = organisation.evolve(None, REGISTERED)
    for event in (RENAMED, also, IDENTIFIED, company, later):
        state = organisation.evolve(state, event)
    assert {REGISTERED.name, RENAMED.name, also.name} == state.names
    assert {("GB-GOVUK", "D4"), ("GB-GOVUK", "D5"), ("GB-COH", "SC012345")} == state.known_as
    given(organisation, REGISTERED, IDENTIFIED, company).when(identify("D4")).then()


# --- Examples ---------------------------------------------------------------------------------------------------------


def test_an_organisation_is_registered_with_all_its_details() -> None:
    given(organisation).when(
        RegisterOrganisation(
            organisation_id=ODPM,
            code="odpm",
            name="Office of the Deputy Prime Minister",
            kind="central-government",
            region="London",
            tier="national",
            notes="Launched the CBP jointly with the LGA",
            on=UNKNOWN,
            source=SOURCE,
        )
    ).then(
        OrganisationRegistered(
            code="odpm",
            name="Office of the Deputy Prime Minister",
            kind="central-government",
            region="London",
            tier="national",
            notes="Launched the CBP jointly with the LGA",
            on=UNKNOWN,
            source=SOURCE,
        )
    )


def test_an_organisation_is_not_registered_again_under_another_code_or_name() -> None:
    known = given(organisation, REGISTERED)
    known.when(register(code="clg")).refused(OrganisationAlreadyRegistered, code="odpm")
    known.when(register(name="Communities and Local Government")).refused(OrganisationAlreadyRegistered, code="odpm")


@pytest.mark.parametrize("name", ["", "   ", "\t\n"])
def test_an_organisation_without_a_name_is_refused(name: str) -> None:
    given(organisation).when(register(name=name)).refused(NameEmpty)
    given(organisation, REGISTERED).when(rename(name)).refused(NameEmpty)


def test_an_organisation_changes_its_name() -> None:
    given(organisation, REGISTERED).when(rename("Communities and Local Government")).then(RENAMED)


def test_an_organisation_may_take_its_old_name_again() -> None:
    given(organisation, REGISTERED, RENAMED).when(rename("Office of the Deputy Prime Minister")).then(
        OrganisationRenamed(name="Office of the Deputy Prime Minister", on=When("2006-05"))
    )


def test_the_identifier_of_an_organisation_in_a_register_is_recorded() -> None:
    given(organisation, REGISTERED).when(identify("D4")).then(IDENTIFIED)


def test_the_identifier_of_an_organisation_in_a_register_may_change() -> None:
    given(organisation, REGISTERED, IDENTIFIED).when(identify("D5")).then(
        IdentifierRecorded(register="GB-GOVUK", value="D5", on=When("2006"))
    )


@pytest.mark.parametrize("command", [rename("Communities and Local Government"), identify("D4")])
def test_a_command_for_an_organisation_that_does_not_exist_is_refused(command: organisation.Command) -> None:
    given(organisation).when(command).refused(OrganisationUnknown)


def test_the_category_that_an_inspectorate_gives_does_not_change_what_the_rules_know() -> None:
    rated = AssessmentCategoryRecorded(regime="CPA", category="Weak", on=When("2002/2004"), source=SOURCE)
    given(organisation, REGISTERED, rated).when(rename("Communities and Local Government")).then(RENAMED)


@pytest.mark.parametrize("name", ["DateCorrected", "StatementReplaced"])
def test_a_correction_by_itself_does_not_change_what_the_rules_know(name: str) -> None:
    given(organisation, REGISTERED, EVENTS[name]).when(rename("Communities and Local Government")).then(RENAMED)


# --- The law ----------------------------------------------------------------------------------------------------------

COMMANDS = st.one_of(
    st.builds(register, code=WORDS, name=WORDS),
    st.builds(rename, WORDS),
    st.builds(RecordIdentifier, organisation_id=st.just(ODPM), register=WORDS, value=WORDS, on=DATES),
)


@hypothesis.given(st.lists(COMMANDS, max_size=20))
def test_after_any_commands_an_organisation_is_registered_once_and_each_new_name_differs_and_is_not_empty(
    commands: list[organisation.Command],
) -> None:
    history = what_happens(organisation, [], commands)
    names = [event.name for event in history if isinstance(event, OrganisationRegistered | OrganisationRenamed)]
    assert history[:1] == [event for event in history if isinstance(event, OrganisationRegistered)]
    assert all(name.strip() for name in names)
    assert all(old != new for old, new in pairwise(names))


def test_an_assessment_puts_an_organisation_into_a_category() -> None:
    fair = AssessmentCategoryRecorded(regime="CPA 2004", category="fair", on=When("2004-12"))
    put = RecordCategory(organisation_id=ODPM, regime="CPA 2004", category="fair", on=When("2004-12"))
    given(organisation, REGISTERED).when(put).then(fair)
    given(organisation, REGISTERED, fair).when(put).then()
    given(organisation, REGISTERED, fair).when(replace(put, on=When("2005-12"))).then(replace(fair, on=When("2005-12")))
    for unsaid in ({"regime": " "}, {"category": ""}):
        given(organisation, REGISTERED).when(replace(put, **unsaid)).refused(CategoryEmpty)
