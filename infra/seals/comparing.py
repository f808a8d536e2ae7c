"""Comparing the log with its checkpoints: whether any sealed event was changed, and the first one that was."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Any, NamedTuple

import psycopg

from domain.values.shown import noun, shown_count
from infra.seals.checkpoints import Sealed, checkpoints, epochs
from infra.seals.entries import SELECT, leaf_of, stored_event
from infra.seals.folder import Folder
from infra.seals.leaves import Leaves, published_leaves, stored_leaves, stored_whole
from infra.seals.notes import BadNote, Checkpoint, Verifier, checkpoint_of
from infra.seals.tiles import Edge

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
    return found


def compare(connection: psycopg.Connection[Any], known: Outside, *, is_earlier: bool = False) -> Comparison:
    """Compare the log with what is *known* outside. The transaction of *connection* must see one moment.

    A database that *is_earlier* was restored: it may lack the last events. What it has must be what was sealed.
    """
    found = Comparison(heads=sum(map(len, known.heads.values())))
    own = checkpoints(connection)
    found.is_sealed = bool(known.heads if is_earlier else own or known.heads)
    signed = [sealed for sealed in own if _is_believed(found, sealed, known)]
    newest = max(known.heads, default=0)
    leaves = _newest_leaves(connection, known, signed)
    if leaves is not None:
        _compare_events(connection, found, leaves, is_earlier=is_earlier)
    elif newest:
        _compare_heads(connection, found, known.heads[newest], is_earlier=is_earlier)
    else:
        row = connection.execute("SELECT count(*) FROM log.events").fetchone()
        found.events = row[0] if row else 0
    if not is_earlier:
        found.differences += known.differences
        _say_where_epochs_part(connection, found, known)
        _refuse_older(connection, found, known, own)
    _compare_own(connection, found, own)
    if not known.heads:
        found.differs("There is no checkpoint outside the database. Nothing shows that the log was not changed.")
    return found


def _newest_leaves(connection: psycopg.Connection[Any], known: Outside, signed: Sequence[Sealed]) -> Leaves | None:
    """The leaves that the log must have: those from outside, or more of them where our own signed tree goes on."""
    newest = max(known.heads, default=0)
    leaves = known.leaves.get(newest)
    last = signed[-1] if signed else None
    if last is None or last.epoch < newest or (last.epoch == newest and leaves and last.size <= len(leaves)):
        return leaves
    own = stored_leaves(connection, last.size)
    goes_on = last.epoch > newest or leaves is None or own.same_as(leaves) == len(leaves)
    return own if goes_on and len(own) == last.size and own.tree(last.size).root() == last.root else leaves


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
    if epoch not in folder.epochs():
        return None  # There are only checkpoints, with which the log itself is compared.
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


# --- The database -----------------------------------------------------------------------------------------------------


def _say_where_epochs_part(connection: psycopg.Connection[Any], found: Comparison, known: Outside) -> None:
    """Name the events that an epoch sealed and the next one does not have."""
    for earlier, later in pairwise(sorted(known.leaves)):
        before, after = known.leaves[earlier], known.leaves[later]
        same = before.same_as(after)
        if same == len(before):
            continue
        goes_on = {after[nth] for nth in range(same, len(after))}
        lost = sum(before[nth] not in goes_on for nth in range(same, len(before)))
        row = connection.execute(
            "SELECT notification_id FROM log.events ORDER BY notification_id OFFSET %s LIMIT 1", (same,)
        ).fetchone()
        kept = len(before) - same - lost
        changed = (
            f" {kept:,} that followed {_are(kept)} in it, so the log was changed there, not cut off." if kept else ""
        )
        found.differs(
            f"Epoch {later} of the log parts from epoch {earlier} after {shown_count(same, 'event')}:"
            f" {shown_count(lost, 'event')} that {_were(lost)} sealed in epoch {earlier} {_are(lost)} not in"
            f" it.{changed}",
            row[0] if row and kept else 0,
        )


def _refuse_older(
    connection: psycopg.Connection[Any], found: Comparison, known: Outside, own: Sequence[Sealed]
) -> None:
    """Note where the database knows less than what is outside."""
    begun = epochs(connection)
    if known.heads and not own:
        found.differs("The database keeps no checkpoint, and outside there are some. Its tree was removed.")
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


def _is_believed(found: Comparison, sealed: Sealed, known: Outside) -> bool:
    """Whether a key that is trusted signed a checkpoint of the database, of the log that is outside."""
    name = f"of {sealed.size:,} events in epoch {sealed.epoch} in the database"
    try:
        checkpoint = checkpoint_of(sealed.note, known.keys)
    except BadNote as error:
        found.differs(f"The checkpoint {name} cannot be believed: {error}")
        return False
    if (checkpoint.size, checkpoint.root, checkpoint.epoch) != (sealed.size, sealed.root, sealed.epoch):
        found.differs(f"The checkpoint {name} says something else than the row that keeps it.")
        return False
    of = known.leaves.get(sealed.epoch)
    if of is not None and sealed.size <= len(of) and of.tree(sealed.size).root() != checkpoint.root:
        found.differs(f"The checkpoint {name} is one of another log than the tiles outside.")
    return True


def _compare_own(connection: psycopg.Connection[Any], found: Comparison, own: Sequence[Sealed]) -> None:
    """Compare the tree that the database keeps with its newest checkpoint."""
    if not own:
        return
    last = own[-1]
    if not stored_whole(connection, last.size, last.root):
        found.differs(f"The tree in the database is not that of its newest checkpoint of {last.size:,} events.")
    elif last.size:
        row = connection.execute(
            "SELECT positions[cardinality(positions)] FROM seals.tiles WHERE level = 0 ORDER BY number DESC LIMIT 1"
        ).fetchone()
        if row is None or row[0] != last.position:
            found.differs("The newest checkpoint in the database has another position than its last event.")


# --- The events -------------------------------------------------------------------------------------------------------


def _are(number: int) -> str:
    return noun(number, "is", "are")


def _were(number: int) -> str:
    return noun(number, "was", "were")


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
            f"The log ends at position {before:,}. {shown_count(missing, 'sealed event')} that followed it"
            f" {_are(missing)} missing.",
            before,
        )


def _compare_heads(
    connection: psycopg.Connection[Any], found: Comparison, heads: Sequence[Head], *, is_earlier: bool
) -> None:
    """Compare the log with checkpoints alone, without tiles: by the root that as many events of the log have."""
    edge, wanted = Edge(0, ()), {head.checkpoint.size: head for head in heads}
    for event in _hashed(connection):
        found.events += 1
        for _ in edge.add(event.leaf, event.position):
            pass
        head = wanted.get(found.events)
        if head is not None and edge.root() != head.checkpoint.root:
            found.differs(
                f"The first {found.events:,} events of the log, up to position {event.position:,}, are not those of the"
                f" checkpoint {head.where}.",
                event.position,
            )
    found.sealed = min(found.events, heads[-1].checkpoint.size)
    if found.events < heads[-1].checkpoint.size and not is_earlier:
        found.differs(
            f"The log has {found.events:,} events, and the checkpoint {heads[-1].where} {heads[-1].checkpoint.size:,}."
        )


def _hashed(connection: psycopg.Connection[Any]) -> Iterator[_Hashed]:
    with connection.cursor(name="sealed_events", binary=True) as cursor:
        cursor.itersize = PAGE
        cursor.execute(f"{SELECT} ORDER BY notification_id")
        for row in cursor:
            yield _Hashed(row[0] or 0, _leaf(row))


def _leaf(row: Sequence[Any]) -> bytes:
    """The leaf of an event. One that no event of ours can be is no leaf of any tree."""
    try:
        return leaf_of(stored_event(row))
    except (TypeError, ValueError, AttributeError, OverflowError):
        return b""


def _first_difference(leaves: Leaves, index: int, before: int, events: Sequence[_Hashed]) -> Difference:
    """What differs at leaf *index*, where *events* begin. *before* is the position of the last event that is right."""
    here = events[0].position
    ahead = {leaves[nth]: nth - index for nth in reversed(range(index, len(leaves)))}
    now = [event.leaf for event in events]
    if len(now) > 1 and ahead.get(now[0]) == 1 and ahead.get(now[1]) == 0:
        return Difference(here, f"The events at positions {here:,} and {events[1].position:,} have changed places.")
    missing = ahead.get(now[0], 0)
    if missing:
        what = shown_count(missing, "sealed event")
        return Difference(here, f"{what} {_are(missing)} missing between positions {before:,} and {here:,}.")
    if leaves[index] in now:
        added = now.index(leaves[index])
        what = "An event was" if added == 1 else f"{added:,} events were"
        return Difference(here, f"{what} put into the log at position {here:,}, after it was sealed.")
    gap = "" if here == before + 1 else f", or one is missing after position {before:,}"
    return Difference(here, f"The event at position {here:,} is not the one that was sealed{gap}.")
