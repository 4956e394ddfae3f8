"""What a keeper takes, and from whom: every deposit is checked against the manifest that it belongs to."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from fairsignal.domain.errors import BadInput, IntegrityError, RateLimited
from fairsignal.domain.hpke import open_message, seal_message
from fairsignal.domain.keeper_messages import (
    deposit_message,
)
from fairsignal.domain.sealing import HEADER_BYTES, SealedProfile, deposit_info, parse_manifest
from fairsignal.domain.shamir import SCALAR_BYTES
from tests.keeper.world import (
    CHAIN_ID,
    NOW,
    OPERATOR,
    OTHER_REGISTRY,
    REGISTRY,
    STRANGER,
    SUBJECT,
    TRAVEL,
    Kept,
    asked,
    open_kept,
    refusal,
    snapshot,
    stored,
)

NO_ONE_LIKE_IT = b"\x0e" * 32


async def test_deposit_is_kept_and_may_come_twice(kept: Kept, sealed: SealedProfile) -> None:
    await kept.deposit(sealed)
    assert await stored(kept, sealed)


@pytest.mark.parametrize("change", [{"chain_id": 1}, {"registry": OTHER_REGISTRY}], ids=["chain", "registry"])
async def test_deposit_of_another_deployment_is_refused(kept: Kept, change: dict[str, Any]) -> None:
    error = await refusal(kept.deposit(kept.seal(**change)))
    assert (type(error), error.code) == (BadInput, "wrong-context")


async def test_deposit_must_be_signed_by_the_operator_that_the_manifest_names(kept: Kept) -> None:
    assert (await refusal(kept.deposit(kept.seal(), STRANGER))).code == "bad-signature"
    foreign = kept.seal(operator=STRANGER.address)
    assert (await refusal(kept.deposit(foreign, OPERATOR))).code == "bad-signature"


@pytest.mark.parametrize(
    "change",
    [
        {"keeper": STRANGER.address},
        {"subject": STRANGER.address},
        {"digest": NO_ONE_LIKE_IT},
        {"index": 2},
        {"chain_id": 1},
        {"registry": OTHER_REGISTRY},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_deposits_signature_counts_for_this_very_deposit_alone(kept: Kept, change: dict[str, Any]) -> None:
    sealed = kept.seal()
    signed: dict[str, Any] = {
        "chain_id": CHAIN_ID,
        "registry": REGISTRY,
        "keeper": kept.keeper.signer.address,
        "subject": SUBJECT,
        "digest": sealed.digest,
        "index": 1,
    }
    signature = OPERATOR.sign_typed(deposit_message(**(signed | change)))
    error = await refusal(kept.deposit(sealed, signature=signature))
    assert error.code == "bad-signature"
    assert not await stored(kept, sealed)


@pytest.mark.parametrize("signature", [b"", b"\0" * 65, b"\x1b" * 65, b"x" * 64])
async def test_deposit_with_a_malformed_signature_is_refused(kept: Kept, signature: bytes) -> None:
    assert (await refusal(kept.deposit(kept.seal(), signature=signature))).code == "bad-signature"


def tampered(sealed: SealedProfile, at: int) -> bytes:
    manifest = bytearray(sealed.manifest)
    manifest[at] ^= 1
    return bytes(manifest)


@pytest.mark.parametrize(
    ("at", "code"),
    [(0, "not-a-sealed-profile"), (4, "unknown-format"), (HEADER_BYTES, "bad-signature"), (-1, "bad-signature")],
    ids=["magic", "format", "slot", "subject's copy"],
)
async def test_tampered_manifest_is_refused(kept: Kept, at: int, code: str) -> None:
    sealed = kept.seal()
    assert (await refusal(kept.deposit(sealed, manifest=tampered(sealed, at)))).code == code


async def test_operator_that_signs_a_tampered_manifest_is_refused_too(kept: Kept) -> None:
    """Its shares were sealed with the true manifest's hash in their context."""
    sealed = kept.seal()
    manifest = tampered(sealed, HEADER_BYTES)
    wrong = dataclasses.replace(sealed, manifest=manifest, digest=parse_manifest(manifest).header.digest)
    error = await refusal(kept.deposit(wrong))
    assert (type(error), error.code) == (IntegrityError, "does-not-open")


def resealed(kept: Kept, manifest: bytes, shares: bytes) -> SealedProfile:
    """Sealed anew for this manifest, as a dishonest operator would."""
    parsed = parse_manifest(manifest)
    info = deposit_info(parsed.head, parsed.header.digest, 1)
    message = seal_message(shares, kept.hpke_key, info)
    sealed = kept.seal()
    deposit = dataclasses.replace(sealed.deposits[0], sealed=message)
    return dataclasses.replace(sealed, manifest=manifest, digest=parsed.header.digest, deposits=(deposit,))


