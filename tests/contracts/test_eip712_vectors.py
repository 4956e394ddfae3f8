"""tests/vectors/eip712.json: the contracts hash every message as eth-account did when it made the vectors.

A vector names the address of its contract, so the code of a deployed one is put there; calls are made at the vectors'
time, whatever the clock says. Where a view gives the digest, it is compared. Elsewhere the contract takes the vector's
signature, which no other digest would recover to its signer, and refuses it over a message that differs in one bit.
"""

import json
from pathlib import Path

import pytest
from brownie import ConsentRegistry, ProfileRegistry, SignalMarket, web3

from tests.contracts.support import (
    DAY,
    TRAVEL,
    Consent,
    Settlement,
    Terms,
    error,
    lane_of,
    now,
    request,
    set_storage,
    sign,
    typed_data,
    use_of,
    word_slot,
)

VECTORS = json.loads(Path(__file__).parents[1].joinpath("vectors", "eip712.json").read_text())
SIGNED_AT = VECTORS["Revoke"]["message"]["signedAt"]
TAKEN = b""


@pytest.fixture(scope="session")
def owner(accounts):
    """Not the first account: the vectors' addresses are those of its first contracts, and have to be free."""
    return accounts[19]


@pytest.fixture(scope="module")
def market(consents, operators, owner, TestDollar):
    token = TestDollar.deploy(6, {"from": owner})
    return SignalMarket.deploy(token, consents, operators, {"from": owner})


@pytest.fixture
def at_home(consents, profiles, market):
    """Every contract at the address that its vectors name."""
    homes = {}
    for kind, contract in ((ConsentRegistry, consents), (ProfileRegistry, profiles), (SignalMarket, market)):
        name = contract._name
        home = next(each["domain"]["verifyingContract"] for each in VECTORS.values() if each["contract"] == name)
        assert request("eth_getCode", home, "latest") == "0x"
        request("anvil_setCode", home, request("eth_getCode", contract.address, "latest"))
        homes[name] = kind.at(home)
    return homes


def call(method, *args):
    """What a call at the vectors' time returns or reverts with."""
    transaction = {"to": method._address, "data": method.encode_input(*args)}
    answer = web3.provider.make_request("eth_call", [transaction, "latest", {}, {"time": hex(SIGNED_AT)}])
    data = answer["error"].get("data", "0x") if "error" in answer else answer["result"]
    return bytes.fromhex(data[2:])


def vector(name):
    """Message, signer and signature of a vector; integers beyond 53 bits were decimal strings."""
    entry = VECTORS[name]
    kinds = {field["name"]: field["type"] for field in entry["types"][name]}
    message = {
        field: int(value) if kinds[field].startswith("uint") else value for field, value in entry["message"].items()
    }
    return message, entry["signer"], bytes.fromhex(entry["signature"][2:])


def consent_of(message, **change):
    """The consent word of a signed grant."""
    fields = Consent(
        message["categories"],
        message["signedAt"],
        message["endsAt"],
        message["floor"],
        message["cap"],
        message["version"],
    )
    return fields._replace(**change).word


def refused(signer):
    return error("InvalidSignature", signer)


@pytest.mark.parametrize("name", ["ConsentRegistry", "ProfileRegistry", "SignalMarket"])
def test_domain_separators_are_the_vectors(at_home, name):
    separators = {entry["domainSeparator"] for entry in VECTORS.values() if entry["contract"] == name}
    assert separators == {"0x" + bytes(at_home[name].DOMAIN_SEPARATOR()).hex()}


def test_grant(at_home):
    message, signer, signature = vector("Grant")
    registry, lane = at_home["ConsentRegistry"], lane_of(message["operator"], message["purpose"])
    assert call(registry.grantBySig, signer, lane, consent_of(message), signature) == TAKEN
    for change in ({"floor": 10_001}, {"cap": 4_094}, {"categories": 5}, {"ends_at": message["endsAt"] - 1}):
        assert call(registry.grantBySig, signer, lane, consent_of(message, **change), signature) == refused(signer)


