"""Where our contracts are on a chain: deployments/<chain id>.json, written by scripts/deploy.py."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from fairsignal.domain.errors import BadInput

__all__ = ["Deployment", "load_deployment"]


@dataclass(frozen=True, slots=True)
class Deployment:
    """Addresses of one deployment, checksummed."""

    chain_id: int
    start_block: int
    consent_registry: str
    operator_registry: str
    profile_registry: str
    signal_market: str
    token: str
    token_decimals: int
    token_symbol: str

    @property
    def addresses(self) -> tuple[str, ...]:
        """Everything that must hold code."""
        return (
            self.consent_registry,
            self.operator_registry,
            self.profile_registry,
            self.signal_market,
            self.token,
        )

    def address_of(self, contract: str) -> str:
        """By the contract's name."""
        return {
            "ConsentRegistry": self.consent_registry,
            "OperatorRegistry": self.operator_registry,
            "ProfileRegistry": self.profile_registry,
            "SignalMarket": self.signal_market,
            "TestDollar": self.token,
        }[contract]


def load_deployment(path: Path) -> Deployment:
    """Read a deployment file.

    Raises:
        BadInput: the file is missing or not one that scripts/deploy.py wrote.
    """
    remedy = "Deploy first (`scripts/brownie.sh run deploy`), or point FAIRSIGNAL_DEPLOYMENT to the file of your chain."
    try:
        document = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise BadInput(f"There is no deployment file at {path}.", remedy=remedy, code="no-deployment") from error
    except (OSError, ValueError) as error:
        raise BadInput(f"The deployment file {path} cannot be read.", remedy=remedy, code="no-deployment") from error
    try:
        contracts = {name: entry["address"] for name, entry in document["contracts"].items()}
        return Deployment(
            chain_id=int(document["chain_id"]),
            start_block=int(document["block"]),
            consent_registry=contracts["ConsentRegistry"],
            operator_registry=contracts["OperatorRegistry"],
            profile_registry=contracts["ProfileRegistry"],
            signal_market=contracts["SignalMarket"],
            token=document["token"]["address"],
            token_decimals=int(document["token"]["decimals"]),
            token_symbol=str(document["token"]["symbol"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"The deployment file {path} lacks {error}.", remedy=remedy, code="no-deployment") from error
