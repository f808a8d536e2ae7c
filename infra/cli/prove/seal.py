"""``fundtrail seal``: seal what is recorded, and show the key, the state and the receipts of the seals."""

import sys
import threading
from typing import Annotated

import typer

from domain.values.shown import shown_count
from infra.cli.asking import AsJson, ask, our_database
from infra.cli.stopping import STOPPING, ending, server_kept_running
from infra.cli.terminal import BROKEN, NOT_FOUND, fail, out, print_json, write
from infra.database.postgres import READER
from infra.seals.checkpoints import read_lag
from infra.seals.receipts import receipts
from infra.seals.sealer import Sealer
from infra.settings import settings


@ending(*STOPPING, code=0)
def seal(
    until_input_ends: Annotated[bool, typer.Option(hidden=True, help="Stop when standard input is closed.")] = False,
) -> None:
    """Seal what is recorded until stopped: the work of the sealer service."""
    wanted = settings().seals
    where = our_database()
    ended = threading.Event()
    if until_input_ends:
        threading.Thread(target=_wait_for_end, args=(ended,), daemon=True).start()
    with server_kept_running(), Sealer(where, wanted) as sealer:
        if not until_input_ends:
            out.print(f"Sealing what is recorded, as {wanted.signer().name}. Stop with Ctrl+C.")
        sealer.wait(ended.is_set)


def _wait_for_end(ended: threading.Event) -> None:
    """Set *ended* once the process that began this one is gone, in whatever way."""
    sys.stdin.read()
    ended.set()


def key() -> None:
    """Print the public key, by which anybody can check the checkpoints. Hand it out by a way that is trusted."""
    write(settings().seals.signer().verifier.text)


def status(as_json: AsJson = False) -> None:
    """Print how far sealing is, and the newest checkpoint. Exits with 4 while nothing is sealed."""
    found = ask(read_lag)
    if as_json:
        print_json(found._asdict())
    elif found.state == "never":
        out.print("Nothing has been sealed yet. Run `fundtrail serve` or `fundtrail seal`.")
    else:
        out.print(f"Epoch {found.epoch}: {shown_count(found.size, 'event')} sealed, up to position {found.position:,}.")
        behind = f" The first of them was recorded {found.seconds:.1f} seconds ago." if found.events else ""
        out.print(f"Not sealed yet: {shown_count(found.events, 'event')}.{behind}")
    if found.error:
        fail(f"The sealer has stopped. {found.error}", BROKEN)
    if found.state == "never":
        raise typer.Exit(BROKEN)


def receipt(
    position: Annotated[int, typer.Argument(min=1, help="The position of the event in the log.")],
) -> None:
    """Print the receipt of the event at POSITION: a proof that it is in the log, which anybody can check offline."""
    with our_database().connect(READER) as connection:
        found = receipts(connection, [position])
        if position in found:
            sys.stdout.write(found[position].text)
            return
        known = connection.execute("SELECT FROM log.moments WHERE position = %s", (position,)).fetchone()
    if known is None:
        fail(f"There is no event at position {position:,}.", NOT_FOUND)
    fail(f"The event at position {position:,} is not sealed yet. `fundtrail seal status` shows how far it is.", BROKEN)
