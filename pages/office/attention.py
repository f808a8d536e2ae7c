"""The list of what needs attention: late, due, waiting or contradictory, with who must act and which rule says so."""

from dataclasses import dataclass

from domain.across.permissions import EVERY_AREA, seen_by
from domain.people.person import Held
from pages.frame.asked import thing_asked
from pages.frame.clocks import Clocks
from pages.frame.listed import listed
from pages.frame.page import BadAddress, Page, Sheet
from projections.attention import BY_NAME, AttentionLine, Filter, Kind, Urgency, counted, listing
from projections.tables.paging import Connection

LISTED = 100
PARAMETERS = ("urgency", "kind", "who", "partnership", "programme", "page")
_COLUMNS = ("urgency", "kind", "thing", "reference", "partnership", "who", "since", "due", "days", "amount", "currency")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the list, with its *kind* and the *path* of the page where it is dealt with."""

    line: AttentionLine
    kind: Kind
    path: str


async def attention(
    connection: Connection, clocks: Clocks, held: tuple[Held, ...] | None, asked: dict[str, str]
) -> Page:
    """What needs attention on the day, as known now, of what the roles *held* let their holder see. Raises BadAddress.

    None stands for the owner of the machine.
    """
    sees = EVERY_AREA if held is None else seen_by(held).areas
    urgency = _one_of("urgency", asked, [one.value for one in Urgency])
    kind = _one_of("kind", asked, [name.lower() for name in BY_NAME])
    places = {name: await thing_asked(connection, asked, name, name) for name in ("partnership", "programme")}
    who = asked.get("who", "").strip() or None
    wanted = Filter(
        kinds=[kind.upper()] if kind else None, urgencies=[urgency.upper()] if urgency else None, who=who, **places
    )
    found = await listed(connection, AttentionLine, listing(wanted, sees, day=clocks.as_at), asked, LISTED)
    every = await counted(connection, Filter(**places), sees, day=clocks.as_at)
    return Page(
        template="office/attention.html",
        title="What needs attention, one by one",
        section="home",
        path="/attention",
        values={
            "urgency": urgency,
            "kind": kind,
            "who": who or "",
            "places": {name: asked.get(name, "").strip() for name in places},
            "urgencies": [one.value for one in Urgency],
            "kinds": {name.lower(): one.words for name, one in BY_NAME.items() if one.area in sees},
            "counts": [(BY_NAME[name], of.lower(), number) for name, of, number in every],
            "listed": found,
            "entries": [Entry(line, BY_NAME[line.kind], path_of(line)) for line in found.lines],
        },
        sheet=Sheet(_COLUMNS, [tuple(getattr(one, name) for name in _COLUMNS) for one in found.lines]),
    )


def path_of(line: AttentionLine) -> str:
    """The path of the page where *line* is dealt with."""
    if line.kind == "DISCREPANCY":
        return f"/discrepancies/{line.thing}"
    if line.kind == "BANK_ENTRY_OPEN":
        return f"/bank/{line.thing}"
    if line.kind.startswith("PAYMENT"):
        return f"/payments/{line.of_id}/{line.number}"
    if line.partnership is not None and (line.of_id or "").startswith(("delivery-", "outcome-")):
        return f"/partnerships/{line.partnership}"
    if (line.of_id or "").startswith("organisation-"):
        return f"/organisations/{line.of_id}"
    return f"/bids/{line.of_id}" if (line.of_id or "").startswith("bid-") else f"/awards/{line.of_id}"


def _one_of(name: str, asked: dict[str, str], known: list[str]) -> str:
    text = asked.get(name, "").strip().lower()
    if text and text not in known:
        raise BadAddress(f'"{text[:40]}" is no {name}. Write one of: {", ".join(known)}.')
    return text
