"""Nobody takes two duties that are kept apart: one clerk cannot take a bid from submission to the bank."""

from collections.abc import Sequence

import pytest

from domain import award, bid, desk, governance, organisation
from domain.across.duties import HasInterest, SamePerson
from domain.across.people import PayeesAlwaysSeparated
from domain.award import (
    AcceptOffer,
    ApprovePayment,
    CertifyReturn,
    OfferAward,
    PrepareReturn,
    ReleasePayment,
    RequestPayment,
    RequireReturn,
    ReturnIsCertified,
    ReturnPrepared,
    ReturnRequired,
    ReturnUnknown,
)
from domain.bid import ApproveBid, AssessBid, DeclareInterest, DeclineBid, RecuseAssessor, SubmitBid
from domain.governance import LiftSeparation, RestoreSeparation, Separation
from domain.history import Command, Decision, Order, Reference, ReferenceTaken
from domain.organisation import (
    AccountEvidenceMissing,
    ChangePayeeAccount,
    MergeOrganisations,
    OrganisationRegistered,
    PayeeAccountChanged,
    PayeeAccountDiffers,
    PayeeAccountEmpty,
    PayeeAccountUnverified,
    PayeeAccountVerified,
    RegisterOrganisation,
    UndoMerger,
    VerifyPayeeAccount,
    account_digest,
)
from domain.partnership import (
    AppointSupplier,
    ChangeLead,
    JoinPartnership,
    LeavePartnership,
    PartnerJoined,
    PartnershipFormed,
)
from domain.people import person
from domain.people.person import PersonRegistered, PersonUnknown, Role, RoleGranted
from domain.programme import ProgrammeEstablished, SchemeEstablished
from domain.reading import Reading
from domain.values.fact import InvolvementStated, Record, StatementReplaced
from domain.values.frozen import replace
from domain.values.ids import OrganisationId, PersonId
from domain.values.refusal import Refused
from domain.values.when import When
from tests.kit.examples import ACE, ASSESSOR, AWARD, BID, CARLISLE, IDEA, PARKS, PILOTS, PROGRAMME, stated
from tests.kit.spec import MemoryLog, at, gbp, given

ON = When("2005-05-02")
SOURCE = stated("partners.csv", "000_6fe3068b2cce47b0.txt:617")
ADVISER = PersonId("person-01890000-0000-7000-8000-000000000002")
JUDGES = [RoleGranted(role=role, on=ON) for role in (Role.ASSESSOR, Role.DECISION_MAKER)]
BEGUN = (
    *at(CARLISLE, OrganisationRegistered(code="carlisle", name="Carlisle City Council", kind="council", on=ON)),
    *at(PARKS, OrganisationRegistered(code="parks", name="Lake District National Park", kind="park", on=ON)),
    *at(IDEA, OrganisationRegistered(code="idea", name="Improvement and Development Agency", kind="agency", on=ON)),
    *at(
        PROGRAMME,
        ProgrammeEstablished(code="cbp", name="Capacity Building Programme", currency="GBP", on=ON),
        SchemeEstablished(scheme_id=PILOTS, code="pilots", name="Pilots", kind="pilots", on=ON),
    ),
    *at(
        ACE,
        PartnershipFormed(
            partnership_id=ACE, programme_id=PROGRAMME, scheme_id=PILOTS, code="ace", name="ACE", kind="pilot", on=ON
        ),
        PartnerJoined(partnership_id=ACE, organisation_id=CARLISLE, role="partner", on=ON),
    ),
    *at(ASSESSOR, PersonRegistered(code="officer-2", organisation_id=CARLISLE, on=ON), *JUDGES),
    *at(ADVISER, PersonRegistered(code="officer-3", organisation_id=IDEA, on=ON), *JUDGES),
)
SUBMIT = SubmitBid(bid_id=BID, partnership_id=ACE, reference="ACE-1", title="ACE", requested=gbp("900.00"), on=ON)
APPROVE_BID = ApproveBid(bid_id=BID, approved=gbp("900.00"), on=ON)
OFFER = OfferAward(award_id=AWARD, bid_id=BID, reference="CBP-P25", amount=gbp("900.00"), on=ON)
ACCEPT = AcceptOffer(award_id=AWARD, on=ON)
REQUEST = RequestPayment(award_id=AWARD, number=1, amount=gbp("500.00"), on=ON)
APPROVE = ApprovePayment(award_id=AWARD, number=1, on=ON)
RELEASE = ReleasePayment(award_id=AWARD, number=1, bank_reference="BACS 1", on=ON)
LIFT = LiftSeparation(programme_id=PROGRAMME, separation=Separation.PAYMENT, because="Two people work here", on=ON)
ASSESS = AssessBid(bid_id=BID, criterion="need", score=7, justification="Clear", on=ON)
INTEREST = DeclareInterest(bid_id=BID, person_id=ASSESSOR, nature="Chairs the adviser", on=ON)

