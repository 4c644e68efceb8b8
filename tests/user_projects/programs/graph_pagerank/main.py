import numpy as np


def google_matrix(W, d):
    n = W.shape[0]
    out = W.sum(axis=0)
    M = np.empty_like(W)
    for j in range(n):
        M[:, j] = W[:, j] / out[j]
    return d * M + (1 - d) / n * np.ones((n, n))


def power_iteration(G, n_iter=40):
    v = np.ones(G.shape[0]) / G.shape[0]
    for _ in range(n_iter):
        v = G.dot(v)
        v /= np.linalg.norm(v, 1)
    return v


def pagerank(W, d=0.85):
    return power_iteration(google_matrix(W, d))


def fiedler_value(W):
    S = (W + W.T) / 2
    L = np.diag(S.sum(1)) - S
    return np.sort(np.linalg.eigvalsh(L))[1]


W = np.array([[0.1, 1.0, 0.5, 0.2], [0.7, 0.2, 0.3, 1.0], [0.4, 0.9, 0.1, 0.6], [1.2, 0.3, 0.8, 0.1]])
PROGRAMS = [(pagerank, (W, 0.85)), (fiedler_value, (W,))]
