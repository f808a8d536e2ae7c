"""Exceptions that survive the way from one process to another."""

from typing import Any


class Portable(Exception):
    """An exception whose constructor takes other arguments than its text.

    Python would pass the text to the constructor when the exception arrives in another process, and fail.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        return _arrived, (type(self), self.args, self.__getstate__())


def _arrived(kind: type[Exception], arguments: tuple[object, ...], state: Any) -> Exception:
    """The exception of *kind* with *arguments* and *state*, made without its constructor."""
    error = kind.__new__(kind, *arguments)
    for attributes in state if isinstance(state, tuple) else (state,):
        for name, value in (attributes or {}).items():
            setattr(error, name, value)
    return error
