import numpy as np


def admittance_matrix(f, R, L, C):
    w = 2 * np.pi * f
    Y = np.zeros((3, 3), dtype=complex)
    branches = [(0, 1, 1 / R), (1, 2, 1 / (1j * w * L)), (2, None, 1j * w * C), (1, None, 1 / (2 * R))]
    for i, j, y in branches:
        Y[i, i] += y
        if j is not None:
            Y[j, j] += y
            Y[i, j] -= y
            Y[j, i] -= y
    return Y


def transfer(f, R, L, C):
    Y = admittance_matrix(f, R, L, C)
    Y[0, 0] += 1e3   # source with a milliohm in series
    v = np.linalg.solve(Y, np.array([1e3, 0, 0], dtype=complex))
    return 20 * np.log10(np.abs(v[2])), np.angle(v[2])


def rc_step(t, R, C, V=5):
    return V * (1 - np.exp(-t / (R * C)))


PROGRAMS = [(transfer, (1200.0, 50.0, 0.01, 1e-6)), (rc_step, (np.array([0.001, 0.003, 0.01]), 1000.0, 3e-6))]
