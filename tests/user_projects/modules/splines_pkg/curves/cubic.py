import numpy as np
from .base import Interpolator


class CubicSpline(Interpolator):
    def __init__(self, x, y, bc_type='natural'):
        self.bc_type = bc_type
        Interpolator.__init__(self, x, y)

    def _setup(self):
        x, y = self.x, self.y
        n = len(x)
        h = np.diff(x)
        A = np.zeros((n, n))
        r = np.zeros(n)
        ii = np.arange(1, n - 1)
        A[ii, ii - 1] = h[:-1]
        A[ii, ii] = 2 * (h[:-1] + h[1:])
        A[ii, ii + 1] = h[1:]
        r[1:-1] = 3 * (np.diff(y)[1:] / h[1:] - np.diff(y)[:-1] / h[:-1])
        if self.bc_type == 'natural':
            A[0, 0] = A[-1, -1] = 1
        elif self.bc_type == 'not-a-knot':
            A[0, :3] = [h[1], -(h[0] + h[1]), h[0]]
            A[-1, -3:] = [h[-1], -(h[-2] + h[-1]), h[-2]]
        else:
            raise ValueError("bc_type %r" % self.bc_type)
        c = np.linalg.solve(A, r)
        b = np.diff(y) / h - h * (2 * c[:-1] + c[1:]) / 3
        d = np.diff(c) / (3 * h)
        self.coef = np.vstack((d, c[:-1], b, y[:-1]))

    def _eval(self, i, t):
        out = np.zeros(t.shape)
        for k in range(4):
            out = out * t + self.coef[k, i]
        return out

    def integral(self):
        h = np.diff(self.x)
        d, c, b, a = self.coef
        return np.sum(a * h + b * h ** 2 / 2 + c * h ** 3 / 3 + d * h ** 4 / 4)
