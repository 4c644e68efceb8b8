import numpy as np


def normalise_rows(M):
    for i in range(M.shape[0]):
        M[i] = M[i] / M[i].sum()
    return M


def stationary(P):
    n = P.shape[0]
    A = np.append(np.transpose(P) - np.identity(n), [[1] * n], axis=0)
    b = np.zeros(n + 1)
    b[-1] = 1
    return np.linalg.solve(np.transpose(A).dot(A), np.transpose(A).dot(b))


def equilibrium(counts):
    P = normalise_rows(counts.copy())
    return stationary(P)


def absorption_time(p):
    """gambler's ruin on 0..5, probability p to go up"""
    n = 4
    Q = np.zeros((n, n))
    for i in range(n):
        if i > 0:
            Q[i, i-1] = 1 - p
        if i < n - 1:
            Q[i, i+1] = p
    N = np.linalg.inv(np.eye(n) - Q)
    return N @ np.ones(n)


PROGRAMS = [(equilibrium, (np.array([[5.0, 2, 1], [1, 7, 3], [2, 2, 4.5]]),)), (absorption_time, (0.45,))]
