"""The web pages over HTTP: which address shows which page. They may load nothing from elsewhere."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import psycopg
import psycopg_pool
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response

from api.context import Reads
from api.contract.errors import AWAY
from pages import (
    audit,
    bank,
    bids,
    compare,
    discrepancies,
    event,
    home,
    money,
    partnership,
    partnerships,
    payments,
    programme,
)
from pages.clocks import AS_AT, KNOWN, POSITION, Clocks, clocks_asked
from pages.page import BadAddress, Behind, NotThere, Page
from pages.rendering import FOLDER, render, render_problem
from projections.shortage import shortage_of
from projections.tables.paging import Connection

logger = logging.getLogger("fundtrail.web")

STYLE = "/pages/style.css"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "referrer-policy": "same-origin",
    "cache-control": "no-cache",
}
# The longest value that a parameter of an address has, in characters.
LONGEST = 200
Asked = dict[str, str]
Shows = Callable[..., Awaitable[Page]]

# Each address, the page that it shows, and its parameters beside the clocks. A page with parameters is given them.
ADDRESSES: dict[str, tuple[Shows, tuple[str, ...]]] = {
    "/": (home.home, ()),
    "/partnerships": (partnerships.partnerships, ("text", "page")),
    "/partnerships/{code}": (partnership.partnership, ("lane", "from", "to", "page")),
    "/programmes/{code}": (programme.programme, ()),
    "/schemes/{code}": (programme.scheme, ()),
    "/{scope}/{code}/money/{name}": (money.figure, ("currency",)),
    "/{scope}/{code}/compare": (compare.compare, (compare.THEN,)),
    "/payments": (payments.payments, ("state", "text", "page")),
    "/bids": (bids.board, ("late",)),
    "/bank": (bank.bank, ("status", "page")),
    "/discrepancies": (discrepancies.discrepancies, ("severity", "status", "page")),
    "/audit": (audit.audit_log, ("partnership", "actor", "before")),
    "/events/{position}": (event.event, ()),
}


def add_pages(app: FastAPI) -> None:
    """Add the pages and their style sheet to *app*."""
    style = (FOLDER / "static" / "style.css").read_bytes()

    @app.get(STYLE)
    async def style_sheet() -> Response:
        return Response(style, media_type="text/css; charset=utf-8", headers={"cache-control": "max-age=300"})

    for address, (shows, parameters) in ADDRESSES.items():
        app.add_api_route(address, _route(shows, parameters), methods=["GET"], response_class=HTMLResponse)


def _route(shows: Shows, parameters: tuple[str, ...]) -> Callable[[Request], Awaitable[HTMLResponse]]:
    async def answer(request: Request) -> HTMLResponse:
        reads: Reads = request.app.state.reads.for_client(request.client.host if request.client else "")
        try:
            asked, named = _asked(request, parameters), _named(request)
            async with reads.connection() as connection:
                page, clocks = await _page(connection, shows, named, asked, bool(parameters))
            return HTMLResponse(render(page, clocks), headers=HEADERS)
        except NotThere as error:
            return _problem(404, "There is no such page", str(error))
        except BadAddress as error:
            return _problem(400, "The address is not right", str(error))
        except Behind as error:
            return _problem(503, "Not ready yet", str(error))
        except (psycopg.OperationalError, psycopg_pool.PoolTimeout) as error:
            logger.error("the database does not answer", exc_info=error)  # noqa: TRY400 - one line for one failure
            return _problem(503, "No answer now", shortage_of(error) or AWAY)

    return answer


async def _page(
    connection: Connection, shows: Shows, named: Asked, asked: Asked, takes_parameters: bool
) -> tuple[Page, Clocks]:
    clocks = await clocks_asked(connection, asked)
    given: dict[str, Any] = {**named, "asked": asked} if takes_parameters else {**named}
    page = await shows(connection, clocks, **given)
    return replace(page, asked={name: value for name, value in asked.items() if name not in clocks.asked}), clocks


def _named(request: Request) -> Asked:
    """What the path names. Raises NotThere for a scope that has no figures."""
    named = {name: _text(name, str(value)) for name, value in request.path_params.items()}
    if "scope" in named and named["scope"] not in money.SCOPES:
        raise NotThere(f"There is no page {request.url.path[:100]}.")
    return named


def _asked(request: Request, parameters: tuple[str, ...]) -> Asked:
    """The parameters of the address that have a value. A mistyped clock must not show the figures of today."""
    known = (*parameters, AS_AT, KNOWN, POSITION)
    found: Asked = {}
    for name, value in request.query_params.multi_items():
        if name not in known:
            raise BadAddress(f'The parameter "{name[:100]}" is unknown. This page has: {", ".join(known)}.')
        if name in found:
            raise BadAddress(f'The parameter "{name}" stands twice. Give it once.')
        found[name] = _text(name, value)
    return {name: value for name, value in found.items() if value}


def _text(name: str, value: str) -> str:
    if len(value) > LONGEST:
        raise BadAddress(f'The value of "{name}" has {len(value):,} characters. It may have {LONGEST}.')
    if any(character < " " or "\ud800" <= character <= "\udfff" for character in value):
        raise BadAddress(f'The value of "{name}" has characters that are not text.')
    return value


def _problem(status: int, title: str, message: str) -> HTMLResponse:
    return HTMLResponse(render_problem(title, message), status_code=status, headers=HEADERS)
