import numpy as np
from math import pi, sqrt, exp, cos, sin, atan, log


def log_decrement(peaks):
    """damping ratio from successive peaks"""
    n = len(peaks) - 1
    d = log(peaks[0] / peaks[-1]) / n
    return d / sqrt(4 * pi**2 + d**2)


def sdof_response(m, c, k, x0, v0, t):
    wn = sqrt(k / m)
    zeta = c / (2 * sqrt(k * m))
    if zeta < 1:
        wd = wn * sqrt(1 - zeta**2)
        return [exp(-zeta * wn * ti) * (x0 * cos(wd * ti) + (v0 + zeta * wn * x0) / wd * sin(wd * ti)) for ti in t]
    elif zeta == 1:
        return [(x0 + (v0 + wn * x0) * ti) * exp(-wn * ti) for ti in t]
    s = sqrt(zeta**2 - 1)
    r1, r2 = -wn * (zeta - s), -wn * (zeta + s)
    A = (v0 - r2 * x0) / (r1 - r2)
    return [A * exp(r1 * ti) + (x0 - A) * exp(r2 * ti) for ti in t]


def identify(m, c, k):
    T = 2 * pi / sqrt(k / m - (c / (2 * m))**2)
    p = sdof_response(m, c, k, 1.0, 0.0, [0, T, 2 * T, 3 * T])
    return log_decrement(p)


def response_array(c, x0, v0):
    return np.array(sdof_response(2.0, c, 50.0, x0, v0, np.linspace(0, 1, 6)))


PROGRAMS = [(identify, (1.5, 0.9, 80.0)), (response_array, (30.0, 0.1, 0.4))]
