"""What the outside world looks like: the only place where web3, SQLAlchemy, IPFS clients and models are imported."""
