"""Decide a batch while the batch before it is appended. Deciding and appending take about the same time.

Such a decision depends on events that are not in the log yet. It names their versions as versions that it has seen, so
the log refuses it if those events are not recorded.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

from domain.history import Answer, Decision, StaleHistory, references
from domain.values.fact import Fact
from domain.values.refusal import Refused
from infra.log.postgres_log import PostgresLog


class PendingLog:
    """The log as it will be when the batch that is being appended is recorded."""

    def __init__(self, log: PostgresLog) -> None:
        self._log = log
        self._threads = ThreadPoolExecutor(1, "append")
        self._append: Future[Sequence[Answer]] | None = None
        self._written: dict[str, list[Fact]] = {}
        self._seen: dict[str, int] = {}
        self._names: dict[tuple[str, str], str] = {}

    def __enter__(self) -> "PendingLog":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Wait for the last append: a batch is recorded whole or not at all.
        self._threads.shutdown()

    def append(self, decisions: Sequence[Decision]) -> None:
        """Start to append *decisions*. The append before must have ended: call ``appended`` first."""
        if not decisions:
            return
        self._seen = decisions[-1].seen
        for decision in decisions:
            for stream, event in decision.written:
                self._written.setdefault(stream, []).append(event)
                for kind, text, subject in references(stream, event):
                    self._names[kind, text] = subject
        self._append = self._threads.submit(self._log.append, decisions)

    def appended(self) -> bool:
        """Wait for the append to end. False if nothing of it was recorded, because it was stale or refused."""
        append, self._append = self._append, None
        self._written, self._names = {}, {}
        try:
            if append is not None:
                append.result()
        except (StaleHistory, Refused):
            return False
        return True

    def history(self, stream: str, after: int = 0) -> Sequence[Fact]:
        """The events of *stream* after version *after*."""
        return self.histories([stream])[stream][after:]

    def histories(self, streams: Sequence[str]) -> dict[str, list[Fact]]:
        """The events of each of *streams*: those that the batch has seen, then its own."""
        found = self._log.histories(streams)
        for stream in streams:
            if stream in self._written:
                # The log may hold the events of the batch already, or events of another writer. In the second case the
                # log will refuse the batch.
                found[stream] = found[stream][: self._seen[stream]] + self._written[stream]
        return found

    def find_all(self, kind: str, texts: Sequence[str]) -> dict[str, str]:
        """The ids of the things of *kind* with these codes or references (*texts*), where they exist."""
        named = {text: self._names[kind, text] for text in texts if (kind, text) in self._names}
        return self._log.find_all(kind, texts) | named
