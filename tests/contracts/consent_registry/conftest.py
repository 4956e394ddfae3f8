"""Alice's consent to the operator, in its several states."""

import pytest

from tests.contracts.support import DAY, Consent, compact, grant_message, lane_of, now, sign


@pytest.fixture
def lane(operator):
    return lane_of(operator)


@pytest.fixture
def terms():
    return Consent(ends_at=now() + 30 * DAY, floor=20_000)


@pytest.fixture
def granted(consents, alice, lane, terms):
    """Alice's consent for 30 days."""
    consents.grant(lane, terms.word, {"from": alice})
    return Consent.of(consents.consentOf(alice, lane))


@pytest.fixture
def signed(consents, lane):
    """Sign a grant and give the arguments that relay it."""

    def arguments(signer, consent, *, subject=None, on=lane, shorten=False):
        signature = sign(signer, grant_message(consents, subject or signer, on, consent))
        return subject or signer, on, consent.word, compact(signature) if shorten else signature

    return arguments


@pytest.fixture
def minor(consents, alice, guardian, attester):
    """Alice is a minor, long enough ago that what she grants now is after it."""
    consents.markMinor(alice, True, guardian, {"from": attester})
    return alice
