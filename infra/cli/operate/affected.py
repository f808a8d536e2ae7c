"""``fundtrail projections affected``: which awards, bids and partnerships a stopped read model shows old."""

from rich.text import Text

from infra.cli.asking import AsJson, ask
from infra.cli.run.projections import Named, model_named
from infra.cli.terminal import out, print_json, table_of
from projections import progress
from projections.behind.affected import AffectedLine, UntouchedLine
from projections.behind.affected import affected as affected_by
from projections.behind.taken import taken_by
from projections.tables.paging import Connection

Found = tuple[int, progress.ProgressLine, list[AffectedLine], list[UntouchedLine]]
MANY = {"award": "awards", "bid": "bids", "partnership": "partnerships"}


def affected(name: Named, as_json: AsJson = False) -> None:
    """Print what has events that the read model takes in and does not show yet, and how much is untouched."""
    model = model_named(name)
    names = sorted(kind.__name__ for kind in taken_by(model))

    async def question(connection: Connection) -> Found:
        (line,) = (one for one in await progress.progress(connection) if one.name == name)
        head = await progress.head(connection)
        return head.position, line, *await affected_by(connection, line.position, names)

    head, line, things, untouched = ask(question)
    if as_json:
        print_json({
            "name": name, "state": line.state, "position": line.position, "log": head,
            "affected": {
                MANY[kind]: [
                    {"id": one.id, "name": one.name, "events": one.events, "first": one.first, "last": one.last}
                    for one in things if one.kind == kind
                ]
                for kind in MANY
            },
            "unaffected": {MANY[one.kind]: one.untouched for one in untouched},
        })  # fmt: skip
        return
    out.print(Text(f"{name} is {line.state} at position {line.position}; the log is at {head}."), soft_wrap=True)
    if things:
        table = table_of("What", "Name", indent=0)
        for heading in ("Events", "First", "Last"):
            table.add_column(heading, justify="right")
        for one in things:
            numbers = map(str, (one.events, one.first, one.last))
            table.add_row(one.kind, Text(one.name or f"{one.id} (not shown yet)"), *numbers)
        out.print(table)
    left = {one.kind: one.untouched for one in untouched}
    stated = ", ".join(f"{left.get(kind, 0)} {many}" for kind, many in MANY.items())
    out.print(f"Not affected: {stated}.", soft_wrap=True)
