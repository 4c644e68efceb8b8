"""CP decomposition by alternating least squares."""
import numpy as np


class CPALS:
    def __init__(self, rank, n_iter=3, ridge=1e-3, random_state=None):
        self.rank = rank
        self.n_iter = n_iter
        self.ridge = ridge
        if random_state is None or isinstance(random_state, int):
            random_state = np.random.default_rng(random_state)
        self.rng = random_state

    @staticmethod
    def unfold(T, mode):
        return np.reshape(np.moveaxis(T, mode, 0), (T.shape[mode], -1))

    @staticmethod
    def khatri_rao(A, B):
        return np.einsum('ir,jr->ijr', A, B).reshape(-1, A.shape[1])

    def fit(self, T):
        self.factors_ = [self.rng.standard_normal((n, self.rank)) for n in T.shape]
        for it in range(self.n_iter):
            for mode in range(T.ndim):
                others = [self.factors_[m] for m in range(T.ndim) if m != mode]
                kr = self.khatri_rao(*others)
                gram = np.multiply(others[0].T.dot(others[0]), others[1].T.dot(others[1]))
                gram.flat[::self.rank + 1] += self.ridge
                mttkrp = self.unfold(T, mode).dot(kr)
                self.factors_[mode] = np.linalg.solve(gram, mttkrp.T).T
        return self

    def reconstruct(self):
        return np.einsum('ir,jr,kr->ijk', *self.factors_)

    def error(self, T):
        return np.linalg.norm(T - self.reconstruct()) / np.linalg.norm(T)


def fit_error(T, ridge):
    m = CPALS(2, ridge=ridge, random_state=5).fit(T)
    return m.error(T), np.tensordot(m.reconstruct(), np.ones((3, 2)), axes=([1, 2], [0, 1]))


_r = np.random.RandomState(8)
PROGRAMS = [(fit_error, (1 + .5 * _r.rand(4, 3, 2), 0.05))]
