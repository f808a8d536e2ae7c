"""The catalogue of discrepancy rules: when each is broken, in words, how serious that is, and where it comes from.

``projections.discrepancies.rules`` checks them; docs/discrepancies.md explains them.
"""

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """ERROR: impossible or not allowed. WARNING: possible, but somebody should check it."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its name, its severity, when it is broken, and its source."""

    name: str
    severity: Severity
    broken_when: str
    source: str


_LAWS = "the rules of the live programme"
_DATA_QUALITY = "360Giving's data quality checks"
_AUDIT = "what public auditors find"
_CBP = "the evaluators of the Capacity Building Programme"

CATALOGUE = {
    rule.name: rule
    for rule in (
        Rule(
            "adviser_supplies",
            Severity.WARNING,
            "an organisation that advised a bid of the partnership also supplies its work",
            _CBP,
        ),
        Rule(
            "award_of_zero_or_less",
            Severity.WARNING,
            "a register states an award of 0 or of a negative amount",
            _DATA_QUALITY,
        ),
        Rule(
            "awarded_above_approved",
            Severity.ERROR,
            "the award, with its variations, is more than was approved",
            _LAWS,
        ),
        Rule(
            "awarded_above_requested",
            Severity.WARNING,
            "the award, with its variations, is more than was requested",
            _AUDIT,
        ),
        Rule(
            "bid_ineligible",
            Severity.ERROR,
            "a bid that a source states does not meet an eligibility rule of its scheme that was in force on its date",
            _LAWS,
        ),
        Rule(
            "bid_outside_round",
            Severity.ERROR,
            "a bid is dated before its round opened or after it closed, and no reason was given to admit it",
            _LAWS,
        ),
        Rule(
            "budget_line_missing",
            Severity.WARNING,
            "a source states that the budget of an award has no line of a kind, such as project management",
            _CBP,
        ),
        Rule(
            "currency_unlike_award",
            Severity.WARNING,
            "an award has amounts in another currency, which none of its figures includes",
            _AUDIT,
        ),
        Rule(
            "date_in_future",
            Severity.WARNING,
            "something recorded as done is dated after the day of its recording",
            _DATA_QUALITY,
        ),
        Rule(
            "dates_out_of_order",
            Severity.ERROR,
            "an end is before its start, or a step is before the step that it follows",
            _DATA_QUALITY,
        ),
        Rule(
            "duplicate_payments",
            Severity.WARNING,
            "two payments of one award have the same amount and date, or two payments to one payee have the same amount"
            " and are at most 14 days apart",
            _AUDIT,
        ),
        Rule(
            "duties_not_separated",
            Severity.WARNING,
            "one actor took two duties that are kept apart: of a payment, of a return, or of a bid and its payments",
            _LAWS,
        ),
        Rule(
            "identifier_of_two_organisations",
            Severity.ERROR,
            "two organisations have the same identifier in the same register",
            _DATA_QUALITY,
        ),
        Rule(
            "line_overspent",
            Severity.ERROR,
            "the expenditure on a budget line is more than the line",
            _AUDIT,
        ),
        Rule(
            "name_of_two_organisations",
            Severity.WARNING,
            "two organisations have the same name",
            _DATA_QUALITY,
        ),
        Rule(
            "no_longer_stated",
            Severity.WARNING,
            "the newest edition of a register leaves out an award that an earlier edition stated",
            _AUDIT,
        ),
        Rule(
            "notice_before_help",
            Severity.WARNING,
            "an improvement notice or an intervention is before any offer of help in its support case",
            _CBP,
        ),
        Rule(
            "numbering_gap",
            Severity.WARNING,
            "a numbered list has a number missing or repeated",
            _CBP,
        ),
        Rule(
            "organisation_under_two_names",
            Severity.WARNING,
            "registers use different names for one organisation",
            _DATA_QUALITY,
        ),
        Rule(
            "paid_above_awarded",
            Severity.ERROR,
            "the payments, less what was returned, are more than the award",
            _LAWS,
        ),
        Rule(
            "paid_before_acceptance",
            Severity.ERROR,
            "a payment is before the acceptance or, in an award that only a register states, before the award",
            _AUDIT,
        ),
        Rule(
            "paid_below_awarded",
            Severity.WARNING,
            "the total that a register states as disbursed is less than the award",
            _DATA_QUALITY,
        ),
        Rule(
            "parts_unequal_to_total",
            Severity.ERROR,
            "parts do not add up to their total",
            _AUDIT,
        ),
        Rule(
            "planned_start_before_award",
            Severity.WARNING,
            "the work is planned to start before the award",
            _DATA_QUALITY,
        ),
        Rule(
            "programme_under_two_names",
            Severity.WARNING,
            "sources use different names for one programme, or for one scheme, under the same code",
            _DATA_QUALITY,
        ),
        Rule(
            "reference_of_two_payments",
            Severity.ERROR,
            "two payments have the same bank reference",
            _AUDIT,
        ),
        Rule(
            "return_overdue",
            Severity.WARNING,
            "a required return was not received by its due day",
            _AUDIT,
        ),
        Rule(
            "spent_above_award",
            Severity.ERROR,
            "the expenditure is more than the award",
            _AUDIT,
        ),
        Rule(
            "spent_above_paid",
            Severity.WARNING,
            "the expenditure is more than the payments, less what was returned",
            _AUDIT,
        ),
        Rule(
            "total_unlike_list",
            Severity.WARNING,
            "a list has more or fewer entries than the number stated",
            _CBP,
        ),
    )
}
