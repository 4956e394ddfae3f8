from __future__ import annotations

import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multiformats import CID, multihash

from fairsignal.domain.cid import (
    CHUNK,
    MAX_LINKS,
    build,
    cid_of,
    cid_of_digest,
    digest_of,
    parse,
    verify_block,
)
from fairsignal.domain.errors import BadInput, IntegrityError

# As printed by Kubo 0.43.1: ipfs add --only-hash --cid-version=1 --raw-leaves --chunker=size-262144,
# of random.Random(size).randbytes(size).
KUBO_SAID = {
    0: "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
    1: "bafkreiekgmp53zydf4z2ohq3fysx3aawny2i4ah4wf4rj5el3nl2drrqa4",
    262143: "bafkreih2hom5mdt3hxznampdzj6ksv6o36vafqqctcrkoz5rfhpw3eodwu",
    262144: "bafkreih2bk74eu5axngebs6vftmmkcaqboysjjy726xzy5hksnqmfgw5fy",
    262145: "bafybeidbbs6ocod3v27jtr4uhvc6n55y3gbrtur3bvjsnraudtbxkozi2y",
    1048576: "bafybeigxrbq7fuchvgd6onff4gbsw5a2p2723maltvtkbglz3l5sak37gm",
    45613056: "bafybeih3ebhydpblov22wbakszm4spvku7hbo3oa5gdhgoh7gnub26mtx4",
    45613057: "bafybeidsyc3rx6lmbjml2fg4ucagkjh3kse6tbphoyyhms46fqhmu6ujbi",
    48234496: "bafybeic6niamlclbx3rdtlbkszlcpmevcwn56ejbqixqhf3w4zlnva2ymi",
}


@pytest.mark.parametrize("size", KUBO_SAID)
def test_the_cid_is_the_one_that_kubo_gives(size: int) -> None:
    assert cid_of(random.Random(size).randbytes(size)) == KUBO_SAID[size]


@given(st.binary(max_size=2000))
def test_a_small_blobs_cid_is_the_multiformats_librarys(data: bytes) -> None:
    expected = CID("base32", 1, "raw", multihash.digest(data, "sha2-256"))
    assert cid_of(data) == str(expected)
    assert parse(cid_of(data)) == (0x55, hashlib.sha256(data).digest())


@given(st.binary(min_size=32, max_size=32))
def test_digest_and_cid_are_two_names_of_the_same(digest: bytes) -> None:
    assert digest_of(cid_of_digest(digest)) == digest


def test_a_tree_has_its_leaves_first_its_root_last_and_every_block_verifies() -> None:
    size = CHUNK * MAX_LINKS + 1  # two inner nodes, so three levels
    cid, blocks = build(bytes(size))
    assert blocks[-1].cid == cid == cid_of(bytes(size))
    # 175 leaves, of which 174 are the same block; two nodes over them; the root
    assert len(blocks) == 175 + 2 + 1
    for block in blocks[-4:]:
        verify_block(block.cid, block.data)


def test_an_altered_block_does_not_verify() -> None:
    with pytest.raises(IntegrityError) as caught:
        verify_block(cid_of(b"one"), b"two")
    assert caught.value.code == "cid-mismatch"


def test_a_trees_digest_is_not_taken_for_the_blobs() -> None:
    with pytest.raises(BadInput):
        digest_of(KUBO_SAID[262145])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "b",
        "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n",  # CIDv0
        "zdj7WWeQ43G6JJvLWQWZpyHuAMq6uYWRjkBXFad11vE2LHhQ7",  # base58
        KUBO_SAID[1].upper(),
        KUBO_SAID[1][:-1],
        KUBO_SAID[1] + "a",
        KUBO_SAID[1] + "=",
        KUBO_SAID[1][:-1] + "5",  # same bytes, other trailing bits
        "bafyreigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",  # dag-cbor
        "b" + "ä" * 58,
        "../" + KUBO_SAID[1],
    ],
)
def test_anything_but_the_canonical_spelling_is_refused(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse(text)
    assert caught.value.code == "bad-cid"


def test_a_digest_of_another_length_has_no_cid() -> None:
    with pytest.raises(BadInput):
        cid_of_digest(b"short")
