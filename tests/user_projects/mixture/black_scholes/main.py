import numpy as np
from math import log, sqrt, exp, erf, pi


def norm_cdf(x):
    return 0.5 * (1.0 + erf(x / sqrt(2.0)))


def norm_pdf(x):
    return exp(-0.5 * x * x) / sqrt(2.0 * pi)


def bs_price(S, K, T, r, sigma, kind="call"):
    d1 = (log(S / K) + (r + 0.5 * sigma ** 2) * T) / (sigma * sqrt(T))
    d2 = d1 - sigma * sqrt(T)
    if kind == "call":
        return S * norm_cdf(d1) - K * exp(-r * T) * norm_cdf(d2)
    elif kind == "put":
        return K * exp(-r * T) * norm_cdf(-d2) - S * norm_cdf(-d1)
    raise ValueError("unknown option type %r" % kind)


def implied_vol(price, S, K, T, r, kind="call", tol=1e-12, maxiter=100):
    sigma = 0.25
    for _ in range(maxiter):
        diff = bs_price(S, K, T, r, sigma, kind) - price
        d1 = (log(S / K) + (r + 0.5 * sigma ** 2) * T) / (sigma * sqrt(T))
        vega = S * norm_pdf(d1) * sqrt(T)
        sigma -= diff / vega
        if abs(diff) < tol:
            break
    return sigma


def portfolio_value(spots, quantities, r):
    strikes = [95.0, 50.0, 210.0]
    vols = [0.2, 0.35, 0.18]
    total = 0.0
    for i, (K, v) in enumerate(zip(strikes, vols)):
        total += quantities[i] * bs_price(spots[i], K, 0.75, r, v, "call" if i % 2 == 0 else "put")
    return total


PROGRAMS = [
    (bs_price, (100.0, 105.0, 0.5, 0.03, 0.22, "put")),
    (implied_vol, (9.5, 100.0, 102.0, 0.8, 0.02)),
    (portfolio_value, (np.array([100.0, 48.0, 205.0]), np.array([10.0, -5.0, 2.0]), 0.025)),
]
