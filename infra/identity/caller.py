"""The caller: who a request comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# The key in the scope of a request under which its Admission is.
ADMITTED = "fundtrail.admitted"
# The actor of the owner of this machine, who needs no token on loopback.
LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Account:
    """An account at an issuer. A person may have several; a program that signs in by itself has one too."""

    issuer: str
    subject: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a request comes from.

    *account* is None for the owner of this machine, and so is *person*. *actor* is kept with what the caller records:
    the id of the person. *groups* are those of the issuer's claims; a session has none, because they are read once, at
    sign-in. *expires* is the second since 1970 at which the token or session ends. *bound* is what the tokens of forms
    are made from: no two tokens or sessions have the same.
    """

    account: Account | None
    person: str | None
    actor: str
    groups: tuple[str, ...] = ()
    expires: float | None = None
    bound: str = field(default="", repr=False)


OWNER = Caller(None, None, LOCAL)


@dataclass(slots=True)
class Admission:
    """Who a request or a connection comes from. *caller* is None until a WebSocket has brought its token."""

    caller: Caller | None


def caller_in(scope: Mapping[str, Any]) -> Caller:
    """Who the request of *scope* comes from. A WebSocket that has not brought its token may do nothing yet."""
    admission: Admission = scope[ADMITTED]
    return admission.caller or OWNER
