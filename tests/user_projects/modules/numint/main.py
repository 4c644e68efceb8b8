"""Quadrature rules, numerical analysis course."""
import numpy as np
from functools import partial, reduce


def trapezoid(f, a, b, n=100):
    x = np.linspace(a, b, n + 1)
    y = f(x)
    return (b - a) / n * (0.5 * y[0] + y[1:-1].sum() + 0.5 * y[-1])


def simpson(f, a, b, n=50):
    if n % 2:
        raise ValueError("n must be even, received n=%d" % n)
    h = (b - a) / n
    s = f(a) + f(b)
    for i in range(1, n, 2):
        s += 4 * f(a + i * h)
    for i in range(2, n - 1, 2):
        s += 2 * f(a + i * h)
    return s * h / 3


def romberg(f, a, b, m=5):
    R = np.zeros((m, m))
    h = b - a
    R[0, 0] = h / 2 * (f(a) + f(b))
    for i in range(1, m):
        h /= 2
        total = 0.0
        for k in range(1, 2 ** i, 2):
            total += f(a + k * h)
        R[i, 0] = 0.5 * R[i - 1, 0] + h * total
        for j in range(1, i + 1):
            R[i, j] = R[i, j - 1] + (R[i, j - 1] - R[i - 1, j - 1]) / (4 ** j - 1)
    return R[m - 1, m - 1]


def gauss_legendre(f, a, b, n=6):
    x, w = np.polynomial.legendre.leggauss(n)
    t = 0.5 * (b - a) * x + 0.5 * (b + a)
    return 0.5 * (b - a) * np.dot(w, f(t))


def planck(lam, T):
    return lam ** -5 / np.expm1(1.4388 / (lam * T))


def band_power(T, lo, hi):
    rules = {'trap': trapezoid, 'simp': simpson, 'romb': romberg, 'gauss': gauss_legendre}
    f = partial(planck, T=T)
    return np.array([rules[k](f, lo, hi) for k in sorted(rules)])


def arc_length(a, b, tmax):
    """Perimeter of part of an ellipse."""
    return gauss_legendre(lambda t: np.sqrt((a * np.sin(t)) ** 2 + (b * np.cos(t)) ** 2), 0.0, tmax, n=12)


def bessel_j(n, x):
    vals = [simpson(lambda th, xx=xx: np.cos(n * th - xx * np.sin(th)), 0, np.pi, 20) / np.pi for xx in x]
    return reduce(lambda acc, v: np.append(acc, v), vals, np.array([]))


PROGRAMS = [
    (band_power, (1.3, 0.4, 0.9)),
    (arc_length, (2.0, 1.2, 1.4)),
    (bessel_j, (2, np.array([0.5, 1.7, 3.1]))),
]
