import numpy as np


class Portfolio:
    TRADING_DAYS = 252

    def __init__(self, returns, rf=0.02):
        self.returns = np.asarray(returns)
        self.rf = rf
        self.n = self.returns.shape[1]

    @property
    def mean(self):
        return self.returns.mean(axis=0) * self.TRADING_DAYS

    @property
    def cov(self):
        return np.cov(self.returns, rowvar=False) * self.TRADING_DAYS

    def performance(self, w):
        ret = np.sum(self.mean * w)
        std = np.sqrt(np.dot(w.T, np.dot(self.cov, w)))
        return std, ret

    def sharpe(self, w):
        s, r = self.performance(w)
        return (r - self.rf) / s

    def min_variance(self):
        ones = np.ones(self.n)
        x = np.linalg.solve(self.cov, ones)
        return x / x.sum()

    def tangency(self):
        excess = self.mean - self.rf
        z = np.linalg.inv(self.cov).dot(excess)
        return z / np.sum(z)

    @classmethod
    def from_prices(cls, prices, **kw):
        r = np.diff(np.log(prices), axis=0)
        return cls(r, **kw)


rng = np.random.RandomState(7)
prices = 100 * np.exp(np.cumsum(rng.normal(0.0008, 0.012, (60, 4)), axis=0))
port = Portfolio.from_prices(prices)


def min_var_weights(prices):
    return Portfolio.from_prices(prices).min_variance()


def frontier_vol(prices, target):
    p = Portfolio.from_prices(prices, rf=0.01)
    mu, S = p.mean, p.cov
    Si = np.linalg.inv(S)
    e = np.ones(p.n)
    A = e @ Si @ mu
    B = mu @ Si @ mu
    C = e @ Si @ e
    D = B * C - A * A
    return np.sqrt((C * target ** 2 - 2 * A * target + B) / D)


PROGRAMS = [
    (port.sharpe, (np.array([0.3, 0.2, 0.4, 0.1]),)),
    (min_var_weights, (prices,)),
    (frontier_vol, (prices, 0.15)),
]
