"""The issuer: its addresses and keys, as it publishes them. They are kept, and fetched again when they may be old."""

import asyncio
import logging
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import httpx
import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from infra.identity.refusals import IssuerUnavailable, Unauthenticated
from infra.identity.settings import is_safe_address

logger = logging.getLogger("fundtrail.identity")

# What the issuer's tokens may be signed with: each needs a private key, which only the issuer has.
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
# After this many seconds the keys are fetched again.
OLD_SECONDS = 3600.0
# Between two attempts lie at least this many seconds: anybody can make up unknown key ids.
AGAIN_SECONDS = 30.0
# An attempt takes at most this many seconds.
TIMEOUT_SECONDS = 5.0
# The longest answer of an issuer, in bytes, and the most keys that it may have.
LONGEST_ANSWER = 262_144
MOST_KEYS = 100
# A shorter RSA key can be broken.
SHORTEST_RSA = 2048
AWAY = (
    "The issuer does not respond, so nobody new can sign in. Those who are signed in can go on. Try again in a moment."
)


class Keys(Protocol):
    """Where the key of a token is found."""

    async def key(self, kid: str | None, algorithm: str) -> Any:
        """The public key with the id *kid* for *algorithm*. Raises Unauthenticated and IssuerUnavailable."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the issuer states of itself: where its keys are, and where people sign in."""

    jwks_uri: str
    authorization_endpoint: str | None
    token_endpoint: str | None
    authentication_methods: tuple[str, ...]
    names_itself: bool


class BadAnswer(Exception):
    """What came from the issuer is not what it should be."""


@cache
def _authorities() -> ssl.SSLContext:
    """The authorities whose certificates are accepted. To read them takes longer than a whole request."""
    return httpx.create_ssl_context()


