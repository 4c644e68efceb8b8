from functools import lru_cache, reduce, wraps
import numpy as np


@lru_cache(maxsize=None)
def binom(n, k):
    if k == 0 or k == n:
        return 1
    return binom(n - 1, k - 1) + binom(n - 1, k)


def clamp01(func):
    @wraps(func)
    def wrapper(pts, t):
        if t < 0 or t > 1:
            raise ValueError("t must be within [0, 1], got %g" % t)
        return func(pts, t)
    return wrapper


@clamp01
def bezier(pts, t):
    n = len(pts) - 1
    terms = [binom(n, i) * (1 - t)**(n - i) * t**i * pts[i] for i in range(n + 1)]
    return reduce(lambda a, b: a + b, terms)


@clamp01
def de_casteljau(pts, t):
    if len(pts) == 1:
        return pts[0]
    nxt = [(1 - t) * a + t * b for a, b in zip(pts[:-1], pts[1:])]
    return de_casteljau(np.array(nxt), t)


P = np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 2.5], [4.0, 0.3]])
PROGRAMS = [(bezier, (P, 0.35)), (de_casteljau, (P, 0.6))]
