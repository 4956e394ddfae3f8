"""Recomputes epochs from the chain and IPFS alone."""
