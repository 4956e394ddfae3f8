"""Signatures of smart wallets that are not deployed yet (ERC-6492), and what their factories can do: nothing."""

import pytest

from tests.contracts.support import (
    Consent,
    assert_event,
    assert_reverts,
    counterfactual,
    error,
    grant_message,
    next_block_at,
    now,
    request,
    revoke_all_message,
    revoke_message,
    send,
    sign,
    web3,
)


@pytest.fixture
def consent(terms):
    return terms._replace(granted_at=now(), version=1)


@pytest.fixture
def enveloped(consents, factory, unborn, alice, lane, consent):
    """A grant by the wallet that is not there yet."""
    address, deployment = unborn
    inner = sign(alice, grant_message(consents, address, lane, consent))
    return address, lane, consent.word, counterfactual(factory, deployment, inner)


@pytest.fixture
def token(TestDollar, owner):
    return TestDollar.deploy(6, {"from": owner})


def is_deployed(address):
    return request("eth_getCode", address, "latest") != "0x"


def factory_caller_of(contract):
    """The first contract that this one created."""
    hashed = web3.keccak(b"\xd6\x94" + bytes.fromhex(contract.address[2:]) + b"\x01")
    return web3.to_checksum_address(hashed[12:])


def test_first_relayed_grant_deploys_the_wallet(consents, enveloped, unborn, relayer, lane, consent, Wallet1271, alice):
    assert not is_deployed(unborn[0])
    transaction = consents.grantBySig(*enveloped, {"from": relayer})
    assert consents.inForce(unborn[0], lane) == consent.word
    assert_event(transaction, "Granted", subject=unborn[0], lane=lane, consent=consent.word)
    assert Wallet1271.at(unborn[0]).owner() == alice


def test_envelope_still_serves_once_somebody_deployed_the_wallet(
    consents, enveloped, unborn, factory, alice, relayer, lane, consent
):
    factory.deploy(alice, b"\x07" * 32, {"from": relayer})
    consents.grantBySig(*enveloped, {"from": relayer})
    assert consents.inForce(unborn[0], lane) == consent.word


def test_envelope_is_not_replayed(consents, enveloped, relayer):
    consents.grantBySig(*enveloped, {"from": relayer})
    assert_reverts(error("WrongVersion", 2, 1), consents.grantBySig, *enveloped, sender=relayer)


def test_deployed_wallet_revokes_without_an_envelope(consents, enveloped, unborn, alice, relayer, lane):
    consents.grantBySig(*enveloped, {"from": relayer})
    at = next_block_at(now() + 5)
    signature = sign(alice, revoke_message(consents, unborn[0], lane, at))
    consents.revokeBySig(unborn[0], lane, at, signature, {"from": relayer})
    assert consents.inForce(unborn[0], lane) == 0


def test_unborn_wallet_can_revoke_too(consents, factory, unborn, alice, relayer, lane):
    address, deployment = unborn
    at = now()
    inner = sign(alice, revoke_message(consents, address, lane, at))
    consents.revokeBySig(address, lane, at, counterfactual(factory, deployment, inner), {"from": relayer})
    assert Consent.of(consents.consentOf(address, lane)).version == 1
    inner = sign(alice, revoke_all_message(consents, address, at))
    consents.revokeAllBySig(address, at, counterfactual(factory, deployment, inner), {"from": relayer})
    assert consents.subjectState(address)[0] == now()


def test_strangers_signature_in_an_envelope_is_refused_and_deploys_nothing(
    consents, factory, unborn, stranger, lane, consent
):
    address, deployment = unborn
    inner = sign(stranger, grant_message(consents, address, lane, consent))
    arguments = (address, lane, consent.word, counterfactual(factory, deployment, inner))
    assert_reverts(error("InvalidSignature", address), consents.grantBySig, *arguments, sender=stranger)
    assert not is_deployed(address)


def test_factory_that_deploys_nothing_proves_nothing(consents, unborn, alice, stranger, lane, consent, token):
    address, _ = unborn
    inner = sign(alice, grant_message(consents, address, lane, consent))
    nothing = counterfactual(token, token.mint.encode_input(stranger, 1), inner)
    arguments = (address, lane, consent.word, nothing)
    assert_reverts(error("InvalidSignature", address), consents.grantBySig, *arguments, sender=stranger)
    assert token.balanceOf(stranger) == 0


def test_truncated_envelope_is_refused(consents, enveloped, stranger):
    address, lane, word, signature = enveloped
    succeeded, _ = send(consents.grantBySig, address, lane, word, signature[-64:], sender=stranger)
    assert not succeeded
    assert consents.consentOf(address, lane) == 0


def test_key_signs_without_its_envelope_being_opened(consents, token, factory, alice, stranger, lane, consent):
    inner = sign(alice, grant_message(consents, alice, lane, consent))
    arguments = (alice, lane, consent.word, counterfactual(token, token.mint.encode_input(stranger, 1), inner))
    assert_reverts(error("InvalidSignature", alice), consents.grantBySig, *arguments, sender=stranger)
    assert token.balanceOf(stranger) == 0


def test_factory_cannot_relay_the_same_grant_inside(consents, factory, unborn, alice, stranger, lane, consent):
    address, deployment = unborn
    inner = sign(alice, grant_message(consents, address, lane, consent))
    again = consents.grantBySig.encode_input(address, lane, consent.word, inner)
    hostile = factory.deployAndCall.encode_input(alice, b"\x07" * 32, consents, again)
    arguments = (address, lane, consent.word, counterfactual(factory, hostile, inner))
    assert_reverts(error("WrongVersion", 2, 1), consents.grantBySig, *arguments, sender=stranger)
    consents.grantBySig(address, lane, consent.word, counterfactual(factory, deployment, inner), {"from": stranger})
    assert consents.inForce(address, lane) == consent.word


def test_factory_is_not_called_by_the_registry(
    consents, factory, unborn, alice, lane, consent, stranger, operator, guardian
):
    """What the factory does counts for itself: the registry lends it no name."""
    address, _ = unborn
    inner = sign(alice, grant_message(consents, address, lane, consent))
    own = consents.grant.encode_input(lane, consent._replace(granted_at=0, version=0).word)
    hostile = factory.deployAndCall.encode_input(alice, b"\x07" * 32, consents, own)
    arguments = (address, lane, consent.word, counterfactual(factory, hostile, inner))
    consents.grantBySig(*arguments, {"from": stranger})
    assert consents.consentOf(consents, lane) == 0
    assert consents.inForce(factory, lane) != 0


def test_caller_of_factories_owns_nothing_and_may_nothing(
    consents, operators, token, FactoryCaller, SignalMarket, owner, alice, stranger, lane, granted
):
    """Anyone may call through it, as itself: it has neither money nor a role, nor the market's name."""
    market = SignalMarket.deploy(token, consents, operators, {"from": owner})
    token.mint(market, 1_000, {"from": owner})
    for contract in (consents, market):
        address = factory_caller_of(contract)
        assert is_deployed(address)
        caller = FactoryCaller.at(address)
        caller.call(token, token.transfer.encode_input(stranger, 1), {"from": stranger})
        caller.call(token, token.approve.encode_input(stranger, 1_000), {"from": stranger})
        caller.call(market, market.withdraw.encode_input([lane], stranger), {"from": stranger})
        caller.call(consents, consents.revokeAll.encode_input(), {"from": stranger})
        assert token.allowance(market, stranger) == 0
    assert token.balanceOf(market) == 1_000
    assert token.balanceOf(stranger) == 0
    assert consents.inForce(alice, lane) == granted.word
