"""The list of discrepancies, by severity, status, rule, age and place, and the events that each concerns."""

from dataclasses import replace

from domain.values.day import end_of
from pages.frame.asked import thing_asked
from pages.frame.clocks import Clocks
from pages.frame.listed import listed
from pages.frame.page import BadAddress, Page, Sheet
from projections.delays.clock import shifted
from projections.discrepancies import reading
from projections.discrepancies.catalogue import CATALOGUE, Severity
from projections.discrepancies.life import Status
from projections.discrepancies.reading import DiscrepancyLine
from projections.tables.paging import Connection

LISTED = 100
PARAMETERS = ("severity", "status", "rule", "age", "partnership", "programme", "sort", "page")
# The ages that people filter by: the fewest days, in words.
AGES = {"30": "30 days or more", "90": "90 days or more", "365": "a year or more"}
# The orders of the list, in words: the columns, and whether from the last. The names of severities are in their order.
SORTS = {
    "severity": ("errors first, then the oldest", ("s.severity", "s.since", "s.opened", "s.id"), False),
    "oldest": ("the oldest first", ("s.since", "s.opened", "s.id"), False),
    "newest": ("the newest first", ("s.since", "s.opened", "s.id"), True),
}
_COLUMNS = ("id", "severity", "rule", "message", "label", "partnership", "status", "due", "first_seen", "because",
            "decided_by", "events")  # fmt: skip


async def discrepancies(connection: Connection, clocks: Clocks, asked: dict[str, str]) -> Page:
    """The discrepancies that the address asks for; those that are open unless it says otherwise. Raises BadAddress."""
    severity = _one_of("severity", asked, [one.value for one in Severity], "")
    status = _one_of("status", asked, [one.value.lower() for one in Status], "open")
    rule, age, sort = (
        _one_of("rule", asked, list(CATALOGUE), ""),
        _one_of("age", asked, list(AGES), ""),
        _one_of("sort", asked, list(SORTS), "severity"),
    )
    places = {kind: await thing_asked(connection, asked, kind, kind) for kind in ("partnership", "programme")}
    wanted = reading.Filter(
        severity=severity.upper() or None,
        states=[status.upper()] if status != "all" else None,
        rule=rule or None,
        since=end_of(shifted(clocks.as_at, -int(age))) if age else None,
        **places,
    )
    _, key, falling = SORTS[sort]
    listing = reading.listing(wanted, as_at=clocks.as_at, known=clocks.then)
    found = await listed(connection, DiscrepancyLine, replace(listing, key=key, descending=falling), asked, LISTED)
    return Page(
        template="office/discrepancies.html",
        title="Discrepancies",
        section="discrepancies",
        path="/discrepancies",
        values={
            "severity": severity,
            "status": status,
            "rule": rule,
            "age": age,
            "sort": sort,
            "places": {kind: asked.get(kind, "").strip() for kind in places},
            "severities": [one.value for one in Severity],
            "statuses": [*(one.value.lower() for one in Status), "all"],
            "rules": sorted(CATALOGUE),
            "ages": AGES,
            "sorts": {name: words for name, (words, _, _) in SORTS.items()},
            "listed": found,
        },
        sheet=Sheet(_COLUMNS, [tuple(getattr(one, name) for name in _COLUMNS) for one in found.lines]),
    )


def _one_of(name: str, asked: dict[str, str], known: list[str], usual: str) -> str:
    text = asked.get(name, "").strip().lower() or usual
    if text and text not in (*known, "all"):
        raise BadAddress(f'"{text[:40]}" is no {name}. Write one of: {", ".join(known)}.')
    return usual if text == "all" and name != "status" else text
