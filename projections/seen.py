"""Which rows of each table a person sees whose roles hold in some places only. PostgreSQL guards them twice.

Each rule is a condition over a row. It is the policy of the table (row-level security), and the filter of a view of the
same name in the schema ``seen``, which comes first on the search path of such readers. Either one is enough. A table
that has no rule here fails a test. The functions in ``seen`` are those of migration 0008.
"""

from dataclasses import dataclass

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
    "CriteriaAdopted", "RoundClosed",
)  # fmt: skip
# The area of each kind of part, but for those of awards, which are money.
AREA_OF_PARTS: dict[str, Area] = {
    "question": Area.CASES, "eligibilitytest": Area.CASES, "caseofficer": Area.CASES,
    "assessment": Area.ASSESSMENT, "interest": Area.ASSESSMENT,
    "identifier": Area.REGISTER, "payeeaccount": Area.BANK,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """Which rows of a table are seen: those that meet *condition*, in which the table goes by its own name.

    *found* is a wider condition by which PostgreSQL finds the rows of few places through an index; if *is_exact*, it is
    not wider.
    """

    condition: str
    found: str | None = None
    is_exact: bool = False

    @property
    def view(self) -> str:
        """The condition of the view."""
        if self.found is None:
            return self.condition
        return self.found if self.is_exact else f"{self.found} AND ({self.condition})"


def _places(area: Area) -> str:
    """The ids of the places where the reader sees an area: one array for the whole statement."""
    return f"(SELECT seen.places('{area.value}'))"


def _within(area: Area, *columns: str) -> str:
    """The condition that one of *columns*, ids of a partnership, scheme or programme, is a place of the reader."""
    its = ", ".join((f"'{EVERYWHERE}'", *columns))
    return f"ARRAY[{its}] && {_places(area)}"


def _of_partnership(area: Area, column: str) -> str:
    """The condition that the partnership in *column* lies in a place of the reader."""
    return (
        f"EXISTS (SELECT FROM seen.partnership_places() p WHERE p.id = {column}"
        f" AND {_within(area, 'p.id', 'p.scheme_id', 'p.programme_id')})"
    )


def _partnership(area: Area, table: str) -> Rule:
    """The rule of a table whose rows all name their partnership."""
    column = f"{table}.partnership_id"
    found = f"{column} IN (SELECT seen.partnerships('{area.value}'))"
    return Rule(_of_partnership(area, column), found, is_exact=True)


def _columns(area: Area, table: str, *columns: str) -> Rule:
    """The rule of a table that has the ids of a place in *columns*, of which some may be null."""
    return Rule(_within(area, *(f"{table}.{column}" for column in columns)))


def _everywhere(area: Area) -> Rule:
    """The rule of a table whose rows belong to no place: they are seen by whoever sees the area everywhere."""
    return Rule(_within(area))


def _kinds(area: Area) -> str:
    return ", ".join(f"'{kind}'" for kind, of in AREA_OF_PARTS.items() if of is area)


def _parts(table: str) -> Rule:
    """The rule of parts: they belong to an award, a bid or an organisation."""
    others = ", ".join(f"'{kind}'" for kind in AREA_OF_PARTS)
    condition = f"""CASE
        WHEN {table}.kind IN ({_kinds(Area.REGISTER)}) THEN true
        WHEN {table}.kind IN ({_kinds(Area.BANK)}) THEN {_within(Area.BANK)}
        WHEN {table}.kind NOT IN ({others}) THEN EXISTS (SELECT FROM seen.award_places() a WHERE a.id = {table}.stream)
        WHEN {table}.kind IN ({_kinds(Area.CASES)}) THEN EXISTS (
            SELECT FROM seen.bid_places() b WHERE b.id = {table}.stream)
        ELSE EXISTS (SELECT FROM seen.bid_places() b WHERE b.id = {table}.stream
                        AND {_of_partnership(Area.ASSESSMENT, "b.partnership_id")}) END"""  # noqa: S608 - our own words
    found = f"({table}.stream IN (SELECT seen.streams()) OR starts_with({table}.stream, 'organisation-'))"
    return Rule(condition, found)


_SCORING = ", ".join(f"'{name}'" for name in SCORING)
_TIMELINE = Rule(
    f"""{_of_partnership(Area.CASES, "timeline.partnership_id")} AND (timeline.kind NOT IN ({_SCORING})
        OR {_of_partnership(Area.ASSESSMENT, "timeline.partnership_id")})""",
    f"timeline.partnership_id IN (SELECT seen.partnerships('{Area.CASES.value}'))",
)
# An event belongs to the area of its stream, and all events of a place to its office.
_AUDIT = Rule(
    f"""{_within(Area.OFFICE, "audit.stream")} OR EXISTS (
        SELECT FROM seen.partnership_places() p CROSS JOIN LATERAL (
            SELECT ARRAY['{EVERYWHERE}', p.id, p.scheme_id, p.programme_id] AS its) place
         WHERE p.id = audit.partnership_id AND (place.its && {_places(Area.OFFICE)} OR place.its && CASE
               WHEN starts_with(audit.stream, 'award-') THEN {_places(Area.MONEY)}
               WHEN audit.name IN ({_SCORING}) THEN {_places(Area.ASSESSMENT)}
               ELSE {_places(Area.CASES)} END))
     OR (audit.name LIKE 'Budget%' AND {_within(Area.MONEY, "audit.stream")})
     OR audit.position IN (SELECT o."position" FROM seen.office_positions() o)""",  # noqa: S608 - our own words
    "(audit.partnership_id IN (SELECT seen.any_partnerships()) OR audit.partnership_id IS NULL)",
)
# An event is read where its line of the audit log is seen. Those of the register are read by everybody.
_EVENTS = Rule(
    f"""events.topic IN ({", ".join(f"'{name}'" for name in REGISTERED)})
        OR EXISTS (SELECT FROM seen.audited() a WHERE a."position" = events.notification_id)"""
)
_LEDGER = ("partnership_id", "scheme_id", "programme_id")
_OF_BID = "EXISTS (SELECT FROM seen.bid_places() b WHERE b.id = {})"
_OF_AWARD = "EXISTS (SELECT FROM seen.award_places() a WHERE a.id = {})"

# The tables of the register, and what stands behind it: everybody who has a role sees them.
OPEN = (
    "programmes", "schemes", "organisations", "partnerships", "partners", "role_steps", "names", "mergers",
    "timeline_names", "rounds", "timing_places", "timing_changes", "standards", "people",
)  # fmt: skip
RULES: dict[str, Rule] = {
    **dict.fromkeys(OPEN, Rule("true")),
    "events": _EVENTS,
    "timeline": _TIMELINE,
    "audit": _AUDIT,
    "round_steps": Rule(
        "EXISTS (SELECT FROM seen.round_places() r WHERE r.id = round_steps.round_id"
        f" AND {_within(Area.MONEY, 'r.scheme_id', 'r.programme_id')})"
    ),
    "bids": _partnership(Area.CASES, "bids"),
    "awards": _partnership(Area.MONEY, "awards"),
    "part_steps": _parts("part_steps"),
    "parts": _parts("parts"),
    "outcome_steps": _partnership(Area.CASES, "outcome_steps"),
    "postings": _columns(Area.MONEY, "postings", *_LEDGER),
    # A total belongs to the place that it is of. That of a wider place would show what others have.
    "balances": Rule("EXISTS (SELECT FROM seen.ledger_scopes() l WHERE l.thing = balances.scope)"),
    "ledger_places": _columns(Area.MONEY, "ledger_places", "thing", *_LEDGER),
    "bid_steps": Rule(_OF_BID.format("bid_steps.bid_id")),
    "timed_awards": Rule(_OF_BID.format("timed_awards.bid_id")),
    "award_funders": Rule(
        f"{_OF_BID.format('award_funders.bid_id')} OR {_OF_AWARD.format('award_funders.award_id')}"
    ),
    "spans": _partnership(Area.CASES, "spans"),
    "stated_delays": _columns(Area.CASES, "stated_delays", *_LEDGER),
    "money_marks": _partnership(Area.CASES, "money_marks"),
    "discrepancies": Rule(
        f"{_of_partnership(Area.OFFICE, 'discrepancies.partnership_id')} OR {_within(Area.OFFICE)}"
    ),
    **dict.fromkeys(
        ("discrepancy_notes", "discrepancy_links", "discrepancy_places", "discrepancy_ties", "discrepancy_payments"),
        _everywhere(Area.OFFICE),
    ),
    "periods": _columns(Area.MONEY, "periods", "programme_id"),
    **dict.fromkeys(
        (
            "bank_accounts", "bank_statements", "bank_entries", "bank_listed", "bank_decisions", "bank_found",
            "bank_rejections", "bank_payments", "bank_returns", "bank_deductions", "bank_repayments", "bank_repaid",
            "bank_stated",
        ),
        _everywhere(Area.BANK),
    ),
    "accounts": _everywhere(Area.PEOPLE),
    "roles": _columns(Area.PEOPLE, "roles", "partnership_id", "scheme_id", "programme_id"),
    "bodies": _columns(Area.PEOPLE, "bodies", "partnership_id", "programme_id"),
    "members": Rule("EXISTS (SELECT FROM seen.body_places() b WHERE b.id = members.body_id)"),
    "delegations": _columns(Area.PEOPLE, "delegations", "partnership_id", "scheme_id", "programme_id"),
    "lifted_separations": _columns(Area.PEOPLE, "lifted_separations", "programme_id"),
}  # fmt: skip
