"""The library: what partnerships share with others, by theme, kind and who may use it."""

from domain.joint.decisions import OutputSort, PermittedUse
from pages.frame.asked import one_of
from pages.frame.clocks import Clocks
from pages.frame.listed import listed
from pages.frame.page import Page, Sheet
from projections import lists
from projections.lists import Wanted
from projections.parts.reading import PartLine
from projections.register import reading as register
from projections.tables.paging import Connection

LISTED = 50
PARAMETERS = ("text", "theme", "kind", "use", "page")


async def library(connection: Connection, clocks: Clocks, asked: dict[str, str]) -> Page:
    """The outputs that match what the address asks for, in the order recorded. Raises BadAddress."""
    kinds, uses = [one.value for one in OutputSort], [one.value for one in PermittedUse]
    kind, use = one_of(asked, "kind", kinds, "kind of output"), one_of(asked, "use", uses, "permitted use")
    wanted = Wanted(
        text=asked.get("text") or None, theme=asked.get("theme") or None, kind=kind, states=[use] if use else None,
        up_to=clocks.then, last=clocks.as_at,
    )  # fmt: skip
    found = await listed(connection, PartLine, lists.listing("outputs", wanted, lists.RECORDED), asked, LISTED)
    ids = sorted({one.facts["owner_id"] for one in found.lines})
    partnerships = await register.partnerships_by(connection, "id", sorted({one.stream for one in found.lines}))
    return Page(
        template="partners/library.html",
        title="Library",
        section="search",
        path="/library",
        asked={name: asked[name] for name in PARAMETERS if asked.get(name)},
        values={
            "listed": found,
            "owners": {one.id: one for one in await register.organisations_by(connection, "id", ids)},
            "partnerships": {one.id: one for one in partnerships},
            "kinds": kinds,
            "uses": uses,
            "chosen": {name: asked.get(name, "") for name in PARAMETERS},
        },
        sheet=Sheet(
            ("partnership", "number", "kind", "title", "theme", "text", "use", "address", "digest", "shared"),
            [
                (next(p.code for p in partnerships if p.id == one.stream), one.number, one.facts["sort"],
                 one.facts["title"], one.facts["theme"], one.facts["text"], one.facts["use"],
                 one.facts.get("address"), one.facts.get("digest"), one.on)
                for one in found.lines
            ],
        ),
    )  # fmt: skip
