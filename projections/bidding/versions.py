"""The versions of a proposal: what a bid proposed at each time, and what each version changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from projections.bidding.events import Happened

# The events that give a version, with the word for each.
VERSIONS = {
    "BidDrafted": "drafted",
    "BidSubmitted": "submitted",
    "BidStated": "stated by a source",
    "BidRevised": "revised",
    "BidResubmitted": "submitted again",
    "BidRestated": "stated otherwise",
}
# What of a version is compared with the one before.
COMPARED = ("title", "requested", "partners", "themes", "activities", "plans")


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a proposal, by the event *of*. *changed* names what is other than in the version before.

    An event of before a proposal had parts gives none of them: they are as they were.
    """

    number: int
    of: Happened
    title: str
    requested: dict[str, str] | None
    partners: list[str]
    themes: list[str]
    activities: list[dict[str, Any]]
    plans: list[dict[str, str]]
    changed: list[str]

    @property
    def costs(self) -> list[tuple[str, tuple[Decimal, str] | None]]:
        """Each activity by name, with its amount and currency, if the proposal gives them."""
        given = ((one["name"], one["amount"]) for one in self.activities)
        return [(name, (Decimal(sum_["amount"]), sum_["currency"]) if sum_ else None) for name, sum_ in given]

    @property
    def because(self) -> str | None:
        """Why it was changed, or admitted."""
        return self.of.body.get("because") or self.of.body.get("admitted_because")


def versions_of(events: Sequence[Happened]) -> list[Version]:
    """The versions that *events* of a bid give, in the order of the log."""
    found: list[Version] = []
    for event in events:
        if event.line.name in VERSIONS:
            found.append(_next(found[-1] if found else None, event, len(found) + 1))
    return found


def _next(before: Version | None, event: Happened, number: int) -> Version:
    values: dict[str, Any] = {
        name: event.body[name] if name in event.body else getattr(before, name, _EMPTY[name]) for name in COMPARED
    }
    changed = [name for name in COMPARED if before is not None and values[name] != getattr(before, name)]
    return Version(number=number, of=event, changed=changed, **values)


_EMPTY: dict[str, Any] = {
    "title": "", "requested": None, "partners": [], "themes": [], "activities": [], "plans": [],
}  # fmt: skip
