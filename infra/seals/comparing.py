"""Comparing the log with its checkpoints: whether any sealed event was changed, and the first one that was."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

import psycopg

from infra.seals.checkpoints import Sealed, checkpoints, epochs
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
class Outside:
    """What is known outside the database: the *heads* and the *leaves* of each epoch, and what does not fit there."""

    keys: Sequence[Verifier] = ()
    heads: dict[int, list[Head]] = field(default_factory=dict)
    leaves: dict[int, Leaves] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)

    def differs(self, sentence: str) -> None:
        """Note a difference that no event is concerned by."""
        self.differences.append(Difference(0, sentence))


@dataclass
class Comparison:
    """What was compared: the *events* of the log, how many of them are *sealed*, and how many checkpoints are outside.

    *is_sealed* says whether there is any checkpoint, outside or in the database.
    """

    events: int = 0
    sealed: int = 0
    heads: int = 0
    is_sealed: bool = False
    differences: list[Difference] = field(default_factory=list)

    def differs(self, sentence: str, position: int = 0) -> None:
        """Note a difference."""
        self.differences.append(Difference(position, sentence))


def outside(folder: Folder, keys: Sequence[Verifier], notes: Iterable[tuple[str, str]] = ()) -> Outside:
    """The checkpoints in *folder*, and further *notes* (where each is from, and its text).

    A checkpoint counts if one of *keys* signed it. Read this before the database, which then has at least as much.
    """
    found = Outside(keys)
    _add_heads(found, folder, notes)
    for epoch, heads in found.heads.items():
        leaves = _leaves(found, folder, epoch, heads)
        if leaves is not None:
            found.leaves[epoch] = leaves
            _refuse_forks(found, epoch, heads, leaves)
    for earlier, later in zip(sorted(found.leaves), sorted(found.leaves)[1:], strict=False):
        _refuse_lost(found, earlier, later)
    return found


def compare(connection: psycopg.Connection[Any], known: Outside, *, is_earlier: bool = False) -> Comparison:
    """Compare the log with what is *known* outside. The transaction of *connection* must see one moment.

    A database that *is_earlier* was restored: it may lack the last events. What it has must be what was sealed.
    """
    found = Comparison(heads=sum(map(len, known.heads.values())))
    own = checkpoints(connection)
    found.is_sealed = bool(known.heads if is_earlier else own or known.heads)
    if not is_earlier:
        found.differences += known.differences
        _refuse_older(connection, found, known, own)
    _compare_own(connection, found, known, own)
    newest = max(known.heads, default=0)
    if newest in known.leaves:
        _compare_events(connection, found, known.leaves[newest], is_earlier=is_earlier)
    else:
        row = connection.execute("SELECT count(*) FROM log.events").fetchone()
        found.events = row[0] if row else 0
    if not known.heads:
        found.differs("There is no checkpoint outside the database. Nothing shows that the log was not changed.")
    return found


# --- Checkpoints from outside -----------------------------------------------------------------------------------------


def _add_heads(found: Outside, folder: Folder, notes: Iterable[tuple[str, str]]) -> None:
    """Add the checkpoints by epoch, each list with the largest one last."""
    heads: dict[int, list[Head]] = {}
    for where, note in (*_published(folder), *notes):
        try:
            checkpoint = checkpoint_of(note, found.keys)
        except BadNote as error:
            found.differs(f"The checkpoint {where} cannot be believed: {error}")
        else:
            heads.setdefault(checkpoint.epoch, []).append(Head(where, checkpoint))
    found.heads = {epoch: sorted(of, key=lambda head: head.checkpoint.size) for epoch, of in sorted(heads.items())}


def _published(folder: Folder) -> Iterator[tuple[str, str]]:
    for epoch in folder.epochs():
        for name, note in folder.notes(epoch):
            yield f"{epoch}/checkpoints/{name}", note
        newest = folder.note(epoch)
        if newest is not None:
            yield f"{epoch}/checkpoint", newest


def _leaves(found: Outside, folder: Folder, epoch: int, heads: Sequence[Head]) -> Leaves | None:
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


def _refuse_forks(found: Outside, epoch: int, heads: Sequence[Head], leaves: Leaves) -> None:
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


def _refuse_lost(found: Outside, earlier: int, later: int) -> None:
    same = found.leaves[earlier].same_as(found.leaves[later])
    lost = len(found.leaves[earlier]) - same
    if lost:
        found.differs(
            f"Epoch {later} of the log parts from epoch {earlier} after {same:,} events: {lost:,} events that were"
            f" sealed in epoch {earlier} are not in it."
        )


# --- The database -----------------------------------------------------------------------------------------------------


def _refuse_older(
    connection: psycopg.Connection[Any], found: Comparison, known: Outside, own: Sequence[Sealed]
) -> None:
    """Note where the database knows less than what is outside."""
    begun = epochs(connection)
    if begun and known.heads and begun[-1].epoch < max(known.heads):
        found.differs(
            f"The database knows {begun[-1].epoch} epochs of the log, and outside there are checkpoints of epoch"
            f" {max(known.heads)}. It is an older copy, or was changed."
        )
    last = own[-1] if own else None
    largest = known.heads[last.epoch][-1] if last is not None and last.epoch in known.heads else None
    if last is not None and largest is not None and largest.checkpoint.size > last.size:
        found.differs(
            f"The newest checkpoint in the database has {last.size:,} events, and {largest.where} has"
            f" {largest.checkpoint.size:,}. The database is an older copy, or was changed."
        )


def _compare_own(connection: psycopg.Connection[Any], found: Comparison, known: Outside, own: Sequence[Sealed]) -> None:
    """Compare the checkpoints and the tree that the database keeps itself with those from outside."""
    for sealed in own:
        name = f"of {sealed.size:,} events in epoch {sealed.epoch} in the database"
        try:
            checkpoint = checkpoint_of(sealed.note, known.keys)
        except BadNote as error:
            found.differs(f"The checkpoint {name} cannot be believed: {error}")
            continue
        of = known.leaves.get(sealed.epoch)
        if of is not None and sealed.size <= len(of) and of.tree(sealed.size).root() != checkpoint.root:
            found.differs(f"The checkpoint {name} is one of another log than the tiles outside.")
    if not own:
        return
    last = own[-1]
    if not stored_whole(connection, last.size, last.root):
        found.differs(f"The tree in the database is not that of its newest checkpoint of {last.size:,} events.")


# --- The events -------------------------------------------------------------------------------------------------------


class _Hashed(NamedTuple):
    position: int
    leaf: bytes


def _compare_events(
    connection: psycopg.Connection[Any], found: Comparison, leaves: Leaves, *, is_earlier: bool
) -> None:
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
    if found.events < len(leaves) and not is_earlier:
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
