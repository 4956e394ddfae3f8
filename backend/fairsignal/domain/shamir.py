"""Secret sharing that can be checked: Shamir over the scalars of secp256k1 with Feldman's commitments.

A secret is the constant term of a random polynomial f of degree t-1; share i is f(i); the commitments are the points
f_0*G .. f_{t-1}*G. Any t shares give the secret back, fewer say nothing about it, and everybody can check a share
against the commitments: f(i)*G == sum of i^j * C_j.

Source: P. Feldman, "A practical scheme for non-interactive verifiable secret sharing", FOCS 1987. Feldman's commitments
hide a secret only as well as the discrete logarithm does, which is why secrets here are uniform 256-bit scalars and
never something that could be guessed. Points and scalar checks are libsecp256k1's (coincurve); the polynomial itself is
plain integer arithmetic, so it runs where no one else can time it: on the operator's server and in the wallet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from coincurve import PublicKey

from fairsignal.domain.errors import BadInput, IntegrityError

__all__ = [
    "ORDER",
    "POINT_BYTES",
    "SCALAR_BYTES",
    "RandomBytes",
    "combine",
    "commit",
    "evaluate",
    "scalars",
    "split",
    "verify_share",
]

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Order of the group (SEC 2, section 2.4.1)."""
SCALAR_BYTES = 32
"""Secrets and shares, big-endian."""
POINT_BYTES = 33
"""Commitments, compressed (SEC 1, section 2.3.3)."""

RandomBytes = Callable[[int], bytes]
"""``os.urandom``, or a replay of recorded bytes in test vectors."""


def scalars(count: int, random: RandomBytes) -> list[int]:
    """``count`` independent uniform scalars in 1..ORDER-1."""
    pool = random(SCALAR_BYTES * count)
    drawn = [int.from_bytes(pool[at : at + SCALAR_BYTES]) for at in range(0, len(pool), SCALAR_BYTES)]
    for position, value in enumerate(drawn):
        while not 0 < value < ORDER:
            value = int.from_bytes(random(SCALAR_BYTES))
        drawn[position] = value
    return drawn


def commit(coefficients: Sequence[int]) -> list[bytes]:
    """Compressed points f_j*G of a polynomial's coefficients, constant term first."""
    return [PublicKey.from_valid_secret(value.to_bytes(SCALAR_BYTES)).format() for value in coefficients]


def evaluate(coefficients: Sequence[int], index: int) -> bytes:
    """Share ``index`` (1..255) of the polynomial, 32 bytes."""
    value = 0
    for coefficient in reversed(coefficients):
        value = (value * index + coefficient) % ORDER
    return value.to_bytes(SCALAR_BYTES)


def split(secret: bytes, threshold: int, count: int, random: RandomBytes) -> tuple[list[bytes], list[bytes]]:
    """Share a secret among ``count`` so that any ``threshold`` of them have it.

    Args:
        secret: scalar in 1..ORDER-1, 32 bytes.

    Returns:
        shares 1..count in order (32 bytes each) and the ``threshold`` commitments (33 bytes each).

    Raises:
        BadInput: the threshold does not fit, or the secret is no scalar.
    """
    if not 1 <= threshold <= count <= 255:
        raise BadInput("The threshold lies between 1 and the number of shares, at most 255.", code="bad-threshold")
    value = int.from_bytes(secret)
    if len(secret) != SCALAR_BYTES or not 0 < value < ORDER:
        raise BadInput("A secret is a scalar of secp256k1 in 32 bytes.", code="bad-secret")
    coefficients = [value, *scalars(threshold - 1, random)]
    return [evaluate(coefficients, index) for index in range(1, count + 1)], commit(coefficients)


def verify_share(commitments: Sequence[bytes], index: int, share: bytes) -> bool:
    """True when ``share`` is share ``index`` of the committed polynomial.

    Raises:
        IntegrityError: a commitment is not a point of the curve.
    """
    if not 1 <= index <= 255 or len(share) != SCALAR_BYTES or not 0 < int.from_bytes(share) < ORDER:
        return False
    try:
        points = [PublicKey(commitment) for commitment in commitments]
    except ValueError as error:
        raise IntegrityError("A commitment is not a point of secp256k1.", code="bad-commitment") from error
    factor = index.to_bytes(SCALAR_BYTES)
    expected: PublicKey | None = points[-1]
    for point in reversed(points[:-1]):
        expected = _sum(None if expected is None else expected.multiply(factor), point)
    # No share in 1..ORDER-1 is that of the point at infinity.
    return expected is not None and PublicKey.from_valid_secret(share).format() == expected.format()


def _sum(running: PublicKey | None, point: PublicKey) -> PublicKey | None:
    """Sum of two points; None stands for the point at infinity, which a made-up polynomial may pass through."""
    if running is None:
        return point
    try:
        return PublicKey.combine_keys([running, point])
    except ValueError:
        return None


def combine(shares: Mapping[int, bytes]) -> bytes:
    """Lagrange interpolation at 0: the secret (32 bytes) from ``threshold`` verified shares, by index.

    With fewer shares than the threshold, or wrong ones, the result is some other scalar: verify first.
    """
    secret = 0
    for index, share in shares.items():
        numerator = denominator = 1
        for other in shares:
            if other != index:
                numerator = numerator * other % ORDER
                denominator = denominator * (other - index) % ORDER
        secret += int.from_bytes(share) * numerator * pow(denominator, -1, ORDER)
    return (secret % ORDER).to_bytes(SCALAR_BYTES)
