"""Where the key of the seals is, where checkpoints go, and who else signs them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from infra.database.home import home
from infra.identity.kept import NoSecret, kept, secret_in
from infra.seals.notes import COSIGNATURE, NAME, BadNote, Signer, Verifier, new_signer, signer_of, verifier_of


class BadSeals(Exception):
    """A setting of the seals has a value that is not allowed."""


class Witness(NamedTuple):
    """A witness: its public key, and the address that checkpoints are sent to."""

    key: Verifier
    url: str


@dataclass(frozen=True)
class SealSettings:
    """The settings of the seals.

    *key* is the file with the private key, *folder* where copies of the checkpoints and tiles are written, *witnesses*
    who else signs the checkpoints. *name* is that of a key that is made.
    """

    key: Path
    folder: Path
    witnesses: tuple[Witness, ...] = ()
    name: str | None = None

    def signer(self) -> Signer:
        """The private key, which is made if there is none. Raises NoSecret and BadNote."""
        name = self.name or f"fundtrail/{uuid4().hex[:12]}"

        def made() -> bytes:
            return new_signer(name).secret.encode()

        return _signer(self.key, kept(self.key, made, _REMEDY))

    def verifier(self) -> Verifier | None:
        """The public key that belongs to the private one; None if none was made. Raises NoSecret and BadNote."""
        found = secret_in(self.key, _REMEDY)
        return _signer(self.key, found).verifier if found is not None else None


_REMEDY = (
    "Whoever read it can sign checkpoints. Make a new key, and tell everybody who trusts the old one (docs/seals.md)."
)


def _signer(file: Path, secret: bytes) -> Signer:
    try:
        return signer_of(secret.decode("utf-8", errors="replace"))
    except BadNote as error:
        raise NoSecret(f"{file.name} is not the key of the seals. {error}") from error


def seal_settings(environ: Mapping[str, str]) -> SealSettings:
    """The settings in *environ*; by default everything is in the home. Raises BadSeals."""
    witnesses, name = environ.get("FUNDTRAIL_WITNESSES"), environ.get("FUNDTRAIL_LOG_NAME")
    if name and not NAME.fullmatch(name):
        raise BadSeals(
            f'FUNDTRAIL_LOG_NAME is "{name}". A name is written as grants.example.org/log, without a space and "+".'
        )
    return SealSettings(
        key=Path(environ.get("FUNDTRAIL_SEAL_KEY") or home(environ) / "seal.key"),
        folder=Path(environ.get("FUNDTRAIL_SEALS") or home(environ) / "seals"),
        witnesses=_witnesses(Path(witnesses)) if witnesses else (),
        name=name or None,
    )


def _witnesses(file: Path) -> tuple[Witness, ...]:
    """The witnesses that *file* names: on each line a key and an address. Raises BadSeals."""
    found = []
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSeals(f"FUNDTRAIL_WITNESSES is {file}, which cannot be read.") from error
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        key, _, url = line.strip().partition(" ")
        try:
            verifier = verifier_of(key)
        except BadNote as error:
            raise BadSeals(f"Line {number} of FUNDTRAIL_WITNESSES: {error}") from error
        if verifier.kind != COSIGNATURE or not re.fullmatch(r"https?://[^\s]+", url.strip()):
            raise BadSeals(f"Line {number} of FUNDTRAIL_WITNESSES is not the key of a witness, a space and an address.")
        found.append(Witness(verifier, url.strip().rstrip("/")))
    return tuple(found)
