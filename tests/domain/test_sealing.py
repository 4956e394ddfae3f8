"""The binary layout, and docs/sealed-format.md's test vectors opened and made again."""

from __future__ import annotations

import hashlib
import io
import json
import struct
from pathlib import Path
from typing import Any

import pytest

from fairsignal.domain.categories import BY_SLUG
from fairsignal.domain.cid import cid_of
from fairsignal.domain.errors import BadInput, IntegrityError
from fairsignal.domain.hpke import public_key_of
from fairsignal.domain.keeper_shares import open_deposit, open_share
from fairsignal.domain.opening import open_own, open_slot, open_with_shares
from fairsignal.domain.sealing import (
    HEADER_BYTES,
    SLOTS,
    KeeperKey,
    SealContext,
    encode_header,
    parse_manifest,
    read_header,
    share_info,
)
from fairsignal.domain.signal_record import canonical
from fairsignal.domain.signals import ExtractionReport, Intent, ScreenedProfile, Signal
from fairsignal.pipeline.seal import seal

VECTORS = sorted((Path(__file__).parents[1] / "vectors").glob("sealed-v1-*.json"))


@pytest.fixture(params=VECTORS, ids=lambda path: path.stem)
def vector(request: pytest.FixtureRequest) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(request.param.read_text())
    return document


def expected(vector: dict[str, Any]) -> list[Signal]:
    signals = [Signal(**{**fields, "intent": Intent(fields["intent"])}) for fields in vector["signals"]]
    read = [canonical(BY_SLUG[signal.slug].bit, signal) for signal in signals]
    return [signal for signal in read if signal is not None]


def manifest_of(vector: dict[str, Any]) -> bytes:
    return bytes.fromhex(vector["manifest"])


def test_there_are_vectors() -> None:
    assert len(VECTORS) >= 4


def test_vector_header_length_and_hashes_are_as_specified(vector: dict[str, Any]) -> None:
    manifest = manifest_of(vector)
    t, n, context = vector["threshold"], len(vector["keeper_private_keys"]), vector["context"]
    # Spelled out from the document, not from the code.
    assert manifest[:8] == b"FSIG" + bytes([1, t, n, 48])
    assert struct.unpack(">Q", manifest[8:16])[0] == context["chain_id"]
    assert manifest[16:36].hex() == context["registry"][2:].lower()
    assert manifest[36:56].hex() == context["operator"][2:].lower()
    assert manifest[56:76].hex() == context["subject"][2:].lower()
    assert struct.unpack(">I", manifest[76:80])[0] == context["version"]
    assert manifest[80:112] == hashlib.sha256(vector["model_id"].encode()).digest()
    assert len(manifest) == 112 + 48 * (12 + 112 + 33 * t) + 1584
    assert hashlib.sha256(manifest).hexdigest() == vector["digest"]
    assert cid_of(manifest) == vector["cid"]


def test_vector_is_made_again_from_its_randomness(vector: dict[str, Any]) -> None:
    context = SealContext(**vector["context"])
    report = ExtractionReport(0, 0, {}, {}, vector["model_id"])
    keepers = [
        KeeperKey(index, public_key_of(bytes.fromhex(key)))
        for index, key in enumerate(vector["keeper_private_keys"], start=1)
    ]
    polynomials = vector["coefficients"]
    drawn = [polynomial[0] for polynomial in polynomials] + vector["nonces"]
    drawn += [value for polynomial in polynomials for value in polynomial[1:]]
    recorded = io.BytesIO(bytes.fromhex("".join(drawn)))
    sealed = seal(
        ScreenedProfile(tuple(expected(vector)), report),
        context,
        public_key_of(bytes.fromhex(vector["subject_private_key"])),
        keepers,
        vector["threshold"],
        random=recorded.read,
    )
    # All but the subject's copy, which is an HPKE message with an ephemeral key of its own.
    assert sealed.manifest[:-1584] == manifest_of(vector)[:-1584]


def test_vector_opens_for_the_subject(vector: dict[str, Any]) -> None:
    manifest = parse_manifest(manifest_of(vector), bytes.fromhex(vector["digest"]))
    assert open_own(manifest, bytes.fromhex(vector["subject_private_key"])) == expected(vector)