class BoundedTransport(httpx.AsyncBaseTransport):
    """Sends requests only to safe addresses, and reads at most LONGEST_ANSWER bytes of an answer."""

    def __init__(self) -> None:
        self._transport = httpx.AsyncHTTPTransport(verify=_authorities())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to *request*. Raises BadAnswer."""
        if not is_safe_address(str(request.url)):
            raise BadAnswer(f"{request.url} is neither https nor on loopback")
        # A short compressed answer could be very long.
        request.headers["accept-encoding"] = "identity"
        answer = await self._transport.handle_async_request(request)
        content = b""
        try:
            if "content-encoding" in answer.headers:
                raise BadAnswer("the answer is compressed")
            async for piece in answer.aiter_raw():
                content += piece
                if len(content) > LONGEST_ANSWER:
                    raise BadAnswer(f"the answer has more than {LONGEST_ANSWER} bytes")
        finally:
            await answer.aclose()
        return httpx.Response(answer.status_code, headers=answer.headers, content=content)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()


class Issuer:
    """An OpenID Connect issuer at *url*."""

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.url = url
        self._clock = clock
        self._metadata: Metadata | None = None
        self._keys: tuple[jwt.PyJWK, ...] = ()
        self._fetched_at = self._tried_at = float("-inf")
        self._turn = asyncio.Lock()

    async def key(self, kid: str | None, algorithm: str) -> Any:
        """The key with the id *kid* for *algorithm*; without an id, the only one that fits.

        Raises Unauthenticated where the issuer has none, and IssuerUnavailable where that cannot be known.
        """
        await self._fetch_if(self._is_old)
        found = _fitting(self._keys, kid, algorithm)
        if found is None:
            await self._fetch_if(lambda: True)
            found = _fitting(self._keys, kid, algorithm)
        if found is not None:
            return found
        if self._fetched_at < self._tried_at or not self._keys:
            raise IssuerUnavailable(AWAY)
        raise Unauthenticated("The token is not valid: the issuer has no key of this id for this algorithm.")

    async def metadata(self) -> Metadata:
        """What the issuer states of itself. Raises IssuerUnavailable."""
        await self._fetch_if(self._is_old)
        if self._metadata is None:
            raise IssuerUnavailable(AWAY)
        return self._metadata

    def _is_old(self) -> bool:
        return self._clock() - self._fetched_at >= OLD_SECONDS

    async def _fetch_if(self, wanted: Callable[[], bool]) -> None:
        """Fetch what the issuer publishes if it is *wanted* and nobody has just tried. A failure changes nothing."""
        if not wanted() or self._clock() - self._tried_at < AGAIN_SECONDS:
            return
        async with self._turn:
            if not wanted() or self._clock() - self._tried_at < AGAIN_SECONDS:
                return
            tried_at = self._clock()
            try:
                async with asyncio.timeout(TIMEOUT_SECONDS):
                    self._metadata, self._keys = await self._published()
                self._fetched_at = tried_at
            except (httpx.HTTPError, httpx.InvalidURL, BadAnswer, TimeoutError, OSError) as error:
                logger.warning("the issuer does not answer as it should: %s", f"{error}" or type(error).__name__)
            finally:
                self._tried_at = tried_at

    async def _published(self) -> tuple[Metadata, tuple[jwt.PyJWK, ...]]:
        async with client_of_issuers() as client:
            stated = await _object(client, f"{self.url.rstrip('/')}/.well-known/openid-configuration")
            if stated.get("issuer") != self.url:
                raise BadAnswer("the metadata names another issuer")
            metadata = _metadata_in(stated)
            keys = _keys_in(await _object(client, metadata.jwks_uri))
        if not keys:
            raise BadAnswer("the issuer has no key that fits")
        return metadata, keys


@asynccontextmanager
async def client_of_issuers() -> AsyncIterator[httpx.AsyncClient]:
    """A client for requests to issuers: it follows no redirects."""
    async with httpx.AsyncClient(transport=BoundedTransport(), timeout=TIMEOUT_SECONDS) as client:
        yield client


async def _object(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    answer = await client.get(url)
    if answer.status_code != 200:
        raise BadAnswer(f"{url} answers with status {answer.status_code}")
    try:
        found = orjson.loads(answer.content)
    except orjson.JSONDecodeError as error:
        raise BadAnswer(f"{url} is not JSON") from error
    if not isinstance(found, dict):
        raise BadAnswer(f"{url} is not a JSON object")
    return found


def _metadata_in(stated: dict[str, Any]) -> Metadata:
    addresses = {
        name: stated.get(name) for name in ("jwks_uri", "authorization_endpoint", "token_endpoint") if name in stated
    }
    for name, address in addresses.items():
        if not isinstance(address, str) or not is_safe_address(address):
            raise BadAnswer(f"the {name} of the metadata is neither https nor on loopback")
    if "jwks_uri" not in addresses:
        raise BadAnswer("the metadata has no jwks_uri")
    methods = stated.get("token_endpoint_auth_methods_supported")
    return Metadata(
        jwks_uri=str(addresses["jwks_uri"]),
        authorization_endpoint=addresses.get("authorization_endpoint"),
        token_endpoint=addresses.get("token_endpoint"),
        authentication_methods=tuple(map(str, methods)) if isinstance(methods, list) else (),
        names_itself=stated.get("authorization_response_iss_parameter_supported") is True,
    )


def _keys_in(stated: dict[str, Any]) -> tuple[jwt.PyJWK, ...]:
    """The public keys for signatures in a key set. Those that we cannot use are left out."""
    rows = stated.get("keys")
    if not isinstance(rows, list) or len(rows) > MOST_KEYS:
        raise BadAnswer("the keys of the issuer are not a list, or too many")
    found = []
    for row in rows:
        if not isinstance(row, dict) or row.get("kty") not in ("RSA", "EC", "OKP") or row.get("use", "sig") != "sig":
            continue
        try:
            key = jwt.PyJWK.from_dict({name: value for name, value in row.items() if name != "d"})
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            continue
        if any(fits(key.key, algorithm) for algorithm in ALGORITHMS):
            found.append(key)
    return tuple(found)


def _fitting(keys: tuple[jwt.PyJWK, ...], kid: str | None, algorithm: str) -> Any:
    found = [
        one.key
        for one in keys
        if kid in (None, one.key_id) and fits(one.key, algorithm) and one._jwk_data.get("alg", algorithm) == algorithm
    ]
    return found[0] if len(found) == 1 else None


def fits(key: object, algorithm: str) -> bool:
    """Whether *key* is a public key that is strong enough for *algorithm*."""
    match key:
        case rsa.RSAPublicKey():
            return algorithm in ("RS256", "PS256") and key.key_size >= SHORTEST_RSA
        case ec.EllipticCurvePublicKey():
            return algorithm == "ES256" and isinstance(key.curve, ec.SECP256R1)
        case ed25519.Ed25519PublicKey():
            return algorithm == "EdDSA"
    return False
