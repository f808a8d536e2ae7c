"""Exports over HTTP, streamed: every list as CSV, JSON lines or XLSX, and awards by the standards."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import date, datetime
from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.responses import StreamingResponse
from starlette.exceptions import HTTPException

from api.context import Reads
from api.contract.errors import Problem
from infra.exports.catalogue import Export, NoSuchExport, NoSuchProgramme, NotByProgramme, export_of, stream
from infra.exports.standards.files import NothingToExport
from infra.exports.standards.publisher import Publisher
from infra.exports.standards.reading import Wanted, instant_of
from infra.exports.two_clocks import clocks_asked
from projections import progress

PARAMETERS = ("asAt", "knownAt", "programme")


def add_exports(app: FastAPI, publisher: Publisher) -> None:
    """Add the exports to *app*; awards of our own go out under *publisher*."""

    @app.get("/export/{name}.{format_}")
    async def export(
        request: Request,
        name: str,
        format_: str,
        as_at: Annotated[str | None, Query(alias="asAt")] = None,
        known_at: Annotated[str | None, Query(alias="knownAt")] = None,
        programme: Annotated[str | None, Query()] = None,
    ) -> StreamingResponse:
        """The list or file *name* as *format_*: as at a day, and as known at an instant.

        *programme* is a code, and keeps what is told award by award to its awards. The position of the log that the
        answer stands for is in the header X-Fundtrail-Position.
        """
        try:
            wanted_export = export_of(name, format_, programme)
        except NoSuchExport as error:
            raise HTTPException(404, "there is no such export") from error
        except NotByProgramme as error:
            raise HTTPException(400, str(error)) from error
        _refuse_unknown_parameters(request)
        day, instant = _clocks(as_at, known_at)
        reads: Reads = request.app.state.reads.of(request.client.host if request.client else "")
        wanted = await _wanted(reads, day, instant, programme)
        return StreamingResponse(
            await _begun(_pieces(reads, wanted_export, wanted, publisher)),
            media_type=wanted_export.media_type,
            headers={
                "content-disposition": f'attachment; filename="fundtrail-{name}-{day}.{format_}"',
                "x-fundtrail-position": str(wanted.known),
            },
        )


def _refuse_unknown_parameters(request: Request) -> None:
    """A clock that is mistyped would otherwise be left out, and figures of today be taken for those of its day."""
    for name in request.query_params:
        if name not in PARAMETERS:
            raise HTTPException(400, f"there is no parameter {name[:100]}. There are: {', '.join(PARAMETERS)}")


async def _wanted(reads: Reads, day: date, instant: datetime | None, programme: str | None) -> Wanted:
    async with reads.connection() as connection:
        reached = await progress.reached(connection)
        known = await progress.position_at(connection, instant) if instant else reached
        if known > reached:
            # Told now, the answer would be another later.
            raise HTTPException(503, "the read models do not show all of it yet: ask again in a moment")
        return Wanted(day, known, instant or await instant_of(connection, known), programme)


async def _pieces(reads: Reads, export: Export, wanted: Wanted, publisher: Publisher) -> AsyncIterator[bytes]:
    async with (
        reads.connection() as connection,
        aclosing(stream(connection, export, wanted, publisher, lambda _: None)) as pieces,
    ):
        async for piece in pieces:
            yield piece


async def _begun(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """*pieces*, the first of them made: what is wrong at once is an answer, and no file that breaks off."""
    try:
        first = await anext(pieces, b"")
    except NoSuchProgramme as error:
        raise HTTPException(404, "there is no such programme") from error
    except NothingToExport as error:
        raise HTTPException(404, str(error)) from error

    async def all_of_them() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    return all_of_them()


def _clocks(as_at: str | None, known_at: str | None) -> tuple[date, datetime | None]:
    try:
        # In a query string a plus sign arrives as a space.
        return clocks_asked(as_at, known_at.replace(" ", "+") if known_at is not None else None)
    except Problem as problem:
        raise HTTPException(400, problem.message) from problem
