import numpy as np


def steering(theta, N, d=0.5):
    return np.exp(-2j * np.pi * d * np.arange(N) * np.sin(theta))


def make_R(angles, powers, noise, N=6):
    R = noise * np.eye(N, dtype=complex)
    for a, p in zip(angles, powers):
        s = steering(a, N).reshape(-1, 1)
        R = R + p * (s @ s.conj().T)
    return R


def bartlett(R, grid):
    out = []
    for g in grid:
        s = steering(g, R.shape[0])
        out.append(np.real(s.conj() @ R @ s) / len(s)**2)
    return np.array(out)


def mvdr(R, grid):
    Rinv = np.linalg.inv(R)
    P = np.zeros(len(grid))
    for k, g in enumerate(grid):
        s = steering(g, R.shape[0])
        P[k] = 1 / np.real(s.conj() @ Rinv @ s)
    return P


def spectrum(angles, noise):
    R = make_R(angles, [1.0, 0.7], noise)
    grid = np.linspace(-1, 1, 9)
    return bartlett(R, grid)


def capon_ratio(angles, noise):
    R = make_R(angles, [1.0, 0.7], noise)
    P = mvdr(R, [0.21, -0.3])
    return 10 * np.log10(P[0] / P[1])


PROGRAMS = [(spectrum, (np.array([0.2, -0.4]), 0.1)), (capon_ratio, (np.array([0.2, -0.4]), 0.1))]
