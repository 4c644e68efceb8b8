import itertools
import numpy as np


class Poly:
    """Dense polynomial, lowest order coefficient first."""

    def __init__(self, coeffs):
        self.coeffs = list(coeffs)

    @property
    def degree(self):
        return len(self.coeffs) - 1

    def __getitem__(self, i):
        return self.coeffs[i] if i < len(self.coeffs) else 0.0

    def __add__(self, other):
        if not isinstance(other, Poly):
            other = Poly([other])
        pairs = itertools.zip_longest(self.coeffs, other.coeffs, fillvalue=0.0)
        return Poly(a + b for a, b in pairs)

    __radd__ = __add__

    def __neg__(self):
        return Poly(-c for c in self.coeffs)

    def __sub__(self, other):
        return self + (-other)

    def __mul__(self, other):
        if not isinstance(other, Poly):
            return Poly(c * other for c in self.coeffs)
        out = [0.0] * (self.degree + other.degree + 1)
        for i, a in enumerate(self.coeffs):
            for j, b in enumerate(other.coeffs):
                out[i + j] += a * b
        return Poly(out)

    __rmul__ = __mul__

    def __pow__(self, n):
        if n == 0:
            return Poly([1.0])
        half = self ** (n // 2)
        return half * half * self if n % 2 else half * half

    def __call__(self, x):
        acc = 0.0
        for c in reversed(self.coeffs):
            acc = acc * x + c
        return acc

    def deriv(self):
        return Poly(k * c for k, c in enumerate(self.coeffs) if k > 0)

    def integrate(self, a, b):
        F = Poly([0.0] + [c / (k + 1) for k, c in enumerate(self.coeffs)])
        return F(b) - F(a)


def newton_root(c, x0):
    p = Poly(c) ** 2 - Poly([4.0])
    dp = p.deriv()
    x = x0
    for _ in range(30):
        x = x - p(x) / dp(x)
    return x


def galerkin_norm(c, lo, hi):
    p = Poly(c)
    return np.sqrt((p * p + 0.1 * p.deriv() ** 2).integrate(lo, hi))


PROGRAMS = [(galerkin_norm, (np.array([0.4, -1.1, 0.7, 0.25]), -0.6, 1.3))]
