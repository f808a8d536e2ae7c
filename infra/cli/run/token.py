"""``fundtrail token``: a token of our own issuer, for a client on this machine."""

from typing import Annotated

import typer

from infra.cli.asking import ask
from infra.cli.record.people import acting
from infra.cli.terminal import UNUSABLE, fail, write
from infra.identity.own_issuer import HOURS, MOST_HOURS, OwnIssuer
from infra.settings import settings


def token(
    person: Annotated[str, typer.Argument(help="The id or code of the person.")],
    hours: Annotated[int, typer.Option(min=1, max=MOST_HOURS, help="How long the token is valid, in hours.")] = HOURS,
) -> None:
    """Print a token with which a client acts for PERSON, where Fundtrail is its own issuer."""
    wanted = settings()
    if wanted.identity.issuer is not None:
        fail(
            f"Tokens come from {wanted.identity.issuer}. Fundtrail signs tokens only where no issuer is set.", UNUSABLE
        )
    write(OwnIssuer(wanted.home).token(ask(lambda connection: acting(connection, person)).id, hours))
