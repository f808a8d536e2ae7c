"""The timeline of a programme, scheme, round or organisation: as lanes on its page, and with its list on a page."""

from dataclasses import dataclass

from domain.values.fact import Lane
from domain.values.when import When
from pages.drawing.lanes import Drawing, drawn
from pages.frame.clocks import Clocks
from pages.frame.listed import cut
from pages.frame.page import BadAddress, NotThere, Page, Sheet
from pages.register.entries import PARAMETERS, chosen, lane_asked
from projections.register import reading as register
from projections.register.reading import ThingLine
from projections.tables.effect import counts_from
from projections.tables.paging import Connection, Window, count
from projections.timeline import reading as timeline
from projections.timeline.reading import Entry
from projections.timeline.things import Including

# How many entries are listed on one page, and how many of a timeline are drawn and listed at all.
LISTED, MOST = 100, 2000
INCLUDING = "including"
# The folder of each kind of thing in addresses.
FOLDERS = {
    "programmes": "programme",
    "schemes": "scheme",
    "rounds": "round",
    "organisations": "organisation",
    "partnerships": "partnership",
}
_FOLDER_OF = {kind.upper(): folder for folder, kind in FOLDERS.items()}
# A line of the timeline as a file.
COLUMNS = ("on", "until", "lane", "title", "amount", "currency", "recorded_at", "actor", "position")


@dataclass(frozen=True, slots=True)
class Told:
    """The *entries* of a timeline, drawn; *path* is the address of its page. *more* is how many others there are."""

    path: str
    entries: list[Entry]
    drawing: Drawing | None
    more: int

    @property
    def undated(self) -> list[Entry]:
        """Those that no source dates."""
        return [entry for entry in self.entries if not When(entry.on).is_known]


async def told(
    connection: Connection, clocks: Clocks, thing: str, path: str, including: Including = Including.SCHEMES
) -> Told:
    """The timeline of the thing with this id and the address *path*."""
    listing = timeline.entry_list(thing, including=including, known=clocks.then)
    found = await timeline.entries(connection, listing, Window(size=MOST))
    more = await count(connection, listing) - MOST if found.has_next else 0
    entries = [entry for entry in found.lines if counts_from(When(entry.on)) <= clocks.as_at]
    return Told(f"{path}/timeline", entries, drawn(entries, clocks.as_at), more)


async def happened(connection: Connection, clocks: Clocks, scope: str, code: str, asked: dict[str, str]) -> Page:
    """The page of the timeline of a thing: *scope* is the folder of its kind. Raises NotThere and BadAddress."""
    thing = await _thing(connection, scope, code)
    including = _including(asked)
    its = await told(connection, clocks, thing.id, f"/{scope}/{thing.code}", including)
    listed = cut([*filter(chosen(asked), its.entries)], asked, LISTED)
    about = await register.things_told_by(connection, "id", sorted({one.about for one in listed.lines} - {thing.id}))
    return Page(
        template="register/happened.html",
        title=f"{thing.name}: timeline",
        section="partnerships" if scope == "partnerships" else "home",
        path=its.path,
        trail=[(thing.name, f"/{scope}/{thing.code}")],
        values={
            "told": its,
            "happened": listed,
            "lane": lane_asked(asked),
            "lanes": [lane.value for lane in Lane if any(entry.lane == lane.name for entry in its.entries)],
            "shown": {name: asked[name] for name in (*PARAMETERS, INCLUDING) if name in asked},
            "including": including.value,
            "ways": [one.value for one in Including] if scope in ("programmes", "schemes") else [],
            "about": {one.id: (f"/{_FOLDER_OF[one.kind]}/{one.code}", one.name) for one in about},
        },
        sheet=Sheet(COLUMNS, [tuple(getattr(one, name) for name in COLUMNS) for one in listed.lines]),
    )


def _including(asked: dict[str, str]) -> Including:
    text = asked.get(INCLUDING) or Including.SCHEMES.value
    if text not in {one.value for one in Including}:
        ways = ", ".join(one.value for one in Including)
        raise BadAddress(f'There is no timeline "{text[:40]}" of a thing. There are: {ways}.')
    return Including(text)


async def _thing(connection: Connection, scope: str, code: str) -> ThingLine:
    kind = FOLDERS.get(scope)
    if kind is None:
        raise NotThere(f"There is no page /{scope[:40]}.")
    found = await register.things_by(connection, "name", [code], kind=kind)
    if not found:
        raise NotThere(f"There is no {kind} {code[:80]}.")
    return (await register.things_told_by(connection, "id", [found[0].id]))[0]
