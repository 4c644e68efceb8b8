import numpy as np


def lag_matrix(y, p):
    n = len(y)
    return np.column_stack([y[p - k - 1:n - k - 1] for k in range(p)])


def fit_ar(y, p=2):
    X = lag_matrix(y, p)
    X = np.hstack((np.ones((X.shape[0], 1)), X))
    coef = np.linalg.lstsq(X, y[p:], rcond=None)[0]
    return coef


def forecast(y, p, h):
    c = fit_ar(y, p)
    hist = list(y)
    for i in range(h):
        nxt = c[0]
        for k in range(p):
            nxt += c[1 + k] * hist[-1 - k]
        hist.append(nxt)
    return np.array(hist[-h:])


def garch_loglik(params, r):
    omega, alpha, beta = params
    n = len(r)
    sigma2 = np.zeros(n)
    sigma2[0] = np.var(r)
    for t in range(1, n):
        sigma2[t] = omega + alpha * r[t-1]**2 + beta * sigma2[t-1]
    return -0.5 * np.sum(np.log(2 * np.pi) + np.log(sigma2) + r**2 / sigma2)


_rs = np.random.RandomState(99)
_y = np.zeros(30)
for _t in range(2, 30):
    _y[_t] = 0.3 + 0.6 * _y[_t-1] - 0.2 * _y[_t-2] + 0.3 * _rs.randn()
PROGRAMS = [(forecast, (_y, 2, 4)), (garch_loglik, (np.array([0.05, 0.1, 0.8]), _rs.randn(25) * 0.7))]
