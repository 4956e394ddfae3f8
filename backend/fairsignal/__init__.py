"""Fairsignal: consent, metering and pay-out for advertising signals drawn from people's own chats.

The package is layered (DESIGN, section 8): ``domain`` decides and does no I/O; ``ports`` names what the use cases
(``pipeline``, ``market``, ``indexer``, ``keeper``, ``audit``) need from outside; ``adapters`` provide it;
``bootstrap`` chooses the adapters; ``api`` and ``cli`` are the edges.
"""

__version__ = "0.1.0"
