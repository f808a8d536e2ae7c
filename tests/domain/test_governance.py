"""Who may decide what in a programme: its bodies and posts, their members, their limits, and the duties kept apart."""

import pytest

from domain import governance
from domain.governance import (
    AppointMember,
    BodiesMerged,
    BodyAlreadyEstablished,
    BodyClosed,
    BodyEnded,
    BodyEstablished,
    BodyNameless,
    BodyUnknown,
    CloseBody,
    Deciding,
    DelegationAlreadyGranted,
    DelegationGranted,
    DelegationOfNothing,
    DelegationRevoked,
    DelegationRevokedAlready,
    DelegationToItself,
    DelegationUnknown,
    EndsBeforeItStarts,
    EstablishBody,
    GovernanceUnexplained,
    GrantDelegation,
    LiftSeparation,
    LimitNotPositive,
    MemberAppointed,
    MemberStoodDown,
    MergeBodies,
    MergedIntoItself,
    NotAMember,
    NothingToMerge,
    PostTaken,
    QuorumOutOfRange,
    RestoreSeparation,
    RevokeDelegation,
    Separation,
    SeparationInForce,
    SeparationLifted,
    SeparationLiftedAlready,
    SeparationRestored,
    StandDownMember,
)
from domain.values.frozen import replace
from domain.values.ids import BodyId, DelegationId, PersonId
from domain.values.when import When
from tests.kit.examples import ACE, ASSESSOR, BOARD, CARLISLE, LIMIT, PANEL, PROGRAMME
from tests.kit.spec import gbp, given

ON, LATER = When("2004-04-01"), When("2005-04-01")
ESTABLISHED = BodyEstablished(
    programme_id=PROGRAMME, body_id=BOARD, code="board", name="Board", kind="board", partnership_id=ACE, quorum=3, on=ON
)
ESTABLISH = EstablishBody(
    programme_id=PROGRAMME, body_id=BOARD, code="board", name="Board", kind="board", partnership_id=ACE, quorum=3, on=ON
)
OTHER = replace(ESTABLISHED, body_id=PANEL, code="panel", name="Panel")
TREASURER = replace(
    ESTABLISHED, body_id=BodyId("body-3"), code="treasurer", name="Treasurer", kind="post", partnership_id=None
)
APPOINTED = MemberAppointed(
    programme_id=PROGRAMME, body_id=BOARD, person_id=ASSESSOR, role="chair", partnership_id=ACE, on=ON
)
APPOINT = AppointMember(programme_id=PROGRAMME, body_id=BOARD, person_id=ASSESSOR, role="chair", on=ON)
GRANTED = DelegationGranted(
    programme_id=PROGRAMME,
    delegation_id=LIMIT,
    code="board-spending",
    body_id=BOARD,
    decisions=(Deciding.APPROVE_BID,),
    limit=gbp("50000.00"),
    partnership_id=ACE,
    on=ON,
)
GRANT = GrantDelegation(
    programme_id=PROGRAMME,
    delegation_id=LIMIT,
    code="board-spending",
    body_id=BOARD,
    decisions=(Deciding.APPROVE_BID,),
    limit=gbp("50000.00"),
    partnership_id=ACE,
    on=ON,
)
LIFTED = SeparationLifted(programme_id=PROGRAMME, separation=Separation.PAYMENT, because="Two people work here", on=ON)
LIFT = LiftSeparation(programme_id=PROGRAMME, separation=Separation.PAYMENT, because="Two people work here", on=ON)


def test_a_board_of_a_partnership_is_established_with_its_quorum() -> None:
    given(governance).when(ESTABLISH).then(ESTABLISHED)


def test_each_body_has_its_own_id_and_code() -> None:
    given(governance, ESTABLISHED).when(replace(ESTABLISH, body_id=PANEL)).refused(BodyAlreadyEstablished, code="board")
    given(governance, ESTABLISHED).when(replace(ESTABLISH, name="Group")).refused(BodyAlreadyEstablished)


@pytest.mark.parametrize("field", ["code", "name", "kind"])
def test_a_body_has_a_name_a_code_and_a_kind(field: str) -> None:
    given(governance).when(replace(ESTABLISH, **{field: " "})).refused(BodyNameless)


def test_a_quorum_is_one_member_at_least() -> None:
    given(governance).when(replace(ESTABLISH, quorum=0)).refused(QuorumOutOfRange, quorum=0)
    given(governance).when(replace(ESTABLISH, quorum=1)).then(replace(ESTABLISHED, quorum=1))


