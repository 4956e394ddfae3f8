"""Whether an operator kept the rules, from the chain and IPFS alone."""
