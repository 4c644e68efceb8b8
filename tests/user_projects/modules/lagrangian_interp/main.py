import numpy as np


class BarycentricInterpolator:
    """Barycentric Lagrange interpolation.

    Weights are computed lazily and cached.
    """

    def __init__(self, xi, yi=None):
        self.xi = np.asarray(xi)
        if self.xi.ndim != 1:
            raise ValueError("xi must be 1-d")
        self._cache = {}
        self.yi = None
        if yi is not None:
            self.set_yi(yi)

    def set_yi(self, yi):
        yi = np.asarray(yi)
        if yi.shape[0] != self.xi.shape[0]:
            raise ValueError("xi and yi must have the same length")
        self.yi = yi

    @property
    def weights(self):
        if 'w' not in self._cache:
            n = len(self.xi)
            w = np.ones(n)
            for j in range(1, n):
                for k in range(j):
                    w[k] *= self.xi[k] - self.xi[j]
                    w[j] *= self.xi[j] - self.xi[k]
            self._cache['w'] = 1.0 / w
        return self._cache['w']

    def __call__(self, x):
        if self.yi is None:
            raise ValueError("no y values supplied")
        scalar = np.ndim(x) == 0
        x = np.atleast_1d(x)
        c = x[..., np.newaxis] - self.xi
        z = c == 0
        c[z] = 1
        c = self.weights / c
        p = np.dot(c, self.yi) / np.sum(c, axis=-1)
        r = np.nonzero(z)
        if len(r[0]) > 0:
            p[r[:-1]] = self.yi[r[-1]]
        return p[0] if scalar else p


class NewtonPoly:
    def __init__(self, x, y):
        n = len(x)
        self.x = x
        table = np.zeros((n, n))
        table[:, 0] = y
        for j in range(1, n):
            for i in range(n - j):
                table[i, j] = (table[i + 1, j - 1] - table[i, j - 1]) / (x[i + j] - x[i])
        self.coef = table[0, :]

    def __call__(self, t):
        acc = self.coef[-1]
        for c, xk in zip(self.coef[-2::-1], self.x[-2::-1]):
            acc = acc * (t - xk) + c
        return acc

    def deriv(self, t):
        p, dp = self.coef[-1], 0.0
        for k in range(len(self.x) - 2, -1, -1):
            dp = dp * (t - self.x[k]) + p
            p = p * (t - self.x[k]) + self.coef[k]
        return dp


def bary(x, y, xq):
    return BarycentricInterpolator(x, y)(xq)


def newton(x, y, t):
    P = NewtonPoly(x, y)
    return P(t), P.deriv(t)


xx = np.array([0., .4, 1.1, 1.5, 2.2])
PROGRAMS = [
    (bary, (xx, np.exp(-xx), np.array([0.2, 0.9, 1.9]))),
    (bary, (xx, np.sin(xx), 0.77)),
    (newton, (xx, np.cos(xx), 0.6)),
]
