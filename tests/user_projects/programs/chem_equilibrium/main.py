from math import log10, sqrt, exp, log
import numpy as np


def ionic_strength(conc, z):
    return 0.5 * sum(c * zi**2 for c, zi in zip(conc, z))


def davies(z, I, A=0.509):
    return 10 ** (-A * z**2 * (sqrt(I) / (1 + sqrt(I)) - 0.3 * I))


def ph_buffer(ca, cb, pKa):
    """pH of a weak acid buffer by bisection then Newton polishing"""
    Ka = 10 ** (-pKa)
    Kw = 1e-14

    def charge(pH):
        h = 10 ** (-pH)
        return h + cb - Kw / h - (ca + cb) * Ka / (Ka + h)

    lo, hi = 0.0, 14.0
    for _ in range(20):
        mid = (lo + hi) / 2
        if charge(mid) > 0:
            lo = mid
        else:
            hi = mid
    pH = (lo + hi) / 2
    for _ in range(6):
        h = 10 ** (-pH)
        dh = -log(10) * h
        d = dh + Kw / h**2 * dh + (ca + cb) * Ka / (Ka + h)**2 * dh
        pH = pH - charge(pH) / d
    return pH


def reactor_series(c0, k, taus):
    """A -> B -> C in CSTRs, linear system per tank"""
    c = np.array([c0, 0.0, 0.0])
    k1, k2 = k
    profile = []
    for tau in taus:
        A = np.eye(3)
        A[0, 0] += k1 * tau
        A[1, 0] = -k1 * tau
        A[1, 1] += k2 * tau
        A[2, 1] = -k2 * tau
        c = np.linalg.solve(A, c)
        profile.append(c)
    return np.vstack(profile)


PROGRAMS = [(ph_buffer, (0.1, 0.15, 4.76)), (reactor_series, (2.0, np.array([0.5, 0.2]), np.array([1.0, 2.0, 0.5])))]
