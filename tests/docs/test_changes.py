"""docs/changes.md lists every field of everything that can change, and every event that changes no field."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import get_args

from strawberry.utils.str_converters import to_camel_case

from api.types.changes import ChangedKind
from domain import discrepancy
from domain.history import Recorded
from domain.values.fact import Fact
from domain.values.frozen import replace
from projections.changes import discrepancies
from projections.changes.effects import effects_of
from projections.changes.figures import COLUMNS
from projections.money.accounts import entries
from projections.money.funding import FIGURES
from tests.docs.pages import DOCS, inline_code, rows
from tests.kit.examples import EVENTS

PAGE = (DOCS / "changes.md").read_text()


# The events of which the scheme may be left out.
OF_EITHER = ("BudgetAllocated", "BudgetVaried", "ProgrammeNameStated", "ServiceStandardSet")


def recorded(event: Fact, stream: str = "award-1") -> Recorded:
    return Recorded(1, stream, 1, "event-1", datetime.now(UTC), "ann", None, "c", "c", None, event)


def fields() -> dict[str, set[str]]:
    """The fields of each kind of thing that the examples of all events change."""
    found: dict[str, set[str]] = defaultdict(set)
    for event in EVENTS.values():
        # What is of a scheme may be of the whole programme.
        of_programme = [replace(event, scheme_id=None)] if type(event).__name__ in OF_EITHER else []
        # Both organisations of a merger have its event, and each changes otherwise.
        streams = {"award-1", getattr(event, "merged_id", "award-1")}
        each = [recorded(one, stream) for one in (event, *of_programme) for stream in streams]
        for effect in (effect for one in each for effect in effects_of(one)):
            if effect.name:
                found[ChangedKind(effect.kind).name].add(to_camel_case(effect.name))
    for kind in COLUMNS:
        found[ChangedKind(kind).name] |= set(FIGURES)
    found["DISCREPANCY"] = {to_camel_case(name) for name in discrepancies.FIELDS}
    return found


def unshown() -> Iterator[str]:
    """The events that change no field, move no money, and decide nothing about a discrepancy."""
    for event in EVENTS.values():
        decides = isinstance(event, get_args(discrepancy.Event))
        if not any(effects_of(recorded(event))) and not entries(event) and not decides:
            yield type(event).__name__


def table() -> str:
    """The table of every field, as the page has it: ``python -m tests.docs.test_changes`` writes it there."""
    lines = [f"| {kind} | {', '.join(sorted(names))} |" for kind, names in sorted(fields().items())]
    return "\n".join(("| kind | fields |", "|---|---|", *lines)) + "\n"


def test_the_page_lists_every_field_of_every_kind() -> None:
    listed = {
        kind: set(names.replace("`", "").split(", ")) for kind, names in rows(PAGE.partition("## What is not")[0])
    }
    del listed["kind"]
    assert fields() == listed


def test_the_page_names_every_event_that_changes_nothing_here() -> None:
    _, _, after = PAGE.partition("## What is not shown")
    named = {name for name in inline_code(after) if name.isalpha() and name[0].isupper()}
    assert {*unshown()} - {"DateCorrected", "StatementReplaced"} == named


if __name__ == "__main__":
    before, rest = PAGE.split("| kind | fields |\n", 1)
    after = rest.partition("\n\n")[2]
    (DOCS / "changes.md").write_text(f"{before}{table()}\n{after}")
