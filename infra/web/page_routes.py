"""The web pages over HTTP: which address shows which page. They may load nothing from elsewhere."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, quote

from anyio.to_thread import run_sync
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.context import Context, Reads
from api.contract.errors import AWAY, Problem, is_away
from domain import desk
from domain.history import Order, StaleHistory
from domain.values.refusal import Refused
from pages import (
    audit,
    bank,
    bids,
    compare,
    discrepancies,
    event,
    forms,
    home,
    money,
    partnership,
    partnerships,
    payment,
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


class Forged(Exception):
    """The form was not sent by a page of ours."""


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
    "/payments/{award_id}/{number}": (payment.payment, ()),
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
    app.add_api_route("/payments/{award_id}/{number}", hand_in_step, methods=["POST"], response_class=HTMLResponse)


def _route(shows: Shows, parameters: tuple[str, ...]) -> Callable[[Request], Awaitable[HTMLResponse]]:
    async def answer(request: Request) -> HTMLResponse:
        reads: Reads = request.app.state.reads.for_client(request.client.host if request.client else "")
        try:
            asked, named = _asked(request, parameters), _named(request)
            async with reads.connection() as connection:
                page, clocks = await _page(connection, shows, named, asked, bool(parameters))
            return HTMLResponse(render(page, clocks), headers=HEADERS)
        except Exception as error:
            return _wrong(error)

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


def _wrong(error: Exception) -> HTMLResponse:
    """The page that says what is wrong. Raises *error* again if nobody foresaw it."""
    match error:
        case NotThere():
            return _problem(404, "There is no such page", str(error))
        case BadAddress():
            return _problem(400, "The address or the form is not right", str(error))
        case Forged():
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


# --- Forms ------------------------------------------------------------------------------------------------------------

# The longest body of a form, in bytes.
LONGEST_FORM = 65_536


async def hand_in_step(request: Request, award_id: str, number: str) -> Response:
    """Hand in the next step of a payment. A refusal appears in the form; else the page shows the change."""
    reads: Reads = request.app.state.reads.for_client(request.client.host if request.client else "")
    try:
        _named(request)
        values = await _form(request)
        async with reads.connection() as connection:
            clocks = await clocks_asked(connection, {})
            form = forms.filled(payment.form_for(values.get("action", ""), clocks), values)
            await payment.payment(connection, clocks, award_id, number)
        step = forms.given(form, payment.command_of(form.action, award_id, number))
        if step is not None:
            form = await _handed_in(request, reads, step, form)
        if not form.problems:
            return RedirectResponse(f"/payments/{quote(award_id)}/{quote(number)}", 303, HEADERS)
        async with reads.connection() as connection:
            page = await payment.payment(connection, clocks, award_id, number, form)
        return HTMLResponse(render(page, clocks), 422, HEADERS)
    except Exception as error:
        return _wrong(error)


async def _handed_in(request: Request, reads: Reads, step: forms.Given, form: forms.Form) -> forms.Form:
    """*form* with the reason for which its command was refused, if it was. What is recorded is visible afterwards."""
    order = Order(
        command_id=step.command_id, command=step.command, said=repr(step.command), actor=step.actor, authority=None
    )
    state = request.app.state
    try:
        answer = await run_sync(desk.submit, state.log, order)
    except Refused as refusal:
        return forms.refused(form, refusal.reason)
    except StaleHistory:
        return forms.refused(form, "Somebody else changed the award first. Look at it again.")
    await Context(state.log, reads, step.actor, state.limits).caught_up(answer.position)
    return form


async def _form(request: Request) -> Asked:
    """The fields of a form of ours. Raises Forged for one from another site, and BadAddress for what is none.

    Browsers name the origin of a page that sends a form, and no page can name another one.
    """
    if request.headers.get("origin") != f"{request.url.scheme}://{request.headers.get('host', '')}":
        raise Forged("Another page sent this form, or a program did. Open the page of the payment and use its form.")
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/x-www-form-urlencoded":
        raise BadAddress("The form has another type than the forms of these pages.")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_FORM:
            raise BadAddress(f"The form has more than {LONGEST_FORM:,} bytes.")
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=50, errors="strict")
    except ValueError as error:
        raise BadAddress("The form cannot be read.") from error
    if len(dict(fields)) < len(fields):
        raise BadAddress("A field of the form stands twice.")
    return dict(fields)
