"""tests/vectors/eip712.json: eth-account, viem and our own messages agree on every message, byte for byte.

That the contracts agree too is tested with them (tests/contracts, tests/foundry).
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from fairsignal.adapters.chain import LocalSigner, recover_typed
from fairsignal.domain.campaign import voucher_message
from fairsignal.domain.consent import ConsentTerms, Purpose, grant_message, revoke_all_message, revoke_message
from fairsignal.domain.settlement import withdrawal_message
from tests.vectors import make_eip712

VECTORS: dict[str, dict[str, Any]] = json.loads(make_eip712.PATH.read_text("utf-8"))
CONTRACTS = Path(__file__).parents[2] / "contracts"


def declared(name: str) -> str:
    """The type string that a vector's type hash is of."""
    fields = VECTORS[name]["types"][name]
    return f"{name}({','.join(field['type'] + ' ' + field['name'] for field in fields)})"


def test_eth_account_makes_the_vectors_again() -> None:
    assert make_eip712.text() == make_eip712.PATH.read_text("utf-8")


def test_viem_computes_the_same_digests_and_signatures() -> None:
    script = make_eip712.PATH.with_name("hash_eip712.mjs")
    done = subprocess.run(["node", script, make_eip712.PATH], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    found = {line.pop("name"): line for line in map(json.loads, done.stdout.splitlines())}
    assert found == {
        name: {key: vector[key] for key in ("digest", "signer", "signature")} for name, vector in VECTORS.items()
    }


def test_there_is_a_vector_for_every_message_that_a_contract_takes() -> None:
    sources = [path.read_text("utf-8") for path in CONTRACTS.rglob("*.sol") if "mocks" not in path.parts]
    hashed = {text for source in sources for text in re.findall(r'TYPEHASH\s*=\s*keccak256\(\s*"([^"]+)"', source)}
    assert hashed == {declared(name) for name in VECTORS}


def message_of(name: str) -> dict[str, Any]:
    """The message as our own code builds it."""
    vector = VECTORS[name]
    message, chain_id, contract = vector["message"], vector["domain"]["chainId"], vector["domain"]["verifyingContract"]
    if name == "Grant":
        terms = ConsentTerms(
            message["operator"],
            Purpose(message["purpose"]),
            int(message["categories"]),
            message["floor"],
            message["cap"],
            message["endsAt"],
        )
        subject, version, signed_at = message["subject"], message["version"], message["signedAt"]
        return grant_message(chain_id, contract, subject, terms, version, signed_at)
    if name == "Revoke":
        fields = [message[field] for field in ("subject", "operator", "purpose", "signedAt")]
        return revoke_message(chain_id, contract, *fields)
    if name == "RevokeAll":
        return revoke_all_message(chain_id, contract, message["subject"], message["signedAt"])
    if name == "Withdrawal":
        subject, lane, earned, to, deadline = (message[f] for f in ("subject", "lane", "earned", "to", "deadline"))
        return withdrawal_message(chain_id, contract, subject, int(lane), earned, to, deadline)
    return voucher_message(chain_id, contract, bytes.fromhex(message["campaign"][2:]), message["ceiling"])


@pytest.mark.parametrize("name", ["Grant", "Revoke", "RevokeAll", "Voucher", "Withdrawal"])
def test_our_own_message_is_the_vectors(name: str) -> None:
    vector, message = VECTORS[name], message_of(name)
    signature = LocalSigner(bytes.fromhex(vector["privateKey"][2:])).sign_typed(message)
    assert "0x" + signature.hex() == vector["signature"]
    assert recover_typed(message, signature) == vector["signer"]
