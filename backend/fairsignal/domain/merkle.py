"""Merkle trees of people's running totals, as OpenZeppelin's ``StandardMerkleTree`` over ``["address", "uint256"]``
makes them: other people's tools verify ours, and ``SignalMarket.claim`` takes their proofs.

Source: https://github.com/OpenZeppelin/merkle-tree, version 1.0.8 (``src/core.ts``, ``src/standard.ts``): leaves are
hashed twice and sorted by hash; the tree is an array with the root first and the children of node i at 2i + 1 and
2i + 2; siblings are sorted before they are hashed. ``contracts/market/MerkleRoot.sol`` is the contract's side.

Leaves come packed, 32 bytes each: subject 20, total u96, by ascending subject, which is how the use log keeps totals.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import sha3  # type: ignore[import-untyped]  # C, without stubs
from eth_utils.address import to_checksum_address

from fairsignal.domain.errors import IntegrityError, NotFound
from fairsignal.domain.log_parts import LEAF_BYTES

__all__ = ["MerkleTree", "leaf_hash", "pack_leaf", "unpack_leaves", "verify_proof"]

_HASH = 32
_ADDRESS = 20
_PADDING = bytes(12), bytes(20)
_BATCH = 32_768
"""Hashes at a time."""
_keccak = sha3.keccak_256
"""Called directly: eth-hash's wrapper takes longer than the hash."""
Buffer = bytes | bytearray | memoryview


def pack_leaf(subject: bytes, total: int) -> bytes:
    """32 bytes: subject 20, total u96."""
    return subject + total.to_bytes(12)


def unpack_leaves(leaves: Buffer) -> Iterator[tuple[bytes, int]]:
    """(subject 20 bytes, total) of each packed leaf."""
    for at in range(0, len(leaves), LEAF_BYTES):
        yield bytes(leaves[at : at + _ADDRESS]), int.from_bytes(leaves[at + _ADDRESS : at + LEAF_BYTES])


def leaf_hash(subject: bytes, total: int) -> bytes:
    """``keccak256(keccak256(abi.encode(subject, total)))``, 32 bytes."""
    return _leaf(pack_leaf(subject, total))


def _leaf(leaf: bytes) -> bytes:
    head, middle = _PADDING
    inner = _keccak(head + leaf[:_ADDRESS] + middle + leaf[_ADDRESS:]).digest()
    return bytes(_keccak(inner).digest())


def verify_proof(root: bytes, subject: bytes, total: int, proof: list[bytes]) -> bool:
    """Whether the proof leads from (subject, total) to the root."""
    node = leaf_hash(subject, total)
    for sibling in proof:
        node = _keccak(node + sibling if node < sibling else sibling + node).digest()
    return node == root


