"""A keeper: holds one share of every category's secret, checks the chain itself, and releases only what is consented
to and paid for.
"""
