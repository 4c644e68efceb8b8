import numpy as np
from math import factorial


def erlang_c(lam, mu, c):
    a = lam / mu
    rho = a / c
    if rho >= 1:
        raise ValueError('unstable queue')
    s = sum(a**k / factorial(k) for k in range(c))
    last = a**c / factorial(c) / (1 - rho)
    return last / (s + last)


def mmc_metrics(lam, mu, c=3):
    pw = erlang_c(lam, mu, c)
    Wq = pw / (c * mu - lam)
    return {'pw': pw, 'Wq': Wq, 'W': Wq + 1 / mu, 'Lq': lam * Wq}


def daily_cost(lam, mu, wage):
    m = mmc_metrics(lam, mu, c=4)
    return 4 * wage + 25.0 * m['Lq']


PROGRAMS = [(daily_cost, (9.0, 3.1, 18.0))]
