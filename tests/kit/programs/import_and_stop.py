"""A process that dies in the middle of an import."""

import os
import signal
from typing import Any

from infra.database.postgres import Database
from infra.imports.cbp import facts as cbp
from infra.log.postgres_log import PostgresLog
from infra.log.recorder import LogRecorder


def import_and_stop(database: Database, at: int, when: str) -> None:
    """Import the Capacity Building Programme into *database*; die *when* (``before`` or ``after``) append *at*."""
    append, calls = LogRecorder.commit, 0

    def stopping(self: LogRecorder, *args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == at and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = append(self, *args, **kwargs)
        if calls == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    LogRecorder.commit = stopping  # type: ignore[method-assign]
    with PostgresLog(database) as log:
        cbp.full_report(cbp.import_cbp(log, correlation_id="killed"))
