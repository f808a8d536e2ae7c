"""One batch ahead: the next is decided while the one before is appended, which takes the database as long as us.

What is decided so rests on events that are not in the log yet. It names their versions as those that it has seen, so
the log itself refuses it when they do not come to be there.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

from domain.history import Answer, Decision, StaleHistory, references
from domain.values.fact import Fact
from domain.values.refusal import Refused
from infra.log.postgres_log import PostgresLog


class PendingLog:
    """The log as it is once the batch is in it that is being appended."""

    def __init__(self, log: PostgresLog) -> None:
        self._log = log
        self._threads = ThreadPoolExecutor(1, "append")
        self._going: Future[Sequence[Answer]] | None = None
        self._written: dict[str, list[Fact]] = {}
        self._seen: dict[str, int] = {}
        self._names: dict[tuple[str, str], str] = {}

    def __enter__(self) -> "PendingLog":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A batch that has been begun is recorded whole, or not at all.
        self._threads.shutdown()

    def append(self, decisions: Sequence[Decision]) -> None:
        """Begin to append *decisions*; what was begun before must have ended."""
        if not decisions:
            return
        self._seen = decisions[-1].seen
        for decision in decisions:
            for stream, event in decision.written:
                self._written.setdefault(stream, []).append(event)
                for kind, text, subject in references(stream, event):
                    self._names[kind, text] = subject
        self._going = self._threads.submit(self._log.append, decisions)

    def appended(self) -> bool:
        """Wait until what was begun has ended. False where none of it is recorded: it was stale, or refused."""
        going, self._going = self._going, None
        self._written, self._names = {}, {}
        try:
            if going is not None:
                going.result()
        except (StaleHistory, Refused):
            return False
        return True

    def history(self, stream: str, after: int = 0) -> Sequence[Fact]:
        """The events of *stream* after version *after*."""
        return self.histories([stream])[stream][after:]

    def histories(self, streams: Sequence[str]) -> dict[str, list[Fact]]:
        """The events of each of *streams*: those that the batch rests on, and then its own."""
        found = self._log.histories(streams)
        for stream in streams:
            if stream in self._written:
                # By now the log may hold them already, or what others wrote instead: then it will refuse.
                found[stream] = found[stream][: self._seen[stream]] + self._written[stream]
        return found

    def find_all(self, kind: str, texts: Sequence[str]) -> dict[str, str]:
        """The ids of the things of *kind* that go by *texts*, as far as there are any."""
        named = {text: self._names[kind, text] for text in texts if (kind, text) in self._names}
        return self._log.find_all(kind, texts) | named
