import numpy as np
from numpy.linalg import inv, solve
from .observations import distance, azimuth


class Network:
    def __init__(self, fixed, approx):
        self.fixed = dict(fixed)
        self.approx = {k: np.array(v) for k, v in approx.items()}
        self.names = sorted(self.approx)
        self.obs = []

    def xy(self, name):
        if name in self.fixed:
            return self.fixed[name]
        return self.approx[name]

    def add_distance(self, frm, to, value, sigma):
        self.obs.append(('d', frm, to, value, sigma))

    def add_azimuth(self, frm, to, value, sigma):
        self.obs.append(('a', frm, to, value, sigma))

    def _col(self, name):
        return 2 * self.names.index(name)

    def build(self):
        m, n = len(self.obs), 2 * len(self.names)
        A = np.zeros((m, n))
        l = np.zeros(m)
        w = np.zeros(m)
        for i, (kind, f, t, val, s) in enumerate(self.obs):
            a, b = self.xy(f), self.xy(t)
            D = distance(a, b)
            if kind == 'd':
                row = np.array([(b[0] - a[0]) / D, (b[1] - a[1]) / D])
                l[i] = val - D
            else:
                row = np.array([(b[1] - a[1]) / D**2, -(b[0] - a[0]) / D**2])
                l[i] = val - azimuth(a, b)
            if t in self.approx:
                c = self._col(t)
                A[i, c:c+2] = row
            if f in self.approx:
                c = self._col(f)
                A[i, c:c+2] -= row
            w[i] = 1 / s**2
        return A, l, np.diag(w)

    def iterate(self):
        A, l, P = self.build()
        N = A.T.dot(P).dot(A)
        dx = solve(N, A.T.dot(P).dot(l))
        for name in self.names:
            c = self._col(name)
            self.approx[name] += dx[c:c+2]
        return dx

    def cofactor(self):
        A, l, P = self.build()
        return inv(A.T.dot(P).dot(A))
