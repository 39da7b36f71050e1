"""Shamir's secret sharing over a prime field, with plain integers.

References
----------
Shamir (1979), "How to share a secret", doi:10.1145/359168.359176.
"""

from collections.abc import Callable, Mapping, Sequence

PRIME = 2**256 + 297
"""The smallest prime above 2^256, so that every 32-byte secret is an element."""

SECRET_BYTES = 32
SHARE_BYTES = 33
"""A share can be 2^256 or more."""

ENTROPY_BYTES = 48
"""Bytes behind one coefficient: reduced modulo the prime, their bias is below 2^-120."""


def split(
    secret: bytes, threshold: int, holders: int, entropy: Callable[[int], bytes]
) -> tuple[bytes, ...]:
    """Deal a secret; share ``i`` belongs to the holder at point ``i + 1``.

    Parameters
    ----------
    secret
        32 bytes.
    threshold
        How many shares rebuild it; one fewer tell nothing.
    holders
        How many shares are dealt.
    entropy
        Returns that many random bytes.

    Returns
    -------
    tuple of bytes
        33 bytes each.
    """
    # protocol 6.2
    drawn = entropy(ENTROPY_BYTES * (threshold - 1))
    coefficients = [
        int.from_bytes(drawn[start : start + ENTROPY_BYTES], "big") % PRIME
        for start in range(0, len(drawn), ENTROPY_BYTES)
    ]
    coefficients.append(int.from_bytes(secret, "big"))
    return tuple(
        _evaluate(coefficients, point).to_bytes(SHARE_BYTES, "big")
        for point in range(1, holders + 1)
    )


def _evaluate(coefficients: Sequence[int], point: int) -> int:
    # Horner without reducing at every step: the points are small, so the integer grows by
    # about eight bits a step and one reduction every few steps is cheaper than one in each
    value = 0
    for index, coefficient in enumerate(coefficients):
        value = value * point + coefficient
        if index % 16 == 15:
            value %= PRIME
    return value % PRIME


def lagrange_coefficients(points: Sequence[int]) -> dict[int, int]:
    """Return the weight of each point's share in the secret; once per set of survivors.

    Parameters
    ----------
    points
        Distinct, from 1.

    Raises
    ------
    ValueError
        If a point is repeated or not positive.
    """
    if len(set(points)) != len(points) or min(points, default=0) < 1:
        raise ValueError("points must be distinct and positive")
    weights: dict[int, int] = {}
    for point in points:
        numerator, denominator = 1, 1
        for other in points:
            if other != point:
                numerator = numerator * other % PRIME
                denominator = denominator * (other - point) % PRIME
        weights[point] = numerator * pow(denominator, -1, PRIME) % PRIME
    return weights


def combine(shares: Mapping[int, bytes], weights: Mapping[int, int]) -> bytes | None:
    """Rebuild a secret from the shares at exactly the weighted points.

    Parameters
    ----------
    shares
        Point -> share.
    weights
        Of :func:`lagrange_coefficients`.

    Returns
    -------
    bytes or None
        32 bytes; None when the shares belong to no 32-byte secret.
    """
    # protocol 6.3
    total = sum(int.from_bytes(shares[point], "big") * weight for point, weight in weights.items())
    value = total % PRIME
    return value.to_bytes(SECRET_BYTES, "big") if value < 2**256 else None


def is_share(share: bytes) -> bool:
    """Tell whether the bytes encode an element of the field.

    Parameters
    ----------
    share
        Any bytes.
    """
    return len(share) == SHARE_BYTES and int.from_bytes(share, "big") < PRIME
