import numpy as np


def mean_field(J, h, T, iters=60, damping=0.5):
    """Mean field magnetisations and free energy of an Ising model."""
    n = J.shape[0]
    J = 0.5 * (J + J.T)
    np.fill_diagonal(J, 0.0)
    beta = 1.0 / T
    m = np.full(n, 0.1)
    for _ in range(iters):
        m = (1 - damping) * m + damping * np.tanh(beta * (np.dot(J, m) + h))
    iu = np.triu_indices(n, 1)
    E = -np.sum(J[iu] * m[iu[0]] * m[iu[1]]) - np.dot(h, m)
    p = 0.5 * (1 + m)
    S = -np.sum(p * np.log(p) + (1 - p) * np.log(1 - p))
    return m, E - T * S


PROGRAMS = [(mean_field, (np.array([[0., .5, -.2], [.3, 0., .4], [-.1, .6, 0.]]), np.array([.1, -.2, .3]), 1.2))]
