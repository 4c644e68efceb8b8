import numpy as np

MOLECULES = {
    'butadiene': [(0, 1), (1, 2), (2, 3)],
    'benzene': [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0)],
    'fulvene': [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0), (0, 5)],
}


def huckel_matrix(name, alpha, beta, het=None):
    bonds = MOLECULES[name]
    n = max(max(b) for b in bonds) + 1
    H = alpha * np.eye(n)
    for i, j in bonds:
        H[i, j] = H[j, i] = beta
    if het is not None:
        H[0, 0] += het * beta
    return H


def energies(H):
    e, c = np.linalg.eigh(H)
    return e, c


def pi_energy(alpha, beta, het, name='fulvene'):
    H = huckel_matrix(name, alpha, beta, het)
    e, c = energies(H)
    nocc = H.shape[0] // 2
    return 2 * np.sum(e[:nocc])


def charges(alpha, beta, het):
    H = huckel_matrix('butadiene', alpha, beta, het)
    e, c = energies(H)
    occ = np.zeros(4)
    occ[:2] = 2
    q = np.zeros(4)
    for i in range(4):
        for k in range(4):
            q[i] += occ[k] * c[i, k]**2
    return q


PROGRAMS = [(pi_energy, (-11.4, -0.8, 0.5)), (charges, (-11.2, -0.9, 0.7))]
