"""Which rows of each table a person sees whose roles hold in some places only, and what only those see whom it names.

PostgreSQL guards the rows of places twice.

Each rule is a condition over a row, in which the table goes by its own name. It is the policy of the table (row-level
security), and the filter of a view of the same name in the schema ``seen``, which comes first on the search path of
such readers. Either one is enough. A table that has no rule here fails a test. The functions in ``seen`` are those of
migrations 0008 and 0009. A reader with a few partnerships finds views in the schema ``few`` before those.
"""

from domain.across.permissions import Area, Seen
from projections.support.confidential import SHOWN

# The condition that a row is seen by everybody else who reads: those whose roles hold everywhere, and the owner of the
# machine. What has no line here they see in full.
NAMED = {
    "events": SHOWN.format(stream="events.originator_id", name="events.topic"),
    "concerns": "current_setting('fundtrail.caller', true) = ANY (concerns.readers)",
    "concern_steps": "EXISTS (SELECT FROM seen.own_concerns() c WHERE c.id = concern_steps.concern_id)",
}
# What stands for every place where the places of a reader are listed.
EVERYWHERE = "*"
# The events and parts of a bid that show scores, or who has an interest.
SCORING = ("BidAssessed", "ScoreModerated", "InterestDeclared", "AssessorRecused")
# The events of the register.
REGISTERED = (
    "OrganisationRegistered", "OrganisationRenamed", "NameStated", "IdentifierRecorded", "OrganisationsMerged",
    "MergerUndone", "PartnershipFormed", "PartnershipRenamed", "PartnerJoined", "PartnerLeft", "LeadChanged",
    "PartnershipReclassified", "PartnershipDissolved", "ProgrammeEstablished", "SchemeEstablished",
    "ProgrammeNameStated", "AssessmentCriteriaPublished", "EligibilityRulePublished", "EligibilityRuleEnded",
    "FrameworkPublished", "QuestionPut", "ResponseGiven", "QuestionDecided", "ReturnTemplatePublished",
    "ServiceStandardSet", "CalendarChosen", "RoundOpened",
    "CriteriaAdopted", "RoundClosed", "InvolvementStated", "AssessmentCategoryRecorded",
)  # fmt: skip
# The entries about a programme, scheme, round or organisation that are of the register: what it is, its rules, and who
# took part, as sources state it. The others, such as budgets, results and delays, are read where their place is.
TOLD_TO_ALL = (*REGISTERED, "HappeningNoted", "RuleStated", "CountStated")
# The area of each kind of part, but for those of awards and partnerships, which are money.
AREA_OF_PARTS: dict[str, Area] = {
    "question": Area.CASES, "eligibilitytest": Area.CASES, "caseofficer": Area.CASES, "approval": Area.CASES,
    "ruletest": Area.CASES, "consent": Area.CASES, "contact": Area.CASES,
    "assessment": Area.ASSESSMENT, "moderation": Area.ASSESSMENT, "interest": Area.ASSESSMENT,
    **dict.fromkeys(
        (
            "planstep", "followon", "procurement", "supplier", "deliverable", "status", "holdup",
            "supportcase", "helpoffer", "capacityloan", "improvementplan", "notice", "review", "recommendation", "duty",
            "sharing", "turnover",
            "agreement", "agreementstep", "commitment", "sponsor", "partnerrole", "decision", "document", "output",
            "outputuse", "capacityplan", "plancost", "policytarget", "need", "provision", "needmet", "learning",
            "subsidy", "places", "nonparticipation", "session", "transfer",
        ),
        Area.CASES,
    ),
    **dict.fromkeys(("goal", "result", "evidence", "explanation", "outcomelink", "saving"), Area.CASES),
    **dict.fromkeys(("identifier", "consultation", "response", "returntemplate"), Area.REGISTER),
    "payeeaccount": Area.BANK,
}  # fmt: skip


def _places(area: Area) -> str:
    """The ids of the places where the reader sees an area: one array for the whole statement."""
    return f"(SELECT seen.places('{area.value}'))"


def _within(area: Area, *columns: str) -> str:
    """The condition that one of *columns*, ids of a partnership, scheme or programme, is a place of the reader."""
    # Whether the reader sees the area everywhere is asked once for a statement, and not for each row.
    everywhere = f"(SELECT seen.everywhere('{area.value}'))"
    return f"({everywhere} OR ARRAY[{', '.join(columns)}] && {_places(area)})" if columns else everywhere