def shares_of(kept: Kept, sealed: SealedProfile) -> bytes:
    parsed = parse_manifest(sealed.manifest)
    private, _ = kept.keeper.keys.current(NOW)
    return open_message(sealed.deposits[0].sealed, private, deposit_info(parsed.head, sealed.digest, 1))


async def test_share_that_does_not_fit_the_commitments_is_refused(kept: Kept) -> None:
    sealed = kept.seal()
    shares = bytearray(shares_of(kept, sealed))
    for at in (0, TRAVEL * SCALAR_BYTES + 31, len(shares) - 1):
        wrong = shares.copy()
        wrong[at] ^= 1
        error = await refusal(kept.deposit(resealed(kept, sealed.manifest, bytes(wrong))))
        assert (type(error), error.code) == (IntegrityError, "bad-share")
    short = await refusal(kept.deposit(resealed(kept, sealed.manifest, bytes(shares[:-SCALAR_BYTES]))))
    assert short.code in ("bad-share", "integrity")
    assert not await stored(kept, sealed)


async def test_commitment_that_does_not_fit_the_share_is_refused(kept: Kept) -> None:
    sealed, other = kept.seal(), kept.seal()
    at = HEADER_BYTES + 124
    assert len(parse_manifest(sealed.manifest).slots[0].commitments[0]) == 33
    foreign = sealed.manifest[:at] + other.manifest[at : at + 33] + sealed.manifest[at + 33 :]
    no_point = sealed.manifest[:at] + b"\x02" + b"\xff" * 32 + sealed.manifest[at + 33 :]
    for manifest, code in ((foreign, "bad-share"), (no_point, "bad-commitment")):
        error = await refusal(kept.deposit(resealed(kept, manifest, shares_of(kept, sealed))))
        assert (type(error), error.code) == (IntegrityError, code)


@pytest.mark.parametrize(
    ("index", "kind", "code"),
    [(2, IntegrityError, "does-not-open"), *((index, BadInput, "wrong-index") for index in (0, 64, 255))],
)
async def test_share_of_another_index_is_refused(kept: Kept, index: int, kind: type, code: str) -> None:
    sealed = kept.seal()
    message = deposit_message(CHAIN_ID, REGISTRY, kept.keeper.signer.address, SUBJECT, sealed.digest, index)
    error = await refusal(kept.deposit(sealed, index=index, signature=OPERATOR.sign_typed(message)))
    assert (type(error), error.code) == (kind, code)


async def test_deposit_sealed_to_another_keeper_is_refused(kept: Kept, tmp_path: Path) -> None:
    elsewhere = tmp_path / "other"
    elsewhere.mkdir()
    other = open_kept(elsewhere)
    error = await refusal(kept.deposit(other.seal()))
    assert error.code == "does-not-open"
    await other.close()


async def test_deposits_are_limited_per_operator(tmp_path: Path) -> None:
    kept = open_kept(tmp_path, rates={"deposits": "2/minute", "releases": "1/minute"})
    sealed = kept.seal()
    for _ in range(2):
        await kept.deposit(sealed)
    error = await refusal(kept.deposit(sealed))
    assert (type(error), error.code) == (RateLimited, "rate-limited")
    foreign = kept.seal(operator=STRANGER.address)
    await kept.deposit(foreign, STRANGER)
    await kept.close()


async def test_what_is_not_signed_counts_against_nobody(tmp_path: Path) -> None:
    kept = open_kept(tmp_path, rates={"deposits": "1/minute", "releases": "1/minute"})
    sealed = kept.seal()
    for _ in range(3):
        assert (await refusal(kept.deposit(sealed, STRANGER))).code == "bad-signature"
        assert (await refusal(kept.keeper.release(asked(signer=STRANGER)))).code == "bad-signature"
    await kept.deposit(sealed)
    kept.chain.snapshot = snapshot(sealed.digest)
    assert (await kept.keeper.release(asked())).results[0].share
    await kept.close()


async def test_deposit_under_another_keepers_index_is_refused(kept: Kept) -> None:
    sealed, own = kept.seal(), kept.chain.members[0]
    kept.chain.members = (STRANGER.address, STRANGER.address, own, STRANGER.address, STRANGER.address)
    assert (await refusal(kept.deposit(sealed))).code == "wrong-index"
    assert not await stored(kept, sealed)
