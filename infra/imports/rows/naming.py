"""Codes and ids for what registers name: codes that people can read, and ids that are the same in every edition."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha1, sha256
from uuid import UUID

from domain.organisation import one_code, one_form
from domain.values.fact import Source

NAMESPACE = UUID("0f6f2a4c-8c55-4a0e-9a52-6a7d3f7b6c21")
# Replaced when the whole file has been read, because the source names the digest of the file.
NO_SOURCE = Source(register="", row="", cites="")
# The currency of most programmes. The code of a programme in another currency names the currency.
HOME = "GBP"

_PREFIXED = re.compile(r"([A-Z]{2,3}-[A-Z0-9_]+)-(.+)")
_SCOTTISH, _NORTHERN_IRISH = re.compile(r"SC\d+"), re.compile(r"NI?C?\d{6}")


def identity(kind: str, *names: str) -> str:
    """The id of the thing of this *kind* with these *names*. Every import gives it the same id."""
    # The same result as uuid.uuid5, four times as fast.
    digest = bytearray(
        sha1(NAMESPACE.bytes + chr(0).join((kind, *names)).encode(), usedforsecurity=False).digest()[:16]
    )
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{kind}-{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


# A register has few programmes and many rows.
@lru_cache(maxsize=1024)
def slug(text: str, longest: int = 48) -> str:
    """*text* in small letters, digits and hyphens, with a digest where other texts could give the same letters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    whole = unicodedata.normalize("NFKC", text).casefold().split()
    if words and len(words) <= longest and not re.search(r"[^\W_]", re.sub(r"[\x00-\x7f]", "", text)):
        return words
    return f"{words[:longest].rstrip('-')}-{sha256(' '.join(whole).encode()).hexdigest()[:6]}".lstrip("-")


def named_programme(register: str, name: str, currency: str) -> tuple[str, str]:
    """The code and the name of the programme of a register's grants in *currency*. *name* is the name of them all."""
    if currency == HOME:
        return register, name
    return f"{register}/{currency.lower()}", f"{name} in {currency}"


def identifiers_of(code: str, given: Iterable[tuple[str, str | None]] = ()) -> tuple[tuple[str, str], ...]:
    """The identifiers of an organisation as (register, value): from its *code* (``GB-CHC-1159982``), and those *given*
    in fields of their own.
    """
    found: dict[tuple[str, str], None] = {}
    prefixed = _PREFIXED.fullmatch(one_code(code))
    if prefixed is not None:
        found[prefixed[1], prefixed[2]] = None
    for register, spelled in given:
        if spelled:
            _, value = one_form(register, spelled)
            found[_charity_register(register, value), value] = None
    return tuple(found)


def _charity_register(register: str, value: str) -> str:
    """The register of a charity's number: Scotland and Northern Ireland have registers of their own."""
    if register == "GB-CHC" and _SCOTTISH.fullmatch(value):
        return "GB-SC"
    if register == "GB-CHC" and _NORTHERN_IRISH.fullmatch(value):
        return "GB-NIC"
    return register
