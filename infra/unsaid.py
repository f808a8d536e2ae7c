"""What no line of the log may contain: secrets of the settings, and what clients have sent.

An error may quote a value, above all one of the database: it shows the row that it refuses. So the message of an error
is written without the values of its request, and of an error of the database only what PostgreSQL itself says.
"""

import json
import re
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

# The request that is being answered, as its ASGI scope, and what was sent in it: its operation or its form.
asked: ContextVar[Mapping[str, Any] | None] = ContextVar("asked", default=None)
sent: ContextVar[Any] = ContextVar("sent", default=None)

HIDDEN = "[...]"
# A shorter value is a word of every message, and no secret.
SHORTEST = 4
# A request has at most this many values that are looked for in a message; long ones are looked for piece by piece.
MOST = 5000
PIECE = 2000
# How much of a message is written, and how much of it is searched, so that no piece is cut in two where it ends.
LONGEST = 4000
SEARCHED = LONGEST + PIECE
_LITERAL = re.compile(r'"((?:[^"\\]|\\.)+)"')
_QUOTED = re.compile(r'"[^"]*"')
# Settings that hold a secret, and where in a connection string the password is.
_SECRET = re.compile(r"DATABASE_URL|FUNDTRAIL_\w+_URL|\w*(PASSWORD|SECRET|TOKEN|_KEY)")
_PASSWORD = re.compile(r"://[^:@/\s]*:([^@/\s]+)@|\bpassword\s*=\s*'?([^'\s&]+)")


def secrets_in(environ: Mapping[str, str]) -> set[str]:
    """The secrets among the settings: connection strings, their passwords, and what a name calls a secret."""
    found: set[str] = set()
    for name, value in environ.items():
        if value and _SECRET.fullmatch(name):
            passwords = {each for pair in _PASSWORD.findall(value) for each in pair if each}
            found |= {value, *passwords, *map(unquote_plus, passwords)}
    return found


def without(text: str, secrets: Iterable[str]) -> str:
    """The start of *text*, without *secrets* and without the values of the request that is being answered."""
    text = text[:SEARCHED]
    for value in sorted({*secrets, *_values()}, key=len, reverse=True):
        if len(value) >= SHORTEST:
            # Filled up, so that the end of what is searched does not move into what is written.
            text = text.replace(value, HIDDEN.ljust(len(value), "\0"))
    return text[:LONGEST].replace("\0", "")


def message_of(error: BaseException) -> str:
    """What *error* says, without what the database or graphql-core quote of rows and documents."""
    # A process that has not imported these libraries has no errors of theirs.
    psycopg, graphql = sys.modules.get("psycopg"), sys.modules.get("graphql")
    if psycopg is not None and isinstance(error, psycopg.Error) and error.diag.message_primary is not None:
        return f"{_QUOTED.sub(HIDDEN, error.diag.message_primary)} (SQLSTATE {error.sqlstate})"
    if graphql is not None and isinstance(error, graphql.GraphQLError):
        return str(error.message)
    return str(error)


def trace_of(error: BaseException, secrets: Iterable[str]) -> str:
    """Where *error* and the errors behind it arose, with their messages, the first cause first."""
    parts = []
    for each in _chain(error):
        message = without(message_of(each), secrets)
        frames = "".join(traceback.format_tb(each.__traceback__))
        parts.append(f"Traceback (most recent call last):\n{frames}{type(each).__name__}: {message}\n")
    return "\n".join(parts)


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return chain[::-1]


def _values() -> set[str]:
    """What the client sent in this request, as far as it may be quoted somewhere."""
    found: set[str] = set()
    for value in (*_of_scope(asked.get() or {}), *_of(sent.get())):
        if len(found) >= MOST:
            break
        found |= {value.strip(), *(value[start : start + PIECE] for start in range(0, len(value), PIECE))}
    return found


def _of_scope(scope: Mapping[str, Any]) -> Iterator[str]:
    for name, value in scope.get("headers", ()):
        if name in (b"authorization", b"cookie"):
            text = value.decode("latin-1")
            yield text
            yield from re.split(r"[\s;=]+", text)
    query = scope.get("query_string", b"").decode("latin-1")
    if query:
        yield query
        yield from re.split("[&=]", query)
        yield unquote_plus(query)
        for _, value in parse_qsl(query):
            yield value
            yield from _LITERAL.findall(value)


def _of(value: Any) -> Iterator[str]:
    """The texts in what was sent; of a document its string literals."""
    if isinstance(value, str):
        yield value
        # An error may quote a value as Python or JSON writes it.
        yield repr(value)[1:-1]
        yield json.dumps(value)[1:-1]
        yield json.dumps(value, ensure_ascii=False)[1:-1]
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _LITERAL.findall(each) if name == "query" and isinstance(each, str) else _of(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _of(each)
