import numpy as np
import math


def fft(x):
    """radix-2 Cooley-Tukey, list in, list out"""
    N = len(x)
    if N <= 1:
        return x
    even = fft(x[0::2])
    odd = fft(x[1::2])
    T = [np.exp(-2j * np.pi * k / N) * odd[k] for k in range(N // 2)]
    return [even[k] + T[k] for k in range(N // 2)] + [even[k] - T[k] for k in range(N // 2)]


def power_spectrum(x):
    X = fft(list(x))
    return np.array([abs(c)**2 for c in X[:len(x) // 2]])


def adaptive_simpson(f, a, b, eps, depth=12):
    c = (a + b) / 2
    h = b - a
    d, e = (a + c) / 2, (c + b) / 2
    fa, fb, fc, fd, fe = map(f, (a, b, c, d, e))
    S = h / 6 * (fa + 4 * fc + fb)
    S2 = h / 12 * (fa + 4 * fd + 2 * fc + 4 * fe + fb)
    if depth <= 0 or abs(S2 - S) <= 15 * eps:
        return S2 + (S2 - S) / 15
    return adaptive_simpson(f, a, c, eps / 2, depth - 1) + adaptive_simpson(f, c, b, eps / 2, depth - 1)


def bessel_j0(x):
    return adaptive_simpson(lambda t: math.cos(x * math.sin(t)), 0.0, math.pi, 1e-4) / math.pi


def legendre(n, x):
    if n == 0:
        return 1.0 + 0 * x
    if n == 1:
        return x
    return ((2 * n - 1) * x * legendre(n - 1, x) - (n - 1) * legendre(n - 2, x)) / n


def legendre_series(c, x):
    return sum(ck * legendre(k, x) for k, ck in enumerate(c))


PROGRAMS = [(power_spectrum, (np.array([1.0, 2.0, 0.5, -1.0, 0.3, 0.7, -0.2, 1.5]),)),
            (bessel_j0, (1.7,)),
            (legendre_series, (np.array([0.2, 1.0, -0.5, 0.3]), np.array([0.1, 0.6, -0.7])))]
