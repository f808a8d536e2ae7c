"""What a file in a standard lacks, and why."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from domain.values.portable import Portable

# Reasons that several standards share.
REQUIRED = "It is missing. The standard requires it."
NOT_A_DAY = "The date is not known to the day. The standard requires the day."
NO_TITLE = "It has no title. The standard requires one."
NO_RECIPIENT = "The partnership has no lead or recipient. The standard requires a recipient."
NO_FUNDER = "The funder is not known. The standard requires one."


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An award, or one *field* of it, that a file lacks. *value* is its value here, *because* the reason for people.

    *rule* is the reason for scripts. *whole* is true where the whole award is left out.
    """

    award: str
    reference: str
    whole: bool
    field: str
    value: str
    rule: str
    because: str

    @property
    def row(self) -> dict[str, str | int | float | bool | None]:
        """As a row of the list."""
        return {
            "award": self.award,
            "reference": self.reference,
            "whole": self.whole,
            "field": self.field,
            "value": self.value if len(self.value) <= 200 else f"{self.value[:197]}...",
            "rule": self.rule,
            "because": self.because,
        }


class CannotBeExported(Portable):
    """An award cannot be exported in the standard. *field* is the field that is missing or has another form, if any."""

    def __init__(self, rule: str, because: str, field: str = "", value: str = "") -> None:
        super().__init__(because)
        self.rule, self.because, self.field, self.value = rule, because, field, value

    def of(self, award: str, reference: str) -> LeftOut:
        """As what is left out of the file for this award."""
        return LeftOut(award, reference, True, self.field, self.value, self.rule, self.because)


Report: TypeAlias = Callable[[LeftOut], None]
