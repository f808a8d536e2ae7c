"""``fundtrail projections pause`` and ``start``: one read model stays where it is, and goes on."""

from typing import Annotated

import typer

from infra.cli.asking import a_name, actor_named, our_database
from infra.cli.run.projections import Named, model_named
from infra.cli.terminal import UNUSABLE, fail, out
from infra.feeding import pausing

By = Annotated[str, typer.Option("--as", callback=actor_named, metavar="NAME", help="Who does this.")]


def pause(
    name: Named,
    by: By,
    because: Annotated[str, typer.Option(metavar="REASON", help="Why. It is kept and shown.")],
) -> None:
    """Pause one read model where it is. The others go on. It stays paused through restarts and rebuilds."""
    model, reason = model_named(name), a_name("--because", because)
    position = pausing.pause(our_database(), model, by, reason)
    if position is None:
        fail(f"{name} is paused already. `fundtrail projections status` shows by whom and why.", UNUSABLE)
    out.print(f"{name} is paused at position {position}. What is recorded later is not shown in it.", soft_wrap=True)


def start(name: Named, by: By) -> None:
    """Let a paused read model go on from where it is. No event is skipped."""
    position = pausing.start(our_database(), model_named(name), by)
    if position is None:
        fail(f"{name} is not paused. `fundtrail projections retry` lets one that has stopped try again.", UNUSABLE)
    out.print(f"{name} goes on after position {position}.")
