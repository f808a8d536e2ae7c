"""The sealer in a process of its own, which begins and ends with the service that serves."""

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

logger = logging.getLogger("fundtrail.sealer")

COMMAND = (sys.executable, "-m", "infra.cli", "seal", "--until-input-ends")
# After a sealer has ended by itself, another begins this many seconds later.
AGAIN_SECONDS = 5.0
STOP_SECONDS = 10.0


@contextmanager
def sealed_beside() -> Iterator[None]:
    """Meanwhile a sealer runs in a process of its own. It also ends when this process is killed.

    The process that serves therefore never has the private key.
    """
    stopping = threading.Event()
    running: list[subprocess.Popen[bytes]] = []

    def keep_running() -> None:
        while not stopping.is_set():
            # It has the settings of this process, and its standard input ends with this process.
            sealer = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)  # noqa: S603
            running[:] = [sealer]
            code = sealer.wait()
            if not stopping.is_set():
                logger.warning("the sealer has ended with %s and begins again", code)
                stopping.wait(AGAIN_SECONDS)

    thread = threading.Thread(target=keep_running, name="sealer", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        for sealer in running:
            if sealer.stdin is not None:
                sealer.stdin.close()
            try:
                sealer.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                sealer.kill()
        thread.join(STOP_SECONDS)
