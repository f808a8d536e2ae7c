"""Settings that come from the environment, all in one place. None of them is ever logged."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from api.limits.weighing import Limits
from infra.database.home import home
from infra.exports.standards.publisher import BadPublisher, Publisher, publisher

NO = ("", "0", "no", "false")
# More than any limit can sensibly be.
MOST = 1_000_000_000


class BadSetting(Exception):
    """An environment variable holds what it cannot mean."""


@dataclass(frozen=True)
class Settings:
    """*home* is where the embedded database lives; *port* and *host* are where the application is served.

    *limits* are what one operation may ask for; *documents* is the folder of trusted documents, beside which no others
    are answered where *documents_only*. *publisher* is who publishes in the formats of the standards.
    """

    home: Path
    host: str
    port: int
    serve: bool
    limits: Limits
    documents: Path | None
    documents_only: bool
    publisher: Publisher


def settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """FUNDTRAIL_HOME, HOST, PORT, SERVE, limits of operations, trusted documents and publisher, with their defaults.

    Raises BadSetting.
    """
    port = environ.get("PORT") or "8000"
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise BadSetting(f"PORT={port!r} is no port: it is a number from 1 to 65535")
    folder = Path(environ["FUNDTRAIL_DOCUMENTS"]) if environ.get("FUNDTRAIL_DOCUMENTS") else None
    only = environ.get("FUNDTRAIL_DOCUMENTS_ONLY", "0") not in NO
    if folder is not None and not folder.is_dir():
        raise BadSetting(f"FUNDTRAIL_DOCUMENTS={folder} is no folder")
    if only and folder is None:
        raise BadSetting("FUNDTRAIL_DOCUMENTS_ONLY needs FUNDTRAIL_DOCUMENTS: without it nothing at all is answered")
    try:
        who = publisher(environ)
    except BadPublisher as error:
        raise BadSetting(str(error)) from error
    return Settings(
        home=home(environ),
        host=environ.get("HOST") or "127.0.0.1",
        port=int(port),
        serve=environ.get("SERVE", "1") not in NO,
        limits=Limits(**dict(_limits(environ))),
        documents=folder,
        documents_only=only,
        publisher=who,
    )


def _limits(environ: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """Each limit that is set, as FUNDTRAIL_MAX_COST is for cost: a number of at least 1."""
    for field in fields(Limits):
        name = f"FUNDTRAIL_MAX_{field.name.upper()}"
        value = environ.get(name)
        if value:
            if not (re.fullmatch("[0-9]{1,10}", value) and 0 < int(value) <= MOST):
                raise BadSetting(f"{name}={value!r} is no limit: it is a whole number from 1 to {MOST}")
            yield field.name, int(value)
