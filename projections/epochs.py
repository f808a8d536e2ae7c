"""The epochs of the log: histories of it that a restore or a failover ends (see docs/seals.md)."""

from collections.abc import Sequence
from typing import LiteralString

# The epochs of a database: each with the last position that it continues, the present one last.
EPOCHS: LiteralString = "SELECT epoch, position_before FROM log.epochs()"


class EpochEnded(Exception):
    """A position is one of an epoch that has ended, and the present epoch did not take it over."""


class Epochs:
    """The epochs of the log: *present* is the one that the database is in. Until it is known, it is the first one."""

    def __init__(self) -> None:
        self.present = 1
        # The last position of each later epoch that it shares with those before it.
        self._shared: dict[int, int] = {}

    def begin(self, epochs: Sequence[tuple[int, int]]) -> None:
        """Learn the *epochs*: each with the last position that it continues, the present one last."""
        if epochs:
            self._shared = dict(epochs)
            self.present = epochs[-1][0]

    def refuse_ended(self, epoch: int, position: int) -> None:
        """Refuse a *position* of an *epoch* that the present one did not take over. Raises EpochEnded."""
        shared = min((last for later, last in self._shared.items() if later > epoch), default=position)
        if epoch > self.present or position > shared:
            raise EpochEnded(
                f"The log is in epoch {self.present}, and position {position:,} is one of epoch {epoch}. The database"
                " was restored or replaced since, so this may be another event now. Begin again without it."
            )


# One process serves one database.
epochs = Epochs()
