"""The columns of every export in their order, so that a list without rows still has its header."""

from projections.money.funding import FIGURES

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

LEFT_OUT = ("award", "reference", "whole", "field", "value", "rule", "because")
COLUMNS: dict[str, tuple[str, ...]] = {
    "ledger": (
        "position", "event_id", "event", "recorded_at", "effective", "counts_from", "account", "debit", "credit",
        "currency", "award", "partnership", "scheme", "programme", "funder", "actor",
    ),
    "ladder": ("kind", "code", "name", "currency", *FIGURES, "of_awarded_undated", "as_at", "position"),
    "discrepancies": (
        "id", "rule", "severity", "status", "subject", "reference", "partnership", "message", "seen", "first_seen",
        "since", "closed_at", "age_days", "due", "owner", "said", "stands", "said_by", "authority", "because",
        "said_of", "events", "as_at", "position",
    ),
    "timeline": (
        "position", "event_id", "partnership", "lane", "kind", "on", "until", "title", "amount", "currency",
        "recorded_at", "actor",
    ),
    "organisations": ("id", "code", "name", "kind", "past_names", "also_stated_as", "identifiers"),
    "partnerships": ("id", "code", "name", "kind", "scheme", "lead", "formed", "dissolved"),
    "partners": ("partnership", "organisation", "role", "step", "on"),
    "bids": (
        "id", "reference", "title", "partnership", "status", "requested", "approved", "currency", "submitted",
        "decided", "award",
    ),
    "awards": (
        "id", "reference", "title", "partnership", "funder", "status", "awarded_on", "currency", "requested", "awarded",
        "paid", "returned", "spent",
    ),
    "payments": (
        "award", "number", "status", "amount", "currency", "requested_on", "requested_by", "approved_on",
        "approved_by", "released_on", "released_by", "settled_on",
    ),
    "conditions": ("award", "number", "condition", "precedent", "status", "set_on", "settled_on"),
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
        "verified", "verified_result", "verified_on", "distance_travelled",
    ),
    "audit": (
        "position", "event_id", "name", "stream", "version", "effective", "recorded_at", "actor", "authority",
        "command_id", "correlation_id", "causation_id", "body",
    ),
    "360giving-left-out": LEFT_OUT,
    "iati-left-out": LEFT_OUT,
}  # fmt: skip


def columns_of(name: str) -> tuple[str, ...]:
    """The columns of the export *name*."""
    return tuple(dict.fromkeys((*COLUMNS[name], *STAMP)))
