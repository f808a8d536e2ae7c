"""The ways in which a request is not admitted, each with the status and the code of its answer."""

from typing import ClassVar

from api.contract import errors


class NotAdmitted(Exception):
    """The request is not admitted. The message says why, for people."""

    status: ClassVar[int]
    code: ClassVar[str]


class Unauthenticated(NotAdmitted):
    """There is no token or session, or it is not valid."""

    status, code = 401, errors.UNAUTHENTICATED


class NoPerson(NotAdmitted):
    """The account is genuine, and belongs to nobody who is known here."""

    status, code = 403, errors.NO_PERSON


class IssuerUnavailable(NotAdmitted):
    """The issuer does not answer, and without its keys nobody new can be admitted."""

    status, code = 503, errors.ISSUER_UNAVAILABLE


class Contradictory(NotAdmitted):
    """The request names its caller in a way that is not allowed here."""

    status, code = 400, errors.BAD_USER_INPUT
