"""Admitting requests: who each one comes from, found before anything else is done with it."""

import asyncio
import re
from typing import Any
from urllib.parse import quote

from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.contract.errors import AWAY, UNAVAILABLE, is_away
from infra.identity.caller import ADMITTED, OWNER, Admission, Caller
from infra.identity.identity import Identity
from infra.identity.kept import NoSecret
from infra.identity.refusals import Contradictory, NotAdmitted, Unauthenticated
from infra.web.graphql_http import FORBIDDEN, HTML_MEDIA, OFFERED, preferred, problem
from infra.web.slow_readers import App, Receive, Scope, Send
from pages.frame.rendering import render_problem
from projections.shortage import shortage_of

ACTOR_HEADER = "x-fundtrail-actor"
SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"
# What everybody may ask for: monitors, the style sheet, and those who are about to sign in.
OPEN = frozenset({"/health", "/ready", "/pages/style.css", SIGN_IN, f"{SIGN_IN}/return"})
# What programs ask for. Everything else is a page, where a person is sent to sign in.
PROGRAMS = ("/graphql", "/export/", "/evidence/", "/metrics", "/console/")
ASKED = {"www-authenticate": "Bearer"}
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
BAD_ACTOR = (
    "The X-Fundtrail-Actor header is not a valid name."
    " A name has 1 to 100 characters: letters, digits, spaces and the signs . @ + : ' _ and -."
)
NO_ACTOR = "The X-Fundtrail-Actor header is not accepted from somebody who signs in: the actor is that person."
NO_TOKEN = "The request has no token and no session. Send a token in the Authorization header, or sign in."  # noqa: S105
IN_ADDRESS = "A token in an address ends up in histories and logs. Send it in the Authorization header."
TWO_TOKENS = "The connection has a token in its headers and in connection_init. Send one of them."
TWO_SESSIONS = "The request has two sessions. Sign in again."
_ACTOR = re.compile(r"[\w.@+:' -]{1,100}")
_BEARER = re.compile(r"Bearer +([!-~]+) *", re.IGNORECASE)


def session_cookie(identity: Identity) -> str:
    """The name of the cookie of sessions. Over TLS no other host can set a cookie of this name."""
    return "__Host-fundtrail-session" if identity.settings.is_secure else "fundtrail-session"


class CallerGuard:
    """Finds who each request comes from, by *identity*, or refuses it."""

    def __init__(self, app: App, identity: Identity) -> None:
        self._app = app
        self._identity = identity
        self._cookie = session_cookie(identity)
        self._cookie_bytes = self._cookie.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        is_open = scope["path"] in OPEN
        try:
            admission = Admission(await self._caller(scope, is_open=is_open))
        except NotAdmitted as refusal:
            await self._refused(scope, refusal)(scope, receive, send)
            return
        except Exception as error:
            answer = _broken(error)
            if answer is None:
                raise
            await answer(scope, receive, send)
            return
        scope[ADMITTED] = admission
        if admission.caller is not None and admission.caller.person is not None:
            # Rates count by person, and lines of the log name the person.
            scope["state"]["person"] = admission.caller.person
        if scope["type"] == "websocket":
            receive = self._until_expiry(admission, receive, send)
        await self._app(scope, receive, send)

    async def _caller(self, scope: Scope, *, is_open: bool) -> Caller | None:
        """Who the request comes from; None for a WebSocket that may still bring its token. Raises NotAdmitted."""
        bearer = actor = None
        sessions: list[str] = []
        for name, value in scope["headers"]:
            if name == b"authorization":
                bearer = value
            elif name == b"x-fundtrail-actor":
                actor = value
            elif name == b"cookie" and self._cookie_bytes in value:
                sessions += self._sessions_in(value)
        if is_open:
            return await self._if_signed_in(sessions)
        if b"access_token=" in scope["query_string"]:
            raise Contradictory(IN_ADDRESS)
        if bearer is None and not sessions and not self._identity.is_required:
            return OWNER if actor is None else _named(actor)
        if actor is not None:
            raise Contradictory(NO_ACTOR)
        if bearer is not None:
            return await self._identity.by_token(token_in(bearer.decode("latin-1")))
        if sessions and not self._is_of_another_page(scope):
            return await self._of_session(sessions)
        if scope["type"] == "websocket":
            return None
        raise Unauthenticated(NO_TOKEN)

    def _is_of_another_page(self, scope: Scope) -> bool:
        """Whether a page of another site opens a WebSocket: it may have a token, but not the session of our pages."""
        if scope["type"] != "websocket":
            return False
        given = {name: value.decode("latin-1") for name, value in scope["headers"] if name in (b"host", b"origin")}
        origin = given.get(b"origin")
        own = (self._identity.settings.public_url, f"http://{given.get(b'host', '')}")
        return origin is not None and origin not in own

    async def _if_signed_in(self, sessions: list[str]) -> Caller:
        """Who looks at what everybody may see."""
        try:
            return await self._of_session(sessions) if sessions else OWNER
        except NotAdmitted:
            return OWNER

    async def _of_session(self, sessions: list[str]) -> Caller:
        if len(sessions) > 1:
            raise Unauthenticated(TWO_SESSIONS)
        return await self._identity.by_session(sessions[0])

    def _sessions_in(self, header: bytes) -> list[str]:
        """The values of the cookies of sessions in a Cookie *header*."""
        pairs = [one.partition("=") for one in header.decode("latin-1").split(";")]
        return [value.strip() for name, _, value in pairs if name.strip() == self._cookie]

    def _refused(self, scope: Scope, refusal: NotAdmitted) -> Response:
        """The answer to a request that is not admitted: a person is sent to sign in, a program gets a code."""
        accept = next((value for name, value in scope["headers"] if name == b"accept"), b"").decode("latin-1")
        wants_page = preferred(accept, (*OFFERED, HTML_MEDIA)) == HTML_MEDIA
        is_page = not scope["path"].startswith(PROGRAMS) and scope["type"] == "http" and "json" not in accept
        if not (wants_page or is_page) or isinstance(refusal, Contradictory):
            headers = ASKED if refusal.status == 401 else None
            return problem(refusal.status, f"{refusal}", refusal.code, preferred(accept), headers)
        answer: Response
        if isinstance(refusal, Unauthenticated) and scope["method"] in ("GET", "HEAD"):
            asked = scope["query_string"].decode("latin-1")
            path = f"{quote(scope['path'])}?{asked}" if asked else quote(scope["path"])
            answer = RedirectResponse(f"{SIGN_IN}?to={quote(path, safe='')}", 303)
        else:
            answer = page_of(refusal)
        if isinstance(refusal, Unauthenticated):
            forget_session(answer, self._identity)
        return answer

    def _until_expiry(self, admission: Admission, receive: Receive, send: Send) -> Receive:
        """*receive* until the caller's token or session ends. Then the connection is closed."""

        async def received() -> Any:
            caller = admission.caller
            if caller is None or caller.expires is None:
                return await receive()
            try:
                async with asyncio.timeout(max(0.0, caller.expires - self._identity.now())):
                    return await receive()
            except TimeoutError:
                await send({"type": "websocket.close", "code": FORBIDDEN, "reason": Unauthenticated.code})
                return {"type": "websocket.disconnect", "code": FORBIDDEN}

        return received


