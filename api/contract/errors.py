"""Errors as clients see them: a sentence for people, and in ``extensions.code`` a word that programs can rely on."""

import logging
from typing import Any, TypeVar
from uuid import uuid4

import psycopg
from graphql import GraphQLError, GraphQLSyntaxError
from psycopg_pool import PoolTimeout
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from api.contract.invalid_values import plain_message
from domain.values.portable import Portable
from projections.shortage import shortage_of

T = TypeVar("T")
logger = logging.getLogger("fundtrail.api")

BAD_USER_INPUT = "BAD_USER_INPUT"
BAD_CURSOR = "BAD_CURSOR"
EPOCH_ENDED = "EPOCH_ENDED"
NOT_YET_VISIBLE = "NOT_YET_VISIBLE"
RECORDED_NOT_YET_VISIBLE = "RECORDED_NOT_YET_VISIBLE"
UNAVAILABLE = "UNAVAILABLE"
LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
RATE_LIMITED = "RATE_LIMITED"
UNAUTHENTICATED = "UNAUTHENTICATED"
FORBIDDEN = "FORBIDDEN"
NO_PERSON = "NO_PERSON"
ISSUER_UNAVAILABLE = "ISSUER_UNAVAILABLE"
TIMED_OUT = "TIMED_OUT"
READ_ONLY = "READ_ONLY"
INTERNAL = "INTERNAL"
PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"

AWAY = "The database does not respond. Try again in a moment."
ONLY_READS = (
    "This server only reads, so it recorded nothing. Commands are recorded by a server that was not started with"
    " --read-only."
)
STOPPED = "The database query took too long and was stopped. Ask for less at a time."


class Problem(Portable, GraphQLError):
    """An error that the client can correct, or wait for. *facts* are added to ``extensions``, next to the code."""

    def __init__(self, message: str, code: str = BAD_USER_INPUT, **facts: Any) -> None:
        super().__init__(message, extensions={"code": code, **facts})


class OnlyReads(Problem):
    """A command was given to a server that only reads."""

    def __init__(self) -> None:
        super().__init__(ONLY_READS, READ_ONLY)


def visible(found: T | None, what: str) -> T:
    """*found*, unless it is None. Raises Problem NOT_YET_VISIBLE while the read model that holds it is behind."""
    if found is None:
        raise Problem(f"The {what} is not visible yet. Ask again in a moment.", NOT_YET_VISIBLE)
    return found


class ClientError(Portable, GraphQLError):
    """An error that shows clients only what ``for_clients`` returns, wherever it is formatted."""

    def __init__(self, error: GraphQLError) -> None:
        self._formatted = for_clients(error)
        # An error with a path arose in execution, so the path is kept.
        super().__init__(self._formatted["message"], path=error.path, extensions=self._formatted["extensions"])

    @property
    def formatted(self) -> Any:
        """The error in the form of the GraphQL specification."""
        return self._formatted


def for_clients(error: GraphQLError) -> dict[str, Any]:
    """*error* in the form of the GraphQL specification, with a code, and without internal details."""
    cause = error.original_error
    if cause is not None and not isinstance(cause, GraphQLError):
        if isinstance(cause, CannotGetOperationTypeError | InvalidOperationTypeError):
            return _without_text(error, sentence(error.message), code=BAD_USER_INPUT)
        if _was_stopped(cause):
            return _without_text(error, STOPPED, code=TIMED_OUT)
        return _unavailable(error, cause) if is_away(cause) else _internal(error, cause)
    formatted: dict[str, Any] = dict(error.formatted)
    extensions = dict(formatted.get("extensions") or {})
    extensions.setdefault("code", _code(error))
    return formatted | {"message": plain_message(error.message), "extensions": extensions}


def sentence(text: str) -> str:
    """A message of a library with a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _code(error: GraphQLError) -> str:
    if isinstance(error, GraphQLSyntaxError):
        return PARSE_FAILED
    # An error without a path is one of the document or its variables: nothing had run.
    return VALIDATION_FAILED if error.path is None else BAD_USER_INPUT


def _was_stopped(cause: BaseException | None) -> bool:
    """Whether *cause*, or an exception behind it, is that a statement ran out of time."""
    while cause is not None:
        if isinstance(cause, psycopg.errors.QueryCanceled):
            return True
        cause = cause.__cause__
    return False


def is_away(cause: BaseException | None) -> bool:
    """Whether *cause*, or an exception behind it, is that the database does not respond."""
    while cause is not None:
        # A server that has just been promoted may still refuse a command, or an old one is now a standby.
        if isinstance(cause, psycopg.OperationalError | PoolTimeout | psycopg.errors.ReadOnlySqlTransaction):
            return True
        cause = cause.__cause__
    return False


def _unavailable(error: GraphQLError, cause: Exception) -> dict[str, Any]:
    logger.error("the database does not respond", exc_info=cause)
    return _without_text(error, shortage_of(cause) or AWAY, code=UNAVAILABLE)


def _internal(error: GraphQLError, cause: Exception) -> dict[str, Any]:
    number = uuid4().hex[:12]
    logger.error("internal error %s", number, exc_info=cause)
    message = f"An internal error occurred. Its number is {number}."
    return _without_text(error, message, code=INTERNAL, number=number)


def _without_text(error: GraphQLError, message: str, **extensions: str) -> dict[str, Any]:
    """*error* with another *message*, and with its path and locations."""
    formatted = error.formatted
    place: dict[str, Any] = {key: part for key, part in formatted.items() if key in ("path", "locations")}
    return {"message": message, "extensions": extensions, **place}
