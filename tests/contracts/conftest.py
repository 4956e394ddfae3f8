"""Actors and contracts; each module deploys once, each test starts from there."""

import time

import pytest
from web3.eth import Eth
from web3.exceptions import TransactionNotFound


@pytest.fixture(scope="session", autouse=True)
def patience():
    """Anvil forgets a pending transaction a moment before it knows the mined one; Brownie would call it dropped."""
    lookups = {name: getattr(Eth, name) for name in ("get_transaction", "get_transaction_receipt")}

    def patient(lookup):
        def look_up(self, transaction):
            for _ in range(20):
                try:
                    return lookup(self, transaction)
                except TransactionNotFound:
                    time.sleep(0.01)
            return lookup(self, transaction)

        return look_up

    with pytest.MonkeyPatch.context() as patch:
        for name, lookup in lookups.items():
            patch.setattr(Eth, name, patient(lookup))
        yield


@pytest.fixture(autouse=True)
def isolation(fn_isolation):
    """Each test sees the chain as the module's fixtures left it."""


@pytest.fixture(scope="session")
def owner(accounts):
    return accounts[0]


@pytest.fixture(scope="session")
def alice(accounts):
    return accounts[1]


@pytest.fixture(scope="session")
def bob(accounts):
    return accounts[2]


@pytest.fixture(scope="session")
def operator(accounts):
    return accounts[3]


@pytest.fixture(scope="session")
def payout(accounts):
    return accounts[4]


@pytest.fixture(scope="session")
def advertiser(accounts):
    return accounts[5]


@pytest.fixture(scope="session")
def relayer(accounts):
    return accounts[6]


@pytest.fixture(scope="session")
def stranger(accounts):
    return accounts[7]


@pytest.fixture(scope="session")
def guardian(accounts):
    return accounts[8]


@pytest.fixture(scope="session")
def attester(accounts):
    """Who may mark subjects as minors, once `operators` is there."""
    return accounts[9]


@pytest.fixture(scope="session")
def keepers(accounts):
    """Five; any three of them are a quorum once `operators` is there."""
    return accounts[10:15]


@pytest.fixture(scope="session")
def rival(accounts):
    """Another operator."""
    return accounts[15]


@pytest.fixture(scope="module")
def operators(module_isolation, owner, attester, keepers, OperatorRegistry):
    registry = OperatorRegistry.deploy(owner, {"from": owner})
    registry.setKeepers(keepers, 3, {"from": owner})
    registry.setAgeAttester(attester, True, {"from": owner})
    return registry


@pytest.fixture(scope="module")
def consents(module_isolation, owner, operators, ConsentRegistry):
    return ConsentRegistry.deploy(operators, {"from": owner})


@pytest.fixture(scope="module")
def profiles(module_isolation, owner, ProfileRegistry):
    return ProfileRegistry.deploy({"from": owner})


@pytest.fixture(scope="module")
def wallet(module_isolation, alice, Wallet1271):
    """A smart wallet of Alice's."""
    return Wallet1271.deploy(alice, {"from": alice})


@pytest.fixture(scope="module")
def factory(module_isolation, owner, WalletFactory):
    """Deploys smart wallets at addresses that are known before."""
    return WalletFactory.deploy({"from": owner})


@pytest.fixture
def unborn(factory, alice):
    """The address of a smart wallet of Alice's that is not deployed yet, and the factory's call that deploys it."""
    salt = b"\x07" * 32
    return factory.walletOf(alice, salt), factory.deploy.encode_input(alice, salt)
