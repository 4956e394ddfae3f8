"""The shipped model: an embedder and the heads that were trained for it."""

from fairsignal.adapters.embed.heads import LinearHeads, load_classifier
from fairsignal.adapters.embed.use import UseEmbedder

__all__ = ["LinearHeads", "UseEmbedder", "load_classifier", "load_embedder"]


def load_embedder() -> UseEmbedder:
    """The default embedder; loading takes about a second.

    Raises:
        ModelUnavailable: its weights are missing, or not the ones that the heads were trained for.
    """
    return UseEmbedder()
