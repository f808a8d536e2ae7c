"""Settings that come from the environment, all in one place. None of them is ever logged."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]


class BadSetting(Exception):
    """An environment variable holds what it cannot mean."""


@dataclass(frozen=True)
class Settings:
    """*home* is where the embedded database lives; *port* and *host* are where the application is served."""

    home: Path
    host: str
    port: int
    serve: bool


def settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """FUNDTRAIL_HOME, HOST, PORT and SERVE, with their defaults. Raises BadSetting."""
    port = environ.get("PORT") or "8000"
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise BadSetting(f"PORT={port!r} is no port: it is a number from 1 to 65535")
    return Settings(
        home=Path(environ.get("FUNDTRAIL_HOME") or CHECKOUT / ".fundtrail"),
        host=environ.get("HOST") or "127.0.0.1",
        port=int(port),
        serve=environ.get("SERVE", "1") not in ("0", "no", "false"),
    )
