"""Sign-in at the issuer: the code flow of OpenID Connect, with PKCE, a state and a nonce."""

import hmac
import logging
import secrets
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
from authlib.deprecate import AuthlibDeprecationWarning
from authlib.integrations.base_client import OAuthError

from infra.identity.caller import Account
from infra.identity.identity import Identity
from infra.identity.issuer import AWAY, TIMEOUT_SECONDS, BadAnswer, BoundedTransport, Issuer, Metadata
from infra.identity.refusals import Contradictory, IssuerUnavailable, Unauthenticated
from infra.identity.sessions import Attempt
from infra.identity.tokens import claims_of, groups_in

with warnings.catch_warnings():
    # It asks for httpx2, which is not locked yet. The warning is no business of those who run Fundtrail.
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.integrations.httpx_client import AsyncOAuth2Client

logger = logging.getLogger("fundtrail.identity")

RETURN = "/sign-in/return"
SCOPE = "openid"
NOT_SET_UP = "Nobody can sign in on the pages, because FUNDTRAIL_CLIENT_ID is not set. Tokens for clients are accepted."


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody has signed in to *account*. The ID token ends at the second *expires*."""

    account: Account
    groups: tuple[str, ...]
    expires: float


def attempt_to(to: str) -> Attempt:
    """A new sign-in, after which the page at *to* is shown."""
    return Attempt(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48), own_path(to))


def own_path(text: str) -> str:
    """*text* if it is a path of ours, else the path of the home page. Nobody is sent to another site."""
    is_path = text.startswith("/") and not text.startswith("//") and len(text) <= 2000
    return text if is_path and "\\" not in text and all("!" <= sign <= "~" for sign in text) else "/"


async def address_of_issuer(identity: Identity, attempt: Attempt, origin: str) -> str:
    """Where a browser that came to *origin* goes to sign in. Raises IssuerUnavailable."""
    issuer, client_id = _configured(identity)
    metadata = await issuer.metadata()
    if metadata.authorization_endpoint is None:
        raise IssuerUnavailable(AWAY)
    async with _client(identity, metadata, client_id, origin) as client:
        address, _ = client.create_authorization_url(
            metadata.authorization_endpoint,
            state=attempt.state,
            nonce=attempt.nonce,
            code_verifier=attempt.verifier,
        )
    return str(address)


async def signed_in(identity: Identity, attempt: Attempt, came: Mapping[str, str], origin: str) -> SignedIn:
    """Who has signed in, by the parameters that *came* back from the issuer to the address at *origin*.

    Raises Contradictory for an answer to another attempt, Unauthenticated where the issuer refuses or its ID token is
    not valid, and IssuerUnavailable.
    """
    issuer, client_id = _configured(identity)
    metadata = await issuer.metadata()
    if not hmac.compare_digest(came.get("state", "").encode(), attempt.state.encode()):
        raise Contradictory("The answer of the issuer belongs to another sign-in. Begin again.")
    if came.get("iss", issuer.url if not metadata.names_itself else None) != issuer.url:
        raise Contradictory("The answer comes from another issuer. Begin again.")
    if "error" in came or "code" not in came:
        raise Unauthenticated("The issuer did not sign you in. Begin again.")
    token = await _id_token(identity, metadata, client_id, attempt, came["code"], origin)
    claims = await claims_of(token, issuer, issuer.url, client_id)
    nonce, party = claims.get("nonce"), claims.get("azp", client_id)
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), attempt.nonce.encode()):
        raise Unauthenticated("The ID token belongs to another sign-in. Begin again.")
    if party != client_id:
        raise Unauthenticated("The ID token was issued to another application.")
    return SignedIn(Account(issuer.url, claims["sub"]), groups_in(claims), float(claims["exp"]))


async def _id_token(
    identity: Identity, metadata: Metadata, client_id: str, attempt: Attempt, code: str, origin: str
) -> str:
    if metadata.token_endpoint is None:
        raise IssuerUnavailable(AWAY)
    try:
        async with _client(identity, metadata, client_id, origin) as client:
            answer = await client.fetch_token(
                metadata.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=attempt.verifier,
            )
    except OAuthError as error:
        logger.warning("the issuer did not accept a sign-in: %s", error.error)
        raise Unauthenticated("The issuer did not accept the sign-in. Begin again.") from error
    except (httpx.HTTPError, BadAnswer, ValueError, OSError) as error:
        raise IssuerUnavailable(AWAY) from error
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise Unauthenticated("The issuer gave no ID token.")
    return token


def _client(identity: Identity, metadata: Metadata, client_id: str, origin: str) -> AsyncOAuth2Client:
    secret, methods = identity.settings.client_secret, metadata.authentication_methods
    posts = bool(secret) and "client_secret_post" in methods and "client_secret_basic" not in methods
    return AsyncOAuth2Client(
        client_id,
        secret,
        token_endpoint_auth_method="client_secret_post" if posts else None,
        scope=SCOPE,
        redirect_uri=f"{origin}{RETURN}",
        code_challenge_method="S256",
        transport=BoundedTransport(),
        timeout=TIMEOUT_SECONDS,
    )


def _configured(identity: Identity) -> tuple[Issuer, str]:
    if identity.issuer is None or identity.settings.client_id is None:
        raise IssuerUnavailable(NOT_SET_UP)
    return identity.issuer, identity.settings.client_id
