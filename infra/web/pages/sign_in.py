"""Signing in and out on the pages: at the issuer, or by choosing a person where Fundtrail is its own issuer."""

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.contract.errors import OnlyReads
from infra.identity.caller import Account, caller_in
from infra.identity.identity import Identity
from infra.identity.own_issuer import OWN_ISSUER
from infra.identity.refusals import Contradictory, NotAdmitted, Unauthenticated
from infra.identity.sessions import SIGN_IN_SECONDS, Attempt
from infra.identity.settings import HOURS
from infra.identity.sign_in import RETURN, address_of_issuer, attempt_to, signed_in
from infra.web.callers import SIGN_IN, SIGN_OUT, forget_session, page_of, session_cookie
from infra.web.pages.forms import Forged, origin_of, sent_from, values_of
from infra.web.pages.routes import HEADERS, problem_page, viewer_of, wrong
from pages.frame.forms import TOKEN
from pages.frame.page import BadAddress
from pages.frame.rendering import render_frame
from pages.frame.viewer import OWNER

NOT_BEGUN = "The sign-in was not begun in this browser, or took too long. Begin again."
ROLES_CHANGED = (
    "Your groups at the issuer have changed your roles here, and this server only reads. Sign in on a server that"
    " records, and then here."
)
# What shows how somebody signs in is kept by nobody.
KEPT_BY_NOBODY = HEADERS | {"cache-control": "no-store"}
# The longest value that comes back from an issuer, in characters.
LONGEST = 4096


def add_sign_in(app: FastAPI) -> None:
    """Add the pages to sign in and out to *app*."""
    identity: Identity = app.state.identity
    app.add_api_route(SIGN_IN, _begun, methods=["GET"], response_class=HTMLResponse)
    app.add_api_route(SIGN_OUT, _signed_out, methods=["POST"], response_class=HTMLResponse)
    if identity.issuer is None:
        app.add_api_route(SIGN_IN, _chosen, methods=["POST"], response_class=HTMLResponse)
    else:
        app.add_api_route(RETURN, _returned, methods=["GET"], response_class=HTMLResponse)


async def _begun(request: Request) -> Response:
    """Send the browser to the issuer, or show the people to choose from."""
    identity: Identity = request.app.state.identity
    if "out" in request.query_params:
        return HTMLResponse(render_frame("frame/sign_in.html", "Signed out", None, out=True), 200, KEPT_BY_NOBODY)
    attempt = attempt_to(request.query_params.get("to", "/"))
    answer: Response
    try:
        cookie = identity.sessions.attempted(attempt)
        if identity.issuer is not None:
            address = await address_of_issuer(identity, attempt, origin_of(request))
            answer = RedirectResponse(address, 303, {"cache-control": "no-store"})
        else:
            answer = HTMLResponse(await _menu(request, attempt), 200, KEPT_BY_NOBODY)
    except NotAdmitted as refusal:
        return page_of(refusal)
    _set(answer, identity, _attempt_cookie(identity), cookie, SIGN_IN_SECONDS)
    return answer


async def _menu(request: Request, attempt: Attempt) -> str:
    identity: Identity = request.app.state.identity
    return render_frame(
        "frame/sign_in.html",
        "Sign in",
        await viewer_of(request) if caller_in(request.scope).account is not None else None,
        out=False,
        people=await identity.people.listed(),
        token=identity.sessions.form_token(attempt.state),
    )


async def _chosen(request: Request) -> Response:
    """Sign in the person who was chosen in the menu."""
    identity: Identity = request.app.state.identity
    try:
        values = await sent_from(request)
        attempt = _attempt(request)
        if not identity.sessions.is_form_token(values.get(TOKEN, ""), attempt.state):
            raise Forged("The form belongs to another sign-in, or to none. Open the page again and use its form.")
        account = Account(OWN_ISSUER, values.get("person", ""))
        await identity.person_of(account)
    except NotAdmitted as refusal:
        return page_of(refusal)
    except (Forged, BadAddress) as error:
        return wrong(error, OWNER)
    return _session(identity, account, identity.now() + (identity.settings.session_hours or HOURS) * 3600, attempt)


async def _returned(request: Request) -> Response:
    """Sign in whom the issuer sends back."""
    identity: Identity = request.app.state.identity
    came = dict(request.query_params)
    try:
        if len(came) < len(request.query_params.multi_items()) or any(len(one) > LONGEST for one in came.values()):
            raise Contradictory("The answer of the issuer is not as it should be. Begin again.")
        attempt = _attempt(request)
        found = await signed_in(identity, attempt, came, origin_of(request))
        await identity.people.signed_in(found.account, found.groups)
        await identity.person_of(found.account)
    except NotAdmitted as refusal:
        return page_of(refusal)
    except OnlyReads:
        return problem_page(403, "Sign in on another server", ROLES_CHANGED, None)
    hours = identity.settings.session_hours
    expires = found.expires if hours is None else identity.now() + hours * 3600
    return _session(identity, found.account, expires, attempt)


def _session(identity: Identity, account: Account, expires: float, attempt: Attempt) -> Response:
    """The answer that begins a session, and shows the page that was asked for first."""
    answer = RedirectResponse(attempt.to, 303, {"cache-control": "no-store"})
    cookie = identity.sessions.begun(account, expires)
    _set(answer, identity, session_cookie(identity), cookie, max(0, int(expires - identity.now())))
    answer.delete_cookie(_attempt_cookie(identity), secure=identity.settings.is_secure, httponly=True, samesite="lax")
    return answer


async def _signed_out(request: Request) -> Response:
    """End the session in this browser."""
    identity: Identity = request.app.state.identity
    try:
        await values_of(request)
    except (Forged, BadAddress) as error:
        return wrong(error, await viewer_of(request))
    if caller_in(request.scope).account is None:
        return problem_page(400, "Nobody is signed in", "There is no session to end.", OWNER)
    answer = RedirectResponse(f"{SIGN_IN}?out=yes", 303, {"cache-control": "no-store"})
    identity.forget(request.cookies.get(session_cookie(identity), ""))
    forget_session(answer, identity)
    return answer


def _attempt(request: Request) -> Attempt:
    """The sign-in that this browser has begun. Raises Contradictory."""
    identity: Identity = request.app.state.identity
    try:
        return identity.sessions.attempt(request.cookies.get(_attempt_cookie(identity), ""))
    except Unauthenticated as error:
        raise Contradictory(NOT_BEGUN) from error


def _attempt_cookie(identity: Identity) -> str:
    """The name of the cookie of a sign-in that has begun."""
    return session_cookie(identity).replace("session", "sign-in")


def _set(answer: Response, identity: Identity, name: str, value: str, seconds: int) -> None:
    secure = identity.settings.is_secure
    answer.set_cookie(name, value, max_age=seconds, secure=secure, httponly=True, samesite="lax")
