"""A witness over HTTP: the one request of c2sp.org/tlog-witness that a witness must answer."""

from collections.abc import Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.seals.notes import Signer, Verifier
from infra.seals.witness import Answer, SmallWitness

# No checkpoint with its proof is nearly as long, in bytes.
LONGEST = 65_536


def witness_app(folder: Path, signer: Signer, keys: Sequence[Verifier]) -> Starlette:
    """The application of a witness that signs with *signer* for the logs of *keys*."""
    small = SmallWitness(folder, signer, keys)

    async def add_checkpoint(request: Request) -> Response:
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > LONGEST:
                return Response("The request is too long.\n", 413, media_type="text/plain")
        try:
            text = body.decode()
        except UnicodeDecodeError:
            answer = Answer(400, "The request is not text in UTF-8.\n")
        else:
            answer = await run_in_threadpool(small.add_checkpoint, text)
        return Response(answer.text, answer.status, media_type=answer.media)

    return Starlette(routes=[Route("/add-checkpoint", add_checkpoint, methods=["POST"])])
