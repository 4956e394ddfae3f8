"""Make tests/vectors/eip712.json: every EIP-712 message of our contracts, hashed and signed by eth-account.

    .venv/bin/python tests/vectors/make_eip712.py

The types are spelled out here and come from nowhere else, so that the contracts, the product and viem are all checked
against something that shares no code with them. Integers beyond 53 bits are decimal strings. Keys are fixed and guard
nothing; signatures are deterministic (RFC 6979).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

PATH = Path(__file__).with_name("eip712.json")
CHAIN_ID = 31337
# Where a fresh Anvil would put the first contracts of its first account; tests put theirs there.
CONTRACTS = {
    "ConsentRegistry": "0x5FbDB2315678afecb367f032d93F642f64180aa3",
    "ProfileRegistry": "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512",
    "SignalMarket": "0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0",
}
KEYS = {role: keccak(text=f"fairsignal vector {role}") for role in ("subject", "guardian", "advertiser", "keeper")}
ADDRESSES = {role: Account.from_key(key).address for role, key in KEYS.items()}
SUBJECT = ADDRESSES["subject"]
OPERATOR = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
ELSEWHERE = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
NOW = 1_800_000_000
"""Time of signing, Unix seconds: relays succeed at it and up to a day later."""

CONSENT_TYPE = (
    "address subject,address operator,uint8 purpose,uint128 categories,uint32 floor,uint16 cap,uint40 endsAt,"
    "uint32 version,uint40 signedAt"
)
# The highest category that can be consented to, and one more: the field is wider than 53 bits.
CONSENT = (SUBJECT, OPERATOR, 1, (1 << 111) | 5, 10_000, 4_095, NOW + 30 * 86_400, 1, NOW)
DEBITS = keccak(text="campaign") + (1_000_000).to_bytes(12, "big") + keccak(text="another") + bytes(11) + b"\x07"

MESSAGES: dict[str, tuple[str, str, str, tuple[Any, ...]]] = {
    # primary type -> contract, whose key signs, fields, values
    "Grant": ("ConsentRegistry", "subject", CONSENT_TYPE, CONSENT),
    "Approve": ("ConsentRegistry", "guardian", CONSENT_TYPE, CONSENT),
    "Revoke": (
        "ConsentRegistry",
        "subject",
        "address subject,address operator,uint8 purpose,uint40 signedAt",
        (SUBJECT, OPERATOR, 1, NOW),
    ),
    "RevokeAll": ("ConsentRegistry", "subject", "address subject,uint40 signedAt", (SUBJECT, NOW)),
    "RequestErasure": (
        "ProfileRegistry",
        "subject",
        "address subject,address operator,uint40 signedAt",
        (SUBJECT, OPERATOR, NOW),
    ),
    "Voucher": ("SignalMarket", "advertiser", "bytes32 campaign,uint256 ceiling", (keccak(text="campaign"), 250)),
    "Withdrawal": (
        "SignalMarket",
        "subject",
        "address subject,uint256 lane,uint256 earned,address to,uint256 deadline",
        (SUBJECT, int(OPERATOR, 16) << 8 | 1, 700_000, ELSEWHERE, NOW + 86_400),
    ),
    "Settlement": (
        "SignalMarket",
        "keeper",
        "address operator,uint40 epoch,bytes20 previousRoot,bytes32 root,uint96 total,bytes debits,bytes32 logDigest",
        (OPERATOR, 1, bytes(20), keccak(text="root"), 700_005, DEBITS, keccak(text="log")),
    ),
    "Claim": (
        "SignalMarket",
        "subject",
        "address subject,address operator,uint256 total,address to,uint256 deadline",
        (SUBJECT, OPERATOR, (1 << 96) - 1, ELSEWHERE, NOW + 86_400),
    ),
}


def plain(value: Any) -> Any:
    """A value as JSON can hold it exactly."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return str(value) if isinstance(value, int) and value >= 1 << 53 else value


def vector(primary: str) -> dict[str, Any]:
    """One message with what eth-account makes of it."""
    contract, role, declared, values = MESSAGES[primary]
    fields = [dict(zip(("type", "name"), field.split(" "), strict=True)) for field in declared.split(",")]
    message = {field["name"]: value for field, value in zip(fields, values, strict=True)}
    domain = {
        "name": f"Fairsignal {contract}",
        "version": "1",
        "chainId": CHAIN_ID,
        "verifyingContract": CONTRACTS[contract],
    }
    types = {primary: [{"name": field["name"], "type": field["type"]} for field in fields]}
    signable = encode_typed_data(domain, types, message)
    signed = Account.sign_message(signable, KEYS[role])
    return {
        "contract": contract,
        "domain": domain,
        "types": types,
        "primaryType": primary,
        "message": {name: plain(value) for name, value in message.items()},
        "typeHash": plain(keccak(text=f"{primary}({declared})")),
        "structHash": plain(bytes(signable.body)),
        "domainSeparator": plain(bytes(signable.header)),
        "digest": plain(bytes(signed.message_hash)),
        "signer": ADDRESSES[role],
        "privateKey": plain(bytes(KEYS[role])),
        "signature": plain(bytes(signed.signature)),
    }


def text() -> str:
    """The file's content."""
    return json.dumps({primary: vector(primary) for primary in MESSAGES}, indent=1) + "\n"


if __name__ == "__main__":
    PATH.write_text(text(), "utf-8")
    print(PATH)
