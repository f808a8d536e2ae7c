"""Tokens: what a JSON Web Token states, once its signature and its claims have been checked."""

from collections.abc import Mapping
from typing import Any

import jwt

from infra.identity.issuer import ALGORITHMS, Keys
from infra.identity.refusals import Unauthenticated

# The longest token, in characters.
LONGEST_TOKEN = 8192
# How far clocks may differ, in seconds.
LEEWAY = 30
LONGEST_SUBJECT = 255
# The last second that a token may name. Python computes with larger numbers, but not with all of them.
LATEST = 2**53
REQUIRED = ("iss", "aud", "sub", "exp", "iat")
_TIMES = ("exp", "iat", "nbf")
# What the library raises for text that is no token, or has values of wrong types or depths.
_DAMAGED = (jwt.PyJWTError, ValueError, TypeError, KeyError, OverflowError, RecursionError)
_SAID: Mapping[type[Exception], str] = {
    jwt.ExpiredSignatureError: "it has expired",
    jwt.ImmatureSignatureError: "it is not valid yet",
    jwt.InvalidIssuerError: "another issuer issued it",
    jwt.InvalidAudienceError: "it is for another audience",
    jwt.InvalidSignatureError: "its signature is wrong",
    jwt.MissingRequiredClaimError: "a claim is missing",
}


async def claims_of(token: str, keys: Keys, issuer: str, audience: str) -> dict[str, Any]:
    """The claims of *token*, which *issuer* issued for *audience*.

    Raises Unauthenticated for a token that is not genuine, complete and current, and IssuerUnavailable.
    """
    if len(token) > LONGEST_TOKEN:
        raise Unauthenticated(f"The token has more than {LONGEST_TOKEN:,} characters.")
    try:
        header = jwt.get_unverified_header(token)
    except _DAMAGED as error:
        raise Unauthenticated("The token is not valid: it is not a signed JSON Web Token.") from error
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS:
        raise Unauthenticated(f"The token is not valid: it must be signed with {', '.join(ALGORITHMS)}.")
    # Whatever else the header names, such as a key or the address of one, the key is one of the issuer's.
    if "crit" in header:
        raise Unauthenticated("The token is not valid: it asks for extensions that Fundtrail does not know.")
    key = await keys.key(header.get("kid"), algorithm)
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            issuer=issuer,
            audience=audience,
            leeway=LEEWAY,
            options={"require": list(REQUIRED)},
        )
    except _DAMAGED as error:
        said = _SAID.get(type(error), "its claims or its signature are damaged")
        raise Unauthenticated(f"The token is not valid: {said}.") from error
    _refuse_wrong_types(claims)
    return claims


def groups_in(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """The groups that *claims* state."""
    stated = claims.get("groups")
    return tuple(one for one in stated if isinstance(one, str)) if isinstance(stated, list) else ()


def _refuse_wrong_types(claims: Mapping[str, Any]) -> None:
    """Refuse claims that the library takes for numbers or names, and that are none. Raises Unauthenticated."""
    for name in _TIMES:
        value = claims.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LATEST:
            raise Unauthenticated(f"The token is not valid: {name} is not a time.")
    subject = claims["sub"]
    if not isinstance(subject, str) or not 1 <= len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise Unauthenticated("The token is not valid: sub is not the name of an account.")
