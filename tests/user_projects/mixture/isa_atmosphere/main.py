import numpy as np
from math import exp

g0 = 9.80665
Rs = 287.053
BASE = [(0., 288.15, -0.0065), (11000., 216.65, 0.0), (20000., 216.65, 0.001), (32000., 228.65, 0.0028)]


def isa(h, dT=0.0):
    """temperature, pressure, density at geopotential height h (m)"""
    p = 101325.0
    for i, (hb, Tb, L) in enumerate(BASE):
        top = BASE[i + 1][0] if i + 1 < len(BASE) else 47000.
        hh = min(h, top)
        if L == 0:
            T = Tb
            p = p * exp(-g0 * (hh - hb) / (Rs * Tb))
        else:
            T = Tb + L * (hh - hb)
            p = p * (T / Tb) ** (-g0 / (L * Rs))
        if h <= top:
            break
    T += dT
    return T, p, p / (Rs * T)


def tas_from_cas(cas, h):
    T, p, rho = isa(h)
    qc = 101325. * ((1 + 0.2 * (cas / 340.294)**2)**3.5 - 1)
    M = np.sqrt(5 * ((qc / p + 1)**(2 / 7.) - 1))
    return M * np.sqrt(1.4 * Rs * T)


def breguet_range(V, LD, tsfc, w0, w1):
    return V * LD / (g0 * tsfc) * np.log(w0 / w1) / 1000


PROGRAMS = [
    (isa, (15300.0, 10.0)),
    (tas_from_cas, (140.0, 8200.0)),
    (breguet_range, (230.0, 17.5, 1.6e-5, 70000.0, 56000.0)),
]