def _of_partnership(area: Area, column: str) -> str:
    """The condition that the partnership in *column* lies in a place of the reader.

    The scheme and the programme of a partnership are looked up only for a reader who has one of them as a place.
    """
    is_wide = f"(SELECT seen.wide('{area.value}'))"
    in_wider = f"p.id = {column} AND ARRAY[p.scheme_id, p.programme_id] && {_places(area)}"
    return (
        f"({_within(area)} OR {column} = ANY ({_places(area)}::text[])"
        f" OR ({is_wide} AND EXISTS (SELECT FROM seen.partnership_places() p WHERE {in_wider})))"
    )


def _columns(area: Area, table: str, *columns: str) -> str:
    """The condition of a table that has the ids of a place in *columns*, of which some may be null."""
    return _within(area, *(f"{table}.{column}" for column in columns))


def _kinds(area: Area) -> str:
    return ", ".join(f"'{kind}'" for kind, of in AREA_OF_PARTS.items() if of is area)


def _parts(table: str) -> str:
    """The condition of parts: they belong to an award, a bid or an organisation."""
    partnership, others = f"{table}.partnership_id", ", ".join(f"'{kind}'" for kind in AREA_OF_PARTS)
    return f"""CASE
        WHEN {table}.kind NOT IN ({others}) THEN {_of_partnership(Area.MONEY, partnership)}
        WHEN {table}.kind IN ({_kinds(Area.CASES)}) THEN {_of_partnership(Area.CASES, partnership)}
        WHEN {table}.kind IN ({_kinds(Area.ASSESSMENT)}) THEN {_of_partnership(Area.ASSESSMENT, partnership)}
        WHEN {table}.kind IN ({_kinds(Area.BANK)}) THEN {_within(Area.BANK)}
        ELSE true END"""


_SCORING = ", ".join(f"'{name}'" for name in SCORING)
_TOLD = ", ".join(f"'{name}'" for name in TOLD_TO_ALL)
# The rule of an entry is the same on every timeline that it is on.
_TIMELINE = f"""CASE WHEN timeline.kind IN ({_SCORING})
    THEN {_of_partnership(Area.ASSESSMENT, "timeline.partnership_id")}
    WHEN timeline.partnership_id IS NOT NULL THEN {_of_partnership(Area.CASES, "timeline.partnership_id")}
    WHEN timeline.kind IN ({_TOLD}) THEN true
    ELSE {_columns(Area.CASES, "timeline", "scheme_id", "programme_id")} END"""
# An event belongs to the area of its stream, and all events of a place to its office.
_AUDIT = f"""{_within(Area.OFFICE, "audit.stream")}
    OR {_of_partnership(Area.OFFICE, "audit.partnership_id")}
    OR CASE WHEN starts_with(audit.stream, 'award-') THEN {_of_partnership(Area.MONEY, "audit.partnership_id")}
            WHEN audit.name IN ({_SCORING}) THEN {_of_partnership(Area.ASSESSMENT, "audit.partnership_id")}
            WHEN audit.partnership_id IS NOT NULL THEN {_of_partnership(Area.CASES, "audit.partnership_id")} END
    OR (audit.name LIKE 'Budget%' AND {_within(Area.MONEY, "audit.stream")})
    OR audit.position IN (SELECT seen.office_positions())"""
# An event is read where its line of the audit log is seen. Those of the register are read by everybody.
_EVENTS = f"""events.topic IN ({", ".join(f"'{name}'" for name in REGISTERED)})
    OR EXISTS (SELECT FROM seen.audited() a WHERE a."position" = events.notification_id)"""
# The same for the view, which asks the view of the audit log: neither needs a policy.
EVENTS_IN_VIEW = _EVENTS.replace("seen.audited()", "seen.audited_in_view()")
_LEDGER = ("partnership_id", "scheme_id", "programme_id")
_OF_BID = "EXISTS (SELECT FROM seen.bid_places() b WHERE b.id = {})"
_OF_AWARD = "EXISTS (SELECT FROM seen.award_places() a WHERE a.id = {})"

