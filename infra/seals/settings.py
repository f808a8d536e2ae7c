"""Where the key of the seals is, where checkpoints go, and who else signs them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from infra.database.home import home
from infra.identity.kept import NoSecret, kept, secret_in
from infra.seals.notes import BadNote, Signer, Verifier, new_signer, signer_of


@dataclass(frozen=True)
class SealSettings:
    """The settings of the seals.

    *key* is the file with the private key, *folder* where copies of the checkpoints and tiles are written, *witnesses*
    a file with a line for each witness: its key and its address. *name* is that of a key that is made.
    """

    key: Path
    folder: Path
    witnesses: Path | None = None
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
    """The settings in *environ*; by default everything is in the home."""
    named = environ.get
    return SealSettings(
        key=Path(named("FUNDTRAIL_SEAL_KEY") or home(environ) / "seal.key"),
        folder=Path(named("FUNDTRAIL_SEALS") or home(environ) / "seals"),
        witnesses=Path(environ["FUNDTRAIL_WITNESSES"]) if named("FUNDTRAIL_WITNESSES") else None,
        name=named("FUNDTRAIL_LOG_NAME") or None,
    )
