"""Actors and contracts; each module deploys once, each test starts from there."""

import pytest


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


@pytest.fixture(scope="module")
def consents(module_isolation, owner, ConsentRegistry):
    return ConsentRegistry.deploy({"from": owner})


@pytest.fixture(scope="module")
def operators(module_isolation, owner, OperatorRegistry):
    return OperatorRegistry.deploy(owner, {"from": owner})


@pytest.fixture(scope="module")
def profiles(module_isolation, owner, ProfileRegistry):
    return ProfileRegistry.deploy({"from": owner})


@pytest.fixture(scope="module")
def wallet(module_isolation, alice, Wallet1271):
    """A smart wallet of Alice's."""
    return Wallet1271.deploy(alice, {"from": alice})
