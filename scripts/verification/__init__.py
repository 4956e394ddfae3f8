"""What `scripts/verify.py` and `scripts/mutation.py` are made of."""
