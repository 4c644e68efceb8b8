import numpy as np


def skew_kurt(x):
    m = x.mean()
    s = x.std()
    return ((x - m)**3).mean() / s**3, ((x - m)**4).mean() / s**4 - 3


def welch_t(a, b):
    return (a.mean() - b.mean()) / np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))


def weighted_quantile_smooth(x, w, h):
    """kernel density at the weighted mean"""
    mu = np.average(x, weights=w)
    return np.average(np.exp(-0.5 * ((x - mu) / h)**2) / (h * np.sqrt(2 * np.pi)), weights=w)


def autocorr(x, lag):
    n = len(x)
    y = x - np.mean(x)
    return np.correlate(y, y, mode='full')[n - 1:n + lag] / np.sum(y**2)


xs = np.array([1.2, 3.4, 2.2, 5.1, 0.7, 4.4, 2.9])
ys = np.array([2.2, 4.1, 3.9, 5.5, 1.9])
PROGRAMS = [(skew_kurt, (xs,)), (welch_t, (xs, ys)), (weighted_quantile_smooth, (ys, np.array([1.0, 2, 1, 3, 1]), 0.8)), (autocorr, (xs, 3))]
