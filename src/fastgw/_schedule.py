"""The row in which weighted members take turns, made once when a balancer is built."""

from __future__ import annotations

import math
from collections.abc import Sequence

# Entries of a row; weights that add up to more are scaled down.
MOST_ENTRIES = 4096


def smooth_schedule(weights: Sequence[int]) -> bytes:
    """One round of smooth weighted round robin, as bytes of indexes: 5, 1, 1 give 0 0 1 0 2 0 0.

    Members of weight zero are not in it; no positive weight is scaled to zero. Always the same for the same
    weights, so that all processes can share one position in it.
    """
    shares = list(weights)
    total = sum(shares)
    if total > MOST_ENTRIES:
        shares = [max(1, weight * MOST_ENTRIES // total) if weight else 0 for weight in shares]
    divisor = math.gcd(*shares) or 1
    shares = [share // divisor for share in shares]
    total = sum(shares)
    current = [0] * len(shares)
    dealt = bytearray()
    for _ in range(total):
        current = [have + share for have, share in zip(current, shares, strict=True)]
        best = max(range(len(shares)), key=current.__getitem__)
        current[best] -= total
        dealt.append(best)
    return bytes(dealt)
