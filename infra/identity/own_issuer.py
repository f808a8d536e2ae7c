"""Our own issuer, on loopback: it signs tokens for people with a key in the home folder."""

import hashlib
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from infra.identity.kept import kept, secret_in
from infra.identity.refusals import Unauthenticated

FILE = "issuer.key"
# Who issued the token, and for whom. It is no address: nobody else trusts this issuer.
OWN_ISSUER = OWN_AUDIENCE = "fundtrail"
ALGORITHM = "EdDSA"
HOURS = 8
MOST_HOURS = 24


class OwnIssuer:
    """The issuer with its key in the folder *home*."""

    def __init__(self, home: Path) -> None:
        self._file = home / FILE
        self._public: tuple[str, Ed25519PublicKey] | None = None

    def token(self, person: str, hours: int = HOURS) -> str:
        """A token for *person* that is valid for so many *hours*. Raises NoSecret."""
        private = _private(kept(self._file, _made))
        now = int(time.time())
        claims = {
            "iss": OWN_ISSUER,
            "aud": OWN_AUDIENCE,
            "sub": person,
            "iat": now,
            "exp": now + hours * 3600,
            "jti": uuid4().hex,
        }
        return jwt.encode(claims, private, ALGORITHM, headers={"kid": _id_of(private.public_key())})

    async def key(self, kid: str | None, algorithm: str) -> Any:
        """The public key. Raises Unauthenticated for another id or algorithm."""
        if self._public is None:
            found = secret_in(self._file)
            if found is not None:
                public = _private(found).public_key()
                self._public = _id_of(public), public
        if self._public is None or kid != self._public[0] or algorithm != ALGORITHM:
            raise Unauthenticated("The token is not valid: Fundtrail has not signed it here.")
        return self._public[1]


def _made() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _private(pem: bytes) -> Ed25519PrivateKey:
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError("the key of our own issuer is not an Ed25519 key")
    return key


def _id_of(public: Ed25519PublicKey) -> str:
    return hashlib.sha256(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]
