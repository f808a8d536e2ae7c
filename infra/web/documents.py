"""Trusted documents: operations that are known here by their hash, and where that is asked for, no others.

Clients name one as ``documentId`` ("sha256:" and the hash) or, as Apollo's do, in ``extensions.persistedQuery``. Nobody
adds one by asking: they are files.
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
_HASH = re.compile(r"[0-9a-f]{64}")


class BadDocument(BadSetting):
    """A file of the folder holds no document that the schema can answer."""


class Documents:
    """The trusted documents by hash. *only* refuses every other one."""

    def __init__(self, texts: Mapping[str, str] | None = None, *, only: bool = False) -> None:
        self._texts = dict(texts or {})
        self._only = only

    @classmethod
    def of(cls, folder: Path, *, only: bool = False) -> "Documents":
        """Those of the ``.graphql`` files in *folder*, without the line breaks at their ends. Raises BadDocument."""
        texts = {}
        for file in sorted(folder.rglob("*.graphql")):
            text = file.read_text(encoding="utf-8").rstrip("\r\n")
            _refuse_unanswerable(file, text)
            texts[hashed(text)] = text
        return cls(texts, only=only)

    def text(self, request: Mapping[str, Any]) -> str:
        """The document that *request* asks for: the text it brings, or the one that it names.

        Raises Problem: PERSISTED_QUERY_NOT_FOUND for a name that is not known, DOCUMENT_NOT_TRUSTED for a text that
        may not be brought, BAD_USER_INPUT for neither, for what is no name, and for a text of another name.
        """
        brought, named = request.get("query"), _named(request)
        if not brought and named is None:
            raise Problem("The request has no query.")
        if not brought:
            if named not in self._texts:
                raise Problem("PersistedQueryNotFound: no document of this hash is known here.", NOT_FOUND)
            return self._texts[str(named)]
        text = str(brought)
        if named is not None and named != hashed(text):
            raise Problem("The hash is not that of the query.")
        if self._only and hashed(text) not in self._texts:
            raise Problem("Only documents that are known here by their hash are answered.", NOT_TRUSTED)
        return text


def hashed(text: str) -> str:
    """The name of a document: the SHA-256 of its text in UTF-8, in small hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _named(request: Mapping[str, Any]) -> str | None:
    """The hash that *request* names, by either way. Raises Problem for what is no hash, and for two of them."""
    extensions = request.get("extensions")
    persisted = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
    given = set()
    if request.get("documentId") is not None:
        given.add(str(request["documentId"]).removeprefix("sha256:"))
    if persisted is not None:
        known = isinstance(persisted, dict) and persisted.get("version") == 1
        given.add(str(persisted.get("sha256Hash")) if known else "")
    if not all(_HASH.fullmatch(one) for one in given) or len(given) > 1:
        raise Problem("A document is named by its SHA-256 in 64 hexadecimal digits, once.", BAD_USER_INPUT)
    return given.pop() if given else None


def _refuse_unanswerable(file: Path, text: str) -> None:
    try:
        errors = validate(schema._schema, parse(text))
    except GraphQLError as error:
        errors = [error]
    if errors:
        raise BadDocument(f"{file} is no document that can be answered: {errors[0].message}")
