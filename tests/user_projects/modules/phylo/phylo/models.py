import numpy as np

ALPHABET = 'ACGT'


class SubstitutionModel(object):
    def __init__(self, pi):
        pi = np.asarray(pi)
        self.pi = pi / np.sum(pi)
        self._eig = None

    def rates(self):
        return np.ones((4, 4))

    @property
    def Q(self):
        Q = self.rates() * self.pi[np.newaxis, :]
        np.fill_diagonal(Q, 0.0)
        Q -= np.diag(Q.sum(axis=1))
        return Q / -np.sum(self.pi * np.diag(Q))

    def _decompose(self):
        if self._eig is None:
            s = np.sqrt(self.pi)
            S = s[:, None] * self.Q / s[None, :]
            w, V = np.linalg.eigh((S + S.T) / 2)
            self._eig = w, V / s[:, None], V.T * s[None, :]
        return self._eig

    def P(self, t):
        if t < 0:
            raise ValueError('negative branch length %g' % t)
        w, L, R = self._decompose()
        return np.dot(L * np.exp(w * t), R)


class F81(SubstitutionModel):
    def rates(self):
        r = np.ones((4, 4))
        return r


class HKY85(SubstitutionModel):
    def __init__(self, pi, kappa):
        super(HKY85, self).__init__(pi)
        self.kappa = kappa

    def rates(self):
        r = np.ones((4, 4))
        for i, j in ((0, 2), (2, 0), (1, 3), (3, 1)):
            r[i, j] = self.kappa
        return r
