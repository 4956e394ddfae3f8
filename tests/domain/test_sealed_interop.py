"""Python opens what TypeScript sealed, and the other way round: fresh profiles, random keys.

web/scripts/sealed.ts is bundled once and run by node; web/src/sealed/vectors.test.ts opens the test vectors.
"""

from __future__ import annotations

import json
import random
import secrets
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from fairsignal.domain.categories import BY_SLUG, INTERESTS
from fairsignal.domain.cid import cid_of
from fairsignal.domain.errors import FairsignalError
from fairsignal.domain.hpke import new_private_key, public_key_of
from fairsignal.domain.keeper_shares import open_deposit, reseal_share
from fairsignal.domain.opening import open_own, open_with_shares
from fairsignal.domain.sealing import SLOTS, KeeperKey, Manifest, SealContext, SealedProfile, parse_manifest, share_info
from fairsignal.domain.signal_record import canonical
from fairsignal.domain.signals import ExtractionReport, Intent, ScreenedProfile, Signal
from fairsignal.pipeline.seal import seal

WEB = Path(__file__).resolve().parents[2] / "web"
VITE = WEB / "node_modules" / "vite" / "bin" / "vite.js"
DAY = 86_400
MODEL_ID = "un modèle, in UTF-8 ✓"

TypeScript = Callable[[str, list[dict[str, Any]]], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def typescript(tmp_path_factory: pytest.TempPathFactory) -> TypeScript:
    """Runs web/scripts/sealed.ts: ``typescript("seal", requests)`` gives the answers."""
    if not VITE.is_file() or shutil.which("node") is None:
        pytest.fail("The dApp's npm packages (web/node_modules) or node are missing: run `make setup-dev`.")
    out = tmp_path_factory.mktemp("sealed")
    build = ["node", str(VITE), "build", "--ssr", "scripts/sealed.ts", "--outDir", str(out), "--logLevel", "warn"]
    built = subprocess.run(build, cwd=WEB, capture_output=True, text=True, check=False, timeout=60)
    assert built.returncode == 0, built.stdout + built.stderr

    def run(command: str, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
        done = subprocess.run(
            ["node", str(out / "sealed.js"), command],
            input=json.dumps(requests),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        answers: list[dict[str, Any]] = json.loads(done.stdout)
        assert len(answers) == len(requests)
        return answers

    return run


@dataclass(frozen=True)
class Parties:
    """Fresh keys and a profile for t of n keepers."""

    threshold: int
    subject_key: bytes
    keeper_keys: list[bytes]
    advertiser_key: bytes
    context: SealContext
    signals: tuple[Signal, ...]

    @property
    def expected(self) -> list[Signal]:
        """What a reader gets: the record's precision, in slot order."""
        read = [canonical(BY_SLUG[signal.slug].bit, signal) for signal in self.signals]
        return sorted((signal for signal in read if signal), key=lambda signal: BY_SLUG[signal.slug].bit)

    def seal(self) -> SealedProfile:
        keepers = [KeeperKey(index, public_key_of(key)) for index, key in enumerate(self.keeper_keys, start=1)]
        profile = ScreenedProfile(self.signals, ExtractionReport(0, 0, {}, {}, MODEL_ID))
        return seal(profile, self.context, public_key_of(self.subject_key), keepers, self.threshold)

    def seal_request(self) -> dict[str, Any]:
        return {
            "context": asdict(self.context),
            "model_id": MODEL_ID,
            "threshold": self.threshold,
            "subject_key": public_key_of(self.subject_key).hex(),
            "keeper_keys": [public_key_of(key).hex() for key in self.keeper_keys],
            "signals": [to_json(signal) for signal in self.signals],
        }

    def open_request(self, manifest: bytes, deposits: list[bytes], digest: bytes | None = None) -> dict[str, Any]:
        return {
            "manifest": manifest.hex(),
            "digest": digest.hex() if digest else None,
            "subject_private_key": self.subject_key.hex(),
            "keeper_private_keys": [key.hex() for key in self.keeper_keys],
            "deposits": [deposit.hex() for deposit in deposits],
            "releases": [],
        }

    def shares(self, manifest: Manifest, deposits: list[bytes]) -> dict[int, list[bytes]]:
        """What the keepers hold, by index; `open_deposit` verifies every share."""
        rows = enumerate(zip(deposits, self.keeper_keys, strict=True), start=1)
        return {index: open_deposit(manifest, deposit, index, key) for index, (deposit, key) in rows}

    def release(self, manifest: Manifest, category: int, shares: Mapping[int, bytes]) -> dict[str, Any]:
        """Shares of one category as the keepers release them to the advertiser of some campaign."""
        campaign, recipient = secrets.token_bytes(32), public_key_of(self.advertiser_key)
        infos = {index: share_info(manifest.header.digest, campaign, category, index) for index in sorted(shares)}
        return {
            "campaign": campaign.hex(),
            "category": category,
            "advertiser_private_key": self.advertiser_key.hex(),
            "messages": [reseal_share(shares[index], recipient, info).hex() for index, info in infos.items()],
        }


def parties(threshold: int, count: int, slugs: list[str]) -> Parties:
    seed = secrets.randbits(32)
    print(f"{threshold} of {count}, seed {seed}")  # shown when the test fails
    chance = random.Random(seed)
    registry, operator, subject = (f"0x{chance.randbytes(20).hex()}" for _ in range(3))
    return Parties(
        threshold=threshold,
        subject_key=new_private_key(),
        keeper_keys=[new_private_key() for _ in range(count)],
        advertiser_key=new_private_key(),
        context=SealContext(chance.randrange(1, 1 << 53), registry, operator, subject, chance.randrange(1, 1 << 32)),
        signals=tuple(random_signal(chance, slug) for slug in chance.sample(slugs, len(slugs))),
    )


def random_signal(chance: random.Random, slug: str) -> Signal:
    # Halves between two writable scores are rounded alike, too.
    score = chance.choice([0.0, 1.0, chance.random(), (chance.randrange(65_535) + 0.5) / 65_535])
    first = chance.randrange((1 << 32) * DAY)
    last = chance.randrange(first, (1 << 32) * DAY)
    evidence = chance.choice([1, chance.randrange(1, 1 << 16), 70_000])
    return Signal(slug, score, evidence, first, last, chance.choice(list(Intent)), chance.choice(["en", "und", "zh"]))


def to_json(signal: Signal) -> dict[str, Any]:
    return {**asdict(signal), "intent": signal.intent.value}


def from_json(fields: dict[str, Any]) -> Signal:
    return Signal(**{**fields, "intent": Intent(fields["intent"])})


SLUGS = [category.slug for category in INTERESTS]
PROFILES = pytest.mark.parametrize(
    ("threshold", "count", "slugs"),
    [(1, 1, SLUGS[::4]), (2, 3, []), (3, 5, SLUGS), (5, 5, SLUGS[:1])],
    ids=["1of1-some", "2of3-none", "3of5-all", "5of5-one"],
)


@PROFILES
def test_python_opens_what_typescript_sealed(
    typescript: TypeScript, threshold: int, count: int, slugs: list[str]
) -> None:
    who = parties(threshold, count, slugs)
    (answer,) = typescript("seal", [who.seal_request()])
    data = bytes.fromhex(answer["manifest"])
    manifest = parse_manifest(data, bytes.fromhex(answer["digest"]))
    assert answer["cid"] == cid_of(data)
    assert manifest.head == parse_manifest(who.seal().manifest).head
    assert open_own(manifest, who.subject_key) == who.expected
    shares = who.shares(manifest, [bytes.fromhex(deposit) for deposit in answer["deposits"]])
    found = []
    for category in range(SLOTS):
        quorum = random.sample(sorted(shares), threshold)
        opened = open_with_shares(manifest, category, {index: shares[index][category] for index in quorum})
        assert opened.liars == ()
        found.append(opened.signal)
    assert [signal for signal in found if signal] == who.expected


@PROFILES
def test_typescript_opens_what_python_sealed(
    typescript: TypeScript, threshold: int, count: int, slugs: list[str]
) -> None:
    who = parties(threshold, count, slugs)
    sealed = who.seal()
    manifest = parse_manifest(sealed.manifest)
    deposits = [deposit.sealed for deposit in sealed.deposits]
    shares = who.shares(manifest, deposits)
    releases = [
        who.release(manifest, category, {index: row[category] for index, row in shares.items()})
        for category in range(SLOTS)
    ]
    request = who.open_request(sealed.manifest, deposits, sealed.digest)
    (answer,) = typescript("open", [{**request, "releases": releases}])
    header = manifest.header
    assert answer["context"] == {
        "chain_id": header.chain_id,
        "registry": header.registry.lower(),
        "operator": header.operator.lower(),
        "subject": header.subject.lower(),
        "version": header.version,
    }
    assert [from_json(fields) for fields in answer["signals"]] == who.expected
    assert answer["shares"] == [[share.hex() for share in shares[index]] for index in sorted(shares)]
    released = [from_json(release["signal"]) for release in answer["releases"] if release["signal"]]
    assert released == who.expected
    assert all(release["liars"] == [] for release in answer["releases"])


def test_both_name_the_lying_keepers(typescript: TypeScript) -> None:
    who = parties(3, 5, SLUGS[:1])
    sealed = who.seal()
    manifest = parse_manifest(sealed.manifest)
    rows = who.shares(manifest, [deposit.sealed for deposit in sealed.deposits])
    shares = {index: row[0] for index, row in rows.items()}
    shares[2], shares[5] = shares[5], secrets.token_bytes(32)
    request = {**who.open_request(sealed.manifest, []), "releases": [who.release(manifest, 0, shares)]}
    (answer,) = typescript("open", [request])
    opened = open_with_shares(manifest, 0, shares)
    assert opened.liars == (2, 5)
    assert answer["releases"][0]["liars"] == [2, 5]
    assert from_json(answer["releases"][0]["signal"]) == opened.signal == who.expected[0]


def test_both_refuse_the_same_under_the_same_code(typescript: TypeScript) -> None:
    who = parties(2, 3, SLUGS[:3])
    sealed = who.seal()
    slot = 112 + 2 * (124 + 66)  # of category 2, which holds a record
    copy = len(sealed.manifest) - 1584
    offsets = (0, 4, 5, 6, 7, 8, 16, 36, 56, 76, 80, slot, slot + 12, slot + 123, slot + 124, copy, copy + 1583)
    altered = [b"", sealed.manifest[:-1], sealed.manifest + b"\0"]
    altered += [flipped(sealed.manifest, offset) for offset in offsets]
    answers = typescript("open", [who.open_request(manifest, []) for manifest in altered])
    refused = [refusal(partial(read, data, who.subject_key)) for data in altered]
    answers += typescript("open", [who.open_request(altered[-1], [], sealed.digest)])
    refused.append(refusal(lambda: parse_manifest(altered[-1], sealed.digest)))
    assert [answer.get("error") for answer in answers] == refused
    assert len({error["code"] for error in refused}) >= 5


def read(manifest: bytes, subject_key: bytes) -> list[Signal]:
    return open_own(parse_manifest(manifest), subject_key)


def flipped(data: bytes, offset: int) -> bytes:
    other = bytearray(data)
    other[offset] ^= 0x80
    return bytes(other)


def refusal(action: Callable[[], object]) -> dict[str, str]:
    with pytest.raises(FairsignalError) as caught:
        action()
    return {"name": type(caught.value).__name__, "code": caught.value.code}