def test_approve(at_home, attester):
    message, signer, signature = vector("Approve")
    registry, subject = at_home["ConsentRegistry"], message["subject"]
    lane, word = lane_of(message["operator"], message["purpose"]), consent_of(message)
    registry.markMinor(subject, True, signer, {"from": attester})
    set_storage(registry, word_slot(subject, lane), word)
    assert call(registry.approveAsGuardianBySig, subject, lane, word, signature) == TAKEN
    assert call(registry.approveAsGuardianBySig, subject, lane, word ^ 1, signature) == refused(signer)
    _, _, grant = vector("Grant")
    assert call(registry.approveAsGuardianBySig, subject, lane, word, grant) == refused(signer)


def test_revoke(at_home):
    message, signer, signature = vector("Revoke")
    registry, lane = at_home["ConsentRegistry"], lane_of(message["operator"], message["purpose"])
    assert call(registry.revokeBySig, signer, lane, SIGNED_AT, signature) == TAKEN
    assert call(registry.revokeBySig, signer, lane, SIGNED_AT - 1, signature) == refused(signer)


def test_revoke_all(at_home):
    _, signer, signature = vector("RevokeAll")
    registry = at_home["ConsentRegistry"]
    assert call(registry.revokeAllBySig, signer, SIGNED_AT, signature) == TAKEN
    assert call(registry.revokeAllBySig, signer, SIGNED_AT - 1, signature) == refused(signer)


def test_request_erasure(at_home):
    message, signer, signature = vector("RequestErasure")
    registry = at_home["ProfileRegistry"]
    assert call(registry.requestErasureBySig, signer, message["operator"], SIGNED_AT, signature) == TAKEN
    assert call(registry.requestErasureBySig, signer, signer, SIGNED_AT, signature) == refused(signer)


def test_withdrawal(at_home):
    """The signature is taken; that nothing was earned here is what the market says next."""
    message, signer, signature = vector("Withdrawal")
    market = at_home["SignalMarket"]
    arguments = [signer, message["lane"], message["earned"], message["to"], message["deadline"]]
    expected = error("NotEarnedYet", message["earned"], 0)
    assert call(market.withdrawBySig, *arguments, signature) == expected
    arguments[2] += 1
    assert call(market.withdrawBySig, *arguments, signature) == refused(signer)


def test_claim(at_home):
    """The signature is taken; that there is no root here is what the market says next."""
    message, signer, signature = vector("Claim")
    market, operator, total = at_home["SignalMarket"], message["operator"], message["total"]
    claim = [signer, operator, total, message["to"], message["deadline"], [], signature]
    assert call(market.claimBySig, claim) == error("InvalidProof", signer, operator, total)
    claim[2] -= 1
    assert call(market.claimBySig, claim) == refused(signer)


def test_settlement(at_home):
    message, _, _ = vector("Settlement")
    market = at_home["SignalMarket"]
    settlement = Settlement(
        message["operator"], message["epoch"], message["root"], message["total"], message["logDigest"]
    )
    digest = market.settlementDigest(settlement, message["debits"])
    assert "0x" + bytes(digest).hex() == VECTORS["Settlement"]["digest"]


def test_voucher(market, consents, TestDollar, alice, operator, accounts):
    """No terms hash to the vector's campaign, so a signature over its types and a real campaign has to do."""
    buyer = accounts[18]
    terms = Terms(buyer, operator, 1, 1 << TRAVEL, 50_001, now() + 30 * DAY, 1)
    token = TestDollar.at(market.token())
    token.mint(buyer, terms.price, {"from": buyer})
    token.approve(market, terms.price, {"from": buyer})
    market.openCampaign(*terms.words, terms.price, {"from": buyer})
    word = Consent(1 << TRAVEL, ends_at=now() + DAY, floor=20_000).word
    consents.grant(lane_of(operator), word, {"from": alice})

    entry = VECTORS["Voucher"]
    message = typed_data("Fairsignal SignalMarket", "1", market, "Voucher", [])
    message["types"]["Voucher"] = entry["types"]["Voucher"]
    message["message"] = {"campaign": bytes.fromhex(terms.id[2:]), "ceiling": 1}
    signature = sign(buyer, message)
    market.recordUseWithVoucher(*terms.whole, use_of(alice, TRAVEL, 0), 1, signature, {"from": operator})
    assert market.campaignOf(operator, terms.id)[2] == 1
