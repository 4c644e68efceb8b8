import numpy as np
from kepler import solve_kepler, true_anomaly
from rotations import R1, R3

MU = 398600.4418


def oe2rv(a, e, inc, raan, argp, M):
    E = solve_kepler(M, e)
    nu = true_anomaly(E, e)
    p = a * (1 - e ** 2)
    r = p / (1 + e * np.cos(nu))
    r_pqw = np.array([r * np.cos(nu), r * np.sin(nu), 0])
    v_pqw = np.sqrt(MU / p) * np.array([-np.sin(nu), e + np.cos(nu), 0])
    Q = R3(-raan) @ R1(-inc) @ R3(-argp)
    return Q @ r_pqw, Q @ v_pqw


def specific_energy(a, e, M):
    r, v = oe2rv(a, e, 0.5, 1.0, 0.3, M)
    return np.dot(v, v) / 2 - MU / np.linalg.norm(r)


def ang_mom(a, e, inc, raan):
    r, v = oe2rv(a, e, inc, raan, 0.4, 1.2)
    return np.cross(r, v)


def state_vector(oe):
    r, v = oe2rv(*oe)
    return np.hstack((r, v))


PROGRAMS = [
    (state_vector, (np.array([7000.0, 0.1, 0.9, 0.4, 1.1, 0.7]),)),
    (ang_mom, (8000.0, 0.2, 0.6, 1.3)),
]