Step = tuple[str, Command]
AWARDED: tuple[Step, ...] = (
    ("bidder", SUBMIT), ("panel", APPROVE_BID), ("grants officer", OFFER), ("bidder", ACCEPT),
)  # fmt: skip


def log_after(steps: Sequence[Step]) -> MemoryLog:
    log = MemoryLog(*BEGUN)
    for actor, command in steps:
        take(log, actor, command)
    return log


def take(log: MemoryLog, actor: str, command: Command) -> None:
    name = f"{len(log.written)}"
    desk.submit(log, Order(command_id=name, command=command, said=repr(command), actor=actor))


def refuses(rule: type[Refused], steps: Sequence[Step], actor: str, command: Command, **why: object) -> None:
    log = log_after(steps)
    before = len(log.written)
    with pytest.raises(rule) as caught:
        take(log, actor, command)
    assert why == {name: caught.value.why.get(name) for name in why}
    assert before == len(log.written)


def test_three_people_request_approve_and_release_a_payment() -> None:
    steps = (*AWARDED, ("officer", REQUEST), ("budget holder", APPROVE), ("releaser", RELEASE))
    assert award.Paying.RELEASED is Reading(log_after(steps)).award(AWARD).payments[1].status  # type: ignore[union-attr]


def test_whoever_requests_a_payment_neither_approves_nor_releases_it() -> None:
    asked = (*AWARDED, ("officer", REQUEST))
    refuses(SamePerson, asked, "officer", APPROVE, person="officer", held="request payment 1", duty="approve payment 1")
    refuses(SamePerson, (*asked, ("budget holder", APPROVE)), "officer", RELEASE, held="request payment 1")


def test_whoever_approves_a_payment_does_not_release_it() -> None:
    refuses(
        SamePerson, (*AWARDED, ("officer", REQUEST), ("holder", APPROVE)), "holder", RELEASE, held="approve payment 1"
    )


def test_duties_are_those_of_one_payment() -> None:
    """An officer may request one payment and approve another."""
    second = RequestPayment(award_id=AWARD, number=2, amount=gbp("100.00"), on=ON)
    log = log_after((*AWARDED, ("officer", REQUEST), ("holder", second)))
    take(log, "holder", APPROVE)
    take(log, "officer", ApprovePayment(award_id=AWARD, number=2, on=ON))


def test_whoever_decided_a_bid_does_not_approve_its_payments() -> None:
    asked = (*AWARDED, ("officer", REQUEST))
    refuses(SamePerson, asked, "panel", APPROVE, held="decide the bid", duty="approve its payments")
    take(log_after((*asked, ("holder", APPROVE))), "panel", RELEASE)


def test_whoever_prepared_a_return_does_not_certify_it() -> None:
    due = (
        *AWARDED,
        ("officer", RequireReturn(award_id=AWARD, number=1, covers="2005", due=When("2006-01-01"), on=ON)),
        ("accountant", PrepareReturn(award_id=AWARD, number=1, on=ON)),
    )
    certify = CertifyReturn(award_id=AWARD, number=1, on=ON)
    refuses(SamePerson, due, "accountant", certify, held="prepare return 1", duty="certify return 1")
    take(log_after(due), "section 151 officer", certify)


