"""A Merkle tree with SHA-256, and its proofs (RFC 9162, sections 2.1.1 to 2.1.4)."""

import hashlib
from collections.abc import Callable, Sequence

EMPTY = hashlib.sha256(b"").digest()
# The hash of the complete subtree of 2**height leaves that is number *index* of its height, counted from 0.
Node = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node above two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def complete(hashes: Sequence[bytes]) -> bytes:
    """The hash of the complete subtree above *hashes*, whose number is a power of two."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[nth], hashes[nth + 1]) for nth in range(0, len(hashes), 2)]
    return hashes[0]


class Tree:
    """The tree of *size* leaves, whose complete subtrees *node* gives."""

    def __init__(self, size: int, node: Node) -> None:
        self.size = size
        self._node = node

    def root(self) -> bytes:
        """The root of the tree."""
        return self._root(0, self.size) if self.size else EMPTY

    def inclusion(self, index: int) -> list[bytes]:
        """The proof that the leaf *index* is in the tree: hashes from the leaf's sibling up to the root's child."""
        if not 0 <= index < self.size:
            raise IndexError(f"The tree has {self.size} leaves, and none with index {index}.")
        proof, start, size = list[bytes](), 0, self.size
        while size > 1:
            left = _split(size)
            if index < start + left:
                proof.append(self._root(start + left, size - left))
                size = left
            else:
                proof.append(self._root(start, left))
                start, size = start + left, size - left
        return proof[::-1]

    def consistency(self, earlier: int) -> list[bytes]:
        """The proof that the tree of the first *earlier* leaves is the beginning of this one."""
        if not 0 < earlier <= self.size:
            raise IndexError(f"The tree has {self.size} leaves. An earlier one has 1 to {self.size}, not {earlier}.")
        proof, start, size, rest, is_whole = list[bytes](), 0, self.size, earlier, True
        while rest < size:
            left = _split(size)
            if rest <= left:
                proof.append(self._root(start + left, size - left))
                size = left
            else:
                proof.append(self._root(start, left))
                start, size, rest, is_whole = start + left, size - left, rest - left, False
        if not is_whole:
            proof.append(self._root(start, size))
        return proof[::-1]

    def _root(self, start: int, size: int) -> bytes:
        """The root of *size* leaves from *start*, which is where a complete subtree of that height begins."""
        if size & (size - 1) == 0:
            height = size.bit_length() - 1
            return self._node(height, start >> height)
        left = _split(size)
        return node_hash(self._root(start, left), self._root(start + left, size - left))


def tree_of(leaves: Sequence[bytes]) -> Tree:
    """The tree of the hashes *leaves*."""
    known: dict[tuple[int, int], bytes] = {}

    def node(height: int, index: int) -> bytes:
        if height == 0:
            return leaves[index]
        found = known.get((height, index))
        if found is None:
            found = known[height, index] = node_hash(node(height - 1, 2 * index), node(height - 1, 2 * index + 1))
        return found

    return Tree(len(leaves), node)


def _split(size: int) -> int:
    """The largest power of two below *size*."""
    return 1 << ((size - 1).bit_length() - 1)


def is_included(root: bytes, size: int, index: int, leaf: bytes, proof: Sequence[bytes]) -> bool:
    """Whether *proof* shows that *leaf* is number *index* of the tree with *size* leaves and *root* (2.1.3.2)."""
    if not 0 <= index < size:
        return False
    first, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if first & 1 or first == last:
            found = node_hash(sibling, found)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(earlier: int, size: int, earlier_root: bytes, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether *proof* shows that the tree of *earlier* leaves begins the tree of *size* leaves (2.1.4.2)."""
    if earlier == size:
        return not proof and earlier_root == root
    if not proof or not 0 < earlier < size:
        return False
    hashes = [earlier_root, *proof] if earlier & (earlier - 1) == 0 else list(proof)
    first, last = earlier - 1, size - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    before = after = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and before == earlier_root and after == root
