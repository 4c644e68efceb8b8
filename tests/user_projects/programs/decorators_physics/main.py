import math
import functools
import numpy as np


def derivative(h=1e-3):
    def deco(f):
        @functools.wraps(f)
        def df(x, *args):
            return (f(x + h, *args) - f(x - h, *args)) / (2 * h)
        f.prime = df
        return f
    return deco


def vectorize(f):
    @functools.wraps(f)
    def wrapper(xs, *a, **k):
        return np.array([f(x, *a, **k) for x in xs])
    return wrapper


@functools.lru_cache()
def double_factorial(n):
    return 1 if n <= 1 else n * double_factorial(n - 2)


@derivative(h=1e-2)
def potential(r, q, a):
    return q * math.exp(-r / a) / r


@vectorize
def field(r, q, a):
    return -potential.prime(r, q, a)


@functools.lru_cache(maxsize=128)
def hermite_coeffs(n):
    if n == 0:
        return (1,)
    if n == 1:
        return (0, 2)
    a, b = hermite_coeffs(n - 1), hermite_coeffs(n - 2)
    out = [0] * (n + 1)
    for i, c in enumerate(a):
        out[i + 1] += 2 * c
    for i, c in enumerate(b):
        out[i] -= 2 * (n - 1) * c
    return tuple(out)


def oscillator_wf(n, x, w=1.0):
    xi = x * np.sqrt(w)
    H = sum(c * xi**k for k, c in enumerate(hermite_coeffs(n)))
    return (w / np.pi)**0.25 / np.sqrt(2.0**n * math.factorial(n)) * H * np.exp(-xi**2 / 2)


PROGRAMS = [(field, (np.array([0.5, 1.0, 2.0]), 1.5, 0.8)),
            (oscillator_wf, (3, np.array([-0.5, 0.4, 1.3]), 1.2))]
