"""Why a field of an event is nowhere but in the stored event."""

from dataclasses import fields
from typing import get_args

from domain.support import case
from tests.docs.event_fields.histories import FOR_READERS

_CORRECTED = "it says which step is meant; the step itself shows the right date, and the title names it"
_OF_STATEMENT = "`bankReconciliation` is computed from it: balances, entries, and days without a statement"
_BEFORE = "earlier entries of the same thing show where it was"
_OF_LIST = "it repeats the line of a list that `cites` names; number and activity are in the title"
_OF_ACCOUNT = "it is the digest by which a sign-in finds its person; nobody reads it"
_OF_CASE = "`SupportCase.number` of the case that shows it"
_CONCERN = "only the readers of a concern see it: [confidential](confidential.md)"
_EDITION = "an import compares the next edition with it; what people use is in fields of the award"
REASONS: dict[str, str] = {
    "source.row": "it is the digest by which an import knows a row again; people use `cites`",
    "BudgetAssigned.round_id": "the budget of the round is recorded with it, and `Round.scheme` names its scheme",
    "EligibilityRuleEnded.version": "`Rule.version` of the rule that the event ends",
    "DateCorrected.version": _CORRECTED,
    "DateCorrected.step": _CORRECTED,
    "StatementReplaced.version": "it says which statement is meant; what is stated instead takes its place",
    "StatementReplaced.fact": "it says which statement is meant; what is stated instead takes its place",
    "PayeeAccountVerified.account": "it is the account that was changed: `PayeeAccount.digest`",
    "MergerUndone.merged_id": "`Organisation.tookOver` names it as known before",
    "FundsCommitted.ring_fence": "`Award.ringFence` of its award, and `RingFence.committed` has the sum",
    "FundsReturned.ring_fence": "`Award.ringFence` of its award, and `RingFence.committed` has the sum",
    "PilotListed.organisation": _OF_LIST,
    "PilotListed.level": _OF_LIST,
    "DeliverableDecided.accepted": "`Deliverable.state` is ACCEPTED or REJECTED",
    "HelpAnswered.accepted": "`HelpOffer.state` is ACCEPTED or DECLINED",
    "AgreementUpheld.response": "`AgreementStep.state` is REWARD or SANCTION",
    "CommitmentAnswered.kept": "`Commitment.state` is KEPT or BROKEN",
    "PolicyTargetStated.compatible": "`PolicyTarget.state` is COMPATIBLE or INCOMPATIBLE",
    "BidReassigned.before": _BEFORE,
    "AwardReassigned.before": _BEFORE,
    "PaymentMatched.recorded": "the settlement or return that it recorded is an event of the same command",
    "MatchUndone.unsettled": "`Payment.state` is RELEASED again if it was so",
    "FundsRegranted.award_id": "`Award.subAwards` names the awards that an award funds",
    "RegrantReturned.award_id": "`Award.subAwards` names the awards that an award funds",
    "ParticularsStated.regrant": _EDITION,
    "ParticularsStated.outcomes": "the outcomes themselves are in `Partnership.outcomes`",
    "ParticularsStated.modified": _EDITION,
    "ParticularsStated.said.name": _EDITION,
    "ParticularsStated.said.value": _EDITION,
    "DiscrepancyExplained.seen": "`DiscrepancyExplanation.stands` says whether it covers the figures",
    "DiscrepancyWaived.seen": "`DiscrepancyExplanation.stands` says whether it covers the figures",
    "AccountLinked.account": _OF_ACCOUNT,
    "AccountUnlinked.account": _OF_ACCOUNT,
    "RoleRevoked.role": "the event is `RoleHeld.end` of the role",
    "DelegationRevoked.delegation_id": "the event is `Delegation.end` of the authority",
    "EntryRepeated.statement": "the entry counts once, on its first statement: `BankEntry.statement`",
    "EntryReopened.was": "the earlier decision is an event of the same entry",
} | {
    f"{event.__name__}.{name}": _CONCERN
    for event in FOR_READERS
    for name in ("source.register", "source.cites", *(one.name for one in fields(event) if one.name != "source"))
} | {
    f"{event.__name__}.case": _OF_CASE
    for event in get_args(case.SupportEvent)
    if issubclass(event, case.OfCase) and "number" in {one.name for one in fields(event)}
} | {
    f"StatementRecorded.{name}": _OF_STATEMENT
    for name in ("identifier", "since", "opening", "closing", "entries", "digest", "period")
}  # fmt: skip
