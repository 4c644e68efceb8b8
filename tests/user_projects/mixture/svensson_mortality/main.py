"""Life tables: Gompertz-Makeham mortality and annuity values."""
import numpy as np
from functools import lru_cache


class GompertzMakeham:
    def __init__(self, A, B, c):
        self.A = A
        self.B = B
        self.c = c

    def mu(self, x):
        return self.A + self.B * self.c ** x

    def survival(self, x, t):
        """probability that (x) survives t years"""
        lnc = np.log(self.c)
        return np.exp(-self.A * t - self.B / lnc * self.c ** x * (self.c ** t - 1))


class LifeTable:
    def __init__(self, law, radix=100000., omega=110):
        self.law = law
        self.radix = radix
        self.omega = omega
        self._lx = None

    @property
    def lx(self):
        if self._lx is None:
            l = [self.radix]
            for age in range(self.omega):
                l.append(l[-1] * self.law.survival(age, 1))
            self._lx = np.array(l)
        return self._lx

    def qx(self, x):
        return 1 - self.lx[x + 1] / self.lx[x]

    def ex(self, x):
        return self.lx[x + 1:].sum() / self.lx[x] + 0.5

    def annuity_due(self, x, i, n=None):
        n = n or self.omega - x
        v = 1 / (1 + i)
        k = np.arange(n)
        return np.sum(v ** k * self.lx[x:x + n] / self.lx[x])

    def term_insurance(self, x, i, n):
        v = 1 / (1 + i)
        total = 0
        for k in range(n):
            d = self.lx[x + k] - self.lx[x + k + 1]
            total += v ** (k + 1) * d / self.lx[x]
        return total


def net_premium(A, B, c, interest):
    lt = LifeTable(GompertzMakeham(A, B, c))
    return 1e5 * lt.term_insurance(40, interest, 20) / lt.annuity_due(40, interest, 20)


def life_expectancy(B, c):
    lt = LifeTable(GompertzMakeham(0.0002, B, c))
    return np.array([lt.ex(a) for a in (0, 30, 65)])


PROGRAMS = [
    (net_premium, (0.00022, 2.7e-6, 1.124, 0.03)),
    (life_expectancy, (2.7e-6, 1.12)),
]
