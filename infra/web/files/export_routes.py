"""Exports over HTTP, streamed: every list as CSV, JSON lines or XLSX, and awards in the formats of the standards."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import date, datetime
from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.responses import Response, StreamingResponse
from starlette.exceptions import HTTPException

from api.context import Reads
from api.contract.errors import Problem
from infra.exports.catalogue import (
    Export,
    NoSuchExport,
    NoSuchProgramme,
    NotByProgramme,
    areas_of_export,
    export_of,
    stream,
)
from infra.exports.standards.files import NothingToExport
from infra.exports.standards.publisher import Publisher
from infra.exports.standards.reading import Wanted
from infra.exports.two_clocks import clocks_asked
from infra.web.areas import allowed, refuse_unseen
from infra.web.files.tags import States, is_matched, tag_of
from projections import progress

PARAMETERS = ("asAt", "knownAt", "programme")
# Only the client itself may keep an export, and asks each time whether its tag is still right.
CACHED = "private, no-cache"


def add_exports(app: FastAPI, publisher: Publisher) -> None:
    """Add the exports to *app*. Awards that were made here are exported under the name of *publisher*."""

    @app.get("/export/{name}.{format_}")
    async def export(
        request: Request,
        name: str,
        format_: str,
        as_at: Annotated[str | None, Query(alias="asAt")] = None,
        known_at: Annotated[str | None, Query(alias="knownAt")] = None,
        programme: Annotated[str | None, Query()] = None,
    ) -> Response:
        """The list or file *name* as *format_*: as at a day, and as known at an instant.

        *programme* is the code of a programme; exports of awards then contain only its awards. The header
        X-Fundtrail-Position holds the position of the log that the answer shows. With If-None-Match, an export that
        is the same as before is answered with 304.
        """
        try:
            wanted_export = export_of(name, format_, programme)
        except NoSuchExport as error:
            raise HTTPException(404, "there is no such export") from error
        except NotByProgramme as error:
            raise HTTPException(400, str(error)) from error
        _refuse_unknown_parameters(request)
        day, instant = _clocks(as_at, known_at)
        reads, seen = await allowed(request)
        refuse_unseen(seen, areas_of_export(name), f"the export {name}")
        wanted, states = await _wanted(reads, day, instant, programme)
        tag = tag_of(wanted_export, wanted, publisher, states)
        if is_matched(tag, request.headers.getlist("if-none-match")):
            return Response(status_code=304, headers={"etag": tag, "cache-control": CACHED})
        return StreamingResponse(
            await _begun(_pieces(reads, wanted_export, wanted, publisher)),
            media_type=wanted_export.media_type,
            headers={
                "content-disposition": f'attachment; filename="fundtrail-{name}-{day}.{format_}"',
                "x-fundtrail-position": str(wanted.known),
                "etag": tag,
                "cache-control": CACHED,
            },
        )


def _refuse_unknown_parameters(request: Request) -> None:
    """Refuse other parameters. Ignored, a mistyped clock would give today's figures instead of those of its day."""
    for name in request.query_params:
        if name not in PARAMETERS:
            known = ", ".join(PARAMETERS)
            raise HTTPException(400, f"the parameter {name[:100]} is unknown. The parameters are: {known}")


async def _wanted(reads: Reads, day: date, instant: datetime | None, programme: str | None) -> tuple[Wanted, States]:
    """What to export, and the state of each read model before anything of it is read.

    The state is its position. That of the log is the instant of its last event, which a restored log does not repeat.
    """
    async with reads.connection() as connection:
        head = await progress.head(connection)
        states: States = [("log", f"{head.recorded_at}"), *await progress.positions(connection)]
        reached = await progress.reached(connection)
        known = await progress.position_at(connection, instant) if instant else reached
        if known > reached:
            # An answer given now would differ from a later one for the same instant.
            raise HTTPException(503, "the read models have not caught up with this moment yet. Try again in a moment")
        return Wanted(day, known, instant or await progress.recorded_at(connection, known), programme), states


async def _pieces(reads: Reads, export: Export, wanted: Wanted, publisher: Publisher) -> AsyncIterator[bytes]:
    async with (
        reads.connection() as connection,
        aclosing(stream(connection, export, wanted, publisher, lambda _: None)) as pieces,
    ):
        async for piece in pieces:
            yield piece


async def _begun(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """*pieces*, once the first is made. An error in the first one is then an answer, not a file that breaks off."""
    try:
        first = await anext(pieces, b"")
    except NoSuchProgramme as error:
        raise HTTPException(404, "there is no such programme") from error
    except NothingToExport as error:
        raise HTTPException(404, str(error)) from error

    async def all_pieces() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    return all_pieces()


def _clocks(as_at: str | None, known_at: str | None) -> tuple[date, datetime | None]:
    try:
        # A plus sign in a query string arrives as a space.
        return clocks_asked(as_at, known_at.replace(" ", "+") if known_at is not None else None)
    except Problem as problem:
        raise HTTPException(400, problem.message) from problem
