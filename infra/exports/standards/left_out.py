"""What a file in the format of others does not hold, and why."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An award, or one *field* of it, that a file lacks: *value* is what stands there, *because* the reason in words.

    *rule* is a name that scripts can branch on. *whole* says that the award is not in the file at all.
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
        """It as a row of a list."""
        return {
            "award": self.award,
            "reference": self.reference,
            "whole": self.whole,
            "field": self.field,
            "value": self.value if len(self.value) <= 200 else f"{self.value[:197]}...",
            "rule": self.rule,
            "because": self.because,
        }


class CannotBeExported(Exception):
    """An award cannot be told in the standard: *field* lacks what the standard demands, or the award does not count."""

    def __init__(self, rule: str, because: str, field: str = "", value: str = "") -> None:
        super().__init__(because)
        self.rule, self.because, self.field, self.value = rule, because, field, value

    def of(self, award: str, reference: str) -> LeftOut:
        """It, said of an award."""
        return LeftOut(award, reference, True, self.field, self.value, self.rule, self.because)


Report: TypeAlias = Callable[[LeftOut], None]
