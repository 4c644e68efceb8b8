import numpy as np


def softmin(values, gamma):
    z = [-v / gamma for v in values]
    m = max(z)
    return -gamma * (np.log(sum(np.exp(v - m) for v in z)) + m)


def cost_matrix(x, y):
    C = np.zeros((len(x), len(y)))
    for i in range(len(x)):
        for j in range(len(y)):
            C[i, j] = (x[i] - y[j])**2
    return C


def soft_dtw(x, y, gamma):
    C = cost_matrix(x, y)
    n, m = C.shape
    R = np.full((n + 1, m + 1), 1e6)
    R[0, 0] = 0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            R[i, j] = C[i-1, j-1] + softmin([R[i-1, j], R[i, j-1], R[i-1, j-1]], gamma)
    return R[n, m]


PROGRAMS = [(soft_dtw, (np.array([0.0, 1.0, 2.0, 1.5, 0.3]), np.array([0.1, 0.8, 1.9, 2.1, 0.5, 0.2]), 0.5))]
