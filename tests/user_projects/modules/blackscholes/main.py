"""Option pricing notes, chapters 3-5."""
from math import log, sqrt, exp, erf, pi
import numpy as np


def norm_cdf(x):
    return 0.5 * (1.0 + erf(x / sqrt(2.0)))


def bs_price(S, K, T, r, sigma, kind='call'):
    """Black-Scholes price for a European option (scalars)."""
    if sigma <= 0 or T <= 0:
        raise ValueError("sigma and T must be positive, got %g and %g" % (sigma, T))
    d1 = (log(S / K) + (r + 0.5 * sigma ** 2) * T) / (sigma * sqrt(T))
    d2 = d1 - sigma * sqrt(T)
    if kind == 'call':
        return S * norm_cdf(d1) - K * exp(-r * T) * norm_cdf(d2)
    elif kind == 'put':
        return K * exp(-r * T) * norm_cdf(-d2) - S * norm_cdf(-d1)
    raise ValueError("kind must be 'call' or 'put'")


def binomial_american(S0, K, T, r, sigma, N=40, kind='put'):
    """Cox-Ross-Rubinstein tree."""
    dt = T / N
    u = np.exp(sigma * np.sqrt(dt))
    d = 1.0 / u
    p = (np.exp(r * dt) - d) / (u - d)
    disc = np.exp(-r * dt)
    S = np.zeros(N + 1)
    for j in range(0, N + 1):
        S[j] = S0 * u ** j * d ** (N - j)
    C = np.zeros(N + 1)
    for j in range(0, N + 1):
        C[j] = max(0, K - S[j]) if kind == 'put' else max(0, S[j] - K)
    for i in np.arange(N - 1, -1, -1):
        for j in range(0, i + 1):
            S = S0 * u ** j * d ** (i - j)
            C[j] = disc * (p * C[j + 1] + (1 - p) * C[j])
            if kind == 'put':
                C[j] = max(C[j], K - S)
            else:
                C[j] = max(C[j], S - K)
    return C[0]


def mc_asian(S0, K, T, r, sigma, n_steps=24, n_paths=400, seed=1234):
    np.random.seed(seed)
    dt = T / n_steps
    Z = np.random.standard_normal((n_paths, n_steps))
    Z = np.vstack((Z, -Z))
    logS = np.log(S0) + np.cumsum((r - 0.5 * sigma ** 2) * dt + sigma * np.sqrt(dt) * Z, axis=1)
    S = np.exp(logS)
    avg = S.mean(axis=1)
    payoff = np.maximum(avg - K, 0.0)
    price = np.exp(-r * T) * payoff.mean()
    stderr = np.exp(-r * T) * payoff.std(ddof=1) / np.sqrt(len(payoff))
    return price, stderr


def implied_vol(price, S, K, T, r, n_iter=30):
    sigma = 0.3
    for _ in range(n_iter):
        d1 = (log(S / K) + (r + 0.5 * sigma ** 2) * T) / (sigma * sqrt(T))
        vega = S * sqrt(T) * exp(-0.5 * d1 ** 2) / sqrt(2 * pi)
        diff = bs_price(S, K, T, r, sigma) - price
        sigma = sigma - diff / vega
    return sigma


PROGRAMS = [
    (bs_price, (102.0, 100.0, 0.75, 0.03, 0.22, 'put')),
    (binomial_american, (97.3, 100.0, 0.8, 0.04, 0.25, 21)),
    (mc_asian, (100.0, 98.7, 1.0, 0.02, 0.3)),
    (implied_vol, (9.5, 101.0, 100.0, 0.9, 0.01)),
]