def test_a_return_is_prepared_before_it_is_certified() -> None:
    required = ReturnRequired(partnership_id=ACE, number=1, covers="2005", due=When("2006-01-01"), on=ON)
    began = given(award, *award_begun(), required)
    began.when(PrepareReturn(award_id=AWARD, number=1, on=ON)).then(ReturnPrepared(partnership_id=ACE, number=1, on=ON))
    began.when(PrepareReturn(award_id=AWARD, number=2, on=ON)).refused(ReturnUnknown)
    certified = award.ReturnCertified(partnership_id=ACE, number=1, on=ON)
    given(award, *award_begun(), required, certified).when(PrepareReturn(award_id=AWARD, number=1, on=ON)).refused(
        ReturnIsCertified, number=1
    )


def award_begun() -> list[award.Event]:
    return [
        event for _, event in log_after(AWARDED).written if isinstance(event, award.AwardOffered | award.OfferAccepted)
    ]


def test_a_small_office_that_lifts_a_separation_may_act_alone_until_it_is_restored() -> None:
    asked = (*AWARDED, ("officer", REQUEST))
    take(log_after((*asked, ("head", LIFT))), "officer", APPROVE)
    restore = RestoreSeparation(programme_id=PROGRAMME, separation=Separation.PAYMENT, on=ON)
    refuses(SamePerson, (*asked, ("head", LIFT), ("head", restore)), "officer", APPROVE)
    of_returns = LiftSeparation(
        programme_id=PROGRAMME, separation=Separation.RETURN, because="Two people work here", on=ON
    )
    refuses(SamePerson, (*asked, ("head", of_returns)), "officer", APPROVE)


def test_a_lifted_separation_counts_on_the_date_of_the_step() -> None:
    later = LiftSeparation(
        programme_id=PROGRAMME, separation=Separation.PAYMENT, because="Two people work here", on=When("2005-06-01")
    )
    asked = (*AWARDED, ("officer", REQUEST), ("head", later))
    refuses(SamePerson, asked, "officer", APPROVE)
    take(log_after(asked), "officer", ApprovePayment(award_id=AWARD, number=1, on=When("2005-06-01")))


def test_the_log_keeps_each_duty_and_refuses_a_second_one_of_the_same_person() -> None:
    """It is a second guard: it refuses where the rules were passed by, as they are here."""
    log = log_after((*AWARDED, ("officer", REQUEST)))
    reading = Reading(log)
    written = desk.decide(reading, APPROVE)
    order = Order(command_id="past the rules", command=APPROVE, said="", actor="officer")

    claim = Reference(f"duty in payment 1 of {AWARD}", "officer", "approve payment 1")
    with pytest.raises(ReferenceTaken):
        log.append([Decision(order=order, written=tuple(written), seen=reading.seen, duties=(claim,))])
    log.append([Decision(order=order, written=tuple(written), seen=reading.seen)])


def test_whoever_declared_an_interest_neither_assesses_nor_decides_the_bid() -> None:
    declared = (("bidder", SUBMIT), (ASSESSOR, INTEREST))
    decline = DeclineBid(bid_id=BID, because="No plan", on=ON)
    for command in (ASSESS, APPROVE_BID, decline):
        refuses(HasInterest, declared, ASSESSOR, command, interest="declared as Chairs the adviser")
        take(log_after(declared), "another assessor", command)


def test_a_recused_assessor_neither_assesses_nor_decides_the_bid() -> None:
    recused = (("bidder", SUBMIT), ("chair", RecuseAssessor(bid_id=BID, person_id=ADVISER, because="A friend", on=ON)))
    refuses(HasInterest, recused, ADVISER, ASSESS, interest="recused from the bid")


def test_whoever_works_for_a_partner_or_an_adviser_neither_assesses_nor_decides_the_bid() -> None:
    refuses(HasInterest, (("bidder", SUBMIT),), ASSESSOR, ASSESS, interest="works for a partner")
    drafted = bid.DraftBid(bid_id=BID, partnership_id=ACE, reference="ACE-1", title="ACE", on=ON)
    advised = bid.RecordAdviser(bid_id=BID, organisation_id=IDEA, part="writer", on=ON)
    steps = (("bidder", drafted), ("bidder", advised), ("bidder", SUBMIT))
    refuses(HasInterest, steps, ADVISER, ASSESS, interest="works for an adviser of the bid")
    take(log_after((("bidder", SUBMIT),)), ADVISER, ASSESS)
    moved = person.MovePerson(person_id=ADVISER, on=ON)
    take(log_after((*steps, ("office", moved))), ADVISER, ASSESS)


