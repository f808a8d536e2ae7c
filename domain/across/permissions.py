"""Who may give which command, and who may read what: one table for every way in. What is not in it is denied.

A person has roles, each with a scope. The owner of the database, who works on the command line and on a machine without
an issuer, is no person here and may do everything. docs/permissions.md and ``fundtrail permissions`` print the table.
"""

from collections.abc import Iterable
from enum import Enum

from domain import award, bid, books, delivery, discrepancy, funding_round, governance, organisation, outcome
from domain import partnership as partnerships
from domain import programme as programmes
from domain.bank import account, entry
from domain.people import person
from domain.people.person import Held, Role, Scope
from domain.values.correction import CorrectDate
from domain.values.when import When


class Area(Enum):
    """A part of what is recorded, as far as reading is concerned."""

    REGISTER = "register"
    """Programmes, schemes, rounds, organisations and partnerships: what they are, not what they get."""
    CASES = "cases"
    """Bids, their steps and delays, timelines, delivery and outcomes."""
    ASSESSMENT = "assessment"
    """The scores of bids, who is recused, and why."""
    MONEY = "money"
    """Awards, payments, recoveries, returns, the ladder and the books."""
    BANK = "bank"
    """Bank accounts, entries and their matches."""
    OFFICE = "office"
    """The audit log, what changed, and discrepancies."""
    PEOPLE = "people"
    """People, their roles, bodies and limits."""


EVERY_AREA = frozenset(Area)
# What each role reads where it holds everywhere. A role that holds in one place reads the register alone.
READS: dict[Role, frozenset[Area]] = {
    Role.BIDDER: frozenset({Area.REGISTER}),
    Role.PARTNER: frozenset({Area.REGISTER}),
    Role.ASSESSOR: frozenset({Area.REGISTER, Area.CASES, Area.ASSESSMENT}),
    Role.DECISION_MAKER: EVERY_AREA - {Area.BANK},
    Role.PAYMENTS_OFFICER: EVERY_AREA - {Area.ASSESSMENT},
    Role.RELEASER: frozenset({Area.REGISTER, Area.CASES, Area.MONEY, Area.BANK}),
    Role.CERTIFIER: frozenset({Area.REGISTER, Area.CASES, Area.MONEY}),
    Role.AUDITOR: EVERY_AREA,
    Role.PROGRAMME_OFFICE: EVERY_AREA,
    Role.ADMINISTRATOR: frozenset({Area.REGISTER, Area.OFFICE, Area.PEOPLE}),
}

