"""The catalogue of rules: by what something does not add up, in words, how grave it is, and who asks for the rule.

``discrepancy_rules`` holds each against the facts; docs/discrepancies.md explains them.
"""

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """ERROR: it cannot be so, or must not be. WARNING: it may be so, and somebody should look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: when it is broken, in words, and who asks for it."""

    name: str
    severity: Severity
    broken_when: str
    source: str


_LAWS = "what must always hold of the live programme"
_DATA_QUALITY = "360Giving's data quality checks"
_AUDIT = "what public auditors find"
_CBP = "the evaluators of the Capacity Building Programme"

CATALOGUE = {
    rule.name: rule
    for rule in (
        Rule(
            "awarded_above_approved",
            Severity.ERROR,
            "awarded, as varied, is more than was approved",
            _LAWS,
        ),
        Rule(
            "awarded_above_requested",
            Severity.WARNING,
            "awarded is more than was asked for, if anything was",
            _AUDIT,
        ),
        Rule(
            "currency_unlike_award",
            Severity.WARNING,
            "an award has sums in another currency than its own, which none of its figures holds",
            _AUDIT,
        ),
        Rule(
            "date_in_future",
            Severity.WARNING,
            "what is told as done lies after the day of its recording",
            _DATA_QUALITY,
        ),
        Rule(
            "dates_out_of_order",
            Severity.ERROR,
            "an end lies before its start, or a step before the step before",
            _DATA_QUALITY,
        ),
        Rule(
            "duplicate_payments",
            Severity.WARNING,
            "payments of one award agree in amount and day, or in bank reference",
            _AUDIT,
        ),
        Rule(
            "identifier_of_two_organisations",
            Severity.ERROR,
            "two organisations have one identifier of one register",
            _DATA_QUALITY,
        ),
        Rule(
            "name_of_two_organisations",
            Severity.WARNING,
            "two organisations have one name",
            _DATA_QUALITY,
        ),
        Rule(
            "no_longer_stated",
            Severity.WARNING,
            "a newer edition of a register comes without an award that it stated",
            _AUDIT,
        ),
        Rule(
            "numbering_gap",
            Severity.WARNING,
            "a numbered list lacks numbers, or has one twice",
            _CBP,
        ),
        Rule(
            "organisation_under_two_names",
            Severity.WARNING,
            "registers call one organisation by different names",
            _DATA_QUALITY,
        ),
        Rule(
            "paid_above_awarded",
            Severity.ERROR,
            "paid less returned is more than is awarded",
            _LAWS,
        ),
        Rule(
            "paid_before_acceptance",
            Severity.ERROR,
            "a payment lies before the acceptance, or a stated one before the award",
            _AUDIT,
        ),
        Rule(
            "paid_below_awarded",
            Severity.WARNING,
            "a register gives less as disbursed in all than as awarded",
            _DATA_QUALITY,
        ),
        Rule(
            "parts_unequal_to_total",
            Severity.ERROR,
            "parts do not add up to the total that they are of",
            _AUDIT,
        ),
        Rule(
            "planned_start_before_award",
            Severity.WARNING,
            "work is planned to start before the award",
            _DATA_QUALITY,
        ),
        Rule(
            "return_overdue",
            Severity.WARNING,
            "a return that is required has not come in by its day",
            _AUDIT,
        ),
        Rule(
            "total_unlike_list",
            Severity.WARNING,
            "a list has another number of entries than is stated",
            _CBP,
        ),
    )
}
