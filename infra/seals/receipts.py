"""Receipts: proofs that an event is in the log (c2sp.org/tlog-proof), which anybody can check offline."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import psycopg

from infra.seals.checkpoints import newest
from infra.seals.merkle import is_included
from infra.seals.notes import BadNote, Checkpoint, Verifier, checkpoint_of, decoded, encoded
from infra.seals.tiles import WIDTH, stored_tile, stored_tree

FORMAT = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt: the event is number *index* of the log that the signed *note* is a checkpoint of."""

    index: int
    proof: tuple[bytes, ...]
    note: str

    @property
    def text(self) -> str:
        """The receipt as it is handed out."""
        return "\n".join((FORMAT, f"index {self.index}", *map(encoded, self.proof), "", self.note))

    def refuse_other(self, leaf: bytes, keys: Iterable[Verifier]) -> Checkpoint:
        """Refuse the receipt unless it proves *leaf* under one of *keys*. Return its checkpoint. Raises BadNote."""
        checkpoint = checkpoint_of(self.note, keys)
        if not is_included(checkpoint.root, checkpoint.size, self.index, leaf, self.proof):
            raise BadNote("The receipt does not prove this event: the path of hashes leads to another root.")
        return checkpoint


def receipt_of(text: str) -> Receipt:
    """The receipt that *text* is. Raises BadNote."""
    head, separator, note = text.partition("\n\n")
    first, *lines = head.split("\n")
    if first != FORMAT or not separator:
        raise BadNote(f"It is not a receipt: it does not begin with {FORMAT}.")
    if lines and lines[0].startswith("extra "):
        lines = lines[1:]
    word, _, index = lines[0].partition(" ") if lines else ("", "", "")
    if word != "index" or not (index.isascii() and index.isdigit()) or str(int(index)) != index:
        raise BadNote("It is not a receipt: it has no index.")
    proof = tuple(decoded(line) for line in lines[1:])
    if len(proof) > 63 or any(len(one) != 32 for one in proof):
        raise BadNote("It is not a receipt: a hash has 32 bytes, and a path at most 63 of them.")
    return Receipt(int(index), proof, note)


def receipts(connection: psycopg.Connection[Any], positions: Iterable[int]) -> dict[int, Receipt]:
    """The receipts of the events at *positions*, under the newest checkpoint. An event that is not sealed has none.

    Raises LookupError where the stored tree is incomplete.
    """
    found: dict[int, Receipt] = {}
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        sealed = newest(connection)
        if sealed is None:
            return found
        tree = stored_tree(connection, sealed.size)
        for position, index in _indexes(connection, sorted(set(positions))):
            if index < sealed.size:
                found[position] = Receipt(index, tuple(tree.inclusion(index)), sealed.note)
    return found


def _indexes(connection: psycopg.Connection[Any], positions: list[int]) -> Iterable[tuple[int, int]]:
    """Each of *positions* that a tile has, with the index of its leaf."""
    number, known = -1, tuple[int, ...]()
    for position in positions:
        if not known or position > known[-1]:
            row = connection.execute(
                "SELECT number FROM seals.tiles WHERE level = 0 AND positions[1] <= %s"
                " ORDER BY positions[1] DESC LIMIT 1",
                (position,),
            ).fetchone()
            if row is None:
                continue
            number = int(row[0])
            known = stored_tile(connection, 0, number).positions
        place = bisect_left(known, position)
        if place < len(known) and known[place] == position:
            yield position, number * WIDTH + place
