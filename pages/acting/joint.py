"""The commands about what partners do jointly, about returns and certificates, and about what a programme asks."""

from domain import award
from domain.joint import agreements, capacity, decisions, learning
from domain.published import consultation
from pages.frame.forms import Step
from pages.frame.made import made

_OF = ("partnership_id",)
_AGREEMENT = {"agreement": ("number",)}
_PLAN = {"capacityplan": ("number",)}

JOINTLY: dict[str, Step] = {
    "agree": made(agreements.MakeAgreement, "Record an agreement", _OF, until="Last day", text="Term"),
    "sign": made(agreements.SignAgreement, "Record a signature", _OF, _AGREEMENT),
    "leave-agreement": made(agreements.LeaveAgreement, "Record a withdrawal from an agreement", _OF, _AGREEMENT),
    "uphold": made(agreements.UpholdAgreement, "Record a reward or a sanction", _OF, _AGREEMENT),
    "commitment": made(agreements.GiveCommitment, "Record a commitment", _OF, until="By"),
    "answer-commitment": made(
        agreements.AnswerCommitment, "Record what became of a commitment", _OF, {"commitment": ("number",)}
    ),
    "sponsor": made(agreements.NameSponsor, "Name a sponsor", _OF, until="Last day"),
    "sponsor-lapsed": made(agreements.LapseSponsor, "Record that a sponsor lapsed", _OF, {"sponsor": ("number",)}),
    "role": made(agreements.DefineRole, "Define a role", _OF, until="Last day"),
    "decide": made(decisions.TakeDecision, "Record a decision", _OF),
    "document": made(
        decisions.AttachDocument, "Attach a document", _OF, {"decision": ("decision",)}, digest="SHA-256 digest"
    ),
    "output": made(decisions.ShareOutput, "Share an output", _OF, digest="SHA-256 digest", use="May be used by"),
    "output-used": made(decisions.ReuseOutput, "Record the use of an output", _OF, {"output": ("number",)}),
}
CAPACITY: dict[str, Step] = {
    "plan": made(capacity.FileCapacityPlan, "File a capacity plan", _OF),
    "plan-cost": made(capacity.StatePlanCost, "State a cost of a plan", _OF, _PLAN),
    "approve-plan": made(capacity.ApproveCapacityPlan, "Approve a plan", _OF, _PLAN),
    "formula": made(capacity.SetFundingFormula, "Set the formula of its funding", _OF, _PLAN),
    "policy": made(capacity.StatePolicyTarget, "State a target of national policy", _OF, {"outcome": ("outcome_id",)}),
    "need": made(learning.IdentifyNeed, "Record a learning need", _OF),
    "provision": made(learning.OfferProvision, "Record a provision", _OF),
    "meet-need": made(
        learning.MeetNeed, "Record how a need was met", _OF, {"need": ("number",), "provision": ("provision",)}
    ),
    "learn": made(learning.BeginLearning, "Record a secondment or the like", _OF, until="Last day"),
    "learnt": made(learning.EndLearning, "Record the end of a secondment or the like", _OF, {"learning": ("number",)}),
}
FOR_AWARDS: dict[str, Step] = {
    "file-return": made(award.FileReturn, "File a return", ("award_id",), {"return": ("number",)}),
    "judge-return": made(
        award.JudgeReturn, "Accept or query a return", ("award_id",), {"filed": ("number",)}, accepted="Accepted"
    ),
    "certify": made(
        award.CertifyFunding, "Certify the figures", ("award_id",), documents="SHA-256 digests of the documents seen"
    ),
}
CONSULTING: dict[str, Step] = {
    "ask": made(consultation.PutQuestion, "Put a question", ("programme_id",), until="Last day for responses"),
    "respond": made(consultation.GiveResponse, "Record a response", ("programme_id",), {"question": ("number",)}),
    "decide-question": made(
        consultation.DecideQuestion, "Record a decision", ("programme_id",), {"question": ("number",)}
    ),
    "template": made(consultation.PublishReturnTemplate, "Publish a template of returns", ("programme_id",)),
}
