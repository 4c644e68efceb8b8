import numpy as np


class YieldCurve:
    """Zero curve, log-linear interpolation of discount factors."""

    def __init__(self, tenors, zeros):
        self.tenors = np.asarray(tenors, dtype=float)
        self.zeros = np.asarray(zeros)
        assert len(self.tenors) == len(self.zeros)
        self._logdf = -self.zeros * self.tenors

    def df(self, t):
        t = np.asarray(t, dtype=float)
        return np.exp(np.interp(t, np.r_[0, self.tenors], np.r_[0.0, self._logdf]))

    def forward(self, t1, t2):
        return (np.log(self.df(t1)) - np.log(self.df(t2))) / (t2 - t1)

    def shifted(self, bp):
        return YieldCurve(self.tenors, self.zeros + bp / 1e4)


class Bond:
    def __init__(self, face, coupon, maturity, freq=2):
        self.face = face
        self.coupon = coupon
        self.maturity = maturity
        self.freq = freq

    @property
    def times(self):
        return np.arange(1, self.maturity * self.freq + 1) / self.freq

    @property
    def cashflows(self):
        cf = np.ones(self.maturity * self.freq) * self.face * self.coupon / self.freq
        cf[-1] += self.face
        return cf

    def price(self, curve):
        return np.sum(self.cashflows * curve.df(self.times))

    def ytm(self, price, tol=1e-12):
        y = 0.05
        for i in range(50):
            disc = (1 + y / self.freq) ** (-self.freq * self.times)
            p = np.sum(self.cashflows * disc)
            dp = np.sum(-self.times * self.cashflows * disc / (1 + y / self.freq))
            ynew = y - (p - price) / dp
            if abs(ynew - y) < tol:
                return ynew
            y = ynew
        return y

    def duration(self, y):
        disc = (1 + y / self.freq) ** (-self.freq * self.times)
        pv = self.cashflows * disc
        return np.sum(self.times * pv) / np.sum(pv)


bond = Bond(100.0, 0.045, 5)


def price_from_zeros(zeros, coupon):
    return Bond(100, coupon, 4).price(YieldCurve([0.5, 1, 2, 3.3, 5], zeros))


def par_swap(zeros, bump):
    c = YieldCurve([1, 2, 3, 5], zeros).shifted(bump)
    t = np.arange(1, 5)
    return (1 - c.df(4)) / np.sum(c.df(t))


PROGRAMS = [(bond.ytm, (97.5,)),
            (price_from_zeros, (np.array([0.02, 0.022, 0.027, 0.03, 0.034]), 0.04)),
            (par_swap, (np.array([0.02, 0.023, 0.027, 0.031]), 12.0))]
