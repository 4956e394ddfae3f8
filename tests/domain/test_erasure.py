"""The request that a person signs, and the pauses between attempts."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from fairsignal.adapters.chain import LocalSigner, recover_typed
from fairsignal.domain.erasure import MAX_PAUSE, pause_after, request_erasure_message
from tests.vectors import make_eip712

VECTOR: dict[str, Any] = json.loads(make_eip712.PATH.read_text("utf-8"))["RequestErasure"]


def test_message_is_the_one_that_the_contract_takes() -> None:
    fields, domain = VECTOR["message"], VECTOR["domain"]
    message = request_erasure_message(
        domain["chainId"], domain["verifyingContract"], fields["subject"], fields["operator"], fields["signedAt"]
    )
    signature = LocalSigner(bytes.fromhex(VECTOR["privateKey"][2:])).sign_typed(message)
    assert "0x" + signature.hex() == VECTOR["signature"]
    assert recover_typed(message, signature) == VECTOR["signer"]


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 15), (2, 30), (3, 60), (8, 1_920), (9, MAX_PAUSE), (1_000_000, MAX_PAUSE)]
)
def test_pauses_double_up_to_an_hour(attempts: int, seconds: int) -> None:
    assert pause_after(attempts, timedelta(seconds=15)) == seconds


def test_pauses_below_a_second_grow_all_the_same() -> None:
    assert [pause_after(attempts, timedelta(milliseconds=300)) for attempts in range(1, 6)] == [0, 0, 1, 2, 4]
