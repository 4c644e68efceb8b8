import numpy as np
from linalg import CSRMatrix, cg, gmres

ROWS = np.array([0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4, 3, 5, 5, 4])
COLS = np.array([0, 1, 0, 1, 2, 1, 2, 3, 2, 3, 3, 4, 0, 4, 5, 4, 5])


def build(w):
    """Graph Laplacian-like matrix from edge weights."""
    rows, cols, vals = [], [], []
    edges = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (0, 3)]
    for (i, j), wk in zip(edges, w):
        rows += [i, j, i, j]
        cols += [j, i, i, j]
        vals += [-wk, -wk, wk + 0.1, wk + 0.1]
    # merge duplicates
    acc = {}
    for i, j, v in zip(rows, cols, vals):
        acc[i, j] = acc.get((i, j), 0.0) + v
    keys = sorted(acc)
    return CSRMatrix.from_coo(np.array([k[0] for k in keys]), np.array([k[1] for k in keys]),
                              np.array([acc[k] for k in keys]), 6)


def solve_cg(w, b):
    A = build(w)
    return cg(A, b, M=1.0 / A.diagonal(), maxiter=4)


def solve_gmres(vals, b):
    A = CSRMatrix.from_coo(ROWS, COLS, vals, 6)
    return gmres(A, b)


vals = np.array([4., -1., -1.2, 5., -1, -.8, 4.5, -1.1, -.9, 4., -1., 6., .5, -.7, 3.5, -.6, .8])
b = np.array([1., -.5, 2., .3, -1., .7])
PROGRAMS = [
    (solve_cg, (np.array([1., 2., .5, 1.5, .8, .4]), b)),
    (solve_gmres, (vals, b)),
]
