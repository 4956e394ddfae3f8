import pytest

from fairsignal.adapters.embed import load_classifier, load_embedder
from fairsignal.pipeline.extract import Extractor


@pytest.fixture(scope="session")
def extractor() -> Extractor:
    """The real one, with the shipped model and heads."""
    return Extractor(load_embedder(), load_classifier())