def test_a_person_is_appointed_for_an_organisation_until_a_last_day() -> None:
    given(governance, ESTABLISHED).when(replace(APPOINT, organisation_id=CARLISLE, speaks_for=3, until=LATER)).then(
        replace(APPOINTED, organisation_id=CARLISLE, speaks_for=3, until=LATER)
    )


def test_nobody_is_appointed_to_a_body_that_is_not_there_or_has_ended() -> None:
    given(governance).when(APPOINT).refused(BodyUnknown)
    closed = BodyClosed(programme_id=PROGRAMME, body_id=BOARD, because="Done", partnership_id=ACE, on=LATER)
    given(governance, ESTABLISHED, closed).when(replace(APPOINT, on=LATER)).refused(BodyEnded, body="Board")
    given(governance, ESTABLISHED, closed).when(replace(APPOINT, on=When("2005-03-31"))).then(
        replace(APPOINTED, on=When("2005-03-31"))
    )
    given(governance, ESTABLISHED).when(replace(APPOINT, on=When("2004-03-31"))).refused(BodyEnded)


def test_an_appointment_does_not_end_before_it_starts() -> None:
    given(governance, ESTABLISHED).when(replace(APPOINT, until=When("2004-03-31"))).refused(EndsBeforeItStarts)
    given(governance, ESTABLISHED).when(replace(APPOINT, until=ON)).then(replace(APPOINTED, until=ON))


def test_a_post_has_one_holder_at_a_time() -> None:
    first = replace(APPOINTED, body_id=TREASURER.body_id, partnership_id=None, until=When("2004-12-31"))
    next_one = replace(APPOINT, body_id=TREASURER.body_id, person_id=PersonId("person-2"), on=When("2004-12-31"))
    given(governance, TREASURER, first).when(next_one).refused(PostTaken, body="Treasurer")
    given(governance, TREASURER, first).when(replace(next_one, on=When("2005-01-01"))).then(
        replace(first, person_id=PersonId("person-2"), on=When("2005-01-01"), until=None)
    )


def test_a_member_stands_down_and_may_be_appointed_again() -> None:
    left = MemberStoodDown(
        programme_id=PROGRAMME, body_id=BOARD, person_id=ASSESSOR, because="Moved", partnership_id=ACE, on=LATER
    )
    leave = StandDownMember(programme_id=PROGRAMME, body_id=BOARD, person_id=ASSESSOR, because="Moved", on=LATER)
    given(governance, ESTABLISHED, APPOINTED).when(leave).then(left)
    given(governance, ESTABLISHED).when(leave).refused(NotAMember, body="Board")
    given(governance).when(leave).refused(BodyUnknown)
    given(governance, ESTABLISHED, APPOINTED, left).when(replace(leave, on=When("2006"))).refused(NotAMember)
    given(governance, ESTABLISHED, APPOINTED, left).when(replace(APPOINT, on=LATER)).then(replace(APPOINTED, on=LATER))


def test_boards_merge_into_one_and_end() -> None:
    merge = MergeBodies(programme_id=PROGRAMME, body_ids=(PANEL,), into_id=BOARD, because="One board", on=LATER)
    merged = BodiesMerged(
        programme_id=PROGRAMME, body_ids=(PANEL,), into_id=BOARD, because="One board", partnership_id=ACE, on=LATER
    )
    given(governance, ESTABLISHED, OTHER).when(merge).then(merged)
    given(governance, ESTABLISHED, replace(OTHER, partnership_id=None)).when(merge).then(
        replace(merged, partnership_id=None)
    )
    given(governance, ESTABLISHED).when(merge).refused(BodyUnknown)
    given(governance, ESTABLISHED, OTHER).when(replace(merge, body_ids=())).refused(NothingToMerge)
    given(governance, ESTABLISHED, OTHER).when(replace(merge, body_ids=(BOARD, PANEL))).refused(MergedIntoItself)
    given(governance, ESTABLISHED, OTHER).when(replace(merge, because=" ")).refused(GovernanceUnexplained)


def test_a_body_is_closed_with_a_reason() -> None:
    close = CloseBody(programme_id=PROGRAMME, body_id=BOARD, because="Done", on=LATER)
    given(governance, ESTABLISHED).when(close).then(
        BodyClosed(programme_id=PROGRAMME, body_id=BOARD, because="Done", partnership_id=ACE, on=LATER)
    )
    given(governance, ESTABLISHED).when(replace(close, because="")).refused(GovernanceUnexplained)


