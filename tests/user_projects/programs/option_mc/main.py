import numpy as np
from functools import wraps

SEED = 1234


def check_positive(*names):
    def decorator(fn):
        @wraps(fn)
        def inner(*args, **kwargs):
            for n, a in zip(names, args):
                if np.any(np.asarray(a) <= 0):
                    raise ValueError('%s must be positive' % n)
            return fn(*args, **kwargs)
        return inner
    return decorator


def gbm_paths(S0, mu, sigma, T, steps, n):
    rng = np.random.default_rng(SEED)
    dt = T / steps
    Z = rng.standard_normal((n, steps))
    increments = (mu - 0.5 * sigma**2) * dt + sigma * np.sqrt(dt) * Z
    logS = np.log(S0) + np.cumsum(increments, axis=1)
    return np.hstack([np.full((n, 1), 1.0) * S0, np.exp(logS)])


def asian_call(S0, K, r, sigma, T):
    S = gbm_paths(S0, r, sigma, T, 8, 200)
    avg = S[:, 1:].mean(axis=1)
    payoff = np.maximum(avg - K, 0)
    return np.exp(-r * T) * payoff.mean()


@check_positive('S0', 'sigma', 'T')
def geometric_mean_terminal(S0, sigma, T, steps=5):
    paths = gbm_paths(S0, 0.03, sigma, T, steps, 30)
    return np.exp(np.mean(np.log(paths[:, -1])))


PROGRAMS = [(asian_call, (100.0, 98.0, 0.03, 0.25, 1.0)), (geometric_mean_terminal, (50.0, 0.2, 0.5))]