# What each role gives where it holds. An auditor changes nothing.
GIVES: dict[Role, tuple[type, ...]] = {
    Role.BIDDER: (
        bid.DraftBid, bid.RecordAdviser, bid.SubmitBid, bid.ReviseBid, bid.ResubmitBid, bid.WithdrawBid,
        bid.ReceiveClarification, partnerships.AppointSupplier, award.AcceptOffer, award.DeclineOffer,
        award.RequestPayment,
        award.ReportExpenditure, award.PrepareReturn,
    ),
    Role.PARTNER: (
        award.ReportExpenditure, award.PrepareReturn, delivery.ReachMilestone, outcome.ReportResult,
    ),
    Role.ASSESSOR: (
        bid.AssessBid, bid.CheckEligibility, bid.RequestClarification, bid.DeclareInterest, bid.RecuseAssessor,
    ),
    Role.DECISION_MAKER: (
        bid.ApproveBid, bid.DeclineBid, bid.VaryApproval, bid.DeclareInterest, bid.RecuseAssessor,
        award.OfferAward, award.VaryAward, award.WaiveCondition, award.ApprovePayment, award.ApproveRecovery,
        award.WriteOffRecovery, award.TerminateAward, award.ReopenAward, discrepancy.WaiveDiscrepancy,
    ),
    Role.PAYMENTS_OFFICER: (
        award.ScheduleInstalment, award.ChangeInstalment, award.RequestPayment, award.ApprovePayment,
        award.SettlePayment, award.ReturnPayment, award.ReversePayment, award.PlaceHold, award.LiftHold,
        award.RaiseRecovery, award.SettleRecovery, award.WithdrawRecovery, account.OpenBankAccount,
        organisation.ChangePayeeAccount, organisation.VerifyPayeeAccount,
        entry.MatchEntry, entry.MatchRepayment, entry.SetEntryAside, entry.RejectMatch, entry.ReopenEntry,
        discrepancy.ExplainDiscrepancy,
    ),
    Role.RELEASER: (award.ReleasePayment, award.PlaceHold, organisation.VerifyPayeeAccount),
    Role.CERTIFIER: (award.CertifyReturn,),
    Role.AUDITOR: (),
    Role.PROGRAMME_OFFICE: (
        funding_round.OpenRound, funding_round.AdoptCriteria, funding_round.SetRingFence, funding_round.CloseRound,
        organisation.RegisterOrganisation, organisation.RenameOrganisation, organisation.RecordIdentifier,
        organisation.ChangePayeeAccount,
        partnerships.FormPartnership, partnerships.JoinPartnership, partnerships.AppointSupplier,
        partnerships.LeavePartnership, partnerships.ChangeLead, partnerships.DissolvePartnership,
        bid.DraftBid, bid.RecordAdviser, bid.SubmitBid, bid.ReviseBid, bid.ResubmitBid, bid.WithdrawBid,
        bid.AcknowledgeBid, bid.AssignCaseOfficer, bid.RequestClarification, bid.ReceiveClarification,
        bid.CheckEligibility, bid.DeclareInterest, bid.RecuseAssessor, bid.NotifyDecision,
        award.AcceptOffer, award.DeclineOffer, award.SetCondition, award.MeetCondition, award.ScheduleInstalment,
        award.ChangeInstalment, award.RequestPayment, award.PlaceHold, award.LiftHold, award.ReportExpenditure,
        award.RequireReturn, award.PrepareReturn, award.RaiseRecovery, award.CloseAward,
        delivery.AgreePlan, delivery.ReachMilestone, delivery.RedesignPlan, delivery.RecordVisit,
        delivery.EndDelivery, outcome.AgreeIndicator, outcome.ReviseTarget, outcome.ReportResult,
        outcome.VerifyResult, outcome.RejectResult, discrepancy.ExplainDiscrepancy,
        discrepancy.WithdrawExplanation, discrepancy.AssignDiscrepancy, books.ClosePeriod, CorrectDate,
        governance.AppointMember, governance.StandDownMember,
    ),
    Role.ADMINISTRATOR: (
        programmes.EstablishProgramme, programmes.EstablishScheme, programmes.AllocateBudget,
        programmes.VaryBudget, programmes.PublishCriteria, programmes.SetServiceStandard,
        programmes.ChooseCalendar, organisation.MergeOrganisations, organisation.UndoMerger,
        governance.EstablishBody, governance.MergeBodies, governance.CloseBody, governance.AppointMember,
        governance.StandDownMember, governance.GrantDelegation, governance.RevokeDelegation,
        governance.LiftSeparation, governance.RestoreSeparation,
        person.RegisterPerson, person.MovePerson, person.LinkAccount, person.UnlinkAccount, person.GrantRole,
        person.RevokeRole, person.ErasePerson,
    ),
}  # fmt: skip


def roles_that_give(command: type) -> list[Role]:
    """The roles that may give a *command*, in the order of the table."""
    return [role for role, commands in GIVES.items() if command in commands]


def held_now(roles: Iterable[Held], today: When) -> list[Held]:
    """The *roles* that hold today."""
    return [one for one in roles if one.covers(today)]


def may_give(roles: Iterable[Held], command: type, place: Scope | None) -> bool:
    """Whether one of *roles*, which hold today, may give a *command* in *place*.

    *place* is where the command belongs, as far as that is known; None if it belongs to no programme. There only a role
    that holds everywhere counts.
    """
    return any(command in GIVES[one.role] and is_within(place, one.scope) for one in roles)


def is_within(place: Scope | None, scope: Scope) -> bool:
    """Whether *place* lies in *scope*."""
    if scope == Scope():
        return True
    if place is None:
        return False
    named = ((scope.programme_id, place.programme_id), (scope.scheme_id, place.scheme_id))
    within = all(wanted is None or wanted == found for wanted, found in named)
    return within and scope.partnership_id in (None, place.partnership_id)


def areas_of(roles: Iterable[Held]) -> frozenset[Area]:
    """What whoever has *roles*, which hold today, may read."""
    found: set[Area] = set()
    for one in roles:
        found |= READS[one.role] if one.scope == Scope() else READS[one.role] & {Area.REGISTER}
    return frozenset(found)