def test_a_limit_is_given_to_a_body_for_kinds_of_decision() -> None:
    given(governance, ESTABLISHED).when(GRANT).then(GRANTED)
    given(governance, ESTABLISHED).when(replace(GRANT, limit=None)).then(replace(GRANTED, limit=None))


def test_what_a_limit_names_must_be_right() -> None:
    there = given(governance, ESTABLISHED, OTHER)
    given(governance).when(GRANT).refused(BodyUnknown)
    there.when(replace(GRANT, decisions=())).refused(DelegationOfNothing)
    there.when(replace(GRANT, limit=gbp("0.00"))).refused(LimitNotPositive)
    there.when(replace(GRANT, limit=gbp("0.01"))).then(replace(GRANTED, limit=gbp("0.01")))
    there.when(replace(GRANT, given_by=BOARD)).refused(DelegationToItself, body="Board")
    there.when(replace(GRANT, given_by=PANEL)).then(replace(GRANTED, given_by=PANEL))
    there.when(replace(GRANT, given_by=BodyId("body-9"))).refused(BodyUnknown)
    there.when(replace(GRANT, until=When("2004-03-31"))).refused(EndsBeforeItStarts)
    there.when(replace(GRANT, code=" ")).refused(BodyNameless)


def test_each_authority_has_its_own_id_and_code() -> None:
    again = replace(GRANT, delegation_id=DelegationId("delegation-2"))
    given(governance, ESTABLISHED, GRANTED).when(again).refused(DelegationAlreadyGranted, code="board-spending")
    given(governance, ESTABLISHED, GRANTED).when(replace(GRANT, limit=gbp("1.00"))).refused(DelegationAlreadyGranted)


def test_an_authority_is_revoked_once_with_a_reason() -> None:
    revoke = RevokeDelegation(programme_id=PROGRAMME, delegation_id=LIMIT, because="Boards merged", on=LATER)
    revoked = DelegationRevoked(
        programme_id=PROGRAMME, delegation_id=LIMIT, because="Boards merged", partnership_id=ACE, on=LATER
    )
    given(governance, ESTABLISHED, GRANTED).when(revoke).then(revoked)
    given(governance, ESTABLISHED).when(revoke).refused(DelegationUnknown)
    given(governance, ESTABLISHED, GRANTED).when(replace(revoke, because=" ")).refused(GovernanceUnexplained)
    given(governance, ESTABLISHED, GRANTED, revoked).when(replace(revoke, on=When("2006"))).refused(
        DelegationRevokedAlready, ended=LATER
    )


def test_a_small_office_lifts_a_separation_with_a_reason_and_restores_it() -> None:
    restore = RestoreSeparation(programme_id=PROGRAMME, separation=Separation.PAYMENT, on=LATER)
    restored = SeparationRestored(programme_id=PROGRAMME, separation=Separation.PAYMENT, on=LATER)
    given(governance).when(LIFT).then(LIFTED)
    given(governance).when(replace(LIFT, because=" ")).refused(GovernanceUnexplained)
    given(governance, LIFTED).when(replace(LIFT, on=LATER)).refused(SeparationLiftedAlready, since=ON)
    given(governance, LIFTED).when(restore).then(restored)
    given(governance).when(restore).refused(SeparationInForce)
    given(governance, LIFTED).when(replace(restore, on=When("2004-03-31"))).refused(EndsBeforeItStarts)
    given(governance, LIFTED, restored).when(replace(LIFT, on=When("2006"))).then(replace(LIFTED, on=When("2006")))


def test_a_limit_holds_on_its_last_day_and_not_on_the_day_of_its_revocation() -> None:
    state = governance.evolve(governance.evolve(None, ESTABLISHED), replace(GRANTED, until=When("2004-12-31")))
    held = state.delegations[LIMIT].span
    assert [False, True, True, False] == [
        held.covers(When(day)) for day in ("2004-03-31", "2004-04-01", "2004-12-31", "2005-01-01")
    ]
    revoked = DelegationRevoked(
        programme_id=PROGRAMME, delegation_id=LIMIT, because="x", partnership_id=ACE, on=When("2004-06-01")
    )
    held = governance.evolve(state, revoked).delegations[LIMIT].span
    assert [True, False] == [held.covers(When(day)) for day in ("2004-05-31", "2004-06-01")]
