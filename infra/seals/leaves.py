"""Leaves that are known from outside the database: the tiles of level 0, and the trees over them."""

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg

from infra.seals.folder import Folder
from infra.seals.merkle import Tree, complete, node_hash
from infra.seals.tiles import HASH, HEIGHT, WIDTH, hashes_in


class Leaves:
    """The leaves in *tiles*, of which each but the last is full."""

    def __init__(self, tiles: Sequence[bytes]) -> None:
        self._tiles = tiles
        self._known: dict[tuple[int, int], bytes] = {}

    def __len__(self) -> int:
        return (len(self._tiles) - 1) * WIDTH + len(self._tiles[-1]) // HASH if self._tiles else 0

    def __getitem__(self, index: int) -> bytes:
        tile, place = self._tiles[index // WIDTH], index % WIDTH * HASH
        return tile[place : place + HASH]

    def tree(self, size: int) -> Tree:
        """The tree of the first *size* leaves."""
        return Tree(size, self.node)

    def node(self, height: int, index: int) -> bytes:
        """The hash of the complete subtree *index* of 2**height leaves."""
        if height <= HEIGHT:
            first = (index << height) % WIDTH * HASH
            return complete(hashes_in(self._tiles[(index << height) // WIDTH][first : first + (HASH << height)]))
        found = self._known.get((height, index))
        if found is None:
            found = node_hash(self.node(height - 1, 2 * index), self.node(height - 1, 2 * index + 1))
            self._known[height, index] = found
        return found

    def same_as(self, other: "Leaves") -> int:
        """How many of the first leaves are the same as those of *other*."""
        most = min(len(self), len(other))
        for number, (one, two) in enumerate(zip(self._tiles, other._tiles, strict=False)):
            if one != two:
                first = number * WIDTH
                return next((nth for nth in range(first, min(first + WIDTH, most)) if self[nth] != other[nth]), most)
        return most


def stored_leaves(connection: psycopg.Connection[Any], size: int) -> Leaves:
    """The first *size* leaves in the database, or fewer where tiles are missing or too short."""
    tiles, missing = list[bytes](), size * HASH
    for number, hashes in _stored(connection, lowest=True):
        content = bytes(hashes)[: min(missing, WIDTH * HASH)]
        if number != len(tiles) or not content or len(content) % HASH:
            break
        tiles.append(content)
        missing -= len(content)
        if len(content) < WIDTH * HASH:
            break
    return Leaves(tiles)


def stored_whole(connection: psycopg.Connection[Any], size: int, root: bytes) -> bool:
    """Whether every tile in the database is one of the tree that has *size* leaves and *root*."""
    if size < 0:
        return False
    leaves = stored_leaves(connection, size)
    row = connection.execute("SELECT count(*), min(level) FROM seals.tiles WHERE level <= 0").fetchone()
    if (
        len(leaves) != size
        or (size and leaves.tree(size).root() != root)
        or row != (-(-size // WIDTH), 0 if size else None)
    ):
        return False
    for level, number, hashes in _stored(connection, lowest=False):
        for place, one in enumerate(hashes_in(bytes(hashes))):
            index = number * WIDTH + place
            if level > 7 or number < 0 or (index + 1) << level * HEIGHT > size:
                return False
            if leaves.node(level * HEIGHT, index) != one:
                return False
    return True


def _stored(connection: psycopg.Connection[Any], *, lowest: bool) -> Iterator[Any]:
    """The rows of the tiles of level 0 (number and hashes), or of the higher ones (with their level)."""
    with connection.cursor(name="stored_tiles", binary=True) as cursor:
        cursor.itersize = 100
        if lowest:
            cursor.execute("SELECT number, hashes FROM seals.tiles WHERE level = 0 ORDER BY number")
        else:
            cursor.execute("SELECT level, number, hashes FROM seals.tiles WHERE level > 0 ORDER BY level, number")
        yield from cursor


def published_leaves(folder: Folder, epoch: int, size: int) -> Leaves:
    """The first *size* leaves of *epoch* in *folder*. Raises BadNote where a tile is missing or too short."""
    return Leaves(
        [folder.tile(epoch, 0, number, min(WIDTH, size - number * WIDTH)) for number in range(-(-size // WIDTH))]
    )
