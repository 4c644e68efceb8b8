from math import log, sqrt, exp, pi, erf
import numpy as np


def norm_cdf(x):
    return 0.5 * (1.0 + erf(x / sqrt(2.0)))


def norm_pdf(x):
    return exp(-0.5 * x * x) / sqrt(2 * pi)


def d1d2(S, K, T, r, sigma):
    d1 = (log(S / K) + (r + 0.5 * sigma ** 2) * T) / (sigma * sqrt(T))
    d2 = d1 - sigma * sqrt(T)
    return d1, d2


def bs_price(S, K, T, r, sigma, option='call'):
    d1, d2 = d1d2(S, K, T, r, sigma)
    if option == 'call':
        return S * norm_cdf(d1) - K * exp(-r * T) * norm_cdf(d2)
    elif option == 'put':
        return K * exp(-r * T) * norm_cdf(-d2) - S * norm_cdf(-d1)
    else:
        raise ValueError('unknown option type %s' % option)


def greeks(S, K, T, r, sigma):
    d1, d2 = d1d2(S, K, T, r, sigma)
    delta = norm_cdf(d1)
    gamma = norm_pdf(d1) / (S * sigma * sqrt(T))
    vega = S * norm_pdf(d1) * sqrt(T)
    theta = -S * norm_pdf(d1) * sigma / (2 * sqrt(T)) - r * K * exp(-r * T) * norm_cdf(d2)
    return np.array([delta, gamma, vega, theta])


PROGRAMS = [
    (bs_price, (100.0, 95.0, 0.75, 0.03, 0.25, 'put')),
    (greeks, (100.0, 105.0, 0.5, 0.02, 0.3)),
]