APPOINT = AppointSupplier(
    partnership_id=ACE, organisation_id=IDEA, work="Action learning", brief="Six sets", selection="Three quotes", on=ON
)
SUPPLIER = "works for a supplier of the partnership"


def test_whoever_works_for_a_supplier_neither_assesses_nor_decides_the_bid() -> None:
    appointed = (("bidder", SUBMIT), ("bidder", APPOINT))
    for command in (ASSESS, APPROVE_BID, DeclineBid(bid_id=BID, because="No plan", on=ON)):
        refuses(HasInterest, appointed, ADVISER, command, interest=SUPPLIER)
        take(log_after(appointed), "another assessor", command)
    leave = LeavePartnership(partnership_id=ACE, organisation_id=IDEA, reason="The work is done", on=ON)
    take(log_after((*appointed, ("bidder", leave))), ADVISER, ASSESS)


def test_a_supplier_that_a_source_names_counts_until_the_source_no_longer_does() -> None:
    named = InvolvementStated(partnership_id=ACE, organisation_id=IDEA, role="supplier", on=ON, source=SOURCE)
    stated = (("bidder", SUBMIT), ("import", Record(stream=ACE, fact=named)))
    refuses(HasInterest, stated, ADVISER, ASSESS, interest=SUPPLIER)
    visited = replace(named, role="visited")
    take(log_after((("bidder", SUBMIT), ("import", Record(stream=ACE, fact=visited)))), ADVISER, ASSESS)
    gone = StatementReplaced(version=3, fact="InvolvementStated", on=ON, source=SOURCE)
    take(log_after((*stated, ("import", Record(stream=ACE, fact=gone)))), ADVISER, ASSESS)


def merge(merged: OrganisationId, into: OrganisationId, on: When = ON) -> MergeOrganisations:
    return MergeOrganisations(organisation_id=into, merged_id=merged, on=on, because="The Order")


@pytest.mark.parametrize(("part", "whole"), [(IDEA, PARKS), (PARKS, IDEA)], ids=["of the whole", "of the part"])
def test_an_organisation_that_has_merged_into_another_is_the_same_one(
    part: OrganisationId, whole: OrganisationId
) -> None:
    """Its people have the interests of both, whichever of them supplies, advises or is a partner."""
    of_whole = replace(APPOINT, organisation_id=PARKS)
    advised = bid.RecordAdviser(bid_id=BID, organisation_id=PARKS, part="writer", on=ON)
    joined = JoinPartnership(partnership_id=ACE, organisation_id=PARKS, role="partner", on=ON)
    for part_taken, interest in (
        (of_whole, SUPPLIER), (advised, "works for an adviser of the bid"), (joined, "works for a partner"),
    ):  # fmt: skip
        steps = (("bidder", SUBMIT), ("bidder", part_taken))
        merged = (*steps, ("office", merge(part, whole)))
        refuses(HasInterest, merged, ADVISER, ASSESS, interest=interest)
        # They are two before the merger, without it, and after it was undone.
        take(log_after(steps), ADVISER, ASSESS)
        take(log_after((*steps, ("office", merge(part, whole, When("2005-05-03"))))), ADVISER, ASSESS)
        undone = UndoMerger(merged_id=part, on=ON, because="A mistake")
        take(log_after((*merged, ("office", undone))), ADVISER, ASSESS)


def test_two_parts_of_one_whole_are_the_same_organisation() -> None:
    council = OrganisationId("organisation-council")
    registered = RegisterOrganisation(
        organisation_id=council, code="council", name="Cumberland Council", kind="council", on=ON
    )
    steps = (("bidder", SUBMIT), ("bidder", replace(APPOINT, organisation_id=PARKS)), ("office", registered))
    both = (*steps, ("office", merge(PARKS, council)), ("office", merge(IDEA, council)))
    refuses(HasInterest, both, ADVISER, ASSESS, interest=SUPPLIER)
    take(log_after((*steps, ("office", merge(PARKS, council)))), ADVISER, ASSESS)


