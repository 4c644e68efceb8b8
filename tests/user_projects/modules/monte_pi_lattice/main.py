import itertools
import math


def madelung_partial(a, q, n=3, screening=None):
    """Potential at the origin of a screened rock-salt lattice with spacing a."""
    total = 0.0
    for i, j, k in itertools.product(range(-n, n + 1), repeat=3):
        if i == j == k == 0:
            continue
        r = a * math.sqrt(i * i + j * j + k * k)
        w = 1.0
        for idx in (i, j, k):
            if abs(idx) == n:
                w *= 0.5
        v = q * (-1) ** ((i + j + k) % 2) * w / r
        if screening is not None:
            v *= math.exp(-r / screening)
        total += v
    return total


PROGRAMS = [(madelung_partial, (2.82, 1.3, 3, 4.0))]
