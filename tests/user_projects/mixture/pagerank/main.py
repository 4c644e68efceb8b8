import numpy as np


def pagerank(W, d=0.85, eps=1e-14, max_iter=200):
    """Power iteration on a weighted adjacency matrix (row -> column)."""
    n = W.shape[0]
    M = W / W.sum(axis=1, keepdims=True)
    v = np.ones(n) / n
    for _ in range(max_iter):
        last = v
        v = d * M.T.dot(v) + (1 - d) / n
        if np.abs(v - last).sum() < eps:
            break
    return v


A = np.array([[0.1, 2., 1., 0.3],
              [1., 0.2, 3., 0.5],
              [0.7, 1., 0.1, 2.],
              [2., 0.4, 0.6, 0.1]])

PROGRAMS = [(pagerank, (A, 0.85))]
