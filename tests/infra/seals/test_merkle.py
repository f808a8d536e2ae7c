"""The tree is that of RFC 9162: published vectors, every proof of small trees, and no mutated proof is accepted."""

import random
from hashlib import sha256

import pytest

from infra.seals.merkle import EMPTY, is_consistent, is_included, leaf_hash, tree_of
from infra.seals.tiles import WIDTH, Edge, Tile, tree_in

# The vectors that implementations of Certificate Transparency share.
ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
_A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
_B = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
_C = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
_D = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
_E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
_F = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
LEAVES = [leaf_hash(bytes.fromhex(entry)) for entry in ENTRIES]
SIZES = 256


def grown(size: int) -> list[bytes]:
    """The hashes of *size* leaves."""
    return [leaf_hash(f"entry {nth}".encode()) for nth in range(size)]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert sha256(b"").digest() == EMPTY == tree_of([]).root()


def test_roots_are_those_of_the_published_vectors() -> None:
    assert ROOTS == [tree_of(LEAVES[:size]).root().hex() for size in range(1, 9)]


@pytest.mark.parametrize(
    ("index", "size", "proof"),
    [(0, 1, []), (0, 8, [_A, _B, _C]), (5, 8, [_D, _E, ROOTS[3]]), (2, 3, [ROOTS[1]]), (1, 5, [ROOTS[0], _B, _D])],
)
def test_inclusion_proofs_are_those_of_the_published_vectors(index: int, size: int, proof: list[str]) -> None:
    assert proof == [one.hex() for one in tree_of(LEAVES[:size]).inclusion(index)]


@pytest.mark.parametrize(
    ("earlier", "size", "proof"),
    [(1, 1, []), (1, 8, [_A, _B, _C]), (6, 8, [_F, _E, ROOTS[3]]), (2, 5, [_B, _D])],
)
def test_consistency_proofs_are_those_of_the_published_vectors(earlier: int, size: int, proof: list[str]) -> None:
    assert proof == [one.hex() for one in tree_of(LEAVES[:size]).consistency(earlier)]


def test_every_proof_of_every_tree_of_up_to_256_leaves_is_accepted() -> None:
    leaves = grown(SIZES)
    roots = [tree_of(leaves[:size]).root() for size in range(SIZES + 1)]
    proofs = 0
    for size in range(1, SIZES + 1):
        tree = tree_of(leaves[:size])
        for index in range(size):
            assert is_included(roots[size], size, index, leaves[index], tree.inclusion(index))
            assert is_consistent(index + 1, size, roots[index + 1], roots[size], tree.consistency(index + 1))
            proofs += 2
    assert SIZES * (SIZES + 1) == proofs


def test_no_mutated_proof_is_accepted_of_ten_thousand() -> None:
    random_ = random.Random(28)
    leaves = grown(SIZES)
    refused = 0
    for _ in range(5000):
        size = random_.randint(2, SIZES)
        tree, index = tree_of(leaves[:size]), random_.randrange(size)
        proof, root, leaf = tree.inclusion(index), tree.root(), leaves[index]
        assert is_included(root, size, index, leaf, proof)
        size_, index_, leaf_, proof_ = _mutated(random_, size, index, leaf, proof)
        assert not is_included(root, size_, index_, leaf_, proof_), (size, index, size_, index_)
        earlier = random_.randint(1, size - 1)
        proof, before = tree.consistency(earlier), tree_of(leaves[:earlier]).root()
        assert is_consistent(earlier, size, before, root, proof)
        size_, earlier_, before_, proof_ = _mutated(random_, size, earlier, before, proof)
        assert not is_consistent(earlier_, size_, before_, root, proof_), (size, earlier, size_, earlier_)
        refused += 2
    assert 10_000 == refused


def _mutated(
    random_: random.Random, size: int, index: int, hash_: bytes, proof: list[bytes]
) -> tuple[int, int, bytes, list[bytes]]:
    """The same with one change: a bit of a hash, a hash less or more, two in the other order, or another index."""
    proof = list(proof)
    changes = ["hash", "more", "index"] + (["bit", "less"] if proof else []) + (["order"] if len(proof) > 1 else [])
    match random_.choice(changes):
        case "hash":
            hash_ = _flipped(random_, hash_)
        case "more":
            proof.insert(random_.randint(0, len(proof)), random_.randbytes(32))
        case "index":
            index = (index + random_.choice([-1, 1])) % (size + 2)
        case "bit":
            nth = random_.randrange(len(proof))
            proof[nth] = _flipped(random_, proof[nth])
        case "less":
            del proof[random_.randrange(len(proof))]
        case "order":
            nth = random_.randrange(len(proof) - 1)
            proof[nth], proof[nth + 1] = proof[nth + 1], proof[nth]
    return size, index, hash_, proof


def _flipped(random_: random.Random, value: bytes) -> bytes:
    bit = random_.randrange(8 * len(value))
    return (int.from_bytes(value, "big") ^ 1 << bit).to_bytes(len(value), "big")


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 70_000])
def test_a_tree_grown_leaf_by_leaf_in_tiles_is_the_same_tree(size: int) -> None:
    leaves = grown(size)
    edge, tiles = Edge(0, ()), dict[tuple[int, int], Tile]()
    for position, leaf in enumerate(leaves, 1):
        tiles |= {(tile.level, tile.number): tile for tile in edge.add(leaf, position)}
    assert all(WIDTH == tile.width for tile in tiles.values())
    tiles |= {(tile.level, tile.number): tile for tile in edge.partial()}
    tree, plain = tree_in(size, lambda level, number: tiles[level, number].hashes), tree_of(leaves)
    assert plain.root() == tree.root() == edge.root()
    for index in {0, size // 2, size - 1}:
        assert plain.inclusion(index) == tree.inclusion(index)
        assert plain.consistency(index + 1) == tree.consistency(index + 1)


def test_tiles_have_the_paths_of_tlog_tiles() -> None:
    full, part = bytes(32 * 256), bytes(32 * 17)
    assert "tile/0/x001/x234/067" == Tile(0, 1234067, full).path
    assert "tile/1/000.p/17" == Tile(1, 0, part).path
    # The example of the specification: a tree of 70,000.
    edge, full_tiles = Edge(0, ()), 0
    for position, leaf in enumerate(grown(70_000)):
        full_tiles += len(list(edge.add(leaf, position)))
    assert ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"] == [tile.path for tile in edge.partial()]
    assert 273 + 1 == full_tiles
