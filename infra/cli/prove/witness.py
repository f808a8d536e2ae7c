"""``fundtrail witness``: watch the log of another organisation, and sign what continues its last checkpoint."""

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.stopping import STOPPING, ending
from infra.cli.terminal import UNUSABLE, fail, out
from infra.identity.kept import kept
from infra.seals.notes import COSIGNATURE, BadNote, new_signer, signer_of, verifier_of


@ending(*STOPPING, code=0)
def witness(
    keys: Annotated[list[str], typer.Argument(help="The public keys of the logs (`fundtrail seal key`).")],
    name: Annotated[str, typer.Option(help="The name of this witness, such as auditor.example.org/witness.")],
    folder: Annotated[Path, typer.Option(help="Where it keeps its key and what it signed last.")] = Path("witness"),
    host: Annotated[str, typer.Option(help="The address that it listens on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port.")] = 8100,
) -> None:
    """Sign the checkpoints of the logs of KEYS until stopped, each only if it continues the one before."""
    import uvicorn  # noqa: PLC0415 - the other commands need no server

    from infra.web.witnessing import witness_app  # noqa: PLC0415

    try:
        known = [verifier_of(key) for key in keys]
        signer = signer_of(kept(folder / "witness.key", lambda: _made(name), REMEDY).decode())
    except BadNote as error:
        fail(str(error), UNUSABLE)
    out.print("Give the line below to those who seal these logs (FUNDTRAIL_WITNESSES). Stop with Ctrl+C.")
    out.print(f"{signer.verifier.text} http://{host}:{port}", soft_wrap=True)
    uvicorn.run(witness_app(folder, signer, known), host=host, port=port, log_level="warning")


REMEDY = "Whoever read it can sign in the name of this witness. Make a new key, and hand out the new line."


def _made(name: str) -> bytes:
    return new_signer(name, COSIGNATURE).secret.encode()
