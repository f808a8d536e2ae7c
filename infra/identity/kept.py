"""Secrets that are made once and kept in a file of the home folder that only its owner can read."""

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4


class NoSecret(Exception):
    """A secret cannot be kept, or other users of the machine can read it, so that it is none."""


# What to do about the secrets of sign-ins.
ANEW = "Remove the file, and start again: a new one is made, and everybody signs in anew."


def secret_in(file: Path, remedy: str = ANEW) -> bytes | None:
    """The secret in *file*; None if it has not been made. Raises NoSecret, which says what to do: *remedy*."""
    try:
        with file.open("rb") as opened:
            if stat.S_IMODE(os.fstat(opened.fileno()).st_mode) & 0o077:
                raise NoSecret(f"Other users of this machine can read {file.name} in the home folder. {remedy}")
            return opened.read()
    except FileNotFoundError:
        return None


def kept(file: Path, make: Callable[[], bytes], remedy: str = ANEW) -> bytes:
    """The secret in *file*, which *make* makes if there is none. Raises NoSecret."""
    found = secret_in(file, remedy)
    if found is not None:
        return found
    fresh = file.with_name(f"{file.name}.{uuid4().hex}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(make())
        # Of two processes that make it at once, one is first. Nobody ever reads half a secret.
        with suppress(FileExistsError):
            os.link(fresh, file)
        fresh.unlink()
    except OSError as error:
        raise NoSecret(f"{file.name} cannot be written in the home folder: {error.strerror}.") from error
    return secret_in(file, remedy) or b""
