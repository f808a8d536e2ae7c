"""``fundtrail projections step``: a read model over a slice of the log, with the rows before and after each event."""

from typing import Annotated, Any

import typer
from rich.text import Text

from infra.cli.asking import AsJson, NotThere, ask, our_database
from infra.cli.run.projections import Named, model_named
from infra.cli.terminal import BROKEN, UNUSABLE, fail, out, print_json, working
from infra.feeding.stepping import Change, Stepped, step_over
from projections import progress
from projections.tables.paging import Connection


def step(
    name: Named,
    first: Annotated[int, typer.Option("--from", min=1, metavar="POSITION", help="The first position of the slice.")],
    last: Annotated[int, typer.Option("--to", min=1, metavar="POSITION", help="The last position of the slice.")],
    as_json: AsJson = False,
) -> None:
    """Show what each event of a slice changes in a read model, in a copy of it. Exits with 4 at one that fails.

    The live tables are not touched. The copy is filled from the beginning of the log. Needs the database's owner.
    """
    model = model_named(name)
    if last < first:
        fail(f"--from is {first}, after --to, which is {last}.", UNUSABLE)

    async def question(connection: Connection) -> None:
        head = await progress.head(connection)
        if last > head.position:
            raise NotThere(f"There is no position {last} yet. The log ends at position {head.position}.")

    ask(question)
    where, failed, found = our_database(), False, list[dict[str, Any]]()
    stepped = step_over(where, model, first, last)
    with working(f"Filling a copy of {name} up to position {first - 1}"):
        one = next(stepped, None)
    while one is not None:
        failed = one.error is not None
        if as_json:
            found.append(_plain(one))
        else:
            _print(name, one)
        one = next(stepped, None)
    if as_json:
        print_json(found)
    if failed:
        raise typer.Exit(BROKEN)


def _plain(one: Stepped) -> dict[str, Any]:
    recorded = one.recorded
    event = {"name": type(recorded.event).__name__, "stream": recorded.stream} if recorded is not None else {}
    rows = [{"table": row.table, "before": row.before, "after": row.after} for row in one.changes]
    return {"position": one.position, **event, "rows": rows, "error": one.error}


def _print(name: str, one: Stepped) -> None:
    if one.recorded is None:
        out.print(Text(f"{name} stops before {one.error}", style="red"), soft_wrap=True)
        return
    said = f"{one.position}  {type(one.recorded.event).__name__}  {one.recorded.stream}"
    out.print(Text(said if one.changes else f"{said}  changes no row", style="bold" if one.changes else "dim"))
    for row in one.changes:
        out.print(Text("\n".join(_lines(row))), soft_wrap=True)


def _lines(row: Change) -> list[str]:
    if row.before is None or row.after is None:
        sign, values = ("+", row.after) if row.before is None else ("-", row.before)
        stated = ", ".join(f"{column} {_words(value)}" for column, value in (values or {}).items() if value is not None)
        return [f"  {sign} {row.table}: {stated}"]
    key = ", ".join(f"{column} {_words(value)}" for column, value in list(row.after.items())[:2])
    columns = [
        f"      {each}: {_words(row.before.get(each))} -> {_words(row.after.get(each))}" for each in row.differing
    ]
    return [f"  ~ {row.table}: {key}", *columns]


def _words(value: Any) -> str:
    return "none" if value is None else str(value)
