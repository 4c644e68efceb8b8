import numpy as np
from math import sqrt

NEIGHBOURS = [(di, dj) for di in (-1, 0, 1) for dj in (-1, 0, 1) if (di, dj) != (0, 0)]


def laplace_step(z, w):
    out = z.copy()
    out[1:-1, 1:-1] += w * (z[:-2, 1:-1] + z[2:, 1:-1] + z[1:-1, :-2] + z[1:-1, 2:] - 4 * z[1:-1, 1:-1])
    return out


def downslope_weights(z, i, j, dx):
    w, nb = [], []
    for di, dj in NEIGHBOURS:
        a, b = i + di, j + dj
        if 0 <= a < z.shape[0] and 0 <= b < z.shape[1] and z[a, b] < z[i, j]:
            w.append(((z[i, j] - z[a, b]) / (dx * sqrt(di * di + dj * dj))) ** 1.1)
            nb.append((a, b))
    if w:
        w = np.array(w) / np.sum(w)
    return w, nb
