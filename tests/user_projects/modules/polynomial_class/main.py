"""Polynomials with operator overloading."""
import numpy as np
from numbers import Real


class Poly:
    """p(x) = c[0] + c[1] x + ..."""

    def __init__(self, coeffs, name=None):
        self.c = np.atleast_1d(coeffs)
        if self.c.ndim != 1:
            raise ValueError('coefficients must be one dimensional')
        self.name = name or 'p'

    @property
    def degree(self):
        return len(self.c) - 1

    def _lift(self, other):
        if isinstance(other, Poly):
            return other
        if isinstance(other, Real):
            return Poly([other])
        raise TypeError('cannot combine Poly with %s' % type(other).__name__)

    def __add__(self, other):
        other = self._lift(other)
        n = max(len(self.c), len(other.c))
        out = np.zeros(n)
        out[:len(self.c)] = self.c
        out[:len(other.c)] += other.c
        return Poly(out)

    __radd__ = __add__

    def __neg__(self):
        return Poly(-self.c)

    def __sub__(self, other):
        return self + (-self._lift(other))

    def __mul__(self, other):
        return Poly(np.convolve(self.c, self._lift(other).c))

    __rmul__ = __mul__

    def __pow__(self, k):
        if not isinstance(k, int) or k < 0:
            raise ValueError('exponent must be a non-negative integer')
        r = Poly([1.0])
        for _ in range(k):
            r = r * self
        return r

    def __call__(self, x):
        y = 0 * x
        for a in self.c[::-1]:
            y = y * x + a
        return y

    def __getitem__(self, i):
        return self.c[i] if i <= self.degree else 0.0

    def __len__(self):
        return len(self.c)

    def __str__(self):
        return ' + '.join('%g x^%d' % (a, i) for i, a in enumerate(self.c))

    def deriv(self, m=1):
        c = self.c
        for _ in range(m):
            c = c[1:] * np.arange(1, len(c))
        return Poly(c)

    def integ(self, a=None, b=None):
        C = Poly(np.concatenate(([0.0], self.c / np.arange(1, len(self.c) + 1))))
        if a is None:
            return C
        return C(b) - C(a)

    def compose(self, other):
        out = Poly([0.0])
        for a in reversed(list(self.c)):
            out = out * other + Poly([a])
        return out

    def newton_root(self, x0, n=12):
        d = self.deriv()
        x = x0
        for i in range(n):
            x = x - self(x) / d(x)
        return x


def legendre_norm(a, b):
    p = Poly(a)
    q = Poly(b)
    r = (p * q - 2.0) ** 2 + p.deriv()
    return r.integ(-0.5, 1.0), r.c


def shifted_root(a, s):
    p = Poly(a).compose(Poly([s, 1.0]))
    return p.newton_root(1.0)


PROGRAMS = [
    (legendre_norm, (np.array([1., -2., .5]), np.array([.3, 1.2]))),
    (shifted_root, (np.array([-2., .5, 0.3, 1.]), 0.2)),
]
