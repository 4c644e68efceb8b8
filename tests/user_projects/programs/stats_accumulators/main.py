import numpy as np
from functools import partial, reduce
from itertools import accumulate


def make_ewma(alpha):
    state = {'s': None}

    def update(x):
        if state['s'] is None:
            state['s'] = x
        else:
            state['s'] = alpha * x + (1 - alpha) * state['s']
        return state['s']
    return update


def welford(data):
    n, mean, M2 = 0, 0.0, 0.0
    for x in data:
        n += 1
        delta = x - mean
        mean += delta / n
        M2 += delta * (x - mean)
        yield mean, (M2 / (n - 1) if n > 1 else 0.0)


def bollinger(prices, k, alpha=0.3):
    ew = make_ewma(alpha)
    mid = np.array(list(map(ew, prices)))
    *_, (m, v) = welford(prices)
    return mid + k * np.sqrt(v), mid - k * np.sqrt(v)


def horner(coeffs, x):
    return reduce(lambda acc, c: acc * x + c, coeffs)


def wealth(rates, start):
    """compound with yearly fee, max drawdown like quantity"""
    path = list(accumulate(rates, lambda w, r: w * (1 + r) * 0.995, initial=start))
    poly = partial(horner, [0.01, -0.2, 1.0])
    return poly(path[-1] / start) * np.prod([1 + r for r in rates])


PROGRAMS = [(bollinger, (np.array([10.0, 10.5, 10.2, 11.0, 11.4, 10.9]), 2.0)),
            (wealth, (np.array([0.05, -0.02, 0.08, 0.03]), 1000.0))]
