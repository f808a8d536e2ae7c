"""Errors as clients see them: a sentence, and a code in ``extensions.code`` that is stable enough to branch on."""

import logging
from typing import Any
from uuid import uuid4

from graphql import GraphQLError, GraphQLSyntaxError

logger = logging.getLogger("fundtrail.api")

BAD_USER_INPUT = "BAD_USER_INPUT"
BAD_CURSOR = "BAD_CURSOR"
NOT_YET_VISIBLE = "NOT_YET_VISIBLE"
RECORDED_NOT_YET_VISIBLE = "RECORDED_NOT_YET_VISIBLE"
UNAVAILABLE = "UNAVAILABLE"
INTERNAL = "INTERNAL"
PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"


class Problem(GraphQLError):
    """Something that the client can put right, or wait for. *facts* go beside the code in ``extensions``."""

    def __init__(self, message: str, code: str = BAD_USER_INPUT, **facts: Any) -> None:
        super().__init__(message, extensions={"code": code, **facts})


def told(error: GraphQLError) -> dict[str, Any]:
    """*error* in the form of the GraphQL specification, with a code, and without anything internal."""
    cause = error.original_error
    if cause is not None and not isinstance(cause, GraphQLError):
        return _internal(error, cause)
    formatted: dict[str, Any] = dict(error.formatted)
    extensions = dict(formatted.get("extensions") or {})
    extensions.setdefault("code", _code(error))
    return formatted | {"extensions": extensions}


def _code(error: GraphQLError) -> str:
    if isinstance(error, GraphQLSyntaxError):
        return PARSE_FAILED
    # Without a path nothing had run yet: the document or its variables were wrong.
    return VALIDATION_FAILED if error.path is None else BAD_USER_INPUT


def _internal(error: GraphQLError, cause: Exception) -> dict[str, Any]:
    number = uuid4().hex[:12]
    logger.error("internal error %s", number, exc_info=cause)
    told_to_client: dict[str, Any] = {
        "message": f"Something went wrong on our side. Its number is {number}.",
        "extensions": {"code": INTERNAL, "number": number},
    }
    formatted = error.formatted
    for key in ("path", "locations"):
        if key in formatted:
            told_to_client[key] = formatted[key]
    return told_to_client
