import numpy as np

GM = 398600.4418


def kepler(M, e, tol=1e-14):
    """Solve Kepler's equation by Newton iteration."""
    E = M if e < 0.8 else np.pi
    delta = 1.0
    count = 0
    while abs(delta) > tol and count < 50:
        delta = (E - e * np.sin(E) - M) / (1 - e * np.cos(E))
        E = E - delta
        count += 1
    return E


def rotx(a):
    c, s = np.cos(a), np.sin(a)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def rotz(a):
    c, s = np.cos(a), np.sin(a)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def coe2rv(a, e, i, raan, argp, M):
    """classical elements -> position and velocity (km, km/s)"""
    E = kepler(M, e)
    nu = 2 * np.arctan2(np.sqrt(1 + e) * np.sin(E / 2), np.sqrt(1 - e) * np.cos(E / 2))
    p = a * (1 - e**2)
    r = p / (1 + e * np.cos(nu))
    r_pf = np.array([r * np.cos(nu), r * np.sin(nu), 0])
    v_pf = np.sqrt(GM / p) * np.array([-np.sin(nu), e + np.cos(nu), 0])
    Q = rotz(raan) @ rotx(i) @ rotz(argp)
    return Q @ r_pf, Q @ v_pf


def rv2coe(r, v):
    h = np.cross(r, v)
    n = np.cross([0, 0, 1], h)
    rmag = np.linalg.norm(r)
    vmag = np.linalg.norm(v)
    evec = ((vmag**2 - GM / rmag) * r - np.dot(r, v) * v) / GM
    e = np.linalg.norm(evec)
    energy = vmag**2 / 2 - GM / rmag
    a = -GM / (2 * energy)
    inc = np.arccos(h[2] / np.linalg.norm(h))
    raan = np.arccos(n[0] / np.linalg.norm(n))
    if n[1] < 0:
        raan = 2 * np.pi - raan
    argp = np.arccos(np.dot(n, evec) / (np.linalg.norm(n) * e))
    if evec[2] < 0:
        argp = 2 * np.pi - argp
    return a, e, inc, raan, argp


def hohmann(r1, r2):
    at = (r1 + r2) / 2
    dv1 = np.sqrt(GM * (2 / r1 - 1 / at)) - np.sqrt(GM / r1)
    dv2 = np.sqrt(GM / r2) - np.sqrt(GM * (2 / r2 - 1 / at))
    return abs(dv1) + abs(dv2)


PROGRAMS = [
    (coe2rv, (9000.0, 0.2, 0.6, 1.1, 0.4, 2.0)),
    (rv2coe, (np.array([6524.834, 6862.875, 6448.296]), np.array([4.901327, 5.533756, -1.976341]))),
    (hohmann, (6678.0, 42164.0)),
]
