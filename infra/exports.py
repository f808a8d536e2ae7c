"""Exports over HTTP: ledger and ladder as CSV or JSON lines, streamed."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.responses import StreamingResponse
from starlette.exceptions import HTTPException

from api.context import Reads
from api.errors import Problem
from api.scalars import read_day, read_instant
from infra.writing import FORMATS
from projections import progress
from projections.export import LISTS, Row, today


def add_exports(app: FastAPI) -> None:
    """Add the exports to *app*."""

    @app.get("/export/{name}.{format_}")
    async def export(
        request: Request,
        name: str,
        format_: str,
        as_at: Annotated[str | None, Query(alias="asAt")] = None,
        known_at: Annotated[str | None, Query(alias="knownAt")] = None,
    ) -> StreamingResponse:
        """The list *name* (ledger or ladder) as *format_* (csv or jsonl): as at a day, and as known at an instant.

        The position of the log that it stands for is in the header X-Fundtrail-Position.
        """
        if name not in LISTS or format_ not in FORMATS:
            raise HTTPException(404, "there is no such export")
        day, instant = _clocks(as_at, known_at)
        reads: Reads = request.app.state.reads.of(request.client.host if request.client else "")
        async with reads.connection() as connection:
            known = await progress.position_at(connection, instant) if instant else await progress.reached(connection)
        media, write = FORMATS[format_]
        return StreamingResponse(
            write(_rows(reads, name, day, known)),
            media_type=media,
            headers={
                "content-disposition": f'attachment; filename="fundtrail-{name}-{day}.{format_}"',
                "x-fundtrail-position": str(known),
            },
        )


async def _rows(reads: Reads, name: str, day: date, known: int) -> AsyncIterator[Row]:
    async with reads.connection() as connection:
        async for row in LISTS[name](connection, as_at=day, known=known):
            yield row


def _clocks(as_at: str | None, known_at: str | None) -> tuple[date, datetime | None]:
    try:
        # In a query string a plus sign arrives as a space.
        instant = read_instant(known_at.replace(" ", "+")) if known_at is not None else None
        return (read_day(as_at) if as_at is not None else today()), instant
    except Problem as problem:
        raise HTTPException(400, problem.message) from problem
