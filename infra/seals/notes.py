"""Signed notes and checkpoints, in the formats of c2sp.org/signed-note, tlog-checkpoint and tlog-cosignature."""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from domain.values.portable import Portable

# The kinds of signatures: by the log itself, and by a witness, which adds the second at which it signed.
SIGNATURE, COSIGNATURE = 0x01, 0x04
PRIVATE = "PRIVATE+KEY+"
# A note may have more signatures than we know of, and one of another kind may be long. More is nobody's checkpoint.
LONGEST = 1_000_000
NAME = re.compile(r"[^\s+]{1,200}")


class BadNote(Portable):
    """A note, checkpoint or key that cannot be believed. The message says why."""


def encoded(value: bytes) -> str:
    """*value* in Base64."""
    return base64.b64encode(value).decode()


def decoded(text: str) -> bytes:
    """The bytes of *text* in Base64. Raises BadNote."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadNote(f'"{text[:80]}" is not Base64.') from error
    # Other texts may decode to the same bytes. Only one of them is the right one.
    if encoded(value) != text:
        raise BadNote(f'"{text[:80]}" is not the Base64 of its bytes.')
    return value


# --- Keys -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verifier:
    """The public key of a log, or of a witness. *kind* is SIGNATURE or COSIGNATURE."""

    name: str
    kind: int
    key: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of the same name apart."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.key).digest()[:4]

    @property
    def text(self) -> str:
        """The key as it is handed to others: name, key id and key."""
        return f"{self.name}+{self.key_id.hex()}+{encoded(bytes([self.kind]) + self.key)}"

    def verifies(self, text: str, signature: bytes) -> bool:
        """Whether *signature* is one of this key on the note *text*."""
        if self.kind == COSIGNATURE:
            text = f"cosignature/v1\ntime {int.from_bytes(signature[:8], 'big')}\n{text}"
            signature = signature[8:]
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


def verifier_of(text: str) -> Verifier:
    """The key that *text* gives. Raises BadNote."""
    name, _, rest = text.strip().partition("+")
    key_id, _, key = rest.partition("+")
    coded = decoded(key)
    if not NAME.fullmatch(name) or len(coded) != 33 or coded[0] not in (SIGNATURE, COSIGNATURE):
        raise BadNote(f'"{text.strip()[:200]}" is not the Ed25519 key of a log or of a witness.')
    found = Verifier(name, coded[0], coded[1:])
    if found.key_id.hex() != key_id:
        raise BadNote(f'The key id of "{text.strip()[:200]}" is not that of the key.')
    return found


class Signer:
    """The private key of a log or of a witness."""

    def __init__(self, name: str, seed: bytes, kind: int = SIGNATURE) -> None:
        if not NAME.fullmatch(name):
            raise BadNote(
                f'"{name[:200]}" cannot be the name of a key. A name has 1 to 200 signs, no space and no "+".'
            )
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self._seed = seed
        self.verifier = Verifier(name, kind, self._private.public_key().public_bytes_raw())

    @property
    def name(self) -> str:
        """The name of the key."""
        return self.verifier.name

    @property
    def secret(self) -> str:
        """The key as it is kept in a file."""
        coded = encoded(bytes([self.verifier.kind]) + self._seed)
        return f"{PRIVATE}{self.name}+{self.verifier.key_id.hex()}+{coded}\n"

    def signature(self, text: str, second: int = 0) -> str:
        """The line of a signature of the note *text*. A witness adds the *second* at which it signs."""
        if self.verifier.kind == COSIGNATURE:
            signed = second.to_bytes(8, "big") + self._private.sign(f"cosignature/v1\ntime {second}\n{text}".encode())
        else:
            signed = self._private.sign(text.encode())
        return f"— {self.name} {encoded(self.verifier.key_id + signed)}\n"

    def sign(self, text: str) -> str:
        """The signed note of *text*."""
        return f"{text}\n{self.signature(text)}"


def new_signer(name: str, kind: int = SIGNATURE) -> Signer:
    """A key that nobody else has."""
    return Signer(name, Ed25519PrivateKey.generate().private_bytes_raw(), kind)


def signer_of(secret: str) -> Signer:
    """The key that a file keeps as *secret*. Raises BadNote, which never shows the secret."""
    name, _, rest = secret.strip().removeprefix(PRIVATE).partition("+")
    try:
        coded = decoded(rest.partition("+")[2])
    except BadNote:
        coded = b""
    if not secret.startswith(PRIVATE) or len(coded) != 33 or coded[0] not in (SIGNATURE, COSIGNATURE):
        raise BadNote(f"The file does not hold a key. It begins with {PRIVATE}, then a name, a key id and a key.")
    signer = Signer(name, coded[1:], coded[0])
    if signer.verifier.key_id.hex() != rest.partition("+")[0]:
        raise BadNote("The key id in the file is not that of its key.")
    return signer


# --- Notes ------------------------------------------------------------------------------------------------------------


def opened(note: str, keys: Iterable[Verifier]) -> tuple[str, list[Verifier]]:
    """The text of a signed *note*, and those of *keys* that signed it, at least one.

    Signatures of other keys are ignored. Raises BadNote, also when one of *keys* has a signature that is wrong.
    """
    text, separator, signatures = note.rpartition("\n\n")
    if not separator or not signatures.endswith("\n") or len(note) > LONGEST:
        raise BadNote("It is not a signed note: a text, an empty line, and lines of signatures.")
    text += "\n"
    known = {(key.name, key.key_id): key for key in keys}
    by = list[Verifier]()
    for line in signatures[:-1].split("\n"):
        mark, _, rest = line.partition(" ")
        name, _, coded = rest.partition(" ")
        signature = decoded(coded)
        if mark != "—" or not NAME.fullmatch(name) or len(signature) < 5:
            raise BadNote(f'"{line[:200]}" is not the line of a signature.')
        key = known.get((name, signature[:4]))
        if key is None:
            continue
        if not key.verifies(text, signature[4:]):
            raise BadNote(f"The signature of {name} is not one of this text.")
        by.append(key)
    if not by:
        raise BadNote("None of the keys that are trusted has signed it.")
    return text, by


# --- Checkpoints ------------------------------------------------------------------------------------------------------


class Checkpoint(NamedTuple):
    """What a checkpoint says: the log that *origin* names has *size* entries, and its tree has *root*."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{encoded(self.root)}\n"

    @property
    def epoch(self) -> int:
        """The epoch of the log, which its origin ends with; 0 for another log."""
        found = re.fullmatch(r".+/([1-9][0-9]{0,8})", self.origin)
        return int(found[1]) if found else 0


def origin_of(name: str, epoch: int) -> str:
    """The origin of the checkpoints of an *epoch* of the log that signs as *name*."""
    return f"{name}/{epoch}"


def checkpoint_in(text: str) -> Checkpoint:
    """The checkpoint that the *text* of a note says. Lines after the first three are ignored. Raises BadNote."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
        raise BadNote("It is not a checkpoint: an origin, a size and a root.")
    origin, size, root = lines[:3]
    if not re.fullmatch("0|[1-9][0-9]{0,18}", size) or len(decoded(root)) != 32:
        raise BadNote(f"It is not a checkpoint: its size is {size[:40]}, and its root {root[:80]}.")
    return Checkpoint(origin, int(size), decoded(root))


def checkpoint_of(note: str, keys: Iterable[Verifier]) -> Checkpoint:
    """The checkpoint in a *note* that one of *keys* signed. Raises BadNote."""
    return checkpoint_in(opened(note, keys)[0])
