"""The tree cut into tiles of up to 256 hashes, as c2sp.org/tlog-tiles has them, and their table in the database."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import psycopg

from infra.seals.merkle import Tree, complete

WIDTH, HEIGHT = 256, 8
HASH = 32


class Tile(NamedTuple):
    """The tile *number* of a *level*. *positions* are those of its events, on level 0 alone."""

    level: int
    number: int
    hashes: bytes
    positions: tuple[int, ...] = ()

    @property
    def width(self) -> int:
        """How many hashes it has, at most WIDTH."""
        return len(self.hashes) // HASH

    def as_of(self, size: int) -> "Tile":
        """The part of it that a tree of *size* leaves has."""
        width = min(WIDTH, (size >> HEIGHT * self.level) - self.number * WIDTH)
        return self._replace(hashes=self.hashes[: width * HASH], positions=self.positions[:width])

    @property
    def path(self) -> str:
        """Where it is, below the prefix of a log: such as ``tile/0/x001/234`` or ``tile/0/000.p/17``."""
        digits = f"{self.number:0{-(-len(str(self.number)) // 3) * 3}d}"
        parts = [digits[nth : nth + 3] for nth in range(0, len(digits), 3)]
        number = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
        return f"tile/{self.level}/{number}" + (f".p/{self.width}" if self.width < WIDTH else "")


def hashes_in(tile: bytes) -> list[bytes]:
    """The hashes of a tile, one by one."""
    return [tile[nth : nth + HASH] for nth in range(0, len(tile), HASH)]


def tree_in(size: int, read: Callable[[int, int], bytes]) -> Tree:
    """The tree of *size* leaves whose tiles *read* gives, by level and number.

    Raises LookupError where a tile lacks hashes.
    """
    known: dict[tuple[int, int], bytes] = {}

    def node(height: int, index: int) -> bytes:
        found = known.get((height, index))
        if found is None:
            level, above = divmod(height, HEIGHT)
            number, place = divmod(index << above, WIDTH)
            part = hashes_in(read(level, number)[place * HASH : (place + (1 << above)) * HASH])
            if len(part) != 1 << above:
                raise LookupError(f"tile {number} of level {level} lacks hashes")
            found = known[height, index] = complete(part)
        return found

    return Tree(size, node)


class Edge:
    """The right edge of a tree that grows: the last tile of each level, which may not be full yet."""

    def __init__(self, size: int, tiles: Sequence[Tile]) -> None:
        self.size = size
        self._hashes = {tile.level: hashes_in(tile.hashes) for tile in tiles}
        self._positions = [position for tile in tiles if tile.level == 0 for position in tile.positions]

    def add(self, leaf: bytes, position: int) -> Iterator[Tile]:
        """Add a *leaf*. Yields the tiles that became full."""
        self._positions.append(position)
        self._hashes.setdefault(0, []).append(leaf)
        self.size += 1
        level, count = 0, self.size
        while len(self._hashes[level]) == WIDTH:
            hashes = self._hashes[level]
            positions = self._positions if level == 0 else ()
            yield Tile(level, count // WIDTH - 1, b"".join(hashes), tuple(positions))
            self._hashes[level] = []
            if level == 0:
                self._positions = []
            level, count = level + 1, count // WIDTH
            self._hashes.setdefault(level, []).append(complete(hashes))

    def partial(self) -> Iterator[Tile]:
        """The last tile of each level that is not full."""
        for level, hashes in sorted(self._hashes.items()):
            if hashes:
                number = (self.size >> HEIGHT * level) // WIDTH
                yield Tile(level, number, b"".join(hashes), tuple(self._positions) if level == 0 else ())

    def root(self) -> bytes:
        """The root of the tree."""
        return tree_in(self.size, lambda level, _: b"".join(self._hashes[level])).root()


# --- In the database --------------------------------------------------------------------------------------------------


def stored_tile(connection: psycopg.Connection[Any], level: int, number: int) -> Tile:
    """The tile *number* of *level* as it is stored. Raises LookupError."""
    row = connection.execute(
        "SELECT hashes, positions FROM seals.tiles WHERE level = %s AND number = %s", (level, number)
    ).fetchone()
    if row is None:
        raise LookupError(f"tile {number} of level {level} is missing")
    return Tile(level, number, bytes(row[0]), tuple(row[1] or ()))


def stored_tree(connection: psycopg.Connection[Any], size: int) -> Tree:
    """The tree of the first *size* events as it is stored. Its methods raise LookupError where a tile is missing."""
    known: dict[tuple[int, int], bytes] = {}

    def read(level: int, number: int) -> bytes:
        if (level, number) not in known:
            known[level, number] = stored_tile(connection, level, number).hashes
        return known[level, number]

    return tree_in(size, read)


def stored_edge(connection: psycopg.Connection[Any], size: int) -> Edge:
    """The right edge of the stored tree of *size* events. Raises LookupError."""
    tiles, level = [], 0
    while size >> HEIGHT * level:
        number, width = divmod(size >> HEIGHT * level, WIDTH)
        if width:
            tiles.append(stored_tile(connection, level, number).as_of(size))
        level += 1
    return Edge(size, tiles)


def store(connection: psycopg.Connection[Any], tiles: Sequence[Tile]) -> None:
    """Store *tiles*, each in place of a narrower one."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO seals.tiles (level, number, hashes, positions) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (level, number) DO UPDATE SET hashes = excluded.hashes, positions = excluded.positions",
            [(tile.level, tile.number, tile.hashes, list(tile.positions) or None) for tile in tiles],
        )
