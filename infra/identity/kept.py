"""Secrets that are made once and kept in a file of the home folder that only its owner can read."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4


class ExposedSecret(Exception):
    """Other users of the machine can read a secret, so it is none."""


def secret_in(file: Path) -> bytes | None:
    """The secret in *file*; None if it has not been made. Raises ExposedSecret."""
    try:
        with file.open("rb") as opened:
            if stat.S_IMODE(os.fstat(opened.fileno()).st_mode) & 0o077:
                raise ExposedSecret(
                    f"Other users of this machine can read {file.name} in the home folder. Remove the file, and start"
                    " again: a new one is made, and everybody signs in anew."
                )
            return opened.read()
    except FileNotFoundError:
        return None


def kept(file: Path, make: Callable[[], bytes]) -> bytes:
    """The secret in *file*, which *make* makes if there is none. Raises ExposedSecret, and OSError without room."""
    found = secret_in(file)
    if found is not None:
        return found
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.{uuid4().hex}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(make())
    try:
        # Of two processes that make it at once, one is first. Nobody ever reads half a secret.
        os.link(fresh, file)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return secret_in(file) or b""
