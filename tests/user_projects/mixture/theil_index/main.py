import numpy as np


def theil(income):
    mu = np.mean(income)
    return np.mean(income / mu * np.log(income / mu))


def gini(x):
    x = np.sort(x)
    n = len(x)
    idx = np.arange(1, n + 1)
    return (2 * np.sum(idx * x) / np.sum(x) - (n + 1)) / n


def atkinson(x, eps=0.5):
    if eps == 1:
        return 1 - np.exp(np.mean(np.log(x))) / np.mean(x)
    return 1 - np.mean(x ** (1 - eps)) ** (1 / (1 - eps)) / np.mean(x)


inc = np.array([12., 31.5, 18.2, 45., 22.4, 90.1, 27.])
PROGRAMS = [(theil, (inc,)), (gini, (inc,)), (atkinson, (inc, 0.7))]
