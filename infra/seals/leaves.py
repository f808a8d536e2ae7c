"""Leaves that are known from outside the database: the tiles of level 0, and the trees over them."""

from collections.abc import Sequence
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


def stored_whole(connection: psycopg.Connection[Any], size: int, root: bytes) -> bool:
    """Whether every tile in the database is one of the tree that has *size* leaves and *root*."""
    with connection.cursor(name="stored_tiles", binary=True) as cursor:
        cursor.itersize = 100
        cursor.execute("SELECT level, number, hashes FROM seals.tiles ORDER BY level, number")
        lowest, higher = list[bytes](), list[tuple[int, int, bytes]]()
        for level, number, hashes in cursor:
            if level:
                higher.append((level, number, hashes))
            elif number != len(lowest):
                return False
            else:
                lowest.append(hashes)
    leaves = Leaves(lowest)
    if len(leaves) != size or (size and leaves.tree(size).root() != root):
        return False
    return all(
        leaves.node(level * HEIGHT, number * WIDTH + place) == one
        for level, number, hashes in higher
        for place, one in enumerate(hashes_in(hashes))
    )


def published_leaves(folder: Folder, epoch: int, size: int) -> Leaves:
    """The first *size* leaves of *epoch* in *folder*. Raises BadNote where a tile is missing or too short."""
    return Leaves(
        [folder.tile(epoch, 0, number, min(WIDTH, size - number * WIDTH)) for number in range(-(-size // WIDTH))]
    )
