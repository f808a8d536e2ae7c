"""Errors as clients see them: a sentence, and a code in ``extensions.code`` that is stable enough to branch on."""

import logging
from typing import Any
from uuid import uuid4

import psycopg
from graphql import GraphQLError, GraphQLSyntaxError
from psycopg_pool import PoolTimeout
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

logger = logging.getLogger("fundtrail.api")

BAD_USER_INPUT = "BAD_USER_INPUT"
BAD_CURSOR = "BAD_CURSOR"
NOT_YET_VISIBLE = "NOT_YET_VISIBLE"
RECORDED_NOT_YET_VISIBLE = "RECORDED_NOT_YET_VISIBLE"
UNAVAILABLE = "UNAVAILABLE"
LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
TIMED_OUT = "TIMED_OUT"
INTERNAL = "INTERNAL"
PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"

AWAY = "The database does not answer. Try again in a moment."
STOPPED = "The database took too long over it and was stopped. Ask for less at a time."


class Problem(GraphQLError):
    """Something that the client can put right, or wait for. *facts* go beside the code in ``extensions``."""

    def __init__(self, message: str, code: str = BAD_USER_INPUT, **facts: Any) -> None:
        super().__init__(message, extensions={"code": code, **facts})


class Told(GraphQLError):
    """An error of which clients see no more than ``told`` tells, whoever formats it."""

    def __init__(self, error: GraphQLError) -> None:
        self._told = told(error)
        # What has a path had begun.
        super().__init__(self._told["message"], path=error.path, extensions=self._told["extensions"])

    @property
    def formatted(self) -> Any:
        """The error for clients."""
        return self._told


def told(error: GraphQLError) -> dict[str, Any]:
    """*error* in the form of the GraphQL specification, with a code, and without anything internal."""
    cause = error.original_error
    if cause is not None and not isinstance(cause, GraphQLError):
        if isinstance(cause, CannotGetOperationTypeError | InvalidOperationTypeError):
            return _without_text(error, sentence(error.message), code=BAD_USER_INPUT)
        if _was_stopped(cause):
            return _without_text(error, STOPPED, code=TIMED_OUT)
        return _unavailable(error, cause) if _is_away(cause) else _internal(error, cause)
    formatted: dict[str, Any] = dict(error.formatted)
    extensions = dict(formatted.get("extensions") or {})
    extensions.setdefault("code", _code(error))
    return formatted | {"extensions": extensions}


def sentence(text: str) -> str:
    """*text* of the library with a capital and a full stop; the names in it stay as they were given."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _code(error: GraphQLError) -> str:
    if isinstance(error, GraphQLSyntaxError):
        return PARSE_FAILED
    # Without a path nothing had run yet: the document or its variables were wrong.
    return VALIDATION_FAILED if error.path is None else BAD_USER_INPUT


def _was_stopped(cause: BaseException | None) -> bool:
    """Whether *cause*, or what led to it, is that a statement ran out of time."""
    while cause is not None:
        if isinstance(cause, psycopg.errors.QueryCanceled):
            return True
        cause = cause.__cause__
    return False


def _is_away(cause: BaseException | None) -> bool:
    """Whether *cause*, or what led to it, is that the database does not answer."""
    while cause is not None:
        if isinstance(cause, psycopg.OperationalError | PoolTimeout):
            return True
        cause = cause.__cause__
    return False


def _unavailable(error: GraphQLError, cause: Exception) -> dict[str, Any]:
    logger.error("the database does not answer", exc_info=cause)
    return _without_text(error, AWAY, code=UNAVAILABLE)


def _internal(error: GraphQLError, cause: Exception) -> dict[str, Any]:
    number = uuid4().hex[:12]
    logger.error("internal error %s", number, exc_info=cause)
    message = f"Something went wrong on our side. Its number is {number}."
    return _without_text(error, message, code=INTERNAL, number=number)


def _without_text(error: GraphQLError, message: str, **extensions: str) -> dict[str, Any]:
    """*error* as *message*: of its own words nothing, of its place everything."""
    formatted = error.formatted
    place: dict[str, Any] = {key: value for key, value in formatted.items() if key in ("path", "locations")}
    return {"message": message, "extensions": extensions, **place}
