"""Trusted documents: operations stored on the server, which clients name by their hash.

A client names one as ``documentId`` ("sha256:" and the hash) or, as Apollo's clients do, in
``extensions.persistedQuery``. Trusted documents are files: a request cannot add one. With ``only``, no other document
is answered.
"""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graphql import GraphQLError, parse, validate

from api.contract.errors import BAD_USER_INPUT, Problem
from api.schema import schema
from infra.settings import BadSetting

NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"
BAD_HASH = "The document hash is not valid. Give one SHA-256 hash in 64 lowercase hexadecimal digits."
_HASH = re.compile(r"[0-9a-f]{64}")


class BadDocument(BadSetting):
    """A file of the folder is not a document that the schema can answer."""


class Documents:
    """The trusted documents by hash. With *only*, every other document is refused."""

    def __init__(self, texts: Mapping[str, str] | None = None, *, only: bool = False) -> None:
        self._texts = dict(texts or {})
        self._only = only

    @classmethod
    def of(cls, folder: Path, *, only: bool = False) -> "Documents":
        """The ``.graphql`` files in *folder* and below, without line breaks at their ends. Raises BadDocument."""
        texts = {}
        for file in sorted(folder.rglob("*.graphql")):
            text = file.read_text(encoding="utf-8").rstrip("\r\n")
            _refuse_unanswerable(file, text)
            texts[hashed(text)] = text
        return cls(texts, only=only)

    def text(self, request: Mapping[str, Any]) -> str:
        """The text of the document that *request* contains or names.

        Raises Problem: PERSISTED_QUERY_NOT_FOUND for a hash that is not stored, DOCUMENT_NOT_TRUSTED for a text that is
        not trusted, and BAD_USER_INPUT when there is no document, the hash is not valid, or it does not match the text.
        """
        query, named = request.get("query"), _named(request)
        if not query and named is None:
            raise Problem("The request has no query.")
        if not query:
            if named not in self._texts:
                raise Problem("PersistedQueryNotFound: no document with this hash is stored here.", NOT_FOUND)
            return self._texts[str(named)]
        text = str(query)
        if named is not None and named != hashed(text):
            raise Problem("The hash does not match the query.")
        if self._only and hashed(text) not in self._texts:
            raise Problem(
                "This document is not trusted. Only documents stored on the server are answered.", NOT_TRUSTED
            )
        return text


def hashed(text: str) -> str:
    """The hash of a document: the SHA-256 of its text in UTF-8, in lowercase hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _named(request: Mapping[str, Any]) -> str | None:
    """The hash that *request* names in either way. Raises Problem when it is not a hash, or when there are two."""
    extensions = request.get("extensions")
    persisted = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
    hashes = set()
    if request.get("documentId") is not None:
        hashes.add(str(request["documentId"]).removeprefix("sha256:"))
    if persisted is not None:
        known = isinstance(persisted, dict) and persisted.get("version") == 1
        hashes.add(str(persisted.get("sha256Hash")) if known else "")
    if not all(_HASH.fullmatch(one) for one in hashes) or len(hashes) > 1:
        raise Problem(BAD_HASH, BAD_USER_INPUT)
    return hashes.pop() if hashes else None


def _refuse_unanswerable(file: Path, text: str) -> None:
    try:
        errors = validate(schema._schema, parse(text))
    except GraphQLError as error:
        errors = [error]
    if errors:
        raise BadDocument(f"{file} is not a document that this schema can answer: {errors[0].message}")
