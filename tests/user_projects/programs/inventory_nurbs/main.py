import numpy as np


class BSpline:
    """B-spline curve, Cox-de Boor"""

    def __init__(self, ctrl, degree=3, weights=None):
        self.ctrl = np.asarray(ctrl)
        self.p = degree
        n = len(ctrl)
        self.w = np.ones(n) if weights is None else weights
        self.knots = np.concatenate([np.zeros(degree), np.linspace(0, 1, n - degree + 1), np.ones(degree)])

    def basis(self, i, p, u):
        U = self.knots
        if p == 0:
            return 1.0 if U[i] <= u < U[i+1] else 0.0
        a = b = 0.0
        if U[i+p] != U[i]:
            a = (u - U[i]) / (U[i+p] - U[i]) * self.basis(i, p - 1, u)
        if U[i+p+1] != U[i+1]:
            b = (U[i+p+1] - u) / (U[i+p+1] - U[i+1]) * self.basis(i + 1, p - 1, u)
        return a + b

    def __call__(self, u):
        num = np.zeros(self.ctrl.shape[1])
        den = 0.0
        for i in range(len(self.ctrl)):
            N = self.basis(i, self.p, u) * self.w[i]
            num += N * self.ctrl[i]
            den += N
        return num / den

    def length(self, n=12):
        us = np.linspace(0, 0.999, n)
        pts = np.array([self(u) for u in us])
        return np.sum(np.sqrt(np.sum(np.diff(pts, axis=0)**2, axis=1)))


ctrl = np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 3.0], [4.0, 0.5], [5.5, 1.0]])
curve = BSpline(ctrl)


def nurbs_length(ctrl, w):
    return BSpline(ctrl, 2, weights=w).length()


def coons_area(P):
    """area of a bilinear quad patch by 2x2 Gauss"""
    g = 1 / np.sqrt(3)
    area = 0
    for s in (-g, g):
        for t in (-g, g):
            dN = 0.25 * np.array([[-(1 - t), 1 - t, 1 + t, -(1 + t)],
                                  [-(1 - s), -(1 + s), 1 + s, 1 - s]])
            J = dN @ P
            area += np.linalg.norm(np.cross(J[0], J[1]))
    return area


PROGRAMS = [(curve, (0.37,)),
            (coons_area, (np.array([[0.0, 0.0, 0.1], [2.0, 0.1, 0.0], [2.2, 1.9, 0.5], [-0.1, 1.7, 0.2]]),)),
            (nurbs_length, (ctrl, np.array([1.0, 0.8, 2.0, 1.1, 1.0])))]
