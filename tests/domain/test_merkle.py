"""Merkle trees of totals, against the npm package that defines them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairsignal.domain.errors import IntegrityError, NotFound
from fairsignal.domain.merkle import MerkleTree, leaf_hash, pack_leaf, unpack_leaves, verify_proof

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
const { StandardMerkleTree } = require("@openzeppelin/merkle-tree");
const answers = JSON.parse(require("fs").readFileSync(0, "utf8")).map(({ values, dump, proofs }) => {
  const theirs = StandardMerkleTree.of(values, ["address", "uint256"]);
  const ours = StandardMerkleTree.load(dump);
  ours.validate();
  return {
    root: theirs.root,
    dump: theirs.dump(),
    proofs: values.map((_, index) => theirs.getProof(index)),
    verified: proofs.map((proof, index) =>
      StandardMerkleTree.verify(theirs.root, ["address", "uint256"], values[index], proof)),
    loaded: ours.root,
  };
});
console.log(JSON.stringify(answers));
"""


def tree_of(totals: dict[bytes, int]) -> MerkleTree:
    return MerkleTree.build(b"".join(pack_leaf(subject, totals[subject]) for subject in sorted(totals)))


def random_totals(count: int) -> dict[bytes, int]:
    return {os.urandom(20): int.from_bytes(os.urandom(12)) for _ in range(count)}


def openzeppelin(questions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if shutil.which("node") is None or not (ROOT / "node_modules/@openzeppelin/merkle-tree").is_dir():
        pytest.fail("node or the npm package @openzeppelin/merkle-tree is missing: run `make setup-dev`.")
    done = subprocess.run(
        ["node", "-e", SCRIPT],
        cwd=ROOT,
        input=json.dumps(questions),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def test_openzeppelin_builds_the_same_tree_loads_ours_and_verifies_our_proofs() -> None:
    trees = [tree_of(random_totals(count)) for count in (*range(1, 18), 100, 257)]
    trees.append(tree_of({bytes(20): 0, b"\xff" * 20: (1 << 96) - 1, bytes(19) + b"\1": 1, b"\1" + bytes(19): 1}))
    questions = []
    for tree in trees:
        subjects = [subject for subject, _ in unpack_leaves(tree.leaves)]
        dump = tree.dump()
        questions.append(
            {
                "values": [value["value"] for value in dump["values"]],
                "dump": dump,
                "proofs": [["0x" + node.hex() for node in tree.claim_of(subject)[1]] for subject in subjects],
            }
        )
    for tree, question, answer in zip(trees, questions, openzeppelin(questions), strict=True):
        assert answer["root"] == answer["loaded"] == "0x" + tree.root.hex()
        assert answer["dump"] == question["dump"]
        assert answer["proofs"] == question["proofs"]
        assert all(answer["verified"])


def test_a_tree_without_leaves_has_a_root_of_zeros_and_no_claims() -> None:
    tree = MerkleTree.build(b"")
    assert (len(tree), tree.root, tree.total_of(bytes(20))) == (0, bytes(32), 0)
    with pytest.raises(NotFound) as refusal:
        tree.claim_of(bytes(20))
    assert refusal.value.code == "nothing-settled"


def test_a_tree_of_one_leaf_is_that_leaf() -> None:
    tree = tree_of({b"\1" * 20: 5})
    assert tree.root == leaf_hash(b"\1" * 20, 5)
    assert tree.claim_of(b"\1" * 20) == (5, [])


@given(st.dictionaries(st.binary(min_size=20, max_size=20), st.integers(0, (1 << 96) - 1), min_size=1, max_size=40))
def test_every_leaf_has_its_total_and_a_proof_and_nobody_else_has(totals: dict[bytes, int]) -> None:
    tree = tree_of(totals)
    for subject, total in totals.items():
        assert tree.total_of(subject) == total
        found, proof = tree.claim_of(subject)
        assert found == total
        assert verify_proof(tree.root, subject, total, proof)
        assert not verify_proof(tree.root, subject, total ^ 1, proof)
    stranger = next(bytes([number]) * 20 for number in range(256) if bytes([number]) * 20 not in totals)
    assert tree.total_of(stranger) == 0
    with pytest.raises(NotFound):
        tree.claim_of(stranger)


@pytest.mark.parametrize(
    "leaves",
    [
        pack_leaf(b"\2" * 20, 1) + pack_leaf(b"\1" * 20, 1),
        pack_leaf(b"\1" * 20, 1) + pack_leaf(b"\1" * 20, 2),
        bytes(31),
    ],
    ids=["descending", "twice", "cut off"],
)
def test_leaves_that_are_not_ascending_subjects_are_refused(leaves: bytes) -> None:
    with pytest.raises(IntegrityError) as refusal:
        MerkleTree.build(leaves)
    assert refusal.value.code == "bad-use-log"
