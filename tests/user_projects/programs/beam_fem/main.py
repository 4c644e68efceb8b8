import numpy as np
from femlib import assemble_beam, apply_bc, ElementError

NEL = 4


def deflections(E, I, q):
    L = 2.0
    K, f = assemble_beam(NEL, L, E, I, q)
    K, f = apply_bc(K, f, [0, 1])
    u = np.linalg.solve(K, f)
    return u[::2]


def natural_frequency(E, rhoA):
    from femlib.mass import assemble_mass
    K, f = assemble_beam(NEL, 2.0, E, 0.8, 0.0)
    M = assemble_mass(NEL, 2.0, rhoA)
    K = K[2:, 2:]
    M = M[2:, 2:]
    Lc = np.linalg.cholesky(M)
    Li = np.linalg.inv(Lc)
    A = Li @ K @ Li.T
    lam = np.linalg.eigvalsh(A)
    return np.sqrt(lam[:3]) / (2 * np.pi)


PROGRAMS = [(deflections, (10.0, 0.8, 0.5)), (natural_frequency, (12.0, 1.5))]
