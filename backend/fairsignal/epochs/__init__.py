"""An epoch's use log on IPFS: written, read and checked. What ``market``, ``keeper`` and ``audit`` have in common, so
that what one builds is what the others accept.
"""
