"""The columns of every export in their order, so that a list without rows still has its header."""

from dataclasses import dataclass

from infra.exports.beside import COLUMNS as BESIDE
from infra.exports.financial_years import DATED, YEAR
from infra.exports.jointly import COLUMNS as JOINTLY
from infra.exports.plans import COLUMNS as OF_PLANS
from projections.money.funding import BUDGETS, FIGURES, HELD

# The last columns of each row of an export: its day, its instant and its position in the log.
STAMP = ("as_at", "known_at", "log_position")

# The columns of reports that only the command line has.
BANK_MATCHES = (
    "id", "account", "statement", "booked", "amount", "currency", "counterparty", "end_to_end", "remittance",
    "duplicate_of", "proposals", "payments", "why",
)  # fmt: skip
DELAY_GROUPS = (
    "group", "decided", "open", "gone", "undated", "ranges", "breached", "late_any", "within_standard", "median_days",
    "median_days_at_least", "p90_days", "max_days", "median_working_days", "median_days_with_open",
    "median_days_with_open_low", "median_days_with_open_high",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PartList:
    """A list of the parts of a *kind* of every award or bid (*of*).

    *columns* gives the source of each column after the first: a field of the part, or else one of its facts. A fact
    that is called like a field has "facts." in front. With *paid* the last column is who is or was paid.
    """

    kind: str
    of: str
    columns: dict[str, str]
    paid: bool = False

    @property
    def titles(self) -> tuple[str, ...]:
        """The columns of the list."""
        return (self.of, *self.columns, *(("payee",) if self.paid else ()))


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


PART_LISTS = {
    "recoveries": PartList("recovery", "award", {
        **_same("number", "status", "amount", "currency"), "outstanding": "remains", "raised_on": "on",
        "raised_by": "by", "because": "because", "payment": "payment", "approved_on": "approved",
        "approved_by": "approved_by", "written_off_on": "written_off", "written_off_by": "written_off_by",
        "written_off_because": "written_off_because", "withdrawn_on": "withdrawn", "withdrawn_by": "withdrawn_by",
        "withdrawn_because": "withdrawn_because",
    }, paid=True),
    "settlements": PartList("settlement", "award", {
        "recovery": "number", **_same("part", "amount", "currency"), "by": "facts.by", "settled_on": "on",
        "settled_by": "by", "reference": "reference", "deducted_from": "payment", "bank_entry": "entry_id",
    }, paid=True),
    "money-back": PartList("moneyback", "award", {
        "payment": "number", **_same("part", "status", "amount", "currency"), "returned_on": "on", "returned_by": "by",
        "because": "returned_because", "undone_on": "undone", **_same("undone_by", "undone_because"),
    }, paid=True),
    "instalments": PartList("instalment", "award", {
        **_same("number", "status", "amount", "currency", "due"), "scheduled_on": "on", "scheduled_by": "by",
        "changed_on": "changed", **_same("changed_by", "changed_because"),
    }, paid=True),
    "variations": PartList("variation", "award", {
        "number": "number", "kind": "sort", "amount": "amount", "currency": "currency", "varied_on": "on",
        "varied_by": "by", **_same("because", "until", "corrects", "corrected_by"),
    }),
    "holds": PartList("hold", "award", {
        "number": "number", "status": "status", "placed_on": "on", "placed_by": "by", "because": "placed_because",
        "lifted_on": "lifted", **_same("lifted_by", "lifted_because"),
    }),
    "returns": PartList("return", "award", {
        **_same("number", "status", "covers", "due"), "required_on": "on", "required_by": "by",
        "certified_on": "certified", "certified_by": "certified_by",
    }),
    "certificates": PartList("certificate", "award", {
        "number": "number", **_same("post", "wording"), "figures_as_at": "as_at", "certified_on": "on",
        "certified_by": "by",
    }),
    "expenditure": PartList("expenditure", "award", {
        **_same("number", "amount", "currency"), "spent_on": "on", "recorded_by": "by", **_same("line", "description"),
    }),
    "questions": PartList("question", "bid", {
        "number": "number", "status": "status", "question": "text", "asked_on": "on", "asked_by": "by",
        "answered_on": "answered", "answered_by": "answered_by",
    }),
    "assessments": PartList("assessment", "bid", {
        **_same("criterion", "score", "justification"), "assessed_on": "on", "assessed_by": "by",
    }),
    "rule-tests": PartList("ruletest", "bid", {
        **_same("rule", "version", "text", "met", "found", "judged", "admitted_because"), "tested_on": "on",
        "tested_by": "by",
    }),
    "consents": PartList("consent", "bid", {
        "number": "number", "status": "status", "organisation": "organisation_id", "given_on": "on",
        "recorded_by": "by", "withdrawn_on": "withdrawn", "withdrawn_because": "withdrawn_because",
    }),
    "contacts": PartList("contact", "bid", {
        "number": "number", **_same("direction", "with_whom", "summary"), "contact_on": "on", "recorded_by": "by",
    }),
    "moderations": PartList("moderation", "bid", {
        **_same("criterion", "score", "because"), "moderated_on": "on", "moderated_by": "by",
    }),
    "eligibility-tests": PartList("eligibilitytest", "bid", {
        **_same("eligible", "because"), "tested_on": "on", "tested_by": "by",
    }),
}  # fmt: skip

LEFT_OUT = ("award", "reference", "whole", "field", "value", "rule", "because")
COLUMNS: dict[str, tuple[str, ...]] = {
    "ledger": (
        "position", "event_id", "event", "recorded_at", "effective", "counts_from", "account", "debit", "credit",
        "currency", "award", "partnership", "scheme", "programme", "funder", "actor",
    ),
    "ladder": (
        "kind", "code", "name", "currency", *FIGURES, "of_awarded_undated", *HELD, *BUDGETS, "spendable", "as_at",
        "position",
    ),
    "years": (
        "kind", "code", "name", "currency", "period", "year", "quarter", "starts", "ends", *FIGURES, *HELD, *BUDGETS,
    ),
    "year-budgets": (
        "kind", "code", "year", "currency", "allocated", "carried_in", "carried_out", "budget", "capital", "revenue",
        "paid", "left",
    ),
    "profiles": (
        "award", "number", "agreed_on", "agreed_by", "year", "amount", "currency", "spending", "because",
    ),
    "earned-unpaid": (
        "programme", "award", "partnership", "currency", "awarded", "due", "spent", "paid", "open_conditions", "earned",
        "unpaid",
    ),
    "discrepancies": (
        "id", "rule", "severity", "status", "subject", "reference", "partnership", "message", "seen", "first_seen",
        "since", "closed_at", "age_days", "due", "owner", "said", "stands", "said_by", "authority", "because",
        "said_of", "events", "as_at", "position",
    ),
    "timeline": (
        "position", "event_id", "partnership", "lane", "kind", "on", "until", "title", "amount", "currency",
        "recorded_at", "actor",
    ),
    "organisations": (
        "id", "code", "name", "kind", "past_names", "also_stated_as", "identifiers", "merged_into", "merged_on",
    ),
    "partnerships": ("id", "code", "name", "kind", "scheme", "lead", "formed", "dissolved"),
    "partners": ("partnership", "organisation", "role", "step", "on", "recorded_by"),
    "bids": (
        "id", "reference", "title", "partnership", "status", "requested", "approved", "currency", "submitted",
        "decided", "award", "round", "decided_by", "authority",
    ),
    "awards": (
        "id", "reference", "title", "partnership", "funder", "status", "awarded_on", "currency", "requested", "awarded",
        "paid", "returned", "spent", "payee", "approved_by", "offered_by",
    ),
    "payments": (
        "award", "number", "status", "amount", "currency", "requested_on", "requested_by", "approved_on",
        "approved_by", "released_on", "released_by", "settled_on", "settled_by", "payee", "bank_reference",
        "description", "corrects", "corrected_by", "reversed_on", "reversed_by", "reversed_because",
        "purpose",
    ),
    "rounds": (
        "id", "code", "name", "programme", "scheme", "status", "budget", "committed", "free", "currency", "opened",
        "closes", "closes_time", "closed", "closed_time", "criteria", "opened_by", "closed_by",
    ),
    "ring-fences": ("round", "name", "amount", "committed", "free", "currency", "set_on", "set_by"),
    "conditions": (
        "award", "number", "condition", "precedent", "status", "set_on", "settled_on", "set_by", "settled_by",
        "waived_because",
    ),
    "delays": (
        "reference", "attempt", "partnership", "funder", "status", "submitted", "decided", "days_min", "days_max",
        "working_days_min", "working_days_max", "open_days", "waiting_for", "waiting_on", "next_deadline", "standing",
    ),
    "bank-entries": (
        "id", "account", "statement", "reference", "booked", "valued", "amount", "currency", "end_to_end",
        "counterparty", "remittance", "kind", "returned", "status", "payments", "exact", "because", "decided_by",
        "decided_at", "position",
    ),
    "outcomes": (
        "id", "partnership", "impact", "level", "indicator", "unit", "baseline", "target", "result", "status",
        "verified", "verified_result", "verified_on", "distance_travelled", "verified_by",
    ),
    "audit": (
        "position", "event_id", "name", "stream", "version", "effective", "recorded_at", "actor", "authority",
        "command_id", "correlation_id", "causation_id", "body", "amount", "currency", "award", "payment", "payee",
    ),
    **BESIDE,
    **OF_PLANS,
    **JOINTLY,
    **{name: one.titles for name, one in PART_LISTS.items()},
    "360giving-left-out": LEFT_OUT,
    "iati-left-out": LEFT_OUT,
}  # fmt: skip


def columns_of(name: str) -> tuple[str, ...]:
    """The columns of the export *name*."""
    year = (YEAR,) if name in DATED else ()
    return tuple(dict.fromkeys((*COLUMNS[name], *year, *STAMP)))
