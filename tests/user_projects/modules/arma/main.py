"""ARMA likelihood and forecasting in state-space-free form."""
import numpy as np
import warnings


def css_residuals(y, ar, ma, const=0.0):
    p, q = len(ar), len(ma)
    n = len(y)
    e = np.zeros(n)
    for t in range(p, n):
        pred = const
        for i in range(1, p + 1):
            pred += ar[i - 1] * y[t - i]
        for j in range(1, q + 1):
            if t - j >= 0:
                pred += ma[j - 1] * e[t - j]
        e[t] = y[t] - pred
    return e


def css_loglike(params, y, order=(2, 1)):
    p, q = order
    const = params[0]
    ar, ma = params[1:1 + p], params[1 + p:1 + p + q]
    sigma2 = params[-1] ** 2
    e = css_residuals(y, ar, ma, const)[p:]
    nobs = len(e)
    return -nobs / 2. * np.log(2 * np.pi * sigma2) - e.dot(e) / (2 * sigma2)


def yule_walker(y, p):
    y = y - y.mean()
    r = np.array([np.sum(y[:len(y) - k] * y[k:]) / len(y) for k in range(p + 1)])
    R = np.array([[r[abs(i - j)] for j in range(p)] for i in range(p)])
    phi = np.linalg.solve(R, r[1:])
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore')
        sigma = np.sqrt(r[0] - np.dot(phi, r[1:]))
    return phi, sigma


def forecast(y, p, steps):
    phi, s = yule_walker(y, p)
    hist = list(y - y.mean())
    for h in range(steps):
        hist.append(np.dot(phi, hist[-1:-p - 1:-1]))
    return np.array(hist[-steps:]) + y.mean()


y = np.array([.5, .8, .3, -.4, -.7, -.1, .6, 1.1, .7, .1, -.5, -.2])
PROGRAMS = [
    (css_loglike, (np.array([.1, .9, -.4, .3, .5]), y)),
    (forecast, (y, 3, 4)),
]
