import numpy as np


class Prior:
    def __init__(self, dim, alpha):
        self.m = np.zeros(dim)
        self.S_inv = alpha * np.eye(dim)


class BayesianLinearRegression:
    """Bishop ch. 3"""

    def __init__(self, degree, alpha=2.0, beta=25.0):
        self.degree = degree
        self.beta = beta
        self.alpha = alpha
        self.prior = Prior(degree + 1, alpha)

    def _phi(self, x):
        return np.array([x**j for j in range(self.degree + 1)]).T

    def fit(self, x, t):
        Phi = self._phi(x)
        self.SN_inv = self.prior.S_inv + self.beta * Phi.T.dot(Phi)
        self.SN = np.linalg.inv(self.SN_inv)
        self.mN = self.SN.dot(self.prior.S_inv.dot(self.prior.m) + self.beta * Phi.T.dot(t))
        self.N = len(x)
        self._E = self.beta / 2 * np.sum((t - Phi @ self.mN)**2) + self.alpha / 2 * self.mN @ self.mN
        return self

    def predict(self, x):
        Phi = self._phi(x)
        mean = Phi @ self.mN
        var = 1 / self.beta + np.sum(Phi @ self.SN * Phi, axis=1)
        return mean, np.sqrt(var)

    @property
    def log_evidence(self):
        M = self.degree + 1
        sign, logdet = np.linalg.slogdet(self.SN_inv)
        assert sign > 0
        return (M / 2 * np.log(self.alpha) + self.N / 2 * np.log(self.beta)
                - self._E - logdet / 2 - self.N / 2 * np.log(2 * np.pi))


xt = np.linspace(0, 1, 8)
tt = np.sin(2 * np.pi * xt) + 0.1 * np.cos(17 * xt)


def evidence(alpha, beta, degree):
    return BayesianLinearRegression(degree, alpha, beta).fit(xt, tt).log_evidence


def predictive(t, xnew):
    model = BayesianLinearRegression(3)
    model.fit(xt, t)
    return model.predict(xnew)


PROGRAMS = [(evidence, (1.5, 20.0, 3)), (predictive, (tt, np.array([0.15, 0.55])))]
