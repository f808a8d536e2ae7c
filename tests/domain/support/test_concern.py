"""A concern is known to its readers alone until it is shared, and each reading is recorded."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from domain import desk, organisation, partnership
from domain import programme as programmes
from domain.across.permitted import NotPermitted
from domain.across.readers import text_for
from domain.history import Command, Order
from domain.partnership import PartnershipUnknown
from domain.people.person import (
    ErasePerson,
    PersonIsErased,
    PersonRegistered,
    PersonUnknown,
    Role,
    RoleGranted,
)
from domain.reading import Reading
from domain.support import concern
from domain.support.concern import (
    AgreementMissing,
    ChangeReaders,
    CloseConcern,
    ConcernAboutNothing,
    ConcernAlreadyRaised,
    ConcernClosed,
    ConcernDatedBefore,
    ConcernEmpty,
    ConcernIsClosed,
    ConcernRaised,
    ConcernRead,
    ConcernShared,
    ConcernUnknown,
    ConclusionEmpty,
    LastReader,
    RaiseConcern,
    ReadConcern,
    ReaderAddedAndRemoved,
    ReadersChanged,
    ReadersUnchanged,
    ReadersUnexplained,
    ShareConcern,
    SharedConcernClosed,
)
from domain.values.ids import ConcernId, OrganisationId, PartnershipId, PersonId, ProgrammeId, SchemeId
from domain.values.refusal import Refused
from domain.values.when import When
from tests.kit.spec import MemoryLog, at, given

OFFICE, PEER, PARTNER, STRANGER, AUDITOR = (
    PersonId(f"person-{name}") for name in ("office", "peer", "partner", "stranger", "auditor")
)
ONE = ConcernId("concern-1")
DIP = PartnershipId("partnership-dip")
TOWN = OrganisationId("organisation-town")
ON, LATER = When("2004-10-04"), When("2004-11-01")
RAISE = RaiseConcern(
    concern_id=ONE, partnership_id=DIP, text="The two councils stopped meeting.", heard_from="A peer",
    confidential=True, readers=(PEER,), on=ON,
)  # fmt: skip
RAISED = ConcernRaised(
    partnership_id=DIP, text="The two councils stopped meeting.", heard_from="A peer", readers=(PEER,), on=ON
)
SHARED = ConcernShared(
    partnership_id=DIP, text="The two councils stopped meeting.", raised=ON, agreed_by="The leader", on=LATER
)
READ = ReadConcern(concern_id=ONE, on=LATER)
SHARE = ShareConcern(concern_id=ONE, agreed_by="The leader", on=LATER)
CLOSE = CloseConcern(concern_id=ONE, conclusion="They meet again", on=LATER)
CHANGE = ChangeReaders(concern_id=ONE, added=(PARTNER,), because="He takes over", on=LATER)


# --- The stream -------------------------------------------------------------------------------------------------------


def test_a_concern_is_raised_with_where_it_comes_from_and_who_may_read_it() -> None:
    given(concern).when(RAISE).then(RAISED)


def test_a_concern_that_is_not_confidential_is_shared_at_once_with_its_source() -> None:
    open_ = ConcernShared(partnership_id=DIP, text=RAISE.text, heard_from="A peer", raised=ON, on=ON)
    given(concern).when(replace(RAISE, confidential=False)).then(RAISED, open_)


def test_each_reading_is_an_event() -> None:
    given(concern, RAISED).when(READ).then_each_time(ConcernRead(on=LATER))


def test_what_everybody_may_read_is_read_without_a_record() -> None:
    given(concern, RAISED, SHARED).when(READ).then()


def test_a_concern_is_shared_once_the_authority_agreed_and_its_source_stays_with_its_readers() -> None:
    given(concern, RAISED).when(SHARE).then(SHARED)
    given(concern, RAISED).when(replace(SHARE, names_source=True)).then(replace(SHARED, heard_from="A peer"))
    given(concern, RAISED).when(replace(SHARE, agreed_by=" ")).refused(AgreementMissing)


def test_a_concern_is_closed_with_what_became_of_it_and_only_a_shared_one_in_the_open() -> None:
    given(concern, RAISED).when(CLOSE).then(ConcernClosed(conclusion="They meet again", on=LATER))
    shared = SharedConcernClosed(partnership_id=DIP, conclusion="They meet again", on=LATER)
    given(concern, RAISED, SHARED).when(CLOSE).then(shared)
    given(concern, RAISED).when(replace(CLOSE, conclusion="")).refused(ConclusionEmpty)


def test_a_closed_concern_is_neither_shared_nor_closed_again() -> None:
    closed = ConcernClosed(conclusion="They meet again", on=LATER)
    given(concern, RAISED, closed).when(SHARE).refused(ConcernIsClosed)
    given(concern, RAISED, closed).when(replace(CLOSE, conclusion="Otherwise")).refused(ConcernIsClosed)


def test_readers_are_added_and_removed_with_a_reason() -> None:
    given(concern, RAISED).when(CHANGE).then(ReadersChanged(added=(PARTNER,), because="He takes over", on=LATER))
    removes = replace(CHANGE, added=(PARTNER, PEER), removed=(STRANGER,))
    given(concern, RAISED).when(removes).then(ReadersChanged(added=(PARTNER,), because="He takes over", on=LATER))
    given(concern, RAISED).when(replace(CHANGE, because=" ")).refused(ReadersUnexplained)
    given(concern, RAISED).when(replace(CHANGE, added=())).refused(ReadersUnchanged)
    given(concern, RAISED).when(replace(CHANGE, removed=(PARTNER,))).refused(ReaderAddedAndRemoved, person=PARTNER)


def test_a_concern_keeps_at_least_one_reader() -> None:
    given(concern, RAISED).when(replace(CHANGE, added=(), removed=(PEER,))).refused(LastReader)


def test_a_concern_has_a_text_a_source_and_something_that_it_is_about() -> None:
    given(concern).when(replace(RAISE, partnership_id=None)).refused(ConcernAboutNothing)
    given(concern).when(replace(RAISE, text=" ")).refused(ConcernEmpty)
    given(concern).when(replace(RAISE, heard_from="")).refused(ConcernEmpty)
    given(concern, RAISED).when(replace(RAISE, text="Another")).refused(ConcernAlreadyRaised)


@pytest.mark.parametrize("command", [CHANGE, READ, SHARE, CLOSE], ids=lambda one: type(one).__name__)
def test_a_step_is_dated_no_earlier_than_the_concern(command: Any) -> None:
    early = replace(command, on=When("2004-10-03"))
    given(concern, RAISED).when(early).refused(ConcernDatedBefore, on=When("2004-10-03"), raised=ON)


# --- Who gives the commands -------------------------------------------------------------------------------------------


def log_with(*roles: tuple[PersonId, Role]) -> MemoryLog:
    """A log with a partnership, and people with these roles; others have none."""
    programme, scheme = ProgrammeId("programme-p"), SchemeId("scheme-s")
    begun = [
        *at(programme, programmes.ProgrammeEstablished(code="p", name="P", currency="GBP", on=ON)),
        *at(programme, programmes.SchemeEstablished(scheme_id=scheme, code="s", name="S", kind="pilot", on=ON)),
        *at(TOWN, organisation.OrganisationRegistered(code="town", name="Town", kind="council", on=ON)),
        *at(
            DIP,
            partnership.PartnershipFormed(
                partnership_id=DIP,
                programme_id=programme,
                scheme_id=scheme,
                code="dip",
                name="DIP",
                kind="pilot",
                on=ON,
            ),
        ),
    ]
    people = dict(roles)
    for person in (OFFICE, PEER, PARTNER, STRANGER, AUDITOR):
        begun += at(person, PersonRegistered(code=person, on=ON))
        if person in people:
            begun += at(person, RoleGranted(role=people[person], on=ON))
    return MemoryLog(*begun)


ROLES = (
    (OFFICE, Role.PROGRAMME_OFFICE), (PEER, Role.ASSESSOR), (PARTNER, Role.PARTNER),
    (STRANGER, Role.PROGRAMME_OFFICE), (AUDITOR, Role.AUDITOR),
)  # fmt: skip
COUNT = iter(range(10**9))


def give(log: MemoryLog, command: Command, by: str) -> None:
    desk.submit(log, Order(command_id=f"command-{next(COUNT)}", command=command, said="", actor=by))


def refused(log: MemoryLog, command: Command, by: str) -> Refused:
    before = len(log.written)
    with pytest.raises(Refused) as caught:
        give(log, command, by)
    assert before == len(log.written)
    return caught.value


@pytest.mark.parametrize("command", [CHANGE, READ, SHARE, CLOSE], ids=lambda one: type(one).__name__)
def test_to_whoever_is_no_reader_a_concern_and_an_unknown_id_are_the_same(command: Command) -> None:
    log = log_with(*ROLES)
    unknown = refused(log, command, STRANGER)
    give(log, RAISE, OFFICE)
    there = refused(log, command, STRANGER)
    assert (ConcernUnknown, unknown.reason, unknown.why) == (type(there), there.reason, there.why)
    give(log, command, PEER)


def test_what_was_raised_is_not_confirmed_to_whoever_guesses_it() -> None:
    log = log_with(*ROLES)
    give(log, RAISE, OFFICE)
    give(log, RAISE, OFFICE)
    same, other = refused(log, RAISE, STRANGER), refused(log, replace(RAISE, text="Another"), STRANGER)
    assert (ConcernAlreadyRaised, same.reason) == (type(other), other.reason)


def test_a_reader_who_is_removed_reads_no_more_and_one_who_is_added_does() -> None:
    log = log_with(*ROLES)
    give(log, RAISE, OFFICE)
    give(log, READ, PEER)
    give(log, replace(CHANGE, removed=(PEER,)), OFFICE)
    assert isinstance(refused(log, READ, PEER), ConcernUnknown)
    give(log, READ, PARTNER)
    with pytest.raises(ConcernUnknown):
        text_for(Reading(log), ONE, PEER)
    assert RAISE.text == text_for(Reading(log), ONE, PARTNER).text


def test_an_auditor_who_is_named_reads_and_does_no_more() -> None:
    log = log_with(*ROLES)
    give(log, replace(RAISE, readers=(AUDITOR,)), OFFICE)
    give(log, READ, AUDITOR)
    assert isinstance(refused(log, CLOSE, AUDITOR), NotPermitted)


def test_whoever_has_no_role_any_more_reads_nothing() -> None:
    log = log_with((OFFICE, Role.PROGRAMME_OFFICE))
    give(log, RAISE, OFFICE)
    assert isinstance(refused(log, READ, PEER), NotPermitted)


def test_a_reader_whose_role_holds_in_one_place_reads_wherever_the_concern_is() -> None:
    log = log_with((OFFICE, Role.PROGRAMME_OFFICE))
    log.written += at(PEER, RoleGranted(role=Role.PARTNER, partnership_id=PartnershipId("partnership-other"), on=ON))
    give(log, RAISE, OFFICE)
    give(log, READ, PEER)
    elsewhere = replace(RAISE, concern_id=ConcernId("concern-2"))
    assert isinstance(refused(log, elsewhere, PEER), NotPermitted)


def test_only_registered_people_become_readers() -> None:
    log = log_with(*ROLES, (PersonId("person-admin"), Role.ADMINISTRATOR))
    assert isinstance(refused(log, replace(RAISE, readers=(PersonId("person-none"),)), OFFICE), PersonUnknown)
    give(log, ErasePerson(person_id=PARTNER, because="Asked", on=ON), "the owner")
    assert isinstance(refused(log, replace(RAISE, readers=(PARTNER,)), OFFICE), PersonIsErased)
    give(log, RAISE, OFFICE)
    assert isinstance(refused(log, CHANGE, OFFICE), PersonIsErased)
    unknown = replace(RAISE, concern_id=ConcernId("concern-3"), partnership_id=PartnershipId("partnership-none"))
    assert isinstance(refused(log, unknown, OFFICE), PartnershipUnknown)


def test_whoever_raises_a_concern_reads_it_also_if_they_are_no_person() -> None:
    log = log_with()
    give(log, replace(RAISE, readers=()), "the owner")
    give(log, READ, "the owner")
    assert isinstance(refused(log, READ, "somebody else"), ConcernUnknown)


# --- A law ------------------------------------------------------------------------------------------------------------

ACTORS = (OFFICE, PEER, PARTNER, STRANGER)
some_people = st.lists(st.sampled_from(ACTORS), max_size=3).map(tuple)
some_text = st.sampled_from(["", " ", "They stopped meeting.", "concern-1", "'; DROP TABLE", "\N{SNOWMAN}"])
some_day = st.sampled_from([When("2004-10-03"), ON, LATER, When("2004"), When("unknown")])
commands = st.one_of(
    st.builds(
        RaiseConcern, concern_id=st.just(ONE), partnership_id=st.sampled_from([DIP, None]), text=some_text,
        heard_from=some_text, confidential=st.booleans(), readers=some_people, on=some_day,
    ),
    st.builds(
        ChangeReaders, concern_id=st.just(ONE), added=some_people, removed=some_people, because=some_text, on=some_day
    ),
    st.builds(ReadConcern, concern_id=st.just(ONE), on=some_day),
    st.builds(ShareConcern, concern_id=st.just(ONE), agreed_by=some_text, names_source=st.booleans(), on=some_day),
    st.builds(CloseConcern, concern_id=st.just(ONE), conclusion=some_text, on=some_day),
)  # fmt: skip


@hypothesis.given(st.lists(st.tuples(commands, st.sampled_from(ACTORS)), max_size=25))
def test_nobody_acts_on_a_concern_whom_the_events_before_do_not_name(
    asked: list[tuple[concern.Command, PersonId]],
) -> None:
    """The readers are counted here by hand, from the events; each reading of a concern that is not shared is one."""
    log, readers, shared = log_with(*ROLES), set[str](), False
    begun = len(log.written)
    for command, by in asked:
        before = len(log.written)
        with suppress(Refused):
            give(log, command, by)
            assert isinstance(command, RaiseConcern) or by in readers
            if isinstance(command, ReadConcern):
                assert (not shared) == (len(log.written) == before + 1)
        for _, event in log.written[before:]:
            match event:
                case ConcernRaised():
                    readers = {by, *event.readers}
                case ReadersChanged():
                    readers = (readers | {*event.added}) - {*event.removed}
                case ConcernShared():
                    shared = True
        assert bool(readers) == (len(log.written) > begun)
        for one in ACTORS:
            with suppress(ConcernUnknown):
                text_for(Reading(log), ONE, one)
                assert one in readers
