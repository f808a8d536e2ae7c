"""The terms of the Capacity Building Programme, and our terms for them. To extend a table, add a line."""

from domain.outcome import Confidence, EvidenceKind
from domain.values.fact import Lane, Listed

# programmes.csv does not say which streams belong to a programme. The description of `cbp` names its four streams.
SCHEMES_OF_CBP = ("cbp-pilots", "cbp-national-programmes", "cbp-improvement-partnerships", "cbp-direct-support")

# Roles in partners.csv that mean membership. The others (consulted, visited, quoted, advising) mean involvement.
MEMBERSHIP = frozenset({
    "lead", "partner", "participant", "supported_authority", "phase_b_authority", "phase_c_authority", "joint_sponsor",
    "delivery_partner", "strategic_group_member", "merged_body", "learning_partner", "recovery_partner",
    "sub_regional_partner", "engaged_authority", "coordinator", "project_manager", "recipient", "peer_authority",
})  # fmt: skip

# The bases of sums in awards.csv: whole awards, parts of awards, and sums that are not awards.
AWARD_BASES = ("total_stated", "award")
COMPONENT_BASIS = "component_of_total"
CHARGE_BASIS = "charge"
OTHER_BASES = ("budget_allocated", CHARGE_BASIS, "deployed", "estimate_total", "estimate_component")

# Kinds in events.csv that are activities of delivery, with or without money.
ACTIVITIES = frozenset({
    "workshop_held", "event_held", "conference_held", "site_visit_held", "meetings_held", "open_meeting_held",
    "inception_meeting_held", "initial_meeting_held", "engagement_meetings_held", "focus_group_held",
    "peer_review_undertaken", "participants_trained", "learning_visit_made", "projects_funded", "delivery_started",
    "shared_services_started", "bursaries_opened", "action_plan_produced", "learning_plans_submitted",
})  # fmt: skip
MILESTONES = frozenset({"stage_completed", "year_completed"})
REPLACEMENTS = frozenset({"provider_replaced", "provider_transferred"})
ENDINGS = frozenset({"programme_ended", "pilot_ended"})
BIDS = {
    "bid_prepared": "prepared",
    "bid_in_preparation": "in preparation",
    "funding_application_submitted": "submitted",
}
# Of a bid of this kind, the actor is who wrote it.
WRITTEN = frozenset({"bid_prepared"})

# The lane of every other kind in events.csv. A kind that is not listed is governance.
LANES = {
    Lane.BID: (
        "bid_workshop_held", "bids_invited", "decision_delayed", "funding_decision_delayed",
    ),
    Lane.AWARD: (
        "award_made", "award_reduced", "approval_delayed", "funding_agreed", "cofunding_awarded", "charge_agreed",
        "grant_conditioned", "funding_proposed", "fund_established",
    ),
    Lane.DISBURSEMENT: (
        "funding_released_late", "funding_received", "funding_devolved", "funding_deployed", "development_funded",
        "plan_funded",
    ),
    Lane.DELIVERY: (
        "phase_defined", "stage_started", "emphasis_shifted", "workstream_added", "tender_advertised",
        "system_procured", "provider_pool_established", "centre_established",
        "centre_planned", "completion_due", "dissemination_event_planned", "learning_event_planned", "event_planned",
        "site_visit_planned", "action_planning_period", "roll_out_declined", "training_places_negotiated",
        "posts_sought", "director_appointed", "director_departed", "objectives_changed", "website_launched",
        "newsletter_first_issued", "network_project_supported", "scope_extended",
    ),
    Lane.OUTCOME: (
        "target_set", "strategy_agreed", "evaluation_completed", "evaluation_commissioned", "evaluation_due",
        "inspection_result", "assessment_result", "recognition_received", "take_up_reported", "report_published",
        "report_completed", "report_printed", "results_published", "participants_trained", "diagnosis_shared",
    ),
    Lane.SUPPORT: ("special_measures_lifted", "mechanism_introduced"),
}  # fmt: skip
LANE_OF = {kind: lane for lane, kinds in LANES.items() for kind in kinds}

# Indicators in outcomes.csv that count the entries of a list.
COUNTS = {"Pilot projects reported": Listed.PILOTS}

# The evidence in outcomes.csv by its kind. What is not listed stays a text of its outcome.
_EVIDENCE = {
    EvidenceKind.RESPONDENTS: (
        "respondent interviews", "interviews with officials", "anecdotal reports", "delegate evidence",
        "participant example",
    ),
    EvidenceKind.DOCUMENTS: (
        "objectives table", "partnership aim", "partnership aim for 2008", "partnership target", "programme aim",
        "programme description", "programme objective", "study proposal, by spring 2003", "study text",
    ),
    EvidenceKind.STATISTICS: ("Office of Government Commerce estimate",),
    EvidenceKind.TAKE_UP: ("take-up table", "take-up table, dated spring 2006"),
    EvidenceKind.ASSESSMENT: ("assessment result", "inspection rating", "review team comments"),
    EvidenceKind.FIELDWORK: (
        "baseline fieldwork", "evaluation fieldwork", "evaluation synthesis", "fieldwork", "interim outcomes",
        "partnership aim for 2008 and fieldwork statement",
    ),
    EvidenceKind.OWN_ACCOUNT: (
        "case study account", "chief executive comment", "council account", "pilot's own impact assessment",
        "self-report",
    ),
}  # fmt: skip
EVIDENCE = {text: kind for kind, texts in _EVIDENCE.items() for text in texts}
# Evidence that is less sure than its source states it. Other evidence is as stated.
CONFIDENCE = {
    "anecdotal reports": Confidence.ANECDOTAL,
    "Office of Government Commerce estimate": Confidence.APPROXIMATE,
    "participant example": Confidence.ANECDOTAL,
}
# A unit that ends so is of a result that its source gives with "about".
ABOUT = "_approx"

# Files whose rows are not events of the programme, and why.
LEFT_OUT = {
    "direct_support_activities.csv": "a share found by the evaluators' survey, not an event of the programme",
    "requirements.csv": "a finding of the evaluators, not an event of the programme",
}

# What a figure of a row can be, by the file of the row: see figures.
FIGURES = {
    "awards.csv": ("payee", "charged_for", "line_left_out"),
    "limits.csv": ("share", "rule", "kind", "names", "least", "regime", "closes"),
    "events.csv": ("stages", "new_stages", "milestone", "supplier", "replaced", "strand", "light"),
}
