"""Which rows of each table a person sees whose roles hold in some places only. PostgreSQL guards them twice.

Each rule is a condition over a row, in which the table goes by its own name. It is the policy of the table (row-level
security), and the filter of a view of the same name in the schema ``seen``, which comes first on the search path of
such readers. Either one is enough. A table that has no rule here fails a test. The functions in ``seen`` are those of
migration 0008.
"""

from domain.across.permissions import Area

# What stands for every place where the places of a reader are listed.
EVERYWHERE = "*"
# The events and parts of a bid that show scores, or who has an interest.
SCORING = ("BidAssessed", "InterestDeclared", "AssessorRecused")
# The events of the register.
REGISTERED = (
    "OrganisationRegistered", "OrganisationRenamed", "NameStated", "IdentifierRecorded", "OrganisationsMerged",
    "MergerUndone", "PartnershipFormed", "PartnershipRenamed", "PartnerJoined", "PartnerLeft", "LeadChanged",
    "PartnershipReclassified", "PartnershipDissolved", "ProgrammeEstablished", "SchemeEstablished",
    "ProgrammeNameStated", "AssessmentCriteriaPublished", "ServiceStandardSet", "CalendarChosen", "RoundOpened",
    "CriteriaAdopted", "RoundClosed", "InvolvementStated", "AssessmentCategoryRecorded",
)  # fmt: skip
# The entries about a programme, scheme, round or organisation that are of the register: what it is, its rules, and who
# took part, as sources state it. The others, such as budgets, results and delays, are read where their place is.
TOLD_TO_ALL = (*REGISTERED, "HappeningNoted", "RuleStated", "CountStated")
# The area of each kind of part, but for those of awards, which are money.
AREA_OF_PARTS: dict[str, Area] = {
    "question": Area.CASES, "eligibilitytest": Area.CASES, "caseofficer": Area.CASES,
    "assessment": Area.ASSESSMENT, "interest": Area.ASSESSMENT,
    "identifier": Area.REGISTER, "payeeaccount": Area.BANK,
}  # fmt: skip


def _places(area: Area) -> str:
    """The ids of the places where the reader sees an area: one array for the whole statement."""
    return f"(SELECT seen.places('{area.value}'))"


def _within(area: Area, *columns: str) -> str:
    """The condition that one of *columns*, ids of a partnership, scheme or programme, is a place of the reader."""
    its = ", ".join((f"'{EVERYWHERE}'", *columns))
    return f"ARRAY[{its}] && {_places(area)}"


def _of_partnership(area: Area, column: str) -> str:
    """The condition that the partnership in *column* lies in a place of the reader: looked up in one set."""
    return f"({_within(area)} OR {column} IN (SELECT seen.partnerships('{area.value}')))"


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
    OR audit.partnership_id IN (SELECT seen.partnerships('{Area.OFFICE.value}'))
    OR CASE WHEN starts_with(audit.stream, 'award-') THEN {_of_partnership(Area.MONEY, "audit.partnership_id")}
            WHEN audit.name IN ({_SCORING}) THEN {_of_partnership(Area.ASSESSMENT, "audit.partnership_id")}
            WHEN audit.partnership_id IS NOT NULL THEN {_of_partnership(Area.CASES, "audit.partnership_id")} END
    OR (audit.name LIKE 'Budget%' AND {_within(Area.MONEY, "audit.stream")})
    OR audit.position IN (SELECT seen.office_positions())"""
# An event is read where its line of the audit log is seen. Those of the register are read by everybody.
_EVENTS = f"""events.topic IN ({", ".join(f"'{name}'" for name in REGISTERED)})
    OR EXISTS (SELECT FROM seen.audited() a WHERE a."position" = events.notification_id)"""
_LEDGER = ("partnership_id", "scheme_id", "programme_id")
_OF_BID = "EXISTS (SELECT FROM seen.bid_places() b WHERE b.id = {})"
_OF_AWARD = "EXISTS (SELECT FROM seen.award_places() a WHERE a.id = {})"

# The tables of the register, and what stands behind it: everybody who has a role sees them.
OPEN = (
    "programmes", "schemes", "organisations", "partnerships", "partners", "role_steps", "names", "mergers",
    "timeline_things", "rounds", "rules", "timing_places", "timing_changes", "standards", "people",
)  # fmt: skip
# The condition that a row of each table is seen.
RULES: dict[str, str] = {
    **dict.fromkeys(OPEN, "true"),
    "events": _EVENTS,
    "timeline": _TIMELINE,
    "audit": _AUDIT,
    "round_steps": "EXISTS (SELECT FROM seen.round_places() r WHERE r.id = round_steps.round_id"
    f" AND {_within(Area.MONEY, 'r.scheme_id', 'r.programme_id')})",
    "bids": _of_partnership(Area.CASES, "bids.partnership_id"),
    "awards": _of_partnership(Area.MONEY, "awards.partnership_id"),
    "part_steps": _parts("part_steps"),
    "parts": _parts("parts"),
    "outcome_steps": _of_partnership(Area.CASES, "outcome_steps.partnership_id"),
    "postings": _columns(Area.MONEY, "postings", *_LEDGER),
    # A total belongs to the place that it is of. That of a wider place would show what others have.
    "balances": "EXISTS (SELECT FROM seen.ledger_scopes() l WHERE l.thing = balances.scope)",
    "ledger_places": _columns(Area.MONEY, "ledger_places", "thing", *_LEDGER),
    "bid_steps": _OF_BID.format("bid_steps.bid_id"),
    "timed_awards": _OF_BID.format("timed_awards.bid_id"),
    "award_funders": f"{_OF_BID.format('award_funders.bid_id')} OR {_OF_AWARD.format('award_funders.award_id')}",
    "spans": _of_partnership(Area.CASES, "spans.partnership_id"),
    "stated_delays": _columns(Area.CASES, "stated_delays", *_LEDGER),
    "money_marks": _of_partnership(Area.CASES, "money_marks.partnership_id"),
    "discrepancies": _of_partnership(Area.OFFICE, "discrepancies.partnership_id"),
    **dict.fromkeys(
        ("discrepancy_notes", "discrepancy_links", "discrepancy_places", "discrepancy_ties", "discrepancy_payments"),
        _within(Area.OFFICE),
    ),
    "periods": _columns(Area.MONEY, "periods", "programme_id"),
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
}  # fmt: skip
