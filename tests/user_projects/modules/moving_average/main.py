"""Technical indicators."""
import numpy as np


def sma(x, n):
    c = np.cumsum(np.insert(x, 0, 0))
    return (c[n:] - c[:-n]) / float(n)


def ema(x, span=None, alpha=None):
    if (span is None) == (alpha is None):
        raise ValueError('specify exactly one of span and alpha')
    if span is not None:
        alpha = 2.0 / (span + 1)
    out = np.empty_like(x)
    out[0] = x[0]
    for i in range(1, x.size):
        out[i] = alpha * x[i] + (1 - alpha) * out[i - 1]
    return out


def rsi(prices, n=5):
    deltas = np.diff(prices)
    seed = deltas[:n]
    up = seed[seed >= 0].sum() / n
    down = -seed[seed < 0].sum() / n
    rs = up / down
    out = np.zeros_like(prices)
    out[:n] = 100. - 100. / (1. + rs)
    for i in range(n, len(prices)):
        delta = deltas[i - 1]
        if delta > 0:
            upval, downval = delta, 0.
        else:
            upval, downval = 0., -delta
        up = (up * (n - 1) + upval) / n
        down = (down * (n - 1) + downval) / n
        rs = up / down
        out[i] = 100. - 100. / (1. + rs)
    return out


def macd(x, fast=3, slow=6, signal=4):
    line = ema(x, fast) - ema(x, span=slow)
    return line, line - ema(line, signal)


def bollinger(x, n=4, k=2.0):
    mid = sma(x, n)
    sd = np.array([np.std(x[i:i + n]) for i in range(len(x) - n + 1)])
    return np.array([mid - k * sd, mid, mid + k * sd])


p = np.array([10., 10.4, 10.1, 10.9, 11.3, 10.8, 10.2, 10.6, 11.1, 11.9])
PROGRAMS = [(rsi, (p,)), (macd, (p,)), (bollinger, (p, 4, 1.8))]
