"""Forms that people send from a page: read, checked, and handed in as a command."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from urllib.parse import parse_qsl

from anyio.to_thread import run_sync
from fastapi import Request

from api.commands.reading import id_of
from api.context import Context, Reads
from domain import desk
from domain.across.permitted import NotPermitted
from domain.history import CommandIdReused, Log, Order, StaleHistory
from domain.reading import Reading
from domain.values.refusal import Refused
from infra import unsaid
from infra.identity.caller import caller_in
from infra.web.edge import access
from pages.frame import forms
from pages.frame.fields import ACTOR
from pages.frame.forms import Form, Step
from pages.frame.page import BadAddress, NotThere, Page
from projections.tables.present import today

# The longest body of a form, in bytes.
LONGEST_FORM = 65_536
# The most fields of a form: those of a list with all its rows, and some beside it.
MOST_FIELDS = 400
SENT_BEFORE = (
    "This form was sent before with other content, which was recorded. Look at what the page shows now, and send the"
    " form again only if you mean this as well."
)


class Forged(Exception):
    """The form was not sent by a page of ours."""


async def hand_in(
    request: Request, reads: Reads, steps: Mapping[str, Step], page: Page, values: Mapping[str, str]
) -> Form:
    """The form of *page* that was sent, with what is wrong with it; without problems its command was handed in.

    A form that asks for more rows has them, and nothing is handed in.

    *steps* are those of the page. What is recorded is visible afterwards. Raises NotThere for an action that the page
    does not have.
    """
    step = steps.get(values.get("action", ""))
    if step is None:
        raise NotThere("This page has no such form.")
    # The page no longer has the form if somebody took the step meanwhile: its command is refused by name.
    missing = for_caller(request, step.form(values["action"], today()))
    empty = next((one for one in page.forms if one.action == values["action"]), missing)
    state = request.app.state
    find = partial(id_of, state.log)
    form = await run_sync(forms.filled, empty, values, find)
    try:
        given = await run_sync(forms.given, form, step, page.about, find, caller_in(request.scope).person)
        if given is None:
            return form
        order = Order(
            command_id=given.command_id,
            command=given.command,
            said=given.said,
            actor=given.actor,
            authority=given.authority,
            correlation_id=request.scope["state"].get("correlation"),
        )
        access.count_commands(request.scope["state"], 1)
        answer = await run_sync(desk.submit, state.log, order)
    except CommandIdReused:
        return forms.refused(form, SENT_BEFORE)
    except Refused as refusal:
        return forms.refused(form, refusal.reason)
    except StaleHistory:
        return forms.refused(form, "Somebody else changed this first. Look at it again.")
    await Context(state.log, reads, given.actor, state.limits).caught_up(answer.position)
    return form


def actor_of(request: Request, form: Form) -> str:
    """Who handed in *form*."""
    named = next((field.value for field in form.fields if field.name == ACTOR), "")
    return caller_in(request.scope).person or named


def offered(log: Log, steps: Mapping[str, Step], page: Page, person: str) -> Page:
    """*page* with the forms whose commands *person* may give now, where they belong; the others are withheld.

    The desk decides it, on the streams of now, as it decides the command. *steps* are those of the page.
    """
    reading, today = Reading(log, log.states), log.today()
    shown: list[Form] = []
    withheld: list[tuple[str, str]] = []
    for form in page.forms:
        refusal = _refusal_of(reading, form, steps[form.action], page, person, today)
        if refusal is None:
            shown.append(form)
        else:
            withheld.append((form.title, _reason_of(refusal)))
    return replace(page, forms=tuple(shown), withheld=tuple(withheld))


def _refusal_of(reading: Reading, form: Form, step: Step, page: Page, person: str, today: date) -> Refused | None:
    """Why *person* may give nothing of what *form* could give; None if the person may give some of it."""
    refusal = None
    try:
        for command in forms.possible(form, step, page.about, person):
            refusal = desk.refused_to(reading, command, person, today)
            if refusal is None:
                return None
    except Refused:
        return None  # The step refuses what it is about, whoever gives it: the form says so when it is sent.
    return refusal


def _reason_of(refusal: Refused) -> str:
    """The reason for the person to whom it applies."""
    return f"It takes the role of {refusal.why['roles']} here." if isinstance(refusal, NotPermitted) else refusal.reason


def for_caller(request: Request, form: Form) -> Form:
    """*form* as the caller of *request* gets it: with the token of their session, if they are signed in."""
    caller = caller_in(request.scope)
    if caller.account is None:
        return form
    return forms.of_person(form, request.app.state.identity.sessions.form_token(caller.bound))


async def values_of(request: Request) -> dict[str, str]:
    """The fields of a form of ours, without its token. Raises Forged and BadAddress.

    A caller who is signed in must send the token of their session.
    """
    caller, identity = caller_in(request.scope), request.app.state.identity
    values = await sent_from(request)
    token = values.pop(forms.TOKEN, "")
    if caller.account is not None and not identity.sessions.is_form_token(token, caller.bound):
        raise Forged("The form belongs to another session, or to none. Open the page again and use its form.")
    return values


def origin_of(request: Request) -> str:
    """The origin of our pages as the browser that sent *request* names it."""
    host, public = request.headers.get("host", "").lower(), request.app.state.identity.settings.public_url
    if public is not None and host == public.partition("://")[2]:
        return str(public)
    return f"{request.url.scheme}://{request.headers.get('host', '')}"


async def sent_from(request: Request) -> dict[str, str]:
    """The fields of a form of ours. Raises Forged for one from another site, and BadAddress for what is none.

    Browsers name the origin of a page that sends a form, and no page can name another one.
    """
    if request.headers.get("origin") != origin_of(request):
        raise Forged("Another page sent this form, or a program did. Open the page and use its form.")
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/x-www-form-urlencoded":
        raise BadAddress("The form has another type than the forms of these pages.")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_FORM:
            raise BadAddress(f"The form has more than {LONGEST_FORM:,} bytes.")
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise BadAddress("The form cannot be read.") from error
    if len(dict(fields)) < len(fields):
        raise BadAddress("A field of the form stands twice.")
    unsaid.sent.set(dict(fields))
    return dict(fields)
