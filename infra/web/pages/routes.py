"""The web pages over HTTP: which address shows which page. They may load nothing from elsewhere."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial, reduce
from typing import Any
from urllib.parse import quote

from anyio.to_thread import run_sync
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.convertors import StringConvertor, register_url_convertor

from api.context import Reads
from api.contract.errors import AWAY, ONLY_READS, OnlyReads, Problem, is_away
from domain.across.permissions import Area
from domain.people.person import Held
from infra.files.csv_and_jsonl import csv_text
from infra.identity.caller import caller_in
from infra.web.areas import NotSeen, allowed, refuse_unseen
from infra.web.pages import forms as sent
from pages.addresses import ADDRESSES, Address
from pages.bids import deadlines, waiting
from pages.frame.clocks import AS_AT, KNOWN, POSITION, Clocks, clocks_asked
from pages.frame.forms import seen_again
from pages.frame.listed import DOWNLOAD
from pages.frame.names import people_in, with_names
from pages.frame.page import BadAddress, Behind, NotThere, Page
from pages.frame.rendering import FOLDER, render, render_problem
from pages.frame.viewer import OWNER, Viewer
from pages.money.ladder import SCOPES
from projections.behind.affected import old_figures
from projections.people.names import names_of
from projections.progress import NotReplayed
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
CODED = ("code", "award_id", "bid", "stream")
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
        try:
            asked = _asked(request, address.parameters)
            viewer = await viewer_of(request)
            reads = await _reads(request, address, "this page")
            async with _connection(reads, address) as connection:
                page, clocks = await _page(request, connection, address, asked)
                if DOWNLOAD in asked:
                    return _file(page)
                page = await _offered(request, address, page)
                return HTMLResponse(await _rendered(connection, page, clocks, viewer), headers=HEADERS)
        except Exception as error:
            return await _wrong(request, error)

    return answer


async def _calendar(request: Request) -> Response:
    """The feed of deadlines, for calendar programs. It takes the parameters of the board."""
    try:
        asked = _asked(request, waiting.PARAMETERS)
        reads = await _reads(request, ADDRESSES["/bids"], "the calendar of deadlines")
        async with reads.connection() as connection:
            clocks = await clocks_asked(connection, asked)
            feed = await deadlines.deadlines(connection, clocks, asked, f"{request.base_url}".rstrip("/"))
        return Response(feed, 200, HEADERS, "text/calendar; charset=utf-8")
    except Exception as error:
        return await _wrong(request, error)


def _handed_in(address: Address) -> Callable[[Request], Awaitable[Response]]:
    """Takes the forms of a page. A refusal appears in the form; else the page is shown with the change."""

    async def answer(request: Request) -> Response:
        try:
            values = await sent.values_of(request)
            if request.app.state.only_reads:
                raise OnlyReads
            reads = await _reads(request, address, "this page")
            async with _connection(reads, address) as connection:
                page, _ = await _page(request, connection, address, {})
            form = await sent.hand_in(request, reads, address.steps, page, values)
            once = address.once.get(form.action)
            if not form.problems and not form.unsent and once is None:
                return RedirectResponse(page.address_after, 303, HEADERS)
            viewer = await viewer_of(request)
            async with _connection(reads, address) as connection:
                page, clocks = await _page(request, connection, address, {})
                if not form.problems and not form.unsent and once is not None:
                    page = await run_sync(once, request.app.state.log, page, sent.actor_of(request, form))
                    page = await _offered(request, address, page)
                    return HTMLResponse(await _rendered(connection, page, clocks, viewer), headers=HEADERS)
                # Somebody else may have taken the step meanwhile: the refusal is shown all the same.
                form = next((seen_again(form, one) for one in page.forms if one.action == form.action), form)
                page = await _offered(request, address, page)
                forms = (form, *(one for one in page.forms if one.action != form.action))
                shown = await _rendered(connection, replace(page, forms=forms), clocks, viewer)
            return HTMLResponse(shown, 422 if form.problems else 200, HEADERS)
        except Exception as error:
            return await _wrong(request, error)

    return answer


async def _rendered(connection: Connection, page: Page, clocks: Clocks, viewer: Viewer) -> str:
    """The HTML of *page*, with the names of the people whom it shows."""
    html = render(page, clocks, viewer)
    people = people_in(html)
    return with_names(html, await names_of(connection, people)) if people else html


def _file(page: Page) -> Response:
    """What the page shows, as CSV. Raises NotThere where it has no table."""
    if page.sheet is None:
        raise NotThere("This page has nothing to download.")
    name = page.path.strip("/").replace("/", "-") or "home"
    headers = HEADERS | {"content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}.csv"}
    return Response(csv_text(page.sheet.columns, page.sheet.rows), 200, headers, "text/csv; charset=utf-8")


async def _reads(request: Request, address: Address, what: str) -> Reads:
    """The read models as the sender of *request* sees them. Raises NotSeen where they may not read *what* is there."""
    reads, seen = await allowed(request)
    refuse_unseen(seen, address.areas, what)
    return reads


def _connection(reads: Reads, address: Address) -> AbstractAsyncContextManager[Connection]:
    """A connection for the page of *address*."""
    return reads.own() if address.shows_own else reads.connection()


async def _page(request: Request, connection: Connection, address: Address, asked: Asked) -> tuple[Page, Clocks]:
    named = _named(request)
    clocks = await clocks_asked(connection, asked)
    given: dict[str, Any] = {**named, "asked": asked} if address.parameters else {**named}
    if address.reads_streams:
        given["histories"] = partial(run_sync, request.app.state.log.histories)
    if address.knows_roles:
        given["held"] = await _held(request)
    page = await address.shows(connection, clocks, **given)
    page = replace(page, about={**named, **page.about})
    if Area.MONEY in address.areas and clocks.then is None and not clocks.is_fed:
        page = replace(page, old=await old_figures(connection, page.money_of))
    if not clocks.is_present:
        # What is shown may have changed since: nobody decides on it.
        page = replace(page, forms=())
    if request.app.state.only_reads:
        page = replace(page, forms=(), withheld=tuple((one.title, ONLY_READS) for one in page.forms))
    page = replace(page, forms=tuple(sent.for_caller(request, one) for one in page.forms))
    return replace(page, asked={name: value for name, value in asked.items() if name not in clocks.asked}), clocks


async def _offered(request: Request, address: Address, page: Page) -> Page:
    """*page* with the forms that the caller may send. The owner of the machine may send every one."""
    person = caller_in(request.scope).person
    if person is None or not page.forms:
        return page
    return await run_sync(sent.offered, request.app.state.log, address.steps, page, person)


async def _held(request: Request) -> tuple[Held, ...] | None:
    """The roles that the caller holds today; None for the owner of the machine, who needs none."""
    caller = caller_in(request.scope)
    if caller.person is None:
        return None
    state = request.app.state
    held: tuple[Held, ...] = await state.roles.held(state.reads.connection, caller.person)
    return held


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


async def viewer_of(request: Request) -> Viewer:
    """Who looks at a page."""
    caller, identity = caller_in(request.scope), request.app.state.identity
    if caller.person is None:
        return OWNER
    person = await identity.people.named(caller.person)
    return Viewer(person.name if person else caller.person, identity.sessions.form_token(caller.bound))


async def _wrong(request: Request, error: Exception) -> HTMLResponse:
    # Without a database it may be unknown what the person is called.
    return wrong(error, None if is_away(error) else await viewer_of(request))


def wrong(error: Exception, viewer: Viewer | None) -> HTMLResponse:
    """The page that says to *viewer* what is wrong. Raises *error* again if nobody foresaw it."""
    match error:
        case NotThere():
            return problem_page(404, "There is no such page", str(error), viewer)
        case BadAddress():
            return problem_page(400, "The address or the form is not right", str(error), viewer)
        case NotSeen():
            detail = str(error.detail)
            return problem_page(403, "You may not read this page", f"{detail[0].upper()}{detail[1:]}.", viewer)
        case sent.Forged():
            return problem_page(403, "The form is not ours", str(error), viewer)
        case OnlyReads():
            return problem_page(403, "This server only reads", error.message, viewer)
        case Behind() | NotReplayed():
            return problem_page(503, "Not ready yet", str(error), viewer)
        case Problem():
            return problem_page(503, "Recorded, and not visible yet", error.message, viewer)
    if not is_away(error):
        raise error
    logger.error("the database does not answer", exc_info=error)
    return problem_page(503, "No answer now", shortage_of(error) or AWAY, viewer)


def problem_page(status: int, title: str, message: str, viewer: Viewer | None) -> HTMLResponse:
    """A page with this *status* that says to *viewer* what is wrong."""
    return HTMLResponse(render_problem(title, message, viewer), status_code=status, headers=HEADERS)
