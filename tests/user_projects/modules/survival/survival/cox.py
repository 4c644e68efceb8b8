import numpy as np
from .base import check_survival


class CoxPH:
    """Cox regression, Breslow ties, Newton iterations."""

    def __init__(self, penalty=0.0, n_iter=6):
        self.penalty = penalty
        self.n_iter = n_iter

    def fit(self, X, time, event):
        time, event = check_survival(time, event)
        order = np.argsort(-time)
        X, event = X[order], event[order]
        n, p = X.shape
        beta = np.zeros(p)
        for _ in range(self.n_iter):
            eta = np.dot(X, beta)
            w = np.exp(eta)
            s0 = np.cumsum(w)
            s1 = np.cumsum(w[:, None] * X, axis=0)
            s2 = np.cumsum(w[:, None, None] * X[:, :, None] * X[:, None, :], axis=0)
            grad = -self.penalty * beta
            hess = -self.penalty * np.eye(p)
            ll = 0.
            for i in np.flatnonzero(event):
                xbar = s1[i] / s0[i]
                grad = grad + X[i] - xbar
                hess = hess - (s2[i] / s0[i] - np.outer(xbar, xbar))
                ll += eta[i] - np.log(s0[i])
            beta = beta - np.linalg.solve(hess, grad)
        self.coef_ = beta
        self.loglik_ = ll
        self.se_ = np.sqrt(np.diag(np.linalg.inv(-hess)))
        return self
