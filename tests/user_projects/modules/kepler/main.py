"""Orbit utilities."""
import math
import numpy as np

MU = 398600.4418  # km^3/s^2


def solve_kepler(M, e, niter=8):
    E = M if e < 0.8 else math.pi
    for _ in range(niter):
        E = E - (E - e * math.sin(E) - M) / (1 - e * math.cos(E))
    return E


def rot(axis, ang):
    c, s = math.cos(ang), math.sin(ang)
    if axis == 'z':
        return np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])
    elif axis == 'x':
        return np.array([[1, 0, 0], [0, c, s], [0, -s, c]])
    raise ValueError(axis)


def coe2rv(a, e, inc, raan, argp, M):
    E = solve_kepler(M, e)
    nu = 2 * math.atan2(math.sqrt(1 + e) * math.sin(E / 2), math.sqrt(1 - e) * math.cos(E / 2))
    p = a * (1 - e ** 2)
    r = p / (1 + e * math.cos(nu))
    rp = np.array([r * math.cos(nu), r * math.sin(nu), 0.])
    vp = math.sqrt(MU / p) * np.array([-math.sin(nu), e + math.cos(nu), 0.])
    Q = np.linalg.multi_dot([rot('z', -raan), rot('x', -inc), rot('z', -argp)])
    return Q.dot(rp), Q.dot(vp)


def rv2coe(r, v):
    r = np.asarray(r, dtype=float).ravel()
    v = np.asarray(v, dtype=float).ravel()
    R = np.linalg.norm(r)
    V = np.linalg.norm(v)
    h = np.cross(r, v)
    n = np.cross([0, 0, 1], h)
    e_vec = ((V ** 2 - MU / R) * r - np.dot(r, v) * v) / MU
    e = np.linalg.norm(e_vec)
    energy = V ** 2 / 2 - MU / R
    a = -MU / (2 * energy)
    i = np.arccos(h[2] / np.linalg.norm(h))
    raan = np.arccos(n[0] / np.linalg.norm(n))
    if n[1] < 0:
        raan = 2 * np.pi - raan
    argp = np.arccos(np.dot(n, e_vec) / (np.linalg.norm(n) * e))
    if e_vec[2] < 0:
        argp = 2 * np.pi - argp
    return np.array([a, e, i, raan, argp])


PROGRAMS = [
    (coe2rv, (8000.0, 0.15, 0.6, 1.1, 0.4, 0.9)),
    (rv2coe, (np.array([6500., 2200., 1500.]), np.array([-2.5, 6.4, 3.3]))),
]
