"""scripts/deploy.py on a local chain: the same code deploys everywhere."""

import json

import pytest
from brownie import ConsentRegistry, OperatorRegistry, SignalMarket, chain, network

from scripts import deploy

CONTRACTS = {"ConsentRegistry", "OperatorRegistry", "ProfileRegistry", "SignalMarket"}


@pytest.fixture(autouse=True)
def settings(monkeypatch, tmp_path):
    """Write to a directory of its own, with none of the deployer's settings; Brownie's gas limit as it was."""
    for name in ("CHAIN_ID", "KEYSTORE", "TOKEN", "OWNER", "REDEPLOY"):
        monkeypatch.delenv(f"FAIRSIGNAL_{name}", raising=False)
    monkeypatch.setenv("FAIRSIGNAL_DEPLOYMENT", str(tmp_path / "deployed" / "chain.json"))
    active = network.main.CONFIG.active_network["settings"]
    monkeypatch.setitem(active, "gas_limit", active["gas_limit"])


def test_market_is_wired_to_the_others(owner):
    start = chain.height
    document = deploy.deploy(owner, local=True)
    address = {name: entry["address"] for name, entry in document["contracts"].items()}
    assert address.keys() == CONTRACTS
    market = SignalMarket.at(address["SignalMarket"])
    assert market.consents() == address["ConsentRegistry"]
    assert market.operators() == address["OperatorRegistry"]
    assert market.token() == document["token"]["address"]
    assert document["token"]["decimals"] == 6
    assert document["token"]["symbol"] == "tUSD"
    assert (document["chain_id"], document["block"]) == (chain.id, start)
    assert all(start < entry["block"] <= chain.height for entry in document["contracts"].values())
    assert ConsentRegistry.at(address["ConsentRegistry"]).RELAY_WINDOW() == 86_400


def test_keepers_are_named_by_the_deployer_or_whom_it_names(owner, stranger, monkeypatch):
    def owner_of(document):
        return OperatorRegistry.at(document["contracts"]["OperatorRegistry"]["address"]).owner()

    assert owner_of(deploy.deploy(owner, local=True)) == owner
    monkeypatch.setenv("FAIRSIGNAL_OWNER", stranger.address)
    assert owner_of(deploy.deploy(owner, local=True)) == stranger


def test_no_single_key_names_keepers_on_a_live_network(owner, stranger, monkeypatch):
    start = chain.height
    for address in (None, stranger.address):
        if address:
            monkeypatch.setenv("FAIRSIGNAL_OWNER", address)
        with pytest.raises(SystemExit, match="FAIRSIGNAL_OWNER must name the contract"):
            deploy.deploy(owner, local=False)
    assert chain.height == start
    timelock = OperatorRegistry.deploy(owner, {"from": owner})
    monkeypatch.setenv("FAIRSIGNAL_OWNER", timelock.address)
    assert deploy.live_owner() == timelock.address


def test_file_is_written_whole(tmp_path):
    deploy.main()
    written = tmp_path / "deployed" / "chain.json"
    assert json.loads(written.read_text())["contracts"].keys() == CONTRACTS
    assert [path.name for path in written.parent.iterdir()] == ["chain.json"]


def test_wrong_chain_deploys_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("FAIRSIGNAL_CHAIN_ID", str(chain.id + 1))
    start = chain.height
    with pytest.raises(SystemExit, match=f"serves chain {chain.id}, FAIRSIGNAL_CHAIN_ID says {chain.id + 1}"):
        deploy.main()
    assert chain.height == start
    assert not (tmp_path / "deployed").exists()
