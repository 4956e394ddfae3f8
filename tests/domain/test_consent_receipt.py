"""A receipt says what its consent word says, and whatever is changed in it is noticed."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from fairsignal.adapters.chain import LocalSigner, recover_typed
from fairsignal.domain.consent import ConsentTerms, Purpose, categories_mask
from fairsignal.domain.consent_receipt import Controller, ReceiptFacts, build_receipt, receipt_message
from fairsignal.domain.errors import BadInput, IntegrityError
from fairsignal.domain.receipt_check import check_receipt, receipt_digest, signed_receipt

OPERATOR, STRANGER = LocalSigner(b"\1" * 32), LocalSigner(b"\2" * 32)
GRANTED, ENDS = 1_800_000_000, 1_810_000_000
TERMS = ConsentTerms(
    OPERATOR.address, Purpose.AD_TARGETING, categories_mask(["travel", "cooking"]), floor=10_000, cap=5, ends_at=ENDS
)
FACTS = ReceiptFacts(
    chain_id=31337,
    registry="0x00000000000000000000000000000000000000C1",
    subject="0x00000000000000000000000000000000000000b1",
    operator=OPERATOR.address,
    purpose=Purpose.AD_TARGETING,
    word=TERMS.word(version=3, granted_at=GRANTED),
    event="Granted",
    tx_hash="0x" + "ab" * 32,
    block=17,
    block_time=GRANTED + 12,
    revoked_all_at=0,
    issued_at=GRANTED + 60,
    url="https://signals.example",
    controller=Controller("Example Ltd", "1 Road, Dublin", "privacy@signals.example", jurisdictions=("IE",)),
)


def checksummed(facts: ReceiptFacts) -> ReceiptFacts:
    from eth_utils.address import to_checksum_address

    return replace(facts, registry=to_checksum_address(facts.registry), subject=to_checksum_address(facts.subject))


FACTS = checksummed(FACTS)


def signed(receipt: dict[str, Any], signer: LocalSigner = OPERATOR) -> dict[str, Any]:
    message = receipt_message(FACTS.chain_id, FACTS.registry, receipt_digest(receipt))
    document: dict[str, Any] = json.loads(json.dumps(signed_receipt(receipt, signer.sign_typed(message))))
    return document


def record(facts: ReceiptFacts) -> dict[str, Any]:
    found: dict[str, Any] = build_receipt(facts)["dpv:hasRecordOfActivity"]
    return found


def code_of(document: Any, **more: str) -> str:
    with pytest.raises((BadInput, IntegrityError)) as caught:
        check_receipt(document, recover_typed, **more)
    return caught.value.code


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of everything that is neither an object nor an array."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*path, key))
    else:
        yield path


def changed(receipt: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    """With another value at one place, of the same type where it has one."""
    copied = copy.deepcopy(receipt)
    place: Any = copied
    for key in path[:-1]:
        place = place[key]
    old = place[path[-1]]
    place[path[-1]] = old + 1 if isinstance(old, int) else f"{old}x" if isinstance(old, str) else "x"
    return copied


PLACES = list(leaves(build_receipt(FACTS)))


def test_a_right_receipt_says_its_facts() -> None:
    assert replace(check_receipt(signed(build_receipt(FACTS)), recover_typed), controller=FACTS.controller) == FACTS


def test_what_an_operator_does_not_declare_is_said_to_be_undeclared() -> None:
    document = signed(build_receipt(replace(FACTS, controller=Controller())))
    assert check_receipt(document, recover_typed).controller.name == ""
    assert document["receipt"]["dpv:hasRecordOfActivity"]["dpv:hasJurisdiction"] == ["not declared by the operator"]


def test_a_receipt_has_every_field_that_27560_requires() -> None:
    receipt = build_receipt(FACTS)
    assert {"@type", "dct:conformsTo", "dpv:hasIdentifier", "dct:created", "dpv:hasRecordOfActivity"} <= set(receipt)
    required = {
        "dct:conformsTo", "dct:identifier", "dpv:hasDataSubject", "dpv:hasDataController", "dpv:hasNotice",
        "dpv:hasJurisdiction", "dpv:hasLegalBasis", "dpv:hasProcess", "dpv:hasConsentControl", "dpv:hasRight",
        "dpv:hasConsentStatus",
    }  # fmt: skip
    assert required <= set(record(FACTS))
    process = {"dpv:hasPurpose", "dpv:hasPersonalData", "dpv:hasStorageCondition", "dpv:hasRecipient"}
    assert process <= set(record(FACTS)["dpv:hasProcess"])
    (given,) = record(FACTS)["dpv:hasConsentStatus"]
    assert {"dpv:isIndicatedAtTime", "dpv:hasDuration", "dpv:isIndicatedBy"} <= set(given)


def test_every_prefix_is_explained_in_the_receipt_itself() -> None:
    receipt = build_receipt(FACTS)
    prefixes = {key.split(":")[0] for path in PLACES for key in path if isinstance(key, str) and ":" in key}
    assert prefixes <= set(receipt["@context"])
    assert all(isinstance(iri, str) for iri in receipt["@context"].values())


@pytest.mark.parametrize("path", PLACES, ids=lambda path: "/".join(map(str, path)))
def test_whatever_is_altered_is_noticed(path: tuple[Any, ...]) -> None:
    document = signed(build_receipt(FACTS))
    altered = document | {"receipt": changed(document["receipt"], path)}
    assert code_of(altered) in ("receipt-altered", "bad-receipt")


SAID_BY_THE_OPERATOR = {
    "dct:created", "dpv:hasNotice", "dpv:hasName", "schema:address", "schema:email", "dpv:hasJurisdiction",
    "fairsignal:transaction", "fairsignal:block", "fairsignal:blockTime",
}  # fmt: skip
"""What the consent word does not tell: the last three are for the chain to bear out."""


@pytest.mark.parametrize(
    "path", [path for path in PLACES if not SAID_BY_THE_OPERATOR & set(path)], ids=lambda path: "/".join(map(str, path))
)
def test_an_operator_cannot_sign_what_the_consent_does_not_say(path: tuple[Any, ...]) -> None:
    receipt = changed(build_receipt(FACTS), path)
    assert code_of(signed(receipt)) in ("contradicts-itself", "bad-receipt", "wrong-signer")


@pytest.mark.parametrize("extra", [{"dpv:hasProcessing": "dpv:Sell"}, {"@graph": []}])
def test_an_operator_cannot_add_to_what_was_consented_to(extra: dict[str, Any]) -> None:
    assert code_of(signed(build_receipt(FACTS) | extra)) == "contradicts-itself"


def test_only_the_operator_that_it_names_can_sign_it() -> None:
    assert code_of(signed(build_receipt(FACTS), STRANGER)) == "wrong-signer"


def test_whoever_checks_may_say_which_operator_must_have_signed() -> None:
    document = signed(build_receipt(FACTS))
    assert check_receipt(document, recover_typed, operator=OPERATOR.address).operator == OPERATOR.address
    assert code_of(document, operator=STRANGER.address) == "wrong-signer"


@pytest.mark.parametrize(
    "document", [None, [], {}, {"receipt": {}}, {"receipt": [], "proof": []}, {"receipt": {"a": 1}, "proof": "x"}]
)
def test_what_is_no_receipt_is_told_so(document: Any) -> None:
    assert code_of(document) == "bad-receipt"


@pytest.mark.parametrize("signature", ["0x", "0x" + "00" * 65, "zz", "0x" + "ff" * 65])
def test_what_is_no_signature_is_refused(signature: str) -> None:
    document = signed(build_receipt(FACTS))
    document["proof"]["signature"] = signature
    assert code_of(document) in ("bad-signature", "bad-receipt")


def states(facts: ReceiptFacts) -> list[str]:
    return [
        kind if isinstance(kind := event["@type"], str) else kind[0] for event in record(facts)["dpv:hasConsentStatus"]
    ]


def test_a_receipt_says_how_a_consent_ended() -> None:
    revoked = replace(FACTS, event="Revoked", issued_at=ENDS + 1)
    assert states(FACTS) == ["dpv:ConsentGiven"]
    assert states(revoked) == ["dpv:ConsentGiven", "dpv:ConsentWithdrawn"]
    assert states(replace(FACTS, revoked_all_at=GRANTED)) == ["dpv:ConsentGiven", "dpv:ConsentWithdrawn"]
    assert states(replace(FACTS, revoked_all_at=GRANTED - 1)) == ["dpv:ConsentGiven"]
    assert states(replace(FACTS, issued_at=ENDS)) == ["dpv:ConsentGiven", "dpv:ConsentExpired"]


def test_a_receipt_says_that_the_guardian_approved() -> None:
    (given,) = record(replace(FACTS, event="Approved", word=FACTS.word | 1 << 255))["dpv:hasConsentStatus"]
    assert given["dpv:isIndicatedBy"] == ["dpv:DataSubject", "dpv:GuardianOfDataSubject"]
