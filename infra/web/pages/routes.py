"""The web pages over HTTP: which address shows which page. They may load nothing from elsewhere."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial, reduce
from typing import Any
from urllib.parse import quote

from anyio.to_thread import run_sync
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.convertors import StringConvertor, register_url_convertor

from api.context import Reads
from api.contract.errors import AWAY, Problem, is_away
from infra.files.csv_and_jsonl import csv_text
from infra.web.pages import forms as sent
from pages.addresses import ADDRESSES, Address
from pages.bids import deadlines, waiting
from pages.frame.clocks import AS_AT, KNOWN, POSITION, Clocks, clocks_asked
from pages.frame.forms import seen_again
from pages.frame.listed import DOWNLOAD
from pages.frame.page import BadAddress, Behind, NotThere, Page
from pages.frame.rendering import FOLDER, render, render_problem
from pages.money.ladder import SCOPES
from projections.shortage import shortage_of
from projections.tables.paging import Connection

logger = logging.getLogger("fundtrail.web")

STYLE = "/pages/style.css"
CALENDAR = "/deadlines.ics"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
}
# The longest value that a parameter of an address has, in characters.
LONGEST = 200
# The longest name in a path: the code of a partnership may have the code of its scheme before it.
LONGEST_NAME = 500
# What is named in a path by a code or reference, which a register may write with slashes.
CODED = ("code", "award_id", "bid")
Asked = dict[str, str]


class _CodeConvertor(StringConvertor):
    """A part of a path that may have slashes."""

    regex = ".+"


register_url_convertor("coded", _CodeConvertor())


def add_pages(app: FastAPI) -> None:
    """Add the pages and their style sheet to *app*."""
    style = (FOLDER / "static" / "style.css").read_bytes()

    @app.get(STYLE)
    async def style_sheet() -> Response:
        return Response(style, media_type="text/css; charset=utf-8", headers={"cache-control": "max-age=300"})

    app.add_api_route(CALENDAR, _calendar, methods=["GET"], response_class=Response)
    for plain, address in ADDRESSES.items():
        path = reduce(lambda so_far, name: so_far.replace(f"{{{name}}}", f"{{{name}:coded}}"), CODED, plain)
        app.add_api_route(path, _shown(address), methods=["GET"], response_class=HTMLResponse)
        if address.steps:
            app.add_api_route(path, _handed_in(address), methods=["POST"], response_class=HTMLResponse)


def _shown(address: Address) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        reads: Reads = request.app.state.reads.for_client(request.client.host if request.client else "")
        try:
            asked = _asked(request, address.parameters)
            async with reads.connection() as connection:
                page, clocks = await _page(request, connection, address, asked)
            return _file(page) if DOWNLOAD in asked else HTMLResponse(render(page, clocks), headers=HEADERS)
        except Exception as error:
            return _wrong(error)

    return answer


async def _calendar(request: Request) -> Response:
    """The feed of deadlines, for calendar programs. It takes the parameters of the board."""
    reads: Reads = request.app.state.reads.for_client(request.client.host if request.client else "")
    try:
        asked = _asked(request, waiting.PARAMETERS)
        async with reads.connection() as connection:
            clocks = await clocks_asked(connection, asked)
            feed = await deadlines.deadlines(connection, clocks, asked, f"{request.base_url}".rstrip("/"))
        return Response(feed, 200, HEADERS, "text/calendar; charset=utf-8")
    except Exception as error:
        return _wrong(error)


def _handed_in(address: Address) -> Callable[[Request], Awaitable[Response]]:
    """Takes the forms of a page. A refusal appears in the form; else the page is shown with the change."""

    async def answer(request: Request) -> Response:
        reads: Reads = request.app.state.reads.for_client(request.client.host if request.client else "")
        try:
            values = await sent.values_of(request)
            async with reads.connection() as connection:
                page, _ = await _page(request, connection, address, {})
            form = await sent.hand_in(request, reads, address.steps, page, values)
            if not form.problems:
                return RedirectResponse(page.address, 303, HEADERS)
            async with reads.connection() as connection:
                page, clocks = await _page(request, connection, address, {})
            # Somebody else may have taken the step meanwhile: the refusal is shown all the same.
            form = next((seen_again(form, one) for one in page.forms if one.action == form.action), form)
            forms = (form, *(one for one in page.forms if one.action != form.action))
            return HTMLResponse(render(replace(page, forms=forms), clocks), 422, HEADERS)
        except Exception as error:
            return _wrong(error)

    return answer


def _file(page: Page) -> Response:
    """What the page shows, as CSV. Raises NotThere where it has no table."""
    if page.sheet is None:
        raise NotThere("This page has nothing to download.")
    name = page.path.strip("/").replace("/", "-") or "home"
    headers = HEADERS | {"content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}.csv"}
    return Response(csv_text(page.sheet.columns, page.sheet.rows), 200, headers, "text/csv; charset=utf-8")


async def _page(request: Request, connection: Connection, address: Address, asked: Asked) -> tuple[Page, Clocks]:
    named = _named(request)
    clocks = await clocks_asked(connection, asked)
    given: dict[str, Any] = {**named, "asked": asked} if address.parameters else {**named}
    if address.reads_streams:
        given["histories"] = partial(run_sync, request.app.state.log.histories)
    page = await address.shows(connection, clocks, **given)
    page = replace(page, about={**named, **page.about})
    if not clocks.is_present:
        # What is shown may have changed since: nobody decides on it.
        page = replace(page, forms=())
    return replace(page, asked={name: value for name, value in asked.items() if name not in clocks.asked}), clocks


def _named(request: Request) -> Asked:
    """What the path names. Raises NotThere for a scope that has no figures."""
    named = {name: _text(name, str(value), LONGEST_NAME) for name, value in request.path_params.items()}
    if "scope" in named and named["scope"] not in SCOPES:
        raise NotThere(f"There is no page {request.url.path[:100]}.")
    return named


def _asked(request: Request, parameters: tuple[str, ...]) -> Asked:
    """The parameters of the address that have a value. A mistyped clock must not show the figures of today."""
    known = (*parameters, AS_AT, KNOWN, POSITION, DOWNLOAD)
    found: Asked = {}
    for name, value in request.query_params.multi_items():
        if name not in known:
            raise BadAddress(f'The parameter "{name[:100]}" is unknown. This page has: {", ".join(known)}.')
        if name in found:
            raise BadAddress(f'The parameter "{name}" stands twice. Give it once.')
        found[name] = _text(name, value, LONGEST)
    return {name: value for name, value in found.items() if value.strip()}


def _text(name: str, value: str, longest: int) -> str:
    if len(value) > longest:
        raise BadAddress(f'The value of "{name}" has {len(value):,} characters. It may have {longest}.')
    if any(character < " " or "\ud800" <= character <= "\udfff" for character in value):
        raise BadAddress(f'The value of "{name}" has characters that are not text.')
    return value


def _wrong(error: Exception) -> HTMLResponse:
    """The page that says what is wrong. Raises *error* again if nobody foresaw it."""
    match error:
        case NotThere():
            return _problem(404, "There is no such page", str(error))
        case BadAddress():
            return _problem(400, "The address or the form is not right", str(error))
        case sent.Forged():
            return _problem(403, "The form is not ours", str(error))
        case Behind():
            return _problem(503, "Not ready yet", str(error))
        case Problem():
            return _problem(503, "Recorded, and not visible yet", error.message)
    if not is_away(error):
        raise error
    logger.error("the database does not answer", exc_info=error)
    return _problem(503, "No answer now", shortage_of(error) or AWAY)


def _problem(status: int, title: str, message: str) -> HTMLResponse:
    return HTMLResponse(render_problem(title, message), status_code=status, headers=HEADERS)
