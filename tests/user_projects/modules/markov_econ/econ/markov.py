import numpy as np


class MarkovChain(object):
    def __init__(self, P, state_values=None):
        P = np.asarray(P)
        if P.ndim != 2 or P.shape[0] != P.shape[1]:
            raise ValueError('P must be a square matrix')
        if not np.allclose(P.sum(axis=1), 1, atol=1e-3):
            raise ValueError('The rows of P must sum to 1')
        self.P = P
        self.n = P.shape[0]
        self.state_values = np.arange(self.n) if state_values is None else state_values
        self._stationary = None

    def __repr__(self):
        return "Markov chain with transition matrix \nP = \n{0}".format(self.P)

    @property
    def stationary(self):
        if self._stationary is None:
            self._stationary = self._gth(self.P)
        return self._stationary

    @staticmethod
    def _gth(A):
        """Grassmann-Taksar-Heyman elimination."""
        A1 = np.array(A, copy=True)
        n = A1.shape[0]
        x = np.zeros(n)
        for k in range(n - 1):
            scale = np.sum(A1[k, k + 1:n])
            if scale <= 0:
                n = k + 1
                break
            A1[k + 1:n, k] /= scale
            A1[k + 1:n, k + 1:n] += np.dot(A1[k + 1:n, k:k + 1], A1[k:k + 1, k + 1:n])
        x[n - 1] = 1
        for k in range(n - 2, -1, -1):
            x[k] = np.dot(x[k + 1:n], A1[k + 1:n, k])
        x /= np.sum(x)
        return x

    def mean(self):
        return np.dot(self.stationary, self.state_values)
