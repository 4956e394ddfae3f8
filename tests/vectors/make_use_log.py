"""Makes tests/vectors/use-log-v1.json anew; the format is docs/use-log.md.

    .venv/bin/python tests/vectors/make_use_log.py

A second epoch of three people, one of whom had no use in it. All but the HPKE message is the same on every run.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from fairsignal.domain.cid import cid_of
from fairsignal.domain.hpke import public_key_of
from fairsignal.domain.log_index import LogIndex, SealedKey, seal_log_key
from fairsignal.domain.log_keys import LogContext, LogKeys
from fairsignal.domain.log_parts import pack_directories, pack_groups, seal_books, seal_groups
from fairsignal.domain.merkle import MerkleTree, pack_leaf
from fairsignal.domain.use_record import UseRecord

PATH = Path(__file__).with_name("use-log-v1.json")
MARKET = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
OPERATOR = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


def fixed(label: str, count: int) -> bytes:
    return hashlib.shake_256(label.encode()).digest(count)


def main() -> None:
    context = LogContext(31337, MARKET, OPERATOR, 2)
    log_key, auditor = fixed("log key", 32), fixed("auditor", 32)
    keys = LogKeys(log_key, context)
    campaigns = sorted(fixed(f"campaign {number}", 32) for number in range(2))
    subjects = sorted(fixed(f"subject {number}", 20) for number in range(3))
    totals = dict(zip(subjects, (7_000_000, 35_001, 700), strict=True))
    uses = {
        subjects[0]: [UseRecord(fixed("use 0", 16), 0, 4, 101), UseRecord(fixed("use 1", 16), 1, 0, (1 << 40) - 1)],
        subjects[2]: [UseRecord(fixed("use 2", 16), 1, 47, 102)],
    }
    sealed = {subject: keys.of_subject(subject) for subject in uses}
    groups = [
        group
        for subject, (key, tag) in sealed.items()
        for group in seal_groups(key, tag, totals[subject], uses[subject])
    ]
    tree = MerkleTree.build(b"".join(pack_leaf(subject, total) for subject, total in totals.items()))
    days = [subjects[0] + b"\1\0" + (2).to_bytes(2), subjects[2] + b"\3\0" + (1).to_bytes(2)]
    parts = {
        "uses": list(pack_groups(sorted(groups, key=lambda group: group.tag))),
        "totals": list(seal_books("totals", keys.books, [bytes(tree.leaves)])),
        "days": list(seal_books("days", keys.books, days)),
    }
    directories = {kind: list(pack_directories(part.ref for part in found)) for kind, found in parts.items()}
    digests = {kind: tuple(hashlib.sha256(table).digest() for table in found) for kind, found in directories.items()}
    index = LogIndex(
        context=context,
        previous=fixed("previous", 32),
        from_block=100,
        to_block=(1 << 40) - 1,
        campaigns=tuple(zip(campaigns, (10_000, 20_000), strict=True)),
        uses=3,
        subjects=3,
        gross=30_000,
        total=sum(totals.values()),
        root=tree.root,
        use_directories=digests["uses"],
        total_directories=digests["totals"],
        day_directories=digests["days"],
        log_commitment=keys.commitment,
        books_commitment=keys.books_commitment,
        previous_books=keys.seal_previous_books(fixed("previous books", 32)),
        auditors=(SealedKey(public_key_of(auditor), seal_log_key(log_key, public_key_of(auditor), context)),),
    )
    encoded = index.encode()
    total, proof = tree.claim_of(subjects[2])
    vector = {
        "log_key": log_key.hex(),
        "context": context.encoded.hex(),
        "auditor_private_key": auditor.hex(),
        "previous_books_key": fixed("previous books", 32).hex(),
        "index": encoded.decode("ascii"),
        "log_digest": hashlib.sha256(encoded).hexdigest(),
        "cid": cid_of(encoded),
        "debits": index.debits.hex(),
        "directories": {kind: [table.hex() for table in found] for kind, found in directories.items()},
        "parts": {kind: [part.data.hex() for part in found] for kind, found in parts.items()},
        "subjects": [
            {
                "address": subject.hex(),
                "key": keys.of_subject(subject)[0].hex(),
                "tag": keys.of_subject(subject)[1].hex(),
                "total": str(totals[subject]),
                "uses": [[use.use_id.hex(), use.campaign, use.category, use.block] for use in uses.get(subject, [])],
            }
            for subject in subjects
        ],
        "days": [[day[:20].hex(), day[20], int.from_bytes(day[22:])] for day in days],
        "proof": {"address": subjects[2].hex(), "total": str(total), "siblings": [node.hex() for node in proof]},
    }
    PATH.write_text(json.dumps(vector, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
