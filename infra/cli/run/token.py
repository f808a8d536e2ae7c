"""``fundtrail token``: a token of our own issuer, for a client on this machine."""

import asyncio
from typing import Annotated

import typer

from infra.cli.terminal import NOT_FOUND, UNUSABLE, fail, write
from infra.identity.own_issuer import HOURS, MOST_HOURS, OwnIssuer
from infra.identity.people import people_of
from infra.settings import settings


def token(
    person: Annotated[str, typer.Argument(help="The id of the person.")],
    hours: Annotated[int, typer.Option(min=1, max=MOST_HOURS, help="How long the token is valid, in hours.")] = HOURS,
) -> None:
    """Print a token with which a client acts for PERSON, where Fundtrail is its own issuer."""
    wanted = settings()
    if wanted.identity.issuer is not None:
        fail(
            f"Tokens come from {wanted.identity.issuer}. Fundtrail signs tokens only where no issuer is set.", UNUSABLE
        )
    if asyncio.run(people_of(wanted.home).named(person)) is None:
        fail(f'There is no person "{person}".', NOT_FOUND)
    write(OwnIssuer(wanted.home).token(person, hours))
