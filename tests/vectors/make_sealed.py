"""Makes tests/vectors/sealed-*.json anew; the format is docs/sealed-format.md, "Test vectors".

    .venv/bin/python tests/vectors/make_sealed.py

Everything but the HPKE messages is the same on every run: secrets, coefficients and nonces come from SHAKE-256.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from fairsignal.domain.hpke import public_key_of
from fairsignal.domain.keeper_shares import open_deposit, reseal_share
from fairsignal.domain.sealing import NONCE_BYTES, SLOTS, KeeperKey, SealContext, parse_manifest, share_info
from fairsignal.domain.shamir import SCALAR_BYTES, RandomBytes
from fairsignal.domain.signals import ExtractionReport, Intent, ScreenedProfile, Signal
from fairsignal.pipeline.seal import seal

DAY = 86_400
CATEGORY = 3
MODEL_ID = "test-model@sha256:00"
SIGNALS = {
    "none": (),
    "three": (
        Signal("travel", 0.75, 4, 20_000 * DAY, 20_090 * DAY, Intent.COMPARING, "en"),
        Signal("cooking", 1.0, 65_535, 0, 20_400 * DAY, Intent.NONE, "und"),
        Signal("languages", 0.25, 2, 20_399 * DAY, 20_399 * DAY, Intent.OWNS, "de"),
    ),
}


def stream(label: str) -> RandomBytes:
    """Deterministic bytes, read on from where the last call stopped."""
    pool, position = hashlib.shake_256(label.encode()).digest(1 << 16), 0

    def read(count: int) -> bytes:
        nonlocal position
        position += count
        return pool[position - count : position]

    return read


def vector(name: str, threshold: int, count: int, signals: tuple[Signal, ...]) -> dict[str, object]:
    keys = stream(f"fairsignal {name} keys")
    subject_key, advertiser_key, *keeper_keys = (keys(32) for _ in range(2 + count))
    context = SealContext(
        chain_id=31337,
        registry="0x5FbDB2315678afecb367f032d93F642f64180aa3",
        operator="0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
        subject="0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
        version=7,
    )
    keepers = [KeeperKey(index, public_key_of(key)) for index, key in enumerate(keeper_keys, start=1)]
    profile = ScreenedProfile(signals, ExtractionReport(0, 0, {}, {}, MODEL_ID))
    recorded = stream(f"fairsignal {name} randomness")
    sealed = seal(profile, context, public_key_of(subject_key), keepers, threshold, random=recorded)

    again = stream(f"fairsignal {name} randomness")
    secrets = [again(SCALAR_BYTES) for _ in range(SLOTS)]
    nonces = [again(NONCE_BYTES) for _ in range(SLOTS)]
    coefficients = [[secret, *(again(SCALAR_BYTES) for _ in range(threshold - 1))] for secret in secrets]
    manifest = parse_manifest(sealed.manifest)
    shares = {
        deposit.index: open_deposit(manifest, deposit.sealed, deposit.index, key)
        for deposit, key in zip(sealed.deposits, keeper_keys, strict=True)
    }
    campaign = hashlib.sha256(b"campaign").digest()
    return {
        "format": 1,
        "context": {
            "chain_id": context.chain_id,
            "registry": context.registry,
            "operator": context.operator,
            "subject": context.subject,
            "version": context.version,
        },
        "model_id": MODEL_ID,
        "threshold": threshold,
        "signals": [
            {
                "slug": signal.slug,
                "score": signal.score,
                "evidence": signal.evidence,
                "first_seen": signal.first_seen,
                "last_seen": signal.last_seen,
                "intent": signal.intent.value,
                "language": signal.language,
            }
            for signal in signals
        ],
        "subject_private_key": subject_key.hex(),
        "keeper_private_keys": [key.hex() for key in keeper_keys],
        "coefficients": [[value.hex() for value in polynomial] for polynomial in coefficients],
        "nonces": [nonce.hex() for nonce in nonces],
        "manifest": sealed.manifest.hex(),
        "digest": sealed.digest.hex(),
        "cid": sealed.cid,
        "deposits": [deposit.sealed.hex() for deposit in sealed.deposits],
        "shares": [[share.hex() for share in shares[index]] for index in sorted(shares)],
        "release": {
            "campaign": campaign.hex(),
            "category": CATEGORY,
            "advertiser_private_key": advertiser_key.hex(),
            "messages": [
                reseal_share(
                    shares[index][CATEGORY],
                    public_key_of(advertiser_key),
                    share_info(sealed.digest, campaign, CATEGORY, index),
                ).hex()
                for index in sorted(shares)
            ],
        },
    }


def main() -> None:
    for threshold, count, content in ((1, 1, "three"), (2, 3, "three"), (2, 3, "none"), (3, 5, "three")):
        name = f"sealed-v1-{threshold}of{count}-{content}"
        path = Path(__file__).parent / f"{name}.json"
        path.write_text(json.dumps(vector(name, threshold, count, SIGNALS[content]), indent=1) + "\n")
        print(path)


if __name__ == "__main__":
    main()
