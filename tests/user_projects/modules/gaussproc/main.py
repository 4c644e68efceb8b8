"""Gaussian process regression (Rasmussen & Williams, alg. 2.1)."""
import operator
import numpy as np


class Kernel(object):
    def __call__(self, X, Y=None):
        raise NotImplementedError

    def __add__(self, other):
        if not isinstance(other, Kernel):
            other = Constant(other)
        return _Combined(self, other, operator.add)

    def __mul__(self, other):
        if not isinstance(other, Kernel):
            other = Constant(other)
        return _Combined(self, other, operator.mul)

    __radd__ = __add__
    __rmul__ = __mul__


class _Combined(Kernel):
    def __init__(self, k1, k2, op):
        self.k1, self.k2, self.op = k1, k2, op

    def __call__(self, X, Y=None):
        return self.op(self.k1(X, Y), self.k2(X, Y))


class Constant(Kernel):
    def __init__(self, value=1.0):
        self.value = value

    def __call__(self, X, Y=None):
        if Y is None:
            Y = X
        return np.full((X.shape[0], Y.shape[0]), self.value)


class White(Kernel):
    def __init__(self, noise):
        self.noise = noise

    def __call__(self, X, Y=None):
        if Y is None:
            return self.noise * np.eye(len(X))
        return np.zeros((len(X), len(Y)))


class RBF(Kernel):
    def __init__(self, length_scale=1.0):
        self.length_scale = length_scale

    def __call__(self, X, Y=None):
        X = np.atleast_2d(X) / self.length_scale
        Y = X if Y is None else np.atleast_2d(Y) / self.length_scale
        d2 = np.sum(X ** 2, 1)[:, None] + np.sum(Y ** 2, 1)[None, :] - 2 * np.dot(X, Y.T)
        return np.exp(-.5 * d2)


class Periodic(Kernel):
    def __init__(self, length, period):
        self.length = length
        self.period = period

    def __call__(self, X, Y=None):
        Y = X if Y is None else Y
        d = X[:, None, 0] - Y[None, :, 0]
        return np.exp(-2 * (np.sin(np.pi * d / self.period) / self.length) ** 2)


class GPR:
    def __init__(self, kernel, jitter=1e-8):
        self.kernel = kernel
        self.jitter = jitter

    def fit(self, X, y):
        self.X_train_ = X
        K = self.kernel(X)
        K[np.diag_indices_from(K)] += self.jitter
        try:
            self.L_ = np.linalg.cholesky(K)
        except np.linalg.LinAlgError as exc:
            exc.args = ("The kernel, %s, is not returning a positive definite matrix." % self.kernel,) + exc.args
            raise
        self.alpha_ = np.linalg.solve(self.L_.T, np.linalg.solve(self.L_, y))
        self.lml_ = (-.5 * np.dot(y, self.alpha_) - np.log(np.diag(self.L_)).sum()
                     - len(y) / 2. * np.log(2 * np.pi))
        return self

    def predict(self, X, return_std=False):
        Ks = self.kernel(X, self.X_train_)
        mean = Ks.dot(self.alpha_)
        if not return_std:
            return mean
        v = np.linalg.solve(self.L_, Ks.T)
        var = np.diag(self.kernel(X, X)) - np.einsum('ij,ij->j', v, v)
        var_negative = var < 0
        if np.any(var_negative):
            var[var_negative] = 0.0
        return mean, np.sqrt(var)


def lml(X, y, amp, ell, noise):
    k = amp * RBF(ell) + White(noise)
    return GPR(k).fit(X, y).lml_


def posterior(X, y, Xs, ell, period):
    k = 1.3 * RBF(ell) + Periodic(1.1, period) * 0.5 + White(0.05)
    return GPR(k).fit(X, y).predict(Xs, return_std=True)


X = np.array([[0.1], [0.7], [1.2], [2.0], [2.9], [3.3]])
y = np.sin(2 * X[:, 0]) + 0.1 * X[:, 0]
PROGRAMS = [
    (lml, (X, y, 1.2, 0.8, 0.1)),
    (posterior, (X, y, np.array([[0.5], [1.6], [3.9]]), 0.7, 2.2)),
]
