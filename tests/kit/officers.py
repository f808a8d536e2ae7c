"""Who gives which command in the tests: duties that are separated are taken by different officers."""

from domain.history import Command

# Nobody may take two of these in one matter (domain.across.duties).
OFFICERS = {
    "RequestPayment": "payments officer",
    "ApprovePayment": "budget holder",
    "ReleasePayment": "releaser",
    "PrepareReturn": "accountant of the partnership",
    "CertifyReturn": "section 151 officer",
}


def officer_for(command: Command, otherwise: str) -> str:
    """The actor of *command*: the officer who has its duty, or *otherwise*."""
    return OFFICERS.get(type(command).__name__, otherwise)


def officer_in(document: str) -> str | None:
    """The actor of a GraphQL document with a mutation of a separated duty; None if it has none."""
    return next((officer for name, officer in OFFICERS.items() if f"{name[0].lower()}{name[1:]}(" in document), None)
