"""Comparing the log with its checkpoints: whether any sealed event was changed, and the first one that was."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

import psycopg

from infra.seals.checkpoints import checkpoints, epochs
from infra.seals.entries import SELECT, StoredEvent, leaf_of
from infra.seals.folder import Folder
from infra.seals.leaves import Leaves, published_leaves, stored_whole
from infra.seals.notes import BadNote, Checkpoint, Verifier, checkpoint_of

PAGE = 5000
# How far a sealed event is looked for among the next ones, to say that others were put in front of it.
WINDOW = 1000


class Difference(NamedTuple):
    """A difference between the log and its seals. *position* is that of the first event concerned, 0 where none is."""

    position: int
    sentence: str


class Head(NamedTuple):
    """A signed checkpoint from outside the database, and *where* it was found."""

    where: str
    checkpoint: Checkpoint


@dataclass
class Comparison:
    """What was compared: the *events* of the log, how many of them are *sealed*, and the *heads* from outside."""

    events: int = 0
    sealed: int = 0
    heads: int = 0
    differences: list[Difference] = field(default_factory=list)

    def differs(self, sentence: str, position: int = 0) -> None:
        """Note a difference."""
        self.differences.append(Difference(position, sentence))


def compare(
    connection: psycopg.Connection[Any], folder: Folder, keys: Sequence[Verifier], notes: Iterable[tuple[str, str]] = ()
) -> Comparison:
    """Compare the log with the checkpoints in *folder*, and with further *notes* (where each is from, and its text).

    A checkpoint counts if one of *keys* signed it. The database is read as it is at one moment.
    """
    found = Comparison()
    heads = _heads(found, folder, keys, notes)
    leaves = {epoch: known for epoch in heads if (known := _leaves(found, folder, epoch, heads[epoch])) is not None}
    for epoch, known in leaves.items():
        _refuse_forks(found, epoch, heads[epoch], known)
    for earlier, later in zip(sorted(leaves), sorted(leaves)[1:], strict=False):
        _refuse_lost(found, earlier, later, leaves)
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        _compare_own(connection, found, keys, heads, leaves)
        newest = max(heads, default=0)
        if newest in leaves:
            _compare_events(connection, found, leaves[newest])
        else:
            row = connection.execute("SELECT count(*) FROM log.events").fetchone()
            found.events = row[0] if row else 0
    if not heads:
        found.differs("There is no checkpoint outside the database. Nothing shows that the log was not changed.")
    return found


# --- Checkpoints from outside -----------------------------------------------------------------------------------------


def _heads(
    found: Comparison, folder: Folder, keys: Sequence[Verifier], notes: Iterable[tuple[str, str]]
) -> dict[int, list[Head]]:
    """The checkpoints by epoch, each list with the largest one last."""
    heads: dict[int, list[Head]] = {}
    for where, note in (*_published(folder), *notes):
        try:
            checkpoint = checkpoint_of(note, keys)
        except BadNote as error:
            found.differs(f"The checkpoint {where} cannot be believed: {error}")
            continue
        found.heads += 1
        heads.setdefault(checkpoint.epoch, []).append(Head(where, checkpoint))
    return {epoch: sorted(of, key=lambda head: head.checkpoint.size) for epoch, of in sorted(heads.items())}


def _published(folder: Folder) -> Iterator[tuple[str, str]]:
    for epoch in folder.epochs():
        for name, note in folder.notes(epoch):
            yield f"{epoch}/checkpoints/{name}", note
        newest = folder.note(epoch)
        if newest is not None:
            yield f"{epoch}/checkpoint", newest


def _leaves(found: Comparison, folder: Folder, epoch: int, heads: Sequence[Head]) -> Leaves | None:
    """The leaves under the largest checkpoint of *epoch* whose tiles are in *folder*; None if no tiles are right."""
    for head in reversed(heads):
        try:
            leaves = published_leaves(folder, epoch, head.checkpoint.size)
        except BadNote as error:
            problem = str(error)
        else:
            if leaves.tree(head.checkpoint.size).root() == head.checkpoint.root:
                return leaves
            problem = f"The tiles in the folder are not those of the checkpoint {head.where}."
        found.differs(problem)
    return None


def _refuse_forks(found: Comparison, epoch: int, heads: Sequence[Head], leaves: Leaves) -> None:
    for head in heads:
        size = head.checkpoint.size
        if size > len(leaves):
            found.differs(
                f"The checkpoint {head.where} has {size:,} events, and the tiles of epoch {epoch} only {len(leaves):,}."
            )
        elif leaves.tree(size).root() != head.checkpoint.root:
            found.differs(
                f"The checkpoint {head.where} of {size:,} events is one of another log than the tiles of epoch {epoch}:"
                " two logs were signed under one name."
            )


def _refuse_lost(found: Comparison, earlier: int, later: int, leaves: dict[int, Leaves]) -> None:
    same = leaves[earlier].same_as(leaves[later])
    lost = len(leaves[earlier]) - same
    if lost:
        found.differs(
            f"Epoch {later} of the log parts from epoch {earlier} after {same:,} events: {lost:,} events that were"
            f" sealed in epoch {earlier} are not in it."
        )


# --- The database -----------------------------------------------------------------------------------------------------


def _compare_own(
    connection: psycopg.Connection[Any],
    found: Comparison,
    keys: Sequence[Verifier],
    heads: dict[int, list[Head]],
    leaves: dict[int, Leaves],
) -> None:
    """Compare the checkpoints and the tree that the database keeps itself with those from outside."""
    known = epochs(connection)
    if known and heads and known[-1].epoch < max(heads):
        found.differs(
            f"The database knows {known[-1].epoch} epochs of the log, and outside there are checkpoints of epoch"
            f" {max(heads)}. It is an older copy, or was changed."
        )
    own = checkpoints(connection)
    for sealed in own:
        name = f"of {sealed.size:,} events in epoch {sealed.epoch} in the database"
        try:
            checkpoint = checkpoint_of(sealed.note, keys)
        except BadNote as error:
            found.differs(f"The checkpoint {name} cannot be believed: {error}")
            continue
        of = leaves.get(sealed.epoch)
        if of is not None and sealed.size <= len(of) and of.tree(sealed.size).root() != checkpoint.root:
            found.differs(f"The checkpoint {name} is one of another log than the tiles outside.")
    if not own:
        return
    last = own[-1]
    if not stored_whole(connection, last.size, last.root):
        found.differs(f"The tree in the database is not that of its newest checkpoint of {last.size:,} events.")
    largest = heads[last.epoch][-1] if last.epoch in heads else None
    if largest is not None and largest.checkpoint.size > last.size:
        found.differs(
            f"The newest checkpoint in the database has {last.size:,} events, and {largest.where} has"
            f" {largest.checkpoint.size:,}. The database is an older copy, or was changed."
        )


# --- The events -------------------------------------------------------------------------------------------------------


class _Hashed(NamedTuple):
    position: int
    leaf: bytes


def _compare_events(connection: psycopg.Connection[Any], found: Comparison, leaves: Leaves) -> None:
    found.sealed = len(leaves)
    stream = _hashed(connection)
    before = 0
    for index, event in enumerate(stream):
        found.events += 1
        if index < len(leaves) and event.leaf != leaves[index]:
            following = list(islice(stream, WINDOW))
            position, sentence = _first_difference(leaves, index, before, [event, *following])
            found.differs(sentence, position)
            found.events += len(following) + sum(1 for _ in stream)
            return
        before = event.position
    if found.events < len(leaves):
        missing = len(leaves) - found.events
        found.differs(
            f"The log ends at position {before:,}. {missing:,} sealed events that followed it are missing.", before
        )


def _hashed(connection: psycopg.Connection[Any]) -> Iterator[_Hashed]:
    with connection.cursor(name="sealed_events", binary=True) as cursor:
        cursor.itersize = PAGE
        cursor.execute(f"{SELECT} ORDER BY notification_id")
        for row in cursor:
            yield _Hashed(row[0], leaf_of(StoredEvent._make(row)))


def _first_difference(leaves: Leaves, index: int, before: int, events: Sequence[_Hashed]) -> Difference:
    """What differs at leaf *index*, where *events* begin. *before* is the position of the last event that is right."""
    here = events[0].position
    ahead = [leaves[nth] for nth in range(index, min(index + WINDOW, len(leaves)))]
    now = [event.leaf for event in events]
    if len(now) > 1 and len(ahead) > 1 and now[0] == ahead[1] and now[1] == ahead[0]:
        return Difference(here, f"The events at positions {here:,} and {events[1].position:,} have changed places.")
    if now[0] in ahead:
        missing = ahead.index(now[0])
        what = "1 sealed event is" if missing == 1 else f"{missing:,} sealed events are"
        return Difference(here, f"{what} missing between positions {before:,} and {here:,}.")
    if ahead[0] in now:
        added = now.index(ahead[0])
        what = "An event was" if added == 1 else f"{added:,} events were"
        return Difference(here, f"{what} put into the log at position {here:,}, after it was sealed.")
    return Difference(here, f"The event at position {here:,} is not the one that was sealed.")
