"""ProfileRegistry.attestRoot and isInRoot: any number of sealed profiles under one Merkle root."""

import pytest

from tests.contracts.support import MerkleTree, assert_event, assert_reverts, error, next_block_at, now

NONE = b"\x00" * 32
LOG = b"\x10" * 32


@pytest.fixture
def leaves(accounts):
    return [(account, bytes([index + 1]) * 32) for index, account in enumerate(accounts[:7])]


@pytest.fixture
def tree(leaves):
    return MerkleTree(leaves, "bytes32")


def test_every_profile_under_the_root_is_proven(profiles, operator, tree, leaves):
    at = next_block_at(now() + 5)
    transaction = profiles.attestRoot(tree.root, LOG, {"from": operator})
    assert_event(transaction, "RootAttested", operator=operator, root=tree.root, logDigest=LOG)
    assert profiles.rootAttestedAt(operator, tree.root) == at
    for subject, digest in leaves:
        assert profiles.isInRoot(operator, tree.root, subject, digest, tree.proof(subject, digest))


def test_what_is_not_under_the_root_is_not(profiles, operator, tree, leaves):
    profiles.attestRoot(tree.root, LOG, {"from": operator})
    (alice, digest), (bob, other), *_ = leaves
    proof = tree.proof(alice, digest)
    assert not profiles.isInRoot(operator, tree.root, alice, other, proof)
    assert not profiles.isInRoot(operator, tree.root, bob, digest, proof)
    assert not profiles.isInRoot(operator, tree.root, alice, digest, proof[:-1])
    assert not profiles.isInRoot(operator, tree.root, alice, digest, [])


def test_root_counts_for_nobody_but_its_sender(profiles, operator, rival, tree, leaves):
    profiles.attestRoot(tree.root, LOG, {"from": operator})
    subject, digest = leaves[0]
    assert profiles.rootAttestedAt(rival, tree.root) == 0
    assert not profiles.isInRoot(rival, tree.root, subject, digest, tree.proof(subject, digest))


def test_roots_stay_beside_each_other(profiles, operator, tree, leaves):
    newer = MerkleTree(leaves[:3], "bytes32")
    profiles.attestRoot(tree.root, LOG, {"from": operator})
    profiles.attestRoot(newer.root, LOG, {"from": operator})
    subject, digest = leaves[0]
    for each in (tree, newer):
        assert profiles.isInRoot(operator, each.root, subject, digest, each.proof(subject, digest))


def test_empty_root_or_log_is_refused(profiles, operator, tree):
    assert_reverts(error("EmptyDigest"), profiles.attestRoot, NONE, LOG, sender=operator)
    assert_reverts(error("EmptyDigest"), profiles.attestRoot, tree.root, NONE, sender=operator)