async def admit_connection(identity: Identity, admission: Admission, payload: object) -> Caller:
    """The caller of a WebSocket, once its connection_init has brought *payload*. Raises NotAdmitted."""
    given = payload if isinstance(payload, dict) else {}
    tokens = [value for name, value in given.items() if name.lower() == "authorization"]
    caller = admission.caller
    if not tokens:
        if caller is None:
            raise Unauthenticated(NO_TOKEN)
        return caller
    if len(tokens) > 1 or (caller is not None and caller.account is not None):
        raise Contradictory(TWO_TOKENS)
    if caller is not None and caller != OWNER:
        raise Contradictory(NO_ACTOR)
    if not isinstance(tokens[0], str):
        raise Unauthenticated("The Authorization of connection_init is not a text.")
    admission.caller = await identity.by_token(token_in(tokens[0]))
    return admission.caller


def token_in(text: str) -> str:
    """The token of an Authorization header. Raises Unauthenticated."""
    found = _BEARER.fullmatch(text)
    if found is None:
        raise Unauthenticated("The Authorization header has no bearer token. Write it so: Bearer TOKEN.")
    return found[1]


def page_of(refusal: NotAdmitted) -> HTMLResponse:
    """The page that says why somebody is not admitted."""
    title = {401: "Sign in first", 403: "You are not known here", 503: "Nobody can sign in now"}
    said = render_problem(title.get(refusal.status, "The sign-in is not right"), f"{refusal}", sign_in=SIGN_IN)
    return HTMLResponse(said, refusal.status, {"content-security-policy": POLICY, "cache-control": "no-store"})


def forget_session(answer: Response, identity: Identity) -> None:
    """Let the browser that gets *answer* drop the cookie of its session."""
    secure = identity.settings.is_secure
    answer.delete_cookie(session_cookie(identity), secure=secure, httponly=True, samesite="lax")


def _named(actor: bytes) -> Caller:
    """The owner of this machine, under the name in the actor's header. Raises Contradictory."""
    name = actor.decode("latin-1")
    if not _ACTOR.fullmatch(name) or not name.strip():
        raise Contradictory(BAD_ACTOR)
    return Caller(None, None, name)


def _broken(error: Exception) -> Response | None:
    """The answer where secrets or people cannot be read; None for an error that nobody foresaw."""
    if isinstance(error, NoSecret):
        return problem(503, f"{error}", UNAVAILABLE)
    return problem(503, shortage_of(error) or AWAY, UNAVAILABLE) if is_away(error) else None
