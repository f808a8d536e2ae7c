"""People act under an id. Their accounts and roles have dates, and the log never holds a name."""

import pytest

from domain.people import person
from domain.people.person import (
    AccountEmpty,
    AccountLinked,
    AccountNotLinked,
    AccountUnlinked,
    ErasePerson,
    GrantRole,
    LinkAccount,
    MovePerson,
    PersonAlreadyRegistered,
    PersonErased,
    PersonIsErased,
    PersonMoved,
    PersonRegistered,
    PersonUnknown,
    PersonWithoutCode,
    RegisterPerson,
    RevokeRole,
    Role,
    RoleEndsBeforeItStarts,
    RoleGranted,
    RoleNotHeld,
    RoleRevoked,
    SchemeWithoutProgramme,
    ScopeAmbiguous,
    UnexplainedAboutPerson,
    UnlinkAccount,
    account_of,
)
from domain.values.frozen import replace
from domain.values.when import When
from tests.kit.examples import ACE, ASSESSOR, CARLISLE, PILOTS, PROGRAMME
from tests.kit.spec import given

ON, LATER = When("2004-04-01"), When("2005-04-01")
REGISTERED = PersonRegistered(code="officer-2", on=ON)
REGISTER = RegisterPerson(person_id=ASSESSOR, code="officer-2", on=ON)
ACCOUNT = account_of("https://issuer.example", "a1")
LINKED = AccountLinked(account=ACCOUNT, on=ON)
LINK = LinkAccount(person_id=ASSESSOR, issuer="https://issuer.example", subject="a1", on=ON)
GRANTED = RoleGranted(role=Role.ASSESSOR, programme_id=PROGRAMME, on=ON)
GRANT = GrantRole(person_id=ASSESSOR, role=Role.ASSESSOR, programme_id=PROGRAMME, on=ON)
REVOKE = RevokeRole(person_id=ASSESSOR, role=Role.ASSESSOR, programme_id=PROGRAMME, because="Left", on=LATER)
REVOKED = RoleRevoked(role=Role.ASSESSOR, programme_id=PROGRAMME, because="Left", on=LATER)
ERASED = PersonErased(because="Asked for it", on=LATER)


def test_a_person_is_registered_under_a_code_of_the_office() -> None:
    given(person).when(REGISTER).then(REGISTERED)
    given(person).when(replace(REGISTER, code=" ")).refused(PersonWithoutCode)
    given(person, REGISTERED).when(replace(REGISTER, code="officer-3")).refused(PersonAlreadyRegistered)


def test_a_person_works_for_another_organisation() -> None:
    given(person, REGISTERED).when(MovePerson(person_id=ASSESSOR, organisation_id=CARLISLE, on=LATER)).then(
        PersonMoved(organisation_id=CARLISLE, on=LATER)
    )


def test_an_account_is_known_by_a_digest_that_names_nobody() -> None:
    given(person, REGISTERED).when(LINK).then(LINKED)
    assert 64 == len(ACCOUNT)
    assert account_of("https://issuer.example", "a2") != ACCOUNT != account_of("https://issuer.example/", "a1")


@pytest.mark.parametrize("field", ["issuer", "subject"])
def test_an_account_has_an_issuer_and_a_subject(field: str) -> None:
    given(person, REGISTERED).when(replace(LINK, **{field: " "})).refused(AccountEmpty)


def test_an_account_is_taken_from_the_person_with_a_reason() -> None:
    unlink = UnlinkAccount(
        person_id=ASSESSOR, issuer="https://issuer.example", subject="a1", because="Closed", on=LATER
    )
    given(person, REGISTERED).when(unlink).refused(AccountNotLinked)
    given(person, REGISTERED, LINKED).when(replace(unlink, because="")).refused(UnexplainedAboutPerson)
    state = person.evolve(person.evolve(None, REGISTERED), LINKED)
    assert [AccountUnlinked(account=ACCOUNT, because="Closed", on=LATER)] == person.decide(state, unlink)


def test_a_role_is_granted_everywhere_or_in_one_place() -> None:
    given(person, REGISTERED).when(GRANT).then(GRANTED)
    given(person, REGISTERED).when(replace(GRANT, programme_id=None)).then(replace(GRANTED, programme_id=None))
    given(person, REGISTERED).when(replace(GRANT, scheme_id=PILOTS)).then(replace(GRANTED, scheme_id=PILOTS))
    given(person, REGISTERED).when(replace(GRANT, partnership_id=ACE)).refused(ScopeAmbiguous)
    alone = replace(GRANT, programme_id=None, scheme_id=PILOTS)
    given(person, REGISTERED).when(alone).refused(SchemeWithoutProgramme)


def test_a_role_does_not_end_before_it_starts() -> None:
    given(person, REGISTERED).when(replace(GRANT, until=When("2004-03-31"))).refused(RoleEndsBeforeItStarts)
    given(person, REGISTERED).when(replace(GRANT, until=ON)).then(replace(GRANTED, until=ON))


def test_a_role_is_revoked_where_it_is_held() -> None:
    state = person.evolve(person.evolve(None, REGISTERED), GRANTED)
    assert [REVOKED] == person.decide(state, REVOKE)
    assert () == person.evolve(state, REVOKED).roles
    given(person, REGISTERED, GRANTED).when(replace(REVOKE, programme_id=None)).refused(RoleNotHeld, role="assessor")
    given(person, REGISTERED, GRANTED).when(replace(REVOKE, role=Role.AUDITOR)).refused(RoleNotHeld)
    given(person, REGISTERED, GRANTED).when(replace(REVOKE, because=" ")).refused(UnexplainedAboutPerson)


def test_a_role_holds_on_its_last_day() -> None:
    state = person.evolve(person.evolve(None, REGISTERED), replace(GRANTED, until=When("2004-12-31")))
    assert [False, True, True, False] == [
        state.roles[0].covers(When(day)) for day in ("2004-03-31", "2004-04-01", "2004-12-31", "2005-01-01")
    ]


def test_an_erased_person_keeps_the_id_and_can_no_longer_act() -> None:
    erase = ErasePerson(person_id=ASSESSOR, because="Asked for it", on=LATER)
    given(person, REGISTERED, GRANTED, LINKED).when(erase).then(ERASED)
    given(person, REGISTERED).when(replace(erase, because=" ")).refused(UnexplainedAboutPerson)
    given(person, REGISTERED, ERASED).when(GRANT).refused(PersonIsErased)
    given(person, REGISTERED, ERASED).when(LINK).refused(PersonIsErased)


@pytest.mark.parametrize("command", [LINK, GRANT, REVOKE, ErasePerson(person_id=ASSESSOR, because="x", on=ON)])
def test_a_person_must_be_registered_first(command: person.Command) -> None:
    given(person).when(command).refused(PersonUnknown)
