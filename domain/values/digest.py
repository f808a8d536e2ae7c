"""Digests of documents: the log holds them instead of the files."""

import re

from domain.values.refusal import Refused

_DIGEST = re.compile("[0-9a-f]{64}")


class DigestMalformed(Refused):
    """The digest of the document is {document}. A SHA-256 digest has 64 hexadecimal digits."""


def digested(document: str | None) -> None:
    """Check the SHA-256 digest of a document, if there is one. Raises DigestMalformed."""
    if document is not None and not _DIGEST.fullmatch(document):
        raise DigestMalformed(document=document)
