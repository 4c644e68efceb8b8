"""Variogram and ordinary kriging."""
import numpy as np


def spherical(h, nugget, sill, rng):
    h = np.asarray(h)
    gamma = np.zeros(h.shape)
    for idx, hv in np.ndenumerate(h):
        if hv == 0:
            gamma[idx] = 0.
        elif hv < rng:
            gamma[idx] = nugget + (sill - nugget) * (1.5 * hv / rng - 0.5 * (hv / rng) ** 3)
        else:
            gamma[idx] = sill
    return gamma


def pdist(A, B):
    return np.sqrt(((A[:, np.newaxis, :] - B[np.newaxis, :, :]) ** 2).sum(-1))


def krige(xy, z, xy0, nugget, sill, rng):
    """Returns estimate and kriging variance at a single location."""
    n = len(z)
    D = pdist(xy, xy + 0)
    np.fill_diagonal(D, 0.)
    A = np.ones((n + 1, n + 1))
    A[:n, :n] = spherical(np.where(np.eye(n, dtype=bool), 0., np.sqrt(D ** 2)), nugget, sill, rng)
    A[n, n] = 0.
    d0 = np.sqrt(((xy - xy0) ** 2).sum(1))
    b = np.ones(n + 1)
    b[:n] = spherical(d0, nugget, sill, rng)
    lam = np.linalg.solve(A, b)
    return np.dot(lam[:n], z), np.dot(lam, b)


def krige_fixed(z, xy0, nugget, sill, rng):
    xy = np.array([[0., 0.], [1., .2], [.3, 1.1], [1.4, 1.3], [2., .5]])
    return krige(xy, z, xy0, nugget, sill, rng)


PROGRAMS = [(krige_fixed, (np.array([1., 1.4, .7, 2., 1.8]), np.array([.8, .7]), .1, 1.2, 1.75))]
