"""Who may give which command, and who may read what: one table for every way in. What is not in it is denied.

A person has roles, each with a scope. The owner of the database, who works on the command line and on a machine without
an issuer, is no person here and may do everything. docs/permissions.md, ``fundtrail permissions`` and the page
/permissions print the table.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import get_args

from domain import (
    award,
    bid,
    books,
    delivery,
    discrepancy,
    funding_round,
    governance,
    joint,
    organisation,
    outcome,
)
from domain import partnership as partnerships
from domain import programme as programmes
from domain.bank import account, entry
from domain.between import pooling
from domain.eligibility.rule import EndEligibilityRule, PublishEligibilityRule
from domain.joint import agreements, capacity, decisions, learning, places
from domain.people import person
from domain.people.person import Held, Role, Scope
from domain.published import consultation
from domain.published.framework import PublishFramework
from domain.support import case, concern
from domain.values.correction import CorrectDate
from domain.values.when import When


class Area(Enum):
    """A part of what is recorded, as far as reading is concerned."""

    REGISTER = "register"
    CASES = "cases"
    ASSESSMENT = "assessment"
    MONEY = "money"
    BANK = "bank"
    OFFICE = "office"
    PEOPLE = "people"


# What each area holds.
MEANING: dict[Area, str] = {
    Area.REGISTER: "Programmes, schemes, rounds, organisations and partnerships: what they are and their rules, not"
    " what they get. Of concerns those that name the reader.",
    Area.CASES: "Bids, their steps and delays, timelines, delivery and outcomes.",
    Area.ASSESSMENT: "The scores of bids, who is recused, and why.",
    Area.MONEY: "Awards, payments, recoveries, returns, the ladder and the books.",
    Area.BANK: "Bank accounts, entries and their matches.",
    Area.OFFICE: "The audit log, what changed, and discrepancies.",
    Area.PEOPLE: "People, their roles, bodies and limits.",
}
EVERY_AREA = frozenset(Area)
# The areas whose rows each belong to a place: a programme, a scheme or a partnership.
PLACED = EVERY_AREA - {Area.REGISTER, Area.BANK}
# What each role reads where it holds everywhere.
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

# What bidders and partners read of the partnership for which they have their role. The other roles read in their place
# what they read everywhere, as far as it is PLACED.
READS_IN_PLACE: dict[Role, frozenset[Area]] = {
    Role.BIDDER: frozenset({Area.CASES, Area.MONEY}),
    Role.PARTNER: frozenset({Area.CASES, Area.MONEY}),
}

# What partners record themselves of what they do jointly. How an agreement is upheld, who subsidises places and who
# provides a programme is for the programme office.
_JOINTLY = (
    agreements.MakeAgreement, agreements.SignAgreement, agreements.LeaveAgreement, agreements.NameSponsor,
    agreements.LapseSponsor, agreements.DefineRole, decisions.TakeDecision, decisions.AttachDocument,
    decisions.ShareOutput, decisions.ReuseOutput, places.TakePlaces, places.DeclineParticipation, places.HoldSession,
    capacity.FileCapacityPlan, capacity.StatePlanCost, capacity.StatePolicyTarget,
    *get_args(learning.LearningCommand),
)  # fmt: skip
# What each role gives where it holds, beside what the reader of a concern gives.
_GIVES: dict[Role, tuple[type, ...]] = {
    Role.BIDDER: (
        bid.DraftBid, bid.RecordAdviser, bid.SubmitBid, bid.ReviseBid, bid.ResubmitBid, bid.WithdrawBid,
        bid.ReceiveClarification, bid.RecordConsent, bid.WithdrawConsent, bid.LogContact,
        partnerships.AppointSupplier, award.AcceptOffer, award.DeclineOffer,
        award.RequestPayment,
        award.ReportExpenditure, award.PrepareReturn, award.FileReturn,
        award.PledgeContribution, award.ReceiveContribution,
        award.AgreeStrand, pooling.AgreeCharge, pooling.DividePool, delivery.TakeProcurementStep,
        delivery.EngageSupplier, delivery.ReplaceSupplier, delivery.AgreeDeliverable, delivery.DecideDeliverable,
        *_JOINTLY,
    ),
    Role.PARTNER: (
        bid.RecordConsent, bid.WithdrawConsent,
        award.ReportExpenditure, award.PrepareReturn, award.FileReturn,
        award.PledgeContribution, award.ReceiveContribution,
        delivery.ReachMilestone, delivery.FileFollowOnPlan, delivery.DecideDeliverable, delivery.ReportStatus,
        delivery.ReportHoldUp, delivery.EndHoldUp, outcome.ReportResult, outcome.ReportUnplannedOutcome,
        outcome.GiveEvidence, outcome.ExplainOutcome, outcome.LinkOutcome, outcome.StateSaving, *_JOINTLY,
    ),
    Role.ASSESSOR: (
        bid.AssessBid, bid.ModerateScore, bid.CheckEligibility, bid.RequestClarification, bid.LogContact,
        bid.DeclareInterest, bid.RecuseAssessor,
    ),
    Role.DECISION_MAKER: (
        bid.ModerateScore, bid.ApproveBid, bid.DeclineBid, bid.VaryApproval, bid.DeclareInterest, bid.RecuseAssessor,
        award.OfferAward, award.VaryAward, award.WaiveCondition, award.ApprovePayment, award.ApproveRecovery,
        award.WriteOffRecovery, award.TerminateAward, award.ReopenAward, discrepancy.WaiveDiscrepancy,
        books.CarryForward,
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
    Role.CERTIFIER: (award.CertifyReturn, award.CertifyFunding),
    Role.AUDITOR: (),
    Role.PROGRAMME_OFFICE: (
        funding_round.OpenRound, funding_round.AdoptCriteria, funding_round.SetRingFence, funding_round.CloseRound,
        organisation.RegisterOrganisation, organisation.RenameOrganisation, organisation.RecordIdentifier,
        organisation.ChangePayeeAccount,
        partnerships.FormPartnership, partnerships.JoinPartnership, partnerships.AppointSupplier,
        partnerships.RenamePartnership, partnerships.NoteHappening, partnerships.ReclassifyPartnership,
        partnerships.RecordOrigin, organisation.RecordCategory, *get_args(case.SupportCommand),
        *joint.COMMANDS, award.JudgeReturn, consultation.PutQuestion, consultation.GiveResponse,
        consultation.DecideQuestion,
        delivery.RecordActivity,
        partnerships.LeavePartnership, partnerships.ChangeLead, partnerships.DissolvePartnership,
        bid.DraftBid, bid.RecordAdviser, bid.SubmitBid, bid.ReviseBid, bid.ResubmitBid, bid.WithdrawBid,
        bid.AcknowledgeBid, bid.AssignCaseOfficer, bid.RequestClarification, bid.ReceiveClarification,
        bid.CheckEligibility, bid.RecordConsent, bid.WithdrawConsent, bid.LogContact, bid.DeclareInterest,
        bid.RecuseAssessor, bid.NotifyDecision,
        award.AcceptOffer, award.DeclineOffer, award.SetCondition, award.MeetCondition, award.ScheduleInstalment,
        award.ChangeInstalment, award.AgreeProfile, award.ChangeProfile, award.RequestPayment, award.PlaceHold,
        award.LiftHold, award.ReportExpenditure, award.RequireReturn, award.PrepareReturn, award.FileReturn,
        award.RaiseRecovery,
        award.CloseAward, award.PledgeContribution, award.ReceiveContribution, award.AgreeStrand,
        pooling.AgreeCharge, pooling.DividePool,
        delivery.AgreePlan, delivery.ReachMilestone, delivery.RedesignPlan, delivery.RecordVisit,
        delivery.MoveMilestone, delivery.FileFollowOnPlan, delivery.TakeProcurementStep, delivery.EngageSupplier,
        delivery.ReplaceSupplier, delivery.AgreeDeliverable, delivery.DecideDeliverable, delivery.ReportStatus,
        delivery.ReportHoldUp, delivery.EndHoldUp, delivery.EndDelivery,
        outcome.AgreeIndicator, outcome.ReviseIndicator, outcome.ReviseTarget, outcome.ReportResult,
        outcome.ReportUnplannedOutcome, outcome.GiveEvidence, outcome.ExplainOutcome, outcome.LinkOutcome,
        outcome.StateSaving,
        outcome.VerifyResult, outcome.RejectResult, discrepancy.ExplainDiscrepancy,
        discrepancy.WithdrawExplanation, discrepancy.AssignDiscrepancy, books.ClosePeriod, CorrectDate,
        governance.AppointMember, governance.StandDownMember,
    ),
    Role.ADMINISTRATOR: (
        programmes.EstablishProgramme, programmes.EstablishScheme, programmes.AllocateBudget,
        programmes.VaryBudget, programmes.PublishCriteria, programmes.RequireBudgetLine, PublishEligibilityRule,
        EndEligibilityRule, PublishFramework, consultation.PublishReturnTemplate, programmes.SetServiceStandard,
        programmes.ChooseCalendar, books.SetFinancialYear, organisation.MergeOrganisations, organisation.UndoMerger,
        governance.EstablishBody, governance.MergeBodies, governance.CloseBody, governance.AppointMember,
        governance.StandDownMember, governance.GrantDelegation, governance.RevokeDelegation,
        governance.LiftSeparation, governance.RestoreSeparation,
        person.RegisterPerson, person.MovePerson, person.LinkAccount, person.UnlinkAccount, person.GrantRole,
        person.RevokeRole, person.ErasePerson,
    ),
}  # fmt: skip
# Whoever has a role may be the reader of a concern. An auditor changes nothing: they read it, and that is recorded.
GIVES: dict[Role, tuple[type, ...]] = {
    role: (*given, *((concern.ReadConcern,) if role is Role.AUDITOR else (concern.RaiseConcern, *concern.OF_READERS)))
    for role, given in _GIVES.items()
}


def roles_that_give(command: type) -> list[Role]:
    """The roles that may give a *command*, in the order of the table."""
    return [role for role, commands in GIVES.items() if command in commands]


def held_now(roles: Iterable[Held], today: When) -> list[Held]:
    """The *roles* that hold today."""
    return [one for one in roles if one.covers(today)]


def may_give(roles: Iterable[Held], command: type, place: Scope | None) -> bool:
    """Whether one of *roles*, which hold today, may give a *command* in *place*.

    *place* is where the command belongs, as far as that is known; None if it belongs to no programme. There only a role
    that holds everywhere counts. The readers of a concern are named one by one, wherever their roles hold.
    """
    anywhere = command in concern.OF_READERS
    return any(command in GIVES[one.role] and (anywhere or is_within(place, one.scope)) for one in roles)


def is_within(place: Scope | None, scope: Scope) -> bool:
    """Whether *place* lies in *scope*."""
    if scope == Scope():
        return True
    if place is None:
        return False
    named = ((scope.programme_id, place.programme_id), (scope.scheme_id, place.scheme_id))
    within = all(wanted is None or wanted == found for wanted, found in named)
    return within and scope.partnership_id in (None, place.partnership_id)


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody may read: some areas everywhere, and others in places alone.

    *places* are the ids of programmes, schemes and partnerships. What is in no such place is absent.
    """

    everywhere: frozenset[Area]
    places: dict[Area, frozenset[str]] = field(default_factory=dict)

    @property
    def areas(self) -> frozenset[Area]:
        """The areas of which something may be read."""
        return self.everywhere.union(self.places) if self.places else self.everywhere

    @property
    def is_limited(self) -> bool:
        """Whether some rows of an area may be read, and others not."""
        return bool(self.places)


EVERYTHING = Seen(EVERY_AREA)


def reads_in_place(role: Role) -> frozenset[Area]:
    """What a *role* reads that holds in one place: the register, and the rows of its areas that belong to the place."""
    return (READS_IN_PLACE.get(role, READS[role]) & PLACED) | {Area.REGISTER}


def seen_by(roles: Iterable[Held]) -> Seen:
    """What whoever has *roles*, which hold today, may read."""
    everywhere: set[Area] = set()
    places: dict[Area, set[str]] = {}
    for one in roles:
        if one.scope == Scope():
            everywhere |= READS[one.role]
            continue
        everywhere.add(Area.REGISTER)
        for area in reads_in_place(one.role) & PLACED:
            places.setdefault(area, set()).add(narrowest(one.scope))
    return Seen(
        frozenset(everywhere),
        {area: frozenset(ids) for area, ids in places.items() if area not in everywhere},
    )


def narrowest(scope: Scope) -> str:
    """The id of the partnership of a *scope*, or else of its scheme or programme."""
    return scope.partnership_id or scope.scheme_id or scope.programme_id or ""
