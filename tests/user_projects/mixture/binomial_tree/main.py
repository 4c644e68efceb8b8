import numpy as np
from typing import NamedTuple


class OptionSpec(NamedTuple):
    strike: float
    expiry: float
    american: bool = False
    is_call: bool = True

    def payoff(self, s):
        return np.maximum(s - self.strike, 0) if self.is_call else np.maximum(self.strike - s, 0)


def crr_price(opt, S, r, sigma, N=50):
    dt = opt.expiry / N
    u = np.exp(sigma * np.sqrt(dt))
    d = 1 / u
    p = (np.exp(r * dt) - d) / (u - d)
    disc = np.exp(-r * dt)
    prices = S * u ** np.arange(N, -N - 1, -2, dtype=float)
    values = opt.payoff(prices)
    for i in range(N - 1, -1, -1):
        values = disc * (p * values[:-1] + (1 - p) * values[1:])
        if opt.american:
            prices = prices[:-1] * d
            values = np.maximum(values, opt.payoff(prices))
    return float(values[0])


def american_put(S, r, sigma):
    return crr_price(OptionSpec(101.3, 0.75, american=True, is_call=False), S, r, sigma, N=24)


PROGRAMS = [(american_put, (98.2, 0.04, 0.27))]