def test_an_interest_is_of_a_known_person_with_words() -> None:
    refuses(PersonUnknown, (("bidder", SUBMIT),), "chair", declare("person-9"))
    refuses(bid.ReasonMissing, (("bidder", SUBMIT),), "chair", declare(ASSESSOR, " "))
    unknown = RecuseAssessor(bid_id=BID, person_id=PersonId("person-9"), because="A friend", on=ON)
    refuses(PersonUnknown, (("bidder", SUBMIT),), "chair", unknown)
    silent = RecuseAssessor(bid_id=BID, person_id=ASSESSOR, because=" ", on=ON)
    refuses(bid.ReasonMissing, (("bidder", SUBMIT),), "chair", silent)


def declare(person_id: str, nature: str = "A friend") -> DeclareInterest:
    return DeclareInterest(bid_id=BID, person_id=PersonId(person_id), nature=nature, on=ON)


def test_an_office_that_lifts_the_rule_of_interests_may_let_the_person_decide() -> None:
    lifted = LiftSeparation(
        programme_id=PROGRAMME, separation=Separation.INTEREST, because="Nobody else can judge", on=ON
    )
    take(log_after((("bidder", SUBMIT), (ASSESSOR, INTEREST), ("head", lifted))), ASSESSOR, ASSESS)
    assert governance.stream_of(PROGRAMME) in {stream for stream, _ in log_after((("head", lifted),)).written}


# --- Where a payee is paid --------------------------------------------------------------------------------------------

CHANGE = ChangePayeeAccount(organisation_id=CARLISLE, account="GB29 NWBK 6016 1331 9268 19", on=ON)
VERIFY = VerifyPayeeAccount(
    organisation_id=CARLISLE, account="gb29nwbk60161331926819", evidence="A call to the number on the agreement", on=ON
)
LEAD = ChangeLead(partnership_id=ACE, organisation_id=CARLISLE, on=ON)
APPROVED = (*AWARDED, ("office", LEAD), ("officer", REQUEST), ("holder", APPROVE))


def test_the_log_holds_a_digest_of_an_account_and_its_last_four_characters() -> None:
    digest = account_digest("GB29NWBK60161331926819")
    changed = PayeeAccountChanged(account=digest, ends="6819", on=ON)
    known = OrganisationRegistered(code="carlisle", name="Carlisle City Council", kind="council", on=ON)
    given(organisation, known).when(CHANGE).then(changed)
    given(organisation, known).when(replace(CHANGE, account=" 12345 ")).refused(PayeeAccountEmpty)
    given(organisation, known, changed).when(VERIFY).then(
        PayeeAccountVerified(account=digest, evidence="A call to the number on the agreement", on=ON)
    )
    given(organisation, known, changed).when(replace(VERIFY, account="GB00")).refused(PayeeAccountDiffers)
    given(organisation, known, changed).when(replace(VERIFY, evidence=" ")).refused(AccountEvidenceMissing)


def test_payments_wait_until_another_person_has_verified_a_changed_account() -> None:
    changed = (*APPROVED, ("officer", CHANGE))
    refuses(PayeeAccountUnverified, changed, "releaser", RELEASE, organisation="Carlisle City Council")
    refuses(
        SamePerson, changed, "officer", VERIFY, held="change the payee's account", duty="verify the payee's account"
    )
    take(log_after((*changed, ("treasurer", VERIFY))), "releaser", RELEASE)
    take(log_after(APPROVED), "releaser", RELEASE)


def test_a_second_change_waits_again() -> None:
    again = replace(CHANGE, account="GB94 BARC 1020 1530 0934 59")
    refuses(PayeeAccountUnverified, (*APPROVED, ("a", CHANGE), ("b", VERIFY), ("a", again)), "releaser", RELEASE)


