import numpy as np


def logistic_growth(t, K, r, P0):
    return K / (1 + (K - P0) / P0 * np.exp(-r * t))


def planck(wav, T):
    h = 6.626e-34
    c = 3.0e+8
    k = 1.38e-23
    a = 2.0 * h * c**2
    b = h * c / (wav * k * T)
    intensity = a / ((wav**5) * (np.exp(b) - 1.0))
    return intensity


def softmax_cross_entropy(logits, labels):
    z = logits - np.max(logits, axis=1, keepdims=True)
    logp = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return -np.mean(logp[np.arange(len(labels)), labels])


def pearson(x, y):
    xm = x - x.mean()
    ym = y - y.mean()
    return (xm * ym).sum() / np.sqrt((xm**2).sum() * (ym**2).sum())


PROGRAMS = [
    (logistic_growth, (np.linspace(0, 10, 6), 100.0, 0.5, 8.0)),
    (planck, (np.array([4e-7, 5e-7, 7e-7]) * 1.0, 5800.0)),
    (softmax_cross_entropy, (np.array([[1.0, 2.0, 0.3], [0.2, -1.0, 0.9]]), np.array([1, 2]))),
    (pearson, (np.array([1.0, 2.1, 2.9, 4.2, 5.1]), np.array([2.0, 3.1, 5.2, 4.9, 7.0]))),
]
