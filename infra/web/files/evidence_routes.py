"""Evidence packs over HTTP: the figures of an award, a partnership, a programme or a period, with what proves them."""

import asyncio
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import FastAPI, Query, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from api.contract.errors import Problem
from api.contract.scalars import read_day
from domain.across.permissions import Area
from infra.database.postgres import Database
from infra.evidence.gathered import Gathered, gather
from infra.evidence.pack import Made, NotSealed, NotSound, pack
from infra.evidence.question import Asked, Behind, NotProven, NotThere, Unseen, question_of
from infra.exports.two_clocks import clocks_asked
from infra.web.areas import allowed, refuse_unseen
from infra.web.files.export_routes import CACHED
from projections.tables.paging import Connection

PATH = "/evidence/"
# A pack has stored events, which are of the office, beside figures.
AREAS = (Area.MONEY, Area.OFFICE)
# The parameters of every kind, and those of one.
CLOCKS = ("as-at", "known-at")
PARAMETERS = {"figure": ("figure", "of"), "period": ("name", "from", "until")}
# How many packs are made at a time: each takes a process of its own for its PDF.
AT_A_TIME = 2
# The most events of a pack: whoever waits for an answer meanwhile waits longer. The command line makes larger ones.
MOST = 5_000


def add_evidence(app: FastAPI, database: Database) -> None:
    """Add the evidence packs of *database* to *app*, whose state names the folder of the seals."""
    places = asyncio.Semaphore(AT_A_TIME)

    @app.get(PATH + "{kind}/{code:coded}.zip")
    async def evidence(
        request: Request,
        kind: str,
        code: str,
        as_at: Annotated[str | None, Query(alias="as-at")] = None,
        known_at: Annotated[str | None, Query(alias="known-at")] = None,
        of: Annotated[str | None, Query()] = None,
        figure: Annotated[str | None, Query()] = None,
        name: Annotated[str | None, Query()] = None,
        starts: Annotated[str | None, Query(alias="from")] = None,
        until: Annotated[str | None, Query()] = None,
    ) -> Response:
        """The evidence pack of a *kind* for the thing called *code*: as at a day, as known at an instant.

        The header X-Fundtrail-Position holds the last position of the log that counts.
        """
        _refuse_unknown(request, kind)
        if (kind == "figure") is (figure is None):
            raise HTTPException(400, "give the figure to prove, for the kind figure alone")
        reads, seen = await allowed(request)
        refuse_unseen(seen, AREAS, "evidence packs")
        day, instant = _clocks(as_at, known_at)
        asked = Asked(
            kind=kind, code=code, as_at=day, known_at=instant, of=of, figure=figure, name=name,
            starts=_day(starts), ends=_day(until),
        )  # fmt: skip
        async with places:
            async with reads.connection() as connection:
                gathered = await _gathered(connection, asked)
            made = await _made(database, request.app.state.seals, gathered)
        question = gathered.question
        return Response(
            made.content,
            media_type="application/zip",
            headers={
                "content-disposition": f'attachment; filename="{question.file_name}"',
                "x-fundtrail-position": str(question.position),
                "cache-control": CACHED,
                **({"x-fundtrail-no-pdf": made.pdf_missing} if made.pdf_missing else {}),
            },
        )


async def _gathered(connection: Connection, asked: Asked) -> Gathered:
    try:
        return await gather(connection, await question_of(connection, asked), MOST)
    except NotThere as error:
        raise HTTPException(404, str(error)) from error
    except NotProven as error:
        raise HTTPException(400, str(error)) from error
    except Unseen as error:
        raise HTTPException(403, str(error)) from error
    except Behind as error:
        raise HTTPException(503, str(error)) from error


async def _made(database: Database, folder: Path, gathered: Gathered) -> Made:
    try:
        return await run_sync(pack, database, folder, gathered)
    except (NotSealed, NotSound) as error:
        raise HTTPException(503, str(error)) from error


def _refuse_unknown(request: Request, kind: str) -> None:
    """Refuse other parameters. Ignored, a mistyped clock would give today's figures instead of those of its day."""
    known = (*CLOCKS, *PARAMETERS.get(kind, ()))
    for name in request.query_params:
        if name not in known:
            raise HTTPException(400, f"the parameter {name[:100]} is unknown. The parameters are: {', '.join(known)}")


def _clocks(as_at: str | None, known_at: str | None) -> tuple[date, datetime | None]:
    try:
        # A plus sign in a query string arrives as a space.
        return clocks_asked(as_at, known_at.replace(" ", "+") if known_at is not None else None)
    except Problem as problem:
        raise HTTPException(400, problem.message) from problem


def _day(given: str | None) -> date | None:
    try:
        return read_day(given) if given is not None else None
    except Problem as problem:
        raise HTTPException(400, problem.message) from problem
