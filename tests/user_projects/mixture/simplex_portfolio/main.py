import numpy as np


def min_variance_weights(cov):
    ones = np.ones(len(cov))
    w = np.linalg.solve(cov, ones)
    return w / w.sum()


def tangency(mu, cov, rf):
    z = np.linalg.inv(cov) @ (mu - rf)
    w = z / np.sum(z)
    ret = w @ mu
    vol = np.sqrt(w @ cov @ w)
    return (ret - rf) / vol


def risk_parity(cov, n_iter=60):
    n = cov.shape[0]
    x = np.ones(n) / np.sqrt(np.diag(cov))
    b = 1.0 / n
    for _ in range(n_iter):
        for i in range(n):
            c = np.dot(cov[i], x) - cov[i, i] * x[i]
            x[i] = (-c + np.sqrt(c**2 + 4 * cov[i, i] * b)) / (2 * cov[i, i])
    return x / x.sum()


def cov_from_returns(R, halflife):
    T = R.shape[0]
    w = 0.5 ** (np.arange(T)[::-1] / halflife)
    w /= w.sum()
    m = np.average(R, axis=0, weights=w)
    D = R - m
    return np.einsum('t,ti,tj->ij', w, D, D)


def max_drawdown(returns):
    wealth = np.cumprod(1 + returns)
    peak = np.maximum.accumulate(wealth)
    return np.max(1 - wealth / peak)


C = np.array([[0.04, 0.006, 0.01], [0.006, 0.02, 0.004], [0.01, 0.004, 0.09]])
Rets = np.random.RandomState(7).randn(20, 3) * 0.02

PROGRAMS = [
    (min_variance_weights, (C,)),
    (tangency, (np.array([0.07, 0.05, 0.11]), C, 0.02)),
    (risk_parity, (C,)),
    (lambda R, hl: risk_parity(cov_from_returns(R, hl), 40), (Rets, 8.0)),
]