def test_a_change_back_to_an_earlier_account_is_a_matter_of_its_own() -> None:
    """Whoever verified the account the first time may change it back, and whoever changed it then may verify that."""
    other = replace(CHANGE, account="GB94 BARC 1020 1530 0934 59")
    back = replace(CHANGE, on=When("2005-05-03"))
    verify_back = replace(VERIFY, on=When("2005-05-03"))
    changed = (*APPROVED, ("officer", CHANGE), ("treasurer", VERIFY), ("clerk", other), ("treasurer", back))
    refuses(PayeeAccountUnverified, changed, "releaser", RELEASE)
    refuses(SamePerson, changed, "treasurer", verify_back, held="change the payee's account")
    take(log_after((*changed, ("officer", verify_back))), "releaser", RELEASE)


def test_where_an_account_is_one_matter_for_ever_its_first_verifier_may_not_change_it_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: so it was, as no change was told from an earlier one."""
    monkeypatch.setattr("domain.across.duties.takewhile", lambda *_: ())
    other = replace(CHANGE, account="GB94 BARC 1020 1530 0934 59")
    changed = (("officer", CHANGE), ("treasurer", VERIFY), ("clerk", other))
    with pytest.raises(SamePerson):
        take(log_after(changed), "treasurer", replace(CHANGE, on=When("2005-05-03")))


OTHER = "GB94 BARC 1020 1530 0934 59"
MERGED = ("office", merge(CARLISLE, PARKS))
OF_WHOLE = replace(CHANGE, organisation_id=PARKS, account=OTHER)
VERIFY_WHOLE = replace(VERIFY, organisation_id=PARKS, account=OTHER)


def test_a_lead_that_has_merged_is_paid_into_the_account_of_the_organisation_that_goes_on() -> None:
    whole = (*APPROVED, MERGED, ("officer", OF_WHOLE))
    refuses(PayeeAccountUnverified, whole, "releaser", RELEASE, organisation="Lake District National Park")
    take(log_after((*whole, ("treasurer", VERIFY_WHOLE))), "releaser", RELEASE)
    # Before the merger, and if it was a mistake, it is paid into its own.
    later = ("office", merge(CARLISLE, PARKS, When("2005-05-03")))
    take(log_after((*APPROVED, later, ("officer", OF_WHOLE))), "releaser", RELEASE)
    mistake = UndoMerger(merged_id=CARLISLE, on=ON, because="A mistake")
    take(log_after((*whole, ("office", mistake))), "releaser", RELEASE)


def test_an_account_of_the_part_from_before_the_merger_no_longer_matters_where_the_whole_has_one() -> None:
    day_before = replace(CHANGE, on=When("2005-05-01"))
    old = (*APPROVED, ("officer", day_before), MERGED)
    # The one that goes on has no account yet: the part's own is used, which nobody has verified.
    refuses(PayeeAccountUnverified, old, "releaser", RELEASE, organisation="Carlisle City Council")
    whole = (*old, ("officer", OF_WHOLE))
    refuses(PayeeAccountUnverified, whole, "releaser", RELEASE, organisation="Lake District National Park")
    take(log_after((*whole, ("treasurer", VERIFY_WHOLE))), "releaser", RELEASE)


def test_an_account_of_the_part_that_was_changed_since_the_merger_is_used() -> None:
    whole = (*APPROVED, MERGED, ("officer", OF_WHOLE), ("treasurer", VERIFY_WHOLE))
    own = (*whole, ("officer", CHANGE))
    refuses(PayeeAccountUnverified, own, "releaser", RELEASE, organisation="Carlisle City Council")
    take(log_after((*own, ("treasurer", VERIFY))), "releaser", RELEASE)


def test_the_account_is_that_of_the_last_of_a_chain_of_mergers() -> None:
    chain = (*APPROVED, MERGED, ("office", merge(PARKS, IDEA)), ("officer", replace(OF_WHOLE, organisation_id=IDEA)))
    name = "Improvement and Development Agency"
    refuses(PayeeAccountUnverified, chain, "releaser", RELEASE, organisation=name)
    take(log_after((*APPROVED, MERGED, ("office", merge(PARKS, IDEA)))), "releaser", RELEASE)


def test_no_programme_lifts_the_verification_of_payees() -> None:
    lift = LiftSeparation(programme_id=PROGRAMME, separation=Separation.PAYEE, because="Two people work here", on=ON)
    refuses(PayeesAlwaysSeparated, (), "head", lift)
