"""Training of the classifier's heads; see ``scripts/train.py``."""
