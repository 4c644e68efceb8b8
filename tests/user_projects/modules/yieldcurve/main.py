from __future__ import division
import numpy as np
from enum import Enum


class Compounding(Enum):
    CONTINUOUS = 0
    ANNUAL = 1
    SIMPLE = 'simple'


class YieldCurve(object):
    """Zero curve, linear interpolation on zero rates."""

    def __init__(self, tenors, zeros, compounding=Compounding.CONTINUOUS):
        tenors = np.asarray(tenors, dtype=float)
        zeros = np.asarray(zeros, dtype=float)
        if tenors.shape != zeros.shape:
            raise ValueError("tenors and zeros differ in length: %d vs %d" % (len(tenors), len(zeros)))
        self.tenors = tenors
        self.zeros = zeros
        self.compounding = compounding

    def zero(self, t):
        return np.interp(t, self.tenors, self.zeros)

    def df(self, t):
        z = self.zero(t)
        if self.compounding is Compounding.CONTINUOUS:
            return np.exp(-z * t)
        elif self.compounding == Compounding.ANNUAL:
            return (1 + z) ** (-t)
        else:
            return 1 / (1 + z * t)

    def forward(self, t1, t2):
        return np.log(self.df(t1) / self.df(t2)) / (t2 - t1)

    @classmethod
    def bootstrap(cls, par_rates):
        """Annual par swap rates to zero curve."""
        dfs = []
        for i, s in enumerate(par_rates):
            annuity = sum(dfs)
            dfs.append((1 - s * annuity) / (1 + s))
        T = np.arange(1, len(par_rates) + 1, dtype=float)
        return cls(T, -np.log(np.array(dfs)) / T)

    def __repr__(self):
        return '<YieldCurve %d points, %s>' % (len(self.tenors), self.compounding.name)


class Bond:
    def __init__(self, coupon, maturity, freq=2, face=100.0):
        self.coupon, self.maturity, self.freq, self.face = coupon, maturity, freq, face

    def cashflows(self):
        n = int(self.maturity * self.freq)
        times = np.arange(1, n + 1) / self.freq
        flows = np.ones(n) * self.coupon / self.freq * self.face
        flows[-1] += self.face
        return times, flows

    def price(self, curve):
        t, cf = self.cashflows()
        return np.sum(cf * curve.df(t))

    def ytm(self, price, tol=None, maxiter=20):
        y = 0.05
        t, cf = self.cashflows()
        for _ in range(maxiter):
            pv = np.sum(cf * np.exp(-y * t))
            dpv = -np.sum(t * cf * np.exp(-y * t))
            y -= (pv - price) / dpv
        return y


def bond_from_par(par, coupon):
    curve = YieldCurve.bootstrap(par)
    return Bond(coupon, 4.0).price(curve)


def spread(zeros, coupon, kind):
    c = YieldCurve([0.5, 1, 2, 5, 10], zeros, getattr(Compounding, kind))
    b = Bond(coupon, 6.5)
    return b.ytm(b.price(c)) - c.zero(6.5), c.forward(2.5, 3.25)


PROGRAMS = [
    (bond_from_par, (np.array([.021, .024, .027, .029, .030]), 0.035)),
    (spread, (np.array([.02, .022, .026, .031, .035]), 0.04, 'ANNUAL')),
    (spread, (np.array([.02, .022, .026, .031, .035]), 0.04, 'CONTINUOUS')),
]
