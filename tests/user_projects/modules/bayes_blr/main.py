import numpy as np
from collections import OrderedDict


class BayesianLinearRegression(object):
    """Conjugate normal-inverse-gamma model with sequential updates."""

    def __init__(self, dim, prior_prec=1.0, a0=2.0, b0=1.0):
        self.mu = np.zeros((dim, 1))
        self.Lam = prior_prec * np.eye(dim)
        self.a, self.b = a0, b0
        self.n_seen = 0

    def update(self, x, y):
        x = np.reshape(x, (1, -1))
        Lam_new = self.Lam + np.dot(x.T, x)
        rhs = np.dot(self.Lam, self.mu) + x.T * y
        mu_new = np.linalg.solve(Lam_new, rhs)
        self.b = self.b + 0.5 * (y ** 2 + np.dot(self.mu.T, np.dot(self.Lam, self.mu))
                                 - np.dot(mu_new.T, np.dot(Lam_new, mu_new))).item()
        self.a += 0.5
        self.mu, self.Lam = mu_new, Lam_new
        self.n_seen += 1
        return self

    def predictive(self, x):
        x = np.asarray(x).reshape(1, -1)
        mean = np.dot(x, self.mu)[0, 0]
        var = self.b / self.a * (1 + np.dot(x, np.linalg.solve(self.Lam, x.T)))[0, 0]
        return mean, var

    def summary(self):
        return OrderedDict([('mean', self.mu.ravel()), ('sd', np.sqrt(np.diag(
            np.linalg.inv(self.Lam)) * self.b / self.a))])


def online_fit(X, y, prec):
    m = BayesianLinearRegression(X.shape[1], prec)
    for xi, yi in zip(X, y):
        m.update(xi, yi)
    return tuple(m.summary().values())


def one_step_scores(X, y, b0):
    m = BayesianLinearRegression(X.shape[1], b0=b0)
    scores = []
    for xi, yi in zip(X, y):
        mu, v = m.predictive(xi)
        scores.append(-0.5 * np.log(v) - (yi - mu) ** 2 / (2 * v))
        m.update(xi, yi)
    return np.sum(scores)


X = np.c_[np.ones(6), np.linspace(-1, 1, 6)]
y = np.array([-.8, -.3, .1, .6, .7, 1.4])
PROGRAMS = [(online_fit, (X, y, .5)), (one_step_scores, (X, y, 0.8))]