class MerkleTree:
    """A tree over packed leaves; memory: 100 bytes per leaf, or none where the buffers are mapped files."""

    def __init__(self, leaves: Buffer, places: npt.NDArray[np.uint32], nodes: Buffer) -> None:
        """
        Args:
            leaves: packed, ascending.
            places: (leaves,) node number of each.
            nodes: (2 * leaves - 1) hashes of 32 bytes, root first.
        """
        self.leaves, self.places, self.nodes = leaves, places, nodes
        self._subjects = np.frombuffer(leaves, dtype=f"S{LEAF_BYTES}")

    @classmethod
    def build(cls, leaves: Buffer) -> MerkleTree:
        """Hash everything.

        Raises:
            IntegrityError: the leaves are not ascending, or one subject has two.
        """
        _check_ascending(leaves)
        count = len(leaves) // LEAF_BYTES
        hashes = np.frombuffer(_hash_leaves(leaves), dtype=f"S{_HASH}")
        order = np.argsort(hashes, kind="stable")
        # The smallest hash comes last.
        places = np.empty(count, dtype=np.uint32)
        places[order] = max(2 * count - 2, 0) - np.arange(count, dtype=np.uint32)
        nodes = np.empty(max(2 * count - 1, 0), dtype=f"S{_HASH}")
        nodes[max(count - 1, 0) :] = hashes[order[::-1]]
        _hash_inner(nodes, count)
        return cls(leaves, places, nodes.view(np.uint8).data)

    def __len__(self) -> int:
        return len(self.places)

    @property
    def root(self) -> bytes:
        """32 bytes; zeros for a tree without leaves, which no proof leads to."""
        return bytes(self.nodes[:_HASH]) if len(self) else bytes(_HASH)

    def total_of(self, subject: bytes) -> int:
        """Running total of a subject (20 bytes); 0 when it has no leaf."""
        index = self._find(subject)
        return 0 if index is None else self._leaf_at(index)[1]

    def claim_of(self, subject: bytes) -> tuple[int, list[bytes]]:
        """-> (running total, proof: siblings from the leaf up).

        Raises:
            NotFound: the subject has no leaf.
        """
        index = self._find(subject)
        if index is None:
            raise NotFound(
                "Nothing was settled for this subject yet.", remedy="Wait for the next epoch.", code="nothing-settled"
            )
        return self._leaf_at(index)[1], self._proof(int(self.places[index]))

    def dump(self) -> dict[str, Any]:
        """The JSON form that ``StandardMerkleTree.load`` takes."""
        nodes = memoryview(self.nodes)
        return {
            "format": "standard-v1",
            "leafEncoding": ["address", "uint256"],
            "tree": ["0x" + nodes[at : at + _HASH].hex() for at in range(0, len(nodes), _HASH)],
            "values": [
                {"value": [to_checksum_address(subject), str(total)], "treeIndex": int(place)}
                for (subject, total), place in zip(unpack_leaves(self.leaves), self.places, strict=True)
            ],
        }

    def _find(self, subject: bytes) -> int | None:
        # The smallest leaf that the subject could have; bytes are compared like numbers.
        index = int(np.searchsorted(self._subjects, np.bytes_(subject + bytes(LEAF_BYTES - _ADDRESS))))
        return index if index < len(self) and self._leaf_at(index)[0] == subject else None

    def _leaf_at(self, index: int) -> tuple[bytes, int]:
        at = index * LEAF_BYTES
        return next(unpack_leaves(self.leaves[at : at + LEAF_BYTES]))

    def _proof(self, node: int) -> list[bytes]:
        proof = []
        while node > 0:
            sibling = node + 1 if node % 2 else node - 1
            proof.append(bytes(self.nodes[sibling * _HASH : (sibling + 1) * _HASH]))
            node = (node - 1) // 2
        return proof


def _hash_leaves(leaves: Buffer) -> bytearray:
    packed = np.frombuffer(leaves, dtype=np.uint8).reshape(-1, LEAF_BYTES)
    hashes = bytearray()
    keccak = _keccak
    for start in range(0, len(packed), _BATCH):
        batch = packed[start : start + _BATCH]
        words = np.zeros((len(batch), 2 * _HASH), dtype=np.uint8)
        words[:, 12:32] = batch[:, :_ADDRESS]
        words[:, 52:] = batch[:, _ADDRESS:]
        flat = words.tobytes()
        hashes += b"".join(
            [keccak(keccak(flat[at : at + 2 * _HASH]).digest()).digest() for at in range(0, len(flat), 2 * _HASH)]
        )
    return hashes


def _hash_inner(nodes: npt.NDArray[np.bytes_], count: int) -> None:
    """Fill in the inner nodes of ``count`` leaves, from the last one up."""
    keccak, last = _keccak, count - 2
    while last >= 0:
        # As many at a time as have both children already.
        first = max((last + 1) // 2, last + 1 - _BATCH)
        pairs = nodes[2 * first + 1 : 2 * last + 3].reshape(-1, 2)
        flat = np.sort(pairs, axis=1).tobytes()
        hashes = [keccak(flat[at : at + 2 * _HASH]).digest() for at in range(0, len(flat), 2 * _HASH)]
        nodes[first : last + 1] = np.frombuffer(b"".join(hashes), dtype=f"S{_HASH}")
        last = first - 1


def _check_ascending(leaves: Buffer) -> None:
    whole = len(leaves) // LEAF_BYTES * LEAF_BYTES == len(leaves)
    fields = np.dtype([("subject", f"S{_ADDRESS}"), ("total", f"S{LEAF_BYTES - _ADDRESS}")])
    subjects = np.frombuffer(leaves, dtype=fields)["subject"] if whole else np.empty(0, dtype="S1")
    if not whole or bool(np.any(subjects[1:] <= subjects[:-1])):
        raise IntegrityError("Totals are by ascending subject, each subject once.", code="bad-use-log")
