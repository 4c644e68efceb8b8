import numpy as np
from runoff import scs_runoff, UnitHydrograph
from routing import muskingum, manning_depth
from numpy import asarray


def flood_peak(P, CN, tc):
    """total runoff hydrograph at the outlet"""
    excess = np.diff(scs_runoff(np.cumsum(P), CN), prepend=0.0)
    uh = UnitHydrograph(area=12.0, tc=tc)
    q = uh.convolve(excess)
    return muskingum(q, K=1.2, x=0.2, dt=0.5)


def channel(Q, S, n, b=3.0, z=1.5):
    y = manning_depth(Q, S, n, b, z)
    A = (b + z * y) * y
    return y, Q / A


def penman_like(T, RH, u, Rn):
    es = 0.6108 * np.exp(17.27 * T / (T + 237.3))
    ea = es * RH / 100
    delta = 4098 * es / (T + 237.3)**2
    g = 0.066
    num = 0.408 * delta * Rn + g * 900 / (T + 273) * u * (es - ea)
    return num / (delta + g * (1 + 0.34 * u))


PROGRAMS = [(flood_peak, (np.array([15.0, 22.0, 30.0, 12.0]), 82.0, 1.4)),
            (channel, (20.0, 0.001, 0.025)),
            (penman_like, (np.array([15.0, 22.0]), np.array([60.0, 45.0]), 2.1, np.array([10.0, 14.0])))]
