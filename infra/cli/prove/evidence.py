"""``fundtrail evidence``: a zip file that proves figures, which an auditor checks offline."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from domain.values.shown import shown_count
from infra.cli.asking import AsAt, KnownAt, ask, clocks, days_asked, our_database
from infra.cli.terminal import BROKEN, NOT_FOUND, UNAVAILABLE, UNUSABLE, fail, out, working
from infra.evidence.gathered import Gathered, gather
from infra.evidence.pack import NotSealed, NotSound, pack
from infra.evidence.question import COLUMNS, KINDS, PROVEN, Asked, Behind, NotProven, NotThere, Unseen, question_of
from infra.settings import settings
from projections.tables.paging import Connection

# How long the command waits until a sealer that works has sealed the events.
SEALED_SECONDS = 30.0


def evidence(
    kind: Annotated[str, typer.Argument(help=f"What is to be proven: {', '.join(KINDS)}.")],
    code: Annotated[
        str, typer.Argument(help="An award by its reference, or a partnership, programme or scheme by its code.")
    ],
    which: Annotated[
        str | None, typer.Argument(help=f"Of a period, its name. Of a figure: {', '.join(PROVEN)}.")
    ] = None,
    of: Annotated[
        str | None,
        typer.Option(metavar="KIND", help=f"What the figure is of, if several have the code: {', '.join(COLUMNS)}."),
    ] = None,
    starts: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First day of a period of your own.")
    ] = None,
    ends: Annotated[str | None, typer.Option("--until", metavar="DATE", help="Last day of it.")] = None,
    as_at: AsAt = None,
    known_at: KnownAt = None,
    to: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The file to write; its name says what it is of.")
    ] = None,
) -> None:
    """Write the evidence of figures into a zip file, with the Python file that checks it offline."""
    asked = _asked(kind, code, which, of, (starts, ends), (as_at, known_at))
    found = _gathered(asked)
    target = to or Path(found.question.file_name)
    if target.exists():
        fail(f"{target} exists already. Give another file with --to.", UNUSABLE)
    try:
        with working("Collecting receipts and writing the statement"):
            made = pack(our_database(), settings().seals.folder, found, wait_seconds=SEALED_SECONDS)
    except (NotSealed, NotSound) as error:
        fail(str(error), BROKEN)
    target.write_bytes(made.content)
    out.print(f"{target}: {shown_count(len(found.events), 'event')}, {len(made.content):,} bytes.", soft_wrap=True)
    if made.pdf_missing:
        out.print(f"The pack has no PDF. {made.pdf_missing}", soft_wrap=True)
    out.print("It passes its own check. Give the key by another way than the pack: `fundtrail seal key` prints it.")


def _asked(
    kind: str,
    code: str,
    which: str | None,
    of: str | None,
    days: tuple[str | None, str | None],
    given: tuple[str | None, str | None],
) -> Asked:
    """The question of the command line. Ends the command if it is none."""
    if kind not in KINDS:
        fail(f"There is no evidence of the kind {kind}. There is: {', '.join(KINDS)}.", UNUSABLE)
    if kind == "figure" and which is None:
        fail(f"Say which figure: {', '.join(PROVEN)}.", UNUSABLE)
    if which is not None and kind not in ("figure", "period"):
        fail(f"The evidence of a {kind} takes no {which}. Give the kind figure for one figure.", UNUSABLE)
    if of is not None and kind != "figure":
        fail(f"--of says what a figure is of. The kind is {kind}.", UNUSABLE)
    if kind != "period" and days != (None, None):
        fail(f"--from and --until are the days of a period. The kind is {kind}.", UNUSABLE)
    if kind == "period" and [which is not None, None not in days].count(True) != 1:
        fail("Give a period by its name, or by both --from and --until.", UNUSABLE)
    if kind == "period" and which is not None and given != (None, None):
        fail("A closed period has its own days, and is as known when it was closed.", UNUSABLE)
    starts, ends = _days(days)
    day, instant = clocks(*given)
    return Asked(
        kind=kind, code=code, as_at=day, known_at=instant, of=of, starts=starts, ends=ends,
        figure=which if kind == "figure" else None, name=which if kind == "period" else None,
    )  # fmt: skip


def _days(days: tuple[str | None, str | None]) -> tuple[date | None, date | None]:
    starts, ends = days
    return days_asked(starts, ends) if starts and ends else (None, None)


def _gathered(asked: Asked) -> Gathered:
    async def read(connection: Connection) -> Gathered:
        return await gather(connection, await question_of(connection, asked))

    try:
        return ask(read)
    except (NotThere, Unseen) as error:
        fail(str(error), NOT_FOUND)
    except NotProven as error:
        fail(str(error), UNUSABLE)
    except Behind as error:
        fail(str(error), UNAVAILABLE)
