"""Sessions of browsers: signed cookies. They hold an account and an end, no tokens and no names."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from infra.identity.caller import Account
from infra.identity.kept import kept, secret_in
from infra.identity.refusals import Unauthenticated

FILE = "session.key"
# Signing in at the issuer may take this many seconds.
SIGN_IN_SECONDS = 600
LONGEST_COOKIE = 4096


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is signed in to *account* until the second *expires*. *id* is random, and no other session's."""

    account: Account
    expires: float
    id: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in that has begun: what must come back with it, the PKCE verifier, and the page to show afterwards."""

    state: str
    nonce: str
    verifier: str
    to: str


class Sessions:
    """Signs sessions with *key*, or with the one in the folder *home*, and knows those that it has signed."""

    def __init__(self, home: Path, key: str | None, now: Callable[[], float]) -> None:
        self._file = home / FILE
        self._key = key.encode() if key else b""
        self._now = now

    def begun(self, account: Account, expires: float) -> str:
        """The cookie of a new session of *account*. Raises NoSecret."""
        session = {"iss": account.issuer, "sub": account.subject, "exp": expires, "id": secrets.token_urlsafe(16)}
        return self._signed("session", session)

    def session(self, cookie: str) -> Session:
        """The session of *cookie*. Raises Unauthenticated and NoSecret."""
        values = self._read("session", cookie)
        match values:
            case {"iss": str(issuer), "sub": str(subject), "id": str(name)}:
                return Session(Account(issuer, subject), values["exp"], name)
        raise Unauthenticated("The session is not valid. Sign in again.")

    def attempted(self, attempt: Attempt) -> str:
        """The cookie of a sign-in that begins now. Raises NoSecret."""
        fields = {"state": attempt.state, "nonce": attempt.nonce, "verifier": attempt.verifier, "to": attempt.to}
        return self._signed("sign-in", fields | {"exp": self._now() + SIGN_IN_SECONDS})

    def attempt(self, cookie: str) -> Attempt:
        """The sign-in of *cookie*. Raises Unauthenticated and NoSecret."""
        match self._read("sign-in", cookie):
            case {"state": str(state), "nonce": str(nonce), "verifier": str(verifier), "to": str(to)}:
                return Attempt(state, nonce, verifier, to)
        raise Unauthenticated("The sign-in was not begun here, or took too long. Begin again.")

    def form_token(self, bound: str) -> str:
        """What the forms of a page must bring back: it is made from what the session is *bound* to."""
        return hmac.new(self._secret(), f"form {bound}".encode(), hashlib.sha256).hexdigest()

    def is_form_token(self, token: str, bound: str) -> bool:
        """Whether *token* is that of the forms of a session."""
        return hmac.compare_digest(token.encode(), self.form_token(bound).encode())

    def refuse_without_key(self) -> None:
        """Make the key if there is none. Raises NoSecret."""
        self._secret()

    def _signed(self, kind: str, values: Mapping[str, Any]) -> str:
        return str(_signer(self._secret(), kind).dumps(values))

    def _read(self, kind: str, cookie: str) -> dict[str, Any]:
        said = "The session is not valid or has expired. Sign in again."
        if kind == "sign-in":
            said = "The sign-in was not begun in this browser, or took too long. Begin again."
        self._key = self._key or secret_in(self._file) or b""
        if not self._key or len(cookie) > LONGEST_COOKIE:
            raise Unauthenticated(said)
        try:
            values = _signer(self._key, kind).loads(cookie)
        except (BadData, ValueError, RecursionError) as error:
            raise Unauthenticated(said) from error
        expires = values.get("exp") if isinstance(values, dict) else None
        # Also false for what is not a number.
        if not (isinstance(expires, int | float) and expires > self._now()):
            raise Unauthenticated(said)
        return dict(values)

    def _secret(self) -> bytes:
        self._key = self._key or kept(self._file, lambda: secrets.token_hex(32).encode())
        return self._key


def _signer(key: bytes, kind: str) -> URLSafeSerializer:
    # The salt keeps the cookies of sessions and of sign-ins apart.
    return URLSafeSerializer(
        key, salt=f"fundtrail {kind}", signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
    )