def test_vector_opens_slot_by_slot_with_the_constant_terms(vector: dict[str, Any]) -> None:
    manifest = parse_manifest(manifest_of(vector))
    opened = [
        open_slot(manifest, category, bytes.fromhex(polynomial[0]))
        for category, polynomial in enumerate(vector["coefficients"])
    ]
    assert [signal for signal in opened if signal is not None] == expected(vector)


def test_vector_deposits_hold_the_shares(vector: dict[str, Any]) -> None:
    manifest = parse_manifest(manifest_of(vector))
    rows = zip(vector["deposits"], vector["keeper_private_keys"], vector["shares"], strict=True)
    for index, (sealed, key, shares) in enumerate(rows, start=1):
        opened = open_deposit(manifest, bytes.fromhex(sealed), index, bytes.fromhex(key))
        assert [share.hex() for share in opened] == shares


def test_vector_release_opens_one_category_for_the_advertiser(vector: dict[str, Any]) -> None:
    manifest = parse_manifest(manifest_of(vector))
    release = vector["release"]
    category, campaign = release["category"], bytes.fromhex(release["campaign"])
    shares = {}
    for index, message in enumerate(release["messages"], start=1):
        info = share_info(manifest.header.digest, campaign, category, index)
        assert info == b"fairsignal/share/v1" + bytes.fromhex(vector["digest"]) + campaign + bytes([category, index])
        shares[index] = open_share(bytes.fromhex(message), bytes.fromhex(release["advertiser_private_key"]), info)
    opened = open_with_shares(manifest, category, shares)
    found = [signal for signal in expected(vector) if BY_SLUG[signal.slug].bit == category]
    assert opened.liars == ()
    assert ([] if opened.signal is None else [opened.signal]) == found


# --- what a reader refuses ------------------------------------------------------------------------------------------

ONE = json.loads(next(path for path in VECTORS if "2of3-three" in path.name).read_text())


def altered(position: int, value: bytes) -> bytes:
    manifest = bytearray(manifest_of(ONE))
    manifest[position : position + len(value)] = value
    return bytes(manifest)


@pytest.mark.parametrize(
    ("manifest", "code"),
    [
        (b"", "not-a-sealed-profile"),
        (b"FSIG", "not-a-sealed-profile"),
        (altered(0, b"JSON"), "not-a-sealed-profile"),
        (manifest_of(ONE)[:-1], "not-a-sealed-profile"),
        (manifest_of(ONE) + b"\0", "not-a-sealed-profile"),
        (altered(4, b"\x02"), "unknown-format"),
        (altered(7, b"\x31"), "unknown-format"),
        (altered(5, b"\x00"), "bad-threshold"),
        (altered(5, b"\x04"), "bad-threshold"),
        (altered(6, b"\x41"), "bad-threshold"),
        (altered(5, b"\x03"), "not-a-sealed-profile"),  # the length is that of another threshold
    ],
)
def test_what_is_no_manifest_of_this_format_is_refused(manifest: bytes, code: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_header(manifest)
    assert caught.value.code == code


def test_a_manifest_that_is_not_the_attested_one_is_refused() -> None:
    with pytest.raises(IntegrityError) as caught:
        parse_manifest(altered(-1, b"\0"), bytes.fromhex(ONE["digest"]))
    assert caught.value.code == "manifest-mismatch"


def test_a_header_reads_back_with_checksummed_addresses() -> None:
    header = read_header(manifest_of(ONE))
    assert (header.registry, header.operator, header.subject) == tuple(
        ONE["context"][name] for name in ("registry", "operator", "subject")
    )
    assert header.digest.hex() == ONE["digest"]


@pytest.mark.parametrize(
    "change",
    [
        {"chain_id": 0},
        {"chain_id": 1 << 64},
        {"version": 0},
        {"version": 1 << 32},
        {"registry": "0x1234"},
        {"operator": "nobody"},
        {"subject": ""},
    ],
)
def test_a_context_that_does_not_fit_the_header_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as caught:
        encode_header(SealContext(**{**ONE["context"], **change}), 2, 3, "model")
    assert caught.value.code == "bad-context"


def test_the_header_takes_112_bytes_and_there_are_48_slots() -> None:
    assert (HEADER_BYTES, SLOTS) == (112, 48)