# The tables of the register, and what stands behind it: everybody who has a role sees them.
OPEN = (
    "programmes", "schemes", "organisations", "partnerships", "partners", "role_steps", "names", "mergers",
    "timeline_things", "rounds", "rules", "financial_years", "timing_places", "timing_changes", "standards", "people",
)  # fmt: skip
# The tables whose rows belong to one partnership each.
OF_PARTNERSHIP: dict[str, Area] = {
    "bids": Area.CASES, "awards": Area.MONEY, "outcome_steps": Area.CASES, "spans": Area.CASES,
    "money_marks": Area.CASES, "discrepancies": Area.OFFICE,
}  # fmt: skip
# The condition that a row of each table is seen.
RULES: dict[str, str] = {
    **dict.fromkeys(OPEN, "true"),
    **{table: _of_partnership(area, f"{table}.partnership_id") for table, area in OF_PARTNERSHIP.items()},
    "events": _EVENTS,
    "timeline": _TIMELINE,
    "audit": _AUDIT,
    "round_steps": "EXISTS (SELECT FROM seen.round_places() r WHERE r.id = round_steps.round_id"
    f" AND {_within(Area.MONEY, 'r.scheme_id', 'r.programme_id')})",
    "part_steps": _parts("part_steps"),
    "parts": _parts("parts"),
    "postings": _columns(Area.MONEY, "postings", *_LEDGER),
    # A total belongs to the place that it is of. That of a wider place would show what others have.
    "balances": "EXISTS (SELECT FROM seen.ledger_scopes() l WHERE l.thing = balances.scope)",
    "ledger_places": _columns(Area.MONEY, "ledger_places", "thing", *_LEDGER),
    "bid_steps": _OF_BID.format("bid_steps.bid_id"),
    "timed_awards": _OF_BID.format("timed_awards.bid_id"),
    "award_funders": f"{_OF_BID.format('award_funders.bid_id')} OR {_OF_AWARD.format('award_funders.award_id')}",
    "stated_delays": _columns(Area.CASES, "stated_delays", *_LEDGER),
    **dict.fromkeys(
        ("discrepancy_notes", "discrepancy_links", "discrepancy_places", "discrepancy_ties", "discrepancy_payments"),
        _within(Area.OFFICE),
    ),
    "periods": _columns(Area.MONEY, "periods", "programme_id"),
    "year_budgets": _columns(Area.MONEY, "year_budgets", "scheme_id", "programme_id"),
    **dict.fromkeys(
        (
            "bank_accounts", "bank_statements", "bank_entries", "bank_listed", "bank_decisions", "bank_found",
            "bank_rejections", "bank_payments", "bank_returns", "bank_deductions", "bank_repayments", "bank_repaid",
            "bank_stated",
        ),
        _within(Area.BANK),
    ),
    "accounts": _within(Area.PEOPLE),
    "roles": _columns(Area.PEOPLE, "roles", *_LEDGER),
    "bodies": _columns(Area.PEOPLE, "bodies", *_LEDGER),
    "members": "EXISTS (SELECT FROM seen.body_places() b WHERE b.id = members.body_id)",
    "delegations": _columns(Area.PEOPLE, "delegations", *_LEDGER),
    "lifted_separations": _columns(Area.PEOPLE, "lifted_separations", "programme_id"),
    "concerns": NAMED["concerns"],
    "concern_steps": NAMED["concern_steps"],
}  # fmt: skip

# The most partnerships of a reader whose rows are found by the partnership.
FEW = 20


def has_few(seen: Seen) -> bool:
    """Whether a reader sees rows of tables in OF_PARTNERSHIP only in a few partnerships."""
    ids = frozenset[str]().union(*seen.places.values())
    return (
        seen.everywhere.isdisjoint(OF_PARTNERSHIP.values())
        and len(ids) <= FEW
        and all(one.startswith("partnership-") for one in ids)
    )


def found_by_partnership(table: str) -> str:
    """The rule of a *table* in OF_PARTNERSHIP for a reader with few partnerships.

    The first half tells PostgreSQL to find the rows by their partnership. It shows nothing that the rule does not.
    """
    listed = f"SELECT seen.few('{OF_PARTNERSHIP[table].value}')"
    return f"{table}.partnership_id IN ({listed}) AND {RULES[table]}"
